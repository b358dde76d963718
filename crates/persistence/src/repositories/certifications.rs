//! Certifications.

use diesel::prelude::*;
use madang_domain::{
    certification::{Certification, CertificationFilter, CertificationRepository, CertificationSort},
    error::Pending,
    ids::{CertificationId, CourseId, UserId},
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, one};
use crate::{
    error::backend,
    listing::{Part, listed},
    rows::certifications::CertificationRow,
    schema::certifications,
    types,
};

impl CertificationRepository for Session {
    fn find(&mut self, id: CertificationId) -> Pending<'_, Option<Certification>> {
        Box::pin(async move {
            let query =
                move || certifications::table.find(types::id(id)).select(CertificationRow::as_select());
            one::<CertificationRow, _>(self.rows(query).await?)
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
}

fn wanted(filter: &CertificationFilter) -> certifications::BoxedQuery<'static, Db> {
    let mut query = certifications::table.into_boxed();
    if let Some(course) = filter.course_id {
        query = query.filter(certifications::course_id.eq(types::id(course)));
    }
    if let Some(user) = filter.user_id {
        query = query.filter(certifications::user_id.eq(types::id(user)));
    }
    if let Some(from) = filter.from {
        query = query.filter(certifications::issued_at.ge(types::time(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(certifications::issued_at.lt(types::time(to)));
    }
    query
}
