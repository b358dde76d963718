//! Lectures (차시): the sessions of a class. `shapes` has their JSON, `recurring` makes many on a weekly pattern,
//! `cancelling` takes one out and puts it back, `ordering` numbers them anew, `warnings` tells what to look at.

mod cancelling;
mod ordering;
mod recurring;
mod shapes;
mod warnings;

use actix_web::{HttpRequest, HttpResponse, delete, get, http::header::ACCEPT_LANGUAGE, patch, post, put};
use madang_domain::{
    ids::{ClassId, LectureId},
    learning::lectures::{LectureChanges, LectureFilter, LectureSort, Planned},
    page::Sort,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::recurring::MAX_HOLIDAYS;
use self::shapes::{
    AttendanceTypeValue, CreateLectureRequest, LecturePage, LectureResponse, ReplaceLectureRequest,
    UpdateLectureRequest,
};
use self::warnings::planned;
pub use self::warnings::{SkippedDayResponse, WarningResponse};
use crate::{
    answer,
    problem::{Language, Problem},
    request::{Authenticated, Body, Id, Once, Params, if_match, list_query, span},
    state::App,
};

/// The routes of lectures.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_lectures)
        .service(create_lecture)
        .service(recurring::create_recurring_lectures)
        .service(get_lecture)
        .service(replace_lecture)
        .service(update_lecture)
        .service(delete_lecture)
        .service(ordering::order_lectures)
        .service(cancelling::cancel_lecture)
        .service(cancelling::restore_lecture);
}

list_query! {
    /// The query of `GET /classes/{id}/lectures`.
    ListLecturesQuery, sort = LectureSort, sortable = "`sequence`, `lecture_date`, `created_at`", {
        /// That start on this day (in Seoul) or at this moment, or later.
        #[param(max_length = 40, example = "2026-03-01")]
        from: Option<String>,
        /// That start on this day (in Seoul) at the latest, or before this moment.
        #[param(max_length = 40, example = "2026-03-31")]
        to: Option<String>,
        /// That one attends this way.
        #[param(inline = false)]
        attendance_type: Option<AttendanceTypeValue>,
    }
}

/// List the lectures of a class.
///
/// By sequence, unless `sort` says otherwise. 차시 목록.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the class."), ListLecturesQuery),
    responses((status = 200, description = "One page of lectures.", body = LecturePage)))]
#[get("/classes/{id}/lectures")]
async fn list_lectures(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<ListLecturesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let filter = LectureFilter {
        class_id: id.0,
        from: span.from,
        to: span.to,
        attendance_type: query.attendance_type.map(Into::into),
    };
    let sort = Sort::ascending(LectureSort::Sequence);
    answer::list::<_, _, LecturePage, _, LectureResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().lectures.list(&caller, listing).await,
    )
    .await
}

/// Create a lecture.
///
/// Adds a session to a class; a conflict of place or lecturer is a warning, never a refusal. For managers and the lecturers of the class. 차시 등록.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = CreateLectureRequest,
    responses((status = 201, description = "The new lecture.", body = LectureResponse)))]
#[post("/classes/{id}/lectures")]
async fn create_lecture(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<CreateLectureRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let lectures = once.app().services().lectures.clone();
    let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
    let render = |new: &Planned| {
        let body = planned(new.clone(), language);
        answer::created(format_args!("lectures/{}", new.lecture.id), new.lecture.stamps.version, &body)
    };
    once.run(Some(&caller), render, async |answering| lectures.create(&caller, id.0, new, answering).await)
        .await
}

/// Get a lecture.
///
/// Who does not manage the catalogue finds lectures of active classes, and of classes that they teach. 차시 조회.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The lecture.", body = LectureResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/lectures/{id}")]
async fn get_lecture(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let lecture = App::of(&request)?.services().lectures.find(&caller, id.0).await?;
    Ok(answer::resource(&request, lecture.stamps.version, &LectureResponse::from(lecture)))
}

/// Replace a lecture.
///
/// Every field is set; one that is absent is cleared. For managers and the lecturers of the class. 차시 전체 수정.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = ReplaceLectureRequest,
    responses((status = 200, description = "The changed lecture.", body = LectureResponse)))]
#[put("/lectures/{id}")]
async fn replace_lecture(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<ReplaceLectureRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?).await
}

/// Update a lecture.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. A lecture that is moved keeps its marks, and
/// who counts at it follows the new day. For managers and the lecturers of the class. 차시 일부 수정.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = UpdateLectureRequest,
    responses((status = 200, description = "The changed lecture.", body = LectureResponse)))]
#[patch("/lectures/{id}")]
async fn update_lecture(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<UpdateLectureRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?).await
}

async fn change(
    request: &HttpRequest,
    caller: &Authenticated,
    id: LectureId,
    changes: LectureChanges,
) -> Result<HttpResponse, Problem> {
    let lectures = &App::of(request)?.services().lectures.clone();
    let new = lectures.update(caller, id, if_match(request)?, changes).await?;
    Ok(changed(request, new))
}

/// A changed lecture with what to look at.
fn changed(request: &HttpRequest, new: Planned) -> HttpResponse {
    let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
    answer::changed(new.lecture.stamps.version, &planned(new, language))
}

/// The query of `DELETE /lectures/{id}`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteLectureQuery {
    /// Removes the lecture even if it has marks, and them with it. For managers.
    #[serde(default)]
    #[param(default = false)]
    force: bool,
}

/// Delete a lecture.
///
/// One with marks is kept, with 409, unless a manager says `force`; the marks go with it, into the audit log. For managers and the lecturers of the class. 차시 삭제.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the lecture."), DeleteLectureQuery),
    responses((status = 204, description = "The lecture is no more.")))]
#[delete("/lectures/{id}")]
async fn delete_lecture(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    query: Params<DeleteLectureQuery>,
) -> Result<HttpResponse, Problem> {
    let lectures = &App::of(&request)?.services().lectures.clone();
    lectures.delete(&caller, id.0, if_match(&request)?, query.0.force).await?;
    Ok(HttpResponse::NoContent().finish())
}
