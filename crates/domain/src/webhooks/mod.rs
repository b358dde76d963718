//! Webhooks: other systems are told of events by signed requests, after the Standard Webhooks specification.
//!
//! An event that is recorded while there are endpoints brings a job with it in its own unit of work: the database sees to that
//! (see the migration `webhooks`), so that no service has to think of it and none needs another statement. `fan_out` makes of it one delivery
//! and one job for each endpoint that wants to know; `delivering` sends one. Where requests may go, and how they are signed, is in
//! `madang-delivery`, behind [`WebhookTransport`].

mod cleaning;
mod delivering;
mod fan_out;
mod model;
mod repository;
mod service;
mod transport;

pub use cleaning::DeliveryCleaning;
pub use delivering::{DELIVER_WEBHOOK, WebhookDelivering};
pub use fan_out::{FAN_OUT_WEBHOOKS, WebhookFanOut};
pub use model::{
    Delivery, DeliveryFilter, DeliverySort, DeliveryStatus, DisabledBecause, EndpointChanges, EndpointSort,
    IssuedEndpoint, NewEndpoint, SigningSecret, WebhookDescription, WebhookEndpoint, WebhookUrl,
};
pub use repository::{Again, WebhookRepository};
pub use service::{WebhookError, WebhookService};
pub use transport::{AddressProblem, Reply, WebhookPost, WebhookTransport};
