//! Requests that may be sent twice but take effect once.
//!
//! A client names a request with a key. The key is claimed in a statement of its own; the answer is kept in the unit
//! of work of the effect, so that effect and answer exist together or not at all. A claim whose process died may
//! be taken over after [`CLAIM_SECONDS`].

mod cleaning;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub use cleaning::KeyCleaning;

use crate::{
    clock::Clock,
    error::{Pending, RepositoryError, RepositoryResult},
    store::{Repositories, Store, finish},
};

/// How long a claim holds without an answer.
pub const CLAIM_SECONDS: i64 = 60;
/// How long an answer is kept.
pub const KEEP_HOURS: i64 = 24;

/// Names one request of one principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Who sent it; nil for somebody who is not signed in.
    pub principal: Uuid,
    /// The key as it was sent.
    pub key: String,
}

/// An answer that can be given again, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location`.
    pub location: Option<String>,
    /// The `ETag`.
    pub etag: Option<String>,
    /// The JSON body.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Hash of method, route, principal and body.
    pub fingerprint: String,
    /// Until when the claim, or the answer, holds.
    pub holds_until: DateTime<Utc>,
    /// The answer, once there is one.
    pub answer: Option<StoredAnswer>,
}

/// The port.
pub trait IdempotencyKeys: Send {
    /// Claims a key; `false` when it is known already.
    fn claim<'a>(
        &'a mut self,
        key: &'a IdempotencyKey,
        fingerprint: &'a str,
        holds_until: DateTime<Utc>,
    ) -> Pending<'a, bool>;

    /// What is known of a key.
    fn find<'a>(&'a mut self, key: &'a IdempotencyKey) -> Pending<'a, Option<KeyRecord>>;

    /// Keeps the answer of a claimed key, with the journal of the unit of work.
    ///
    /// # Errors
    /// `Stale`, when the journal is written, if the key is not claimed any more or was answered.
    fn keep<'a>(
        &'a mut self,
        key: &'a IdempotencyKey,
        answer: &'a StoredAnswer,
        holds_until: DateTime<Utc>,
    ) -> Pending<'a, ()>;

    /// Forgets a key that has no answer, or whose time is over.
    fn release<'a>(&'a mut self, key: &'a IdempotencyKey, now: DateTime<Utc>) -> Pending<'a, ()>;

    /// Forgets every key whose time is over; tells how many.
    fn purge(&mut self, now: DateTime<Utc>) -> Pending<'_, usize>;
}

/// What a creating use case does with its answer before it commits.
///
/// `render` turns what was created into the answer of the API; it is called only when a key was sent.
pub struct Answering<'a, T> {
    key: Option<(IdempotencyKey, DateTime<Utc>)>,
    render: &'a (dyn Fn(&T) -> StoredAnswer + Send + Sync),
}

impl<'a, T> Answering<'a, T> {
    /// Keeps the answer under `key`, if there is one.
    pub fn new(
        key: Option<IdempotencyKey>,
        now: DateTime<Utc>,
        render: &'a (dyn Fn(&T) -> StoredAnswer + Send + Sync),
    ) -> Self {
        Self { key: key.map(|key| (key, now + TimeDelta::hours(KEEP_HOURS))), render }
    }

    /// Whether a key was sent.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Writes the answer into the unit of work of the effect.
    pub async fn keep(&self, repositories: &mut dyn Repositories, created: &T) -> RepositoryResult<()> {
        let Some((key, holds_until)) = &self.key else { return Ok(()) };
        let answer = (self.render)(created);
        repositories.idempotency().keep(key, &answer, *holds_until).await
    }
}

impl<T> Answering<'_, T> {
    /// Keeps nothing: for callers that are not HTTP requests.
    pub fn nothing() -> Self {
        Self {
            key: None,
            render: &|_| StoredAnswer { status: 204, location: None, etag: None, body: String::new() },
        }
    }
}

/// What a key means for the request that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Go ahead: the key is yours.
    Granted,
    /// It was done already; answer this.
    Done(StoredAnswer),
    /// It is being done right now.
    Running,
    /// The key was used for another request.
    OtherRequest,
}

/// Claims keys and releases them.
#[derive(Clone)]
pub struct IdempotencyService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl IdempotencyService {
    /// A service on this store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Claims `key` for a request with this fingerprint.
    pub async fn claim(&self, key: &IdempotencyKey, fingerprint: &str) -> RepositoryResult<Claim> {
        let now = self.clock.now();
        let mut unit = self.store.begin().await?;
        let outcome = claim_in(&mut *unit, key, fingerprint, now).await;
        finish(unit, outcome).await
    }

    /// Gives a claimed key back after a failure, so that the request can be tried again.
    pub async fn release(&self, key: &IdempotencyKey) -> RepositoryResult<()> {
        let now = self.clock.now();
        let mut unit = self.store.begin().await?;
        let outcome = unit.idempotency().release(key, now).await;
        finish(unit, outcome).await
    }

    /// Forgets every key whose time is over.
    pub async fn purge(&self) -> RepositoryResult<usize> {
        let now = self.clock.now();
        let mut unit = self.store.begin().await?;
        let outcome = unit.idempotency().purge(now).await;
        finish(unit, outcome).await
    }
}

async fn claim_in(
    repositories: &mut dyn Repositories,
    key: &IdempotencyKey,
    fingerprint: &str,
    now: DateTime<Utc>,
) -> Result<Claim, RepositoryError> {
    let keys = repositories.idempotency();
    let holds_until = now + TimeDelta::seconds(CLAIM_SECONDS);
    if keys.claim(key, fingerprint, holds_until).await? {
        return Ok(Claim::Granted);
    }
    match keys.find(key).await? {
        Some(record) if record.holds_until > now => Ok(match record.answer {
            _ if record.fingerprint != fingerprint => Claim::OtherRequest,
            Some(answer) => Claim::Done(answer),
            None => Claim::Running,
        }),
        _ => {
            keys.release(key, now).await?;
            let granted = keys.claim(key, fingerprint, holds_until).await?;
            Ok(if granted { Claim::Granted } else { Claim::Running })
        }
    }
}
