//! What learners do: check in, go out, come back, check out.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, post};
use madang_domain::{
    attendance::{Attendance, capture::CheckedIn},
    ids::LectureId,
};

use super::shapes::{CheckInProofRequest, CheckInRequest};
use crate::{
    answer,
    limits::ClientAddress,
    problem::Problem,
    request::{Authenticated, Body, Id, Once},
    routes::attendances::AttendanceResponse,
    state::App,
};

/// Check in at a lecture.
///
/// With the code that the lecture shows, by QR code or by its six digits; each learner has a few wrong tries in ten minutes. Whether one is late follows from the
/// policy of the class. Who has checked in already is answered 200 with the mark that there is, and a mark that staff made stays. A device without
/// network may hand in later what it scanned, with `captured_at`. For the learners of the lecture. 셀프 출석.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = CheckInRequest,
    responses((status = 201, description = "The new mark.", body = AttendanceResponse),
        (status = 200, description = "The mark that there was.", body = AttendanceResponse)))]
#[post("/lectures/{id}/check-in")]
pub(super) async fn check_in(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<CheckInRequest>,
) -> Result<HttpResponse, Problem> {
    let check_in = body.0.into_domain(Some(network(&request)))?;
    let capture = once.app().services().capture.clone();
    let render = |done: &CheckedIn| {
        let mark = &done.attendance;
        let body = AttendanceResponse::from(mark.clone());
        let mut answer = answer::created(format_args!("attendances/{}", mark.id), mark.stamps.version, &body);
        if !done.is_new {
            answer.status = 200;
        }
        answer
    };
    once.run(Some(&caller), render, async |answering| {
        capture.check_in(&caller, id.0, check_in, answering).await
    })
    .await
}

/// Check out of a lecture.
///
/// With the code, up to an hour after the end; who goes before the end leaves early. Checking out again changes nothing. For learners who have checked in. 퇴실.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = CheckInProofRequest,
    responses((status = 200, description = "The mark with the times.", body = AttendanceResponse)))]
#[post("/lectures/{id}/check-out")]
pub(super) async fn check_out(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<CheckInProofRequest>,
) -> Result<HttpResponse, Problem> {
    let code = body.0.into_domain()?;
    Ok(answer(App::of(&request)?.services().capture.check_out(&caller, id.0, &code).await?))
}

/// Step out of a lecture.
///
/// Until one comes back, one has left early. Stepping out again changes nothing. For learners who have checked in. 외출.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The mark with the times.", body = AttendanceResponse)))]
#[post("/lectures/{id}/step-out")]
pub(super) async fn step_out(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(App::of(&request)?.services().capture.step_out(&caller, id.0).await?))
}

/// Come back to a lecture.
///
/// With the code. For learners who have stepped out. 복귀.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = CheckInProofRequest,
    responses((status = 200, description = "The mark with the times.", body = AttendanceResponse)))]
#[post("/lectures/{id}/return")]
pub(super) async fn come_back(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<CheckInProofRequest>,
) -> Result<HttpResponse, Problem> {
    let code = body.0.into_domain()?;
    Ok(answer(App::of(&request)?.services().capture.come_back(&caller, id.0, &code).await?))
}

fn answer(mark: Attendance) -> HttpResponse {
    answer::changed(mark.stamps.version, &AttendanceResponse::from(mark))
}

/// The network that a request came from: addresses of one household or one phone share it.
fn network(request: &HttpRequest) -> String {
    match ClientAddress::of(request) {
        IpAddr::V4(address) => {
            let [one, two, three, _] = address.octets();
            format!("{one}.{two}.{three}")
        }
        IpAddr::V6(address) => {
            let [one, two, three, ..] = address.segments();
            format!("{one:x}:{two:x}:{three:x}")
        }
    }
}
