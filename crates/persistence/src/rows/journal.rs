//! What a unit of work adds and does not look at again: see the migration of the journal.

use chrono::{DateTime, Utc};
use madang_domain::idempotency::{IdempotencyKey, StoredAnswer};
use serde::Serialize;
use uuid::Uuid;

use super::{
    audit::AuditRow,
    batches::AttendanceBatchRow,
    events::EventRow,
    identities::IdentityRow,
    jobs::JobRow,
    sessions::{RefreshTokenRow, SessionRow},
};

/// What is written when the unit is committed, or before it is read.
#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) identities: Vec<IdentityRow>,
    pub(crate) batches: Vec<AttendanceBatchRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) refresh_tokens: Vec<RefreshTokenRow>,
    pub(crate) audit_log: Vec<AuditRow>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) jobs: Vec<JobRow>,
    pub(crate) answers: Vec<AnswerRow>,
}

impl Journal {
    /// Whether a session starts, whose rows a statement about sessions would miss.
    pub(crate) fn starts_sessions(&self) -> bool {
        !self.sessions.is_empty() || !self.refresh_tokens.is_empty()
    }
}

/// The answer of a claimed key.
#[derive(Serialize)]
pub(crate) struct AnswerRow {
    principal: Uuid,
    key: String,
    #[serde(serialize_with = "crate::types::instant")]
    holds_until: DateTime<Utc>,
    status: u16,
    location: Option<String>,
    etag: Option<String>,
    body: String,
}

impl AnswerRow {
    pub(crate) fn new(key: &IdempotencyKey, answer: &StoredAnswer, holds_until: DateTime<Utc>) -> Self {
        Self {
            principal: key.principal,
            key: key.key.clone(),
            holds_until,
            status: answer.status,
            location: answer.location.clone(),
            etag: answer.etag.clone(),
            body: answer.body.clone(),
        }
    }
}
