//! Idempotency keys.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    idempotency::{IdempotencyKey, IdempotencyKeys, KeyRecord, StoredAnswer},
};

use super::{Session, journal::Added, one};
use crate::{
    rows::{idempotency::KeyRow, journal::AnswerRow},
    schema::idempotency_keys,
    types,
};

impl IdempotencyKeys for Session {
    fn claim<'a>(
        &'a mut self,
        key: &'a IdempotencyKey,
        fingerprint: &'a str,
        holds_until: DateTime<Utc>,
    ) -> Pending<'a, bool> {
        Box::pin(async move {
            let claim = diesel::insert_into(idempotency_keys::table)
                .values((
                    idempotency_keys::principal.eq(types::id(key.principal)),
                    idempotency_keys::key.eq(&key.key),
                    idempotency_keys::fingerprint.eq(fingerprint),
                    idempotency_keys::holds_until.eq(types::time(holds_until)),
                ))
                .on_conflict((idempotency_keys::principal, idempotency_keys::key))
                .do_nothing();
            Ok(self.execute(claim).await? == 1)
        })
    }

    fn find<'a>(&'a mut self, key: &'a IdempotencyKey) -> Pending<'a, Option<KeyRecord>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = || {
                idempotency_keys::table.find((types::id(key.principal), &key.key)).select(KeyRow::as_select())
            };
            one::<KeyRow, _>(self.rows(query).await?)
        })
    }

    fn keep<'a>(
        &'a mut self,
        key: &'a IdempotencyKey,
        answer: &'a StoredAnswer,
        holds_until: DateTime<Utc>,
    ) -> Pending<'a, ()> {
        Box::pin(
            async move { self.add_to_journal(Added::Answer(AnswerRow::new(key, answer, holds_until))).await },
        )
    }

    fn release<'a>(&'a mut self, key: &'a IdempotencyKey, now: DateTime<Utc>) -> Pending<'a, ()> {
        Box::pin(async move {
            self.write_journal().await?;
            let over = idempotency_keys::holds_until.le(types::time(now));
            let released = idempotency_keys::table
                .find((types::id(key.principal), &key.key))
                .filter(idempotency_keys::status.is_null().or(over));
            self.execute(diesel::delete(released)).await.map(drop)
        })
    }

    fn purge(&mut self, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            self.write_journal().await?;
            let over = idempotency_keys::holds_until.le(types::time(now));
            self.execute(diesel::delete(idempotency_keys::table.filter(over))).await
        })
    }
}
