//! Rows of `check_in_sessions`.

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{capture::CheckInSession, policy::Times},
    ids::{CheckInSessionId, LectureId},
};

use super::{parsed, row};
use crate::error::Corrupt;

row!(CheckInSessionRow, check_in_sessions, stamped, {
    id: CheckInSessionId,
    lecture_id: LectureId,
    #[serde(serialize_with = "crate::types::instant")]
    opens_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    closes_at: DateTime<Utc>,
    late_grace_minutes: i32,
    absent_after_minutes: Option<i32>,
    early_leave_grace_minutes: i32,
    unmarked_absent: bool,
    #[serde(serialize_with = "crate::types::optional_instant")]
    settled_at: Option<DateTime<Utc>>,
});

impl From<&CheckInSession> for CheckInSessionRow {
    fn from(session: &CheckInSession) -> Self {
        Self {
            id: session.id,
            lecture_id: session.lecture_id,
            opens_at: session.opens_at,
            closes_at: session.closes_at,
            late_grace_minutes: session.times.late_grace_minutes.into(),
            absent_after_minutes: session.times.absent_after_minutes.map(Into::into),
            early_leave_grace_minutes: session.times.early_leave_grace_minutes.into(),
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

impl TryFrom<CheckInSessionRow> for CheckInSession {
    type Error = Corrupt;

    fn try_from(row: CheckInSessionRow) -> Result<Self, Corrupt> {
        let minutes = |minutes: i32, column| parsed(u16::try_from(minutes), column);
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            lecture_id: row.lecture_id,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            times: Times {
                late_grace_minutes: minutes(row.late_grace_minutes, "check_in_sessions.late_grace_minutes")?,
                absent_after_minutes: row
                    .absent_after_minutes
                    .map(|last| minutes(last, "check_in_sessions.absent_after_minutes"))
                    .transpose()?,
                early_leave_grace_minutes: minutes(
                    row.early_leave_grace_minutes,
                    "check_in_sessions.early_leave_grace_minutes",
                )?,
            },
            unmarked_absent: row.unmarked_absent,
            settled_at: row.settled_at,
        })
    }
}
