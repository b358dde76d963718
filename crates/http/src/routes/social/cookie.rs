//! The cookie that ties a sign-in at a provider to the browser that began it.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use madang_domain::accounts::identities::Provider;

/// As long as a sign-in may take.
const HOLDS: Duration = Duration::minutes(10);

/// Its name: with a prefix that browsers keep to this host and TLS, where there is TLS.
fn name(provider: Provider, secure: bool) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}madang_sign_in_{}", provider.as_str())
}

/// The secret that this browser holds; empty where it holds none.
pub fn held(request: &HttpRequest, provider: Provider, secure: bool) -> String {
    request.cookie(&name(provider, secure)).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
}

/// The cookie that gives this browser the secret to hold.
pub fn giving(provider: Provider, secure: bool, secret: String) -> Cookie<'static> {
    // Apple posts its answer from its own site, where a stricter cookie would not be sent along.
    let same_site = match provider {
        Provider::Apple if secure => SameSite::None,
        Provider::Apple | Provider::Kakao | Provider::Naver | Provider::Google => SameSite::Lax,
    };
    Cookie::build(name(provider, secure), secret)
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(same_site)
        .max_age(HOLDS)
        .finish()
}
