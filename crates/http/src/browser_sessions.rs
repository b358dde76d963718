//! Sessions in cookies, for web clients that are to hold no token where a script can read it. Off unless `BROWSER_SESSIONS` is on.
//!
//! A request with `X-Session-Mode: cookie` asks for it. A sign-in then answers 204 and sets two cookies that no script reads: the access
//! token and the refresh token. What changes something by a cookie must come from one of our own origins (`Origin`) and carry
//! that header, which a page of another origin can't send without our consent (CORS preflight). So no second cookie has to be compared:
//! a double-submit token proves less (a neighbouring host can plant cookies) and must be handed around. `SameSite=Strict` is the third line.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    cookie::{Cookie, SameSite, time::Duration},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{AUTHORIZATION, HeaderValue, ORIGIN},
    },
    middleware::Next,
};
use chrono::{DateTime, Utc};

use crate::{
    problem::{Problem, ProblemCode},
    state::App,
};

/// The header with which a web client asks for cookies, and proves that it is no other page.
pub const MODE_HEADER: &str = "x-session-mode";
/// What it says.
const COOKIE_MODE: &str = "cookie";
/// `__Host-` binds a cookie to this very host, to TLS and to the whole of it, so that no neighbour can plant or overwrite it.
const ACCESS: &str = "__Host-madang_access";
const REFRESH: &str = "__Host-madang_refresh";

/// Sessions in cookies, where the installation offers them.
#[derive(Debug, Clone, Default)]
pub struct BrowserSessions {
    origins: Option<Vec<String>>,
}

/// What goes into the cookies.
pub struct SessionCookies {
    /// The access token.
    pub access: String,
    /// How long it holds, in seconds.
    pub access_seconds: u64,
    /// The refresh token.
    pub refresh: String,
    /// When the session ends unless it is refreshed before.
    pub ends_at: DateTime<Utc>,
}

impl BrowserSessions {
    /// Not offered.
    pub fn off() -> Self {
        Self::default()
    }

    /// Offered to pages of these origins, e.g. `https://app.example.org`.
    pub fn for_origins(origins: impl IntoIterator<Item = String>) -> Self {
        Self { origins: Some(origins.into_iter().collect()) }
    }

    /// Whether a request asks for cookies in the place of tokens in the body.
    ///
    /// # Errors
    /// `CSRF_REFUSED` where it does not come from one of our own pages. Where cookies are not offered the header means nothing.
    pub fn are_asked_for(&self, request: &HttpRequest) -> Result<bool, Problem> {
        let asked = self.origins.is_some() && asks(request);
        if asked {
            self.check_origin(request)?;
        }
        Ok(asked)
    }

    /// The access token in the cookie; `None` where cookies are not offered or there is none.
    ///
    /// # Errors
    /// `CSRF_REFUSED` where the request would change something and does not prove to come from one of our own pages.
    fn access_token(&self, request: &HttpRequest) -> Result<Option<String>, Problem> {
        let Some(token) = self.held(request, ACCESS) else { return Ok(None) };
        if !is_safe(request.method()) {
            if !asks(request) {
                return Err(Problem::new(ProblemCode::CsrfRefused));
            }
            self.check_origin(request)?;
        }
        Ok(Some(token))
    }

    /// The refresh token in the cookie. Only for who has asked [`Self::are_asked_for`].
    pub fn refresh_token(&self, request: &HttpRequest) -> Option<String> {
        self.held(request, REFRESH)
    }

    fn held(&self, request: &HttpRequest, name: &str) -> Option<String> {
        self.origins.as_ref()?;
        request.cookie(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
    }

    /// Browsers name the origin with everything that is not `GET` or `HEAD`.
    fn check_origin(&self, request: &HttpRequest) -> Result<(), Problem> {
        let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
        let ours = |origin: &str| self.origins.iter().flatten().any(|ours| ours == origin);
        if origin.is_some_and(ours) { Ok(()) } else { Err(Problem::new(ProblemCode::CsrfRefused)) }
    }

    /// The answer that gives a browser its session.
    pub fn answer(cookies: SessionCookies, now: DateTime<Utc>) -> HttpResponse {
        let access_for = i64::try_from(cookies.access_seconds).unwrap_or(i64::MAX);
        let refresh_for = (cookies.ends_at - now).num_seconds().max(0);
        HttpResponse::NoContent()
            .cookie(cookie(ACCESS, cookies.access, access_for))
            .cookie(cookie(REFRESH, cookies.refresh, refresh_for))
            .finish()
    }

    /// The answer that takes the session from the browser, if it had one.
    pub fn farewell(&self, request: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::NoContent();
        for name in [ACCESS, REFRESH] {
            if self.held(request, name).is_some() {
                answer.cookie(cookie(name, String::new(), 0));
            }
        }
        answer.finish()
    }
}

/// That a request has a cookie which proves nothing, because another page may have sent it.
pub struct UnprovenCookie;

/// Hands the access token in a cookie on as a bearer token, so that nothing behind this asks how a request proves who sends it. A
/// bearer token of the request itself goes before.
pub async fn present_cookie(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !request.headers().contains_key(AUTHORIZATION) {
        let sessions = App::of(request.request())?;
        match sessions.browser_sessions().access_token(request.request()) {
            Ok(Some(token)) => {
                if let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) {
                    request.headers_mut().insert(AUTHORIZATION, value);
                }
            }
            Ok(None) => {}
            // Whoever needs no proof is served all the same.
            Err(_) => {
                request.extensions_mut().insert(UnprovenCookie);
            }
        }
    }
    next.call(request).await
}

fn asks(request: &HttpRequest) -> bool {
    request.headers().get(MODE_HEADER).is_some_and(|mode| mode == COOKIE_MODE)
}

fn is_safe(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD || *method == Method::OPTIONS
}

fn cookie(name: &'static str, value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(seconds))
        .finish()
}
