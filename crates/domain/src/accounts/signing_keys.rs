//! The keys that sign access tokens, as they are kept: which one signs, which one comes next, which ones still verify.
//!
//! Here is only the port; `madang-auth` makes keys, rotates them and signs.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::Pending;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is published and will sign after the next rotation.
    Next,
    /// It signs.
    Active,
    /// It signs no more; what it has signed holds until its time is over.
    Retiring,
}

impl KeyState {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Next, Self::Active, Self::Retiring].into_iter().find(|state| state.as_str() == text)
    }
}

/// A key as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The name by which tokens refer to it.
    pub kid: String,
    /// What it does.
    pub state: KeyState,
    /// The private key: PKCS#8, DER.
    pub pkcs8: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when a retiring key verifies.
    pub ends_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey")
            .field("kid", &self.kid)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Keeps the keys.
pub trait SigningKeyRepository: Send {
    /// All of them, oldest first.
    fn all(&mut self) -> Pending<'_, Vec<StoredKey>>;

    /// Keeps a new key.
    ///
    /// # Errors
    /// `Conflict(SigningKeyState)` when there is another active, or another next key.
    fn insert<'a>(&'a mut self, key: &'a StoredKey) -> Pending<'a, ()>;

    /// Changes what a key does, if it does what it did before: `from` becomes `to`.
    ///
    /// # Errors
    /// `Stale` when it does something else by now; `Conflict(SigningKeyState)`.
    fn change_state<'a>(
        &'a mut self,
        kid: &'a str,
        from: KeyState,
        to: KeyState,
        ends_at: Option<DateTime<Utc>>,
    ) -> Pending<'a, ()>;

    /// Removes retiring keys whose time is over.
    fn remove_ended(&mut self, now: DateTime<Utc>) -> Pending<'_, usize>;
}
