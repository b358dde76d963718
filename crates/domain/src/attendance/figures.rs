//! What is counted before a rule makes a rate of it: one [`Tally`] per lecture, or per policy and span of time.
//!
//! A lecture counts once it has begun, unless it was cancelled. Expected at it is every learner whose enrolment holds on its day; a mark counts
//! for the same people only, so that a rate never exceeds one and moving a learner never changes a mark. Approved leave stands in
//! place of what it excuses.

use chrono::{DateTime, Utc};

use super::Tally;
use crate::{
    ids::{ClassId, CourseId, LectureId, PolicyId, UserId},
    learning::courses::CourseKeyword,
};

/// Which lectures are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TallyScope {
    /// This one.
    Lecture(LectureId),
    /// Those of this class.
    Class(ClassId),
    /// Those of all classes of this course.
    Course(CourseId),
}

/// Which classes are counted; all conditions hold together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TallyFilter {
    /// Those of this course.
    pub course: Option<CourseId>,
    /// This one.
    pub class: Option<ClassId>,
    /// Those that this user teaches or taught.
    pub lecturer: Option<UserId>,
    /// Those of courses with this keyword.
    pub keyword: Option<CourseKeyword>,
}

/// The tally of one lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LectureTally {
    /// The lecture.
    pub lecture_id: LectureId,
    /// Its class.
    pub class_id: ClassId,
    /// When it started.
    pub starts_at: DateTime<Utc>,
    /// What was counted.
    pub tally: Tally,
    /// How many are excused by approved leave alone: nobody marked them.
    pub excused_unmarked: u64,
}

/// What was counted in one of several spans of time, of the classes that go by one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodTally {
    /// Which span, from 0.
    pub place: usize,
    /// The policy.
    pub policy_id: PolicyId,
    /// How many lectures were counted.
    pub lectures: u64,
    /// What was counted.
    pub tally: Tally,
}
