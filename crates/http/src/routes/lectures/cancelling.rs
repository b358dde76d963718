//! Cancelling a lecture, and letting it take place after all.

use actix_web::{HttpRequest, HttpResponse, post};
use madang_domain::{audit::Reason, ids::LectureId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{changed, shapes::LectureResponse};
use crate::{
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, if_match},
    state::App,
};

/// Why a lecture is cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelLectureRequest {
    /// Why, for the learners and for the history.
    #[schema(min_length = 1, max_length = 500, example = "강사 사정")]
    reason: String,
}

impl CancelLectureRequest {
    fn into_domain(self) -> Result<Reason, Problem> {
        let mut checks = Checks::new();
        let reason = checks.value("/reason", Reason::parse(self.reason));
        checks.done(|| reason)
    }
}

/// Cancel a lecture.
///
/// The lecture stays, with its marks, and counts nowhere: nobody is expected at it and no mark of it counts, until it is
/// restored. For managers and the lecturers of the class. 휴강.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the lecture.")), request_body = CancelLectureRequest,
    responses((status = 200, description = "The cancelled lecture.", body = LectureResponse)))]
#[post("/lectures/{id}/cancel")]
pub(super) async fn cancel_lecture(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    body: Body<CancelLectureRequest>,
) -> Result<HttpResponse, Problem> {
    let reason = body.0.into_domain()?;
    let lectures = &App::of(&request)?.services().lectures.clone();
    let lecture = lectures.cancel(&caller, id.0, if_match(&request)?, reason).await?;
    Ok(changed(&request, lecture))
}

/// Restore a lecture.
///
/// Lets a cancelled lecture take place after all: it counts again, and so do the marks that it has. For managers and the
/// lecturers of the class. 휴강 취소.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The lecture.", body = LectureResponse)))]
#[post("/lectures/{id}/restore")]
pub(super) async fn restore_lecture(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let lectures = &App::of(&request)?.services().lectures.clone();
    let lecture = lectures.restore(&caller, id.0, if_match(&request)?).await?;
    Ok(changed(&request, lecture))
}
