//! Lectures.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use madang_domain::{
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{ClassId, LectureId},
    learning::{
        classes::Class,
        lectures::{Lecture, LectureFilter, LectureRepository, LectureSort},
    },
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, wrote_one};
use crate::{
    listing::{Part, listed},
    rows::{classes::ClassRow, lectures::LectureRow},
    schema::{classes, lectures},
    types,
};

impl LectureRepository for Session {
    fn find(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .inner_join(classes::table)
                    .filter(lectures::id.eq(types::id(id)))
                    .select((LectureRow::as_select(), ClassRow::as_select()))
            };
            with_class(self.rows(query).await?)
        })
    }

    fn find_to_mark(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>> {
        Box::pin(async move {
            let query = move || {
                dialect::keeping!(
                    lectures::table
                        .inner_join(classes::table)
                        .filter(lectures::id.eq(types::id(id)))
                        .select((LectureRow::as_select(), ClassRow::as_select())),
                    classes
                )
            };
            with_class(self.rows(query).await?)
        })
    }

    fn find_for_update(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    lectures::table
                        .inner_join(classes::table)
                        .filter(lectures::id.eq(types::id(id)))
                        .select((LectureRow::as_select(), ClassRow::as_select())),
                    lectures, keeping classes
                )
            };
            with_class(self.rows(query).await?)
        })
    }

    fn find_many<'a>(&'a mut self, ids: &'a [LectureId]) -> Pending<'a, Vec<Lecture>> {
        Box::pin(async move {
            let query = || {
                lectures::table.filter(dialect::is_one_of("lectures.id", ids)).select(LectureRow::as_select())
            };
            all::<LectureRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<LectureFilter, LectureSort>,
    ) -> Pending<'a, Listed<Lecture>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(LectureRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, LectureRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn of_classes<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<Lecture>> {
        Box::pin(async move {
            let query = || {
                lectures::table
                    .filter(dialect::is_one_of("lectures.class_id", classes))
                    .select(LectureRow::as_select())
            };
            all::<LectureRow, _>(self.rows(query).await?)
        })
    }

    fn of_class(&mut self, class: ClassId) -> Pending<'_, Vec<Lecture>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .filter(lectures::class_id.eq(types::id(class)))
                    .order(lectures::sequence)
                    .select(LectureRow::as_select())
            };
            all::<LectureRow, _>(self.rows(query).await?)
        })
    }

    fn last_sequence(&mut self, class: ClassId) -> Pending<'_, i32> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .filter(lectures::class_id.eq(types::id(class)))
                    .order(lectures::sequence.desc())
                    .select(lectures::sequence)
                    .limit(1)
            };
            let rows: Vec<i32> = self.rows(query).await?;
            Ok(rows.into_iter().next().unwrap_or_default())
        })
    }

    fn last_day_begun(&mut self, class: ClassId, as_of: DateTime<Utc>) -> Pending<'_, Option<NaiveDate>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .filter(lectures::class_id.eq(types::id(class)))
                    .filter(lectures::lecture_date.le(types::time(as_of)))
                    .order((lectures::lecture_date.desc(), lectures::id.desc()))
                    .select(lectures::lecture_on)
                    .limit(1)
            };
            let rows: Vec<NaiveDate> = self.rows(query).await?;
            Ok(rows.into_iter().next())
        })
    }

    fn insert_many<'a>(&'a mut self, lectures: &'a [Lecture]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<LectureRow> = lectures.iter().map(LectureRow::from).collect();
            self.insert_rows(&rows).await
        })
    }

    fn update<'a>(&'a mut self, lecture: &'a Lecture) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[LectureRow::from(lecture)]).await })
    }

    fn delete(&mut self, id: LectureId) -> Pending<'_, ()> {
        Box::pin(async move {
            let written = self.execute(diesel::delete(lectures::table.find(types::id(id)))).await?;
            wrote_one(written, RepositoryError::Stale)
        })
    }
}

fn with_class(rows: Vec<(LectureRow, ClassRow)>) -> RepositoryResult<Option<(Lecture, Class)>> {
    match rows.into_iter().next() {
        Some((lecture, class)) => Ok(Some((lecture.try_into()?, class.try_into()?))),
        None => Ok(None),
    }
}

fn wanted(filter: &LectureFilter) -> lectures::BoxedQuery<'_, Db> {
    let mut query = lectures::table.filter(lectures::class_id.eq(types::id(filter.class_id))).into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(lectures::lecture_date.ge(types::time(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(lectures::lecture_date.lt(types::time(to)));
    }
    if let Some(attendance_type) = filter.attendance_type {
        query = query.filter(lectures::attendance_type.eq(attendance_type.as_str()));
    }
    query
}
