//! Signing in through Kakao, Naver, Google and Apple (소셜 로그인), here; one's own identities in `identities`.
//!
//! A browser either follows our redirects and comes back to our callback, or its client receives the code by itself and
//! posts it. `cookie` ties what was begun to the browser. Errors at the callback go to the web client where it gave an address.

mod cookie;
mod identities;
mod shapes;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, get,
    http::header::{AUTHORIZATION, LOCATION},
    post, web,
};
use madang_domain::accounts::{
    User,
    identities::{Begun, Finished, IdentityError, IdentityService, Outcome, Provider},
    sessions::StartedSession,
};
use utoipa_actix_web::service_config::ServiceConfig;

use self::shapes::{
    AuthorizationResponse, BeginQuery, Brought, CallbackRequest, FinishedResponse, IdentityResponse,
    ProviderValue, ProvidersResponse, SocialCredentialRequest, UnlinkNoticeRequest,
};
use super::auth::TokenResponse;
use crate::{
    envelope::RequestId,
    known_routes::Routes,
    problem::{Problem, ProblemCode},
    request::{Body, FormBody, LooseQuery, Params, SignedIn, device_of},
    state::App,
};

/// The routes. They come behind all other routes below `/auth`, whose names would be taken for providers.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_providers).configure(identities::routes);
    config.service(post_kakao_unlink_notice).service(get_kakao_unlink_notice);
    config.service(sign_in_with_provider).service(finish_social_sign_in).service(finish_posted_sign_in);
    config.service(begin_social_sign_in);
}

/// The provider in the path.
fn provider_of(request: &HttpRequest) -> Result<Provider, Problem> {
    let named = request.match_info().get("provider").and_then(Provider::parse);
    named.ok_or_else(|| match request.app_data::<web::Data<Routes>>() {
        // `GET /auth/login` comes here too.
        Some(routes) if !routes.know_method(request) => routes.missing(request),
        _ => Problem::new(ProblemCode::ProviderNotConfigured),
    })
}

/// The provider in the path, if it is offered: before anything else is looked at.
fn offered(request: &HttpRequest, identities: &IdentityService) -> Result<Provider, Problem> {
    let provider = provider_of(request)?;
    identities.offered(provider)?;
    Ok(provider)
}

/// The session of a user who has signed in through a provider.
async fn start(app: &App, request: &HttpRequest, user: &User) -> Result<StartedSession, Problem> {
    request.extensions_mut().insert(SignedIn(user.id));
    let (device, request_id) = (device_of(request), RequestId::of(request));
    Ok(app.services().sessions.start(user.id, device, &request_id).await?)
}

/// The answer that sends a browser to a provider, or a client its address.
fn begun(provider: Provider, secure: bool, begun: Begun, redirect: bool) -> HttpResponse {
    let cookie = cookie::giving(provider, secure, begun.browser);
    if redirect {
        return HttpResponse::Found()
            .cookie(cookie)
            .insert_header((LOCATION, begun.authorization_url))
            .finish();
    }
    let body = AuthorizationResponse { authorization_url: begun.authorization_url };
    HttpResponse::Ok().cookie(cookie).json(body)
}

/// List the providers.
///
/// Those through which one can sign in here. 소셜 로그인 목록.
#[utoipa::path(tag = "auth", security(()),
    responses((status = 200, description = "The providers.", body = ProvidersResponse)))]
#[get("/auth/providers")]
async fn list_providers(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let offered = App::of(&request)?.services().identities.configured();
    let items = offered.into_iter().map(ProviderValue::from).collect();
    Ok(HttpResponse::Ok().json(ProvidersResponse { items }))
}

/// Begin a sign-in through a provider.
///
/// Gives the address at the provider to which the browser goes, and a cookie that ties the sign-in to this browser for ten
/// minutes. With `redirect=true` it answers 302. 소셜 로그인 시작.
#[utoipa::path(tag = "auth", security(()),
    params(("provider" = ProviderValue, Path, description = "The provider."), BeginQuery),
    responses(
        (status = 200, description = "Where to sign in.", body = AuthorizationResponse),
        (status = 302, description = "To the provider, with `redirect=true`."),
    ))]
#[get("/auth/{provider}")]
async fn begin_social_sign_in(
    request: HttpRequest,
    query: Result<Params<BeginQuery>, Problem>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let identities = &app.services().identities;
    let provider = offered(&request, identities)?;
    let BeginQuery { redirect, redirect_uri, return_to } = query?.0;
    let secure = identities.is_reached_securely();
    let held = Some(cookie::held(&request, provider, secure)).filter(|secret| !secret.is_empty());
    let flow = identities.begin(provider, None, redirect_uri, return_to, held).await?;
    Ok(begun(provider, secure, flow, redirect.unwrap_or_default()))
}

/// Finish a sign-in through a provider.
///
/// Where the provider sends the browser. A new user is registered; a known one signs in; a link that was begun is made.
/// Where the sign-in was begun with `return_to`, the browser goes there: with `#ticket=…`, for which
/// `POST /auth/social/{provider}` gives the tokens, with `#linked=…`, or with `#error=CODE`. 소셜 로그인 콜백.
#[utoipa::path(tag = "auth", security(()),
    params(("provider" = ProviderValue, Path, description = "The provider."), CallbackRequest),
    responses(
        (status = 200, description = "The tokens, or the linked identity.", body = FinishedResponse),
        (status = 303, description = "To `return_to`."),
    ))]
#[get("/auth/{provider}/callback")]
async fn finish_social_sign_in(
    request: HttpRequest,
    query: Result<LooseQuery<CallbackRequest>, Problem>,
) -> Result<HttpResponse, Problem> {
    finish(&request, query.map(|query| query.0)).await
}

/// Finish a sign-in through a provider that posts.
///
/// The same for Apple, which posts a form; with the first consent it tells the name, and never again. 소셜 로그인 콜백 (Apple).
#[utoipa::path(tag = "auth", security(()),
    params(("provider" = ProviderValue, Path, description = "The provider.")),
    request_body(content = CallbackRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens, or the linked identity.", body = FinishedResponse),
        (status = 303, description = "To `return_to`."),
    ))]
#[post("/auth/{provider}/callback")]
async fn finish_posted_sign_in(
    request: HttpRequest,
    form: Result<FormBody<CallbackRequest>, Problem>,
) -> Result<HttpResponse, Problem> {
    finish(&request, form.map(|form| form.0)).await
}

async fn finish(
    request: &HttpRequest,
    reply: Result<CallbackRequest, Problem>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(request)?;
    let identities = &app.services().identities;
    let provider = offered(request, identities)?;
    let held = cookie::held(request, provider, identities.is_reached_securely());
    let reply = reply?.into_domain(held);
    let Finished { outcome, return_to } = identities.finish(provider, reply, &RequestId::of(request)).await?;
    match return_to {
        Some(address) => Ok(returning(&address, provider, outcome)),
        None => match outcome? {
            Outcome::SignedIn(user) => {
                let tokens = TokenResponse::of(&app, &start(&app, request, &user).await?)?;
                Ok(HttpResponse::Ok().json(FinishedResponse::Token(tokens)))
            }
            Outcome::Linked(identity) => {
                app.forget_caller(identity.user_id);
                Ok(HttpResponse::Ok().json(FinishedResponse::Identity(IdentityResponse::from(*identity))))
            }
            Outcome::HandedOff(_) => Err(Problem::new(ProblemCode::Internal)),
        },
    }
}

/// Sends the browser to the web client, which finds in the fragment what came of it: no server sees a fragment.
fn returning(address: &str, provider: Provider, outcome: Result<Outcome, IdentityError>) -> HttpResponse {
    let fragment = match outcome {
        Ok(Outcome::HandedOff(ticket)) => format!("provider={}&ticket={ticket}", provider.as_str()),
        Ok(Outcome::Linked(_)) => format!("linked={}", provider.as_str()),
        Ok(Outcome::SignedIn(_)) => format!("error={}", ProblemCode::Internal.as_str()),
        Err(error) => format!("error={}", Problem::from(error).code().as_str()),
    };
    HttpResponse::SeeOther().insert_header((LOCATION, format!("{address}#{fragment}"))).finish()
}

/// Sign in with what a provider gave to the client.
///
/// For a client that received the code by itself, that signed in with a provider's own kit (an access token of Kakao, an
/// ID token of Kakao, Google or Apple), or to which our callback gave a ticket. A new user is registered. 소셜 로그인.
#[utoipa::path(tag = "auth", security(()),
    params(
        ("provider" = ProviderValue, Path, description = "The provider."),
        ("X-Session-Mode" = Option<String>, Header, description = "`cookie` asks for the tokens in cookies, where that is offered.", example = "cookie"),
    ),
    request_body = SocialCredentialRequest,
    responses(
        (status = 200, description = "The tokens.", body = TokenResponse),
        (status = 204, description = "The tokens are in cookies, as `X-Session-Mode: cookie` asked."),
    ))]
#[post("/auth/social/{provider}")]
async fn sign_in_with_provider(
    request: HttpRequest,
    body: Result<Body<SocialCredentialRequest>, Problem>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let in_cookies = app.browser_sessions().are_asked_for(&request)?;
    let identities = &app.services().identities;
    let provider = offered(&request, identities)?;
    let held = cookie::held(&request, provider, identities.is_reached_securely());
    let user = match body?.0.into_domain(held)? {
        Brought::Credential(credential, name) => {
            identities.sign_in(provider, credential, name, &RequestId::of(&request)).await?
        }
        Brought::Ticket(ticket) => identities.sign_in_with_ticket(provider, &ticket).await?,
    };
    TokenResponse::answer(&app, &start(&app, &request, &user).await?, in_cookies)
}

/// Take note that a Kakao account was unlinked.
///
/// For Kakao only, which proves itself by the admin key of our application. The user stays and signs in by another way.
/// 카카오 연결 해제 알림.
#[utoipa::path(tag = "auth", security(()),
    request_body(content = UnlinkNoticeRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Noted, whether or not the account was known.")))]
#[post("/auth/kakao/unlink-webhook")]
async fn post_kakao_unlink_notice(
    request: HttpRequest,
    form: Result<FormBody<UnlinkNoticeRequest>, Problem>,
) -> Result<HttpResponse, Problem> {
    take_unlink_notice(&request, form.map(|form| form.0)).await
}

/// Take note that a Kakao account was unlinked, by `GET`.
///
/// The same for an application that is set to be told by `GET`. 카카오 연결 해제 알림 (GET).
#[utoipa::path(tag = "auth", security(()), params(UnlinkNoticeRequest),
    responses((status = 200, description = "Noted, whether or not the account was known.")))]
#[get("/auth/kakao/unlink-webhook")]
async fn get_kakao_unlink_notice(
    request: HttpRequest,
    query: Result<LooseQuery<UnlinkNoticeRequest>, Problem>,
) -> Result<HttpResponse, Problem> {
    take_unlink_notice(&request, query.map(|query| query.0)).await
}

async fn take_unlink_notice(
    request: &HttpRequest,
    notice: Result<UnlinkNoticeRequest, Problem>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(request)?;
    let identities = &app.services().identities;
    identities.offered(Provider::Kakao)?;
    let UnlinkNoticeRequest { app_id, user_id, .. } = notice?;
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (app_id, user_id) = (app_id.unwrap_or_default(), user_id.unwrap_or_default());
    let noted = identities
        .kakao_unlinked(authorization.unwrap_or_default(), &app_id, &user_id, &RequestId::of(request))
        .await?;
    if noted { Ok(HttpResponse::Ok().finish()) } else { Err(Problem::new(ProblemCode::Unauthenticated)) }
}
