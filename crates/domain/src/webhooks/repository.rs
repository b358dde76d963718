//! The port through which endpoints and deliveries are kept.

use chrono::{DateTime, Utc};

use super::{Delivery, DeliveryFilter, DeliverySort, EndpointSort, WebhookEndpoint};
use crate::{
    error::Pending,
    ids::{EventId, WebhookDeliveryId, WebhookEndpointId},
    page::{Listed, Listing},
};

/// Which deliveries are to be sent again.
#[derive(Debug, Clone, PartialEq)]
pub enum Again {
    /// These.
    These(Vec<WebhookDeliveryId>),
    /// Those that were given up, or not sent, since this moment.
    MissedSince(DateTime<Utc>),
}

/// Keeps endpoints and deliveries.
pub trait WebhookRepository: Send {
    /// Keeps a new endpoint.
    fn insert_endpoint<'a>(&'a mut self, endpoint: &'a WebhookEndpoint) -> Pending<'a, ()>;
    /// Keeps a changed endpoint, all but since when it fails.
    ///
    /// `Stale` unless the kept one has the version before.
    fn update_endpoint<'a>(&'a mut self, endpoint: &'a WebhookEndpoint) -> Pending<'a, ()>;
    /// Removes an endpoint with its deliveries; `Stale` where there is none.
    fn delete_endpoint(&mut self, id: WebhookEndpointId) -> Pending<'_, ()>;
    /// One endpoint.
    fn find_endpoint(&mut self, id: WebhookEndpointId) -> Pending<'_, Option<WebhookEndpoint>>;
    /// One endpoint, held against other writers.
    fn find_endpoint_for_update(&mut self, id: WebhookEndpointId) -> Pending<'_, Option<WebhookEndpoint>>;
    /// Lists endpoints.
    fn list_endpoints<'a>(
        &'a mut self,
        listing: &'a Listing<(), EndpointSort>,
    ) -> Pending<'a, Listed<WebhookEndpoint>>;
    /// The endpoints that are told of anything.
    fn active_endpoints(&mut self) -> Pending<'_, Vec<WebhookEndpoint>>;
    /// Notes that an endpoint takes nothing since this moment, if it took the last delivery; or, with `None`, that it does.
    fn note_failing(&mut self, id: WebhookEndpointId, since: Option<DateTime<Utc>>) -> Pending<'_, ()>;

    /// Keeps new deliveries in one statement, but those of an event that the endpoint has already.
    fn insert_deliveries<'a>(&'a mut self, deliveries: &'a [Delivery]) -> Pending<'a, usize>;
    /// One delivery with its endpoint.
    fn find_delivery(
        &mut self,
        endpoint: WebhookEndpointId,
        event: EventId,
    ) -> Pending<'_, Option<(Delivery, WebhookEndpoint)>>;
    /// Lists deliveries; their bodies are read too.
    fn list_deliveries<'a>(
        &'a mut self,
        listing: &'a Listing<DeliveryFilter, DeliverySort>,
    ) -> Pending<'a, Listed<Delivery>>;
    /// Keeps how an attempt ended.
    fn update_delivery<'a>(&'a mut self, delivery: &'a Delivery) -> Pending<'a, ()>;
    /// Makes deliveries that have ended pending, up to `limit` and oldest first; answers their events.
    fn renew_deliveries<'a>(
        &'a mut self,
        endpoint: WebhookEndpointId,
        which: &'a Again,
        limit: u32,
    ) -> Pending<'a, Vec<EventId>>;
    /// Removes deliveries that have ended and came to be before this moment, up to `limit`; tells how many.
    fn purge_deliveries(&mut self, before: DateTime<Utc>, limit: u32) -> Pending<'_, usize>;
}
