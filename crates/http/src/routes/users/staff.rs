//! What is served of accounts to those who look after them.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use madang_domain::{
    accounts::{User, UserChanges, UserFilter, UserSort},
    ids::UserId,
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    AuthTypeValue, RoleValue, UserPage, UserResponse,
    requests::{
        CreateUserRequest, ReplaceUserRequest, SetAuthorizationsRequest, SuspendUserRequest,
        UpdateUserRequest,
    },
};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Id, Once, Params, if_match, list_query},
    routes::shapes::search,
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_users)
        .service(create_user)
        .service(get_user)
        .service(replace_user)
        .service(update_user)
        .service(deactivate_user)
        .service(suspend_user)
        .service(set_user_authorizations);
}

list_query! {
    /// The query of `GET /users`.
    ListUsersQuery, sort = UserSort, sortable = "`username`, `name`, `created_at`, `updated_at`", {
        /// Finds any part of username and name, whatever its width, case, composition or spaces; also by initial consonants (`ㄱㅎㄴ`).
        #[param(max_length = 100, example = "하늘")]
        q: Option<String>,
        /// Of this type.
        #[param(inline = false)]
        auth_type: Option<AuthTypeValue>,
        /// In use, or deactivated.
        #[param(example = true)]
        is_active: Option<bool>,
        /// With this role.
        #[param(inline = false)]
        role: Option<RoleValue>,
    }
}

/// List users.
///
/// Newest first, unless `sort` says otherwise. For managers and who may read users. 사용자 목록.
#[utoipa::path(tag = "users", params(ListUsersQuery), responses((status = 200, description = "One page of users.", body = UserPage)))]
#[get("/users")]
async fn list_users(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListUsersQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = UserFilter {
        search: search(query.q.as_deref())?,
        auth_type: query.auth_type.map(Into::into),
        is_active: query.is_active,
        role: query.role.map(Into::into),
    };
    let sort = Sort::descending(UserSort::CreatedAt);
    answer::list::<_, _, UserPage, _, UserResponse, _>(&request, &query, filter, sort, async move |listing| {
        app.services().users.list(&caller, listing).await
    })
    .await
}

/// Create a user.
///
/// Makes an account with the role `learner`: for managers, and of type `temp` for who teaches. 사용자 등록.
#[utoipa::path(tag = "users", request_body = CreateUserRequest,
    responses((status = 201, description = "The new user.", body = UserResponse)))]
#[post("/users")]
async fn create_user(
    once: Once,
    caller: Authenticated,
    body: Body<CreateUserRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let users = once.app().services().users.clone();
    let render = |user: &User| {
        let body = UserResponse::from(user.clone());
        answer::created(format_args!("users/{}", user.id), user.version, &body)
    };
    once.run(Some(&caller), render, async |answering| users.create(&caller, new, answering).await).await
}

/// Get a user.
///
/// Oneself; anybody for managers and who may read users. 사용자 조회.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the user.")),
    responses((status = 200, description = "The user.", body = UserResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/users/{id}")]
async fn get_user(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let user = App::of(&request)?.services().users.find(&caller, id.0).await?;
    Ok(answer::resource(&request, user.version, &UserResponse::from(user)))
}

/// Replace a user.
///
/// Every field is set; one that is absent is cleared. For managers, and for admins where the account holds power.
/// 사용자 전체 수정.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the user.")), request_body = ReplaceUserRequest,
    responses((status = 200, description = "The changed user.", body = UserResponse)))]
#[put("/users/{id}")]
async fn replace_user(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<ReplaceUserRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?, None).await
}

/// Update a user.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. For managers, for admins where the account
/// holds power, and for oneself except `is_active`. 사용자 일부 수정.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the user.")), request_body = UpdateUserRequest,
    responses((status = 200, description = "The changed user.", body = UserResponse)))]
#[patch("/users/{id}")]
async fn update_user(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<UpdateUserRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?, None).await
}

/// Changes an account and answers it.
pub(super) async fn change(
    request: &HttpRequest,
    caller: &Authenticated,
    id: UserId,
    changes: UserChanges,
    current_password: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(request)?;
    let users = &app.services().users;
    let user = users.update(caller, id, if_match(request)?, changes, current_password).await?;
    app.forget_caller(id);
    Ok(answer::changed(user.version, &UserResponse::from(user)))
}

/// Deactivate a user.
///
/// The user can't sign in any more; marks and certificates stay. For managers, for admins where the account holds power,
/// and for oneself. 사용자 비활성화.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the user.")),
    responses((status = 204, description = "The account is deactivated.")))]
#[delete("/users/{id}")]
async fn deactivate_user(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    app.services().users.deactivate(&caller, id.0, if_match(&request)?).await?;
    app.forget_caller(id.0);
    Ok(HttpResponse::NoContent().finish())
}

/// Suspend a user.
///
/// The user is signed out everywhere and can't sign in until the suspension is lifted with `{"suspended": false}`. For managers,
/// and for admins where the account holds power; the last admin can't be suspended. 이용 정지와 해제.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the user.")), request_body = SuspendUserRequest,
    responses((status = 200, description = "The changed user.", body = UserResponse)))]
#[patch("/admin/users/{id}/suspend")]
async fn suspend_user(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<SuspendUserRequest>,
) -> Result<HttpResponse, Problem> {
    let reason = body.0.into_domain()?;
    let app = App::of(&request)?;
    let user = app.services().users.suspend(&caller, id.0, if_match(&request)?, reason).await?;
    app.forget_caller(id.0);
    Ok(answer::changed(user.version, &UserResponse::from(user)))
}

/// Set what a user may do.
///
/// Replaces roles, permissions and roles in classes as a whole. For admins, and for who may manage authorizations as far as
/// they hold what they give or take away; nobody raises their own rights, and the last admin can't be lost. It holds at once
/// on this node, and within five seconds on the others. 권한 변경.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the user.")), request_body = SetAuthorizationsRequest,
    responses((status = 200, description = "The changed user.", body = UserResponse)))]
#[put("/users/{id}/authorizations")]
async fn set_user_authorizations(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<SetAuthorizationsRequest>,
) -> Result<HttpResponse, Problem> {
    let authorizations = body.0.into_domain()?;
    let app = App::of(&request)?;
    let users = &app.services().users;
    let user = users.set_authorizations(&caller, id.0, if_match(&request)?, authorizations).await?;
    app.forget_caller(id.0);
    Ok(answer::changed(user.version, &UserResponse::from(user)))
}
