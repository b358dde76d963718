//! Why something could not be done with a request for leave.

use chrono::NaiveDate;
use thiserror::Error;

use super::PeriodFault;
use crate::{
    error::RepositoryError,
    ids::{ClassId, LeaveRequestId},
    learning::classes::ClassError,
};

/// Why something could not be done with a request for leave.
#[derive(Debug, Error)]
pub enum LeaveError {
    /// There is no such request, or none that the caller may know of.
    #[error("no such leave request: {0}")]
    NotFound(LeaveRequestId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// Nobody decides on their own absence.
    #[error("one's own request")]
    OwnRequest,
    /// The request is not the version that the caller knows.
    #[error("the request has changed")]
    Stale,
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// The user is no learner of the class on any of the days.
    #[error("the user is not enrolled on these days")]
    NotEnrolled,
    /// Lectures that are not of the class, or at which the learner is not expected: each by its place in the request.
    #[error("{} lectures can't be asked leave from", .0.len())]
    Lectures(Vec<usize>),
    /// The last day on which the learner could ask has passed.
    #[error("leave could be asked for until {0}")]
    TooLate(NaiveDate),
    /// The days are no period.
    #[error(transparent)]
    Period(#[from] PeriodFault),
    /// Another request of the learner covers one of the days or lectures.
    #[error("another request covers the same time: {0}")]
    Overlaps(LeaveRequestId),
    /// Somebody has decided already, or it was taken back.
    #[error("the request is not pending")]
    NotPending,
    /// Only what was approved can be taken back by staff.
    #[error("the request is not approved")]
    NotApproved,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for LeaveError {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl From<ClassError> for LeaveError {
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
