//! Courses, classes, lectures, enrolments.

use madang_domain::{
    learning::{
        calendars::CalendarError,
        classes::ClassError,
        courses::CourseError,
        enrolments::{EnrolmentError, EnrolmentRefusal},
        lectures::LectureError,
    },
    recurrence::{Recurrence, RecurrenceProblem},
};

use crate::problem::{FieldFault, FieldProblem, Problem, ProblemCode};

impl From<CalendarError> for Problem {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::NotFound => Self::new(ProblemCode::CalendarNotFound),
            CalendarError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            CalendarError::Forbidden => Self::new(ProblemCode::Forbidden),
            CalendarError::TooMany => Self::new(ProblemCode::TooManyCalendars),
            CalendarError::Repository(error) => error.into(),
        }
    }
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
