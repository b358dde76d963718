//! Tickets for streams: a browser's `EventSource` sends no headers, and an access token does not belong into an address.
//!
//! A ticket opens one stream once, within half a minute; the stream ends when the sign-in behind it does. Only the hash of a
//! ticket is kept.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    error::{Pending, RepositoryResult},
    ids::UserId,
    secrets::{Secrets, hex},
    store::finish,
    yard::Yard,
};
/// How long a ticket can be used.
const USABLE_FOR: TimeDelta = TimeDelta::seconds(30);

/// A sign-in that a stream rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    /// Who.
    pub user: UserId,
    /// The session of the access token.
    pub session: Uuid,
    /// Until when the access token holds.
    pub until: DateTime<Utc>,
}

/// What is kept of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamTicket {
    /// The hash of the ticket.
    pub hash: String,
    /// The stream that it opens.
    pub stream: String,
    /// Whose it is.
    pub sign_in: SignIn,
    /// Until when it can be used.
    pub usable_until: DateTime<Utc>,
}

/// The port.
pub trait StreamTickets: Send {
    /// Keeps a ticket.
    fn insert<'a>(&'a mut self, ticket: &'a StreamTicket) -> Pending<'a, ()>;
    /// Takes the ticket with this hash out, so that nobody uses it again.
    fn take<'a>(&'a mut self, hash: &'a str) -> Pending<'a, Option<StreamTicket>>;
    /// Forgets tickets that could be used until this moment.
    fn forget(&mut self, before: DateTime<Utc>) -> Pending<'_, usize>;
}

/// Issues tickets and takes them in.
#[derive(Clone)]
pub struct StreamTicketService {
    yard: Yard,
    secrets: Arc<dyn Secrets>,
}

impl StreamTicketService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, secrets: Arc<dyn Secrets>) -> Self {
        Self { yard, secrets }
    }

    /// A ticket for one stream, and until when it can be used.
    pub async fn issue(&self, stream: &str, sign_in: SignIn) -> RepositoryResult<(String, DateTime<Utc>)> {
        let now = self.yard.clock.now();
        let ticket = hex(&self.secrets.draw());
        let kept = StreamTicket {
            hash: self.hash(&ticket),
            stream: stream.to_owned(),
            sign_in,
            usable_until: (now + USABLE_FOR).min(sign_in.until),
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = match unit.stream_tickets().forget(now).await {
            Ok(_) => unit.stream_tickets().insert(&kept).await,
            Err(error) => Err(error),
        };
        finish(unit, outcome).await?;
        Ok((ticket, kept.usable_until))
    }

    /// The sign-in behind a ticket for this stream, which can't be used again; `None` where it opens nothing.
    pub async fn redeem(&self, stream: &str, ticket: &str) -> RepositoryResult<Option<SignIn>> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.stream_tickets().take(&self.hash(ticket)).await;
        let taken = finish(unit, outcome).await?;
        let now = self.yard.clock.now();
        Ok(taken.filter(|kept| kept.stream == stream && now < kept.usable_until).map(|kept| kept.sign_in))
    }

    fn hash(&self, ticket: &str) -> String {
        hex(&self.secrets.keyed_hash(&self.secrets.derive("stream ticket", &[]), ticket.as_bytes()))
    }
}
