//! API keys (API 키): how machines call.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::api_keys::{
        ApiKey, ApiKeyError, ApiKeyFilter, ApiKeyName, ApiKeySort, IssuedApiKey, NewApiKey,
    },
    ids::{ApiKeyId, UserId},
    page::Sort,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::users::PermissionValue;
use crate::{
    answer,
    problem::{FieldFault, Problem, ProblemCode},
    request::{Authenticated, Body, Checks, Id, Once, Params, list_query, moment},
    routes::shapes::page_of,
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_api_keys).service(create_api_key).service(get_api_key).service(revoke_api_key);
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyResponse {
    /// The id.
    id: Uuid,
    /// Who made it, and for whom it acts.
    owner_id: Uuid,
    /// What it is for.
    #[schema(example = "출석 단말기")]
    name: String,
    /// What it may do, as far as its owner may.
    #[schema(max_items = 100, example = json!(["mark_attendance"]))]
    permissions: BTreeSet<PermissionValue>,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// When it ends.
    expires_at: DateTime<Utc>,
    /// When it was last used, to the minute; null where that has not happened.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null where it has not been.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiKey> for ApiKeyResponse {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.0,
            owner_id: key.owner_id.0,
            name: key.name.into(),
            permissions: key.permissions.into_iter().map(Into::into).collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

page_of!(ApiKeyPage of ApiKeyResponse, "One page of API keys.");

/// A new key, with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedApiKey)]
pub struct IssuedApiKeyResponse {
    /// The key.
    #[serde(flatten)]
    key: ApiKeyResponse,
    /// What the machine sends as `Authorization: Bearer …`; shown this once, and null where the answer is given again.
    #[schema(example = "mdg_4fJ0d2Z3bXkq0yXc1Rb7m8sQWvT5uNnLh6aGzKpEoIYh2Kq9x")]
    secret: Option<String>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKeyRequest {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, example = "출석 단말기")]
    name: String,
    /// What it may do; only what its maker may do.
    #[schema(min_items = 1, max_items = 100, example = json!(["mark_attendance"]))]
    permissions: BTreeSet<PermissionValue>,
    /// When it ends: within 366 days.
    #[schema(example = "2027-01-01T00:00:00+09:00")]
    expires_at: DateTime<Utc>,
}

impl CreateApiKeyRequest {
    fn into_domain(self) -> Result<NewApiKey, Problem> {
        let mut checks = Checks::new();
        let name = checks.value("/name", ApiKeyName::parse(self.name));
        let expires_at = checks.value("/expires_at", moment(self.expires_at));
        if self.permissions.is_empty() {
            checks.fault("/permissions", FieldFault::Empty);
        }
        let permissions = self.permissions.into_iter().map(Into::into).collect();
        checks.done(|| Some(NewApiKey { name: name?, permissions, expires_at: expires_at? }))
    }
}

list_query! {
    /// The query of `GET /api-keys`.
    ListApiKeysQuery, sort = ApiKeySort, sortable = "`created_at`, `expires_at`", {
        /// Of this user; for who may manage keys.
        #[param(example = "01980000-0000-7000-8000-000000000001")]
        owner_id: Option<Uuid>,
    }
}

/// List API keys.
///
/// One's own, or those of everybody for who may manage keys; newest first, unless `sort` says otherwise. API 키 목록.
#[utoipa::path(tag = "api-keys", params(ListApiKeysQuery), responses((status = 200, description = "One page of keys.", body = ApiKeyPage)))]
#[get("/api-keys")]
async fn list_api_keys(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListApiKeysQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = ApiKeyFilter { owner_id: query.owner_id.map(UserId) };
    let sort = Sort::descending(ApiKeySort::CreatedAt);
    answer::list::<_, _, ApiKeyPage, _, ApiKeyResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().api_keys.list(&caller, listing).await,
    )
    .await
}

/// Create an API key.
///
/// For machines: it may do what it names, as far as its maker may do it, now and later. The secret is shown this once. A key
/// can't make keys. API 키 발급.
#[utoipa::path(tag = "api-keys", request_body = CreateApiKeyRequest,
    responses((status = 201, description = "The new key, with its secret.", body = IssuedApiKeyResponse)))]
#[post("/api-keys")]
async fn create_api_key(
    once: Once,
    caller: Authenticated,
    body: Body<CreateApiKeyRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let keys = once.app().services().api_keys.clone();
    // What is kept for a second request of the same key is kept without the secret.
    let render = |issued: &IssuedApiKey| {
        let body = IssuedApiKeyResponse { key: issued.key.clone().into(), secret: None };
        answer::created(format_args!("api-keys/{}", issued.key.id), 1, &body)
    };
    let mut secret = None;
    let mut settled = once
        .settle(Some(&caller), render, async |answering| {
            let issued = keys.create(&caller, new, answering).await?;
            secret = Some(issued.secret.clone());
            Ok::<_, ApiKeyError>(issued)
        })
        .await?;
    if let Some(secret) = secret {
        let unreadable = |_| Problem::new(ProblemCode::Internal);
        let mut body: Value = serde_json::from_str(&settled.answer.body).map_err(unreadable)?;
        if let Some(place) = body.get_mut("secret") {
            *place = Value::String(secret.expose().to_owned());
        }
        settled.answer.body = body.to_string();
    }
    Ok(settled.into_response())
}

/// Get an API key.
///
/// One's own, or anybody's for who may manage keys; never its secret. API 키 조회.
#[utoipa::path(tag = "api-keys", params(("id" = Uuid, Path, description = "The id of the key.")),
    responses((status = 200, description = "The key.", body = ApiKeyResponse)))]
#[get("/api-keys/{id}")]
async fn get_api_key(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ApiKeyId>,
) -> Result<HttpResponse, Problem> {
    let key = App::of(&request)?.services().api_keys.find(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(ApiKeyResponse::from(key)))
}

/// Revoke an API key.
///
/// One's own, or anybody's for who may manage keys. It opens nothing at once on this node, and within 5 seconds on the others.
/// API 키 폐기.
#[utoipa::path(tag = "api-keys", params(("id" = Uuid, Path, description = "The id of the key.")),
    responses((status = 204, description = "The key is revoked.")))]
#[delete("/api-keys/{id}")]
async fn revoke_api_key(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ApiKeyId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    app.services().api_keys.revoke(&caller, id.0).await?;
    app.forget_machines();
    Ok(HttpResponse::NoContent().finish())
}
