//! What every handler can reach: the services, the tokens, and who has called lately.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use madang_auth::tokens::{AccessClaims, KeeperError, KeyKeeper, TokenError, TokenService};
use madang_domain::{
    access::Caller,
    accounts::api_keys::Machine,
    idempotency::IdempotencyService,
    ids::{SessionId, UserId},
    stream_tickets::SignIn,
};

use crate::{
    browser_sessions::BrowserSessions,
    callers::KnownCallers,
    limits::Gate,
    live_lists::LiveLists,
    machines::KnownMachines,
    metrics::Metrics,
    papers::Papers,
    problem::{Problem, ProblemCode},
    services::Services,
    watched_inboxes::WatchedInboxes,
};

/// Whether the server wants requests: no longer, once it has been told to stop.
#[derive(Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// From now on the server is not ready.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the server wants requests.
    pub fn is_ready(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

/// What every handler can reach.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    services: Services,
    tokens: TokenService,
    keeper: Option<KeyKeeper>,
    /// The second in which the keys were last read because a token named one that is not known.
    keys_asked_at: AtomicI64,
    callers: KnownCallers,
    machines: KnownMachines,
    metrics: Metrics,
    readiness: Readiness,
    live_lists: LiveLists,
    watched_inboxes: WatchedInboxes,
    gate: Gate,
    browser_sessions: BrowserSessions,
    papers: Papers,
}

impl App {
    /// An application on these services; without a keeper the keys of `tokens` stay as they are.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a thing of its own, and one place makes an application"
    )]
    pub fn new(
        services: Services,
        tokens: TokenService,
        keeper: Option<KeyKeeper>,
        metrics: Metrics,
        readiness: Readiness,
        gate: Gate,
        browser_sessions: BrowserSessions,
        papers: Papers,
    ) -> Self {
        Self(Arc::new(Inner {
            services,
            tokens,
            keeper,
            keys_asked_at: AtomicI64::new(i64::MIN),
            callers: KnownCallers::new(),
            machines: KnownMachines::new(),
            metrics,
            readiness,
            gate,
            browser_sessions,
            papers,
            live_lists: LiveLists::default(),
            watched_inboxes: WatchedInboxes::default(),
        }))
    }

    /// The application of a request.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        request
            .app_data::<web::Data<Self>>()
            .map(|app| Self::clone(app))
            .ok_or_else(|| Problem::new(ProblemCode::Internal))
    }

    /// The use cases.
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// The access tokens.
    pub fn tokens(&self) -> &TokenService {
        &self.0.tokens
    }

    /// What an access token proves.
    ///
    /// One that names an unknown key has the keys read again, once a second at most: another node may have rotated them.
    pub async fn claims(&self, token: &str) -> Result<AccessClaims, TokenError> {
        let now = self.now();
        let proved = self.0.tokens.verify(token, now);
        let second = now.timestamp();
        if proved != Err(TokenError::UnknownKey)
            || self.0.keys_asked_at.swap(second, Ordering::Relaxed) == second
        {
            return proved;
        }
        if let Err(error) = self.reload_keys().await {
            tracing::warn!(%error, "the signing keys could not be read");
            return proved;
        }
        self.0.tokens.verify(token, now)
    }

    /// Takes over the signing keys as they are kept now.
    pub async fn reload_keys(&self) -> Result<(), KeeperError> {
        if let Some(keeper) = &self.0.keeper {
            let keys = keeper.keys().await?;
            self.0.tokens.replace_keys(keys.active, keys.others);
        }
        Ok(())
    }

    /// The idempotency keys.
    pub fn idempotency(&self) -> &IdempotencyService {
        &self.0.services.idempotency
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The lists that are being watched.
    pub fn live_lists(&self) -> &LiveLists {
        &self.0.live_lists
    }

    /// The inboxes that are being watched.
    pub fn watched_inboxes(&self) -> &WatchedInboxes {
        &self.0.watched_inboxes
    }

    /// Who may do how much.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Sessions in cookies.
    pub fn browser_sessions(&self) -> &BrowserSessions {
        &self.0.browser_sessions
    }

    /// What certificates are made with.
    pub fn papers(&self) -> &Papers {
        &self.0.papers
    }

    /// Whether the server wants requests.
    pub fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.services.yard.clock.now()
    }

    /// The user of a session that stands as a caller, as known at most five seconds ago.
    pub async fn caller(&self, session: SessionId, user: UserId) -> Result<Option<Caller>, Problem> {
        let now = self.now();
        if let Some(caller) = self.0.callers.find(user, session, now) {
            return Ok(Some(caller));
        }
        let caller = self.0.services.sessions.caller(session, user).await?;
        if let Some(caller) = &caller {
            self.0.callers.keep(user, session, caller.clone(), now);
        }
        Ok(caller)
    }

    /// Who is behind a sign-in, while it stands.
    pub async fn caller_of(&self, sign_in: SignIn) -> Result<Option<Caller>, Problem> {
        self.caller(SessionId(sign_in.session), sign_in.user).await
    }

    /// Forgets what a user may do and which sessions stand, because it has changed.
    pub fn forget_caller(&self, id: UserId) {
        self.0.callers.forget(id);
        self.forget_machines();
    }

    /// The machine with this API key, as known at most five seconds ago.
    pub async fn machine(&self, secret: &str) -> Result<Option<Machine>, Problem> {
        let keys = &self.0.services.api_keys;
        let Some(hash) = keys.hash(secret) else { return Ok(None) };
        let now = self.now();
        if let Some(machine) = self.0.machines.find(&hash, now) {
            return Ok(Some(machine));
        }
        let machine = keys.recognise(&hash).await?;
        if let Some(machine) = &machine {
            self.0.machines.keep(hash, machine.clone(), now);
        }
        Ok(machine)
    }

    /// The machine with this API key, if it has called lately.
    pub fn known_machine(&self, secret: &str) -> Option<Machine> {
        let hash = self.0.services.api_keys.hash(secret)?;
        self.0.machines.find(&hash, self.now())
    }

    /// Forgets the machines, because a key or the owner of one has changed.
    pub fn forget_machines(&self) {
        self.0.machines.forget();
    }
}
