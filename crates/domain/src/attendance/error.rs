//! Why something could not be done with a mark.

use thiserror::Error;

use crate::{
    accounts::NoSuchUser,
    error::{RepositoryError, UniqueKey},
    ids::{AttendanceId, ClassId, LectureId, UserId},
};

/// Why something could not be done with a mark.
#[derive(Debug, Error)]
pub enum AttendanceError {
    /// There is no such mark, or none that the caller may know of.
    #[error("no such attendance: {0}")]
    NotFound(AttendanceId),
    /// There is no such lecture, or none that the caller may know of.
    #[error("no such lecture: {0}")]
    LectureNotFound(LectureId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    UserNotFound(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The mark is not the version that the caller knows.
    #[error("the attendance has changed")]
    Stale,
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// The lecture was cancelled, so that nobody can have attended it.
    #[error("the lecture is cancelled")]
    LectureCancelled,
    /// One mark was refused.
    #[error("the mark was refused: {0:?}")]
    Refused(Refusal),
    /// Marks of a bulk request were refused, so that none was made; each with its place in the request, from 0.
    #[error("{} marks were refused", .0.len())]
    BulkRefused(Vec<(usize, Refusal)>),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

/// Why one mark was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The user was not enrolled as a learner on the day of the lecture.
    NotEnrolled,
    /// The user is marked at this lecture already.
    AlreadyMarked,
    /// The same user stands in the request twice.
    Twice,
}

impl From<RepositoryError> for AttendanceError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::AttendanceMark), _) => Self::Refused(Refusal::AlreadyMarked),
            (_, RepositoryError::Stale) => Self::Stale,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<NoSuchUser> for AttendanceError {
    fn from(missing: NoSuchUser) -> Self {
        match missing {
            NoSuchUser::Hidden(user) => Self::UserNotFound(user),
            NoSuchUser::Repository(error) => error.into(),
        }
    }
}
