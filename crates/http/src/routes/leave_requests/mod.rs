//! Excused absence (공결): `shapes` has the JSON; here is what is served.

mod shapes;

pub(crate) use shapes::LeaveReasonValue;

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use madang_domain::{
    attendance::leave::{LeaveFilter, LeaveRequest, LeaveSort},
    ids::{ClassId, LeaveRequestId, UserId},
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use self::shapes::{
    ApproveLeaveRequest, CreateLeaveRequest, LeaveRequestPage, LeaveRequestResponse, LeaveStatusValue,
    RejectLeaveRequest,
};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Id, Once, Params, day_parameter, if_match, list_query},
    state::App,
};

/// The routes of requests for leave.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_leave_requests)
        .service(create_leave_request)
        .service(get_leave_request)
        .service(approve_leave_request)
        .service(reject_leave_request)
        .service(withdraw_leave_request);
}

list_query! {
    /// The query of `GET /leave-requests`.
    ListLeaveRequestsQuery, sort = LeaveSort, sortable = "`created_at`, `first_on`", {
        /// From this class.
        class_id: Option<Uuid>,
        /// Of this learner.
        user_id: Option<Uuid>,
        /// That have come so far.
        #[param(inline = false)]
        status: Option<LeaveStatusValue>,
        /// For this reason.
        #[param(inline = false)]
        reason: Option<LeaveReasonValue>,
        /// That last until this day or longer.
        #[param(example = "2026-09-01")]
        from: Option<NaiveDate>,
        /// That begin on this day or earlier.
        #[param(example = "2026-09-30")]
        to: Option<NaiveDate>,
    }
}

/// List requests for leave.
///
/// One's own, and those from classes that one teaches; all of them for managers. The latest first, unless `sort` says otherwise.
/// 공결 신청 목록.
#[utoipa::path(tag = "leave", params(ListLeaveRequestsQuery),
    responses((status = 200, description = "One page of requests.", body = LeaveRequestPage)))]
#[get("/leave-requests")]
async fn list_leave_requests(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListLeaveRequestsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = LeaveFilter {
        reader: None,
        class_id: query.class_id.map(ClassId),
        user_id: query.user_id.map(UserId),
        status: query.status.map(Into::into),
        reason: query.reason.map(Into::into),
        from: day_parameter("from", query.from)?,
        to: day_parameter("to", query.to)?,
    };
    let sort = Sort::descending(LeaveSort::CreatedAt);
    answer::list::<_, _, LeaveRequestPage, _, LeaveRequestResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().leave.list(&caller, listing).await,
    )
    .await
}

/// Ask for leave.
///
/// From one class, for whole days (`first_on`, `last_on`) or for single lectures (`lecture_ids`). Learners ask for themselves; managers
/// and those who teach the class also for a learner. Nothing is excused before it is approved. 공결 신청.
#[utoipa::path(tag = "leave", request_body = CreateLeaveRequest,
    responses((status = 201, description = "The new request.", body = LeaveRequestResponse)))]
#[post("/leave-requests")]
async fn create_leave_request(
    once: Once,
    caller: Authenticated,
    body: Body<CreateLeaveRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let leave = once.app().services().leave.clone();
    let render = |made: &LeaveRequest| {
        let body = LeaveRequestResponse::from(made.clone());
        answer::created(format_args!("leave-requests/{}", made.id), made.stamps.version, &body)
    };
    once.run(Some(&caller), render, async |answering| leave.request(&caller, new, answering).await).await
}

/// Get a request for leave.
///
/// One's own, or one from a class that one teaches; any for managers. 공결 신청 조회.
#[utoipa::path(tag = "leave", params(("id" = Uuid, Path, description = "The id of the request.")),
    responses((status = 200, description = "The request.", body = LeaveRequestResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/leave-requests/{id}")]
async fn get_leave_request(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LeaveRequestId>,
) -> Result<HttpResponse, Problem> {
    let view = App::of(&request)?.services().leave.find(&caller, id.0).await?;
    Ok(answer::resource(&request, view.request.stamps.version, &LeaveRequestResponse::from(view)))
}

/// Approve a request for leave.
///
/// The absence is excused: marks stay as they are, and the figures take the excuse beside them, as the policy of the class says. For
/// managers and those who teach the class, never for oneself. 공결 승인.
#[utoipa::path(tag = "leave", params(("id" = Uuid, Path, description = "The id of the request.")), request_body = ApproveLeaveRequest,
    responses((status = 200, description = "The approved request.", body = LeaveRequestResponse)))]
#[post("/leave-requests/{id}/approve")]
async fn approve_leave_request(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LeaveRequestId>,
    body: Body<ApproveLeaveRequest>,
) -> Result<HttpResponse, Problem> {
    let note = body.0.into_domain()?;
    let leave = &App::of(&request)?.services().leave.clone();
    Ok(changed(leave.approve(&caller, id.0, if_match(&request)?, note).await?))
}

/// Reject a request for leave.
///
/// With a remark that tells the learner why. For managers and those who teach the class, never for oneself. 공결 반려.
#[utoipa::path(tag = "leave", params(("id" = Uuid, Path, description = "The id of the request.")), request_body = RejectLeaveRequest,
    responses((status = 200, description = "The rejected request.", body = LeaveRequestResponse)))]
#[post("/leave-requests/{id}/reject")]
async fn reject_leave_request(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LeaveRequestId>,
    body: Body<RejectLeaveRequest>,
) -> Result<HttpResponse, Problem> {
    let note = body.0.into_domain()?;
    let leave = &App::of(&request)?.services().leave.clone();
    Ok(changed(leave.reject(&caller, id.0, if_match(&request)?, note).await?))
}

/// Withdraw a request for leave.
///
/// Learners take back a pending one; managers and those who teach the class take back an approval, and the figures follow.
/// 공결 신청 취소, 승인 취소.
#[utoipa::path(tag = "leave", params(("id" = Uuid, Path, description = "The id of the request.")),
    responses((status = 200, description = "The withdrawn request.", body = LeaveRequestResponse)))]
#[post("/leave-requests/{id}/withdraw")]
async fn withdraw_leave_request(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LeaveRequestId>,
) -> Result<HttpResponse, Problem> {
    let leave = &App::of(&request)?.services().leave.clone();
    Ok(changed(leave.withdraw(&caller, id.0, if_match(&request)?).await?))
}

fn changed(request: LeaveRequest) -> HttpResponse {
    answer::changed(request.stamps.version, &LeaveRequestResponse::from(request))
}
