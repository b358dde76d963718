//! Hashes and checks passwords without starving the server.
//!
//! One bcrypt of cost 12 keeps a core busy for a quarter of a second. It runs on threads of its own, never on a worker of
//! the server, and these give way to everything else of the process; at most `workers` at once, at most
//! `queue` waiting, and whoever comes then is told so at once. A request that goes away gives back its place in the queue;
//! a hash that has begun is finished and counts until then.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rayon::{ThreadPool, ThreadPoolBuilder};
use secrecy::SecretString;
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};

use super::normalise;
use super::stored::{self, Pepper, StoredHash};
use crate::secrets::{Secret, WeakSecret, random_bytes};

/// The lowest bcrypt cost there is; for tests.
pub const MIN_COST: u32 = 4;

/// The highest bcrypt cost that is computed, some four seconds, so that no stored hash can occupy a worker for hours.
pub const MAX_COST: u32 = 16;

/// The niceness of a thread that hashes.
#[cfg(target_os = "linux")]
const LOWEST_PRIORITY: i32 = 19;

/// Makes and checks stored hashes: `bcrypt(cost, base64(HMAC-SHA-384(pepper, NFC(password))))`.
pub struct PasswordHasher {
    pepper: Pepper,
    cost: u32,
    /// A hash of nobody's password, for accounts that do not exist.
    decoy: String,
    /// One for each request that may be inside, waiting or working.
    places: Arc<Semaphore>,
    /// One for each hash that may be computed at once.
    workers: Arc<Semaphore>,
    threads: ThreadPool,
    retry_after_s: u64,
}

/// What a password is to a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Matches,
    /// It is the password, but the stored form is weaker than today's: store [`PasswordHasher::hash`] of it.
    MatchesOutdated,
    /// It is not the password.
    Differs,
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HashError {
    /// All workers are busy and the queue is full.
    #[error("too many passwords are being checked")]
    Busy {
        /// When a full queue will have been worked off, in whole seconds; at least 1.
        retry_after_s: u64,
    },
    /// The password to hash is over [`PASSWORD_MAX_BYTES`](super::PASSWORD_MAX_BYTES); the policy refuses it before.
    #[error("the password is too long")]
    TooLong,
    /// The stored text is no hash of a known kind, or its cost is above [`MAX_COST`].
    #[error("the stored password hash is malformed")]
    Malformed,
    /// The stored hash was made under another pepper: the settings are wrong, not the password.
    #[error("the stored password hash was made under another pepper")]
    UnknownPepper,
    /// The random source or the runtime failed.
    #[error("the password could not be hashed")]
    Failed,
}

/// Why a [`PasswordHasher`] cannot be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HasherSettingsError {
    /// The pepper is not fit to protect anything.
    #[error("the password pepper is not usable")]
    Pepper(#[from] WeakSecret),
    /// The cost is not within [`MIN_COST`]`..=`[`MAX_COST`].
    #[error("the password cost is not within {MIN_COST} and {MAX_COST}")]
    Cost,
    /// There is no worker, or more places than can be counted.
    #[error("the number of password workers or the queue is out of range")]
    Workers,
    /// The threads could not be started.
    #[error("no threads can be started for passwords")]
    Threads,
    /// The first hash failed.
    #[error("no password could be hashed")]
    Failed,
}

impl PasswordHasher {
    /// Sets up the hasher and makes one hash, so it takes as long as one; call it once, at start-up.
    ///
    /// `cost` 12 suits today's machines; `workers` is best half of the cores, so that a database on the same machine has the
    /// others; `queue` counts those who wait.
    pub fn new(
        pepper: &Secret,
        cost: u32,
        workers: usize,
        queue: usize,
    ) -> Result<Self, HasherSettingsError> {
        pepper.check_strength()?;
        if !(MIN_COST..=MAX_COST).contains(&cost) {
            return Err(HasherSettingsError::Cost);
        }
        let places = workers
            .checked_add(queue)
            .filter(|&places| workers > 0 && places <= Semaphore::MAX_PERMITS)
            .ok_or(HasherSettingsError::Workers)?;
        let pepper = Pepper::new(pepper);
        let threads = ThreadPoolBuilder::new()
            .num_threads(workers)
            .thread_name(|number| format!("passwords-{number}"))
            .start_handler(|_| give_way())
            // Whoever waits for the outcome is told that there is none.
            .panic_handler(drop)
            .build()
            .map_err(|_| HasherSettingsError::Threads)?;

        let begun = Instant::now();
        let nobody = SecretString::from(STANDARD_NO_PAD.encode(random_bytes::<32>()));
        let decoy = stored::make(&pepper.season(&nobody), cost, pepper.id())
            .map_err(|_| HasherSettingsError::Failed)?;
        let rounds = u32::try_from(places.div_ceil(workers)).unwrap_or(u32::MAX);
        let retry_after_s = begun.elapsed().saturating_mul(rounds).as_secs().saturating_add(1);

        Ok(Self {
            pepper,
            cost,
            decoy,
            places: Arc::new(Semaphore::new(places)),
            workers: Arc::new(Semaphore::new(workers)),
            threads,
            retry_after_s,
        })
    }

    /// Makes the text to store for a new password, which [`PasswordPolicy`](super::PasswordPolicy) has passed.
    pub async fn hash(&self, password: &str) -> Result<String, HashError> {
        let password = normalise(password).ok_or(HashError::TooLong)?;
        let seasoned = self.pepper.season(&password);
        let (cost, pepper_id) = (self.cost, self.pepper.id().to_owned());
        self.compute(move || stored::make(&seasoned, cost, &pepper_id)).await
    }

    /// Tells whether this is the password of the stored hash.
    pub async fn verify(&self, password: &str, stored: &str) -> Result<Verdict, HashError> {
        let Some(normalised) = normalise(password) else {
            return Ok(Verdict::Differs);
        };
        let (text, bcrypt, current) = match StoredHash::parse(stored, &self.pepper)? {
            StoredHash::Own { bcrypt, cost } => (self.pepper.season(&normalised), bcrypt, cost >= self.cost),
            StoredHash::Foreign { bcrypt } => (password.into(), bcrypt, false),
        };
        let matches = self.compute(move || stored::matches(&text, &bcrypt)).await?;
        Ok(match (matches, current) {
            (true, true) => Verdict::Matches,
            (true, false) => Verdict::MatchesOutdated,
            (false, _) => Verdict::Differs,
        })
    }

    /// Takes the time and the place of [`verify`](Self::verify), for a sign-in to an account that does not exist or
    /// has no password, so that the answer does not tell.
    pub async fn verify_unknown(&self, password: &str) -> Result<(), HashError> {
        self.verify(password, &self.decoy).await.map(|_| ())
    }

    /// Runs one hash when its turn comes.
    async fn compute<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| HashError::Busy { retry_after_s: self.retry_after_s })?;
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| HashError::Failed)?;
        let (tell, told) = oneshot::channel();
        self.threads.spawn(move || {
            let outcome = hash();
            drop((worker, place));
            // Nobody may be waiting any more.
            drop(tell.send(outcome));
        });
        told.await.map_err(|_| HashError::Failed)?
    }
}

/// Lets the scheduler prefer every other thread to this one: a sign-in may wait for a list of courses, which takes a
/// thousandth of its time. On Linux a priority belongs to the thread; elsewhere it would be that of the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, LOWEST_PRIORITY) {
        tracing::warn!(%error, "passwords are hashed at the priority of everything else");
    }
}

#[cfg(test)]
#[path = "hasher_tests.rs"]
mod tests;
