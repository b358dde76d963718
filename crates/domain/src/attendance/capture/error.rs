//! Why something could not be done while attendance is taken.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::CodeProblem;
use crate::{error::RepositoryError, ids::LectureId};

/// Why something could not be done while attendance is taken.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// There is no such lecture, or none that the caller may know of.
    #[error("no such lecture: {0}")]
    LectureNotFound(LectureId),
    /// The lecture has no check-in session.
    #[error("no check-in session for lecture {0}")]
    NoSession(LectureId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// It is not the version that the caller knows.
    #[error("it has changed")]
    Stale,
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// The lecture does not take place.
    #[error("the lecture is cancelled")]
    LectureCancelled,
    /// The session is open, or is going to be.
    #[error("the check-in session is open already")]
    AlreadyOpen,
    /// The session would end before it begins, or has ended by now.
    #[error("the check-in session would end too early")]
    EndsTooEarly,
    /// Check-in has not begun.
    #[error("check-in begins at {opens_at}")]
    TooEarly {
        /// When it begins.
        opens_at: DateTime<Utc>,
    },
    /// Check-in is over.
    #[error("check-in is over")]
    Over,
    /// The caller was not enrolled as a learner on the day of the lecture.
    #[error("not enrolled on the day of the lecture")]
    NotEnrolled,
    /// The code is not taken.
    #[error("the code is not taken: {0:?}")]
    Code(CodeProblem),
    /// Too many wrong codes.
    #[error("too many wrong codes")]
    TooManyGuesses {
        /// When the next one is looked at.
        retry_after_s: u64,
    },
    /// The captured time is in the future, or too long ago.
    #[error("the captured time is out of the window")]
    CapturedOutOfWindow,
    /// The caller has not checked in.
    #[error("not checked in")]
    NotCheckedIn,
    /// The caller has left for good.
    #[error("checked out already")]
    CheckedOut,
    /// The caller is not outside.
    #[error("not outside")]
    NotAway,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for CaptureError {
    fn from(error: RepositoryError) -> Self {
        if matches!(error, RepositoryError::Stale) { Self::Stale } else { Self::Repository(error) }
    }
}

impl From<CodeProblem> for CaptureError {
    fn from(problem: CodeProblem) -> Self {
        Self::Code(problem)
    }
}
