//! Facts: what has happened, to what, when. Written in the unit of work of their cause and never changed.
//!
//! A service tells one with [`Event::new`] and [`record`]. Kinds are `thing.happened`, e.g. `certification.issued`; the
//! payload is an object without secrets; `catalogue` lists them all. It lives in the yard: it knows things by their ids only.

mod catalogue;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

pub use catalogue::{CHANGES, EventField, EventKind, FieldType, KINDS, find_kind, is_told_from_audit_log};

use crate::{
    access::Caller,
    error::{Pending, RepositoryResult},
    ids::{EventId, UserId},
    store::Repositories,
    yard::Yard,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id, for receivers that de-duplicate.
    pub id: EventId,
    /// What happened, e.g. `certification.issued`.
    pub kind: String,
    /// To what.
    pub subject_id: Uuid,
    /// Whom it concerns; `None` where that is nobody in particular.
    pub user_id: Option<UserId>,
    /// The particulars: an object.
    pub payload: Value,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// By which request.
    pub request_id: Option<String>,
}

impl Event {
    /// `kind` happened to `subject` just now, by what `caller` did.
    pub fn new(yard: &Yard, caller: &Caller, kind: &str, subject: impl Into<Uuid>) -> Self {
        Self {
            id: EventId(yard.ids.next()),
            kind: kind.to_owned(),
            subject_id: subject.into(),
            user_id: None,
            payload: json!({}),
            occurred_at: yard.clock.now(),
            request_id: caller.request_id().map(str::to_owned),
        }
    }

    /// The same, concerning this user.
    #[must_use]
    pub fn concerning(self, user: UserId) -> Self {
        Self { user_id: Some(user), ..self }
    }

    /// The same with these particulars, an object.
    #[must_use]
    pub fn with(self, payload: Value) -> Self {
        Self { payload, ..self }
    }
}

/// The port.
pub trait EventLog: Send {
    /// Appends events, with the journal of the unit of work. Services call [`record`].
    fn append<'a>(&'a mut self, events: &'a [Event]) -> Pending<'a, ()>;

    /// One event.
    fn find(&mut self, id: EventId) -> Pending<'_, Option<Event>>;

    /// What happened to a thing, in order.
    fn of_subject(&mut self, subject: Uuid) -> Pending<'_, Vec<Event>>;
}

/// Tells in a unit of work what it has done.
pub async fn record(repositories: &mut dyn Repositories, events: &[Event]) -> RepositoryResult<()> {
    repositories.events().append(events).await
}
