//! The audit log: who changed what, when.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use madang_domain::{
    audit::{AuditAction, AuditEntry, AuditFilter, AuditSort},
    ids::UserId,
    page::Sort,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::{choices, page_of};
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Params, bad_parameter, list_query, span},
    state::App,
};

/// The longest name of a kind of thing.
const MAX_ENTITY: usize = 50;

/// The routes of the audit log.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_audit_entries);
}

choices! {
    /// What was done. The list may grow.
    AuditActionValue for AuditAction { Create, Update, Delete }
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditEntryResponse {
    /// The id, which also orders the entries in time.
    id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Who; null for the system itself.
    actor: Option<Uuid>,
    /// The id of the request, as in `X-Request-ID`; null where there was none.
    #[schema(example = "01980000-0000-7000-8000-00000000000a")]
    request_id: Option<String>,
    /// What kind of thing.
    #[schema(example = "attendance")]
    entity: String,
    /// Which one.
    entity_id: Uuid,
    /// What was done.
    action: AuditActionValue,
    /// What it held before; null when it came to be.
    #[schema(value_type = Option<Object>, example = json!({"status": "absent"}))]
    old: Option<Value>,
    /// What it held afterwards; null when it was removed.
    #[schema(value_type = Option<Object>, example = json!({"status": "late"}))]
    new: Option<Value>,
    /// Why, where a reason is kept.
    reason: Option<String>,
    /// Whether it had been closed before, so that this is a correction after the closing (마감 후 정정).
    after_closing: bool,
}

impl From<AuditEntry> for AuditEntryResponse {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.0,
            at: entry.at,
            actor: entry.actor.map(|id| id.0),
            request_id: entry.request_id,
            entity: entry.entity,
            entity_id: entry.entity_id,
            action: entry.action.into(),
            old: entry.old,
            new: entry.new,
            reason: entry.reason,
            after_closing: entry.after_closing,
        }
    }
}

page_of!(AuditEntryPage of AuditEntryResponse, "One page of the audit log.");

list_query! {
    /// The query of `GET /admin/audit-log`.
    ListAuditEntriesQuery, sort = AuditSort, sortable = "`at`", {
        /// Of this kind of thing: `user`, `course`, `class`, `lecture`, `enrolment`, `attendance`, `certification`.
        #[param(max_length = 50, example = "attendance")]
        entity: Option<String>,
        /// Of this one.
        entity_id: Option<Uuid>,
        /// By this user.
        actor: Option<Uuid>,
        /// Of this day (in Seoul) or this moment, or later.
        #[param(max_length = 40, example = "2026-03-01")]
        from: Option<String>,
        /// Of this day (in Seoul) at the latest, or before this moment.
        #[param(max_length = 40, example = "2026-03-31")]
        to: Option<String>,
    }
}

/// List the audit log.
///
/// Every change, latest first, unless `sort` says otherwise. For admins and who may read the log. 변경 이력.
#[utoipa::path(tag = "audit", params(ListAuditEntriesQuery),
    responses((status = 200, description = "One page of the audit log.", body = AuditEntryPage)))]
#[get("/admin/audit-log")]
async fn list_audit_entries(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListAuditEntriesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    if query.entity.as_ref().is_some_and(|entity| entity.chars().count() > MAX_ENTITY) {
        return Err(bad_parameter("entity", FieldFault::TooLong { max: MAX_ENTITY }));
    }
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let filter = AuditFilter {
        entity: query.entity.clone(),
        entity_id: query.entity_id,
        actor: query.actor.map(UserId),
        from: span.from,
        to: span.to,
    };
    let sort = Sort::descending(AuditSort::At);
    answer::list::<_, _, AuditEntryPage, _, AuditEntryResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().audit.list(&caller, listing).await,
    )
    .await
}
