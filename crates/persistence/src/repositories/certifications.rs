//! Certifications. There is no statement here that changes what one says, and the databases would refuse it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    attendance::records::RuledClass,
    certification::{
        Candidacy, CertificateNumber, Certification, CertificationFilter, CertificationRepository,
        CertificationSort, CertificationState, Cohort, Holder, Successor, VerificationCode,
    },
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{CertificationId, CourseId, UserId},
    page::{Listed, Listing},
};

use super::{Db, Session, all, certificate_numbers, cohorts, dialect, one, records, wrote_one};
use crate::{
    error::backend,
    fragment::Fragment,
    listing::{Part, listed},
    rows::{
        certifications::{CertificationRow, HolderRow},
        classes::ClassRow,
        parsed,
        policies::PolicyRow,
    },
    schema::{attendance_policies, certificate_holders, certifications, class_policy_pins, classes, courses},
    types::{self, Id, Instant},
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
            let rows: Vec<cohorts::CandidateRow> =
                self.rows(|| cohorts::candidates(course, users, as_of)).await?;
            cohorts::candidacy(rows)
        })
    }

    fn hold_course(&mut self, cohort: Cohort) -> Pending<'_, Option<CourseId>> {
        Box::pin(async move {
            let query = move || {
                let query = courses::table.filter(cohorts::course_of(cohort)).select(courses::id);
                dialect::for_update!(query, courses)
            };
            let rows: Vec<CourseId> = self.rows(query).await?;
            Ok(rows.into_iter().next())
        })
    }

    fn classes_of(&mut self, cohort: Cohort) -> Pending<'_, Vec<RuledClass>> {
        Box::pin(async move {
            let query = move || {
                let all = classes::table
                    .inner_join(courses::table)
                    .inner_join(class_policy_pins::table.inner_join(attendance_policies::table))
                    .filter(cohorts::course_of(cohort))
                    .filter(Fragment::sql(records::HOLDS))
                    .order((classes::begin_date, classes::id))
                    .select((ClassRow::as_select(), PolicyRow::as_select()))
                    .into_boxed::<Db>();
                match cohort {
                    Cohort::Course(_) => all,
                    Cohort::Class(class) => all.filter(cohorts::shared_with(class)),
                }
            };
            records::ruled(self.rows(query).await?)
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
            certificate_numbers::read_numbers(self.rows(query).await?)
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
        self.expire_those(due)
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
        self.expire_those(due)
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
            certificate_numbers::read_numbers(self.rows(query).await?)
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
    fn expire_those(&mut self, due: Fragment) -> Pending<'_, Vec<Certification>> {
        Box::pin(async move {
            let query = move || {
                diesel::update(certifications::table)
                    .filter(due.clone())
                    .filter(certifications::state.eq(CertificationState::Issued.as_str()))
                    .set((
                        certifications::state.eq(CertificationState::Expired.as_str()),
                        certifications::ended_at.eq(certifications::expires_at),
                        certifications::version.eq(certifications::version + 1),
                        // As it is shown from that moment on, whenever it is written.
                        certifications::updated_at.eq(certifications::expires_at.assume_not_null()),
                        certifications::updated_by.eq(types::maybe::<Id, UserId>(None)),
                    ))
                    .returning(CertificationRow::as_returning())
            };
            all::<CertificationRow, _>(self.rows(query).await?)
        })
    }
}

type SuccessorRow = (i32, String, DateTime<Utc>);

fn successor((number, code, issued_at): SuccessorRow) -> RepositoryResult<Successor> {
    Ok(Successor {
        number: parsed(CertificateNumber::from_integer(number), "certifications.number")?,
        code: parsed(VerificationCode::parse(&code), "certifications.code")?,
        issued_at,
    })
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
