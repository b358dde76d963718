//! Webhook endpoints and deliveries. They are shown, never imported.

use madang_domain::webhooks::{Delivery, DisabledBecause, WebhookDescription, WebhookEndpoint};

use super::{created_at, id, json, table, time};
use crate::write::Cell;

table!(WebhookEndpoint as "webhook_endpoints", |endpoint| {
    shown "id": id(endpoint.id),
    shown "url": Cell::text(endpoint.url.as_str()),
    shown "description": Cell::maybe(endpoint.description.as_ref().map(WebhookDescription::as_str), Cell::text),
    shown "kinds": json(&endpoint.kinds),
    shown "disabled_because": Cell::maybe(endpoint.disabled.map(DisabledBecause::as_str), Cell::text),
    shown "failing_since": time(endpoint.failing_since),
    shown "created_at": created_at(&endpoint.stamps),
});

table!(Delivery as "webhook_deliveries", |delivery| {
    shown "id": id(delivery.id),
    shown "event_id": id(delivery.event_id),
    shown "kind": Cell::text(&delivery.kind),
    shown "body": Cell::text(&delivery.body),
    shown "status": Cell::text(delivery.status.as_str()),
    shown "attempts": Cell::Integer(delivery.attempts.into()),
    shown "last_status": Cell::maybe(delivery.last_status, |status| Cell::Integer(status.into())),
    shown "last_error": Cell::maybe(delivery.last_error.as_deref(), Cell::text),
    shown "created_at": Cell::Time(delivery.created_at),
    shown "attempted_at": time(delivery.attempted_at),
});
