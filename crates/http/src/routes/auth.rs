//! Registering, signing in, and who one is.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post};
use madang_domain::{
    accounts::{Registration, User},
    ids::UserId,
    text::{Email, PersonName, Phone, Username},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::users::UserResponse;
use crate::{
    answer,
    envelope::RequestId,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Body, Checks, Once, SignedIn},
    state::App,
};

/// The routes of signing in.
pub fn routes(config: &mut ServiceConfig) {
    config.service(register_user).service(sign_in).service(get_current_user);
}

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// The name to sign in with: letters of any script, or an e-mail address.
    #[schema(min_length = 3, max_length = 254, example = "haneul")]
    username: String,
    /// The password: 8 characters or more of any kind; the last of them counts too.
    #[schema(min_length = 8, max_length = 1_024, format = Password, example = "산책하는-고양이-7")]
    password: String,
    /// What the user is called.
    #[schema(min_length = 1, max_length = 100, example = "김하늘")]
    name: String,
    /// Where mail reaches the user.
    #[schema(max_length = 254, format = Email, example = "haneul@example.org")]
    email: Option<String>,
    /// Where calls and messages reach the user.
    #[schema(max_length = 30, example = "010-1234-5678")]
    phone: Option<String>,
}

impl RegisterRequest {
    fn into_domain(self) -> Result<Registration, Problem> {
        let mut checks = Checks::new();
        let username = checks.value("/username", Username::parse(self.username));
        let name = checks.value("/name", PersonName::parse(self.name));
        let email = checks.optional("/email", self.email, Email::parse);
        let phone = checks.optional("/phone", self.phone, Phone::parse);
        checks.done(|| {
            Some(Registration {
                username: username?,
                password: self.password,
                name: name?,
                email: email?,
                phone: phone?,
            })
        })
    }
}

/// A username and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The name to sign in with.
    #[schema(min_length = 1, max_length = 254, example = "haneul")]
    username: String,
    /// The password.
    #[schema(min_length = 1, max_length = 1_024, format = Password, example = "산책하는-고양이-7")]
    password: String,
}

/// An access token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenResponse {
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: String,
    /// How long it holds, in seconds.
    #[schema(minimum = 1, example = 1_800)]
    expires_in: u64,
}

impl TokenResponse {
    /// A token of this user.
    pub fn of(app: &App, user: UserId) -> Result<Self, Problem> {
        let ids = &app.services().yard.ids;
        let token = app.tokens().issue(user.0, ids.next(), ids.next(), app.now()).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Problem::new(ProblemCode::Internal)
        })?;
        Ok(Self {
            access_token: token.token,
            token_type: "bearer".to_owned(),
            expires_in: token.expires_in_s,
        })
    }
}

/// Register.
///
/// Makes an account with the role `learner`. 회원 가입.
#[utoipa::path(tag = "auth", security(()), request_body = RegisterRequest,
    responses((status = 201, description = "The new account.", body = UserResponse)))]
#[post("/auth/register")]
async fn register_user(
    request: HttpRequest,
    once: Once,
    body: Body<RegisterRequest>,
) -> Result<HttpResponse, Problem> {
    let registration = body.0.into_domain()?;
    let accounts = once.app().services().accounts.clone();
    let request_id = RequestId::of(&request);
    let render = |user: &User| {
        let body = UserResponse::from(user.clone());
        answer::created(format_args!("users/{}", user.id), user.version, &body)
    };
    once.run(None, render, async |answering| accounts.register(registration, &request_id, answering).await)
        .await
}

/// Sign in.
///
/// Gives an access token for a username and its password. 로그인.
#[utoipa::path(tag = "auth", security(()), request_body = LoginRequest,
    responses((status = 200, description = "The access token.", body = TokenResponse)))]
#[post("/auth/login")]
async fn sign_in(request: HttpRequest, body: Body<LoginRequest>) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let user = app.services().accounts.sign_in(&body.0.username, &body.0.password).await?;
    request.extensions_mut().insert(SignedIn(user.id));
    Ok(HttpResponse::Ok().json(TokenResponse::of(&app, user.id)?))
}

/// Get the signed-in user.
///
/// Tells whose access token this is. 로그인한 사용자.
#[utoipa::path(tag = "auth", responses((status = 200, description = "The signed-in user.", body = UserResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/auth/me")]
async fn get_current_user(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let user = App::of(&request)?.services().users.find(&caller, caller.id()?).await?;
    Ok(answer::resource(&request, user.version, &UserResponse::from(user)))
}
