//! The port through which judgements are kept and read.

use chrono::{DateTime, Utc};

use super::{Candidates, CourseJudgement, KeptCompletion, Unjudged};
use crate::{
    attendance::{TallyFilter, counters::ScopeVersion},
    error::Pending,
    ids::{ClassId, CourseId},
};

/// Keeps what the rules of courses say of their learners.
pub trait JudgementRepository: Send {
    /// Courses that have to be judged anew at a moment, at most so many.
    fn unjudged(&mut self, now: DateTime<Utc>, most: i32) -> Pending<'_, Vec<Unjudged>>;
    /// What must be known to judge these courses at a moment, where `live` are classes of theirs that are assessed anew; in one
    /// statement.
    fn candidates<'a>(
        &'a mut self,
        courses: &'a [CourseId],
        live: &'a [ClassId],
        now: DateTime<Utc>,
    ) -> Pending<'a, Candidates>;
    /// Keeps judgements, each of a revision; keeps nothing of courses that have gone on, and tells how many others there were. In a
    /// fixed number of statements.
    fn keep<'a>(&'a mut self, judged: &'a [(i64, CourseJudgement)]) -> Pending<'a, usize>;
    /// The classes that a filter lets through, and the others of their courses: first begun first.
    fn kept<'a>(&'a mut self, filter: &'a TallyFilter) -> Pending<'a, Vec<KeptCompletion>>;
    /// The version of what [`kept`](Self::kept) tells, at a moment.
    fn version<'a>(&'a mut self, filter: &'a TallyFilter, now: DateTime<Utc>) -> Pending<'a, ScopeVersion>;
    /// The next courses behind this one that have a class, in the order of their ids.
    fn courses_after(&mut self, after: Option<CourseId>, most: i32) -> Pending<'_, Vec<CourseId>>;
}
