//! Why users could not be merged, or a merge not be undone.

use thiserror::Error;

use super::MergePreview;
use crate::{
    error::{RepositoryError, UniqueKey},
    ids::UserId,
};

/// Why users could not be merged, or a merge not be undone.
#[derive(Debug, Error)]
pub enum MergeError {
    /// There is no such user.
    #[error("no such user: {0}")]
    NotFound(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// Only an active `temp` user can be merged, and only into an active user that is not `temp`.
    #[error("these accounts can't be merged")]
    NotMergeable,
    /// Both users have something of which there can be only one.
    #[error("both users have records of which there can be only one")]
    Conflict(Box<MergePreview>),
    /// The like came in between.
    #[error("somebody changed the records of the users meanwhile")]
    Raced,
    /// The user has not been merged, or that was undone.
    #[error("the user has not been merged")]
    NotMerged,
    /// It was too long ago.
    #[error("the merge was too long ago")]
    UndoExpired,
    /// What the merge left was changed since, so that it can't be put back.
    #[error("what the merge left was changed since")]
    ChangedSince,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for MergeError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (
                Some(
                    UniqueKey::AttendanceMark
                    | UniqueKey::Certification
                    | UniqueKey::EnrolmentPeriod
                    | UniqueKey::WaitingPlace,
                ),
                _,
            ) => Self::Raced,
            (_, error) => Self::Repository(error),
        }
    }
}
