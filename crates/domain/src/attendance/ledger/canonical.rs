//! What is hashed of a row: the same bytes whatever database keeps it.
//!
//! A row is one JSON array of its fields, in a fixed order, with the keys of objects sorted and no space between: databases
//! may order and space documents anew. Times are RFC 3339 in UTC to the microsecond.

use std::fmt::Write;

use chrono::{NaiveDate, SecondsFormat};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::audit::AuditEntry;

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// Marks what is hashed as ours, and this way of hashing as the first.
const VERSION: &str = "madang-ledger-1";

/// The hash of a row.
pub(super) fn hash(entry: &AuditEntry) -> Hash {
    let row = json!([
        entry.id.0.to_string(),
        entry.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        entry.actor.map(|id| id.0.to_string()),
        entry.request_id,
        entry.entity,
        entry.entity_id.to_string(),
        entry.action.as_str(),
        entry.old,
        entry.new,
        entry.reason,
        entry.after_closing,
    ]);
    let mut text = String::new();
    write_sorted(&mut text, &row);
    Sha256::digest(text.as_bytes()).into()
}

fn write_sorted(text: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_sorted(text, item);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (place, (name, field)) in fields.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_sorted(text, &Value::String(name.clone()));
                text.push(':');
                write_sorted(text, field);
            }
            text.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            // Writing to a text can't fail.
            let _ = write!(text, "{value}");
        }
    }
}

/// The digest of a month, grown row by row.
pub(super) struct MonthDigest {
    hasher: Sha256,
    entries: u64,
}

impl MonthDigest {
    /// A digest chained to that of the month before.
    pub(super) fn new(month: NaiveDate, previous: Option<&str>) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(format!("{VERSION}\n{month}\n{}\n", previous.unwrap_or_default()));
        Self { hasher, entries: 0 }
    }

    /// One more row.
    pub(super) fn add(&mut self, hash: &Hash) {
        self.hasher.update(hash);
        self.entries += 1;
    }

    /// How many rows there are, and the digest in hex.
    pub(super) fn finish(mut self) -> (u64, String) {
        self.hasher.update(self.entries.to_be_bytes());
        let hash: Hash = self.hasher.finalize().into();
        let mut hex = String::with_capacity(64);
        for byte in hash {
            push_hex(&mut hex, byte);
        }
        (self.entries, hex)
    }
}

pub(super) fn push_hex(text: &mut String, byte: u8) {
    let _ = write!(text, "{byte:02x}");
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        audit::AuditAction,
        ids::{AuditEntryId, UserId},
    };

    fn entry() -> AuditEntry {
        AuditEntry {
            id: AuditEntryId(Uuid::from_u128(1)),
            at: "2026-09-01T01:00:00.000001Z".parse().unwrap(),
            actor: Some(UserId(Uuid::from_u128(2))),
            request_id: Some("req-1".to_owned()),
            entity: "attendance".to_owned(),
            entity_id: Uuid::from_u128(3),
            action: AuditAction::Update,
            old: Some(json!({"status": "absent"})),
            new: Some(json!({"status": "late", "description": "버스 \"고장\"\n", "checked_at": null})),
            reason: None,
            after_closing: false,
        }
    }

    #[test]
    fn a_row_is_hashed_as_this_text() {
        let text = concat!(
            "[\"00000000-0000-0000-0000-000000000001\",\"2026-09-01T01:00:00.000001Z\",",
            "\"00000000-0000-0000-0000-000000000002\",\"req-1\",\"attendance\",",
            "\"00000000-0000-0000-0000-000000000003\",\"update\",{\"status\":\"absent\"},",
            "{\"checked_at\":null,\"description\":\"버스 \\\"고장\\\"\\n\",\"status\":\"late\"},null,false]"
        );
        let expected: Hash = Sha256::digest(text.as_bytes()).into();
        assert_eq!(hash(&entry()), expected);
    }

    #[test]
    fn every_field_is_hashed() {
        let same = hash(&entry());
        let id = Uuid::from_u128(9);
        for other in [
            AuditEntry { id: AuditEntryId(id), ..entry() },
            AuditEntry { at: entry().at + chrono::TimeDelta::microseconds(1), ..entry() },
            AuditEntry { actor: None, ..entry() },
            AuditEntry { request_id: None, ..entry() },
            AuditEntry { entity: "lecture".to_owned(), ..entry() },
            AuditEntry { entity_id: id, ..entry() },
            AuditEntry { action: AuditAction::Create, ..entry() },
            AuditEntry { old: None, ..entry() },
            AuditEntry { new: Some(json!({"status": "present"})), ..entry() },
            AuditEntry { reason: Some(String::new()), ..entry() },
            AuditEntry { after_closing: true, ..entry() },
        ] {
            assert_ne!(hash(&other), same, "{other:?}");
        }
    }

    #[test]
    fn a_month_is_chained_to_the_one_before_and_knows_its_rows() {
        let month = "2026-09-01".parse().unwrap();
        let digest = |previous, rows: &[Hash]| {
            let mut digest = MonthDigest::new(month, previous);
            for row in rows {
                digest.add(row);
            }
            digest.finish()
        };
        let (one, two) = ([1; 32], [2; 32]);
        assert_eq!(digest(None, &[one, two]).0, 2);
        let all = [
            digest(None, &[]),
            digest(Some("00"), &[]),
            digest(None, &[one]),
            digest(None, &[one, two]),
            digest(None, &[two, one]),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(one.1.len() == 64 && all.iter().skip(place + 1).all(|other| other.1 != one.1));
        }
    }
}
