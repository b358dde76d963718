//! Rows of `events`.

use chrono::{DateTime, Utc};
use madang_domain::{
    events::Event,
    ids::{EventId, UserId},
};
use serde_json::Value;
use uuid::Uuid;

use super::row;
use crate::error::Corrupt;

row!(EventRow, events, {
    id: EventId,
    kind: String,
    subject_id: Uuid,
    user_id: Option<UserId>,
    payload: Value,
    #[serde(serialize_with = "crate::types::instant")]
    occurred_at: DateTime<Utc>,
    request_id: Option<String>,
});

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id,
            kind: event.kind.clone(),
            subject_id: event.subject_id,
            user_id: event.user_id,
            payload: event.payload.clone(),
            occurred_at: event.occurred_at,
            request_id: event.request_id.clone(),
        }
    }
}

impl TryFrom<EventRow> for Event {
    type Error = Corrupt;

    fn try_from(row: EventRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            kind: row.kind,
            subject_id: row.subject_id,
            user_id: row.user_id,
            payload: row.payload,
            occurred_at: row.occurred_at,
            request_id: row.request_id,
        })
    }
}
