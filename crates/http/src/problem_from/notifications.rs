//! Notices.

use madang_domain::notifications::NotificationError;

use crate::problem::{Problem, ProblemCode};

impl From<NotificationError> for Problem {
    fn from(error: NotificationError) -> Self {
        match error {
            NotificationError::NotFound(_) => Self::new(ProblemCode::NotificationNotFound),
            NotificationError::AnnouncementNotFound(_) => Self::new(ProblemCode::AnnouncementNotFound),
            NotificationError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            NotificationError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            NotificationError::Forbidden => Self::new(ProblemCode::Forbidden),
            NotificationError::Stale => Self::new(ProblemCode::PreconditionFailed),
            NotificationError::Repository(error) => error.into(),
        }
    }
}
