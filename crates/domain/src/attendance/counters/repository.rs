//! The port through which counters are kept and read.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Assessed, ClassStanding, LearnerStanding};
use crate::{
    attendance::{LectureTally, TallyFilter},
    error::Pending,
    ids::{ClassId, CourseId, LectureId, PolicyId, UserId},
    learning::enrolments::EnrolmentPeriod,
};

/// Something that the engine said, and whether it is still so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// What it said; `None` where it has said nothing yet.
    pub standing: Option<T>,
    /// When it said so.
    pub assessed_at: Option<DateTime<Utc>>,
    /// Until when that holds, if nothing changes.
    pub holds_until: Option<DateTime<Utc>>,
    /// Whether nothing has changed since.
    pub is_unchanged: bool,
}

impl<T> Kept<T> {
    /// What is still so at a moment.
    pub fn current(&self, now: DateTime<Utc>) -> Option<&T> {
        let begun = self.assessed_at.is_some_and(|at| at <= now);
        let holds = begun && self.holds_until.is_none_or(|until| now < until);
        self.standing.as_ref().filter(|_| self.is_unchanged && holds)
    }
}

/// A class with what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptClass {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub course_title: String,
    /// Whether the course is in the catalogue.
    pub course_is_active: bool,
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub begin_date: NaiveDate,
    /// Its last day.
    pub end_date: NaiveDate,
    /// Whether it is in the catalogue.
    pub is_active: bool,
    /// What it goes by.
    pub policy_id: PolicyId,
    /// Whether somebody moved into it or out of it: then counts alone don't tell its figures.
    pub is_moved: bool,
    /// Names what is kept: another text where anything that is told of the class may have changed.
    pub version: String,
    /// What the engine said.
    pub kept: Kept<ClassStanding>,
}

/// A class of a learner, with what is kept of the learner there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLearner {
    /// The class.
    pub class_id: ClassId,
    /// What the engine said.
    pub kept: Kept<LearnerStanding>,
}

/// A place of a learner, as far as the engine asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledLearner {
    /// The class.
    pub class_id: ClassId,
    /// The last day of the class.
    pub class_ends_on: NaiveDate,
    /// Who.
    pub user_id: UserId,
    /// For how long.
    pub period: EnrolmentPeriod,
    /// When a certification that rests on the class and holds was issued.
    pub certified_at: Option<DateTime<Utc>>,
}

/// A class that the engine has to assess anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unassessed {
    /// Which.
    pub class_id: ClassId,
    /// What it goes by.
    pub policy_id: PolicyId,
    /// The revision that is to be assessed.
    pub revision: i64,
}

/// The version of what is told of many classes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeVersion {
    /// Names it: another text where anything may have changed.
    pub text: String,
    /// Whether nothing is noted, and what the engine said of every class still holds.
    pub is_settled: bool,
    /// Until when that holds, if nothing changes.
    pub holds_until: Option<DateTime<Utc>>,
}

/// A lecture at which marks are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingMarks {
    /// What was counted.
    pub tally: LectureTally,
    /// The title of the lecture.
    pub title: String,
    /// The title of the class.
    pub class_title: String,
    /// The course.
    pub course_id: CourseId,
}

/// How things stand with the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CounterState {
    /// Changes that are noted and not folded yet.
    pub noted: u64,
    /// Lectures with a counter.
    pub lectures: u64,
    /// Classes that were counted.
    pub classes: u64,
    /// Classes of which the engine's view is behind.
    pub unassessed: u64,
}

/// Keeps counters.
pub trait CounterRepository: Send {
    /// Whether anything is noted.
    fn is_noted(&mut self) -> Pending<'_, bool>;
    /// Counts anew what is noted of the classes of which something has been noted longest, of at most so many, and takes the notes
    /// away; tells how many classes those were. One unit of work at a time does so.
    fn fold(&mut self, most: i32) -> Pending<'_, usize>;
    /// Counts everything of these classes anew, whether something is noted or not.
    fn recount<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, ()>;
    /// The lectures of these classes whose counters are not what is counted now, without those of which a change is noted.
    fn differing<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<LectureId>>;
    /// The next classes behind this one, in the order of their ids.
    fn classes_after(&mut self, after: Option<ClassId>, most: i32) -> Pending<'_, Vec<ClassId>>;
    /// How many classes there are.
    fn count_classes(&mut self) -> Pending<'_, u64>;
    /// How things stand at a moment.
    fn state(&mut self, now: DateTime<Utc>) -> Pending<'_, CounterState>;
    /// Classes that the engine has to assess anew at a moment, at most so many: those of which nothing is noted, and which have changed
    /// or in which a lecture has begun or ended since.
    fn unassessed(&mut self, now: DateTime<Utc>, most: i32) -> Pending<'_, Vec<Unassessed>>;
    /// These classes, as [`Self::unassessed`] tells them, whether the engine has to assess them or not.
    fn revisions<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<Unassessed>>;
    /// The places of all learners of these classes, by class and user, then in the order of time.
    fn learners<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<EnrolledLearner>>;
    /// Keeps what the engine said of a class at a revision; keeps nothing, and tells so, where the class has gone on.
    fn keep<'a>(&'a mut self, revision: i64, assessed: &'a Assessed) -> Pending<'a, bool>;
    /// Says of the courses of these classes that what the engine said of one of their classes was kept.
    fn go_on_in_courses<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, ()>;
    /// The classes that a filter lets through with what is kept of them: first begun first.
    fn kept<'a>(&'a mut self, filter: &'a TallyFilter) -> Pending<'a, Vec<KeptClass>>;
    /// The version of what is told of the classes that a filter lets through, at a moment.
    fn version<'a>(&'a mut self, filter: &'a TallyFilter, now: DateTime<Utc>) -> Pending<'a, ScopeVersion>;
    /// What is kept of a learner in each of their classes, in no order.
    fn kept_of(&mut self, user: UserId) -> Pending<'_, Vec<KeptLearner>>;
    /// Lectures that began in a span of time, of open classes that a filter lets through, and at which marks are missing: latest first,
    /// at most so many.
    fn unmarked<'a>(
        &'a mut self,
        filter: &'a TallyFilter,
        since: DateTime<Utc>,
        as_of: DateTime<Utc>,
        most: i32,
    ) -> Pending<'a, Vec<MissingMarks>>;
    /// What is kept of the learners of a class, by id.
    fn kept_learners(&mut self, class: ClassId) -> Pending<'_, Vec<LearnerStanding>>;
}
