//! The keys that sign certificates as credentials.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    certification::issuer_keys::{IssuerKey, IssuerKeyRepository},
    error::Pending,
};

use super::Session;
use crate::{schema::issuer_keys, types};

/// Name, key, whether it signs, made at.
type KeyRow = (String, Vec<u8>, bool, DateTime<Utc>);

fn key((name, pkcs8, is_active, created_at): KeyRow) -> IssuerKey {
    IssuerKey { name, pkcs8, is_active, created_at }
}

impl IssuerKeyRepository for Session {
    fn all(&mut self) -> Pending<'_, Vec<IssuerKey>> {
        Box::pin(async move {
            let query = || issuer_keys::table.order((issuer_keys::created_at, issuer_keys::name));
            let rows: Vec<KeyRow> = self.rows(query).await?;
            Ok(rows.into_iter().map(key).collect())
        })
    }

    fn insert<'a>(&'a mut self, key: &'a IssuerKey) -> Pending<'a, ()> {
        Box::pin(async move {
            let insert = diesel::insert_into(issuer_keys::table).values((
                issuer_keys::name.eq(&key.name),
                issuer_keys::pkcs8.eq(&key.pkcs8),
                issuer_keys::is_active.eq(key.is_active),
                issuer_keys::created_at.eq(types::time(key.created_at)),
            ));
            self.execute(insert).await.map(drop)
        })
    }

    fn retire_all(&mut self) -> Pending<'_, usize> {
        Box::pin(async move {
            let active = issuer_keys::table.filter(issuer_keys::is_active.eq(true));
            self.execute(diesel::update(active).set(issuer_keys::is_active.eq(false))).await
        })
    }
}
