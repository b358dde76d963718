//! The inbox.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch};
use madang_domain::{
    ids::NoticeId,
    notifications::{NoticeFilter, NoticeSort},
    page::Sort,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{NoticePage, NoticeResponse, NotificationKindValue};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Id, Params, list_query},
    state::App,
};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(list_notifications)
        .service(count_unread_notifications)
        .service(read_all_notifications)
        .service(read_notification)
        .service(delete_notification);
}

list_query! {
    /// The query of `GET /notifications`.
    ListNotificationsQuery, sort = NoticeSort, sortable = "`created_at`", {
        /// Unread ones (`true`), or read ones (`false`).
        unread: Option<bool>,
        /// Of this kind.
        #[param(inline = false)]
        kind: Option<NotificationKindValue>,
    }
}

/// How many notices one has not read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnreadCount)]
pub struct UnreadResponse {
    /// So many.
    #[schema(minimum = 0, example = 3)]
    unread: u64,
}

/// How many notices one has read at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadCount)]
pub struct ReadResponse {
    /// So many had been unread.
    #[schema(minimum = 0, example = 3)]
    read: u64,
}

/// List one's notices.
///
/// The latest first, unless `sort` says otherwise; kept for 30 days. What is no longer true (a lecture was cancelled, a mark corrected) leaves the
/// list. 알림함.
#[utoipa::path(tag = "notifications", params(ListNotificationsQuery),
    responses((status = 200, description = "One page of notices.", body = NoticePage)))]
#[get("/notifications")]
async fn list_notifications(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListNotificationsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter =
        NoticeFilter { user_id: caller.id()?, unread: query.unread, kind: query.kind.map(Into::into) };
    answer::list::<_, _, NoticePage, _, NoticeResponse, _>(
        &request,
        &query,
        filter,
        Sort::descending(NoticeSort::CreatedAt),
        async move |listing| app.services().notifications.list(&caller, listing).await,
    )
    .await
}

/// Count one's unread notices.
///
/// For a badge; the stream tells the same with each change. 읽지 않은 알림 수.
#[utoipa::path(tag = "notifications", responses((status = 200, description = "How many.", body = UnreadResponse)))]
#[get("/notifications/unread-count")]
async fn count_unread_notifications(
    request: HttpRequest,
    caller: Authenticated,
) -> Result<HttpResponse, Problem> {
    let unread = App::of(&request)?.services().notifications.unread(&caller).await?;
    Ok(HttpResponse::Ok().json(UnreadResponse { unread }))
}

/// Read a notice.
///
/// Marks one of one's own as read; reading it again changes nothing. A notice that was read is not sent over other channels any more. 알림 읽음.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the notice.")),
    responses((status = 200, description = "The notice.", body = NoticeResponse)))]
#[patch("/notifications/{id}/read")]
async fn read_notification(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<NoticeId>,
) -> Result<HttpResponse, Problem> {
    let read = App::of(&request)?.services().notifications.read(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(NoticeResponse::from(read)))
}

/// Read all notices.
///
/// Marks all of one's own as read. 모두 읽음.
#[utoipa::path(tag = "notifications", responses((status = 200, description = "How many had been unread.", body = ReadResponse)))]
#[patch("/notifications/read-all")]
async fn read_all_notifications(
    request: HttpRequest,
    caller: Authenticated,
) -> Result<HttpResponse, Problem> {
    let read = App::of(&request)?.services().notifications.read_all(&caller).await?;
    Ok(HttpResponse::Ok().json(ReadResponse { read: read as u64 }))
}

/// Delete a notice.
///
/// Puts one of one's own away; it is not told again. 알림 삭제.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the notice.")),
    responses((status = 204, description = "It is gone.")))]
#[delete("/notifications/{id}")]
async fn delete_notification(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<NoticeId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().notifications.put_away(&caller, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
