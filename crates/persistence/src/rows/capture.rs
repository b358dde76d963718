//! Rows of `check_in_sessions`.

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::capture::{CheckInSession, LateRules},
    ids::{CheckInSessionId, LectureId},
};

use super::row;

row!(CheckInSessionRow, check_in_sessions, stamped, {
    id: CheckInSessionId,
    lecture_id: LectureId,
    #[serde(serialize_with = "crate::types::instant")]
    opens_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    closes_at: DateTime<Utc>,
    late_grace_minutes: i32,
    absent_after_minutes: Option<i32>,
    unmarked_absent: bool,
    #[serde(serialize_with = "crate::types::optional_instant")]
    settled_at: Option<DateTime<Utc>>,
});

impl From<&CheckInSession> for CheckInSessionRow {
    fn from(session: &CheckInSession) -> Self {
        let minutes = |minutes: i64| i32::try_from(minutes).unwrap_or(i32::MAX);
        Self {
            id: session.id,
            lecture_id: session.lecture_id,
            opens_at: session.opens_at,
            closes_at: session.closes_at,
            late_grace_minutes: minutes(session.rules.grace_minutes),
            absent_after_minutes: session.rules.absent_after_minutes.map(minutes),
            unmarked_absent: session.unmarked_absent,
            settled_at: session.settled_at,
            version: session.stamps.version,
            created_at: session.stamps.created_at,
            created_by: session.stamps.created_by,
            updated_at: session.stamps.updated_at,
            updated_by: session.stamps.updated_by,
        }
    }
}

impl From<CheckInSessionRow> for CheckInSession {
    fn from(row: CheckInSessionRow) -> Self {
        Self {
            stamps: row.stamps(),
            id: row.id,
            lecture_id: row.lecture_id,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            rules: LateRules {
                grace_minutes: row.late_grace_minutes.into(),
                absent_after_minutes: row.absent_after_minutes.map(Into::into),
            },
            unmarked_absent: row.unmarked_absent,
            settled_at: row.settled_at,
        }
    }
}
