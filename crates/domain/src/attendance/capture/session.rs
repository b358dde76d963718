//! The time during which the learners of a lecture may check in by themselves.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    attendance::policy::Times,
    audit::Audited,
    ids::{CheckInSessionId, LectureId},
    stamps::Stamps,
};

/// A check-in session; a lecture has one at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInSession {
    /// Its id.
    pub id: CheckInSessionId,
    /// Of which lecture.
    pub lecture_id: LectureId,
    /// From when on one may check in.
    pub opens_at: DateTime<Utc>,
    /// From when on one may no longer.
    pub closes_at: DateTime<Utc>,
    /// How late one may come, by the class's policy when the session was opened: later ones do not decide the past.
    pub times: Times,
    /// Whether who is unmarked at its end becomes absent.
    pub unmarked_absent: bool,
    /// When the unmarked were made absent after its end.
    pub settled_at: Option<DateTime<Utc>>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl CheckInSession {
    /// Whether one may check in at this moment.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.opens_at <= at && at < self.closes_at
    }

    /// Whether its time is over.
    pub fn is_over(&self, at: DateTime<Utc>) -> bool {
        self.closes_at <= at
    }
}

impl Audited for CheckInSession {
    const ENTITY: &'static str = "check_in_session";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "lecture_id": self.lecture_id,
            "opens_at": self.opens_at,
            "closes_at": self.closes_at,
            "late_grace_minutes": self.times.late_grace_minutes,
            "absent_after_minutes": self.times.absent_after_minutes,
            "early_leave_grace_minutes": self.times.early_leave_grace_minutes,
            "unmarked_absent": self.unmarked_absent,
        })
    }
}

/// When a session is to be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenSession {
    /// From when; `None` for the set time before the lecture, or at once where that has come.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when; `None` for the end of the lecture.
    pub closes_at: Option<DateTime<Utc>>,
}
