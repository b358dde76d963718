//! What a request for leave is.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::{Evidence, LeaveReason};
use crate::{
    accounts::UserSummary,
    audit::Audited,
    ids::{ClassId, LeaveRequestId, LectureId, UserId},
    learning::lectures::Lecture,
    page::{Listable, SortKey, sort_fields},
    stamps::Stamps,
    text::text_type,
};

/// The longest leave, in days.
pub const MAX_LEAVE_DAYS: i64 = 366;
/// The most lectures in one request.
pub const MAX_LEAVE_LECTURES: usize = 200;

text_type! {
    /// What a learner tells of a reason, or staff of a decision: up to 2,000 characters, several lines.
    LeaveNote, max = 2_000, lines = Many, debug = Redacted
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaveStatus {
    /// Nobody has decided.
    Pending,
    /// The absence is excused.
    Approved,
    /// It is not.
    Rejected,
    /// Taken back: by the learner before the decision, or an approval by staff.
    Withdrawn,
}

impl LeaveStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Rejected, Self::Withdrawn];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// What an absence covers: days, with every lecture that is or will be held on them, or single lectures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavePeriod {
    first_on: NaiveDate,
    last_on: NaiveDate,
    lectures: Option<Vec<LectureId>>,
}

/// What is wrong with a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PeriodFault {
    /// The last day is before the first.
    #[error("the last day is before the first")]
    Reversed,
    /// It is longer than any leave.
    #[error("a leave takes {MAX_LEAVE_DAYS} days at most")]
    TooLong,
    /// It names no lecture.
    #[error("no lecture is named")]
    Empty,
}

impl LeavePeriod {
    /// Days, the first and the last included.
    ///
    /// # Errors
    /// [`PeriodFault::Reversed`], [`PeriodFault::TooLong`].
    pub fn days(first_on: NaiveDate, last_on: NaiveDate) -> Result<Self, PeriodFault> {
        Self::new(first_on, last_on, None)
    }

    /// These lectures alone.
    ///
    /// # Errors
    /// [`PeriodFault::Empty`], [`PeriodFault::TooLong`].
    pub fn of_lectures(lectures: &[&Lecture]) -> Result<Self, PeriodFault> {
        let days = || lectures.iter().map(|lecture| lecture.day());
        let (first_on, last_on) = days().min().zip(days().max()).ok_or(PeriodFault::Empty)?;
        let mut ids: Vec<LectureId> = lectures.iter().map(|lecture| lecture.id).collect();
        ids.sort_unstable();
        ids.dedup();
        Self::new(first_on, last_on, Some(ids))
    }

    /// A period as it is stored.
    ///
    /// # Errors
    /// [`PeriodFault::Reversed`], [`PeriodFault::TooLong`].
    pub fn new(
        first_on: NaiveDate,
        last_on: NaiveDate,
        lectures: Option<Vec<LectureId>>,
    ) -> Result<Self, PeriodFault> {
        match (last_on - first_on).num_days() {
            days if days < 0 => Err(PeriodFault::Reversed),
            days if days >= MAX_LEAVE_DAYS => Err(PeriodFault::TooLong),
            _ => Ok(Self { first_on, last_on, lectures }),
        }
    }

    /// The first day; of single lectures, the day of the first when they were named.
    pub fn first_on(&self) -> NaiveDate {
        self.first_on
    }

    /// The last day, included.
    pub fn last_on(&self) -> NaiveDate {
        self.last_on
    }

    /// The lectures, in the order of their ids; `None` where whole days are meant.
    pub fn lectures(&self) -> Option<&[LectureId]> {
        self.lectures.as_deref()
    }

    /// Whether it covers a lecture on its day.
    pub fn covers(&self, lecture: LectureId, day: NaiveDate) -> bool {
        match &self.lectures {
            Some(lectures) => lectures.binary_search(&lecture).is_ok(),
            None => (self.first_on..=self.last_on).contains(&day),
        }
    }

    /// Whether both cover one of these lectures, or both one day.
    pub fn overlaps(&self, other: &Self, lectures: &[Lecture]) -> bool {
        let of_days = self.lectures.is_none() && other.lectures.is_none();
        (of_days && self.first_on <= other.last_on && other.first_on <= self.last_on)
            || lectures.iter().any(|one| self.covers(one.id, one.day()) && other.covers(one.id, one.day()))
    }
}

/// Who decided, when, and what they said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` for the system itself.
    pub by: Option<UserId>,
    /// A remark to the learner.
    pub note: Option<LeaveNote>,
}

/// A request for leave from one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRequest {
    /// Its id.
    pub id: LeaveRequestId,
    /// From which class.
    pub class_id: ClassId,
    /// Whose absence.
    pub user_id: UserId,
    /// Why.
    pub reason: LeaveReason,
    /// Why, in words.
    pub description: Option<LeaveNote>,
    /// What it covers.
    pub period: LeavePeriod,
    /// What proves the reason.
    pub evidence: Vec<Evidence>,
    /// How far it has come.
    pub status: LeaveStatus,
    /// What staff decided; `None` while nobody has.
    pub decision: Option<Decision>,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl LeaveRequest {
    /// Whether it is pending or approved, so that another one for the same time would be one too many.
    pub fn is_open(&self) -> bool {
        match self.status {
            LeaveStatus::Pending | LeaveStatus::Approved => true,
            LeaveStatus::Rejected | LeaveStatus::Withdrawn => false,
        }
    }
}

/// The words, the papers and the remark are left out: who reads the log need not know of an illness.
impl Audited for LeaveRequest {
    const ENTITY: &'static str = "leave_request";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "class_id": self.class_id,
            "user_id": self.user_id,
            "reason": self.reason.as_str(),
            "first_on": self.period.first_on,
            "last_on": self.period.last_on,
            "lecture_ids": self.period.lectures,
            "evidence_count": self.evidence.len(),
            "status": self.status.as_str(),
            "decided_at": self.decision.as_ref().map(|decision| decision.at),
            "decided_by": self.decision.as_ref().and_then(|decision| decision.by),
            "withdrawn_at": self.withdrawn_at,
        })
    }
}

/// A request with what one wants to see of its learner and class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRequestView {
    /// The request.
    pub request: LeaveRequest,
    /// Whose absence it is.
    pub user: UserSummary,
    /// The title of the class.
    pub class_title: String,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedPeriod {
    /// Whole days.
    Days(LeavePeriod),
    /// Single lectures of the class.
    Lectures(Vec<LectureId>),
}

/// A request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLeaveRequest {
    /// From which class.
    pub class_id: ClassId,
    /// Whose absence; `None` for one's own.
    pub user_id: Option<UserId>,
    /// Why.
    pub reason: LeaveReason,
    /// Why, in words.
    pub description: Option<LeaveNote>,
    /// What it is to cover.
    pub period: RequestedPeriod,
    /// What proves the reason.
    pub evidence: Vec<Evidence>,
}

/// Which requests are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaveFilter {
    /// That this reader may see; `None` for all.
    pub reader: Option<LeaveReader>,
    /// From this class.
    pub class_id: Option<ClassId>,
    /// Of this learner.
    pub user_id: Option<UserId>,
    /// That have come so far.
    pub status: Option<LeaveStatus>,
    /// For this reason.
    pub reason: Option<LeaveReason>,
    /// That last until this day or longer.
    pub from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    pub to: Option<NaiveDate>,
}

/// Somebody who sees their own requests and those from classes that they teach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveReader {
    /// Who.
    pub user_id: UserId,
    /// What they teach.
    pub classes: Vec<ClassId>,
}

sort_fields! {
    /// What requests can be sorted by.
    LeaveSort { CreatedAt = "created_at", FirstOn = "first_on" }
}

impl Listable<LeaveSort> for LeaveRequestView {
    fn sort_key(&self, field: LeaveSort) -> SortKey {
        match field {
            LeaveSort::CreatedAt => SortKey::Time(self.request.stamps.created_at),
            LeaveSort::FirstOn => SortKey::Date(self.request.period.first_on),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.request.id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(first: &str, last: &str) -> LeavePeriod {
        LeavePeriod::days(day(first), day(last)).unwrap()
    }

    #[test]
    fn days_cover_every_lecture_on_them_and_lectures_only_themselves() {
        let (one, other) = (LectureId(Uuid::from_u128(1)), LectureId(Uuid::from_u128(2)));
        let leave = days("2026-09-01", "2026-09-03");
        for (on, covered) in
            [("2026-08-31", false), ("2026-09-01", true), ("2026-09-03", true), ("2026-09-04", false)]
        {
            assert_eq!(leave.covers(one, day(on)), covered, "{on}");
        }
        let single = LeavePeriod::new(day("2026-09-01"), day("2026-09-01"), Some(vec![one])).unwrap();
        assert!(single.covers(one, day("2026-12-24")), "a lecture that was moved is still excused");
        assert!(!single.covers(other, day("2026-09-01")));
    }

    #[test]
    fn a_leave_ends_after_it_begins_and_within_a_year() {
        let new = |first, last| LeavePeriod::days(day(first), day(last));
        assert_eq!(new("2026-09-02", "2026-09-01"), Err(PeriodFault::Reversed));
        assert_eq!(new("2026-01-01", "2027-01-02"), Err(PeriodFault::TooLong));
        assert!(new("2026-01-01", "2027-01-01").is_ok());
        assert_eq!(LeavePeriod::of_lectures(&[]), Err(PeriodFault::Empty));
    }

    #[test]
    fn days_that_meet_overlap_even_where_no_lecture_is_planned() {
        assert!(days("2026-09-01", "2026-09-03").overlaps(&days("2026-09-03", "2026-09-05"), &[]));
        assert!(!days("2026-09-01", "2026-09-03").overlaps(&days("2026-09-04", "2026-09-05"), &[]));
    }
}
