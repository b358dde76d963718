//! What a mark is.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AttendanceStatus, capture::Presence};
use crate::{
    accounts::UserSummary,
    audit::Audited,
    ids::{AttendanceId, ClassId, LectureId, UserId},
    page::{Listable, SortKey, sort_fields},
    search::SearchQuery,
    stamps::Stamps,
    text::text_type,
};

text_type! {
    /// What exactly a status means, in the organisation's own words, e.g. `병결`: 1 to 100 characters.
    DetailType, max = 100
}
text_type! {
    /// A remark on a mark: up to 2,000 characters, several lines.
    MarkNote, max = 2_000, lines = Many
}
text_type! {
    /// The id of what was handed in, in the system that holds it: 1 to 200 characters.
    AssignmentId, max = 200
}

/// How a mark came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttendanceSource {
    /// By the hand of staff.
    Staff,
    /// By the learner's own check-in.
    SelfCheckIn,
    /// From a file.
    Import,
    /// By the end of check-in, for who had no mark.
    Closing,
}

impl AttendanceSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Staff, Self::SelfCheckIn, Self::Import, Self::Closing];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::SelfCheckIn => "self_check_in",
            Self::Import => "import",
            Self::Closing => "closing",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Present, late, …
    pub status: AttendanceStatus,
    /// What exactly that means here.
    pub detail_type: Option<DetailType>,
    /// A remark.
    pub description: Option<MarkNote>,
    /// What was handed in, where the lecture is attended by an assignment.
    pub assignment_id: Option<AssignmentId>,
    /// When the learner came; `None` where nobody noted it.
    pub checked_at: Option<DateTime<Utc>>,
}

/// The mark of one user at one lecture.
#[derive(Debug, Clone, PartialEq)]
pub struct Attendance {
    /// Its id.
    pub id: AttendanceId,
    /// At which lecture.
    pub lecture_id: LectureId,
    /// Of whom.
    pub user_id: UserId,
    /// What it says.
    pub mark: Mark,
    /// How it came in.
    pub source: AttendanceSource,
    /// The learner's own times, where the learner checked in; they stay beside what staff say.
    pub presence: Option<Presence>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Audited for Attendance {
    const ENTITY: &'static str = "attendance";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "lecture_id": self.lecture_id,
            "user_id": self.user_id,
            "status": self.mark.status.as_str(),
            "detail_type": self.mark.detail_type.as_ref().map(DetailType::as_str),
            "description": self.mark.description.as_ref().map(MarkNote::as_str),
            "assignment_id": self.mark.assignment_id.as_ref().map(AssignmentId::as_str),
            "checked_at": self.mark.checked_at,
            "source": self.source.as_str(),
            "presence": self.presence.as_ref().map(Presence::document),
        })
    }
}

/// A mark with what one wants to see of its user and lecture.
#[derive(Debug, Clone, PartialEq)]
pub struct AttendanceView {
    /// The mark.
    pub attendance: Attendance,
    /// Whose it is.
    pub user: UserSummary,
    /// The class of the lecture.
    pub class_id: ClassId,
    /// The title of the lecture.
    pub lecture_title: String,
    /// When the lecture starts.
    pub lecture_date: DateTime<Utc>,
}

/// A mark to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAttendance {
    /// Of whom.
    pub user_id: UserId,
    /// What it says.
    pub mark: Mark,
}

/// What changes on a mark; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttendanceChanges {
    /// Another status.
    pub status: Option<AttendanceStatus>,
    /// Another meaning of it.
    pub detail_type: Option<Option<DetailType>>,
    /// Another remark.
    pub description: Option<Option<MarkNote>>,
    /// Another assignment.
    pub assignment_id: Option<Option<AssignmentId>>,
    /// Another time.
    pub checked_at: Option<Option<DateTime<Utc>>>,
}

impl AttendanceChanges {
    /// The mark after these changes.
    pub fn apply_to(self, mark: &Mark) -> Mark {
        let old = mark.clone();
        Mark {
            status: self.status.unwrap_or(old.status),
            detail_type: self.detail_type.unwrap_or(old.detail_type),
            description: self.description.unwrap_or(old.description),
            assignment_id: self.assignment_id.unwrap_or(old.assignment_id),
            checked_at: self.checked_at.unwrap_or(old.checked_at),
        }
    }
}

/// Which marks are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttendanceFilter {
    /// At this lecture.
    pub lecture_id: Option<LectureId>,
    /// Of this user.
    pub user_id: Option<UserId>,
    /// At lectures of this class.
    pub class_id: Option<ClassId>,
    /// With this status.
    pub status: Option<AttendanceStatus>,
    /// Whose user's name or username holds this.
    pub search: Option<SearchQuery>,
    /// At lectures that start at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// At lectures that start before this moment.
    pub to: Option<DateTime<Utc>>,
}

sort_fields! {
    /// What marks can be sorted by.
    AttendanceSort { Name = "name", LectureDate = "lecture_date", CreatedAt = "created_at", UpdatedAt = "updated_at" }
}

impl Listable<AttendanceSort> for AttendanceView {
    fn sort_key(&self, field: AttendanceSort) -> SortKey {
        match field {
            AttendanceSort::Name => SortKey::Text(self.user.name.clone()),
            AttendanceSort::LectureDate => SortKey::Time(self.lecture_date),
            AttendanceSort::CreatedAt => SortKey::Time(self.attendance.stamps.created_at),
            AttendanceSort::UpdatedAt => SortKey::Time(self.attendance.stamps.updated_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.attendance.id.0
    }
}
