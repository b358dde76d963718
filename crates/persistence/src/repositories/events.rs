//! Events.

use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    events::{Event, EventLog},
    ids::EventId,
};
use uuid::Uuid;

use super::{Session, all, dialect, journal::Added, one};
use crate::{rows::events::EventRow, schema::events, types};

impl EventLog for Session {
    fn append<'a>(&'a mut self, events: &'a [Event]) -> Pending<'a, ()> {
        Box::pin(async move {
            // The database keeps jobs that tell webhooks of them: see the migration.
            dialect::jobs_came(self);
            self.add_to_journal(Added::Events(events.iter().map(EventRow::from).collect())).await
        })
    }

    fn find(&mut self, id: EventId) -> Pending<'_, Option<Event>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = move || events::table.find(types::id(id)).select(EventRow::as_select());
            one::<EventRow, _>(self.rows(query).await?)
        })
    }

    fn of_subject(&mut self, subject: Uuid) -> Pending<'_, Vec<Event>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = move || {
                events::table
                    .filter(events::subject_id.eq(types::id(subject)))
                    .order((events::occurred_at, events::id))
                    .select(EventRow::as_select())
            };
            all::<EventRow, _>(self.rows(query).await?)
        })
    }
}
