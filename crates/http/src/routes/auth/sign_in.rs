//! Registering, signing in, staying signed in, and who one is.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post};
use madang_domain::{
    accounts::{Registration, User},
    ids::UserId,
    text::{Email, PersonName, Phone, Username},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::TokenResponse;
use crate::{
    answer,
    envelope::RequestId,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Body, Checks, MaybeBody, Once, SignedIn, device_of},
    routes::users::UserResponse,
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(register_user).service(sign_in).service(refresh_session).service(get_current_user);
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

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token of the last answer.
    #[schema(min_length = 1, max_length = 200, example = "mdr_4fJ0d2Z3bXkq0yXc1Rb7m8sQWvT5uNnLh6aGzKpEoIY")]
    refresh_token: String,
}

/// A new account, signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredUser)]
pub struct RegisteredResponse {
    /// The account, as it was kept.
    #[serde(flatten)]
    #[schema(value_type = UserResponse)]
    user: Map<String, Value>,
    /// Its first tokens.
    #[serde(flatten)]
    tokens: TokenResponse,
}

/// Register.
///
/// Makes an account with the role `learner` and signs it in. Sent again with its `Idempotency-Key`, it makes no second
/// account and gives new tokens. 회원 가입.
#[utoipa::path(tag = "auth", security(()), request_body = RegisterRequest,
    responses((status = 201, description = "The new account, with its tokens.", body = RegisteredResponse)))]
#[post("/auth/register")]
async fn register_user(
    request: HttpRequest,
    once: Once,
    body: Body<RegisterRequest>,
) -> Result<HttpResponse, Problem> {
    let registration = body.0.into_domain()?;
    let app = once.app().clone();
    let request_id = RequestId::of(&request);
    let render = |user: &User| {
        let body = UserResponse::from(user.clone());
        answer::created(format_args!("users/{}", user.id), user.version, &body)
    };
    let accounts = &app.services().accounts;
    let mut settled = once
        .settle(None, render, async |answering| accounts.register(registration, &request_id, answering).await)
        .await?;
    // The tokens are added afterwards, because answers are kept as they are and tokens only as hashes.
    let unreadable = || Problem::new(ProblemCode::Internal);
    let user: Map<String, Value> = serde_json::from_str(&settled.answer.body).map_err(|_| unreadable())?;
    let id = user.get("id").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok()).map(UserId);
    let id = id.ok_or_else(unreadable)?;
    request.extensions_mut().insert(SignedIn(id));
    let started = app.services().sessions.start(id, device_of(&request), &request_id).await?;
    let body = RegisteredResponse { user, tokens: TokenResponse::of(&app, &started)? };
    settled.answer.body = serde_json::to_string(&body).map_err(|_| unreadable())?;
    Ok(settled.into_response())
}

/// Sign in.
///
/// Starts a session for a username and its password: an access token for requests and a refresh token for the next one. 로그인.
#[utoipa::path(tag = "auth", security(()), request_body = LoginRequest,
    params(("X-Session-Mode" = Option<String>, Header, description = "`cookie` asks for the tokens in cookies, where that is offered.", example = "cookie")),
    responses(
        (status = 200, description = "The tokens.", body = TokenResponse),
        (status = 204, description = "The tokens are in cookies, as `X-Session-Mode: cookie` asked."),
    ))]
#[post("/auth/login")]
async fn sign_in(request: HttpRequest, body: Body<LoginRequest>) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let in_cookies = app.browser_sessions().are_asked_for(&request)?;
    let LoginRequest { username, password } = body.0;
    let (device, request_id) = (device_of(&request), RequestId::of(&request));
    let started = app.services().accounts.sign_in(&username, &password, device, &request_id).await?;
    request.extensions_mut().insert(SignedIn(started.session.user_id));
    TokenResponse::answer(&app, &started, in_cookies)
}

/// Refresh a session.
///
/// Gives new tokens for a refresh token, which is good for one use: within 10 seconds it may be sent again (another tab, a lost
/// answer) and gives further tokens of the same session; later it ends the session. A session ends after 7 days without a
/// refresh, and after 30 days at most. With `X-Session-Mode: cookie` and no body, the token is read from its cookie. 토큰 갱신.
#[utoipa::path(tag = "auth", security(()), request_body = Option<RefreshRequest>,
    params(("X-Session-Mode" = Option<String>, Header, description = "`cookie` asks for the tokens in cookies, where that is offered.", example = "cookie")),
    responses(
        (status = 200, description = "The tokens.", body = TokenResponse),
        (status = 204, description = "The tokens are in cookies, as `X-Session-Mode: cookie` asked."),
    ))]
#[post("/auth/refresh")]
async fn refresh_session(
    request: HttpRequest,
    body: MaybeBody<RefreshRequest>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let in_cookies = app.browser_sessions().are_asked_for(&request)?;
    let refresh_token = match body.0 {
        Some(body) => body.refresh_token,
        None if in_cookies => app
            .browser_sessions()
            .refresh_token(&request)
            .ok_or_else(|| Problem::new(ProblemCode::RefreshTokenInvalid))?,
        None => return Err(Problem::new(ProblemCode::UnsupportedMediaType)),
    };
    let (device, request_id) = (device_of(&request), RequestId::of(&request));
    let started = app.services().sessions.refresh(&refresh_token, device, &request_id).await?;
    request.extensions_mut().insert(SignedIn(started.session.user_id));
    TokenResponse::answer(&app, &started, in_cookies)
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
