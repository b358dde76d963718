//! Attendance policies (출석 인정 기준): versions, presets, what a class goes by, why a rate is what it is, and what it would be.
//!
//! `document` describes the policy as data, `shapes`, `assessment` and `simulation` what is sent and answered; the handlers are here
//! and in `of_class`.

mod assessment;
mod document;
mod of_class;
mod shapes;
mod simulation;

use actix_web::{HttpRequest, HttpResponse, get, post};
use madang_domain::{
    attendance::policies::{Policy, PolicyFamily, PolicyFilter, PolicySort},
    idempotency::StoredAnswer,
    ids::PolicyId,
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;

use self::{
    assessment::AssessmentResponse,
    shapes::{CreatePolicyRequest, PolicyPage, PolicyResponse, PresetList},
    simulation::{SimulatePolicyRequest, SimulationResponse},
};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Id, Once, Params, bad_parameter, list_query},
    state::App,
};

/// The routes of policies.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_attendance_policies)
        .service(create_attendance_policy)
        .service(list_attendance_policy_presets)
        .service(get_attendance_policy)
        .service(simulate_attendance_policy)
        .service(of_class::get_class_attendance_policy)
        .service(of_class::replace_class_attendance_policy)
        .service(of_class::list_class_attendance_policy_pins)
        .service(of_class::explain_learner_attendance);
}

list_query! {
    /// The query of `GET /attendance-policies`.
    ListPoliciesQuery, sort = PolicySort, sortable = "`family`, `created_at`", {
        /// Versions of this policy.
        #[param(max_length = 50, example = "lecture-80")]
        family: Option<String>,
    }
}

/// List attendance policies.
///
/// Every version of every policy, the latest first, unless `sort` says otherwise. 출석 인정 기준 목록.
#[utoipa::path(tag = "policies", params(ListPoliciesQuery),
    responses((status = 200, description = "One page of policies.", body = PolicyPage)))]
#[get("/attendance-policies")]
async fn list_attendance_policies(
    request: HttpRequest,
    _caller: Authenticated,
    query: Params<ListPoliciesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let family = query.family.clone().map(PolicyFamily::parse).transpose();
    let filter = PolicyFilter { family: family.map_err(|fault| bad_parameter("family", fault.into()))? };
    let sort = Sort::descending(PolicySort::CreatedAt);
    answer::list::<_, _, PolicyPage, _, PolicyResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().policies.list(listing).await,
    )
    .await
}

/// Create an attendance policy.
///
/// A new version each time; versions never change, and no class goes by one until it is pinned. Give a `document`, or the name of
/// a `preset`. For managers. 출석 인정 기준 등록.
#[utoipa::path(tag = "policies", request_body = CreatePolicyRequest,
    responses((status = 201, description = "The new version.", body = PolicyResponse)))]
#[post("/attendance-policies")]
async fn create_attendance_policy(
    once: Once,
    caller: Authenticated,
    body: Body<CreatePolicyRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let policies = once.app().services().policies.clone();
    once.run(Some(&caller), created, async |answering| policies.create(&caller, new, answering).await).await
}

fn created(policy: &Policy) -> StoredAnswer {
    let body = PolicyResponse::from(policy.clone());
    answer::created(format_args!("attendance-policies/{}", policy.id), policy.version, &body)
}

/// List the presets.
///
/// Rules in use elsewhere, with their sources, to begin with. 출석 인정 기준 예시.
#[utoipa::path(tag = "policies", responses((status = 200, description = "The presets.", body = PresetList)))]
#[get("/attendance-policy-presets")]
async fn list_attendance_policy_presets(_caller: Authenticated) -> HttpResponse {
    HttpResponse::Ok().json(PresetList::all())
}

/// Get an attendance policy.
///
/// One version; it never changes. 출석 인정 기준 조회.
#[utoipa::path(tag = "policies", params(("id" = Uuid, Path, description = "The id of the version.")),
    responses((status = 200, description = "The version.", body = PolicyResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/attendance-policies/{id}")]
async fn get_attendance_policy(
    request: HttpRequest,
    _caller: Authenticated,
    id: Id<PolicyId>,
) -> Result<HttpResponse, Problem> {
    let policy = App::of(&request)?.services().policies.find(id.0).await?;
    Ok(answer::resource(&request, policy.version, &PolicyResponse::from(policy)))
}

/// Simulate an attendance policy.
///
/// What the policy says of lectures and marks that are made up: the same engine as every figure. Nothing is kept. 출석 인정 기준 모의
/// 계산.
#[utoipa::path(tag = "policies", params(("id" = Uuid, Path, description = "The id of the version.")),
    request_body = SimulatePolicyRequest,
    responses((status = 200, description = "What the policy says.", body = SimulationResponse)))]
#[post("/attendance-policies/{id}/simulate")]
async fn simulate_attendance_policy(
    request: HttpRequest,
    _caller: Authenticated,
    id: Id<PolicyId>,
    body: Body<SimulatePolicyRequest>,
) -> Result<HttpResponse, Problem> {
    let simulation = body.0.into_domain()?;
    let (policy, assessment, as_of) =
        App::of(&request)?.services().policies.simulate(id.0, simulation).await?;
    let assessment = AssessmentResponse::of_made_up(&policy, &assessment);
    Ok(HttpResponse::Ok().json(SimulationResponse { policy: policy.into(), assessment, as_of }))
}
