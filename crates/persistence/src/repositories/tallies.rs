//! What is counted of marks: one statement for the lectures of a scope.
//!
//! A lecture counts once it has begun, unless it was cancelled. Expected at it is every learner whose enrolment holds on its day, and a mark
//! counts for the same people only. Periods of one user in one class never overlap, so nobody is counted twice. Approved leave stands in
//! place of what it excuses. Lectures of which a change is noted are counted here and now, the others are read from their counters.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Integer, Text};
use madang_domain::{
    attendance::{AttendanceStatus, LectureTally, PeriodTally, Tally, TallyFilter, TallyScope},
    ids::{ClassId, CourseId, LectureId, PolicyId},
    page::SortKey,
};

use super::{dialect, records::HOLDS};
use crate::{
    fragment::{Fragment, Statement},
    types::{Id, Instant, instant_text},
};

/// Expected, present, late, early leave, excused, absent, excused without a mark.
pub(super) type CountTypes = (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);
pub(super) type Counts = (i64, i64, i64, i64, i64, i64, i64);

pub(super) type LectureTypes = (Id, Id, Instant, CountTypes);
pub(super) type LectureRow = (LectureId, ClassId, DateTime<Utc>, Counts);

type PeriodTypes = (Integer, Id, BigInt, CountTypes);
pub(super) type PeriodRow = (i32, PolicyId, i64, Counts);

/// A lecture with its title, that of its class, and its course.
pub(super) type UnmarkedRow = (LectureRow, (String, String, CourseId));

/// The columns of a counter, in the order of [`LectureTypes`].
pub(super) const COUNTERS: &str = "lecture_id, class_id, lecture_date, \
     expected, present, late, early_leave, excused, absent, excused_unmarked";

/// A learner is expected at a lecture.
const EXPECTED: &str = "enrolments.class_id = lectures.class_id AND enrolments.role = 'learner' \
     AND enrolments.enrolled_on <= lectures.lecture_on \
     AND (enrolments.left_on IS NULL OR enrolments.left_on > lectures.lecture_on)";

/// The mark of an expected learner.
const MARKS: &str = "LEFT JOIN attendances \
     ON attendances.lecture_id = lectures.id AND attendances.user_id = enrolments.user_id";

/// How many learners are expected, and how many there are of each status.
///
/// The leave of a learner is only looked for where the mark leaves a question.
fn counts() -> String {
    let leave = format!(
        "EXISTS (SELECT 1 FROM leave_requests WHERE leave_requests.status = 'approved' \
         AND leave_requests.class_id = lectures.class_id AND leave_requests.user_id = enrolments.user_id \
         AND CASE WHEN leave_requests.lecture_ids IS NULL \
         THEN lectures.lecture_on BETWEEN leave_requests.first_on AND leave_requests.last_on ELSE {} END)",
        dialect::LEAVE_NAMES_LECTURE
    );
    let marked = |status: AttendanceStatus| format!("attendances.status = '{}'", status.as_str());
    let mut columns = vec!["count(enrolments.id) AS expected".to_owned()];
    columns.extend(AttendanceStatus::ALL.map(|status| {
        let condition = match status {
            AttendanceStatus::Present => marked(status),
            AttendanceStatus::Excused => format!(
                "{} OR ((attendances.status IS NULL OR attendances.status NOT IN ('present', 'excused')) AND {leave})",
                marked(status)
            ),
            AttendanceStatus::Late | AttendanceStatus::EarlyLeave | AttendanceStatus::Absent => {
                format!("{} AND NOT {leave}", marked(status))
            }
        };
        format!("count(*) FILTER (WHERE {condition}) AS {}", status.as_str())
    }));
    columns
        .push(format!("count(*) FILTER (WHERE attendances.status IS NULL AND {leave}) AS excused_unmarked"));
    columns.join(", ")
}

/// What is counted here and now at lectures, in the columns of [`COUNTERS`]; what follows is the condition on `lectures`, and what
/// comes last.
pub(super) fn counted() -> (Fragment, &'static str) {
    let (select, end) = dialect::counted_per_lecture(&counts(), "enrolments", EXPECTED, MARKS);
    (Fragment::sql(format!("{select} WHERE lectures.cancelled_at IS NULL AND ")), end)
}

/// A change is noted of a lecture; `lecture` names its columns of class and id. Two questions, because one with an OR would read every
/// note of the class; and one before them, which is asked once, because mostly nothing is noted at all.
pub(super) fn noted(lecture: (&str, &str)) -> String {
    let [of_all, of_it] = notes(lecture);
    format!("EXISTS (SELECT 1 FROM statistics_changes) AND ({of_all} OR {of_it})")
}

/// No change is noted of a lecture.
pub(super) fn unnoted(lecture: (&str, &str)) -> String {
    let [of_all, of_it] = notes(lecture);
    format!("NOT {of_all} AND NOT {of_it}")
}

fn notes((class, lecture): (&str, &str)) -> [String; 2] {
    ["IS NULL", &format!("= {lecture}")].map(|what| {
        format!(
            "EXISTS (SELECT 1 FROM statistics_changes AS noted WHERE noted.class_id = {class} \
             AND noted.lecture_id {what})"
        )
    })
}

pub(super) const OF_LECTURES: (&str, &str) = ("lectures.class_id", "lectures.id");
pub(super) const OF_COUNTERS: (&str, &str) = ("lecture_counters.class_id", "lecture_counters.lecture_id");

pub(super) fn of_lectures(scope: TallyScope, as_of: DateTime<Utc>) -> Statement<LectureTypes> {
    let within = |query: Fragment, table: &str, id: &str| {
        let query = query.then(format!("{table}.lecture_date <= ")).bind(as_of).then(" AND ");
        match scope {
            TallyScope::Lecture(lecture) => query.then(format!("{table}.{id} = ")).bind(lecture.0),
            TallyScope::Class(class) => query.then(format!("{table}.class_id = ")).bind(class.0),
            TallyScope::Course(course) => query
                .then(format!(
                    "{table}.class_id IN (SELECT classes.id FROM classes WHERE classes.course_id = "
                ))
                .bind(course.0)
                .then(")"),
        }
    };
    let kept = within(
        Fragment::sql(format!("SELECT {COUNTERS} FROM lecture_counters WHERE ")),
        "lecture_counters",
        "lecture_id",
    )
    .then(format!(" AND {} UNION ALL ", unnoted(OF_COUNTERS)));
    let (select, end) = counted();
    within(kept.append(select), "lectures", "id")
        .then(format!(" AND {}{end} ORDER BY 3, 1", noted(OF_LECTURES)))
        .into_statement()
}

/// What was counted in spans of time that follow one another, for each policy.
///
/// The spans come first in both joins, so that each reads its own part of an index.
pub(super) fn of_spans(
    bounds: &[DateTime<Utc>],
    filter: &TallyFilter,
    as_of: DateTime<Utc>,
) -> Statement<PeriodTypes> {
    let spans: Vec<serde_json::Value> = bounds
        .iter()
        .zip(bounds.iter().skip(1))
        .enumerate()
        .map(|(place, (from, to))| {
            serde_json::json!({"place": place, "starts": instant_text(from), "ends": instant_text(to)})
        })
        .collect();
    let spans = serde_json::Value::from(spans).to_string();
    let (open, close) = dialect::spans();
    let within = |query: Fragment, table: &str| {
        let query = query.then(format!("{table}.lecture_date <= ")).bind(as_of);
        match classes_of(filter) {
            Some(classes) => query.then(format!(" AND {table}.class_id IN (")).append(classes).then(")"),
            None => query,
        }
    };
    let spanned = |table: &str| {
        format!("{table}.lecture_date >= spans.starts AND {table}.lecture_date < spans.ends AND ")
    };
    let sums: Vec<String> =
        COUNTERS.split(", ").skip(3).map(|column| format!("CAST(sum(counted.{column}) AS bigint)")).collect();
    let sums = sums.join(", ");
    let begin = Fragment::sql(format!(
        "SELECT counted.place, class_policy_pins.policy_id, count(*), {sums} FROM (\
         SELECT spans.place, {} FROM ",
        columns_of("lecture_counters")
    ))
    .then(open)
    .bind(spans.clone())
    .then(close)
    .then(format!(" AS spans CROSS JOIN lecture_counters WHERE {}", spanned("lecture_counters")));
    let kept = within(begin, "lecture_counters").then(format!(
        " AND {} UNION ALL SELECT spans.place, {} FROM ",
        unnoted(OF_COUNTERS),
        columns_of("fresh")
    ));
    let (select, end) = counted();
    within(kept.append(Fragment::sql("(")).append(select), "lectures")
        .then(format!(" AND {}{end}) AS fresh CROSS JOIN ", noted(OF_LECTURES)))
        .then(open)
        .bind(spans)
        .then(close)
        .then(format!(
            " AS spans WHERE {}true) AS counted JOIN class_policy_pins ON class_policy_pins.class_id = counted.class_id \
             AND {HOLDS} GROUP BY counted.place, class_policy_pins.policy_id ORDER BY 1, 2",
            spanned("fresh")
        ))
        .into_statement()
}

/// Lectures that began in a span of time, of open classes, and at which marks are missing.
pub(super) fn unmarked(
    filter: &TallyFilter,
    since: DateTime<Utc>,
    as_of: DateTime<Utc>,
    most: SortKey,
) -> Statement<(LectureTypes, (Text, Text, Id))> {
    let within = |query: Fragment, table: &str| {
        let query = query
            .then(format!("{table}.lecture_date > "))
            .bind(since)
            .then(format!(" AND {table}.lecture_date <= "))
            .bind(as_of);
        match classes_of(filter) {
            Some(classes) => query.then(format!(" AND {table}.class_id IN (")).append(classes).then(")"),
            None => query,
        }
    };
    let begin = Fragment::sql(format!(
        "SELECT {}, lectures.title, classes.title, classes.course_id \
         FROM (SELECT {COUNTERS} FROM lecture_counters WHERE ",
        columns_of("counted")
    ));
    let kept = within(begin, "lecture_counters").then(format!(" AND {} UNION ALL ", unnoted(OF_COUNTERS)));
    let (select, end) = counted();
    within(kept.append(select), "lectures")
        .then(format!(
            " AND {}{end}) AS counted JOIN lectures ON lectures.id = counted.lecture_id \
             JOIN classes ON classes.id = counted.class_id AND classes.closed_at IS NULL \
             WHERE counted.expected > counted.present + counted.late + counted.early_leave + counted.excused \
             + counted.absent - counted.excused_unmarked ORDER BY 3 DESC, 1 DESC LIMIT ",
            noted(OF_LECTURES)
        ))
        .bind(most)
        .into_statement()
}

fn columns_of(table: &str) -> String {
    let columns: Vec<String> = COUNTERS.split(", ").map(|column| format!("{table}.{column}")).collect();
    columns.join(", ")
}

/// The ids of the classes that a filter lets through; `None` for all.
pub(super) fn classes_of(filter: &TallyFilter) -> Option<Fragment> {
    let TallyFilter { course, class, lecturer, keyword } = filter;
    let mut conditions = Vec::new();
    if let Some(course) = course {
        conditions.push(Fragment::sql("classes.course_id = ").bind(course.0));
    }
    if let Some(class) = class {
        conditions.push(Fragment::sql("classes.id = ").bind(class.0));
    }
    if let Some(lecturer) = lecturer {
        conditions.push(
            Fragment::sql(
                "EXISTS (SELECT 1 FROM enrolments AS teaching WHERE teaching.class_id = classes.id \
                 AND teaching.role = 'lecturer' AND teaching.user_id = ",
            )
            .bind(lecturer.0)
            .then(")"),
        );
    }
    if let Some(keyword) = keyword {
        conditions.push(
            Fragment::sql("classes.course_id IN (SELECT courses.id FROM courses WHERE courses.keyword = ")
                .bind(keyword.as_str().to_owned())
                .then(")"),
        );
    }
    let all = conditions.into_iter().reduce(|all, next| all.then(" AND ").append(next))?;
    Some(Fragment::sql("SELECT classes.id FROM classes WHERE ").append(all))
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
    let (tally, excused_unmarked) = tally(counts);
    LectureTally { lecture_id, class_id, starts_at, tally, excused_unmarked }
}

pub(super) fn period_tally((place, policy_id, lectures, counts): PeriodRow) -> PeriodTally {
    PeriodTally {
        place: usize::try_from(place).unwrap_or_default(),
        policy_id,
        lectures: number(lectures),
        tally: tally(counts).0,
    }
}

/// The order is that of [`AttendanceStatus::ALL`].
fn tally((expected, present, late, early_leave, excused, absent, unmarked): Counts) -> (Tally, u64) {
    let tally = Tally {
        present: number(present),
        late: number(late),
        early_leave: number(early_leave),
        excused: number(excused),
        absent: number(absent),
        expected: number(expected),
    };
    (tally, number(unmarked))
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
