//! Attendance: marks, check-in, policies, leave, closing, statistics.

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use chrono::SecondsFormat;
use madang_domain::attendance::{
    AttendanceError, ClosingError, Refusal,
    capture::{CaptureError, CodeProblem},
    counters::CounterError,
    leave::LeaveError,
    policies::PolicyError,
    policy::PolicyFaultKind,
};
use madang_reporting::reports::ReportError;
use madang_reporting::statistics::{PeriodRange, RangeProblem, StatisticsError};

use crate::{
    problem::{FieldFault, FieldProblem, Problem, ProblemCode},
    request::bad_parameter,
};

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Statistics(error) => error.into(),
            ReportError::Attendance(error) => error.into(),
            ReportError::NoSuchChart => {
                bad_parameter("kind", FieldFault::NotOneOf { allowed: "bars, stacked".to_owned() })
            }
            ReportError::Repository(error) => error.into(),
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

impl From<CounterError> for Problem {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::Forbidden => Self::new(ProblemCode::Forbidden),
            CounterError::Repository(error) => error.into(),
        }
    }
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
