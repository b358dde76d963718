//! Rows of `webhook_endpoints` and `webhook_deliveries`.

use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{EventId, WebhookDeliveryId, WebhookEndpointId},
    webhooks::{Delivery, DeliveryStatus, DisabledBecause, WebhookDescription, WebhookEndpoint, WebhookUrl},
};
use serde_json::Value;

use super::{known, optional, parsed, row};
use crate::error::Corrupt;

row!(WebhookEndpointRow, webhook_endpoints, stamped, {
    id: WebhookEndpointId,
    url: String,
    description: Option<String>,
    kinds: Value,
    hears_changes: bool,
    disabled: Option<String>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    failing_since: Option<DateTime<Utc>>,
    secret_number: i32,
    #[serde(serialize_with = "crate::types::optional_instant")]
    old_secret_until: Option<DateTime<Utc>>,
});

impl TryFrom<&WebhookEndpoint> for WebhookEndpointRow {
    type Error = serde_json::Error;

    fn try_from(endpoint: &WebhookEndpoint) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: endpoint.id,
            url: endpoint.url.as_str().to_owned(),
            description: endpoint.description.as_ref().map(|text| text.as_str().to_owned()),
            kinds: serde_json::to_value(&endpoint.kinds)?,
            hears_changes: endpoint.hears_changes(),
            disabled: endpoint.disabled.map(|reason| reason.as_str().to_owned()),
            failing_since: endpoint.failing_since,
            secret_number: endpoint.secret_number,
            old_secret_until: endpoint.old_secret_until,
            version: endpoint.stamps.version,
            created_at: endpoint.stamps.created_at,
            created_by: endpoint.stamps.created_by,
            updated_at: endpoint.stamps.updated_at,
            updated_by: endpoint.stamps.updated_by,
        })
    }
}

impl TryFrom<WebhookEndpointRow> for WebhookEndpoint {
    type Error = Corrupt;

    fn try_from(row: WebhookEndpointRow) -> Result<Self, Corrupt> {
        let stamps = row.stamps();
        let disabled = row
            .disabled
            .as_deref()
            .map(|text| known(DisabledBecause::parse(text), "webhook_endpoints.disabled"));
        Ok(Self {
            id: row.id,
            url: parsed(WebhookUrl::parse(row.url), "webhook_endpoints.url")?,
            description: optional(
                row.description,
                WebhookDescription::parse,
                "webhook_endpoints.description",
            )?,
            kinds: parsed(serde_json::from_value(row.kinds), "webhook_endpoints.kinds")?,
            disabled: disabled.transpose()?,
            failing_since: row.failing_since,
            secret_number: row.secret_number,
            old_secret_until: row.old_secret_until,
            stamps,
        })
    }
}

row!(WebhookDeliveryRow, webhook_deliveries, {
    id: WebhookDeliveryId,
    endpoint_id: WebhookEndpointId,
    event_id: EventId,
    kind: String,
    body: String,
    status: String,
    attempts: i32,
    last_status: Option<i32>,
    last_error: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    attempted_at: Option<DateTime<Utc>>,
});

impl From<&Delivery> for WebhookDeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            endpoint_id: delivery.endpoint_id,
            event_id: delivery.event_id,
            kind: delivery.kind.clone(),
            body: delivery.body.clone(),
            status: delivery.status.as_str().to_owned(),
            attempts: delivery.attempts,
            last_status: delivery.last_status,
            last_error: delivery.last_error.clone(),
            created_at: delivery.created_at,
            attempted_at: delivery.attempted_at,
        }
    }
}

impl TryFrom<WebhookDeliveryRow> for Delivery {
    type Error = Corrupt;

    fn try_from(row: WebhookDeliveryRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            kind: row.kind,
            body: row.body,
            status: known(DeliveryStatus::parse(&row.status), "webhook_deliveries.status")?,
            attempts: row.attempts,
            last_status: row.last_status,
            last_error: row.last_error,
            created_at: row.created_at,
            attempted_at: row.attempted_at,
        })
    }
}
