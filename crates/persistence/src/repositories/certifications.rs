//! Certifications. There is no statement here that changes what one says, and the databases would refuse it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Bool, Date, Integer, Nullable, Text},
};
use madang_domain::{
    certification::{
        Candidacy, Candidate, CertificateNumber, Certification, CertificationFilter, CertificationRepository,
        CertificationSort, CertificationState, Cohort, CompletionStamp, Holder, HolderDetails, Successor,
        VerificationCode, rules::CompletionRule,
    },
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{CertificationId, ClassId, CompletionRuleId, CourseId, UserId},
    page::{Listed, Listing, SortKey},
};
use serde_json::Value;

use super::{Db, Session, all, dialect, one, wrote_one};
use crate::{
    error::{WrongCount, backend},
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::{
        certifications::{CertificationRow, HolderRow},
        parsed,
    },
    schema::{certificate_holders, certifications, classes, courses},
    types::{self, Document, Id, Instant},
};

impl CertificationRepository for Session {
    fn find(&mut self, id: CertificationId) -> Pending<'_, Option<Certification>> {
        Box::pin(async move {
            let query =
                move || certifications::table.find(types::id(id)).select(CertificationRow::as_select());
            one::<CertificationRow, _>(self.rows(query).await?)
        })
    }

    fn find_for_update(&mut self, id: CertificationId) -> Pending<'_, Option<Certification>> {
        Box::pin(async move {
            let query = move || {
                let query = certifications::table.find(types::id(id)).select(CertificationRow::as_select());
                dialect::for_update!(query, certifications)
            };
            one::<CertificationRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_code(
        &mut self,
        code: VerificationCode,
    ) -> Pending<'_, Option<(Certification, Option<Successor>)>> {
        Box::pin(async move {
            let code = code.to_string();
            let query = || {
                let newer = diesel::alias!(certifications as newer);
                certifications::table
                    .left_join(
                        newer
                            .on(certifications::superseded_by.eq(newer.field(certifications::id).nullable())),
                    )
                    .filter(certifications::code.eq(code.clone()))
                    .select((
                        CertificationRow::as_select(),
                        newer
                            .fields((certifications::number, certifications::code, certifications::issued_at))
                            .nullable(),
                    ))
            };
            let rows: Vec<(CertificationRow, Option<SuccessorRow>)> = self.rows(query).await?;
            let Some((row, newer)) = rows.into_iter().next() else { return Ok(None) };
            Ok(Some((row.try_into()?, newer.map(successor).transpose()?)))
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<CertificationFilter, CertificationSort>,
    ) -> Pending<'a, Listed<Certification>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(CertificationRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, CertificationRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn of_users<'a>(&'a mut self, course: CourseId, users: &'a [UserId]) -> Pending<'a, Vec<Certification>> {
        Box::pin(async move {
            let query = || {
                certifications::table
                    .filter(certifications::course_id.eq(types::id(course)))
                    .filter(dialect::is_one_of("certifications.user_id", users))
                    .order((certifications::issued_at, certifications::id))
                    .select(CertificationRow::as_select())
            };
            all::<CertificationRow, _>(self.rows(query).await?)
        })
    }

    fn candidacy<'a>(
        &'a mut self,
        course: CourseId,
        users: &'a [UserId],
        as_of: DateTime<Utc>,
    ) -> Pending<'a, Option<Candidacy>> {
        Box::pin(async move {
            let rows: Vec<CandidateRow> = self.rows(|| candidates(course, users, as_of)).await?;
            candidacy(rows)
        })
    }

    fn hold_course(&mut self, cohort: Cohort) -> Pending<'_, Option<CourseId>> {
        Box::pin(async move {
            let query = move || {
                let query = courses::table.filter(course_of(cohort)).select(courses::id);
                dialect::for_update!(query, courses)
            };
            let rows: Vec<CourseId> = self.rows(query).await?;
            Ok(rows.into_iter().next())
        })
    }

    fn classes_of(&mut self, cohort: Cohort) -> Pending<'_, Vec<ClassId>> {
        Box::pin(async move {
            let query = move || {
                let all = classes::table
                    .inner_join(courses::table)
                    .filter(course_of(cohort))
                    .order((classes::begin_date, classes::id))
                    .select(classes::id)
                    .into_boxed::<Db>();
                match cohort {
                    Cohort::Course(_) => all,
                    Cohort::Class(class) => all.filter(shared_with(class)),
                }
            };
            self.rows(query).await
        })
    }

    fn take_numbers(&mut self, year: i32, count: u32) -> Pending<'_, CertificateNumber> {
        Box::pin(async move {
            let count = i32::try_from(count).map_err(backend)?;
            let last = self.counted(year, count, "certificate_counters.last + excluded.last").await?;
            CertificateNumber::new(year, last - count + 1).map_err(backend)
        })
    }

    fn pass_number(&mut self, number: CertificateNumber) -> Pending<'_, ()> {
        Box::pin(async move {
            let later = "CASE WHEN excluded.last > certificate_counters.last THEN excluded.last \
                         ELSE certificate_counters.last END";
            self.counted(number.year(), number.place(), later).await.map(drop)
        })
    }

    fn taken_of<'a>(&'a mut self, numbers: &'a [CertificateNumber]) -> Pending<'a, Vec<CertificateNumber>> {
        Box::pin(async move {
            let numbers: Vec<String> =
                numbers.iter().map(|number| format!("\"{}\"", number.as_integer())).collect();
            let numbers = format!("[{}]", numbers.join(","));
            let query = || {
                let given = dialect::is_one_of_texts("CAST(certifications.number AS text)", &numbers);
                certifications::table.filter(given).select(certifications::number)
            };
            read_numbers(self.rows(query).await?)
        })
    }

    fn insert_many<'a>(&'a mut self, certifications: &'a [Certification]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<CertificationRow> = certifications
                .iter()
                .map(CertificationRow::try_from)
                .collect::<Result<_, _>>()
                .map_err(backend)?;
            self.insert_rows(&rows).await
        })
    }

    fn update_standing<'a>(&'a mut self, certification: &'a Certification) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = CertificationRow::try_from(certification).map_err(backend)?;
            let kept = certifications::table
                .filter(certifications::id.eq(types::id(row.id)))
                .filter(certifications::version.eq(row.version - 1));
            let statement = diesel::update(kept).set((
                certifications::state.eq(row.state),
                certifications::ended_at.eq(types::maybe::<Instant, _>(row.ended_at)),
                certifications::superseded_by.eq(types::maybe::<Id, _>(row.superseded_by)),
                certifications::reason_code.eq(row.reason_code),
                certifications::reason.eq(row.reason),
                certifications::version.eq(row.version),
                certifications::updated_at.eq(types::time(row.updated_at)),
                certifications::updated_by.eq(types::maybe::<Id, _>(row.updated_by)),
            ));
            wrote_one(self.execute(statement).await?, RepositoryError::Stale)
        })
    }

    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [CertificationId]>,
    ) -> Pending<'a, Vec<Certification>> {
        Box::pin(async move {
            let query = || {
                let theirs = certifications::table.filter(certifications::user_id.eq(types::id(from)));
                diesel::update(theirs.filter(super::is_one_of_some("certifications.id", only)))
                    .set((
                        certifications::user_id.eq(types::id(to)),
                        certifications::version.eq(certifications::version + 1),
                    ))
                    .returning(CertificationRow::as_returning())
            };
            all::<CertificationRow, _>(self.rows(query).await?)
        })
    }

    fn expire(&mut self, now: DateTime<Utc>, count: u32) -> Pending<'_, Vec<Certification>> {
        let due = Fragment::sql(
            "certifications.id IN (SELECT due.id FROM certifications AS due \
             WHERE due.state = 'issued' AND due.expires_at <= ",
        )
        .bind(now)
        .then(format!(" ORDER BY due.expires_at LIMIT {count})"));
        self.expire_those(due, now)
    }

    fn expire_of<'a>(
        &'a mut self,
        course: CourseId,
        users: &'a [UserId],
        now: DateTime<Utc>,
    ) -> Pending<'a, Vec<Certification>> {
        let due = Fragment::sql("(certifications.expires_at <= ")
            .bind(now)
            .then(" AND certifications.course_id = ")
            .bind(course.0)
            .then(" AND ")
            .append(dialect::is_one_of("certifications.user_id", users))
            .then(")");
        self.expire_those(due, now)
    }

    fn tell_expiring(
        &mut self,
        now: DateTime<Utc>,
        before: DateTime<Utc>,
        count: u32,
    ) -> Pending<'_, Vec<Certification>> {
        Box::pin(async move {
            let query = move || {
                let due = Fragment::sql(
                    "certifications.id IN (SELECT due.id FROM certifications AS due \
                     WHERE due.state = 'issued' AND due.expiry_told_at IS NULL AND due.expires_at > ",
                )
                .bind(now)
                .then(" AND due.expires_at <= ")
                .bind(before)
                .then(format!(" ORDER BY due.expires_at LIMIT {count})"));
                diesel::update(certifications::table)
                    .filter(due)
                    .filter(certifications::expiry_told_at.is_null())
                    .set(certifications::expiry_told_at.eq(types::maybe::<Instant, _>(Some(now))))
                    .returning(CertificationRow::as_returning())
            };
            all::<CertificationRow, _>(self.rows(query).await?)
        })
    }

    fn withdrawn_within(
        &mut self,
        first: CertificateNumber,
        last: CertificateNumber,
    ) -> Pending<'_, Vec<CertificateNumber>> {
        Box::pin(async move {
            let query = move || {
                certifications::table
                    .filter(
                        certifications::state
                            .eq(CertificationState::Revoked.as_str())
                            .or(certifications::state.eq(CertificationState::Superseded.as_str())),
                    )
                    .filter(certifications::number.between(first.as_integer(), last.as_integer()))
                    .order(certifications::number)
                    .select(certifications::number)
            };
            read_numbers(self.rows(query).await?)
        })
    }

    fn holder(&mut self, user: UserId) -> Pending<'_, Option<Holder>> {
        Box::pin(async move {
            let query =
                move || certificate_holders::table.find(types::id(user)).select(HolderRow::as_select());
            let rows: Vec<HolderRow> = self.rows(query).await?;
            Ok(rows.into_iter().next().map(Holder::from))
        })
    }

    fn keep_holder<'a>(&'a mut self, holder: &'a Holder) -> Pending<'a, ()> {
        Box::pin(async move { self.keep_row_by("user_id", HolderRow::from(holder)).await })
    }
}

impl Session {
    fn expire_those(&mut self, due: Fragment, now: DateTime<Utc>) -> Pending<'_, Vec<Certification>> {
        Box::pin(async move {
            let query = move || {
                diesel::update(certifications::table)
                    .filter(due.clone())
                    .filter(certifications::state.eq(CertificationState::Issued.as_str()))
                    .set((
                        certifications::state.eq(CertificationState::Expired.as_str()),
                        certifications::ended_at.eq(certifications::expires_at),
                        certifications::version.eq(certifications::version + 1),
                        certifications::updated_at.eq(types::time(now)),
                        certifications::updated_by.eq(types::maybe::<Id, UserId>(None)),
                    ))
                    .returning(CertificationRow::as_returning())
            };
            all::<CertificationRow, _>(self.rows(query).await?)
        })
    }

    /// Sets the counter of a year, which holds it for this unit of work, and tells its new value.
    async fn counted(&mut self, year: i32, last: i32, change: &'static str) -> RepositoryResult<i32> {
        let statement = || {
            Fragment::sql("INSERT INTO certificate_counters (year, last) VALUES (")
                .bind(SortKey::Integer(year))
                .then(", ")
                .bind(SortKey::Integer(last))
                .then(format!(") ON CONFLICT (year) DO UPDATE SET last = {change} RETURNING last"))
                .into_statement::<Integer>()
        };
        let rows: Vec<i32> = self.rows(statement).await?;
        rows.into_iter().next().ok_or_else(|| backend(WrongCount { written: 0, wanted: 1 }))
    }
}

/// The course of a cohort.
fn course_of(cohort: Cohort) -> Fragment {
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
fn shared_with(class: ClassId) -> Fragment {
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

type SuccessorRow = (i32, String, DateTime<Utc>);

fn successor((number, code, issued_at): SuccessorRow) -> RepositoryResult<Successor> {
    Ok(Successor {
        number: parsed(CertificateNumber::from_integer(number), "certifications.number")?,
        code: parsed(VerificationCode::parse(&code), "certifications.code")?,
        issued_at,
    })
}

fn read_numbers(rows: Vec<i32>) -> RepositoryResult<Vec<CertificateNumber>> {
    let read = |number| Ok(parsed(CertificateNumber::from_integer(number), "certifications.number")?);
    rows.into_iter().map(read).collect()
}

type RuleColumns = (Option<CompletionRuleId>, Option<i32>, Option<String>, Option<Value>);
type CandidateRow = (
    (String, RuleColumns),
    (UserId, String, Option<String>, Option<NaiveDate>),
    (Option<CertificationId>, bool, bool),
);
type CandidateTypes = (
    (Text, (Nullable<Id>, Nullable<Integer>, Nullable<Text>, Nullable<Document>)),
    (Id, Text, Nullable<Text>, Nullable<Date>),
    (Nullable<Id>, Bool, Bool),
);

fn candidates(course: CourseId, users: &[UserId], as_of: DateTime<Utc>) -> Statement<CandidateTypes> {
    let earlier =
        "FROM certifications AS earlier WHERE earlier.user_id = users.id AND earlier.course_id = courses.id";
    Fragment::sql(format!(
        "SELECT courses.title, rules.id, rules.version, rules.digest, rules.document, \
         users.id, users.name, holders.name_roman, holders.birth_date, \
         (SELECT earlier.id {earlier} AND earlier.state = 'issued' AND (earlier.expires_at IS NULL OR earlier.expires_at > "
    ))
    .bind(as_of)
    .then(format!(
        ")), EXISTS (SELECT 1 {earlier} AND earlier.state = 'revoked'), \
         EXISTS (SELECT 1 {earlier} AND (earlier.state = 'expired' OR (earlier.state = 'issued' AND earlier.expires_at <= "
    ))
    .bind(as_of)
    .then(
        "))) FROM courses CROSS JOIN users \
         LEFT JOIN certificate_holders AS holders ON holders.user_id = users.id \
         LEFT JOIN completion_rules AS rules ON rules.course_id = courses.id AND NOT EXISTS (\
         SELECT 1 FROM completion_rules AS later WHERE later.course_id = rules.course_id AND later.version = rules.version + 1) \
         WHERE courses.id = ",
    )
    .bind(course.0)
    .then(" AND ")
    .append(dialect::is_one_of("users.id", users))
    .into_statement()
}

fn candidacy(rows: Vec<CandidateRow>) -> RepositoryResult<Option<Candidacy>> {
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

fn wanted(filter: &CertificationFilter) -> certifications::BoxedQuery<'static, Db> {
    let mut query = certifications::table.into_boxed();
    if let Some(course) = filter.course_id {
        query = query.filter(certifications::course_id.eq(types::id(course)));
    }
    if let Some(class) = filter.class_id {
        let resting = "certifications.id IN (SELECT certification_classes.certification_id \
                       FROM certification_classes WHERE certification_classes.class_id = ";
        query = query.filter(Fragment::sql(resting).bind(class.0).then(")"));
    }
    if let Some(user) = filter.user_id {
        query = query.filter(certifications::user_id.eq(types::id(user)));
    }
    if let Some(state) = filter.state {
        query = query.filter(stands(state, filter.as_of));
    }
    if let Some(from) = filter.from {
        query = query.filter(certifications::issued_at.ge(types::time(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(certifications::issued_at.lt(types::time(to)));
    }
    if let Some(first) = filter.number_from {
        query = query.filter(certifications::number.ge(first.as_integer()));
    }
    if let Some(last) = filter.number_to {
        query = query.filter(certifications::number.le(last.as_integer()));
    }
    query
}

/// Certifications that stand so at a moment: one whose time is over counts as expired before that was written down.
fn stands(state: CertificationState, as_of: Option<DateTime<Utc>>) -> Fragment {
    let written = format!("certifications.state = '{}'", state.as_str());
    match (state, as_of) {
        (CertificationState::Issued, Some(now)) => Fragment::sql(format!(
            "({written} AND (certifications.expires_at IS NULL OR certifications.expires_at > "
        ))
        .bind(now)
        .then("))"),
        (CertificationState::Expired, Some(now)) => Fragment::sql(format!(
            "({written} OR (certifications.state = 'issued' AND certifications.expires_at <= "
        ))
        .bind(now)
        .then("))"),
        (CertificationState::Superseded | CertificationState::Revoked, _)
        | (CertificationState::Issued | CertificationState::Expired, None) => Fragment::sql(written),
    }
}
