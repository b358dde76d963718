//! The keys that sign access tokens.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    accounts::signing_keys::{KeyState, SigningKeyRepository, StoredKey},
    error::{Pending, RepositoryError, RepositoryResult},
};

use super::{Session, wrote_one};
use crate::{rows::known, schema::signing_keys, types};

/// Kid, state, key, made at, ends at.
type KeyRow = (String, String, Vec<u8>, DateTime<Utc>, Option<DateTime<Utc>>);

fn key((kid, state, pkcs8, created_at, ends_at): KeyRow) -> RepositoryResult<StoredKey> {
    let state = known(KeyState::parse(&state), "signing_keys.state")?;
    Ok(StoredKey { kid, state, pkcs8, created_at, ends_at })
}

impl SigningKeyRepository for Session {
    fn all(&mut self) -> Pending<'_, Vec<StoredKey>> {
        Box::pin(async move {
            let query = || signing_keys::table.order((signing_keys::created_at, signing_keys::kid));
            let rows: Vec<KeyRow> = self.rows(query).await?;
            rows.into_iter().map(key).collect()
        })
    }

    fn insert<'a>(&'a mut self, key: &'a StoredKey) -> Pending<'a, ()> {
        Box::pin(async move {
            let insert = diesel::insert_into(signing_keys::table).values((
                signing_keys::kid.eq(&key.kid),
                signing_keys::state.eq(key.state.as_str()),
                signing_keys::pkcs8.eq(&key.pkcs8),
                signing_keys::created_at.eq(types::time(key.created_at)),
                signing_keys::ends_at.eq(key.ends_at),
            ));
            self.execute(insert).await.map(drop)
        })
    }

    fn change_state<'a>(
        &'a mut self,
        kid: &'a str,
        from: KeyState,
        to: KeyState,
        ends_at: Option<DateTime<Utc>>,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            let key = signing_keys::table.find(kid).filter(signing_keys::state.eq(from.as_str()));
            let change = (signing_keys::state.eq(to.as_str()), signing_keys::ends_at.eq(ends_at));
            wrote_one(self.execute(diesel::update(key).set(change)).await?, RepositoryError::Stale)
        })
    }

    fn remove_ended(&mut self, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let ended = signing_keys::table.filter(signing_keys::ends_at.le(Some(now)));
            self.execute(diesel::delete(ended)).await
        })
    }
}
