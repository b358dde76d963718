//! Why something could not be done with a certification.

use thiserror::Error;

use super::{CertificationState, Lack, Matter};
use crate::{
    accounts::NoSuchUser,
    error::{RepositoryError, UniqueKey},
    ids::{CertificationId, ClassId, CourseId, UserId},
};

/// Why something could not be done with a certification.
#[derive(Debug, Error)]
pub enum CertificationError {
    /// There is no such certification, or none that the caller may know of.
    #[error("no such certification: {0}")]
    NotFound(CertificationId),
    /// There is no such course.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    UserNotFound(UserId),
    /// There is no such user to certify.
    #[error("no such user to certify: {0}")]
    NobodyToCertify(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The user has a certification for this course already.
    #[error("the user is certified already")]
    AlreadyCertified,
    /// The user was not a learner in these classes of the course.
    #[error("the user was not a learner there")]
    NotALearner(Vec<ClassId>),
    /// The rule is not met, or leaves to a person what nobody has decided.
    #[error("{} things are missing and {} left to a person", .lacks.len(), .matters.len())]
    NotEligible {
        /// What is missing.
        lacks: Vec<Lack>,
        /// What is left to a person.
        matters: Vec<Matter>,
    },
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// There is no such course whose learners are meant, or none that the caller may know of.
    #[error("no such course to certify: {0}")]
    NoSuchCourse(CourseId),
    /// The figures are others than those that were evaluated.
    #[error("the figures have changed since they were evaluated")]
    EvaluationStale,
    /// These are no learners for whom anything is left to a person.
    #[error("nothing to approve for {} users", .0.len())]
    NothingToApprove(Vec<UserId>),
    /// The caller does not say which version they know.
    #[error("the version that the caller knows is not told")]
    VersionUnknown,
    /// It is not the version that the caller knows.
    #[error("it has changed")]
    Stale,
    /// The certification does not hold any more.
    #[error("the certification is {}", .0.as_str())]
    Ended(CertificationState),
    /// The certification holds for good, so there is nothing to renew.
    #[error("the certification does not expire")]
    NotExpiring,
    /// There are no more numbers in the year.
    #[error("the numbers of the year are used up")]
    NumbersUsedUp,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for CertificationError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::Certification), _) => Self::AlreadyCertified,
            (None, RepositoryError::Stale) => Self::Stale,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<NoSuchUser> for CertificationError {
    fn from(missing: NoSuchUser) -> Self {
        match missing {
            NoSuchUser::Hidden(user) => Self::UserNotFound(user),
            NoSuchUser::Repository(error) => error.into(),
        }
    }
}
