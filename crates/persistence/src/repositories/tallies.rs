//! What is counted of marks: one statement for the lectures of a scope.
//!
//! A lecture counts once it has begun, unless it was cancelled. Expected at it is every learner whose enrolment holds on its day, and a mark
//! counts for the same people only. Periods of one user in one class never overlap, so nobody is counted twice.

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;
use madang_domain::{
    attendance::{AttendanceStatus, LectureTally, Tally, TallyScope},
    ids::{ClassId, LectureId},
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

/// A learner is expected at a lecture.
const EXPECTED: &str = "enrolments.class_id = lectures.class_id AND enrolments.role = 'learner' \
     AND enrolments.enrolled_on <= lectures.lecture_on \
     AND (enrolments.left_on IS NULL OR enrolments.left_on > lectures.lecture_on)";

/// The mark of an expected learner.
const MARKS: &str = "LEFT JOIN attendances \
     ON attendances.lecture_id = lectures.id AND attendances.user_id = enrolments.user_id";

/// How many learners are expected, and how many marks there are of each status.
fn counts() -> String {
    let mut columns = vec!["count(enrolments.id)".to_owned()];
    columns.extend(AttendanceStatus::ALL.map(|status| {
        format!("count(attendances.id) FILTER (WHERE attendances.status = '{}')", status.as_str())
    }));
    columns.join(", ")
}

pub(super) fn of_lectures(scope: TallyScope, as_of: DateTime<Utc>) -> Statement<LectureTypes> {
    let course_of = "lectures.class_id IN (SELECT classes.id FROM classes WHERE classes.course_id = ";
    let (select, end) = dialect::counted_per_lecture(&counts(), "enrolments", EXPECTED, MARKS);
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

/// All marks of a lecture, and those of users who are not expected there.
pub(super) fn marks_at(lecture: LectureId) -> Statement<(BigInt, BigInt)> {
    Fragment::sql(format!(
        "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM enrolments \
         WHERE enrolments.user_id = attendances.user_id AND {EXPECTED})) \
         FROM attendances JOIN lectures ON lectures.id = attendances.lecture_id WHERE attendances.lecture_id = "
    ))
    .bind(lecture.0)
    .into_statement()
}

pub(super) fn lecture_tally((lecture_id, class_id, starts_at, counts): LectureRow) -> LectureTally {
    LectureTally { lecture_id, class_id, starts_at, tally: tally(counts) }
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
