//! The audit log: who changed what, when, by which request, from what to what.
//!
//! It is only ever appended to; both databases refuse to change or remove its rows. Services record an entry in
//! the unit of work of the change itself. It lives in the yard: it knows entities by name only.

mod service;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

pub use service::{AuditError, AuditService};

use crate::{
    access::Caller,
    clock::Clock,
    error::Pending,
    ids::{AuditEntryId, IdGenerator, UserId},
    page::{Listable, Listed, Listing, SortKey, sort_fields},
    text::text_type,
};

text_type! {
    /// Why something was done: 1 to 500 characters, several lines.
    Reason, max = 500, lines = Many
}

/// What is told of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// It came to be.
    Create,
    /// It was changed.
    Update,
    /// It is no more.
    Delete,
}

impl AuditAction {
    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete].into_iter().find(|action| action.as_str() == text)
    }
}

/// Something whose changes are recorded.
pub trait Audited {
    /// Its name in the log, e.g. `course`.
    const ENTITY: &'static str;

    /// Its id.
    fn audit_id(&self) -> Uuid;

    /// What it holds, without secrets.
    fn document(&self) -> Value;
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id, which also orders it in time.
    pub id: AuditEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` for the system itself.
    pub actor: Option<UserId>,
    /// By which request.
    pub request_id: Option<String>,
    /// What kind of thing.
    pub entity: String,
    /// Which one.
    pub entity_id: Uuid,
    /// What was done.
    pub action: AuditAction,
    /// What it held before; `None` when it came to be.
    pub old: Option<Value>,
    /// What it holds now; `None` when it was removed.
    pub new: Option<Value>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
    /// Whether it had been closed before, so that this is a correction.
    pub after_closing: bool,
}

impl AuditEntry {
    /// The same entry, with why it was done.
    #[must_use]
    pub fn because(self, reason: Option<&str>) -> Self {
        Self { reason: reason.map(str::to_owned), ..self }
    }

    /// The same entry, of something that had been closed before.
    #[must_use]
    pub fn after_closing(self, closed: bool) -> Self {
        Self { after_closing: closed, ..self }
    }
}

/// Which entries are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    /// Of this kind of thing.
    pub entity: Option<String>,
    /// Of this one.
    pub entity_id: Option<Uuid>,
    /// By this user.
    pub actor: Option<UserId>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
}

sort_fields! {
    /// What the audit log can be sorted by.
    AuditSort { At = "at" }
}

impl Listable<AuditSort> for AuditEntry {
    fn sort_key(&self, field: AuditSort) -> SortKey {
        match field {
            AuditSort::At => SortKey::Time(self.at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

/// The port of the log.
pub trait AuditLog: Send {
    /// Appends entries, in order: with the journal of the unit of work, which is written in one statement when the unit is committed.
    fn append<'a>(&'a mut self, entries: &'a [AuditEntry]) -> Pending<'a, ()>;

    /// Those of these entries that there are, in the order of their ids.
    fn find_many<'a>(&'a mut self, ids: &'a [AuditEntryId]) -> Pending<'a, Vec<AuditEntry>>;

    /// Lists entries.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<AuditFilter, AuditSort>,
    ) -> Pending<'a, Listed<AuditEntry>>;
}

/// Makes entries for one caller at one moment.
pub struct AuditPen<'a> {
    caller: &'a Caller,
    at: DateTime<Utc>,
    ids: &'a dyn IdGenerator,
}

impl<'a> AuditPen<'a> {
    /// A pen in the hand of `caller`.
    pub fn new(caller: &'a Caller, clock: &dyn Clock, ids: &'a dyn IdGenerator) -> Self {
        Self { caller, at: clock.now(), ids }
    }

    /// `new` came to be.
    pub fn created<T: Audited>(&self, new: &T) -> AuditEntry {
        self.entry::<T>(new.audit_id(), AuditAction::Create, None, Some(new.document()), None)
    }

    /// `old` became `new`.
    pub fn updated<T: Audited>(&self, old: &T, new: &T) -> AuditEntry {
        self.entry::<T>(new.audit_id(), AuditAction::Update, Some(old.document()), Some(new.document()), None)
    }

    /// `old` is no more.
    pub fn deleted<T: Audited>(&self, old: &T, reason: Option<&str>) -> AuditEntry {
        self.entry::<T>(old.audit_id(), AuditAction::Delete, Some(old.document()), None, reason)
    }

    fn entry<T: Audited>(
        &self,
        entity_id: Uuid,
        action: AuditAction,
        old: Option<Value>,
        new: Option<Value>,
        reason: Option<&str>,
    ) -> AuditEntry {
        AuditEntry {
            id: AuditEntryId(self.ids.next()),
            at: self.at,
            actor: self.caller.on_behalf_of(),
            request_id: self.caller.request_id().map(str::to_owned),
            entity: T::ENTITY.to_owned(),
            entity_id,
            action,
            old,
            new,
            reason: reason.map(str::to_owned),
            after_closing: false,
        }
    }
}
