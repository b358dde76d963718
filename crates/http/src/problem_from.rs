//! How every error of the domain becomes a problem: exhaustive, so that a new error can't be forgotten.

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use chrono::SecondsFormat;
use madang_domain::{
    accounts::{
        AccountError, HashError, PasswordProblem, UserError,
        identities::{IdentityError, ProviderError},
        recovery::RecoveryError,
        sessions::SessionError,
    },
    attendance::{
        AttendanceError, ClosingError, Refusal,
        capture::{CaptureError, CodeProblem},
        leave::LeaveError,
        policies::PolicyError,
        policy::PolicyFaultKind,
    },
    audit::AuditError,
    certification::{
        CertificationError, Lack,
        rules::{RuleDocument, RuleError, RuleFault},
    },
    error::{RepositoryError, UniqueKey},
    jobs::JobError,
    learning::{
        classes::ClassError,
        courses::CourseError,
        enrolments::{EnrolmentError, EnrolmentRefusal},
        lectures::LectureError,
    },
    merging::{MergeError, MergePreview},
    operations::OperationError,
    recurrence::{Recurrence, RecurrenceProblem},
    withdrawal::WithdrawalError,
};
use madang_reporting::statistics::{PeriodRange, RangeProblem, StatisticsError};

use crate::{
    problem::{FieldFault, FieldProblem, Problem, ProblemCode},
    request::bad_parameter,
};

impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        match &error {
            RepositoryError::Stale => Self::new(ProblemCode::PreconditionFailed),
            RepositoryError::CursorMismatch => Self::new(ProblemCode::CursorMismatch),
            RepositoryError::Unavailable(_) => {
                tracing::warn!(error = %chain(&error), "the database is unavailable");
                Self::new(ProblemCode::Unavailable)
            }
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

impl From<CourseError> for Problem {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::NotFound(_) => Self::new(ProblemCode::CourseNotFound),
            CourseError::Forbidden => Self::new(ProblemCode::Forbidden),
            CourseError::Stale => Self::new(ProblemCode::PreconditionFailed),
            CourseError::Repository(error) => error.into(),
        }
    }
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::NotFound(_) => Self::new(ProblemCode::OperationNotFound),
            OperationError::Repository(error) => error.into(),
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

impl From<ClassError> for Problem {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::NotFound(_) => Self::new(ProblemCode::ClassNotFound),
            ClassError::CourseNotFound(_) => Self::new(ProblemCode::CourseNotFound),
            ClassError::Forbidden => Self::new(ProblemCode::Forbidden),
            ClassError::Stale => Self::new(ProblemCode::PreconditionFailed),
            ClassError::DatesReversed(_) => Self::invalid_field("/end_date", FieldFault::Reversed),
            ClassError::OutOfCalendar => {
                Self::invalid_field("/shift_days", FieldFault::OutOfRange { min: 1_900, max: 2_999 })
            }
            ClassError::Closed => Self::new(ProblemCode::ClassClosed),
            ClassError::Repository(error) => error.into(),
        }
    }
}

impl From<ClosingError> for Problem {
    fn from(error: ClosingError) -> Self {
        match error {
            ClosingError::NotFound(_) => Self::new(ProblemCode::ClassNotFound),
            ClosingError::Forbidden => Self::new(ProblemCode::Forbidden),
            ClosingError::Stale => Self::new(ProblemCode::PreconditionFailed),
            ClosingError::Closed => Self::new(ProblemCode::ClassClosed),
            ClosingError::NotClosed => Self::new(ProblemCode::ClassNotClosed),
            ClosingError::Unmarked { marks, lectures } => Self::new(ProblemCode::ClassHasUnmarked).with_detail(
                format!("차시 {lectures}개에 미기록 출석이 {marks}건 있습니다. (lectures: {lectures}, unmarked: {marks})"),
            ),
            ClosingError::Repository(error) => error.into(),
        }
    }
}

impl From<LectureError> for Problem {
    fn from(error: LectureError) -> Self {
        match error {
            LectureError::NotFound(_) => Self::new(ProblemCode::LectureNotFound),
            LectureError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            LectureError::Forbidden => Self::new(ProblemCode::Forbidden),
            LectureError::Stale => Self::new(ProblemCode::PreconditionFailed),
            LectureError::SequenceTaken => Self::new(ProblemCode::SequenceTaken),
            LectureError::HasMarks { marks } => Self::new(ProblemCode::LectureHasMarks)
                .with_detail(format!("출석 기록이 {marks}건 있는 차시는 지울 수 없습니다. (marks: {marks})")),
            LectureError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            LectureError::Cancelled => Self::new(ProblemCode::LectureCancelled),
            LectureError::NotCancelled => Self::new(ProblemCode::LectureNotCancelled),
            LectureError::Recurrence(problem) => {
                let (pointer, fault) = match problem {
                    RecurrenceProblem::NoWeekday => ("/weekdays", FieldFault::Empty),
                    RecurrenceProblem::DurationOutOfRange => {
                        ("/duration_minutes", FieldFault::OutOfRange { min: 1, max: 1_440 })
                    }
                    RecurrenceProblem::NoOccurrence => ("/until", FieldFault::Reversed),
                    RecurrenceProblem::TooMany => {
                        ("/until", FieldFault::TooLong { max: Recurrence::MAX_OCCURRENCES })
                    }
                };
                Self::invalid_field(pointer, fault)
            }
            LectureError::OrderUnknown { index } => {
                Self::invalid_field(&format!("/lecture_ids/{index}"), FieldFault::NoSuchThing)
            }
            LectureError::OrderTwice { index } => {
                Self::invalid_field(&format!("/lecture_ids/{index}"), FieldFault::Twice)
            }
            LectureError::OrderIncomplete => Self::invalid_field("/lecture_ids", FieldFault::Missing),
            LectureError::TitleTooLong => Self::invalid_field("/title", FieldFault::TooLong { max: 195 }),
            LectureError::Repository(error) => error.into(),
        }
    }
}

impl From<EnrolmentError> for Problem {
    fn from(error: EnrolmentError) -> Self {
        match error {
            EnrolmentError::NotFound(_) => Self::new(ProblemCode::EnrolmentNotFound),
            EnrolmentError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            EnrolmentError::UserNotFound => Self::invalid_field("/user_id", FieldFault::NoSuchThing),
            EnrolmentError::Forbidden => Self::new(ProblemCode::Forbidden),
            EnrolmentError::Stale => Self::new(ProblemCode::PreconditionFailed),
            EnrolmentError::PeriodReversed(_) => Self::invalid_field("/left_on", FieldFault::Reversed),
            EnrolmentError::AlreadyEnrolled => Self::new(ProblemCode::AlreadyEnrolled),
            EnrolmentError::ClassFull { .. } => Self::new(ProblemCode::ClassFull),
            EnrolmentError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            EnrolmentError::BulkRefused(refused) => Self::new(ProblemCode::BulkRefused)
                .with_errors(refused.into_iter().map(refused_item).collect()),
            EnrolmentError::Ended => Self::new(ProblemCode::EnrolmentEnded),
            EnrolmentError::SameClass => Self::new(ProblemCode::SameClass),
            EnrolmentError::OtherCourse => Self::new(ProblemCode::OtherCourse),
            EnrolmentError::PastWouldChange { earliest } => Self::new(ProblemCode::PastWouldChange).with_detail(
                format!("{earliest}부터 옮길 수 있습니다. 그 전날까지의 출석은 지금 수업에 남습니다. (earliest: {earliest})"),
            ),
            EnrolmentError::AlreadyWaiting => Self::new(ProblemCode::AlreadyWaiting),
            EnrolmentError::Waiting => Self::new(ProblemCode::EnrolmentWaiting),
            EnrolmentError::WaitingWithEnd => Self::invalid_field("/left_on", FieldFault::Inconsistent),
            EnrolmentError::Repository(error) => error.into(),
        }
    }
}

fn refused_item((index, refusal): (usize, EnrolmentRefusal)) -> FieldProblem {
    let (field, fault) = match refusal {
        EnrolmentRefusal::UserNotFound => ("user_id", FieldFault::NoSuchThing),
        EnrolmentRefusal::PeriodReversed => ("left_on", FieldFault::Reversed),
        EnrolmentRefusal::AlreadyEnrolled => ("user_id", FieldFault::AlreadyEnrolled),
        EnrolmentRefusal::AlreadyWaiting => ("user_id", FieldFault::AlreadyWaiting),
        EnrolmentRefusal::WaitingWithEnd => ("left_on", FieldFault::Inconsistent),
        EnrolmentRefusal::Twice => ("user_id", FieldFault::Twice),
    };
    FieldProblem { pointer: format!("/items/{index}/{field}"), fault }
}

impl From<Refusal> for FieldFault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotEnrolled => Self::NotEnrolled,
            Refusal::AlreadyMarked => Self::AlreadyMarked,
            Refusal::Twice => Self::Twice,
            Refusal::Changed => Self::Changed,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotEnrolled => Self::new(ProblemCode::NotEnrolled),
            Refusal::AlreadyMarked => Self::new(ProblemCode::AlreadyMarked),
            Refusal::Twice => Self::new(ProblemCode::UserTwice),
            Refusal::Changed => Self::new(ProblemCode::MarkChanged),
        }
    }
}

impl From<AttendanceError> for Problem {
    fn from(error: AttendanceError) -> Self {
        match error {
            AttendanceError::NotFound(_) => Self::new(ProblemCode::AttendanceNotFound),
            AttendanceError::LectureNotFound(_) => Self::new(ProblemCode::LectureNotFound),
            AttendanceError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            AttendanceError::UserNotFound(_) => Self::new(ProblemCode::UserNotFound),
            AttendanceError::Forbidden => Self::new(ProblemCode::Forbidden),
            AttendanceError::Stale => Self::new(ProblemCode::PreconditionFailed),
            AttendanceError::LectureCancelled => Self::new(ProblemCode::LectureCancelled),
            AttendanceError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            AttendanceError::BatchNotFound(_) => Self::new(ProblemCode::AttendanceBatchNotFound),
            AttendanceError::AlreadyUndone => Self::new(ProblemCode::AlreadyUndone),
            AttendanceError::Refused(refusal) => refusal.into(),
            AttendanceError::BulkRefused(refused) => Self::new(ProblemCode::BulkRefused).with_errors(
                refused
                    .into_iter()
                    .map(|(index, refusal)| FieldProblem {
                        pointer: format!("/items/{index}/user_id"),
                        fault: refusal.into(),
                    })
                    .collect(),
            ),
            AttendanceError::Repository(error) => error.into(),
        }
    }
}

impl From<CaptureError> for Problem {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::LectureNotFound(_) => Self::new(ProblemCode::LectureNotFound),
            CaptureError::NoSession(_) => Self::new(ProblemCode::CheckInSessionNotFound),
            CaptureError::Forbidden => Self::new(ProblemCode::Forbidden),
            CaptureError::Stale => Self::new(ProblemCode::PreconditionFailed),
            CaptureError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            CaptureError::LectureCancelled => Self::new(ProblemCode::LectureCancelled),
            CaptureError::AlreadyOpen => Self::new(ProblemCode::CheckInAlreadyOpen),
            CaptureError::EndsTooEarly => Self::invalid_field("/closes_at", FieldFault::Reversed),
            CaptureError::TooEarly { opens_at } => {
                let opens_at = opens_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                Self::new(ProblemCode::CheckInTooEarly)
                    .with_detail(format!("출석 시작 시각: {opens_at} (opens_at)"))
            }
            CaptureError::Over => Self::new(ProblemCode::CheckInOver),
            CaptureError::NotEnrolled => Self::new(ProblemCode::NotEnrolled),
            CaptureError::Code(problem) => Self::new(match problem {
                CodeProblem::Wrong => ProblemCode::CheckInCodeWrong,
                CodeProblem::Expired => ProblemCode::CheckInCodeExpired,
                CodeProblem::OtherLecture => ProblemCode::CheckInCodeOfAnotherLecture,
            }),
            CaptureError::TooManyGuesses { retry_after_s } => Self::new(ProblemCode::TooManyGuesses)
                .with_header(RETRY_AFTER, HeaderValue::from(retry_after_s)),
            CaptureError::CapturedOutOfWindow => Self::new(ProblemCode::CapturedOutOfWindow),
            CaptureError::NotCheckedIn => Self::new(ProblemCode::NotCheckedIn),
            CaptureError::CheckedOut => Self::new(ProblemCode::AlreadyCheckedOut),
            CaptureError::NotAway => Self::new(ProblemCode::NotAway),
            CaptureError::Repository(error) => error.into(),
        }
    }
}

impl From<PolicyFaultKind> for FieldFault {
    fn from(kind: PolicyFaultKind) -> Self {
        match kind {
            PolicyFaultKind::OutOfRange { min, max } => Self::OutOfRange { min, max },
            PolicyFaultKind::Empty => Self::Empty,
            PolicyFaultKind::NotConvertible => Self::NotOneOf { allowed: "late, early_leave".to_owned() },
            PolicyFaultKind::Inconsistent => Self::Inconsistent,
            PolicyFaultKind::Missing => Self::Missing,
        }
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::NotFound(_) => Self::new(ProblemCode::PolicyNotFound),
            PolicyError::NothingToPin(_) => Self::invalid_field("/policy_id", FieldFault::NoSuchThing),
            PolicyError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            PolicyError::LearnerNotFound(_) => Self::new(ProblemCode::LearnerNotFound),
            PolicyError::Forbidden => Self::new(ProblemCode::Forbidden),
            PolicyError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            PolicyError::VersionUnknown => Self::new(ProblemCode::PreconditionRequired),
            PolicyError::Stale => Self::new(ProblemCode::PreconditionFailed),
            PolicyError::VersionTaken => Self::new(ProblemCode::PolicyVersionTaken),
            PolicyError::Faulty(faults) => Self::invalid(
                faults
                    .into_iter()
                    .map(|fault| FieldProblem {
                        pointer: format!("/document{}", fault.pointer),
                        fault: fault.kind.into(),
                    })
                    .collect(),
            ),
            PolicyError::Repository(error) => error.into(),
        }
    }
}

impl From<CertificationError> for Problem {
    fn from(error: CertificationError) -> Self {
        match error {
            CertificationError::NotFound(_) => Self::new(ProblemCode::CertificationNotFound),
            CertificationError::CourseNotFound(_) => {
                Self::invalid_field("/course_id", FieldFault::NoSuchThing)
            }
            CertificationError::UserNotFound(_) => Self::new(ProblemCode::UserNotFound),
            CertificationError::NobodyToCertify(_) => {
                Self::invalid_field("/user_id", FieldFault::NoSuchThing)
            }
            CertificationError::Forbidden => Self::new(ProblemCode::Forbidden),
            CertificationError::AlreadyCertified => Self::new(ProblemCode::AlreadyCertified),
            CertificationError::NotALearner(_) => Self::new(ProblemCode::NotALearner),
            CertificationError::NotEligible { lacks, matters } => {
                let lacks = lacks.into_iter().map(lack);
                let matters = matters.into_iter().map(|matter| FieldProblem {
                    pointer: "/approve".to_owned(),
                    fault: FieldFault::NeedsDecision { matter: matter.as_str() },
                });
                Self::new(ProblemCode::NotEligible).with_errors(lacks.chain(matters).collect())
            }
            CertificationError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            CertificationError::NoSuchCourse(_) => Self::new(ProblemCode::CourseNotFound),
            CertificationError::EvaluationStale => Self::new(ProblemCode::EvaluationStale),
            CertificationError::NothingToApprove(_) => {
                Self::invalid_field("/approved", FieldFault::NoSuchThing)
            }
            CertificationError::VersionUnknown => Self::new(ProblemCode::PreconditionRequired),
            CertificationError::Stale => Self::new(ProblemCode::PreconditionFailed),
            CertificationError::Ended(state) => Self::new(ProblemCode::CertificationEnded)
                .with_detail(format!("이미 효력이 끝난 수료증입니다. (state: {})", state.as_str())),
            CertificationError::NotExpiring => Self::new(ProblemCode::CertificationNotExpiring),
            CertificationError::NumbersUsedUp => Self::new(ProblemCode::CertificateNumbersUsedUp),
            CertificationError::Repository(error) => error.into(),
        }
    }
}

/// What is missing for a certification.
fn lack(lack: Lack) -> FieldProblem {
    let (pointer, fault) = match lack {
        Lack::Rate { class_id, rate, threshold, .. } => (
            format!("/classes/{class_id}"),
            FieldFault::RateTooLow {
                rate: rate.map(|rate| rate.to_string()),
                threshold: threshold.to_string(),
            },
        ),
        Lack::Class { class_id } => (format!("/classes/{class_id}"), FieldFault::ClassMissing),
        Lack::Classes { met, needed } => ("/classes".to_owned(), FieldFault::TooFewClasses { met, needed }),
        Lack::Hours { minutes, needed_minutes } => {
            ("/hours".to_owned(), FieldFault::TooFewHours { minutes, needed_minutes })
        }
    };
    FieldProblem { pointer, fault }
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::CourseNotFound(_) => Self::new(ProblemCode::CourseNotFound),
            RuleError::Forbidden => Self::new(ProblemCode::Forbidden),
            RuleError::VersionUnknown => Self::new(ProblemCode::PreconditionRequired),
            RuleError::Stale => Self::new(ProblemCode::PreconditionFailed),
            RuleError::Faulty(faults) => Self::invalid(faults.into_iter().flat_map(rule_faults).collect()),
            RuleError::Repository(error) => error.into(),
        }
    }
}

fn rule_faults(fault: RuleFault) -> Vec<FieldProblem> {
    let at = |path: &str, fault| vec![FieldProblem { pointer: format!("/document/{path}"), fault }];
    let range = |max: u16| FieldFault::OutOfRange { min: 1, max: max.into() };
    match fault {
        RuleFault::NoClasses => at("classes", FieldFault::Empty),
        RuleFault::TooManyClasses => at("classes", FieldFault::TooLong { max: RuleDocument::MAX_CLASSES }),
        RuleFault::Twice => at("classes/class_ids", FieldFault::Twice),
        RuleFault::ForeignClasses(_) => at("classes/class_ids", FieldFault::NoSuchThing),
        RuleFault::Hours => at("min_hours", range(RuleDocument::MAX_HOURS)),
        RuleFault::Months => at("valid_months", range(RuleDocument::MAX_MONTHS)),
        RuleFault::Template => at("template", FieldFault::InvalidFormat),
    }
}

impl From<LeaveError> for Problem {
    fn from(error: LeaveError) -> Self {
        match error {
            LeaveError::NotFound(_) => Self::new(ProblemCode::LeaveRequestNotFound),
            LeaveError::ClassNotFound(_) => Self::invalid_field("/class_id", FieldFault::NoSuchThing),
            LeaveError::Forbidden => Self::new(ProblemCode::Forbidden),
            LeaveError::OwnRequest => Self::new(ProblemCode::OwnLeaveRequest),
            LeaveError::Stale => Self::new(ProblemCode::PreconditionFailed),
            LeaveError::ClassClosed => Self::new(ProblemCode::ClassClosed),
            LeaveError::NotEnrolled => Self::new(ProblemCode::NotOnLeaveDays),
            LeaveError::TooLate(last) => Self::new(ProblemCode::LeaveTooLate)
                .with_detail(format!("공결 신청 기한이 지났습니다. (until: {last})")),
            LeaveError::Lectures(strange) => Self::invalid(
                strange
                    .into_iter()
                    .map(|index| FieldProblem {
                        pointer: format!("/lecture_ids/{index}"),
                        fault: FieldFault::NotEnrolled,
                    })
                    .collect(),
            ),
            LeaveError::Period(fault) => Self::invalid_field("/lecture_ids", fault.into()),
            LeaveError::Overlaps(other) => Self::new(ProblemCode::LeaveOverlaps)
                .with_detail(format!("같은 기간에 이미 공결 신청이 있습니다. (leave_request: {other})")),
            LeaveError::NotPending => Self::new(ProblemCode::LeaveNotPending),
            LeaveError::NotApproved => Self::new(ProblemCode::LeaveNotApproved),
            LeaveError::Repository(error) => error.into(),
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

impl From<PasswordProblem> for Problem {
    fn from(problem: PasswordProblem) -> Self {
        Self::weak_password("/password", problem)
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

impl From<StatisticsError> for Problem {
    fn from(error: StatisticsError) -> Self {
        match error {
            StatisticsError::LectureNotFound(_) => Self::new(ProblemCode::LectureNotFound),
            StatisticsError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            StatisticsError::CourseNotFound(_) => Self::new(ProblemCode::CourseNotFound),
            StatisticsError::UserNotFound(_) => Self::new(ProblemCode::UserNotFound),
            StatisticsError::Forbidden => Self::new(ProblemCode::Forbidden),
            StatisticsError::Range(problem) => match problem {
                RangeProblem::Reversed => bad_parameter("to", FieldFault::Reversed),
                RangeProblem::TooLong { max } => bad_parameter("from", FieldFault::TooLong { max }),
                RangeProblem::OutOfCalendar => {
                    let (min, max) = PeriodRange::YEARS.into_inner();
                    bad_parameter("from", FieldFault::OutOfRange { min: min.into(), max: max.into() })
                }
            },
            StatisticsError::Repository(error) => error.into(),
        }
    }
}
