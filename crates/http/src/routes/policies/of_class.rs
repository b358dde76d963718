//! What a class goes by, and what that means for a learner.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use madang_domain::ids::{ClassId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    assessment::ExplanationResponse,
    shapes::{ClassPolicyResponse, PinChangeResponse, PinList, PinPolicyRequest},
};
use crate::{
    answer,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Body, Id, Params, if_match_given},
    state::App,
};

/// Get the attendance policy of a class.
///
/// The version that the class goes by; its `ETag` is the number of the pin. For everybody who may see the class. 수업의 출석 인정 기준.
#[utoipa::path(tag = "policies", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "What the class goes by.", body = ClassPolicyResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/classes/{id}/attendance-policy")]
pub(super) async fn get_class_attendance_policy(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let (pin, policy) = App::of(&request)?.services().policies.of_class(&caller, id.0).await?;
    Ok(answer::resource(&request, pin.number, &ClassPolicyResponse::from((pin, policy))))
}

/// The query of `PUT /classes/{id}/attendance-policy`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PinPolicyQuery {
    /// Only tells what would change.
    #[param(default = false, example = false)]
    dry_run: Option<bool>,
}

/// Change the attendance policy of a class.
///
/// Pins another version, with a reason, and answers whose figures or verdict change by it. Needs `If-Match` with the `ETag` of
/// `GET /classes/{id}/attendance-policy`, unless it is a dry run. Certifications that were issued stay as they are. For managers.
/// 수업의 출석 인정 기준 변경.
#[utoipa::path(tag = "policies", params(("id" = Uuid, Path, description = "The id of the class."), PinPolicyQuery),
    request_body = PinPolicyRequest,
    responses((status = 200, description = "What changes.", body = PinChangeResponse)))]
#[put("/classes/{id}/attendance-policy")]
pub(super) async fn replace_class_attendance_policy(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<PinPolicyQuery>,
    body: Body<PinPolicyRequest>,
) -> Result<HttpResponse, Problem> {
    let is_dry_run = query.0.dry_run.unwrap_or_default();
    let expected = if_match_given(&request)?;
    let change = body.0.into_domain(is_dry_run)?;
    let changed = App::of(&request)?.services().policies.change(&caller, id.0, expected, change).await?;
    Ok(answer::changed(changed.pin.number, &PinChangeResponse::from(changed)))
}

/// List what a class went by.
///
/// Every pin with who made it, when and why, the last first. For staff of the class. 수업의 출석 인정 기준 이력.
#[utoipa::path(tag = "policies", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "The pins.", body = PinList)))]
#[get("/classes/{id}/attendance-policy/pins")]
pub(super) async fn list_class_attendance_policy_pins(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let pins = App::of(&request)?.services().policies.history(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(PinList { items: pins.into_iter().map(Into::into).collect() }))
}

/// Explain the rate of a learner.
///
/// Each lecture with its mark, whether it counts and why, each conversion, the exact fraction, the verdict, and what can still come of
/// it. By the computation that decides about the certification. One's own, or for staff of the class. 출석률 설명.
#[utoipa::path(tag = "policies", params(("id" = Uuid, Path, description = "The id of the class."), ("user_id" = Uuid, Path, description = "The id of the learner.")),
    responses((status = 200, description = "Why the rate is what it is.", body = ExplanationResponse)))]
#[get("/classes/{id}/learners/{user_id}/explain")]
pub(super) async fn explain_learner_attendance(
    request: HttpRequest,
    caller: Authenticated,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (class, user) = path.into_inner();
    let id = |text: &str| Uuid::try_parse(text).map_err(|_| Problem::new(ProblemCode::MalformedPath));
    let (class, user) = (ClassId(id(&class)?), UserId(id(&user)?));
    let explanation = App::of(&request)?.services().policies.explain(&caller, class, user).await?;
    Ok(HttpResponse::Ok().json(ExplanationResponse::from(explanation)))
}
