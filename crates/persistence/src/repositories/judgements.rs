//! What the rules of courses say of their learners: what is needed to judge, and what was judged.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};
use madang_domain::{
    attendance::{
        TallyFilter,
        counters::{Kept, ScopeVersion},
    },
    certification::{
        ClassOutcome, Earlier,
        eligible::{
            Candidates, CourseJudgement, EarlierOf, Eligibles, JudgementRepository, KeptCandidate,
            KeptCompletion, Unjudged,
        },
        rules::RuleDocument,
    },
    error::{Pending, RepositoryResult},
    ids::{ClassId, CourseId, UserId},
    page::SortKey,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Session, bulk,
    cohorts::{CURRENT_RULE, REVOKED, expired, holds},
    dialect,
    standings::{
        self, ClassRow, ClassTypes, IN_TIME, PLACE_COLUMNS, PLACES, class_columns, class_tables, due,
        kept_class,
    },
    tallies,
};
use crate::{
    fragment::{Fragment, Statement},
    rows::{
        Row, parsed,
        standings::{ClassJudgementRow, CourseJudgementRow},
    },
    types::{Document, Id, Instant},
};

/// One of four: the rule of a course; what is kept of a learner in a class; a place in a class; what a user was certified for.
type CandidateTypes = (
    (Id, Nullable<Id>, Nullable<Id>),
    Nullable<Document>,
    (Nullable<Bool>, Nullable<Bool>, Nullable<BigInt>),
    (Nullable<Date>, Nullable<Date>, Nullable<Date>, Nullable<Instant>),
    (Nullable<Bool>, Nullable<Bool>, Nullable<Bool>, Nullable<Instant>),
);
type CandidateRow = (
    (CourseId, Option<ClassId>, Option<UserId>),
    Option<Value>,
    (Option<bool>, Option<bool>, Option<i64>),
    (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>, Option<DateTime<Utc>>),
    (Option<bool>, Option<bool>, Option<bool>, Option<DateTime<Utc>>),
);

/// Whether the class is meant; how its course was judged: at which revision, whether that is the last one, when, until when; and
/// what came out.
type JudgedTypes = (Bool, (Nullable<BigInt>, Bool, Nullable<Instant>, Nullable<Instant>), (BigInt, BigInt));
type JudgedRow = (bool, (Option<i64>, bool, Option<DateTime<Utc>>, Option<DateTime<Utc>>), (i64, i64));

/// What is kept, whether it is settled, and until when that holds of classes and of courses.
type VersionTypes = (Text, Bool, Nullable<Instant>, Nullable<Instant>);
type VersionRow = (String, bool, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Nothing of a row, in the types of its columns: of the outcome of a class, of a place, and of what was certified.
const NO_OUTCOME: &str = "CAST(NULL AS boolean), CAST(NULL AS boolean), CAST(NULL AS bigint)";
const NO_PLACE: &str =
    "CAST(NULL AS date), CAST(NULL AS date), CAST(NULL AS date), CAST(NULL AS timestamptz)";
const NOTHING_EARLIER: &str =
    "CAST(NULL AS boolean), CAST(NULL AS boolean), CAST(NULL AS boolean), CAST(NULL AS timestamptz)";

/// A course has been judged, and has not gone on since.
const JUDGED: &str = "course_judgements.judged_revision = course_judgements.revision";

impl JudgementRepository for Session {
    fn unjudged(&mut self, now: DateTime<Utc>, most: i32) -> Pending<'_, Vec<Unjudged>> {
        Box::pin(async move {
            let query = || -> Statement<(Id, BigInt)> {
                Fragment::sql("SELECT course_id, revision FROM course_judgements WHERE ")
                    .append(undecided(now))
                    .then(" ORDER BY course_id LIMIT ")
                    .bind(SortKey::Integer(most))
                    .into_statement()
            };
            let rows: Vec<(CourseId, i64)> = self.rows(query).await?;
            Ok(rows.into_iter().map(|(course_id, revision)| Unjudged { course_id, revision }).collect())
        })
    }

    fn candidates<'a>(
        &'a mut self,
        courses: &'a [CourseId],
        live: &'a [ClassId],
        now: DateTime<Utc>,
    ) -> Pending<'a, Candidates> {
        Box::pin(async move {
            let rows: Vec<CandidateRow> = self.rows(|| candidates(courses, live, now)).await?;
            read(rows)
        })
    }

    fn keep<'a>(&'a mut self, judged: &'a [(i64, CourseJudgement)]) -> Pending<'a, usize> {
        Box::pin(async move {
            if judged.is_empty() {
                return Ok(0);
            }
            let row = |(revision, one): &(i64, CourseJudgement)| CourseJudgementRow {
                course_id: one.course_id,
                revision: *revision,
                judged_revision: Some(*revision),
                judged_at: Some(one.at),
                holds_until: one.holds_until,
            };
            let rows: Vec<CourseJudgementRow> = judged.iter().map(row).collect();
            let columns = CourseJudgementRow::COLUMNS.join(", ");
            let keep = bulk::given_fragment(
                format!("INSERT INTO course_judgements ({columns}) SELECT {columns} FROM "),
                &rows,
                " WHERE true ORDER BY course_id ON CONFLICT (course_id) DO UPDATE SET \
                 judged_revision = excluded.judged_revision, judged_at = excluded.judged_at, \
                 holds_until = excluded.holds_until \
                 WHERE course_judgements.revision = excluded.revision RETURNING course_id",
            )?;
            let kept: Vec<CourseId> = self.rows(move || keep.clone().into_statement::<Id>()).await?;
            let rows = judged.iter().filter(|(_, one)| kept.contains(&one.course_id)).flat_map(|(_, one)| {
                one.classes.iter().map(|(class_id, counts)| ClassJudgementRow {
                    class_id: *class_id,
                    course_id: one.course_id,
                    eligible: i64::try_from(counts.eligible).unwrap_or(i64::MAX),
                    needs_decision: i64::try_from(counts.needs_decision).unwrap_or(i64::MAX),
                })
            });
            let rows: Vec<ClassJudgementRow> = rows.collect();
            let classes: Vec<ClassId> = rows.iter().map(|row| row.class_id).collect();
            let gone = Fragment::sql("DELETE FROM class_judgements WHERE ")
                .append(dialect::is_one_of("class_judgements.course_id", &kept))
                .then(" AND NOT (")
                .append(dialect::is_one_of("class_judgements.class_id", &classes))
                .then(")");
            self.execute(gone.into_statement::<()>()).await?;
            if !rows.is_empty() {
                let columns = ClassJudgementRow::COLUMNS.join(", ");
                let statement: Statement<()> = bulk::given(
                    format!("INSERT INTO class_judgements ({columns}) SELECT {columns} FROM "),
                    &rows,
                    " WHERE true ON CONFLICT (class_id) DO UPDATE SET course_id = excluded.course_id, \
                     eligible = excluded.eligible, needs_decision = excluded.needs_decision \
                     WHERE class_judgements.course_id <> excluded.course_id \
                     OR class_judgements.eligible <> excluded.eligible \
                     OR class_judgements.needs_decision <> excluded.needs_decision",
                )?;
                self.execute(statement).await?;
            }
            Ok(kept.len())
        })
    }

    fn kept<'a>(&'a mut self, filter: &'a TallyFilter) -> Pending<'a, Vec<KeptCompletion>> {
        Box::pin(async move {
            let query = || -> Statement<(ClassTypes, JudgedTypes)> {
                let meant = match tallies::classes_of(filter) {
                    Some(classes) => Fragment::sql("classes.id IN (").append(classes).then(")"),
                    None => Fragment::sql("true"),
                };
                let begin = Fragment::sql(format!("SELECT {}, ", class_columns()))
                    .append(meant)
                    .then(format!(
                        ", course_judgements.revision, COALESCE({JUDGED}, false), course_judgements.judged_at, \
                         course_judgements.holds_until, COALESCE(class_judgements.eligible, 0), \
                         COALESCE(class_judgements.needs_decision, 0) FROM {} \
                         LEFT JOIN course_judgements ON course_judgements.course_id = classes.course_id \
                         LEFT JOIN class_judgements ON class_judgements.class_id = classes.id",
                        class_tables()
                    ));
                match in_courses_of(filter) {
                    Some(classes) => begin.then(" WHERE ").append(classes),
                    None => begin,
                }
                .then(IN_TIME)
                .into_statement()
            };
            let rows: Vec<(ClassRow, JudgedRow)> = self.rows(query).await?;
            Ok(rows.into_iter().map(kept_completion).collect())
        })
    }

    fn version<'a>(&'a mut self, filter: &'a TallyFilter, now: DateTime<Utc>) -> Pending<'a, ScopeVersion> {
        Box::pin(async move {
            let query = || version(filter, now);
            let rows: Vec<VersionRow> = self.rows(query).await?;
            let (text, is_settled, classes, courses) = rows.into_iter().next().unwrap_or_default();
            Ok(ScopeVersion { text, is_settled, holds_until: classes.into_iter().chain(courses).min() })
        })
    }

    fn courses_after(&mut self, after: Option<CourseId>, most: i32) -> Pending<'_, Vec<CourseId>> {
        Box::pin(async move {
            let query = || -> Statement<Id> {
                Fragment::sql("SELECT DISTINCT classes.course_id FROM classes WHERE classes.course_id > ")
                    .bind(after.map_or(Uuid::nil(), |course| course.0))
                    .then(" ORDER BY classes.course_id LIMIT ")
                    .bind(SortKey::Integer(most))
                    .into_statement()
            };
            self.rows(query).await
        })
    }
}

/// A course that has to be judged anew at a moment.
fn undecided(now: DateTime<Utc>) -> Fragment {
    Fragment::sql(
        "(course_judgements.judged_revision IS NULL \
         OR course_judgements.judged_revision <> course_judgements.revision \
         OR course_judgements.holds_until <= ",
    )
    .bind(now)
    .then(")")
}

/// Classes of the courses of which a filter lets a class through; `None` where that is all of them.
fn in_courses_of(filter: &TallyFilter) -> Option<Fragment> {
    let meant = tallies::classes_of(filter)?;
    let begin = "classes.course_id IN (SELECT meant.course_id FROM classes AS meant WHERE meant.id IN (";
    Some(Fragment::sql(begin).append(meant).then("))"))
}

fn candidates(courses: &[CourseId], live: &[ClassId], now: DateTime<Utc>) -> Statement<CandidateTypes> {
    let of_courses = |column| dialect::is_one_of(column, courses);
    Fragment::sql(format!(
        "SELECT courses.id, CAST(NULL AS uuid), CAST(NULL AS uuid), rules.document, \
         {NO_OUTCOME}, {NO_PLACE}, {NOTHING_EARLIER} FROM courses {CURRENT_RULE} WHERE "
    ))
    .append(of_courses("courses.id"))
    .then(format!(
        " UNION ALL SELECT classes.course_id, learner_standings.class_id, learner_standings.user_id, NULL, \
         learner_standings.figures -> 'has_gone_on' = 'true', learner_standings.figures -> 'verdict' = '\"met\"', \
         CAST(COALESCE(learner_standings.figures ->> 'attended_minutes', '0') AS bigint), \
         {NO_PLACE}, {NOTHING_EARLIER} \
         FROM classes JOIN learner_standings ON learner_standings.class_id = classes.id WHERE "
    ))
    .append(of_courses("classes.course_id"))
    .then(" AND NOT (")
    .append(dialect::is_one_of("classes.id", live))
    .then(format!(
        ") UNION ALL SELECT classes.course_id, enrolments.class_id, enrolments.user_id, NULL, \
         {NO_OUTCOME}, {PLACE_COLUMNS}, {NOTHING_EARLIER} FROM {PLACES} AND "
    ))
    .append(dialect::is_one_of("enrolments.class_id", live))
    .then(format!(
        " UNION ALL SELECT earlier.course_id, NULL, earlier.user_id, NULL, {NO_OUTCOME}, {NO_PLACE}, \
         count(*) FILTER (WHERE "
    ))
    .append(holds(now))
    .then(format!(") > 0, count(*) FILTER (WHERE {REVOKED}) > 0, count(*) FILTER (WHERE "))
    .append(expired(now))
    .then(") > 0, min(earlier.expires_at) FILTER (WHERE ")
    .append(holds(now))
    .then(") FROM certifications AS earlier WHERE ")
    .append(of_courses("earlier.course_id"))
    .then(" GROUP BY earlier.course_id, earlier.user_id")
    .into_statement()
}

fn read(rows: Vec<CandidateRow>) -> RepositoryResult<Candidates> {
    let mut candidates = Candidates::default();
    for ((course_id, class, user), rule, outcome, place, earlier) in rows {
        match (class, user, place) {
            (Some(class_id), Some(user_id), (Some(ends_on), Some(enrolled_on), left_on, certified_at)) => {
                let place = (ends_on, enrolled_on, left_on, certified_at);
                candidates.places.push(standings::place(class_id, user_id, place)?);
                candidates.course_of.insert(class_id, course_id);
            }
            (Some(class_id), Some(user_id), _) => {
                let (has_gone_on, is_met, minutes) = outcome;
                let outcome = ClassOutcome {
                    class_id,
                    has_gone_on: has_gone_on.unwrap_or_default(),
                    is_met: is_met.unwrap_or_default(),
                    attended_minutes: u64::try_from(minutes.unwrap_or_default()).unwrap_or_default(),
                };
                candidates.kept.push(KeptCandidate { course_id, user_id, outcome });
            }
            (None, Some(user_id), _) => {
                let (holds, was_revoked, has_expired, expires_at) = earlier;
                let earlier = Earlier {
                    holds: holds.unwrap_or_default(),
                    was_revoked: was_revoked.unwrap_or_default(),
                    has_expired: has_expired.unwrap_or_default(),
                };
                candidates.earlier.insert((course_id, user_id), EarlierOf { earlier, expires_at });
            }
            (_, None, _) => {
                let rule = match rule {
                    Some(document) => parsed(serde_json::from_value(document), "completion_rules.document")?,
                    None => RuleDocument::default(),
                };
                candidates.rules.insert(course_id, rule);
            }
        }
    }
    candidates.places.sort_by_key(|place| (place.class_id, place.user_id, place.period.enrolled_on()));
    Ok(candidates)
}

fn version(filter: &TallyFilter, now: DateTime<Utc>) -> Statement<VersionTypes> {
    // A class that comes to be meant has been assessed, or its course judged, later than all that were.
    let begin = Fragment::sql(
        "SELECT CAST(count(*) AS text) || '-' || CAST(COALESCE(sum(class_standings.revision), 0) AS text) \
         || '-' || COALESCE(CAST(max(class_standings.assessed_at) AS text), '') \
         || '-' || CAST(COALESCE(sum(course_judgements.revision), 0) AS text) \
         || '-' || COALESCE(CAST(max(course_judgements.judged_at) AS text), ''), \
         count(*) FILTER (WHERE class_standings.class_id IS NULL OR ",
    )
    .append(due(now))
    .then(" OR ")
    .append(undecided(now))
    .then(") = 0 AND NOT EXISTS (SELECT 1 FROM statistics_changes");
    let (noted, wanted) = match (in_courses_of(filter), in_courses_of(filter)) {
        (Some(noted), Some(wanted)) => (
            Fragment::sql(" WHERE statistics_changes.class_id IN (SELECT classes.id FROM classes WHERE ")
                .append(noted)
                .then(")"),
            Fragment::sql(" WHERE ").append(wanted),
        ),
        _ => (Fragment::sql(""), Fragment::sql("")),
    };
    begin
        .append(noted)
        .then(
            "), min(class_standings.holds_until), min(course_judgements.holds_until) FROM classes \
             LEFT JOIN class_standings ON class_standings.class_id = classes.id \
             LEFT JOIN course_judgements ON course_judgements.course_id = classes.course_id",
        )
        .append(wanted)
        .into_statement()
}

fn kept_completion((class, judged): (ClassRow, JudgedRow)) -> KeptCompletion {
    let (is_meant, (revision, is_unchanged, judged_at, holds_until), (eligible, needs_decision)) = judged;
    let mut class = kept_class(class);
    let moment = |at: Option<DateTime<Utc>>| at.map_or(0, |at| at.timestamp_micros());
    let revision = revision.unwrap_or_default();
    class.version = format!("{}-{revision}-{}-{}", class.version, moment(judged_at), moment(holds_until));
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let counts = Eligibles { eligible: count(eligible), needs_decision: count(needs_decision) };
    let standing = judged_at.map(|_| counts);
    let eligibles = Kept { standing, assessed_at: judged_at, holds_until, is_unchanged };
    KeptCompletion { class, is_meant, eligibles }
}
