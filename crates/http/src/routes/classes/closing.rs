//! Closing a class (마감) and opening it again.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{ClosingPreview, UnmarkedLecture},
    audit::Reason,
    ids::ClassId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{ClassResponse, handlers::changed};
use crate::{
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, Params, if_match},
    state::App,
};

/// What is still open in a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassClosing)]
pub struct ClassClosingResponse {
    /// When it was closed (마감); null while it is open.
    closed_at: Option<DateTime<Utc>>,
    /// How many marks are missing at all lectures that have begun and were not cancelled.
    #[schema(minimum = 0, example = 3)]
    unmarked: u64,
    /// The lectures at which somebody is not marked, in the order of time.
    #[schema(max_items = 10_000)]
    lectures: Vec<UnmarkedLectureResponse>,
    /// Up to when lectures counted as begun.
    as_of: DateTime<Utc>,
}

/// A lecture at which somebody is not marked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnmarkedLecture)]
pub struct UnmarkedLectureResponse {
    /// The lecture.
    lecture_id: Uuid,
    /// Its title.
    #[schema(example = "물감과 붓")]
    title: String,
    /// Its number in the class.
    #[schema(minimum = 1, example = 1)]
    sequence: i32,
    /// When it starts.
    #[schema(example = "2026-03-03T10:00:00Z")]
    lecture_date: DateTime<Utc>,
    /// How many learners are expected at it.
    #[schema(minimum = 0, example = 20)]
    expected: u64,
    /// How many of them are not marked; `GET /classes/{id}/enrolments?unmarked_at=` lists them.
    #[schema(minimum = 1, example = 3)]
    unmarked: u64,
}

impl From<UnmarkedLecture> for UnmarkedLectureResponse {
    fn from(one: UnmarkedLecture) -> Self {
        Self {
            lecture_id: one.lecture.id.0,
            title: one.lecture.title.into(),
            sequence: one.lecture.sequence,
            lecture_date: one.lecture.starts_at,
            expected: one.expected,
            unmarked: one.unmarked,
        }
    }
}

impl From<ClosingPreview> for ClassClosingResponse {
    fn from(preview: ClosingPreview) -> Self {
        Self {
            closed_at: preview.class.closed_at,
            unmarked: preview.lectures.iter().map(|one| one.unmarked).sum(),
            lectures: preview.lectures.into_iter().map(Into::into).collect(),
            as_of: preview.as_of,
        }
    }
}

/// Preview closing a class.
///
/// What is still unmarked, by lecture. For managers and those who teach the class. 마감 전 확인.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "What is still open.", body = ClassClosingResponse)))]
#[get("/classes/{id}/closing")]
pub(super) async fn preview_closing(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let preview = App::of(&request)?.services().closing.preview(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(ClassClosingResponse::from(preview)))
}

/// The query of `POST /classes/{id}/close`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CloseClassQuery {
    /// Closes the class even while marks are missing.
    #[serde(default)]
    #[param(default = false)]
    force: bool,
}

/// Close a class.
///
/// From then on its lectures, enrolments and marks stand still; a manager may still correct a mark, with a reason, which
/// the history shows as a correction after the closing. While marks are missing at lectures that have begun the class is
/// closed only with `force`: `GET /classes/{id}/closing` lists them. No mark is made any more once this is answered. For
/// managers. 수업 마감.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class."), CloseClassQuery),
    responses((status = 200, description = "The closed class.", body = ClassResponse)))]
#[post("/classes/{id}/close")]
pub(super) async fn close_class(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<CloseClassQuery>,
) -> Result<HttpResponse, Problem> {
    let closing = &App::of(&request)?.services().closing.clone();
    Ok(changed(closing.close(&caller, id.0, if_match(&request)?, query.0.force).await?))
}

/// Why a class is opened again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenClassRequest {
    /// Why, for the history.
    #[schema(min_length = 1, max_length = 500, example = "출석부 누락 확인")]
    reason: String,
}

impl ReopenClassRequest {
    fn into_domain(self) -> Result<Reason, Problem> {
        let mut checks = Checks::new();
        let reason = checks.value("/reason", Reason::parse(self.reason));
        checks.done(|| reason)
    }
}

/// Reopen a class.
///
/// Lets a closed class change again; the reason stays in the history. For managers. 수업 마감 취소.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = ReopenClassRequest,
    responses((status = 200, description = "The open class.", body = ClassResponse)))]
#[post("/classes/{id}/reopen")]
pub(super) async fn reopen_class(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<ReopenClassRequest>,
) -> Result<HttpResponse, Problem> {
    let reason = body.0.into_domain()?;
    let closing = &App::of(&request)?.services().closing.clone();
    Ok(changed(closing.reopen(&caller, id.0, if_match(&request)?, reason).await?))
}
