//! What webhooks look like in JSON.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    ids::WebhookDeliveryId,
    webhooks::{
        Again, Delivery, DeliveryStatus, DisabledBecause, EndpointChanges, NewEndpoint, SigningSecret,
        WebhookDescription, WebhookEndpoint, WebhookUrl,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::{FieldFault, Problem},
    request::{Checks, clearable, in_range, moment, present},
    routes::shapes::{choices, page_of},
};

/// How many deliveries one request can name.
const MOST_NAMED: usize = 100;
/// How many kinds one endpoint can name.
const MOST_KINDS: usize = 100;
/// How long both secrets sign where nothing else is said, and at most.
const OVERLAP_HOURS: i32 = 24;
const LONGEST_OVERLAP_HOURS: i32 = 168;

choices! {
    /// Why an endpoint is told nothing: it answered 410, took nothing for five days, or somebody said so.
    DisabledBecauseValue for DisabledBecause { Gone, Failing, ByHand }
}
choices! {
    /// Where a delivery stands.
    DeliveryStatusValue for DeliveryStatus { Pending, Delivered, Failed, Skipped }
}

/// An endpoint, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub struct WebhookEndpointResponse {
    /// The id.
    id: Uuid,
    /// Where requests go.
    #[schema(example = "https://hooks.example.org/madang")]
    url: String,
    /// What it is for; null where nobody said.
    #[schema(example = "학사 시스템")]
    description: Option<String>,
    /// The kinds of events that it is told of; empty for all.
    #[schema(max_items = 100, example = json!(["certification.issued"]))]
    kinds: BTreeSet<String>,
    /// Whether it is told of anything.
    is_active: bool,
    /// Why it is told nothing; null while it is.
    #[schema(inline = false)]
    disabled_because: Option<DisabledBecauseValue>,
    /// Since when nothing was taken; null where the last delivery was.
    failing_since: Option<DateTime<Utc>>,
    /// Until when the secret before the newest signs as well; null where it was never changed.
    old_secret_until: Option<DateTime<Utc>>,
    /// The version, as in the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<WebhookEndpoint> for WebhookEndpointResponse {
    fn from(endpoint: WebhookEndpoint) -> Self {
        Self {
            id: endpoint.id.0,
            is_active: endpoint.is_active(),
            url: endpoint.url.into(),
            description: endpoint.description.map(Into::into),
            kinds: endpoint.kinds,
            disabled_because: endpoint.disabled.map(Into::into),
            failing_since: endpoint.failing_since,
            old_secret_until: endpoint.old_secret_until,
            version: endpoint.stamps.version,
            created_at: endpoint.stamps.created_at,
            updated_at: endpoint.stamps.updated_at,
        }
    }
}

page_of!(WebhookEndpointPage of WebhookEndpointResponse, "One page of webhook endpoints.");

/// An endpoint with its newest secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedWebhookEndpoint)]
pub struct IssuedWebhookEndpointResponse {
    /// The endpoint.
    #[serde(flatten)]
    pub(super) endpoint: WebhookEndpointResponse,
    /// What signs the requests; shown this once, and null where the answer is given again.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=")]
    pub(super) secret: Option<String>,
}

pub(super) fn shown(secret: SigningSecret) -> String {
    format!("whsec_{}", STANDARD.encode(secret.0))
}

/// An endpoint to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhookEndpointRequest {
    /// Where requests go: an `https://` address of the public internet.
    #[schema(min_length = 1, max_length = 500, example = "https://hooks.example.org/madang")]
    url: String,
    /// What it is for.
    #[schema(max_length = 200, example = "학사 시스템")]
    description: Option<String>,
    /// The kinds of events that it is told of, as under `webhooks` in this document; empty or absent for all.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["certification.issued", "class.closed"]))]
    kinds: BTreeSet<String>,
}

impl CreateWebhookEndpointRequest {
    pub(super) fn into_domain(self) -> Result<NewEndpoint, Problem> {
        let mut checks = Checks::new();
        let url = checks.value("/url", WebhookUrl::parse(self.url));
        let description = checks.optional("/description", self.description, WebhookDescription::parse);
        let kinds = checks.value("/kinds", few(self.kinds));
        checks.done(|| Some(NewEndpoint { url: url?, description: description?, kinds: kinds? }))
    }
}

fn few(kinds: BTreeSet<String>) -> Result<BTreeSet<String>, FieldFault> {
    if kinds.len() > MOST_KINDS { Err(FieldFault::TooLong { max: MOST_KINDS }) } else { Ok(kinds) }
}

/// What changes on an endpoint (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWebhookEndpointRequest {
    /// Another address.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    url: Option<String>,
    /// Another purpose; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Option<Option<String>>,
    /// Other kinds of events; empty for all.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_items = 100, nullable = false)]
    kinds: Option<BTreeSet<String>>,
    /// Whether it is told of anything; what it missed can be sent again.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
}

impl UpdateWebhookEndpointRequest {
    pub(super) fn into_domain(self) -> Result<EndpointChanges, Problem> {
        let mut checks = Checks::new();
        let url = checks.optional("/url", self.url, WebhookUrl::parse);
        let description = checks.clearable("/description", self.description, WebhookDescription::parse);
        let kinds = checks.optional("/kinds", self.kinds, few);
        checks.done(|| {
            Some(EndpointChanges {
                url: url?,
                description: description?,
                kinds: kinds?,
                is_active: self.is_active,
            })
        })
    }
}

/// How long the secret before the new one signs as well.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateWebhookSecretRequest {
    /// In hours; 24 where nothing is said, 0 for not at all.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    overlap_hours: Option<i32>,
}

impl RotateWebhookSecretRequest {
    pub(super) fn into_domain(self) -> Result<TimeDelta, Problem> {
        let mut checks = Checks::new();
        let hours = self.overlap_hours.unwrap_or(OVERLAP_HOURS);
        let hours = checks.value("/overlap_hours", in_range(hours, 0..=LONGEST_OVERLAP_HOURS));
        checks.done(|| Some(TimeDelta::hours(hours?.into())))
    }
}

/// One event on its way to one endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct WebhookDeliveryResponse {
    /// The id.
    id: Uuid,
    /// The event: the `webhook-id` of every attempt.
    event_id: Uuid,
    /// What kind of event it is.
    #[schema(example = "certification.issued")]
    kind: String,
    /// What is sent.
    #[schema(example = "{\"type\":\"class.closed\",\"timestamp\":\"2026-09-01T01:00:00Z\",\"data\":{}}")]
    body: String,
    /// Where it stands.
    status: DeliveryStatusValue,
    /// How often it was sent.
    #[schema(minimum = 0, example = 1)]
    attempts: i32,
    /// What the endpoint answered last; null where it has not.
    #[schema(minimum = 100, maximum = 599, example = 204)]
    last_status: Option<i32>,
    /// Why it failed last; null where it has not.
    #[schema(example = "the endpoint took too long")]
    last_error: Option<String>,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// When it was last sent; null where it was not.
    attempted_at: Option<DateTime<Utc>>,
}

impl From<Delivery> for WebhookDeliveryResponse {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            event_id: delivery.event_id.0,
            kind: delivery.kind,
            body: delivery.body,
            status: delivery.status.into(),
            attempts: delivery.attempts,
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            created_at: delivery.created_at,
            attempted_at: delivery.attempted_at,
        }
    }
}

page_of!(WebhookDeliveryPage of WebhookDeliveryResponse, "One page of deliveries.");

/// Which deliveries are to be sent again: either these, or those that were missed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeliverWebhooksRequest {
    /// These, unless they are pending.
    #[schema(min_items = 1, max_items = 100)]
    delivery_ids: Option<Vec<Uuid>>,
    /// Those that were given up or skipped since this moment, up to 1,000.
    #[schema(example = "2026-09-01T00:00:00+09:00")]
    missed_since: Option<DateTime<Utc>>,
}

impl RedeliverWebhooksRequest {
    pub(super) fn into_domain(self) -> Result<Again, Problem> {
        let mut checks = Checks::new();
        match (self.delivery_ids, self.missed_since) {
            (Some(ids), None) => {
                if ids.is_empty() {
                    checks.fault("/delivery_ids", FieldFault::Empty);
                }
                if ids.len() > MOST_NAMED {
                    checks.fault("/delivery_ids", FieldFault::TooLong { max: MOST_NAMED });
                }
                checks.done(|| Some(Again::These(ids.into_iter().map(WebhookDeliveryId).collect())))
            }
            (None, Some(since)) => {
                let since = checks.value("/missed_since", moment(since));
                checks.done(|| Some(Again::MissedSince(since?)))
            }
            (Some(_), Some(_)) => Err(Problem::invalid_field("/missed_since", FieldFault::Inconsistent)),
            (None, None) => Err(Problem::invalid_field("/delivery_ids", FieldFault::Missing)),
        }
    }
}

/// How many are sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redelivery)]
pub struct RedeliveryResponse {
    /// How many.
    #[schema(minimum = 0, maximum = 1000, example = 3)]
    pub(super) redelivered: usize,
}
