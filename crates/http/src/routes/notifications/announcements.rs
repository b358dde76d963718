//! Announcements to a class.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{AnnouncementId, ClassId},
    notifications::{
        Announcement, AnnouncementBody, AnnouncementFilter, AnnouncementSort, AnnouncementTitle,
        NewAnnouncement,
    },
    page::Sort,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, Once, Params, if_match, list_query},
    routes::shapes::page_of,
    state::App,
};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(list_announcements)
        .service(create_announcement)
        .service(get_announcement)
        .service(withdraw_announcement);
}

/// Something that staff told a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Announcement)]
pub struct AnnouncementResponse {
    /// The id.
    id: Uuid,
    /// The class.
    class_id: Uuid,
    /// What it is called.
    #[schema(example = "다음 주 준비물")]
    title: String,
    /// What it says.
    #[schema(example = "물통과 앞치마를 가져와 주세요.")]
    body: String,
    /// Whether it is sent in quiet hours too.
    is_urgent: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Who made it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<Announcement> for AnnouncementResponse {
    fn from(announcement: Announcement) -> Self {
        Self {
            id: announcement.id.0,
            class_id: announcement.class_id.0,
            title: announcement.title.into(),
            body: announcement.body.into(),
            is_urgent: announcement.is_urgent,
            created_at: announcement.stamps.created_at,
            created_by: announcement.stamps.created_by.map(|id| id.0),
            updated_at: announcement.stamps.updated_at,
            updated_by: announcement.stamps.updated_by.map(|id| id.0),
            version: announcement.stamps.version,
        }
    }
}

page_of!(AnnouncementPage of AnnouncementResponse, "One page of announcements.");

list_query! {
    /// The query of `GET /classes/{id}/announcements`.
    ListAnnouncementsQuery, sort = AnnouncementSort, sortable = "`created_at`", {}
}

/// An announcement to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAnnouncementRequest {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "다음 주 준비물")]
    title: String,
    /// What it says.
    #[schema(min_length = 1, max_length = 4_000, example = "물통과 앞치마를 가져와 주세요.")]
    body: String,
    /// Whether it is sent in quiet hours too.
    #[serde(default)]
    is_urgent: bool,
}

impl CreateAnnouncementRequest {
    fn into_domain(self) -> Result<NewAnnouncement, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", AnnouncementTitle::parse(self.title));
        let body = checks.value("/body", AnnouncementBody::parse(self.body));
        checks.done(|| Some(NewAnnouncement { title: title?, body: body?, is_urgent: self.is_urgent }))
    }
}

/// List the announcements to a class.
///
/// The latest first, unless `sort` says otherwise; without those that were taken back. For managers, and who teaches or learns in the class. 공지 목록.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the class."), ListAnnouncementsQuery),
    responses((status = 200, description = "One page of announcements.", body = AnnouncementPage)))]
#[get("/classes/{id}/announcements")]
async fn list_announcements(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<ListAnnouncementsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    answer::list::<_, _, AnnouncementPage, _, AnnouncementResponse, _>(
        &request,
        &query.0,
        AnnouncementFilter { class_id: id.0 },
        Sort::descending(AnnouncementSort::CreatedAt),
        async move |listing| app.services().notifications.announcements(&caller, listing).await,
    )
    .await
}

/// Announce something to a class.
///
/// Everybody with a place in the class is told, but who announces it; once each, over the channels that they have chosen. For managers, and who teaches
/// or assists the class. 공지하기.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = CreateAnnouncementRequest,
    responses((status = 201, description = "The new announcement.", body = AnnouncementResponse)))]
#[post("/classes/{id}/announcements")]
async fn create_announcement(
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<CreateAnnouncementRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let notifications = once.app().services().notifications.clone();
    let render = |made: &Announcement| {
        let body = AnnouncementResponse::from(made.clone());
        answer::created(format_args!("announcements/{}", made.id), made.stamps.version, &body)
    };
    let class = id.0;
    once.run(Some(&caller), render, async |answering| {
        notifications.announce(&caller, class, new, answering).await
    })
    .await
}

/// Get an announcement.
///
/// For managers, and who teaches or learns in its class. 공지 조회.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the announcement.")),
    responses((status = 200, description = "The announcement.", body = AnnouncementResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/announcements/{id}")]
async fn get_announcement(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AnnouncementId>,
) -> Result<HttpResponse, Problem> {
    let found = App::of(&request)?.services().notifications.announcement(&caller, id.0).await?;
    Ok(answer::resource(&request, found.stamps.version, &AnnouncementResponse::from(found)))
}

/// Take an announcement back.
///
/// Whoever was not told yet is not told, and it leaves the inboxes of those who have not read it within some minutes. For managers, and who teaches or
/// assists the class. 공지 취소.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the announcement.")),
    responses((status = 204, description = "It is taken back.")))]
#[delete("/announcements/{id}")]
async fn withdraw_announcement(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AnnouncementId>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match(&request)?;
    let notifications = App::of(&request)?.services().notifications.clone();
    notifications.withdraw_announcement(&caller, id.0, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}
