//! Classes.

use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    ids::ClassId,
    learning::classes::{Class, ClassFilter, ClassRepository, ClassSort},
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, found, one};
use crate::{
    fragment::Fragment,
    listing::{Part, listed},
    rows::classes::ClassRow,
    schema::classes,
    types,
};

impl ClassRepository for Session {
    fn find(&mut self, id: ClassId) -> Pending<'_, Option<Class>> {
        Box::pin(async move {
            let query = move || classes::table.find(types::id(id)).select(ClassRow::as_select());
            one::<ClassRow, _>(self.rows(query).await?)
        })
    }

    fn find_for_update(&mut self, id: ClassId) -> Pending<'_, Option<Class>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    classes::table.find(types::id(id)).select(ClassRow::as_select()),
                    classes
                )
            };
            one::<ClassRow, _>(self.rows(query).await?)
        })
    }

    fn find_to_close(&mut self, id: ClassId) -> Pending<'_, Option<Class>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_closing!(
                    classes::table.find(types::id(id)).select(ClassRow::as_select()),
                    classes
                )
            };
            one::<ClassRow, _>(self.rows(query).await?)
        })
    }

    fn find_many_to_mark<'a>(&'a mut self, ids: &'a [ClassId]) -> Pending<'a, Vec<Class>> {
        Box::pin(async move {
            let query = || {
                dialect::keeping!(
                    classes::table
                        .filter(dialect::is_one_of("classes.id", ids))
                        .select(ClassRow::as_select()),
                    classes
                )
            };
            all::<ClassRow, _>(self.rows(query).await?)
        })
    }

    fn find_many<'a>(&'a mut self, ids: &'a [ClassId]) -> Pending<'a, Vec<Class>> {
        Box::pin(async move {
            let query =
                || classes::table.filter(dialect::is_one_of("classes.id", ids)).select(ClassRow::as_select());
            all::<ClassRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<ClassFilter, ClassSort>) -> Pending<'a, Listed<Class>> {
        Box::pin(async move {
            let part = Part::of(listing)?.walked_first(listing, listing.filter.search.is_some());
            let query = |near: Option<&Fragment>| {
                part.of_query(wanted(&listing.filter, near)).select(ClassRow::as_select())
            };
            let count = || wanted(&listing.filter, None).count();
            let (rows, total) = self.searched::<_, _, ClassRow>(&listing.window, &part, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn insert_many<'a>(&'a mut self, classes: &'a [Class]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<ClassRow> = classes.iter().map(ClassRow::from).collect();
            self.insert_rows(&rows).await
        })
    }

    fn update<'a>(&'a mut self, class: &'a Class) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[ClassRow::from(class)]).await })
    }
}

fn wanted<'f>(filter: &'f ClassFilter, near: Option<&Fragment>) -> classes::BoxedQuery<'f, Db> {
    let mut query = classes::table.into_boxed();
    if let Some(course) = filter.course_id {
        query = query.filter(classes::course_id.eq(types::id(course)));
    }
    if let Some(search) = &filter.search {
        query = query.filter(found("classes", search, near));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(classes::is_active.eq(is_active));
    }
    if let Some(from) = filter.from {
        query = query.filter(classes::end_date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(classes::begin_date.le(to));
    }
    query
}
