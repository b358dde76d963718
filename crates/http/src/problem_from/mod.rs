//! How every error of the domain becomes a problem: exhaustive, so that a new error can't be forgotten.
//!
//! One file for each room; what all of them share is here.

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use madang_domain::{
    accounts::PasswordProblem,
    audit::AuditError,
    error::{RepositoryError, UniqueKey},
    events::KINDS,
    jobs::JobError,
    operations::OperationError,
    report_schedules::ReportScheduleError,
    webhooks::WebhookError,
};

use crate::problem::{FieldFault, FieldProblem, Problem, ProblemCode};

mod accounts;
mod attendance;
mod certification;
mod learning;
mod notifications;

/// After how long a write that met maintenance is tried again.
const MAINTENANCE_SECONDS: u64 = 60;

impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        match &error {
            RepositoryError::Stale => Self::new(ProblemCode::PreconditionFailed),
            RepositoryError::CursorMismatch => Self::new(ProblemCode::CursorMismatch),
            RepositoryError::Unavailable(_) => {
                tracing::warn!(error = %chain(&error), "the database is unavailable");
                Self::new(ProblemCode::Unavailable)
            }
            RepositoryError::ReadOnly => Self::new(ProblemCode::ReadOnly)
                .with_header(RETRY_AFTER, HeaderValue::from(MAINTENANCE_SECONDS)),
            RepositoryError::Conflict(UniqueKey::IdempotencyKey) => {
                Self::new(ProblemCode::IdempotencyKeyInUse)
            }
            RepositoryError::Conflict(_)
            | RepositoryError::MissingReference
            | RepositoryError::Corrupt(_)
            | RepositoryError::Backend(_) => {
                tracing::error!(error = %chain(&error), "a repository failed");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}

/// An error and everything behind it, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::NotFound(_) => Self::new(ProblemCode::OperationNotFound),
            OperationError::NoFile(_) => Self::new(ProblemCode::OperationHasNoFile),
            OperationError::Repository(error) => error.into(),
        }
    }
}

impl From<ReportScheduleError> for Problem {
    fn from(error: ReportScheduleError) -> Self {
        match error {
            ReportScheduleError::NotFound(_) => Self::new(ProblemCode::ReportScheduleNotFound),
            ReportScheduleError::Forbidden => Self::new(ProblemCode::Forbidden),
            ReportScheduleError::Stale => Self::new(ProblemCode::PreconditionFailed),
            ReportScheduleError::NoSuchCourse(_) => {
                Self::invalid_field("/course_id", FieldFault::NoSuchThing)
            }
            ReportScheduleError::NotForThem(_) => Self::invalid_field("/recipients", FieldFault::NoSuchThing),
            ReportScheduleError::Repository(error) => error.into(),
        }
    }
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NotFound(_) => Self::new(ProblemCode::JobNotFound),
            JobError::Forbidden => Self::new(ProblemCode::Forbidden),
            JobError::WrongStatus(status) => Self::new(ProblemCode::JobNotChangeable)
                .with_detail(format!("지금 상태에서는 할 수 없는 작업입니다. (status: {})", status.as_str())),
            JobError::Repository(error) => error.into(),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::NotFound(_) => Self::new(ProblemCode::WebhookEndpointNotFound),
            WebhookError::Forbidden => Self::new(ProblemCode::Forbidden),
            WebhookError::Address(why) => Self::new(ProblemCode::WebhookAddressRefused)
                .with_detail(format!("웹훅을 보낼 수 없는 주소입니다. ({why})"))
                .with_errors(vec![FieldProblem {
                    pointer: "/url".to_owned(),
                    fault: FieldFault::InvalidFormat,
                }]),
            WebhookError::UnknownKind(_) => {
                let allowed: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
                Self::invalid_field("/kinds", FieldFault::NotOneOf { allowed: allowed.join(", ") })
            }
            WebhookError::Disabled => Self::new(ProblemCode::WebhookEndpointDisabled),
            WebhookError::Stale => Self::new(ProblemCode::PreconditionFailed),
            WebhookError::Repository(error) => error.into(),
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Forbidden => Self::new(ProblemCode::Forbidden),
            AuditError::Repository(error) => error.into(),
        }
    }
}

impl Problem {
    /// A password that can't be used, in the field at `pointer`.
    pub fn weak_password(pointer: &str, problem: PasswordProblem) -> Self {
        let fault = match problem {
            PasswordProblem::TooShort => FieldFault::TooShort { min: 8 },
            PasswordProblem::TooLong => FieldFault::TooLong { max: 1_024 },
            PasswordProblem::TooCommon | PasswordProblem::ContainsContext => FieldFault::InvalidFormat,
        };
        let detail = match problem {
            PasswordProblem::TooShort | PasswordProblem::TooLong => None,
            PasswordProblem::TooCommon => Some("너무 흔한 비밀번호입니다. (too common)"),
            PasswordProblem::ContainsContext => {
                Some("아이디나 이름이 들어간 비밀번호입니다. (contains your name)")
            }
        };
        let problem = Self::new(ProblemCode::WeakPassword)
            .with_errors(vec![FieldProblem { pointer: pointer.to_owned(), fault }]);
        match detail {
            Some(detail) => problem.with_detail(detail),
            None => problem,
        }
    }
}
