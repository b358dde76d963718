//! Who calls: the bearer token, turned into a [`Caller`].

use std::{
    future::{Future, Ready, ready},
    ops::Deref,
    pin::Pin,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
    web,
};
use madang_domain::{
    access::Caller,
    ids::{SessionId, UserId},
    stream_tickets::SignIn,
};

use crate::{
    browser_sessions::UnprovenCookie,
    envelope::RequestId,
    known_routes::Routes,
    problem::{Problem, ProblemCode},
    state::App,
};

/// A signed-in, active user.
pub struct Authenticated(pub Caller);

impl Deref for Authenticated {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl Authenticated {
    /// The id of the user.
    pub fn id(&self) -> Result<UserId, Problem> {
        self.user_id().ok_or_else(|| Problem::new(ProblemCode::Forbidden))
    }
}

/// The user of the request, for the log line.
#[derive(Clone, Copy)]
pub struct SignedIn(pub UserId);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = App::of(&request)?;
            let token = bearer(&request)?;
            let claims = app.claims(token).await.map_err(|_| token_invalid())?;
            let user = UserId(claims.user);
            let session = SessionId(claims.session);
            let caller = app.caller(session, user).await?.ok_or_else(token_invalid)?;
            request.extensions_mut().insert(SignedIn(user));
            // Here, because every operation that takes parameters asks who calls.
            if let Some(routes) = request.app_data::<web::Data<Routes>>() {
                routes.check_query(&request)?;
            }
            Ok(Self(caller.by_request(RequestId::of(&request))))
        })
    }
}

/// The sign-in of the access token; whether it stands is for [`Authenticated`] or [`App::caller_of`] to say.
pub struct SignedInAs(pub SignIn);

impl SignedInAs {
    /// That of this request.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let app = App::of(request)?;
        let claims = app.tokens().verify(bearer(request)?, app.now()).map_err(|_| token_invalid())?;
        Ok(Self(SignIn { user: UserId(claims.user), session: claims.session, until: claims.expires_at }))
    }
}

impl FromRequest for SignedInAs {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// The bearer token that a request carries.
pub fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let missing = || {
        if request.extensions().get::<UnprovenCookie>().is_some() {
            return Problem::new(ProblemCode::CsrfRefused);
        }
        Problem::new(ProblemCode::Unauthenticated)
            .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"madang\""))
    };
    let value = request.headers().get(AUTHORIZATION).ok_or_else(missing)?;
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(missing()) }
}

/// The answer to a token, or a ticket, that proves nothing.
pub fn token_invalid() -> Problem {
    Problem::new(ProblemCode::TokenInvalid).with_header(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"madang\", error=\"invalid_token\""),
    )
}
