//! Courses.

use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    ids::CourseId,
    learning::courses::{Course, CourseFilter, CourseRepository, CourseSort},
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, found, one};
use crate::{
    fragment::Fragment,
    listing::{Part, listed},
    rows::courses::CourseRow,
    schema::courses,
    types,
};

impl CourseRepository for Session {
    fn find(&mut self, id: CourseId) -> Pending<'_, Option<Course>> {
        Box::pin(async move {
            one::<CourseRow, _>(
                self.rows(move || courses::table.find(types::id(id)).select(CourseRow::as_select())).await?,
            )
        })
    }

    fn find_for_update(&mut self, id: CourseId) -> Pending<'_, Option<Course>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    courses::table.find(types::id(id)).select(CourseRow::as_select()),
                    courses
                )
            };
            one::<CourseRow, _>(self.rows(query).await?)
        })
    }

    fn find_many<'a>(&'a mut self, ids: &'a [CourseId]) -> Pending<'a, Vec<Course>> {
        Box::pin(async move {
            let query = || {
                courses::table.filter(dialect::is_one_of("courses.id", ids)).select(CourseRow::as_select())
            };
            all::<CourseRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<CourseFilter, CourseSort>) -> Pending<'a, Listed<Course>> {
        Box::pin(async move {
            let part = Part::of(listing)?.walked_first(listing, listing.filter.search.is_some());
            let query = |near: Option<&Fragment>| {
                part.of_query(wanted(&listing.filter, near)).select(CourseRow::as_select())
            };
            let count = || wanted(&listing.filter, None).count();
            let (rows, total) =
                self.searched::<_, _, CourseRow>(&listing.window, &part, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn insert_many<'a>(&'a mut self, courses: &'a [Course]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<CourseRow> = courses.iter().map(CourseRow::from).collect();
            self.insert_rows(&rows).await
        })
    }

    fn update<'a>(&'a mut self, course: &'a Course) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[CourseRow::from(course)]).await })
    }
}

fn wanted<'f>(filter: &'f CourseFilter, near: Option<&Fragment>) -> courses::BoxedQuery<'f, Db> {
    let mut query = courses::table.into_boxed();
    if let Some(search) = &filter.search {
        query = query.filter(found("courses", search, near));
    }
    if let Some(keyword) = &filter.keyword {
        query = query.filter(courses::keyword.eq(keyword));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(courses::is_active.eq(is_active));
    }
    query
}
