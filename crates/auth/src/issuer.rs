//! Keeps the keys that sign certificates as credentials: makes the first one when it is needed, and another on demand.
//!
//! Unlike the keys of access tokens none of them ends: a credential is verified for as long as anybody has it, so the public half of
//! every key that ever signed stays published.

use chrono::{DateTime, Utc};
use madang_domain::{
    certification::issuer_keys::IssuerKey,
    error::{RepositoryError, RepositoryResult, UniqueKey},
    store::finish,
    yard::Yard,
};

use crate::tokens::{KeeperError, KeyError, SigningKey};

/// Makes, changes and reads the keys.
#[derive(Clone)]
pub struct IssuerKeyKeeper {
    yard: Yard,
}

impl IssuerKeyKeeper {
    /// A keeper on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// The keys as they are kept now, oldest first; one of them signs. Makes the first one.
    pub async fn keys(&self) -> Result<Vec<IssuerKey>, KeeperError> {
        let kept = self.kept().await?;
        if kept.iter().any(|key| key.is_active) {
            return Ok(kept);
        }
        match self.make().await {
            // Another node was faster.
            Ok(()) | Err(KeeperError::Repository(RepositoryError::Conflict(UniqueKey::ActiveIssuerKey))) => {
                Ok(self.kept().await?)
            }
            Err(error) => Err(error),
        }
    }

    /// A new key signs from now on. The one before stays published.
    pub async fn rotate(&self) -> Result<Vec<IssuerKey>, KeeperError> {
        self.make().await?;
        Ok(self.kept().await?)
    }

    async fn kept(&self) -> RepositoryResult<Vec<IssuerKey>> {
        self.yard.store.session().await?.issuer_keys().all().await
    }

    async fn make(&self) -> Result<(), KeeperError> {
        let key = drawn(self.yard.clock.now())?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            unit.issuer_keys().retire_all().await?;
            unit.issuer_keys().insert(&key).await
        }
        .await;
        Ok(finish(unit, outcome).await?)
    }
}

fn drawn(now: DateTime<Utc>) -> Result<IssuerKey, KeyError> {
    let key = SigningKey::generate()?;
    let pkcs8 = key.to_pkcs8().ok_or(KeyError::Malformed)?.expose().to_vec();
    Ok(IssuerKey { name: key.kid().to_owned(), pkcs8, is_active: true, created_at: now })
}
