//! The keys that sign certificates as credentials, as they are kept. Here is only the port; `madang-auth` makes and rotates them.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::Pending;

/// A key as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuerKey {
    /// The name of the key: the thumbprint of its public half.
    pub name: String,
    /// The private key: PKCS#8, DER.
    pub pkcs8: Vec<u8>,
    /// Whether it signs; of one that does not, the public half is still published.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKey")
            .field("name", &self.name)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

/// Keeps the keys. None is ever removed.
pub trait IssuerKeyRepository: Send {
    /// All of them, oldest first.
    fn all(&mut self) -> Pending<'_, Vec<IssuerKey>>;
    /// Keeps a new key.
    ///
    /// # Errors
    /// `Conflict(ActiveIssuerKey)` when it signs, and another one does, too.
    fn insert<'a>(&'a mut self, key: &'a IssuerKey) -> Pending<'a, ()>;
    /// Lets no key sign any more.
    fn retire_all(&mut self) -> Pending<'_, usize>;
}
