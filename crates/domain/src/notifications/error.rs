//! Why something could not be done with notices.

use thiserror::Error;

use crate::{
    error::RepositoryError,
    ids::{AnnouncementId, ClassId, NoticeId},
    learning::classes::ClassError,
};

/// Why something could not be done with notices.
#[derive(Debug, Error)]
pub enum NotificationError {
    /// The caller has no such notice.
    #[error("no such notice: {0}")]
    NotFound(NoticeId),
    /// There is no such announcement, or none that the caller may know of.
    #[error("no such announcement: {0}")]
    AnnouncementNotFound(AnnouncementId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// It is not the version that the caller knows.
    #[error("it has changed")]
    Stale,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for NotificationError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Stale => Self::Stale,
            error @ (RepositoryError::Conflict(_)
            | RepositoryError::MissingReference
            | RepositoryError::CursorMismatch
            | RepositoryError::ReadOnly
            | RepositoryError::Unavailable(_)
            | RepositoryError::Corrupt(_)
            | RepositoryError::Backend(_)) => Self::Repository(error),
        }
    }
}

impl From<ClassError> for NotificationError {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::NotFound(id) => Self::ClassNotFound(id),
            ClassError::Closed => Self::ClassClosed,
            ClassError::Stale => Self::Stale,
            ClassError::Repository(error) => error.into(),
            ClassError::CourseNotFound(_)
            | ClassError::Forbidden
            | ClassError::DatesReversed(_)
            | ClassError::OutOfCalendar => Self::Forbidden,
        }
    }
}
