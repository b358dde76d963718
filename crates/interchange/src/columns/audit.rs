//! The audit log. It is shown, never imported.

use madang_domain::audit::AuditEntry;

use super::{id, json, table, user_id};
use crate::write::Cell;

table!(AuditEntry as "audit_log", |entry| {
    shown "id": id(entry.id.0),
    shown "at": Cell::Time(entry.at),
    shown "actor": user_id(entry.actor),
    shown "request_id": Cell::maybe(entry.request_id.as_deref(), Cell::text),
    shown "entity": Cell::text(&entry.entity),
    shown "entity_id": id(entry.entity_id),
    shown "action": Cell::text(entry.action.as_str()),
    shown "old": Cell::maybe(entry.old.as_ref(), json),
    shown "new": Cell::maybe(entry.new.as_ref(), json),
    shown "reason": Cell::maybe(entry.reason.as_deref(), Cell::text),
    shown "after_closing": Cell::Bool(entry.after_closing),
});
