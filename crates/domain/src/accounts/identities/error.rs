//! Why something could not be done with an identity.

use thiserror::Error;

use super::{Provider, ProviderError};
use crate::{
    accounts::AccountError,
    error::{RepositoryError, UniqueKey},
    ids::IdentityId,
};

/// Why something could not be done with an identity.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The installation does not offer this provider.
    #[error("the provider is not configured: {0:?}")]
    NotConfigured(Provider),
    /// The address is none to which browsers may be sent.
    #[error("the address is not on the list")]
    AddressNotAllowed,
    /// The sign-in was not begun here and in this browser, was finished already, or took too long.
    #[error("the sign-in under way is not known")]
    FlowUnknown,
    /// The user refused at the provider, or the provider refused the user.
    #[error("the sign-in was cancelled at the provider")]
    Cancelled,
    /// The provider did not prove who signs in.
    #[error("the provider did not prove who signs in")]
    Provider(#[source] ProviderError),
    /// Somebody has an account with this e-mail address, and it is not proven that it is the same person.
    #[error("an account with this address exists already")]
    LinkRequired,
    /// The identity belongs to another user.
    #[error("the identity belongs to another user")]
    Taken,
    /// The user has an identity of this provider already.
    #[error("the user has an identity of this provider")]
    AlreadyLinked,
    /// Without it the user could not sign in any more.
    #[error("the last way to sign in would be lost")]
    LastWayIn,
    /// The account is deactivated or suspended.
    #[error("the account may not be used")]
    Account(#[from] AccountError),
    /// There is no such identity, or it is another user's.
    #[error("no such identity: {0}")]
    NotFound(IdentityId),
    /// The caller is no user.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for IdentityError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            // Of two first sign-ins at once the other one has registered the user.
            (Some(UniqueKey::IdentitySubject | UniqueKey::VerifiedEmail), _) => Self::Taken,
            (Some(UniqueKey::IdentityProvider), _) => Self::AlreadyLinked,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<ProviderError> for IdentityError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::NotConfigured(provider) => Self::NotConfigured(provider),
            error @ (ProviderError::Unavailable
            | ProviderError::Misconfigured
            | ProviderError::Refused
            | ProviderError::Untrusted) => Self::Provider(error),
        }
    }
}
