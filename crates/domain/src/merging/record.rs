//! What a merge did, kept so that it can be undone.
//!
//! The record is a document: it is read and written as a whole. It names what changed hands by id and holds what was
//! changed or removed as it was before.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::UNDO_DAYS;
use crate::{
    attendance::{Attendance, MarkBefore, capture::Presence},
    audit::Audited,
    ids::{AttendanceId, CertificationId, EnrolmentId, LeaveRequestId, LectureId, MergeId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
    stamps::Stamps,
};

/// A `temp` user who was merged into a real one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// Who was merged.
    pub temp_id: UserId,
    /// Into whom.
    pub into_id: UserId,
    /// What it did; empty once it can't be undone any more.
    pub record: MergeRecord,
    /// When.
    pub merged_at: DateTime<Utc>,
    /// By whom; `None` for the system itself.
    pub merged_by: Option<UserId>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// Who undid it.
    pub undone_by: Option<UserId>,
}

impl Merge {
    /// Until when it can be undone.
    pub fn undoable_until(&self) -> DateTime<Utc> {
        self.merged_at + TimeDelta::days(UNDO_DAYS)
    }
}

impl Audited for Merge {
    const ENTITY: &'static str = "merge";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "temp_id": self.temp_id,
            "into_id": self.into_id,
            "merged_at": self.merged_at,
            "undone_at": self.undone_at,
        })
    }
}

/// What a merge did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MergeRecord {
    /// The enrolments that changed hands.
    pub enrolments: Vec<EnrolmentId>,
    /// The enrolments, of either user, that were changed, as they were.
    pub changed_enrolments: Vec<EnrolmentBefore>,
    /// The marks that changed hands.
    pub attendances: Vec<AttendanceId>,
    /// The marks, of either user, that gave way to the other one's.
    pub removed_marks: Vec<KeptMark>,
    /// The requests for leave that changed hands.
    pub leave_requests: Vec<LeaveRequestId>,
    /// The certifications that changed hands.
    pub certifications: Vec<CertificationId>,
    /// What else changed hands.
    pub traces: Traces,
}

/// What hangs on a user and has no id of its own, each by a text that names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traces {
    /// Warnings that a learner was given: class and kind.
    pub warnings: Vec<String>,
    /// Ids that other systems gave to the user: source and id.
    pub external_ids: Vec<String>,
}

/// An enrolment before a merge changed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrolmentBefore {
    /// Which one.
    pub id: EnrolmentId,
    /// Its version after the merge: another one says that it was changed since.
    pub version: i32,
    enrolled_on: NaiveDate,
    left_on: Option<NaiveDate>,
    status: String,
    transferred_from: Option<EnrolmentId>,
}

impl EnrolmentBefore {
    /// What this one says; `version` is that which it has after the merge.
    pub(super) fn of(enrolment: &Enrolment, version: i32) -> Self {
        Self {
            id: enrolment.id,
            version,
            enrolled_on: enrolment.period.enrolled_on(),
            left_on: enrolment.period.left_on(),
            status: enrolment.status.as_str().to_owned(),
            transferred_from: enrolment.transferred_from,
        }
    }

    /// The enrolment as it was, with these stamps; `None` where the record can't be read.
    pub(super) fn restored(&self, enrolment: &Enrolment, stamps: Stamps) -> Option<Enrolment> {
        Some(Enrolment {
            period: EnrolmentPeriod::new(self.enrolled_on, self.left_on).ok()?,
            status: EnrolmentStatus::parse(&self.status)?,
            transferred_from: self.transferred_from,
            stamps,
            ..enrolment.clone()
        })
    }
}

/// A mark that a merge removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptMark {
    id: AttendanceId,
    lecture_id: LectureId,
    user_id: UserId,
    #[serde(flatten)]
    mark: MarkBefore,
    presence: Option<Presence>,
    version: i32,
    created_at: DateTime<Utc>,
    created_by: Option<UserId>,
}

impl KeptMark {
    /// What this mark says.
    pub(super) fn of(attendance: &Attendance) -> Self {
        Self {
            id: attendance.id,
            lecture_id: attendance.lecture_id,
            user_id: attendance.user_id,
            mark: MarkBefore::of(attendance),
            presence: attendance.presence.clone(),
            version: attendance.stamps.version,
            created_at: attendance.stamps.created_at,
            created_by: attendance.stamps.created_by,
        }
    }

    /// The mark in the version after the one that was removed; `None` where the record can't be read.
    pub(super) fn restored(&self, at: DateTime<Utc>, by: Option<UserId>) -> Option<Attendance> {
        let (mark, source) = self.mark.restored()?;
        Some(Attendance {
            id: self.id,
            lecture_id: self.lecture_id,
            user_id: self.user_id,
            mark,
            source,
            presence: self.presence.clone(),
            stamps: Stamps {
                created_at: self.created_at,
                created_by: self.created_by,
                updated_at: at,
                updated_by: by,
                version: self.version + 1,
            },
        })
    }
}
