//! The order of the lectures of a class.

use actix_web::{HttpRequest, HttpResponse, put};
use madang_domain::ids::{ClassId, LectureId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes::LectureResponse;
use crate::{
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Id},
    state::App,
};

/// The most lectures of one order.
const MAX_LECTURES: usize = 10_000;

/// The lectures of a class in a new order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderLecturesRequest {
    /// The id of every lecture of the class, cancelled ones too, each once.
    #[schema(max_items = 10_000)]
    lecture_ids: Vec<Uuid>,
}

/// The lectures of a class, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderedLectures {
    /// The lectures, numbered from 1.
    #[schema(max_items = 10_000)]
    items: Vec<LectureResponse>,
}

/// Order the lectures of a class.
///
/// Numbers them from 1 as they are named, all at once. For managers and the lecturers of the class. 차시 순서 변경.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = OrderLecturesRequest,
    responses((status = 200, description = "All lectures of the class, in order.", body = OrderedLectures)))]
#[put("/classes/{id}/lectures/order")]
pub(super) async fn order_lectures(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<OrderLecturesRequest>,
) -> Result<HttpResponse, Problem> {
    let order: Vec<LectureId> = body.0.lecture_ids.into_iter().map(LectureId).collect();
    if order.len() > MAX_LECTURES {
        return Err(Problem::invalid_field("/lecture_ids", FieldFault::TooLong { max: MAX_LECTURES }));
    }
    let lectures = &App::of(&request)?.services().lectures.clone();
    let ordered = lectures.reorder(&caller, id.0, &order).await?;
    Ok(HttpResponse::Ok().json(OrderedLectures { items: ordered.into_iter().map(Into::into).collect() }))
}
