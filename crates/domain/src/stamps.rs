//! Who made and last changed a row, when, and which version of it this is.

use chrono::{DateTime, Utc};

use crate::{access::Caller, ids::UserId};

/// The traces that every row of the learning room carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamps {
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// Who made it; `None` for the system itself.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Who last changed it; `None` for the system itself.
    pub updated_by: Option<UserId>,
    /// Grows by one with each change, from 1.
    pub version: i32,
}

impl Stamps {
    /// The stamps of a new row.
    pub fn new(caller: &Caller, at: DateTime<Utc>) -> Self {
        let by = caller.on_behalf_of();
        Self { created_at: at, created_by: by, updated_at: at, updated_by: by, version: 1 }
    }

    /// The stamps after one more change.
    #[must_use]
    pub fn touched(self, caller: &Caller, at: DateTime<Utc>) -> Self {
        Self { updated_at: at, updated_by: caller.on_behalf_of(), version: self.version + 1, ..self }
    }
}

/// The version that a caller believes a row to have (`If-Match`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Any version will do.
    Any,
    /// Exactly this one.
    Version(i32),
}

impl Expected {
    /// Whether a row of this version may be changed.
    pub fn allows(self, version: i32) -> bool {
        match self {
            Self::Any => true,
            Self::Version(expected) => expected == version,
        }
    }
}
