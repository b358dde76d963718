//! What can go wrong with accounts.

use thiserror::Error;

use super::{HashError, PasswordProblem};
use crate::{
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, UserId},
};

/// Why something could not be done with an account.
#[derive(Debug, Error)]
pub enum UserError {
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    NotFound(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The account is not the version that the caller knows.
    #[error("the account has changed")]
    Stale,
    /// The username is taken.
    #[error("the username is taken")]
    UsernameTaken,
    /// Another account has verified the address.
    #[error("the address is verified by another account")]
    EmailTaken,
    /// A `manual` account needs a username and a password; a `temp` one can't have a password.
    #[error("the account type does not fit what was given")]
    WrongShape,
    /// The password can't be used.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// The current password is another.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The password could not be hashed or compared.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Rights would be given or taken away that the caller does not hold.
    #[error("the caller does not hold these rights")]
    RightsNotHeld,
    /// Roles would be given in a class that does not exist.
    #[error("no such class: {0}")]
    UnknownClass(ClassId),
    /// Its owner has left: nothing of it changes any more.
    #[error("the owner of the account has left")]
    Withdrawn,
    /// There would be nobody left who may do everything.
    #[error("the last admin would be lost")]
    LastAdmin,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for UserError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::Username), _) => Self::UsernameTaken,
            (Some(UniqueKey::VerifiedEmail), _) => Self::EmailTaken,
            (_, error) => Self::Repository(error),
        }
    }
}

/// There is no such user, or none that the caller may know of.
#[derive(Debug)]
pub(crate) enum NoSuchUser {
    /// Nobody whom the caller may know of.
    Hidden(UserId),
    /// The data could not be reached.
    Repository(RepositoryError),
}

impl From<RepositoryError> for NoSuchUser {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}
