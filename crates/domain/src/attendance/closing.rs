//! Closing a class (마감): its marks, lectures and enrolments stand still until it is reopened.
//!
//! The lock holds against marks that are made at the same moment. Closing takes the class with
//! [`ClassRepository::find_to_close`], which waits for every unit of work that has taken it with
//! [`LectureRepository::find_to_mark`] and lets no other take it; who waited reads the class anew and finds it closed. So
//! no mark is kept after a closing was acknowledged, and none that was acknowledged is missing from what was counted.
//! Measured on PostgreSQL: see `docs/BENCHMARKS.md`, "Closing". SQLite has one writer at a time.
//!
//! [`ClassRepository::find_to_close`]: crate::learning::classes::ClassRepository::find_to_close
//! [`LectureRepository::find_to_mark`]: crate::learning::lectures::LectureRepository::find_to_mark

use chrono::{DateTime, Utc};
use serde_json::json;
use thiserror::Error;

use super::{LectureTally, TallyScope};
use crate::{
    access::{Action, Caller, authorize},
    audit::Reason,
    error::RepositoryError,
    events::{self, Event},
    ids::ClassId,
    learning::{
        classes::{self, Class, ClassError},
        enrolments,
        lectures::Lecture,
    },
    stamps::Expected,
    store::{Repositories, finish},
    yard::Yard,
};

/// Why a class could not be closed or reopened.
#[derive(Debug, Error)]
pub enum ClosingError {
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    NotFound(ClassId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The class is not the version that the caller knows.
    #[error("the class has changed")]
    Stale,
    /// The class has been closed.
    #[error("the class is closed")]
    Closed,
    /// The class is open.
    #[error("the class is not closed")]
    NotClosed,
    /// Learners are not marked yet at lectures that have begun.
    #[error("{marks} marks are missing at {lectures} lectures")]
    Unmarked {
        /// How many marks are missing.
        marks: u64,
        /// At how many lectures.
        lectures: u64,
    },
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

impl From<ClassError> for ClosingError {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::NotFound(id) => Self::NotFound(id),
            ClassError::Stale => Self::Stale,
            ClassError::Closed => Self::Closed,
            ClassError::Repository(error) => Self::Repository(error),
            ClassError::CourseNotFound(_)
            | ClassError::Forbidden
            | ClassError::DatesReversed(_)
            | ClassError::OutOfCalendar => Self::Forbidden,
        }
    }
}

/// What is still open in a class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosingPreview {
    /// The class.
    pub class: Class,
    /// The lectures that have begun and at which somebody is not marked, in the order of time.
    pub lectures: Vec<UnmarkedLecture>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// A lecture at which somebody is not marked.
#[derive(Debug, Clone, PartialEq)]
pub struct UnmarkedLecture {
    /// The lecture.
    pub lecture: Lecture,
    /// How many learners are expected at it.
    pub expected: u64,
    /// How many of them are not marked.
    pub unmarked: u64,
}

/// Closes classes and opens them again.
#[derive(Clone)]
pub struct ClosingService {
    yard: Yard,
}

impl ClosingService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// What is still unmarked in a class, by lecture.
    pub async fn preview(&self, caller: &Caller, id: ClassId) -> Result<ClosingPreview, ClosingError> {
        let mut session = self.yard.store.session().await?;
        let class = classes::readable(&mut *session, caller, id).await?;
        authorize(caller, Action::ReadRoster(id)).map_err(|_| ClosingError::Forbidden)?;
        let as_of = self.yard.clock.now();
        let tallies = session.attendances().tallies(TallyScope::Class(id), as_of).await?;
        let mut lectures = session.lectures().of_class(id).await?;
        let lectures = tallies
            .iter()
            .filter(|tally| unmarked(tally) > 0)
            .filter_map(|tally| {
                let place = lectures.iter().position(|lecture| lecture.id == tally.lecture_id)?;
                Some(UnmarkedLecture {
                    lecture: lectures.swap_remove(place),
                    expected: tally.tally.expected,
                    unmarked: unmarked(tally),
                })
            })
            .collect();
        Ok(ClosingPreview { class, lectures, as_of })
    }

    /// Closes a class. While marks are missing it is closed only with `force`.
    pub async fn close(
        &self,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        force: bool,
    ) -> Result<Class, ClosingError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.close_in(&mut *unit, caller, id, expected, force).await;
        finish(unit, outcome).await
    }

    async fn close_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        force: bool,
    ) -> Result<Class, ClosingError> {
        let old = held(repositories, caller, id, expected).await?;
        if old.closed_at.is_some() {
            return Err(ClosingError::Closed);
        }
        let now = self.yard.clock.now();
        if !force {
            // Nobody else marks here any more, so what is missing now is missing in the closed class.
            let tallies = repositories.attendances().tallies(TallyScope::Class(id), now).await?;
            let missing: Vec<u64> = tallies.iter().map(unmarked).filter(|missing| *missing > 0).collect();
            if !missing.is_empty() {
                let (marks, lectures) = (missing.iter().sum(), missing.len() as u64);
                return Err(ClosingError::Unmarked { marks, lectures });
            }
        }
        self.keep(repositories, caller, &old, Some(now), None).await
    }

    /// Opens a closed class again; the reason stands in its history.
    pub async fn reopen(
        &self,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        reason: Reason,
    ) -> Result<Class, ClosingError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.reopen_in(&mut *unit, caller, id, expected, &reason).await;
        finish(unit, outcome).await
    }

    async fn reopen_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        reason: &Reason,
    ) -> Result<Class, ClosingError> {
        let old = held(repositories, caller, id, expected).await?;
        if old.closed_at.is_none() {
            return Err(ClosingError::NotClosed);
        }
        let class = self.keep(repositories, caller, &old, None, Some(reason)).await?;
        enrolments::promote_waiting(&self.yard, repositories, caller, &class).await?;
        Ok(class)
    }

    async fn keep(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        old: &Class,
        closed_at: Option<DateTime<Utc>>,
        reason: Option<&Reason>,
    ) -> Result<Class, ClosingError> {
        let stamps = old.stamps.touched(caller, self.yard.clock.now());
        let new = Class { closed_at, stamps, ..old.clone() };
        repositories.classes().update(&new).await?;
        let entry = self.yard.pen(caller).updated(old, &new).because(reason.map(Reason::as_str));
        repositories.audit().append(&[entry]).await?;
        let kind = if closed_at.is_some() { "class.closed" } else { "class.reopened" };
        let payload = json!({ "course_id": new.course_id, "reason": reason.map(Reason::as_str) });
        let event = Event::new(&self.yard, caller, kind, new.id).with(payload);
        events::record(repositories, &[event]).await?;
        Ok(new)
    }
}

/// The class in the version that the caller knows, held against marks, if the caller may close it.
async fn held(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: ClassId,
    expected: Expected,
) -> Result<Class, ClosingError> {
    authorize(caller, Action::ManageCatalogue).map_err(|_| ClosingError::Forbidden)?;
    let class = repositories.classes().find_to_close(id).await?.ok_or(ClosingError::NotFound(id))?;
    if expected.allows(class.stamps.version) { Ok(class) } else { Err(ClosingError::Stale) }
}

fn unmarked(tally: &LectureTally) -> u64 {
    tally.tally.unmarked() + tally.excused_unmarked
}
