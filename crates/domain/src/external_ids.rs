//! The ids that other systems gave to our things, so that a second import finds what the first one made.

use uuid::Uuid;

use crate::error::Pending;

/// What an external id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId {
    /// The kind of thing, e.g. `course`.
    pub entity: &'static str,
    /// The id in the other system.
    pub external_id: String,
    /// Our id.
    pub id: Uuid,
}

/// The port.
pub trait ExternalIds: Send {
    /// Every external id of one kind from one source.
    fn of<'a>(&'a mut self, source: &'a str, entity: &'static str) -> Pending<'a, Vec<ExternalId>>;

    /// Keeps new ones; an external id that is known already is a conflict.
    fn insert_many<'a>(&'a mut self, source: &'a str, ids: &'a [ExternalId]) -> Pending<'a, ()>;
}
