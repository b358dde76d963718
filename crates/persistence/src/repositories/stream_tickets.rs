//! Tickets for streams.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    stream_tickets::{StreamTicket, StreamTickets},
};

use super::Session;
use crate::{rows::stream_tickets::StreamTicketRow, schema::stream_tickets, types};

impl StreamTickets for Session {
    fn insert<'a>(&'a mut self, ticket: &'a StreamTicket) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[StreamTicketRow::from(ticket)]).await })
    }

    fn take<'a>(&'a mut self, hash: &'a str) -> Pending<'a, Option<StreamTicket>> {
        Box::pin(async move {
            let query = move || {
                diesel::delete(stream_tickets::table.find(hash)).returning(StreamTicketRow::as_returning())
            };
            let rows: Vec<StreamTicketRow> = self.rows(query).await?;
            Ok(rows.into_iter().next().map(Into::into))
        })
    }

    fn forget(&mut self, before: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let old = stream_tickets::table.filter(stream_tickets::usable_until.le(types::time(before)));
            self.execute(diesel::delete(old)).await
        })
    }
}
