//! What can go wrong when figures are asked for.

use madang_domain::{
    error::RepositoryError,
    ids::{ClassId, CourseId, LectureId, UserId},
};
use thiserror::Error;

use super::RangeProblem;

/// Why figures could not be given.
#[derive(Debug, Error)]
pub enum StatisticsError {
    /// There is no such lecture, or none that the caller may know of.
    #[error("no such lecture: {0}")]
    LectureNotFound(LectureId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// There is no such course, or none that the caller may know of.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    UserNotFound(UserId),
    /// The caller may not see these figures.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The days can't be reported on.
    #[error(transparent)]
    Range(#[from] RangeProblem),
    /// The data could not be reached.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}
