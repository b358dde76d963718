//! Attendances (출석): the marks of users at lectures. `shapes` has their JSON, `bulk` makes many at once, `of_user` lists
//! what one user has.

mod bulk;
mod of_user;
mod shapes;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use madang_domain::{
    attendance::{Attendance, AttendanceChanges, AttendanceFilter, AttendanceSort},
    audit::{AuditFilter, AuditSort, Reason},
    ids::{AttendanceId, LectureId},
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::bulk::{BulkModeValue, OnExistingValue};
pub(super) use self::shapes::AttendanceStatusValue;
use self::shapes::{
    AttendancePage, AttendanceResponse, AttendanceViewResponse, CreateAttendanceRequest,
    ReplaceAttendanceRequest, UpdateAttendanceRequest,
};
use super::{
    audit::{AuditEntryPage, AuditEntryResponse},
    shapes::search,
};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Id, Once, Params, if_match, list_query},
    state::App,
};

/// The routes of marks.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_attendances)
        .service(create_attendance)
        .service(bulk::create_attendances)
        .service(get_attendance)
        .service(replace_attendance)
        .service(update_attendance)
        .service(delete_attendance)
        .service(list_attendance_history)
        .service(of_user::list_my_attendances)
        .service(of_user::list_user_attendances);
}

list_query! {
    /// The query of `GET /lectures/{id}/attendances`.
    ListAttendancesQuery, sort = AttendanceSort, sortable = "`name` (of the user), `lecture_date`, `created_at`, `updated_at`", {
        /// With this status.
        #[param(inline = false)]
        status: Option<AttendanceStatusValue>,
        /// Finds any part of the user's name and username, whatever its width, case, composition or spaces; also by initial consonants.
        #[param(max_length = 100, example = "하늘")]
        q: Option<String>,
    }
}

/// List the marks of a lecture.
///
/// By the names of the users, unless `sort` says otherwise. For managers and the lecturers and assistants of the class. 출석 목록.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture."), ListAttendancesQuery),
    responses((status = 200, description = "One page of marks.", body = AttendancePage)))]
#[get("/lectures/{id}/attendances")]
async fn list_attendances(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    query: Params<ListAttendancesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = AttendanceFilter {
        lecture_id: Some(id.0),
        status: query.status.map(Into::into),
        search: search(query.q.as_deref())?,
        ..AttendanceFilter::default()
    };
    let sort = Sort::ascending(AttendanceSort::Name);
    answer::list::<_, _, AttendancePage, _, AttendanceViewResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().attendances.list_of_lecture(&caller, id.0, listing).await,
    )
    .await
}

/// Mark a learner at a lecture.
///
/// The user must be enrolled as a learner on the day of the lecture, and not be marked yet. For managers and the lecturers and assistants of the class. 출석 기록.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = CreateAttendanceRequest,
    responses((status = 201, description = "The new mark.", body = AttendanceResponse)))]
#[post("/lectures/{id}/attendances")]
async fn create_attendance(
    once: Once,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<CreateAttendanceRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let attendances = once.app().services().attendances.clone();
    let render = |mark: &Attendance| {
        let body = AttendanceResponse::from(mark.clone());
        answer::created(format_args!("attendances/{}", mark.id), mark.stamps.version, &body)
    };
    once.run(Some(&caller), render, async |answering| attendances.create(&caller, id.0, new, answering).await)
        .await
}

/// Get a mark.
///
/// One's own, or one of a class that one teaches; any for managers. 출석 조회.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the mark.")),
    responses((status = 200, description = "The mark.", body = AttendanceViewResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/attendances/{id}")]
async fn get_attendance(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AttendanceId>,
) -> Result<HttpResponse, Problem> {
    let view = App::of(&request)?.services().attendances.find(&caller, id.0).await?;
    Ok(answer::resource(&request, view.attendance.stamps.version, &AttendanceViewResponse::from(view)))
}

/// Replace a mark.
///
/// Every field is set; one that is absent is cleared; the old mark stays in the history. For managers and the lecturers and assistants of the class. 출석 전체 수정.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the mark.")), request_body = ReplaceAttendanceRequest,
    responses((status = 200, description = "The changed mark.", body = AttendanceResponse)))]
#[put("/attendances/{id}")]
async fn replace_attendance(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AttendanceId>,
    body: Body<ReplaceAttendanceRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?, None).await
}

/// Update a mark.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them; the old mark stays in the history. Once the class is closed only a manager corrects,
/// with a `reason`, and the history shows it as a correction after the closing. For managers and the lecturers and assistants of the class. 출석 일부 수정.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the mark.")), request_body = UpdateAttendanceRequest,
    responses((status = 200, description = "The changed mark.", body = AttendanceResponse)))]
#[patch("/attendances/{id}")]
async fn update_attendance(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AttendanceId>,
    body: Body<UpdateAttendanceRequest>,
) -> Result<HttpResponse, Problem> {
    let (changes, reason) = body.0.into_domain()?;
    change(&request, &caller, id.0, changes, reason).await
}

async fn change(
    request: &HttpRequest,
    caller: &Authenticated,
    id: AttendanceId,
    changes: AttendanceChanges,
    reason: Option<Reason>,
) -> Result<HttpResponse, Problem> {
    let attendances = &App::of(request)?.services().attendances.clone();
    let mark = attendances.update(caller, id, if_match(request)?, changes, reason).await?;
    Ok(answer::changed(mark.stamps.version, &AttendanceResponse::from(mark)))
}

/// Delete a mark.
///
/// Takes it back, as if it had not been made; it stays in the history. For managers and the lecturers and assistants of the class. 출석 삭제.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the mark.")),
    responses((status = 204, description = "The mark is no more.")))]
#[delete("/attendances/{id}")]
async fn delete_attendance(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AttendanceId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().attendances.delete(&caller, id.0, if_match(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

list_query! {
    /// The query of `GET /attendances/{id}/history`.
    ListAttendanceHistoryQuery, sort = AuditSort, sortable = "`at`", {}
}

/// List the history of a mark.
///
/// Who changed it, when, by which request, from what to what; oldest first, unless `sort` says otherwise. A mark that was deleted keeps its history, for managers. 출석 변경 이력.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the mark."), ListAttendanceHistoryQuery),
    responses((status = 200, description = "One page of the history.", body = AuditEntryPage)))]
#[get("/attendances/{id}/history")]
async fn list_attendance_history(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AttendanceId>,
    query: Params<ListAttendanceHistoryQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let filter = AuditFilter { entity_id: Some(id.0.0), ..AuditFilter::default() };
    let sort = Sort::ascending(AuditSort::At);
    answer::list::<_, _, AuditEntryPage, _, AuditEntryResponse, _>(
        &request,
        &query.0,
        filter,
        sort,
        async move |listing| app.services().attendances.history(&caller, id.0, listing).await,
    )
    .await
}
