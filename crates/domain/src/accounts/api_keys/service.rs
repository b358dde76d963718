//! What can be done with API keys.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use super::{
    ApiKey, ApiKeyFilter, ApiKeySort, IssuedApiKey, NewApiKey,
    model::{draw, looks_like_a_key},
};
use crate::{
    access::{Action, Caller, authorize, may_delegate},
    error::RepositoryError,
    idempotency::Answering,
    ids::ApiKeyId,
    opaque::{OpaqueTokens, TokenHash},
    page::{Listed, Listing},
    store::{Repositories, finish},
    yard::Yard,
};

/// The longest that a key is good for.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// Why something could not be done with an API key.
#[derive(Debug, Error)]
pub enum ApiKeyError {
    /// There is no such key, or none that the caller may know of.
    #[error("no such key: {0}")]
    NotFound(ApiKeyId),
    /// Only a person makes and sees keys.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The key would do what its owner may not.
    #[error("the caller does not hold these rights")]
    RightsNotHeld,
    /// A key ends after this moment, and within 366 days.
    #[error("the key would end too early or too late")]
    BadExpiry,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// A machine that has shown a good key.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What it may do.
    pub caller: Caller,
    /// When its key ends.
    pub expires_at: DateTime<Utc>,
}

/// The use cases of API keys.
#[derive(Clone)]
pub struct ApiKeyService {
    yard: Yard,
    tokens: Arc<dyn OpaqueTokens>,
}

impl ApiKeyService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, tokens: Arc<dyn OpaqueTokens>) -> Self {
        Self { yard, tokens }
    }

    /// Makes a key that may do what its maker names and holds.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewApiKey,
        answering: &Answering<'_, IssuedApiKey>,
    ) -> Result<IssuedApiKey, ApiKeyError> {
        let owner_id = caller.user_id().ok_or(ApiKeyError::Forbidden)?;
        if new.permissions.is_empty() || !may_delegate(caller, &new.permissions) {
            return Err(ApiKeyError::RightsNotHeld);
        }
        let now = self.yard.clock.now();
        if new.expires_at <= now || new.expires_at - now > LONGEST {
            return Err(ApiKeyError::BadExpiry);
        }
        let secret = draw(&*self.tokens);
        let key = ApiKey {
            id: ApiKeyId(self.yard.ids.next()),
            owner_id,
            name: new.name,
            hash: self.tokens.hash(secret.expose()),
            permissions: new.permissions,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let issued = IssuedApiKey { key, secret };
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, &issued, answering).await;
        finish(unit, outcome).await?;
        Ok(issued)
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        issued: &IssuedApiKey,
        answering: &Answering<'_, IssuedApiKey>,
    ) -> Result<(), ApiKeyError> {
        repositories.api_keys().insert(&issued.key).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&issued.key)]).await?;
        answering.keep(repositories, issued).await?;
        Ok(())
    }

    /// Lists keys: one's own, or those of everybody for who may manage keys.
    pub async fn list(
        &self,
        caller: &Caller,
        mut listing: Listing<ApiKeyFilter, ApiKeySort>,
    ) -> Result<Listed<ApiKey>, ApiKeyError> {
        if authorize(caller, Action::ManageApiKeys).is_err() {
            listing.filter.owner_id = Some(caller.user_id().ok_or(ApiKeyError::Forbidden)?);
        }
        let mut session = self.yard.store.session().await?;
        Ok(session.api_keys().list(&listing).await?)
    }

    /// One key: one's own, or anybody's for who may manage keys.
    pub async fn find(&self, caller: &Caller, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        let mut session = self.yard.store.session().await?;
        known(&mut *session, caller, id).await
    }

    /// Revokes a key, at once and for ever.
    pub async fn revoke(&self, caller: &Caller, id: ApiKeyId) -> Result<(), ApiKeyError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.revoke_in(&mut *unit, caller, id).await;
        finish(unit, outcome).await
    }

    async fn revoke_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ApiKeyId,
    ) -> Result<(), ApiKeyError> {
        let key = known(repositories, caller, id).await?;
        let now = self.yard.clock.now();
        if repositories.api_keys().revoke(id, now).await? {
            let revoked = ApiKey { revoked_at: Some(now), ..key.clone() };
            repositories.audit().append(&[self.yard.pen(caller).updated(&key, &revoked)]).await?;
        }
        Ok(())
    }

    /// By what a key with this secret is kept; `None` where no key has such a secret, which the database need not be asked for.
    pub fn hash(&self, secret: &str) -> Option<TokenHash> {
        looks_like_a_key(&*self.tokens, secret).then(|| self.tokens.hash(secret))
    }

    /// The machine whose key is kept so, where the key is good and its owner may sign in. Its use is noted once a minute.
    pub async fn recognise(&self, hash: &TokenHash) -> Result<Option<Machine>, ApiKeyError> {
        let now = self.yard.clock.now();
        let found = self.yard.store.session().await?.api_keys().find_by_hash(hash).await?;
        let Some((key, owner)) = found.filter(|(key, owner)| key.is_good(now) && owner.may_sign_in()) else {
            return Ok(None);
        };
        if key.notes_use(now) {
            let mut unit = self.yard.store.begin().await?;
            let outcome = unit.api_keys().note_use(key.id, now).await;
            finish(unit, outcome).await?;
        }
        let held = key.permissions.into_iter().filter(|permission| owner.authorizations.allow(*permission));
        let caller = Caller::machine(key.id, owner.id, held.collect());
        Ok(Some(Machine { caller, expires_at: key.expires_at }))
    }
}

/// The key, if there is one that the caller may know of.
async fn known(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: ApiKeyId,
) -> Result<ApiKey, ApiKeyError> {
    let key = repositories.api_keys().find(id).await?.ok_or(ApiKeyError::NotFound(id))?;
    let may_know = caller.is(key.owner_id) || authorize(caller, Action::ManageApiKeys).is_ok();
    if may_know { Ok(key) } else { Err(ApiKeyError::NotFound(id)) }
}
