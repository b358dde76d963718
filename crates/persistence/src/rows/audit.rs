//! Rows of `audit_log`.

use chrono::{DateTime, Utc};
use madang_domain::{
    audit::{AuditAction, AuditEntry},
    ids::{AuditEntryId, UserId},
};
use serde_json::Value;
use uuid::Uuid;

use super::{known, row};
use crate::error::Corrupt;

row!(AuditRow, audit_log, {
    id: AuditEntryId,
    #[serde(serialize_with = "crate::types::instant")]
    at: DateTime<Utc>,
    actor: Option<UserId>,
    request_id: Option<String>,
    entity: String,
    entity_id: Uuid,
    action: String,
    old: Option<Value>,
    new: Option<Value>,
    reason: Option<String>,
    after_closing: bool,
});

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor,
            request_id: entry.request_id.clone(),
            entity: entry.entity.clone(),
            entity_id: entry.entity_id,
            action: entry.action.as_str().to_owned(),
            old: entry.old.clone(),
            new: entry.new.clone(),
            reason: entry.reason.clone(),
            after_closing: entry.after_closing,
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = Corrupt;

    fn try_from(row: AuditRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            request_id: row.request_id,
            entity: row.entity,
            entity_id: row.entity_id,
            action: known(AuditAction::parse(&row.action), "audit_log.action")?,
            old: row.old,
            new: row.new,
            reason: row.reason,
            after_closing: row.after_closing,
        })
    }
}
