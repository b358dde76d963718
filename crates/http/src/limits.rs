//! Who may do how much: every request is counted, for its user or else for the place it comes from, and every guess at a
//! secret for its account and place as well.
//!
//! [`limited`] is the middleware; [`Gate::guess`] is what a handler asks before it compares a secret. The counting itself
//! is `madang-limits`'.

use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue, RETRY_AFTER},
    middleware::Next,
};
use madang_domain::{accounts::api_keys::ApiKey, ids::UserId};
use madang_limits::{
    Limiter, Policy, Standing,
    address::{TrustedProxies, place},
};

use crate::{
    problem::{Problem, ProblemCode},
    request::{SignedIn, bearer},
    routes::SYSTEM_PATHS,
    state::App,
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How many within a quarter of an hour; 0 for as many as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Requests from one place without signing in.
    pub anonymous: u32,
    /// Requests of one user.
    pub user: u32,
    /// Wrong guesses at the secret of one account from one place.
    pub guesses: u32,
    /// Wrong guesses at the secret of one account from everywhere but where its owner has signed in before.
    pub guesses_at_account: u32,
    /// Wrong guesses at any secret from one place, and wrong tokens.
    pub guesses_from_place: u32,
    /// Looks at certificates that do not exist, from one place.
    pub unknown_certificates: u32,
}

impl Quotas {
    /// The length of every window.
    pub const WINDOW: Duration = Duration::from_mins(15);
}

/// Lets through what the quotas allow.
pub struct Gate {
    limiter: Limiter,
    proxies: TrustedProxies,
    anonymous: Policy,
    user: Policy,
    guesses: Policy,
    guesses_at_account: Policy,
    guesses_from_place: Policy,
    tokens: Policy,
    unknown_certificates: Policy,
}

/// The address of the client, behind proxies that we trust.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Of this request.
    pub fn of(request: &HttpRequest) -> IpAddr {
        let found = request.extensions().get::<Self>().map(|address| address.0);
        found.or_else(|| request.peer_addr().map(|peer| peer.ip())).unwrap_or(Ipv4Addr::UNSPECIFIED.into())
    }
}

/// What a handler has counted beside the request itself, for the headers of the answer.
struct Counted(Vec<Standing>);

impl Gate {
    /// A gate that counts with `limiter`.
    pub fn new(limiter: Limiter, proxies: TrustedProxies, quotas: Quotas) -> Self {
        let policy = |name, quota| Policy { name, quota, window: Quotas::WINDOW };
        Self {
            limiter,
            proxies,
            anonymous: policy("anonymous", quotas.anonymous),
            user: policy("user", quotas.user),
            guesses: policy("guesses", quotas.guesses),
            guesses_at_account: policy("guesses-at-account", quotas.guesses_at_account),
            guesses_from_place: policy("guesses-from-place", quotas.guesses_from_place),
            tokens: policy("tokens", quotas.guesses_from_place),
            unknown_certificates: policy("unknown-certificates", quotas.unknown_certificates),
        }
    }

    /// Counts a guess at the secret of `account`, before anything is looked up or compared; whether there is such an account
    /// makes no difference. It counts as wrong until `Guess::was_right` or `Guess::was_none` says otherwise.
    ///
    /// `knows_place` tells whether the owner has signed in from this address before; it is asked only where strangers
    /// elsewhere have used up what the whole account allows, so that they can't lock its owner out.
    pub async fn guess(
        &self,
        request: &HttpRequest,
        account: &str,
        knows_place: impl AsyncFnOnce(IpAddr) -> Result<bool, Problem>,
    ) -> Result<Guess<'_>, Problem> {
        let address = ClientAddress::of(request);
        let place = place(address).to_string();
        let pair = format!("{account} {place}");
        // The narrowest first: who tries one account over and over does not use up what all share who come from there.
        note(request, self.limiter.take(&self.guesses, &pair).await)?;
        note(request, self.limiter.take(&self.guesses_from_place, &place).await)?;
        let mut counted = vec![(&self.guesses_from_place, place)];
        let at_account = self.limiter.take(&self.guesses_at_account, account).await;
        if at_account.allowed {
            counted.push((&self.guesses_at_account, account.to_owned()));
        } else if !knows_place(address).await? {
            note(request, at_account)?;
        }
        Ok(Guess { gate: self, pair: Some(pair), counted })
    }

    /// Counts a token that proves by itself who sends it: one that renews a session, or one of a link in a mail.
    ///
    /// Nobody guesses 256 bits; this is for who tries for long nevertheless. It has a budget of its own, so that many whose
    /// sessions are over do not keep those beside them from signing in.
    pub async fn token(&self, request: &HttpRequest) -> Result<Guess<'_>, Problem> {
        let place = place(ClientAddress::of(request)).to_string();
        note(request, self.limiter.take(&self.tokens, &place).await)?;
        Ok(Guess { gate: self, pair: None, counted: vec![(&self.tokens, place)] })
    }

    /// Counts a look at a certificate as one that does not exist, before it is looked up.
    pub async fn look(&self, request: &HttpRequest) -> Result<Look<'_>, Problem> {
        let place = place(ClientAddress::of(request)).to_string();
        note(request, self.limiter.take(&self.unknown_certificates, &place).await)?;
        Ok(Look { gate: self, place })
    }

    fn address(&self, request: &ServiceRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let forwarded: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            // What is no text was not written by a proxy of ours: it ends the way like any other piece that can't be read.
            .map(|value| value.to_str().unwrap_or("-"))
            .collect();
        self.proxies.client(peer, forwarded.into_iter())
    }
}

/// A guess that has been counted as wrong.
pub struct Guess<'g> {
    gate: &'g Gate,
    /// At one account from one place.
    pair: Option<String>,
    /// What else it was taken from.
    counted: Vec<(&'g Policy, String)>,
}

impl Guess<'_> {
    /// It was right: it does not count, and neither do earlier ones at this account from here.
    pub async fn was_right(self) {
        if let Some(pair) = &self.pair {
            self.gate.limiter.forget(&self.gate.guesses, pair).await;
        }
        self.give_back().await;
    }

    /// It was never compared, because something else went wrong.
    pub async fn was_none(self) {
        if let Some(pair) = &self.pair {
            self.gate.limiter.give_back(&self.gate.guesses, pair).await;
        }
        self.give_back().await;
    }

    async fn give_back(&self) {
        for (policy, who) in &self.counted {
            self.gate.limiter.give_back(policy, who).await;
        }
    }
}

/// Whether an address that was kept is of the same place as this one.
pub fn is_near(kept: &str, address: IpAddr) -> bool {
    kept.parse().is_ok_and(|kept| place(kept) == place(address))
}

/// A look at a certificate that has been counted.
pub struct Look<'g> {
    gate: &'g Gate,
    place: String,
}

impl Look<'_> {
    /// The certificate exists: the look does not count.
    pub async fn was_known(self) {
        self.gate.limiter.give_back(&self.gate.unknown_certificates, &self.place).await;
    }
}

fn note(request: &HttpRequest, standing: Standing) -> Result<(), Problem> {
    let mut extensions = request.extensions_mut();
    if let Some(counted) = extensions.get_mut::<Counted>() {
        counted.0.push(standing);
    } else {
        extensions.insert(Counted(vec![standing]));
    }
    if standing.allowed { Ok(()) } else { Err(refused(standing)) }
}

fn refused(standing: Standing) -> Problem {
    Problem::new(ProblemCode::TooManyRequests)
        .with_header(RETRY_AFTER, HeaderValue::from(standing.resets_in_s))
        .violating(standing.policy.name)
}

/// Counts a request before it is served, and tells in the answer how its budgets stand.
///
/// One that turns out to be somebody's who has just signed in is counted for the user after all: many people behind one
/// address do not use up what that address has.
pub async fn limited(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let app = App::of(request.request())?;
    let gate = app.gate();
    let address = gate.address(&request);
    request.extensions_mut().insert(ClientAddress(address));
    if is_free(request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let place = place(address).to_string();
    let user = user_of(&app, request.request());
    let mut standing = match user {
        Some(user) => gate.limiter.take(&gate.user, &user.to_string()).await,
        None => gate.limiter.take(&gate.anonymous, &place).await,
    };
    let mut response = if standing.allowed {
        next.call(request).await?.map_into_boxed_body()
    } else {
        let problem = refused(standing);
        request.into_response(problem.error_response()).map_into_boxed_body()
    };
    let signed_in = response.request().extensions().get::<SignedIn>().copied();
    if let Some(SignedIn(user)) = signed_in
        && !response.request().method().is_safe()
    {
        app.services().yard.store.wrote(user.0).await;
    }
    if let (None, Some(SignedIn(user))) = (user, signed_in) {
        gate.limiter.give_back(&gate.anonymous, &place).await;
        standing = gate.limiter.take(&gate.user, &user.to_string()).await;
    }
    let counted = response.request().extensions_mut().remove::<Counted>();
    let standings: Vec<Standing> = std::iter::once(standing)
        .chain(counted.into_iter().flat_map(|counted| counted.0))
        .filter(Standing::is_limited)
        .collect();
    tell(&mut response, &standings);
    Ok(response)
}

/// Whether a request costs nothing to anybody: what operators, browsers and other systems ask for over and over.
fn is_free(path: &str) -> bool {
    let under =
        |free: &&str| path.strip_prefix(*free).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == "/" || path.contains("/.well-known/") || SYSTEM_PATHS.iter().any(under)
}

/// Whose access token or API key the request carries. Whether the user still exists is found out later; an API key that has
/// not been seen lately is nobody's until it has been looked up.
fn user_of(app: &App, request: &HttpRequest) -> Option<UserId> {
    let token = bearer(request).ok()?;
    if token.starts_with(ApiKey::PREFIX) {
        return app.known_machine(token).and_then(|machine| machine.caller.on_behalf_of());
    }
    app.tokens().verify(token, app.now()).ok().map(|claims| UserId(claims.user))
}

/// `RateLimit` and `RateLimit-Policy`, as in draft-ietf-httpapi-ratelimit-headers-10.
fn tell(response: &mut ServiceResponse<BoxBody>, standings: &[Standing]) {
    let (mut limits, mut policies) = (String::new(), String::new());
    for Standing { policy, remaining, resets_in_s, .. } in standings {
        let joint = if limits.is_empty() { "" } else { ", " };
        // Writing to a string can't fail.
        _ = write!(limits, "{joint}\"{}\";r={remaining};t={resets_in_s}", policy.name);
        _ = write!(policies, "{joint}\"{}\";q={};w={}", policy.name, policy.quota, policy.window.as_secs());
    }
    for (name, text) in [(RATE_LIMIT, limits), (RATE_LIMIT_POLICY, policies)] {
        if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(&text)) {
            response.headers_mut().insert(name, value);
        }
    }
}
