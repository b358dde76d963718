//! Announcements, and when classes remind.

use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    ids::{AnnouncementId, ClassId},
    notifications::{
        Announcement, AnnouncementFilter, AnnouncementRepository, AnnouncementSort, ClassReminders,
    },
    page::{Listed, Listing},
};

use super::{Db, Session, all, one};
use crate::{
    listing::{Part, listed},
    rows::notices::{AnnouncementRow, RemindersRow},
    schema::{announcements, class_reminders},
    types,
};

impl AnnouncementRepository for Session {
    fn find(&mut self, id: AnnouncementId) -> Pending<'_, Option<Announcement>> {
        Box::pin(async move {
            let query = move || announcements::table.find(types::id(id)).select(AnnouncementRow::as_select());
            one::<AnnouncementRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<AnnouncementFilter, AnnouncementSort>,
    ) -> Pending<'a, Listed<Announcement>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(AnnouncementRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, AnnouncementRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn insert<'a>(&'a mut self, announcement: &'a Announcement) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[AnnouncementRow::from(announcement)]).await })
    }

    fn update<'a>(&'a mut self, announcement: &'a Announcement) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[AnnouncementRow::from(announcement)]).await })
    }

    fn reminders(&mut self, class: ClassId) -> Pending<'_, Option<ClassReminders>> {
        Box::pin(async move {
            let query =
                move || class_reminders::table.find(types::id(class)).select(RemindersRow::as_select());
            let rows: Vec<RemindersRow> = self.rows(query).await?;
            Ok(rows.into_iter().next().map(ClassReminders::from))
        })
    }

    fn keep_reminders<'a>(&'a mut self, reminders: &'a ClassReminders) -> Pending<'a, ()> {
        Box::pin(async move { self.keep_row_by("class_id", RemindersRow::from(reminders)).await })
    }
}

fn wanted(filter: &AnnouncementFilter) -> announcements::BoxedQuery<'_, Db> {
    announcements::table
        .filter(announcements::class_id.eq(types::id(filter.class_id)))
        .filter(announcements::withdrawn_at.is_null())
        .into_boxed()
}
