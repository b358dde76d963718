//! Calendar feeds, and what stands in them.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use madang_domain::{
    error::{Pending, RepositoryError},
    ids::{CalendarId, ClassId, UserId},
    learning::{
        calendars::{CalendarFeed, CalendarPlace, CalendarRepository, CalendarSort},
        enrolments::EnrolmentPeriod,
        lectures::Lecture,
    },
    opaque::TokenHash,
    page::{Listed, Listing},
};

use super::{Db, Session, all, count_of, dialect, one, wrote_one};
use crate::{
    listing::{Part, listed},
    rows::{calendars::CalendarRow, lectures::LectureRow, parsed},
    schema::{calendars, classes, enrolments, lectures, users},
    types,
};

impl CalendarRepository for Session {
    fn insert<'a>(&'a mut self, feed: &'a CalendarFeed) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[CalendarRow::from(feed)]).await })
    }

    fn find(&mut self, id: CalendarId) -> Pending<'_, Option<CalendarFeed>> {
        Box::pin(async move {
            let query = move || calendars::table.find(types::id(id)).select(CalendarRow::as_select());
            one::<CalendarRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_hash<'a>(&'a mut self, hash: &'a TokenHash) -> Pending<'a, Option<CalendarFeed>> {
        Box::pin(async move {
            let query = || {
                calendars::table
                    .inner_join(users::table)
                    .filter(calendars::hash.eq(&hash.0))
                    .filter(users::is_active)
                    .filter(users::suspended_at.is_null())
                    .select(CalendarRow::as_select())
            };
            one::<CalendarRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<UserId, CalendarSort>,
    ) -> Pending<'a, Listed<CalendarFeed>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(of_user(listing.filter)).select(CalendarRow::as_select());
            let count = || of_user(listing.filter).count();
            let (rows, total) = self.listed::<_, _, CalendarRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn count(&mut self, user: UserId) -> Pending<'_, u64> {
        Box::pin(async move { Ok(count_of(self.rows(move || of_user(user).count()).await?)) })
    }

    fn delete(&mut self, id: CalendarId) -> Pending<'_, ()> {
        Box::pin(async move {
            let delete = diesel::delete(calendars::table.find(types::id(id)));
            wrote_one(self.execute(delete).await?, RepositoryError::Stale)
        })
    }

    fn places(&mut self, user: UserId, class: Option<ClassId>) -> Pending<'_, Vec<CalendarPlace>> {
        Box::pin(async move {
            let query = move || {
                let mut query = enrolments::table
                    .inner_join(classes::table)
                    .filter(enrolments::user_id.eq(types::id(user)))
                    .filter(classes::is_active)
                    .filter(enrolments::status.ne("waiting"))
                    .order((enrolments::enrolled_on, enrolments::id))
                    .select((classes::id, classes::title, enrolments::enrolled_on, enrolments::left_on))
                    .into_boxed();
                if let Some(class) = class {
                    query = query.filter(enrolments::class_id.eq(types::id(class)));
                }
                query
            };
            let rows: Vec<(ClassId, String, NaiveDate, Option<NaiveDate>)> = self.rows(query).await?;
            let places = rows.into_iter().map(|(class_id, class_title, enrolled_on, left_on)| {
                let period = parsed(EnrolmentPeriod::new(enrolled_on, left_on), "enrolments.left_on")?;
                Ok(CalendarPlace { class_id, class_title, period })
            });
            places.collect()
        })
    }

    fn lectures<'a>(&'a mut self, classes: &'a [ClassId], from: DateTime<Utc>) -> Pending<'a, Vec<Lecture>> {
        Box::pin(async move {
            let query = || {
                lectures::table
                    .filter(dialect::is_one_of("lectures.class_id", classes))
                    .filter(lectures::lecture_date.ge(types::time(from)))
                    .order((lectures::lecture_date, lectures::id))
                    .select(LectureRow::as_select())
            };
            all::<LectureRow, _>(self.rows(query).await?)
        })
    }
}

fn of_user(user: UserId) -> calendars::BoxedQuery<'static, Db> {
    calendars::table.into_boxed().filter(calendars::user_id.eq(types::id(user)))
}
