//! Accounts: signing in, passwords, identities, users.

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use madang_domain::{
    accounts::{
        AccountError, HashError, PasswordProblem, UserError,
        api_keys::ApiKeyError,
        identities::{IdentityError, ProviderError},
        recovery::RecoveryError,
        sessions::SessionError,
    },
    devices::DeviceError,
    merging::{MergeError, MergePreview},
    withdrawal::WithdrawalError,
};

use crate::problem::{FieldFault, FieldProblem, Problem, ProblemCode};

impl From<ApiKeyError> for Problem {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::NotFound(_) => Self::new(ProblemCode::ApiKeyNotFound),
            ApiKeyError::Forbidden => Self::new(ProblemCode::Forbidden),
            ApiKeyError::RightsNotHeld => Self::new(ProblemCode::RightsNotHeld),
            ApiKeyError::BadExpiry => Self::invalid_field("/expires_at", FieldFault::OutOfTime),
            ApiKeyError::Repository(error) => error.into(),
        }
    }
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotFound(_) => Self::new(ProblemCode::DeviceNotFound),
            DeviceError::Forbidden => Self::new(ProblemCode::Forbidden),
            DeviceError::Repository(error) => error.into(),
        }
    }
}

impl From<PasswordProblem> for Problem {
    fn from(problem: PasswordProblem) -> Self {
        Self::weak_password("/password", problem)
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy { retry_after_s } => {
                Self::new(ProblemCode::TooBusy).with_header(RETRY_AFTER, HeaderValue::from(retry_after_s))
            }
            HashError::Failed => Self::new(ProblemCode::Internal),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::WrongCredentials => Self::new(ProblemCode::WrongCredentials),
            AccountError::Deactivated => Self::new(ProblemCode::AccountDeactivated),
            AccountError::Suspended { reason } => Self::new(ProblemCode::AccountSuspended)
                .with_detail(format!("이용이 정지된 계정입니다. (account suspended): {reason}")),
            AccountError::UsernameTaken => Self::new(ProblemCode::UsernameTaken),
            AccountError::Password(problem) => problem.into(),
            AccountError::Hash(error) => error.into(),
            AccountError::Repository(error) => error.into(),
        }
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotFound(_) => Self::new(ProblemCode::SessionNotFound),
            SessionError::TokenInvalid => Self::new(ProblemCode::RefreshTokenInvalid),
            SessionError::TokenReused => Self::new(ProblemCode::RefreshTokenReused),
            SessionError::NoSession => Self::new(ProblemCode::Forbidden),
            SessionError::Repository(error) => error.into(),
        }
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::NotConfigured(_) => Self::new(ProblemCode::ProviderNotConfigured),
            IdentityError::AddressNotAllowed => Self::new(ProblemCode::RedirectNotAllowed),
            IdentityError::FlowUnknown => Self::new(ProblemCode::SignInExpired),
            IdentityError::Cancelled => Self::new(ProblemCode::SignInCancelled),
            IdentityError::Provider(error) => Self::new(match error {
                ProviderError::NotConfigured(_) => ProblemCode::ProviderNotConfigured,
                ProviderError::Unavailable => ProblemCode::ProviderUnavailable,
                ProviderError::Misconfigured => ProblemCode::ProviderMisconfigured,
                ProviderError::Refused => ProblemCode::ProviderRefused,
                ProviderError::Untrusted => ProblemCode::ProviderProofInvalid,
            }),
            IdentityError::LinkRequired => Self::new(ProblemCode::AccountLinkRequired),
            IdentityError::Taken => Self::new(ProblemCode::IdentityTaken),
            IdentityError::AlreadyLinked => Self::new(ProblemCode::ProviderAlreadyLinked),
            IdentityError::LastWayIn => Self::new(ProblemCode::LastSignInMethod),
            IdentityError::Account(error) => error.into(),
            IdentityError::NotFound(_) => Self::new(ProblemCode::IdentityNotFound),
            IdentityError::Forbidden => Self::new(ProblemCode::Forbidden),
            IdentityError::Repository(error) => error.into(),
        }
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        match error {
            UserError::NotFound(_) => Self::new(ProblemCode::UserNotFound),
            UserError::Forbidden => Self::new(ProblemCode::Forbidden),
            UserError::Stale => Self::new(ProblemCode::PreconditionFailed),
            UserError::UsernameTaken => Self::new(ProblemCode::UsernameTaken),
            UserError::EmailTaken => Self::new(ProblemCode::EmailTaken),
            UserError::WrongShape => Self::invalid_field("/auth_type", FieldFault::Inconsistent),
            UserError::Password(problem) => problem.into(),
            UserError::WrongPassword => Self::new(ProblemCode::WrongPassword),
            UserError::Hash(error) => error.into(),
            UserError::RightsNotHeld => Self::new(ProblemCode::RightsNotHeld),
            UserError::UnknownClass(class) => {
                Self::invalid_field(&format!("/classes/{class}"), FieldFault::NoSuchThing)
            }
            UserError::Withdrawn => Self::new(ProblemCode::UserWithdrawn),
            UserError::LastAdmin => Self::new(ProblemCode::LastAdmin),
            UserError::Repository(error) => error.into(),
        }
    }
}

impl From<RecoveryError> for Problem {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::TokenInvalid => Self::new(ProblemCode::MailTokenInvalid),
            RecoveryError::NoEmail => Self::new(ProblemCode::EmailMissing),
            RecoveryError::EmailTaken => Self::new(ProblemCode::EmailTaken),
            RecoveryError::Forbidden => Self::new(ProblemCode::Forbidden),
            RecoveryError::Password(problem) => Self::weak_password("/new_password", problem),
            RecoveryError::Hash(error) => error.into(),
            RecoveryError::Repository(error) => error.into(),
        }
    }
}

impl From<WithdrawalError> for Problem {
    fn from(error: WithdrawalError) -> Self {
        match error {
            WithdrawalError::User(error) => error.into(),
            WithdrawalError::Identity(error) => error.into(),
            WithdrawalError::NotFresh => Self::new(ProblemCode::FreshSignInRequired),
        }
    }
}

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::NotFound(_) => Self::new(ProblemCode::UserNotFound),
            MergeError::Forbidden => Self::new(ProblemCode::Forbidden),
            MergeError::NotMergeable => Self::new(ProblemCode::NotMergeable),
            MergeError::Conflict(preview) => {
                Self::new(ProblemCode::MergeConflict).with_errors(unsettled(&preview))
            }
            MergeError::Raced => Self::new(ProblemCode::MergeConflict),
            MergeError::NotMerged => Self::new(ProblemCode::NotMerged),
            MergeError::UndoExpired => Self::new(ProblemCode::MergeUndoExpired),
            MergeError::ChangedSince => Self::new(ProblemCode::MergeChangedSince),
            MergeError::Repository(error) => error.into(),
        }
    }
}

/// Where two users have something of which there can be only one, and nothing says which stays.
fn unsettled(preview: &MergePreview) -> Vec<FieldProblem> {
    let marks = preview.marks.iter().filter(|clash| clash.keep.is_none()).map(|clash| FieldProblem {
        pointer: format!("/marks/{}", clash.temp.attendance.lecture_id),
        fault: FieldFault::AlreadyMarked,
    });
    let certifications = preview.certifications.iter().map(|clash| FieldProblem {
        pointer: format!("/certifications/{}", clash.course_id),
        fault: FieldFault::Twice,
    });
    let places = preview.places.iter().map(|clash| FieldProblem {
        pointer: format!("/enrolments/{}", clash.class_id),
        fault: FieldFault::AlreadyEnrolled,
    });
    marks.chain(certifications).chain(places).collect()
}
