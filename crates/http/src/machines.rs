//! Which machines have called lately, so that not every request with an API key asks the database.
//!
//! What is remembered is believed for five seconds, as with users (`callers`), and forgotten at once on the node where
//! anything about it changes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use madang_domain::{accounts::api_keys::Machine, opaque::TokenHash};
use moka::sync::Cache;

use crate::callers::{BELIEVED, is_believed};

/// The machines of the last seconds, by what is kept of their secrets.
pub struct KnownMachines(Cache<TokenHash, (Machine, DateTime<Utc>)>);

impl KnownMachines {
    /// Nobody yet.
    pub fn new() -> Self {
        let lifetime = BELIEVED.to_std().unwrap_or(Duration::ZERO);
        Self(Cache::builder().max_capacity(10_000).time_to_live(lifetime).build())
    }

    /// The machine with this key, if that was looked up lately and the key has not ended since.
    pub fn find(&self, key: &TokenHash, now: DateTime<Utc>) -> Option<Machine> {
        let (machine, then) = self.0.get(key)?;
        (is_believed(then, now) && now < machine.expires_at).then_some(machine)
    }

    /// Remembers what was looked up at `now`.
    pub fn keep(&self, key: TokenHash, machine: Machine, now: DateTime<Utc>) {
        self.0.insert(key, (machine, now));
    }

    /// Forgets all, because a key or an owner has changed: there are few machines, and they are looked up again.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }
}
