//! What an enrolment is.

use chrono::NaiveDate;
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    access::ClassRole,
    accounts::UserSummary,
    audit::Audited,
    ids::{ClassId, CourseId, EnrolmentId, LectureId, UserId},
    page::{Listable, SortKey, sort_fields},
    search::SearchQuery,
    stamps::Stamps,
};

/// Whether an enrolment holds, is waited for, or why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnrolmentStatus {
    /// It holds.
    Active,
    /// The user left.
    Left,
    /// The user went on in another class.
    Transferred,
    /// The class is full, and the user waits for a place; until there is one the period is empty.
    Waiting,
}

impl EnrolmentStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Active, Self::Left, Self::Transferred, Self::Waiting];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Left => "left",
            Self::Transferred => "transferred",
            Self::Waiting => "waiting",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The days on which an enrolment holds: from `enrolled_on` up to, but without, `left_on`.
///
/// Half-open, so that somebody who leaves one class and enters another on one day belongs to exactly one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentPeriod {
    enrolled_on: NaiveDate,
    left_on: Option<NaiveDate>,
}

/// Nobody can leave before they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the day of leaving is before the day of enrolment")]
pub struct PeriodReversed;

impl EnrolmentPeriod {
    /// All days there are.
    pub const ALWAYS: Self = Self { enrolled_on: NaiveDate::MIN, left_on: None };

    /// Days in order; `left_on` is the first day on which the enrolment no longer holds.
    ///
    /// # Errors
    /// [`PeriodReversed`] when `left_on` is before `enrolled_on`.
    pub fn new(enrolled_on: NaiveDate, left_on: Option<NaiveDate>) -> Result<Self, PeriodReversed> {
        match left_on {
            Some(left) if left < enrolled_on => Err(PeriodReversed),
            _ => Ok(Self { enrolled_on, left_on }),
        }
    }

    /// The period that holds on no day, at `day`.
    pub fn empty(day: NaiveDate) -> Self {
        Self { enrolled_on: day, left_on: Some(day) }
    }

    /// From `day` on, without an end.
    pub fn since(day: NaiveDate) -> Self {
        Self { enrolled_on: day, left_on: None }
    }

    /// The first day.
    pub fn enrolled_on(self) -> NaiveDate {
        self.enrolled_on
    }

    /// The first day no more, if it has ended.
    pub fn left_on(self) -> Option<NaiveDate> {
        self.left_on
    }

    /// Whether there is a day on which both hold.
    pub fn overlaps(self, other: Self) -> bool {
        let ends_after = |left: Option<NaiveDate>, day| left.is_none_or(|left| day < left);
        let empty = |period: Self| period.left_on == Some(period.enrolled_on);
        !empty(self)
            && !empty(other)
            && ends_after(self.left_on, other.enrolled_on)
            && ends_after(other.left_on, self.enrolled_on)
    }

    /// From the earlier beginning to the later end of both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            enrolled_on: self.enrolled_on.min(other.enrolled_on),
            left_on: self.left_on.zip(other.left_on).map(|(mine, theirs)| mine.max(theirs)),
        }
    }

    /// Whether it holds on this day.
    pub fn holds_on(self, day: NaiveDate) -> bool {
        self.enrolled_on <= day && self.left_on.is_none_or(|left| day < left)
    }
}

/// A user's place in a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// The class.
    pub class_id: ClassId,
    /// The user.
    pub user_id: UserId,
    /// What the user is in the class; only learners are marked and counted.
    pub role: ClassRole,
    /// When it holds.
    pub period: EnrolmentPeriod,
    /// Whether it holds, is waited for, or why it ended.
    pub status: EnrolmentStatus,
    /// The place in another class of the course that this one goes on from, after a move.
    pub transferred_from: Option<EnrolmentId>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Audited for Enrolment {
    const ENTITY: &'static str = "enrolment";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "class_id": self.class_id,
            "user_id": self.user_id,
            "role": self.role,
            "enrolled_on": self.period.enrolled_on,
            "left_on": self.period.left_on,
            "status": self.status.as_str(),
            "transferred_from": self.transferred_from,
        })
    }
}

/// An enrolment with what one wants to see of its user and class.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolmentView {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// Who it is.
    pub user: UserSummary,
    /// The title of the class.
    pub class_title: String,
    /// How many are served before and with this one, from 1; `None` unless it waits.
    pub waiting_place: Option<u64>,
}

/// What came of enrolling somebody: a place, or a place in the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolled {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// How many are served before and with this one, from 1; `None` where there was a place.
    pub waiting_place: Option<u64>,
}

/// What happens to learners for whom the class has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// They are refused.
    #[default]
    Refuse,
    /// They wait for one, in the order in which they came.
    Wait,
    /// They get one beyond the capacity; for those who may set the capacity.
    Exceed,
}

/// One period of a learner in a class, with what one wants to see of the class.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerPlace {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub course_title: String,
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub class_title: String,
    /// The first day of the class.
    pub begin_date: NaiveDate,
    /// The last day of the class.
    pub end_date: NaiveDate,
    /// When the learner has the place.
    pub period: EnrolmentPeriod,
}

/// An enrolment to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewEnrolment {
    /// The user.
    pub user_id: UserId,
    /// What the user is to be in the class.
    pub role: ClassRole,
    /// From when on; `None` means today, where the organisation is.
    pub enrolled_on: Option<NaiveDate>,
    /// Until when, if that is known.
    pub left_on: Option<NaiveDate>,
}

/// What changes on an enrolment; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EnrolmentChanges {
    /// Another role.
    pub role: Option<ClassRole>,
    /// Another first day.
    pub enrolled_on: Option<NaiveDate>,
    /// Another end; clearing it makes the enrolment hold again.
    pub left_on: Option<Option<NaiveDate>>,
}

impl EnrolmentChanges {
    /// The enrolment after these changes; its status follows from its end.
    ///
    /// # Errors
    /// [`PeriodReversed`] when the days would no longer be in order.
    pub fn apply_to(self, enrolment: &Enrolment) -> Result<Enrolment, PeriodReversed> {
        let period = EnrolmentPeriod::new(
            self.enrolled_on.unwrap_or(enrolment.period.enrolled_on),
            self.left_on.unwrap_or(enrolment.period.left_on),
        )?;
        let status = match (period.left_on, enrolment.status) {
            (None, _) => EnrolmentStatus::Active,
            (Some(_), EnrolmentStatus::Transferred) => EnrolmentStatus::Transferred,
            (Some(_), EnrolmentStatus::Active | EnrolmentStatus::Left | EnrolmentStatus::Waiting) => {
                EnrolmentStatus::Left
            }
        };
        Ok(Enrolment { role: self.role.unwrap_or(enrolment.role), period, status, ..enrolment.clone() })
    }
}

/// Which enrolments are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EnrolmentFilter {
    /// In this class.
    pub class_id: Option<ClassId>,
    /// Of this user.
    pub user_id: Option<UserId>,
    /// With this role.
    pub role: Option<ClassRole>,
    /// With this status.
    pub status: Option<EnrolmentStatus>,
    /// That hold on this day.
    pub on: Option<NaiveDate>,
    /// Of learners who are expected at this lecture and are not marked there.
    pub unmarked_at: Option<LectureId>,
    /// Whose user's name or username holds this.
    pub search: Option<SearchQuery>,
}

sort_fields! {
    /// What enrolments can be sorted by.
    EnrolmentSort { Name = "name", EnrolledOn = "enrolled_on", CreatedAt = "created_at" }
}

impl Listable<EnrolmentSort> for EnrolmentView {
    fn sort_key(&self, field: EnrolmentSort) -> SortKey {
        match field {
            EnrolmentSort::Name => SortKey::Text(self.user.name.clone()),
            EnrolmentSort::EnrolledOn => SortKey::Date(self.enrolment.period.enrolled_on),
            EnrolmentSort::CreatedAt => SortKey::Time(self.enrolment.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.enrolment.id.0
    }
}
