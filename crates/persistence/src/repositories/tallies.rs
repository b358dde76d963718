//! What is counted of marks: one statement for the lectures of a scope, one for the classes of a learner.
//!
//! A lecture counts once it has begun, unless it was cancelled. Expected at it is every learner whose enrolment holds on its day, and a mark
//! counts for the same people only. Periods of one user in one class never overlap, so nobody is counted twice.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use madang_domain::{
    attendance::{AttendanceStatus, LearnerTally, LectureTally, Tally, TallyScope},
    ids::{ClassId, CourseId, LectureId, UserId},
};

use super::dialect;
use crate::{
    fragment::{Fragment, Statement},
    types::{Id, Instant},
};

/// Expected, present, late, early leave, excused, absent.
type CountTypes = (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);
type Counts = (i64, i64, i64, i64, i64, i64);

type LectureTypes = (Id, Id, Instant, CountTypes);
pub(super) type LectureRow = (LectureId, ClassId, DateTime<Utc>, Counts);

type LearnerTypes = ((Id, Text), (Id, Text, Date, Date), (Date, Nullable<Date>), CountTypes);
pub(super) type LearnerRow =
    ((CourseId, String), (ClassId, String, NaiveDate, NaiveDate), (NaiveDate, Option<NaiveDate>), Counts);

/// A learner is expected at a lecture.
const EXPECTED: &str = "enrolments.class_id = lectures.class_id AND enrolments.role = 'learner' \
     AND enrolments.enrolled_on <= lectures.lecture_on \
     AND (enrolments.left_on IS NULL OR enrolments.left_on > lectures.lecture_on)";

/// The mark of an expected learner.
const MARKS: &str = "LEFT JOIN attendances \
     ON attendances.lecture_id = lectures.id AND attendances.user_id = enrolments.user_id";

/// How many learners or lectures there are that expect a mark, and how many marks of each status.
fn counts(expecting: &str) -> String {
    let mut columns = vec![format!("count({expecting}.id)")];
    columns.extend(AttendanceStatus::ALL.map(|status| {
        format!("count(attendances.id) FILTER (WHERE attendances.status = '{}')", status.as_str())
    }));
    columns.join(", ")
}

pub(super) fn of_lectures(scope: TallyScope, as_of: DateTime<Utc>) -> Statement<LectureTypes> {
    let course_of = "lectures.class_id IN (SELECT classes.id FROM classes WHERE classes.course_id = ";
    let (select, end) = dialect::counted_per_lecture(&counts("enrolments"), "enrolments", EXPECTED, MARKS);
    let query = Fragment::sql(format!("{select} WHERE lectures.lecture_date <= "))
        .bind(as_of)
        .then(" AND lectures.cancelled_at IS NULL AND ");
    let query = match scope {
        TallyScope::Lecture(lecture) => query.then("lectures.id = ").bind(lecture.0),
        TallyScope::Class(class) => query.then("lectures.class_id = ").bind(class.0),
        TallyScope::Course(course) => query.then(course_of).bind(course.0).then(")"),
        TallyScope::Between { from, to, course } => {
            let query = query
                .then("lectures.lecture_date >= ")
                .bind(from)
                .then(" AND lectures.lecture_date < ")
                .bind(to);
            match course {
                Some(course) => query.then(" AND ").then(course_of).bind(course.0).then(")"),
                None => query,
            }
        }
    };
    query.then(end).then(" ORDER BY lectures.lecture_date, lectures.id").into_statement()
}

/// An enrolment is open if one of its periods is; all periods in one class make one tally.
pub(super) fn of_learner(
    user: UserId,
    course: Option<CourseId>,
    as_of: DateTime<Utc>,
) -> Statement<LearnerTypes> {
    let query = Fragment::sql(format!(
        "SELECT courses.id, courses.title, classes.id, classes.title, classes.begin_date, classes.end_date, \
         min(enrolments.enrolled_on), \
         CASE WHEN sum(CASE WHEN enrolments.left_on IS NULL THEN 1 ELSE 0 END) = 0 \
         THEN max(enrolments.left_on) END, {} \
         FROM enrolments JOIN classes ON classes.id = enrolments.class_id \
         JOIN courses ON courses.id = classes.course_id \
         LEFT JOIN lectures ON {EXPECTED} AND lectures.cancelled_at IS NULL AND lectures.lecture_date <= ",
        counts("lectures")
    ))
    .bind(as_of)
    .then(format!(
        " {MARKS} WHERE enrolments.role = 'learner' AND enrolments.status <> 'waiting' \
         AND enrolments.user_id = "
    ))
    .bind(user.0);
    let query = match course {
        Some(course) => query.then(" AND classes.course_id = ").bind(course.0),
        None => query,
    };
    query
        .then(
            " GROUP BY courses.id, courses.title, classes.id, classes.title, classes.begin_date, classes.end_date \
             ORDER BY classes.begin_date DESC, classes.id DESC",
        )
        .into_statement()
}

pub(super) fn lecture_tally((lecture_id, class_id, starts_at, counts): LectureRow) -> LectureTally {
    LectureTally { lecture_id, class_id, starts_at, tally: tally(counts) }
}

pub(super) fn learner_tally(user_id: UserId, (course, class, period, counts): LearnerRow) -> LearnerTally {
    let (course_id, course_title) = course;
    let (class_id, class_title, begin_date, end_date) = class;
    let (enrolled_on, left_on) = period;
    LearnerTally {
        user_id,
        course_id,
        course_title,
        class_id,
        class_title,
        begin_date,
        end_date,
        enrolled_on,
        left_on,
        tally: tally(counts),
    }
}

/// The order is that of [`AttendanceStatus::ALL`].
fn tally((expected, present, late, early_leave, excused, absent): Counts) -> Tally {
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    Tally {
        present: number(present),
        late: number(late),
        early_leave: number(early_leave),
        excused: number(excused),
        absent: number(absent),
        expected: number(expected),
    }
}
