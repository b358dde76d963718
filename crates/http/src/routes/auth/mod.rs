//! Who one is: registering and signing in here and in `sign_in`, the sessions that come of it in `sessions`, links in mails in
//! `recovery`, the keys of access tokens in `keys`.

mod keys;
mod recovery;
mod sessions;
mod sign_in;

use actix_web::HttpResponse;
use madang_domain::accounts::sessions::StartedSession;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    browser_sessions::{BrowserSessions, SessionCookies},
    problem::{Problem, ProblemCode},
    state::App,
};

/// The routes of signing in.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(sign_in::routes)
        .configure(recovery::routes)
        .configure(sessions::routes)
        .configure(keys::routes);
}

/// What proves who one is: for each request, and for the next proof.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenResponse {
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    /// Good for one use at `POST /auth/refresh`.
    #[schema(example = "mdr_4fJ0d2Z3bXkq0yXc1Rb7m8sQWvT5uNnLh6aGzKpEoIY")]
    refresh_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: String,
    /// How long the access token holds, in seconds.
    #[schema(minimum = 1, example = 1_800)]
    expires_in: u64,
}

impl TokenResponse {
    /// The answer to who has signed in or renewed a session: tokens in the body, or in cookies.
    pub fn answer(app: &App, started: &StartedSession, in_cookies: bool) -> Result<HttpResponse, Problem> {
        let tokens = Self::of(app, started)?;
        if !in_cookies {
            return Ok(HttpResponse::Ok().json(tokens));
        }
        let cookies = SessionCookies {
            access: tokens.access_token,
            access_seconds: tokens.expires_in,
            refresh: tokens.refresh_token,
            ends_at: started.session.ends_at,
        };
        Ok(BrowserSessions::answer(cookies, app.now()))
    }

    /// The tokens of a session that has just begun or been renewed.
    pub fn of(app: &App, started: &StartedSession) -> Result<Self, Problem> {
        let (user, session) = (started.session.user_id.0, started.session.id.0);
        let jti = app.services().yard.ids.next();
        let access = app.tokens().issue(user, session, jti, app.now()).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Problem::new(ProblemCode::Internal)
        })?;
        Ok(Self {
            access_token: access.token,
            refresh_token: started.refresh_token.expose().to_owned(),
            token_type: "bearer".to_owned(),
            expires_in: access.expires_in_s,
        })
    }
}
