//! What is served of accounts to their owners.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch};
use madang_domain::accounts::UserError;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    UserResponse,
    requests::{ChangePasswordRequest, UpdateMeRequest, WithdrawRequest},
    staff::change,
};
use crate::{
    answer,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Body, MaybeBody, if_match},
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(get_me).service(update_me).service(withdraw_me).service(change_my_password);
}

/// Get oneself.
///
/// One's own account. 내 정보 조회.
#[utoipa::path(tag = "users", responses((status = 200, description = "One's own account.", body = UserResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/users/me")]
async fn get_me(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let user = App::of(&request)?.services().users.find(&caller, caller.id()?).await?;
    Ok(answer::resource(&request, user.version, &UserResponse::from(user)))
}

/// Update oneself.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. Another address takes the current password,
/// and has to be verified anew. 내 정보 수정.
#[utoipa::path(tag = "users", request_body = UpdateMeRequest,
    responses((status = 200, description = "One's own account, changed.", body = UserResponse)))]
#[patch("/users/me")]
async fn update_me(
    request: HttpRequest,
    caller: Authenticated,
    body: Body<UpdateMeRequest>,
) -> Result<HttpResponse, Problem> {
    let (changes, current_password) = body.0.into_domain()?;
    let id = caller.id()?;
    let changing = change(&request, &caller, id, changes, current_password.as_deref());
    if current_password.is_some() { guarded(&request, &caller, changing).await } else { changing.await }
}

/// Leave.
///
/// Erases who one is: name, username, address, number, identities and sessions are gone, and links at providers are undone.
/// Marks and certificates stay under a pseudonym. An account with a password takes `current_password`, another one a sign-in
/// of the last 15 minutes. It can't be undone. The last admin can't leave. 회원 탈퇴.
#[utoipa::path(tag = "users", request_body = Option<WithdrawRequest>,
    responses((status = 204, description = "The account is given up.")))]
#[delete("/users/me")]
async fn withdraw_me(
    request: HttpRequest,
    caller: Authenticated,
    body: MaybeBody<WithdrawRequest>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let current_password = body.0.and_then(|body| body.current_password);
    let expected = if_match(&request)?;
    let leaving = async {
        let withdrawal = &app.services().withdrawal;
        Ok(withdrawal.withdraw(&caller, expected, current_password.as_deref()).await?)
    };
    guarded(&request, &caller, leaving).await?;
    app.forget_caller(caller.id()?);
    Ok(HttpResponse::NoContent().finish())
}

/// Change one's own password.
///
/// The current password has to be given. Every session ends, this one too: sign in with the new password. 비밀번호 변경.
#[utoipa::path(tag = "users", request_body = ChangePasswordRequest,
    responses((status = 204, description = "The password is changed.")))]
#[patch("/users/me/password")]
async fn change_my_password(
    request: HttpRequest,
    caller: Authenticated,
    body: Body<ChangePasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let ChangePasswordRequest { current_password, new_password } = body.0;
    let app = App::of(&request)?;
    let changing = async {
        match app.services().users.change_password(&caller, &current_password, &new_password).await {
            Err(UserError::Password(problem)) => Err(Problem::weak_password("/new_password", problem)),
            outcome => Ok(outcome?),
        }
    };
    guarded(&request, &caller, changing).await?;
    app.forget_caller(caller.id()?);
    Ok(HttpResponse::NoContent().finish())
}

/// Does what compares one's current password, and counts a wrong one as a guess at it.
async fn guarded<T>(
    request: &HttpRequest,
    caller: &Authenticated,
    attempt: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let app = App::of(request)?;
    let account = format!("password:{}", caller.id()?);
    let guess = app.gate().guess(request, &account, async |_| Ok(true)).await?;
    let outcome = attempt.await;
    match &outcome {
        Err(problem) if problem.code() == ProblemCode::WrongPassword => {}
        // It need not have been compared, so that earlier wrong ones stay counted.
        _ => guess.was_none().await,
    }
    outcome
}
