//! Keeps the signing keys of an installation: makes the first ones, rotates them, and hands them to the token service.
//!
//! There is always one key that signs and one that comes next, which is published already, so that nobody meets a token of
//! a key that they have not heard of. A key that has signed verifies for as long as its last tokens live.

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    accounts::signing_keys::{KeyState, StoredKey},
    error::{RepositoryError, RepositoryResult, UniqueKey},
    store::{Repositories, finish},
    yard::Yard,
};
use thiserror::Error;

use super::{KeyError, SigningKey};
use crate::secrets::Secret;

/// What is added to the life of the last tokens: differing clocks, and nodes that have not noticed the rotation yet.
const MARGIN: TimeDelta = TimeDelta::minutes(2);

/// The keys of an installation.
pub struct Keyring {
    /// Signs.
    pub active: SigningKey,
    /// Verify only: those that still do and the one to come.
    pub others: Vec<SigningKey>,
}

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// A kept key can't be read, or none can be drawn.
    #[error("a signing key is not usable")]
    Key(#[from] KeyError),
    /// The keys are there, but none of them signs.
    #[error("there is no active signing key")]
    NoActiveKey,
    /// The keys can't be reached or kept.
    #[error("the signing keys can't be reached")]
    Repository(#[from] RepositoryError),
}

/// Makes, rotates and reads the keys.
#[derive(Clone)]
pub struct KeyKeeper {
    yard: Yard,
    token_lifetime: TimeDelta,
}

impl KeyKeeper {
    /// A keeper for tokens that live so long.
    pub fn new(yard: Yard, token_lifetime: std::time::Duration) -> Self {
        let token_lifetime = TimeDelta::from_std(token_lifetime).unwrap_or(TimeDelta::MAX);
        Self { yard, token_lifetime }
    }

    /// The keys as they are kept now; makes the first ones.
    pub async fn keys(&self) -> Result<Keyring, KeeperError> {
        let now = self.yard.clock.now();
        let kept = self.kept().await?;
        let kept = if kept.is_empty() { self.make_first().await? } else { kept };
        let (mut active, mut others) = (None, Vec::new());
        for key in kept.iter().filter(|key| key.ends_at.is_none_or(|end| now < end)) {
            let signing = SigningKey::from_pkcs8(&Secret::new(key.pkcs8.clone()))?;
            match key.state {
                KeyState::Active => active = Some(signing),
                KeyState::Next | KeyState::Retiring => others.push(signing),
            }
        }
        Ok(Keyring { active: active.ok_or(KeeperError::NoActiveKey)?, others })
    }

    /// What is kept, oldest first.
    pub async fn kept(&self) -> RepositoryResult<Vec<StoredKey>> {
        self.yard.store.session().await?.signing_keys().all().await
    }

    async fn make_first(&self) -> Result<Vec<StoredKey>, KeeperError> {
        let now = self.yard.clock.now();
        let keys = [drawn(KeyState::Active, now)?, drawn(KeyState::Next, now)?];
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            for key in &keys {
                unit.signing_keys().insert(key).await?;
            }
            Ok(())
        }
        .await;
        match finish(unit, outcome).await {
            // Another node was faster.
            Ok(()) | Err(RepositoryError::Conflict(UniqueKey::SigningKeyState)) => Ok(self.kept().await?),
            Err(error) => Err(error.into()),
        }
    }

    /// The next key signs from now on, the one that signed verifies for as long as its tokens live, and a new one comes next.
    ///
    /// Running servers notice by themselves. Of two rotations at once one fails with `Stale` or `Conflict`.
    pub async fn rotate(&self) -> Result<Vec<StoredKey>, KeeperError> {
        let now = self.yard.clock.now();
        if self.kept().await?.is_empty() {
            self.make_first().await?;
        }
        let new = drawn(KeyState::Next, now)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.rotate_in(&mut *unit, &new, now).await;
        finish(unit, outcome).await?;
        Ok(self.kept().await?)
    }

    async fn rotate_in(
        &self,
        repositories: &mut dyn Repositories,
        new: &StoredKey,
        now: DateTime<Utc>,
    ) -> Result<(), KeeperError> {
        let keys = repositories.signing_keys();
        let kept = keys.all().await?;
        let kid_of = |state| kept.iter().find(|key| key.state == state).map(|key| key.kid.as_str());
        let active = kid_of(KeyState::Active).ok_or(KeeperError::NoActiveKey)?;
        let ends_at = now + self.token_lifetime + MARGIN;
        keys.change_state(active, KeyState::Active, KeyState::Retiring, Some(ends_at)).await?;
        let next = kid_of(KeyState::Next).ok_or(KeeperError::NoActiveKey)?;
        keys.change_state(next, KeyState::Next, KeyState::Active, None).await?;
        keys.insert(new).await?;
        keys.remove_ended(now).await?;
        Ok(())
    }
}

fn drawn(state: KeyState, now: DateTime<Utc>) -> Result<StoredKey, KeyError> {
    let key = SigningKey::generate()?;
    let pkcs8 = key.to_pkcs8().ok_or(KeyError::Malformed)?.expose().to_vec();
    Ok(StoredKey { kid: key.kid().to_owned(), state, pkcs8, created_at: now, ends_at: None })
}
