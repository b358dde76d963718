//! What a lecture is.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::{Audited, Reason},
    calendar::{TimeZone, local_day},
    ids::{ClassId, LectureId},
    learning::closed_days::ClosedDays,
    page::{Listable, SortKey, sort_fields},
    recurrence::Recurrence,
    stamps::Stamps,
    text::text_type,
};

text_type! {
    /// The title of a lecture: 1 to 200 characters.
    LectureTitle, max = 200
}
text_type! {
    /// Where a lecture takes place: 1 to 200 characters.
    LecturePlace, max = 200
}

/// How one attends a lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AttendanceType {
    /// 대면: in the room.
    #[default]
    InPerson,
    /// 실시간 비대면: live, over the network.
    Online,
    /// 녹화: by watching a recording.
    Recorded,
    /// 과제: by handing something in.
    Assignment,
}

impl AttendanceType {
    /// Every way to attend.
    pub const ALL: [Self; 4] = [Self::InPerson, Self::Online, Self::Recorded, Self::Assignment];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InPerson => "in_person",
            Self::Online => "online",
            Self::Recorded => "recorded",
            Self::Assignment => "assignment",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One session of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Lecture {
    /// Its id.
    pub id: LectureId,
    /// The class that it belongs to.
    pub class_id: ClassId,
    /// Its title.
    pub title: LectureTitle,
    /// Its number in the class, from 1; no two lectures of a class share one.
    pub sequence: i32,
    /// How one attends it.
    pub attendance_type: AttendanceType,
    /// When it starts (`lecture_date` in the API).
    pub starts_at: DateTime<Utc>,
    /// How long it takes, in minutes.
    pub duration_minutes: i32,
    /// Where it takes place.
    pub place: Option<LecturePlace>,
    /// That it was cancelled (휴강); `None` while it takes place. A cancelled lecture counts nowhere: nobody is expected
    /// at it, and the marks that it has count for nothing until it is restored.
    pub cancellation: Option<Cancellation>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

/// That a lecture does not take place.
#[derive(Debug, Clone, PartialEq)]
pub struct Cancellation {
    /// When it was cancelled.
    pub at: DateTime<Utc>,
    /// Why; `None` where a file did not say.
    pub reason: Option<Reason>,
}

impl Lecture {
    /// Whether it does not take place, and so counts nowhere.
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_some()
    }

    /// The day of the lecture where the organisation is; enrolments, which hold from day to day, are held against it.
    pub fn day(&self) -> NaiveDate {
        local_day(self.starts_at, TimeZone::default())
    }
}

impl Audited for Lecture {
    const ENTITY: &'static str = "lecture";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "class_id": self.class_id,
            "title": self.title.as_str(),
            "sequence": self.sequence,
            "attendance_type": self.attendance_type.as_str(),
            "lecture_date": self.starts_at,
            "duration_minutes": self.duration_minutes,
            "place": self.place.as_ref().map(LecturePlace::as_str),
            "cancelled_at": self.cancellation.as_ref().map(|one| one.at),
            "cancel_reason": self.cancellation.as_ref().and_then(|one| one.reason.as_ref()).map(Reason::as_str),
        })
    }
}

/// A lecture to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLecture {
    /// Its title.
    pub title: LectureTitle,
    /// Its number in the class; `None` puts it after the last one.
    pub sequence: Option<i32>,
    /// How one attends it.
    pub attendance_type: AttendanceType,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// How long it takes, in minutes.
    pub duration_minutes: i32,
    /// Where it takes place.
    pub place: Option<LecturePlace>,
}

/// Lectures to be made on a weekly pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct RecurringLectures {
    /// On which days, at which time, until when; its holidays are those of `closed_days`.
    pub recurrence: Recurrence,
    /// Days that are left out.
    pub closed_days: ClosedDays,
    /// The title before the number: `기초` gives `기초 1`, `기초 2`, …
    pub title: LectureTitle,
    /// How one attends them.
    pub attendance_type: AttendanceType,
    /// Where they take place.
    pub place: Option<LecturePlace>,
}

/// What changes on a lecture; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LectureChanges {
    /// Another title.
    pub title: Option<LectureTitle>,
    /// Another number.
    pub sequence: Option<i32>,
    /// Another way to attend.
    pub attendance_type: Option<AttendanceType>,
    /// Another start.
    pub starts_at: Option<DateTime<Utc>>,
    /// Another length, in minutes.
    pub duration_minutes: Option<i32>,
    /// Another place.
    pub place: Option<Option<LecturePlace>>,
}

impl LectureChanges {
    /// The lecture after these changes.
    pub fn apply_to(self, lecture: &Lecture) -> Lecture {
        let old = lecture.clone();
        Lecture {
            title: self.title.unwrap_or(old.title),
            sequence: self.sequence.unwrap_or(old.sequence),
            attendance_type: self.attendance_type.unwrap_or(old.attendance_type),
            starts_at: self.starts_at.unwrap_or(old.starts_at),
            duration_minutes: self.duration_minutes.unwrap_or(old.duration_minutes),
            place: self.place.unwrap_or(old.place),
            ..old
        }
    }
}

/// Which lectures of a class are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, PartialEq)]
pub struct LectureFilter {
    /// Of this class.
    pub class_id: ClassId,
    /// That start at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// That start before this moment.
    pub to: Option<DateTime<Utc>>,
    /// That one attends this way.
    pub attendance_type: Option<AttendanceType>,
}

sort_fields! {
    /// What lectures can be sorted by.
    LectureSort { Sequence = "sequence", LectureDate = "lecture_date", CreatedAt = "created_at" }
}

impl Listable<LectureSort> for Lecture {
    fn sort_key(&self, field: LectureSort) -> SortKey {
        match field {
            LectureSort::Sequence => SortKey::Integer(self.sequence),
            LectureSort::LectureDate => SortKey::Time(self.starts_at),
            LectureSort::CreatedAt => SortKey::Time(self.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
