//! The port through which API keys are kept.

use chrono::{DateTime, Utc};

use super::{ApiKey, ApiKeyFilter, ApiKeySort};
use crate::{
    accounts::User,
    error::Pending,
    ids::{ApiKeyId, UserId},
    opaque::TokenHash,
    page::{Listed, Listing},
};

/// Keeps API keys.
pub trait ApiKeyRepository: Send {
    /// Keeps a new key.
    fn insert<'a>(&'a mut self, key: &'a ApiKey) -> Pending<'a, ()>;
    /// One key.
    fn find(&mut self, id: ApiKeyId) -> Pending<'_, Option<ApiKey>>;
    /// The key with this secret, and its owner.
    fn find_by_hash<'a>(&'a mut self, hash: &'a TokenHash) -> Pending<'a, Option<(ApiKey, User)>>;
    /// Lists keys.
    fn list<'a>(&'a mut self, listing: &'a Listing<ApiKeyFilter, ApiKeySort>) -> Pending<'a, Listed<ApiKey>>;
    /// Revokes a key; `false` when it has been revoked before.
    fn revoke(&mut self, id: ApiKeyId, at: DateTime<Utc>) -> Pending<'_, bool>;
    /// Revokes every key of a user that is good at this moment; tells which, as they are now.
    fn revoke_all(&mut self, owner: UserId, at: DateTime<Utc>) -> Pending<'_, Vec<ApiKey>>;
    /// Notes that a key was used.
    fn note_use(&mut self, id: ApiKeyId, at: DateTime<Utc>) -> Pending<'_, ()>;
}
