//! Why something could not be done with enrolments.

use chrono::NaiveDate;
use thiserror::Error;

use super::PeriodReversed;
use crate::{
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, EnrolmentId},
    learning::classes::ClassError,
};

/// Why something could not be done with an enrolment.
#[derive(Debug, Error)]
pub enum EnrolmentError {
    /// There is no such enrolment, or none that the caller may know of.
    #[error("no such enrolment: {0}")]
    NotFound(EnrolmentId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// One of the users does not exist.
    #[error("no such user")]
    UserNotFound,
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The enrolment is not the version that the caller knows.
    #[error("the enrolment has changed")]
    Stale,
    /// The day of leaving would be before the day of enrolment.
    #[error(transparent)]
    PeriodReversed(#[from] PeriodReversed),
    /// The user has a place in this class at that time already.
    #[error("the user is enrolled at that time already")]
    AlreadyEnrolled,
    /// The class holds no more learners.
    #[error("the class is full: {capacity}")]
    ClassFull {
        /// How many it holds.
        capacity: i32,
    },
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// Some items of a bulk were refused, so none was kept: the index of each, and why.
    #[error("{} items were refused", .0.len())]
    BulkRefused(Vec<(usize, EnrolmentRefusal)>),
    /// A place that has ended can't be moved to another class.
    #[error("the enrolment has ended")]
    Ended,
    /// The place would be moved into the class where it is.
    #[error("the enrolment is in this class already")]
    SameClass,
    /// The place would be moved into a class of another course.
    #[error("the class belongs to another course")]
    OtherCourse,
    /// The move would take marks out of the figures of the class that is left.
    #[error("marks would no longer count; possible from {earliest} on")]
    PastWouldChange {
        /// The first day on which it can be made.
        earliest: NaiveDate,
    },
    /// The user waits for a place in this class already.
    #[error("the user waits for a place already")]
    AlreadyWaiting,
    /// Who waits has no days yet that could be changed or moved.
    #[error("the enrolment is waited for")]
    Waiting,
    /// A place that is waited for can't have an end.
    #[error("who waits can't have a day of leaving")]
    WaitingWithEnd,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

/// Why one item of a bulk is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolmentRefusal {
    /// There is no such user.
    UserNotFound,
    /// The day of leaving would be before the day of enrolment.
    PeriodReversed,
    /// The user has a place in this class at that time already.
    AlreadyEnrolled,
    /// The user waits for a place in this class already.
    AlreadyWaiting,
    /// A place that is waited for can't have an end.
    WaitingWithEnd,
    /// Another item of the bulk gives the user a place at that time.
    Twice,
}

impl From<RepositoryError> for EnrolmentError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::EnrolmentPeriod), _) => Self::AlreadyEnrolled,
            (Some(UniqueKey::WaitingPlace), _) => Self::AlreadyWaiting,
            (_, RepositoryError::MissingReference) => Self::UserNotFound,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<ClassError> for EnrolmentError {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::NotFound(id) => Self::ClassNotFound(id),
            ClassError::Closed => Self::ClassClosed,
            ClassError::Repository(error) => error.into(),
            ClassError::CourseNotFound(_)
            | ClassError::Forbidden
            | ClassError::Stale
            | ClassError::DatesReversed(_)
            | ClassError::OutOfCalendar => Self::Forbidden,
        }
    }
}
