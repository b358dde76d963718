//! What is served of enrolments.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, patch, post};
use chrono::NaiveDate;
use madang_domain::{
    ids::{ClassId, EnrolmentId, LectureId},
    learning::enrolments::{Enrolled, EnrolmentError, EnrolmentFilter, EnrolmentSort, Transferred},
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    EnrolmentBulkResponse, EnrolmentPage, EnrolmentResponse, EnrolmentStatusValue, EnrolmentTransferResponse,
    requests::{
        CreateEnrolmentRequest, CreateEnrolmentsRequest, EnrolQuery, TransferEnrolmentRequest, TransferQuery,
        UpdateEnrolmentRequest,
    },
};
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Id, Once, Params, day_parameter, if_match, list_query},
    routes::{shapes::search, users::ClassRoleValue},
    state::App,
};

/// The routes of enrolments.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_my_enrolments)
        .service(list_enrolments)
        .service(create_enrolment)
        .service(create_enrolments)
        .service(get_enrolment)
        .service(update_enrolment)
        .service(end_enrolment)
        .service(transfer_enrolment);
}

list_query! {
    /// The query of the lists of enrolments.
    ListEnrolmentsQuery, sort = EnrolmentSort, sortable = "`name` (of the user), `enrolled_on`, `created_at`", {
        /// With this role in the class.
        #[param(inline = false)]
        role: Option<ClassRoleValue>,
        /// With this status.
        #[param(inline = false)]
        status: Option<EnrolmentStatusValue>,
        /// That hold on this day.
        #[param(example = "2026-10-01")]
        on: Option<NaiveDate>,
        /// Of learners who are expected at this lecture of the class and are not marked there.
        unmarked_at: Option<Uuid>,
        /// Finds any part of the user's name or username, whatever its width, case, composition or spaces; also by initial consonants.
        #[param(max_length = 100, example = "하늘")]
        q: Option<String>,
    }
}

impl ListEnrolmentsQuery {
    fn filter(&self) -> Result<EnrolmentFilter, Problem> {
        Ok(EnrolmentFilter {
            class_id: None,
            user_id: None,
            role: self.role.map(Into::into),
            status: self.status.map(Into::into),
            on: day_parameter("on", self.on)?,
            unmarked_at: self.unmarked_at.map(LectureId),
            search: search(self.q.as_deref())?,
        })
    }
}

/// List one's own enrolments.
///
/// The latest first, unless `sort` says otherwise; those that have ended too. 내 수강 등록 목록.
#[utoipa::path(tag = "enrolments", params(ListEnrolmentsQuery),
    responses((status = 200, description = "One page of enrolments.", body = EnrolmentPage)))]
#[get("/users/me/enrolments")]
async fn list_my_enrolments(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListEnrolmentsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let (filter, sort) = (query.filter()?, Sort::descending(EnrolmentSort::EnrolledOn));
    answer::list::<_, _, EnrolmentPage, _, EnrolmentResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().enrolments.list_own(&caller, listing).await,
    )
    .await
}

/// List the enrolments of a class.
///
/// By name, unless `sort` says otherwise; those that have ended too. For managers and those who teach the class.
/// 수업의 수강 등록 목록.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the class."), ListEnrolmentsQuery),
    responses((status = 200, description = "One page of enrolments.", body = EnrolmentPage)))]
#[get("/classes/{id}/enrolments")]
async fn list_enrolments(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<ListEnrolmentsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let (filter, sort) = (query.filter()?, Sort::ascending(EnrolmentSort::Name));
    answer::list::<_, _, EnrolmentPage, _, EnrolmentResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().enrolments.list_of_class(&caller, id.0, listing).await,
    )
    .await
}

/// Enrol a user.
///
/// Gives a user a place in a class, or in its queue: a class of limited capacity refuses learners beyond it with 409, unless the
/// query says otherwise. For managers and, for learners only, those who teach the class. 수강 등록.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the class."), EnrolQuery), request_body = CreateEnrolmentRequest,
    responses((status = 201, description = "The new enrolment.", body = EnrolmentResponse)))]
#[post("/classes/{id}/enrolments")]
async fn create_enrolment(
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<EnrolQuery>,
    body: Body<CreateEnrolmentRequest>,
) -> Result<HttpResponse, Problem> {
    let (when_full, new) = (query.0.when_full()?, body.0.into_domain()?);
    let app = once.app().clone();
    let render = |enrolled: &Enrolled| {
        let (id, version) = (enrolled.enrolment.id, enrolled.enrolment.stamps.version);
        let body = EnrolmentResponse::from(enrolled.clone());
        answer::created(format_args!("enrolments/{id}"), version, &body)
    };
    once.run(Some(&caller), render, async |answering| {
        let enrolled = app.services().enrolments.enrol(&caller, id.0, new, when_full, answering).await?;
        app.forget_caller(enrolled.enrolment.user_id);
        Ok::<_, EnrolmentError>(enrolled)
    })
    .await
}

/// Enrol many users.
///
/// Gives up to 5,000 users a place in a class, all of them or none; `errors` names each item that was refused. Where some have
/// to wait, they do so in the order of the request. 수강 일괄 등록.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the class."), EnrolQuery), request_body = CreateEnrolmentsRequest,
    responses((status = 201, description = "The new enrolments, in the order of the request.", body = EnrolmentBulkResponse)))]
#[post("/classes/{id}/enrolments/bulk")]
async fn create_enrolments(
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<EnrolQuery>,
    body: Body<CreateEnrolmentsRequest>,
) -> Result<HttpResponse, Problem> {
    let (when_full, new) = (query.0.when_full()?, body.0.into_domain()?);
    let app = once.app().clone();
    let render = |enrolled: &Vec<Enrolled>| {
        answer::created_many(StatusCode::CREATED, &EnrolmentBulkResponse::from(enrolled.clone()))
    };
    once.run(Some(&caller), render, async |answering| {
        let enrolled = app.services().enrolments.enrol_bulk(&caller, id.0, new, when_full, answering).await?;
        for one in &enrolled {
            app.forget_caller(one.enrolment.user_id);
        }
        Ok::<_, EnrolmentError>(enrolled)
    })
    .await
}

/// Get an enrolment.
///
/// One's own, or one of a class that one teaches; any of them for managers. 수강 등록 조회.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the enrolment.")),
    responses((status = 200, description = "The enrolment.", body = EnrolmentResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/enrolments/{id}")]
async fn get_enrolment(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<EnrolmentId>,
) -> Result<HttpResponse, Problem> {
    let view = App::of(&request)?.services().enrolments.find(&caller, id.0).await?;
    Ok(answer::resource(&request, view.enrolment.stamps.version, &EnrolmentResponse::from(view)))
}

/// Update an enrolment.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. Marks stay as they are; who counts at
/// which lecture follows the new days. 수강 등록 수정.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the enrolment.")), request_body = UpdateEnrolmentRequest,
    responses((status = 200, description = "The changed enrolment.", body = EnrolmentResponse)))]
#[patch("/enrolments/{id}")]
async fn update_enrolment(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<EnrolmentId>,
    body: Body<UpdateEnrolmentRequest>,
) -> Result<HttpResponse, Problem> {
    let changes = body.0.into_domain()?;
    let app = App::of(&request)?;
    let enrolment = app.services().enrolments.update(&caller, id.0, if_match(&request)?, changes).await?;
    app.forget_caller(enrolment.user_id);
    Ok(answer::changed(enrolment.stamps.version, &EnrolmentResponse::from(enrolment)))
}

/// End an enrolment.
///
/// The user leaves the class today, or its queue; the enrolment, and every mark, stays on record. A place that becomes free goes
/// to the first who waits. 수강 종료.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the enrolment.")),
    responses((status = 204, description = "The user has left the class.")))]
#[delete("/enrolments/{id}")]
async fn end_enrolment(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<EnrolmentId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let enrolment = app.services().enrolments.leave(&caller, id.0, if_match(&request)?).await?;
    app.forget_caller(enrolment.user_id);
    Ok(HttpResponse::NoContent().finish())
}

/// Transfer an enrolment.
///
/// Moves a user to another class of the course: the old place ends on the day on which the new one begins. Every mark stays where
/// it was made and goes on counting there; in the figures of the new class the lectures of the old one up to that day count too,
/// shown with where they come from. 반 이동.
#[utoipa::path(tag = "enrolments", params(("id" = Uuid, Path, description = "The id of the enrolment."), TransferQuery), request_body = TransferEnrolmentRequest,
    responses((status = 201, description = "The place that ended and the one that began.", body = EnrolmentTransferResponse)))]
#[post("/enrolments/{id}/transfer")]
async fn transfer_enrolment(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<EnrolmentId>,
    query: Params<TransferQuery>,
    body: Body<TransferEnrolmentRequest>,
) -> Result<HttpResponse, Problem> {
    let transfer = body.0.into_domain(query.0.when_full())?;
    let expected = if_match(&request)?;
    let app = once.app().clone();
    let render = |moved: &Transferred| {
        let body = EnrolmentTransferResponse::from(moved.clone());
        answer::created(format_args!("enrolments/{}", moved.to.id), moved.to.stamps.version, &body)
    };
    once.run(Some(&caller), render, async |answering| {
        let enrolments = &app.services().enrolments;
        let outcome = enrolments.transfer(&caller, id.0, expected, transfer, answering).await;
        if let Err(EnrolmentError::PeriodReversed(_)) = outcome {
            return Err(Problem::invalid_field("/on", FieldFault::Reversed));
        }
        let moved = outcome?;
        app.forget_caller(moved.to.user_id);
        Ok::<_, Problem>(moved)
    })
    .await
}
