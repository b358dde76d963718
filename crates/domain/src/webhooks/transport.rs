//! The port through which requests leave the house.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{SigningSecret, WebhookUrl};

/// Why an address may not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressProblem {
    /// It is no address.
    #[error("the address can't be read")]
    Unreadable,
    /// It does not begin with `https://`.
    #[error("the address does not begin with https://")]
    NotHttps,
    /// It names a machine within a network of its own.
    #[error("the address is not one of the public internet")]
    Private,
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookPost {
    /// Where it goes.
    pub url: WebhookUrl,
    /// The id of the message, the same at every attempt.
    pub id: String,
    /// When it is sent.
    pub at: DateTime<Utc>,
    /// The body.
    pub body: String,
    /// What signs it: the newest secret first.
    pub secrets: Vec<SigningSecret>,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// An answer.
    Answered {
        /// Its status.
        status: u16,
        /// How long the receiver asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// None: the reason, which names no address.
    Nothing(&'static str),
}

/// Sends requests to where they may go.
#[async_trait]
pub trait WebhookTransport: Send + Sync {
    /// Whether this address may be asked, as far as the address itself tells; what its name leads to is looked at each time.
    ///
    /// # Errors
    /// Why it may not.
    fn allows(&self, url: &WebhookUrl) -> Result<(), AddressProblem>;

    /// Signs and sends a request. It follows no redirects, and looks at nothing of an answer but its head.
    async fn post(&self, post: &WebhookPost) -> Reply;
}
