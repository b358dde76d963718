//! What an API key is.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    access::Permission,
    audit::Audited,
    ids::{ApiKeyId, UserId},
    opaque::{OpaqueToken, OpaqueTokens, TokenHash},
    page::{Listable, SortKey, sort_fields},
    text::text_type,
};

/// How many characters at the end of a secret check the others: a mistyped key is told without asking the database.
const CHECK_CHARACTERS: usize = 6;
/// The last use is noted once in so long.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

text_type! {
    /// What a key is for: 1 to 100 characters.
    ApiKeyName, max = 100
}

/// A key.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Who made it, and for whom it acts.
    pub owner_id: UserId,
    /// What it is for.
    pub name: ApiKeyName,
    /// What is kept of its secret.
    pub hash: TokenHash,
    /// What it may do, as far as its owner may.
    pub permissions: BTreeSet<Permission>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// How the secrets of keys begin, so that they are found where they do not belong.
    pub const PREFIX: &'static str = "mdg_";

    /// Whether it opens anything at this moment.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Whether a use at this moment has to be noted.
    pub(super) fn notes_use(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|last| now - last >= NOTED_EVERY)
    }

    /// The key as it was before it was revoked.
    #[must_use]
    pub(crate) fn unrevoked(&self) -> Self {
        Self { revoked_at: None, ..self.clone() }
    }
}

impl Audited for ApiKey {
    const ENTITY: &'static str = "api_key";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "owner_id": self.owner_id,
            "name": self.name.as_str(),
            "permissions": self.permissions,
            "expires_at": self.expires_at,
            "revoked_at": self.revoked_at,
        })
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewApiKey {
    /// What it is for.
    pub name: ApiKeyName,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A key with its secret, which nobody sees again.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedApiKey {
    /// The key.
    pub key: ApiKey,
    /// What the machine sends.
    pub secret: OpaqueToken,
}

/// Draws the secret of a new key.
pub(super) fn draw(tokens: &dyn OpaqueTokens) -> OpaqueToken {
    let OpaqueToken(body) = tokens.draw(ApiKey::PREFIX);
    let check = check_of(tokens, &body);
    OpaqueToken(body + &check)
}

/// Whether a bearer token is a key at all, and not mistyped; whether there is such a key is not known yet.
pub(super) fn looks_like_a_key(tokens: &dyn OpaqueTokens, secret: &str) -> bool {
    let parts = secret.len().checked_sub(CHECK_CHARACTERS).and_then(|at| secret.split_at_checked(at));
    parts.is_some_and(|(body, check)| body.starts_with(ApiKey::PREFIX) && check_of(tokens, body) == check)
}

fn check_of(tokens: &dyn OpaqueTokens, body: &str) -> String {
    tokens.hash(body).0.chars().filter(char::is_ascii_alphanumeric).take(CHECK_CHARACTERS).collect()
}

/// Which keys are wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApiKeyFilter {
    /// Of this user.
    pub owner_id: Option<UserId>,
}

sort_fields! {
    /// What keys can be sorted by.
    ApiKeySort { CreatedAt = "created_at", ExpiresAt = "expires_at" }
}

impl Listable<ApiKeySort> for ApiKey {
    fn sort_key(&self, field: ApiKeySort) -> SortKey {
        match field {
            ApiKeySort::CreatedAt => SortKey::Time(self.created_at),
            ApiKeySort::ExpiresAt => SortKey::Time(self.expires_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
