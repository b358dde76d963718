//! Webhooks (웹훅): which other systems are told of what happens, and what was told them.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, patch, post};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    ids::{WebhookDeliveryId, WebhookEndpointId},
    page::Sort,
    webhooks::{
        Again, Delivery, DeliveryFilter, DeliverySort, DeliveryStatus, DisabledBecause, EndpointChanges,
        EndpointSort, IssuedEndpoint, NewEndpoint, SigningSecret, WebhookDescription, WebhookEndpoint,
        WebhookError, WebhookUrl,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::{choices, page_of};
use crate::{
    answer,
    problem::{FieldFault, Problem, ProblemCode},
    request::{
        Authenticated, Body, Checks, Id, Once, Params, clearable, if_match, in_range, list_query, moment,
        present,
    },
    state::App,
};

/// How many deliveries one request can name.
const MOST_NAMED: usize = 100;
/// How many kinds one endpoint can name.
const MOST_KINDS: usize = 100;
/// How long both secrets sign where nothing else is said, and at most.
const OVERLAP_HOURS: i32 = 24;
const LONGEST_OVERLAP_HOURS: i32 = 168;

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_webhook_endpoints)
        .service(create_webhook_endpoint)
        .service(get_webhook_endpoint)
        .service(update_webhook_endpoint)
        .service(delete_webhook_endpoint)
        .service(rotate_webhook_secret)
        .service(list_webhook_deliveries)
        .service(redeliver_webhooks);
}

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
    endpoint: WebhookEndpointResponse,
    /// What signs the requests; shown this once, and null where the answer is given again.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=")]
    secret: Option<String>,
}

fn shown(secret: SigningSecret) -> String {
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
    fn into_domain(self) -> Result<NewEndpoint, Problem> {
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
    fn into_domain(self) -> Result<EndpointChanges, Problem> {
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
    fn into_domain(self) -> Result<Again, Problem> {
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
    redelivered: usize,
}

list_query! {
    /// The query of `GET /webhook-endpoints`.
    ListWebhookEndpointsQuery, sort = EndpointSort, sortable = "`created_at`", {}
}

list_query! {
    /// The query of `GET /webhook-endpoints/{id}/deliveries`.
    ListWebhookDeliveriesQuery, sort = DeliverySort, sortable = "`created_at`", {
        /// That stand here.
        #[param(inline = false)]
        status: Option<DeliveryStatusValue>,
    }
}

/// List webhook endpoints.
///
/// Newest first, unless `sort` says otherwise. For who manages webhooks. 웹훅 목록.
#[utoipa::path(tag = "webhooks", params(ListWebhookEndpointsQuery), responses((status = 200, description = "One page of endpoints.", body = WebhookEndpointPage)))]
#[get("/webhook-endpoints")]
async fn list_webhook_endpoints(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListWebhookEndpointsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let sort = Sort::descending(EndpointSort::CreatedAt);
    answer::list::<_, _, WebhookEndpointPage, _, WebhookEndpointResponse, _>(
        &request,
        &query.0,
        (),
        sort,
        async move |listing| app.services().webhooks.list(&caller, listing).await,
    )
    .await
}

/// Create a webhook endpoint.
///
/// It is told of what happens from now on, by requests signed after the Standard Webhooks specification (WEBHOOKS.md). The secret is
/// shown this once. For who manages webhooks. 웹훅 등록.
#[utoipa::path(tag = "webhooks", request_body = CreateWebhookEndpointRequest,
    responses((status = 201, description = "The new endpoint, with its secret.", body = IssuedWebhookEndpointResponse)))]
#[post("/webhook-endpoints")]
async fn create_webhook_endpoint(
    once: Once,
    caller: Authenticated,
    body: Body<CreateWebhookEndpointRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let webhooks = once.app().services().webhooks.clone();
    // What is kept for a second request of the same key is kept without the secret.
    let render = |issued: &IssuedEndpoint| {
        let endpoint = issued.endpoint.clone();
        let (id, version) = (endpoint.id, endpoint.stamps.version);
        let body = IssuedWebhookEndpointResponse { endpoint: endpoint.into(), secret: None };
        answer::created(format_args!("webhook-endpoints/{id}"), version, &body)
    };
    let mut secret = None;
    let mut settled = once
        .settle(Some(&caller), render, async |answering| {
            let issued = webhooks.create(&caller, new, answering).await?;
            secret = Some(issued.secret);
            Ok::<_, WebhookError>(issued)
        })
        .await?;
    if let Some(secret) = secret {
        let unreadable = |_| Problem::new(ProblemCode::Internal);
        let mut body: Value = serde_json::from_str(&settled.answer.body).map_err(unreadable)?;
        if let Some(place) = body.get_mut("secret") {
            *place = Value::String(shown(secret));
        }
        settled.answer.body = body.to_string();
    }
    Ok(settled.into_response())
}

/// Get a webhook endpoint.
///
/// Never its secret. For who manages webhooks. 웹훅 조회.
#[utoipa::path(tag = "webhooks", params(("id" = Uuid, Path, description = "The id of the endpoint.")),
    responses((status = 200, description = "The endpoint.", body = WebhookEndpointResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/webhook-endpoints/{id}")]
async fn get_webhook_endpoint(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<WebhookEndpointId>,
) -> Result<HttpResponse, Problem> {
    let endpoint = App::of(&request)?.services().webhooks.find(&caller, id.0).await?;
    Ok(answer::resource(&request, endpoint.stamps.version, &WebhookEndpointResponse::from(endpoint)))
}

/// Update a webhook endpoint.
///
/// A merge patch (RFC 7396): absent fields keep their value. For who manages webhooks. 웹훅 수정.
#[utoipa::path(tag = "webhooks", params(("id" = Uuid, Path, description = "The id of the endpoint.")), request_body = UpdateWebhookEndpointRequest,
    responses((status = 200, description = "The changed endpoint.", body = WebhookEndpointResponse)))]
#[patch("/webhook-endpoints/{id}")]
async fn update_webhook_endpoint(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<WebhookEndpointId>,
    body: Body<UpdateWebhookEndpointRequest>,
) -> Result<HttpResponse, Problem> {
    let changes = body.0.into_domain()?;
    let webhooks = App::of(&request)?.services().webhooks.clone();
    let endpoint = webhooks.update(&caller, id.0, if_match(&request)?, changes).await?;
    Ok(answer::changed(endpoint.stamps.version, &WebhookEndpointResponse::from(endpoint)))
}

/// Delete a webhook endpoint.
///
/// With all that was, and was to be, delivered to it. For who manages webhooks. 웹훅 삭제.
#[utoipa::path(tag = "webhooks", params(("id" = Uuid, Path, description = "The id of the endpoint.")),
    responses((status = 204, description = "The endpoint is no more.")))]
#[delete("/webhook-endpoints/{id}")]
async fn delete_webhook_endpoint(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<WebhookEndpointId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().webhooks.delete(&caller, id.0, if_match(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rotate the secret of a webhook endpoint.
///
/// The new secret is shown this once. For a while requests carry two signatures, by the new secret and by the one before, so that the
/// receiver can change over. For who manages webhooks. 웹훅 서명 키 교체.
#[utoipa::path(tag = "webhooks", params(("id" = Uuid, Path, description = "The id of the endpoint.")), request_body = RotateWebhookSecretRequest,
    responses((status = 200, description = "The endpoint, with its new secret.", body = IssuedWebhookEndpointResponse)))]
#[post("/webhook-endpoints/{id}/rotate-secret")]
async fn rotate_webhook_secret(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<WebhookEndpointId>,
    body: Body<RotateWebhookSecretRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::new();
    let hours = body.0.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let hours = checks.value("/overlap_hours", in_range(hours, 0..=LONGEST_OVERLAP_HOURS));
    let overlap = checks.done(|| Some(TimeDelta::hours(hours?.into())))?;
    let issued = App::of(&request)?.services().webhooks.rotate_secret(&caller, id.0, overlap).await?;
    let secret = Some(shown(issued.secret));
    let version = issued.endpoint.stamps.version;
    let body = IssuedWebhookEndpointResponse { endpoint: issued.endpoint.into(), secret };
    Ok(answer::changed(version, &body))
}

/// List the deliveries to a webhook endpoint.
///
/// Of the last 30 days, latest first unless `sort` says otherwise. For who manages webhooks. 웹훅 전송 이력.
#[utoipa::path(tag = "webhooks", params(("id" = Uuid, Path, description = "The id of the endpoint."), ListWebhookDeliveriesQuery),
    responses((status = 200, description = "One page of deliveries.", body = WebhookDeliveryPage)))]
#[get("/webhook-endpoints/{id}/deliveries")]
async fn list_webhook_deliveries(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<WebhookEndpointId>,
    query: Params<ListWebhookDeliveriesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = DeliveryFilter { endpoint_id: id.0, status: query.status.map(Into::into) };
    let sort = Sort::descending(DeliverySort::CreatedAt);
    answer::list::<_, _, WebhookDeliveryPage, _, WebhookDeliveryResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().webhooks.deliveries(&caller, listing).await,
    )
    .await
}

/// Send deliveries to a webhook endpoint again.
///
/// Under the same `webhook-id`, so that a receiver tells what it has had. Pending ones are left alone. For who manages webhooks. 웹훅 재전송.
#[utoipa::path(tag = "webhooks", params(("id" = Uuid, Path, description = "The id of the endpoint.")), request_body = RedeliverWebhooksRequest,
    responses((status = 202, description = "So many are sent again.", body = RedeliveryResponse)))]
#[post("/webhook-endpoints/{id}/redeliver")]
async fn redeliver_webhooks(
    once: Once,
    caller: Authenticated,
    id: Id<WebhookEndpointId>,
    body: Body<RedeliverWebhooksRequest>,
) -> Result<HttpResponse, Problem> {
    let which = body.0.into_domain()?;
    let webhooks = once.app().services().webhooks.clone();
    let render = |count: &usize| {
        answer::created_many(StatusCode::ACCEPTED, &RedeliveryResponse { redelivered: *count })
    };
    once.run(Some(&caller), render, async |answering| {
        webhooks.redeliver(&caller, id.0, which, answering).await
    })
    .await
}
