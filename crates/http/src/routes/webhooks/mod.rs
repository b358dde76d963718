//! Webhooks (웹훅): which other systems are told of what happens, and what was told them.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, patch, post};
use madang_domain::{
    ids::WebhookEndpointId,
    page::Sort,
    webhooks::{DeliveryFilter, DeliverySort, EndpointSort, IssuedEndpoint, WebhookError},
};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;
mod shapes;

use shapes::{
    CreateWebhookEndpointRequest, IssuedWebhookEndpointResponse, RedeliverWebhooksRequest,
    RedeliveryResponse, RotateWebhookSecretRequest, UpdateWebhookEndpointRequest, WebhookDeliveryPage,
    WebhookDeliveryResponse, WebhookEndpointPage, WebhookEndpointResponse, shown,
};

pub use shapes::{DeliveryStatusValue, DisabledBecauseValue};

use crate::{
    answer,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Body, Id, Once, Params, if_match, list_query},
    state::App,
};

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
    let overlap = body.0.into_domain()?;
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
