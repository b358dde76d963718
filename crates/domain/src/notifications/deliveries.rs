//! What became of a notice outside, over one channel.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{channels::Channel, ids::NoticeId};

/// How far a message outside has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is being sent, or that was broken off.
    Sending,
    /// It is under way, or nobody knows: it can be looked up by this.
    Pending(String),
    /// The channel has taken it.
    Accepted(String),
    /// The channel won't take it.
    Refused,
    /// It was surely not taken, and is sent again.
    Later,
}

impl DeliveryState {
    /// Its name in the database, and by what the provider knows the message.
    pub fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Sending => ("sending", None),
            Self::Pending(reference) => ("pending", Some(reference)),
            Self::Accepted(reference) => ("accepted", Some(reference)),
            Self::Refused => ("refused", None),
            Self::Later => ("later", None),
        }
    }

    /// Reads its parts.
    pub fn from_parts(name: &str, reference: Option<String>) -> Option<Self> {
        match (name, reference) {
            ("sending", _) => Some(Self::Sending),
            ("pending", Some(reference)) => Some(Self::Pending(reference)),
            ("accepted", Some(reference)) => Some(Self::Accepted(reference)),
            ("refused", _) => Some(Self::Refused),
            ("later", _) => Some(Self::Later),
            _ => None,
        }
    }
}

/// What became of a message outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its key: the same at every attempt.
    pub key: Uuid,
    /// The notice that it tells.
    pub notice_id: NoticeId,
    /// Over which channel.
    pub channel: Channel,
    /// How far it has come.
    pub state: DeliveryState,
    /// When it was to be sent, and surely had not been before.
    pub asked_at: DateTime<Utc>,
    /// When that changed last.
    pub changed_at: DateTime<Utc>,
}
