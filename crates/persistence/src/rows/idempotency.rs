//! Rows of `idempotency_keys`.

use chrono::{DateTime, Utc};
use diesel::{Queryable, Selectable, pg::Pg, sqlite::Sqlite};
use madang_domain::idempotency::{KeyRecord, StoredAnswer};

use super::parsed;
use crate::error::Corrupt;

/// What is known of a key, without the key.
#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::idempotency_keys)]
#[diesel(check_for_backend(Pg, Sqlite))]
pub(crate) struct KeyRow {
    fingerprint: String,
    holds_until: DateTime<Utc>,
    status: Option<i32>,
    location: Option<String>,
    etag: Option<String>,
    body: Option<String>,
}

impl TryFrom<KeyRow> for KeyRecord {
    type Error = Corrupt;

    fn try_from(row: KeyRow) -> Result<Self, Corrupt> {
        let answer = match (row.status, row.body) {
            (Some(status), Some(body)) => Some(StoredAnswer {
                status: parsed(u16::try_from(status), "idempotency_keys.status")?,
                location: row.location,
                etag: row.etag,
                body,
            }),
            _ => None,
        };
        Ok(Self { fingerprint: row.fingerprint, holds_until: row.holds_until, answer })
    }
}
