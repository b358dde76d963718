//! What can go wrong below the services, in words that do not name a database.

use std::{future::Future, pin::Pin};

use thiserror::Error;

/// The outcome of a repository call.
pub type RepositoryResult<T> = Result<T, RepositoryError>;

/// A repository call under way.
///
/// Written out by hand on every port: `async_trait` more than doubles the time that the adapters need to compile.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = RepositoryResult<T>> + Send + 'a>>;

/// Why a repository could not do what it was asked.
#[derive(Debug, Error)]
pub enum RepositoryError {
    /// A unique rule would be broken; nothing was written.
    #[error("a unique rule would be broken: {0:?}")]
    Conflict(UniqueKey),
    /// A row that must exist does not, or one that is still needed would be removed.
    #[error("a referenced row is missing or still in use")]
    MissingReference,
    /// The row was changed by somebody else since it was read.
    #[error("the row has changed since it was read")]
    Stale,
    /// The cursor does not belong to this sort order.
    #[error("the cursor does not fit the sort order")]
    CursorMismatch,
    /// The database can't be reached, or has no connection to spare; trying again later may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] BoxedSource),
    /// Nothing is written while the server is being maintained.
    #[error("nothing is written while the server is being maintained")]
    ReadOnly,
    /// A row holds what the domain can't read.
    #[error("a stored value can't be read")]
    Corrupt(#[source] BoxedSource),
    /// Anything else the database refused.
    #[error("the database refused a statement")]
    Backend(#[source] BoxedSource),
}

impl RepositoryError {
    /// The unique rule that would be broken, if that is what went wrong.
    pub fn conflict(&self) -> Option<UniqueKey> {
        if let Self::Conflict(key) = self { Some(*key) } else { None }
    }
}

/// The error of a driver, kept for the log only.
pub type BoxedSource = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The unique rules that live in the database, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UniqueKey {
    /// Two users with one username.
    Username,
    /// Two users who both verified one address.
    VerifiedEmail,
    /// Two keys of which each is to sign, or to come next.
    SigningKeyState,
    /// Two identities of one account at one provider.
    IdentitySubject,
    /// Two identities of one user at one provider.
    IdentityProvider,
    /// Two lectures with one sequence in a class.
    LectureSequence,
    /// Two enrolments of one user in one class whose periods overlap.
    EnrolmentPeriod,
    /// Two waiting places of one user in one class.
    WaitingPlace,
    /// Two marks of one user at one lecture.
    AttendanceMark,
    /// Two check-in sessions of one lecture.
    CheckInSession,
    /// Two attendance policies with one version in a family.
    PolicyVersion,
    /// Two policy pins with one number in a class.
    PolicyPin,
    /// Two certifications of one user for one course that both hold.
    Certification,
    /// Two certifications with one number.
    CertificateNumber,
    /// Two completion rules with one version for a course.
    CompletionRuleVersion,
    /// Two templates of certificates with one version for a course.
    CertificateTemplateVersion,
    /// Two keys that sign credentials.
    ActiveIssuerKey,
    /// Two rows with one external id.
    ExternalId,
    /// Two requests with one idempotency key.
    IdempotencyKey,
    /// A primary key that is taken.
    PrimaryKey,
}
