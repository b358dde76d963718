//! Check-in sessions: opened, closed and opened again by staff.

use actix_web::{HttpRequest, HttpResponse, get, post};
use madang_domain::{attendance::capture::CheckInSession, ids::LectureId};

use super::shapes::{CheckInSessionResponse, OpenCheckInRequest};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Id, Once, if_match},
    state::App,
};

/// Get the check-in session of a lecture.
///
/// When one may check in by oneself. For everybody who may see the lecture. 셀프 출석 시간 조회.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The session.", body = CheckInSessionResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/lectures/{id}/check-in-session")]
pub(super) async fn get_check_in_session(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let session = app.services().capture.session(&caller, id.0).await?;
    Ok(answer::resource(&request, session.stamps.version, &CheckInSessionResponse::at(&session, app.now())))
}

/// Open check-in for a lecture.
///
/// From then on its learners can check in by themselves with the rotating code, until the end of the lecture unless another time is given; how late one may
/// come is what the policy of the class says at this moment. For managers and the lecturers and assistants of the class. 셀프 출석 열기.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = OpenCheckInRequest,
    responses((status = 201, description = "The new session.", body = CheckInSessionResponse)))]
#[post("/lectures/{id}/check-in-session")]
pub(super) async fn open_check_in_session(
    once: Once,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<OpenCheckInRequest>,
) -> Result<HttpResponse, Problem> {
    let times = body.0.into_domain()?;
    let capture = once.app().services().capture.clone();
    let render = |session: &CheckInSession| {
        let place = format_args!("lectures/{}/check-in-session", session.lecture_id);
        // As it stood when it was made: by the moment at which the request came in it may not have been open yet.
        let shown = CheckInSessionResponse::at(session, session.stamps.updated_at);
        answer::created(place, session.stamps.version, &shown)
    };
    once.run(Some(&caller), render, async |answering| capture.open(&caller, id.0, times, answering).await)
        .await
}

/// Close check-in for a lecture.
///
/// Nobody checks in any more, and who has no mark becomes absent if the policy of the class says so. Closing again changes nothing.
/// For managers and the lecturers and assistants of the class. 셀프 출석 마감.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The closed session.", body = CheckInSessionResponse)))]
#[post("/lectures/{id}/check-in-session/close")]
pub(super) async fn close_check_in_session(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let session = app.services().capture.close(&caller, id.0, if_match(&request)?).await?;
    Ok(answer::changed(session.stamps.version, &CheckInSessionResponse::at(&session, app.now())))
}

/// Reopen check-in for a lecture.
///
/// Marks that were made stay; who was made absent by the closing can check in again. Until the end of the lecture unless another time is given.
/// For managers and the lecturers and assistants of the class. 셀프 출석 다시 열기.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = OpenCheckInRequest,
    responses((status = 200, description = "The open session.", body = CheckInSessionResponse)))]
#[post("/lectures/{id}/check-in-session/reopen")]
pub(super) async fn reopen_check_in_session(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<OpenCheckInRequest>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let times = body.0.into_domain()?;
    let session = app.services().capture.reopen(&caller, id.0, if_match(&request)?, times).await?;
    Ok(answer::changed(session.stamps.version, &CheckInSessionResponse::at(&session, app.now())))
}
