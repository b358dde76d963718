//! What the policy engine said of classes and learners, and whether that still holds.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Bool, Date, Nullable, Text};
use madang_domain::{
    attendance::{
        TallyFilter,
        counters::{ClassStanding, EnrolledLearner, Kept, KeptClass},
    },
    error::RepositoryResult,
    ids::{ClassId, CourseId, PolicyId, UserId},
    learning::enrolments::EnrolmentPeriod,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{records::HOLDS, tallies};
use crate::{
    fragment::{Fragment, Statement},
    rows::parsed,
    types::{Document, Id, Instant},
};

/// Nothing is noted of a class.
pub(super) const UNNOTED: &str =
    "NOT EXISTS (SELECT 1 FROM statistics_changes WHERE statistics_changes.class_id = ";
/// A class has been assessed, and nothing has been folded into it since.
pub(super) const UNFOLDED: &str = "class_standings.assessed_revision = class_standings.revision";

/// What is kept, since when, until when, and whether nothing has changed.
pub(super) type KeptTypes = (Nullable<Document>, Nullable<Instant>, Nullable<Instant>, Bool);
pub(super) type KeptRow = (Option<Value>, Option<DateTime<Utc>>, Option<DateTime<Utc>>, bool);

pub(super) type ClassTypes = ((Id, Text, Bool), (Id, Text, Date, Date, Bool), (Id, Bool, Text), KeptTypes);
pub(super) type ClassRow = (
    (CourseId, String, bool),
    (ClassId, String, NaiveDate, NaiveDate, bool),
    (PolicyId, bool, String),
    KeptRow,
);

/// The last day of a class; the days of a place of a learner; when a certification that rests on the class and holds was issued.
pub(super) const PLACE_COLUMNS: &str = "classes.end_date, enrolments.enrolled_on, enrolments.left_on, \
     (SELECT max(certifications.issued_at) FROM certifications \
     WHERE certifications.user_id = enrolments.user_id AND certifications.state = 'issued' \
     AND EXISTS (SELECT 1 FROM certification_classes AS resting \
     WHERE resting.certification_id = certifications.id AND resting.class_id = enrolments.class_id))";
/// From where those are taken.
pub(super) const PLACES: &str = "enrolments JOIN classes ON classes.id = enrolments.class_id \
     WHERE enrolments.role = 'learner' AND enrolments.status <> 'waiting'";
pub(super) type PlaceTypes = (Date, Date, Nullable<Date>, Nullable<Instant>);
pub(super) type PlaceRow = (NaiveDate, NaiveDate, Option<NaiveDate>, Option<DateTime<Utc>>);

pub(super) fn place(
    class_id: ClassId,
    user_id: UserId,
    (class_ends_on, enrolled_on, left_on, certified_at): PlaceRow,
) -> RepositoryResult<EnrolledLearner> {
    let period = parsed(EnrolmentPeriod::new(enrolled_on, left_on), "enrolments.left_on")?;
    Ok(EnrolledLearner { class_id, class_ends_on, user_id, period, certified_at })
}

/// The columns of classes with what is kept of them.
pub(super) fn class_columns() -> String {
    format!(
        "courses.id, courses.title, courses.is_active, classes.id, classes.title, classes.begin_date, \
         classes.end_date, classes.is_active, class_policy_pins.policy_id, \
         EXISTS (SELECT 1 FROM enrolments WHERE enrolments.class_id = classes.id \
         AND (enrolments.transferred_from IS NOT NULL OR enrolments.status = 'transferred')), \
         CAST(COALESCE(class_standings.revision, 0) AS text) || '-' || CAST((SELECT count(*) \
         FROM statistics_changes WHERE statistics_changes.class_id = classes.id) AS text), \
         class_standings.figures, class_standings.assessed_at, class_standings.holds_until, \
         COALESCE({UNFOLDED} AND {UNNOTED}classes.id), false)"
    )
}

/// From where those are taken.
pub(super) fn class_tables() -> String {
    format!(
        "classes JOIN courses ON courses.id = classes.course_id \
         JOIN class_policy_pins ON class_policy_pins.class_id = classes.id AND {HOLDS} \
         LEFT JOIN class_standings ON class_standings.class_id = classes.id"
    )
}

/// Their order: by their first days.
pub(super) const IN_TIME: &str = " ORDER BY classes.begin_date, classes.id";

/// Classes with what is kept of them.
pub(super) fn of_classes(filter: &TallyFilter) -> Statement<ClassTypes> {
    let all = Fragment::sql(format!("SELECT {} FROM {}", class_columns(), class_tables()));
    let wanted = match tallies::classes_of(filter) {
        Some(classes) => all.then(" WHERE classes.id IN (").append(classes).then(")"),
        None => all,
    };
    wanted.then(IN_TIME).into_statement()
}

/// What the figures of these classes rest on, whether all of them are assessed, and until when that holds.
pub(super) fn version(
    filter: &TallyFilter,
    now: DateTime<Utc>,
) -> Statement<(Text, Bool, Nullable<Instant>)> {
    // A class that comes to be meant has been assessed later than all that were.
    let begin = Fragment::sql(
        "SELECT CAST(count(*) AS text) || '-' || CAST(COALESCE(sum(class_standings.revision), 0) AS text) \
         || '-' || COALESCE(CAST(max(class_standings.assessed_at) AS text), ''), \
         count(*) FILTER (WHERE class_standings.class_id IS NULL OR ",
    )
    .append(due(now))
    .then(") = 0 AND NOT EXISTS (SELECT 1 FROM statistics_changes");
    let (noted, wanted) = match (tallies::classes_of(filter), tallies::classes_of(filter)) {
        (Some(noted), Some(wanted)) => (
            Fragment::sql(" WHERE statistics_changes.class_id IN (").append(noted).then(")"),
            Fragment::sql(" WHERE classes.id IN (").append(wanted).then(")"),
        ),
        _ => (Fragment::sql(""), Fragment::sql("")),
    };
    begin
        .append(noted)
        .then(
            "), min(class_standings.holds_until) FROM classes \
             LEFT JOIN class_standings ON class_standings.class_id = classes.id",
        )
        .append(wanted)
        .into_statement()
}

/// A class of which the engine's view is behind at a moment.
pub(super) fn due(now: DateTime<Utc>) -> Fragment {
    Fragment::sql(format!(
        "(class_standings.assessed_revision IS NULL OR NOT {UNFOLDED} OR class_standings.holds_until <= "
    ))
    .bind(now)
    .then(")")
}

pub(super) fn revisions() -> Fragment {
    Fragment::sql(format!(
        "SELECT class_standings.class_id, class_policy_pins.policy_id, class_standings.revision FROM class_standings \
         JOIN class_policy_pins ON class_policy_pins.class_id = class_standings.class_id AND {HOLDS} WHERE "
    ))
}

pub(super) fn kept_class((course, class, (policy_id, is_moved, version), row): ClassRow) -> KeptClass {
    let (course_id, course_title, course_is_active) = course;
    let (class_id, title, begin_date, end_date, is_active) = class;
    KeptClass {
        course_id,
        course_title,
        course_is_active,
        class_id,
        title,
        begin_date,
        end_date,
        is_active,
        policy_id,
        is_moved,
        version,
        kept: kept::<ClassStanding>(row),
    }
}

pub(super) fn kept<T: DeserializeOwned>(
    (figures, assessed_at, holds_until, is_unchanged): KeptRow,
) -> Kept<T> {
    // What another build kept in another form is as good as nothing: it is assessed anew.
    let standing = figures.and_then(|figures| serde_json::from_value(figures).ok());
    Kept { standing, assessed_at, holds_until, is_unchanged }
}

pub(super) fn document<T: DeserializeOwned>(figures: Value) -> RepositoryResult<T> {
    Ok(parsed(serde_json::from_value(figures), "figures")?)
}
