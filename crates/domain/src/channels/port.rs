//! The port of channels, and what becomes of a message.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{Channel, Message};

/// What became of a message. Reasons are for operators: no names, addresses or secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The channel has taken it and nothing more is to be learned.
    Accepted {
        /// By what the provider knows it.
        reference: String,
    },
    /// It is under way, or nobody knows whether it was taken: look it up later, and never send it again as it is.
    Pending {
        /// What to look it up by.
        reference: String,
    },
    /// It won't be sent: trying again does not help.
    Refused {
        /// Why.
        reason: String,
        /// Whether the address is no more, so that nothing should be sent there again.
        forget_address: bool,
    },
    /// It was surely not taken, or the receiver de-duplicates on its key: send it again.
    Later {
        /// How long to wait at least; `None` for one's own pause.
        after: Option<Duration>,
        /// Why.
        reason: String,
    },
}

/// Sends messages to one kind of address.
///
/// Whoever sends keeps "it is being sent" before [`send`](Self::send), and what came of it after. Where the second is missing, because the
/// process has died, [`look_up`](Self::look_up) without a reference comes before anything else.
#[async_trait]
pub trait MessageChannel: Send + Sync {
    /// Which channel it is.
    fn channel(&self) -> Channel;

    /// Sends a message. An address of another channel is refused.
    async fn send(&self, message: &Message) -> Outcome;

    /// What became of a message that was sent, or whose sending was broken off: by its reference, or else by its key.
    ///
    /// A channel whose receivers de-duplicate on the key knows nothing more, and says [`Outcome::Later`].
    async fn look_up(&self, message: &Message, reference: Option<&str>) -> Outcome;
}

/// The channels of this installation, at most one of each kind.
#[derive(Clone, Default)]
pub struct Channels(BTreeMap<Channel, Arc<dyn MessageChannel>>);

impl Channels {
    /// These channels; of two of one kind the last.
    pub fn new(channels: impl IntoIterator<Item = Arc<dyn MessageChannel>>) -> Self {
        Self(channels.into_iter().map(|channel| (channel.channel(), channel)).collect())
    }

    /// The channel of this kind, if there is one.
    pub fn find(&self, channel: Channel) -> Option<&Arc<dyn MessageChannel>> {
        self.0.get(&channel)
    }

    /// The kinds that there are.
    pub fn kinds(&self) -> impl Iterator<Item = Channel> + '_ {
        self.0.keys().copied()
    }
}
