//! Whom a certification may be for: the course and classes of a cohort, and what must be known of each learner.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Bool, Date, Integer, Nullable, Text};
use madang_domain::{
    certification::{Candidacy, Candidate, Cohort, CompletionStamp, HolderDetails, rules::CompletionRule},
    error::RepositoryResult,
    ids::{CertificationId, ClassId, CompletionRuleId, CourseId, UserId},
};
use serde_json::Value;

use super::dialect;
use crate::{
    fragment::{Fragment, Statement},
    rows::parsed,
    types::{Document, Id},
};

type RuleColumns = (Option<CompletionRuleId>, Option<i32>, Option<String>, Option<Value>);
pub(super) type CandidateRow = (
    (String, RuleColumns),
    (UserId, String, Option<String>, Option<NaiveDate>),
    (Option<CertificationId>, bool, bool),
);
pub(super) type CandidateTypes = (
    (Text, (Nullable<Id>, Nullable<Integer>, Nullable<Text>, Nullable<Document>)),
    (Id, Text, Nullable<Text>, Nullable<Date>),
    (Nullable<Id>, Bool, Bool),
);

/// The rule that a course goes by, if it has one of its own.
pub(super) const CURRENT_RULE: &str = "LEFT JOIN completion_rules AS rules ON rules.course_id = courses.id AND NOT EXISTS (\
     SELECT 1 FROM completion_rules AS later WHERE later.course_id = rules.course_id AND later.version = rules.version + 1)";

/// An earlier certification that was revoked.
pub(super) const REVOKED: &str = "earlier.state = 'revoked'";

/// An earlier certification that holds at a moment.
pub(super) fn holds(as_of: DateTime<Utc>) -> Fragment {
    Fragment::sql("(earlier.state = 'issued' AND (earlier.expires_at IS NULL OR earlier.expires_at > ")
        .bind(as_of)
        .then("))")
}

/// An earlier certification of which the time is over at a moment, whether that is written down or not.
pub(super) fn expired(as_of: DateTime<Utc>) -> Fragment {
    Fragment::sql("(earlier.state = 'expired' OR (earlier.state = 'issued' AND earlier.expires_at <= ")
        .bind(as_of)
        .then("))")
}

pub(super) fn candidates(
    course: CourseId,
    users: &[UserId],
    as_of: DateTime<Utc>,
) -> Statement<CandidateTypes> {
    let earlier =
        "FROM certifications AS earlier WHERE earlier.user_id = users.id AND earlier.course_id = courses.id";
    Fragment::sql(format!(
        "SELECT courses.title, rules.id, rules.version, rules.digest, rules.document, \
         users.id, users.name, holders.name_roman, holders.birth_date, (SELECT earlier.id {earlier} AND "
    ))
    .append(holds(as_of))
    .then(format!("), EXISTS (SELECT 1 {earlier} AND {REVOKED}), EXISTS (SELECT 1 {earlier} AND "))
    .append(expired(as_of))
    .then(format!(
        ") FROM courses CROSS JOIN users \
         LEFT JOIN certificate_holders AS holders ON holders.user_id = users.id {CURRENT_RULE} WHERE courses.id = "
    ))
    .bind(course.0)
    .then(" AND ")
    .append(dialect::is_one_of("users.id", users))
    .into_statement()
}

pub(super) fn candidacy(rows: Vec<CandidateRow>) -> RepositoryResult<Option<Candidacy>> {
    let Some(((course_title, rule), _, _)) = rows.first() else { return Ok(None) };
    let rule = match rule {
        (Some(id), Some(version), Some(digest), Some(document)) => CompletionStamp {
            id: Some(*id),
            version: *version,
            digest: digest.clone(),
            document: parsed(serde_json::from_value(document.clone()), "completion_rules.document")?,
        },
        _ => CompletionRule::stamp(None),
    };
    let course_title = course_title.clone();
    let people = rows.into_iter().map(|(_, (user_id, name, name_roman, birth_date), earlier)| {
        let (holds, was_revoked, has_expired) = earlier;
        let details = HolderDetails { name_roman, birth_date };
        Candidate { user_id, name, details, holds, was_revoked, has_expired }
    });
    Ok(Some(Candidacy { course_title, rule, people: people.collect() }))
}

/// The course of a cohort.
pub(super) fn course_of(cohort: Cohort) -> Fragment {
    match cohort {
        Cohort::Course(course) => Fragment::sql("courses.id = ").bind(course.0),
        Cohort::Class(class) => {
            let of_class =
                "courses.id = (SELECT of_class.course_id FROM classes AS of_class WHERE of_class.id = ";
            Fragment::sql(of_class).bind(class.0).then(")")
        }
    }
}

/// A class, and those in which its learners are or were learners too.
pub(super) fn shared_with(class: ClassId) -> Fragment {
    Fragment::sql("(classes.id = ")
        .bind(class.0)
        .then(
            " OR classes.id IN (SELECT elsewhere.class_id FROM enrolments AS here \
             JOIN enrolments AS elsewhere ON elsewhere.user_id = here.user_id AND elsewhere.role = 'learner' \
             WHERE here.role = 'learner' AND here.class_id = ",
        )
        .bind(class.0)
        .then("))")
}
