//! Why somebody could not leave.

use thiserror::Error;

use crate::{
    accounts::{UserError, identities::IdentityError},
    error::RepositoryError,
};

/// Why somebody could not leave.
#[derive(Debug, Error)]
pub enum WithdrawalError {
    /// The account can't be given up.
    #[error(transparent)]
    User(#[from] UserError),
    /// Its identities could not be removed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The account has no password, and the sign-in is too old to prove anything.
    #[error("the sign-in is not fresh")]
    NotFresh,
}

impl From<RepositoryError> for WithdrawalError {
    fn from(error: RepositoryError) -> Self {
        Self::User(error.into())
    }
}
