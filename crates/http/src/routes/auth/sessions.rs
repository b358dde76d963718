//! One's own sessions: seeing them and ending them.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::sessions::{SessionSort, SessionView},
    ids::SessionId,
    page::Sort,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Id, Params, list_query},
    routes::shapes::page_of,
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(log_out).service(log_out_everywhere).service(list_sessions).service(end_session);
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionResponse {
    /// The id.
    id: Uuid,
    /// What the client calls itself; null where it does not say.
    #[schema(example = "Mozilla/5.0 (Linux; Android 16)")]
    user_agent: Option<String>,
    /// The address that it last signed in or refreshed from.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last refreshed.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is refreshed before.
    ends_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    #[schema(example = true)]
    is_current: bool,
}

impl From<SessionView> for SessionResponse {
    fn from(SessionView { session, is_current }: SessionView) -> Self {
        Self {
            id: session.id.0,
            user_agent: session.device.user_agent,
            address: session.device.address,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            ends_at: session.ends_at,
            is_current,
        }
    }
}

page_of!(SessionPage of SessionResponse, "One page of sessions.");

list_query! {
    /// The query of `GET /auth/sessions`.
    ListSessionsQuery, sort = SessionSort, sortable = "`last_used_at`, `created_at`", {}
}

/// List one's own sessions.
///
/// Those that stand, last used first, unless `sort` says otherwise. 로그인 기기 목록.
#[utoipa::path(tag = "auth", params(ListSessionsQuery), responses((status = 200, description = "One page of one's own sessions.", body = SessionPage)))]
#[get("/auth/sessions")]
async fn list_sessions(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListSessionsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let sort = Sort::descending(SessionSort::LastUsedAt);
    answer::list::<_, _, SessionPage, _, SessionResponse, _>(
        &request,
        &query.0,
        (),
        sort,
        async move |listing| app.services().sessions.list(&caller, listing).await,
    )
    .await
}

/// End one of one's own sessions.
///
/// Its refresh token is good for nothing at once, its access token within 5 seconds. 기기 로그아웃.
#[utoipa::path(tag = "auth", params(("id" = Uuid, Path, description = "The id of the session.")),
    responses((status = 204, description = "The session has ended.")))]
#[delete("/auth/sessions/{id}")]
async fn end_session(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<SessionId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    app.services().sessions.end(&caller, id.0).await?;
    app.forget_caller(caller.id()?);
    Ok(HttpResponse::NoContent().finish())
}

/// Sign out.
///
/// Ends the session of the access token: at once on this node, within 5 seconds on every other. 로그아웃.
#[utoipa::path(tag = "auth", responses((status = 204, description = "The session has ended.")))]
#[post("/auth/logout")]
async fn log_out(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    app.services().sessions.log_out(&caller).await?;
    app.forget_caller(caller.id()?);
    Ok(app.browser_sessions().farewell(&request))
}

/// Sign out everywhere.
///
/// Ends all of one's own sessions, this one too. 모든 기기 로그아웃.
#[utoipa::path(tag = "auth", responses((status = 204, description = "Every session has ended.")))]
#[post("/auth/logout-all")]
async fn log_out_everywhere(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    app.services().sessions.log_out_everywhere(&caller).await?;
    app.forget_caller(caller.id()?);
    Ok(app.browser_sessions().farewell(&request))
}
