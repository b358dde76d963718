//! Certifications (수료): records that a user completed a course.
//!
//! `shapes` has what is sent and answered, `cohorts` whole classes and courses, `ending` what becomes of certifications, `rules` the
//! completion rules of courses, `holders` how people are named, `verify` what the public is told.

mod cohorts;
mod credentials;
mod documents;
mod ending;
mod holders;
mod page;
mod rules;
mod shapes;
mod templates;
mod verify;

use actix_web::{HttpRequest, HttpResponse, get, post};
use madang_domain::{
    certification::{CertificateNumber, Certification, CertificationFilter, CertificationSort},
    ids::{CertificationId, ClassId, CourseId, UserId},
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use self::shapes::{
    CertificationPage, CertificationResponse, CertificationStateValue, IssueCertificationRequest,
};
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Id, Once, Params, bad_parameter, list_query, span},
    state::App,
};

pub use credentials::{BadgeFormat, CredentialFormat, IssuerMethodValue};
pub use page::verification_form;

/// The routes of certifications.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(issue_certification)
        .service(list_certifications)
        .service(get_certification)
        .service(list_my_certifications)
        .service(list_user_certifications)
        .service(rules::get_completion_rule)
        .service(rules::replace_completion_rule)
        .service(rules::list_completion_rules)
        .service(verify::verify_certification)
        .service(documents::print_certification)
        .service(documents::print_certifications);
    config
        .service(templates::list_certificate_templates)
        .service(templates::get_certificate_template)
        .service(templates::replace_certificate_template)
        .service(templates::preview_certificate_template)
        .service(credentials::get_credential)
        .service(credentials::get_badge)
        .service(credentials::get_status_list)
        .service(credentials::get_issuer_document);
    config
        .service(cohorts::evaluate_class_certifications)
        .service(cohorts::evaluate_course_certifications)
        .service(cohorts::issue_class_certifications)
        .service(cohorts::issue_course_certifications)
        .service(ending::revoke_certification)
        .service(ending::reissue_certification)
        .service(ending::renew_certification)
        .service(holders::get_certificate_details)
        .service(holders::replace_certificate_details);
}

/// Issue a certification.
///
/// The completion rule of the course must be met, each class judged by the same computation as every rate; or a reason says why
/// not, which the record shows. For managers and who may issue certifications. 수료 처리.
#[utoipa::path(tag = "certifications", request_body = IssueCertificationRequest,
    responses((status = 201, description = "The new certification.", body = CertificationResponse)))]
#[post("/certifications")]
async fn issue_certification(
    once: Once,
    caller: Authenticated,
    body: Body<IssueCertificationRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let certifications = once.app().services().certifications.clone();
    let render = |issued: &Certification| {
        let body = CertificationResponse::from(issued.clone());
        answer::created(format_args!("certifications/{}", issued.id), issued.stamps.version, &body)
    };
    once.run(Some(&caller), render, async |answering| certifications.issue(&caller, new, answering).await)
        .await
}

list_query! {
    /// The query of `GET /certifications`.
    ListCertificationsQuery, sort = CertificationSort, sortable = "`issued_at`, `created_at`, `number`", {
        /// For this course.
        course_id: Option<Uuid>,
        /// That rest on this class, among others.
        class_id: Option<Uuid>,
        /// Of this user.
        user_id: Option<Uuid>,
        /// That stand so.
        #[param(inline = false)]
        state: Option<CertificationStateValue>,
        /// With this number or a later one.
        #[param(max_length = 20, example = "2026-0001")]
        number_from: Option<String>,
        /// With this number or an earlier one.
        #[param(max_length = 20, example = "2026-0100")]
        number_to: Option<String>,
        /// Issued on this day (in Seoul) or at this moment, or later.
        #[param(max_length = 40, example = "2026-03-01")]
        from: Option<String>,
        /// Issued on this day (in Seoul) at the latest, or before this moment.
        #[param(max_length = 40, example = "2026-03-31")]
        to: Option<String>,
    }
}

/// List certifications.
///
/// Everybody's for managers, one's own for others; latest first, unless `sort` says otherwise. As CSV or XLSX it is the register,
/// `sort=number&number_from=2026-0001&number_to=2026-0100` a part of it. 수료 목록, 수료대장.
#[utoipa::path(tag = "certifications", params(ListCertificationsQuery),
    responses((status = 200, description = "One page of certifications.", body = CertificationPage)))]
#[get("/certifications")]
async fn list_certifications(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListCertificationsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let filter = CertificationFilter {
        course_id: query.course_id.map(CourseId),
        class_id: query.class_id.map(ClassId),
        user_id: query.user_id.map(UserId),
        state: query.state.map(Into::into),
        as_of: None,
        from: span.from,
        to: span.to,
        number_from: number("number_from", query.number_from.as_deref())?,
        number_to: number("number_to", query.number_to.as_deref())?,
    };
    let sort = Sort::descending(CertificationSort::IssuedAt);
    answer::list::<_, _, CertificationPage, _, CertificationResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().certifications.list(&caller, listing).await,
    )
    .await
}

/// Get a certification.
///
/// One's own, or anybody's for managers. 수료 조회.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification.")),
    responses((status = 200, description = "The certification.", body = CertificationResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/certifications/{id}")]
async fn get_certification(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CertificationId>,
) -> Result<HttpResponse, Problem> {
    let found = App::of(&request)?.services().certifications.find(&caller, id.0).await?;
    Ok(answer::resource(&request, found.stamps.version, &CertificationResponse::from(found)))
}

list_query! {
    /// The query of the certifications of one user.
    ListUserCertificationsQuery, sort = CertificationSort, sortable = "`issued_at`, `created_at`, `number`", {
        /// For this course.
        course_id: Option<Uuid>,
        /// That rest on this class, among others.
        class_id: Option<Uuid>,
        /// That stand so.
        #[param(inline = false)]
        state: Option<CertificationStateValue>,
        /// Issued on this day (in Seoul) or at this moment, or later.
        #[param(max_length = 40, example = "2026-03-01")]
        from: Option<String>,
        /// Issued on this day (in Seoul) at the latest, or before this moment.
        #[param(max_length = 40, example = "2026-03-31")]
        to: Option<String>,
    }
}

/// List my certifications.
///
/// Latest first, unless `sort` says otherwise. 내 수료 목록.
#[utoipa::path(tag = "certifications", params(ListUserCertificationsQuery),
    responses((status = 200, description = "One page of certifications.", body = CertificationPage)))]
#[get("/users/me/certifications")]
async fn list_my_certifications(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListUserCertificationsQuery>,
) -> Result<HttpResponse, Problem> {
    let user = caller.id()?;
    list_of_user(&request, caller, user, query.0).await
}

/// List the certifications of a user.
///
/// One's own, or anybody's for managers; latest first, unless `sort` says otherwise. 사용자의 수료 목록.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the user."), ListUserCertificationsQuery),
    responses((status = 200, description = "One page of certifications.", body = CertificationPage)))]
#[get("/users/{id}/certifications")]
async fn list_user_certifications(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    query: Params<ListUserCertificationsQuery>,
) -> Result<HttpResponse, Problem> {
    list_of_user(&request, caller, id.0, query.0).await
}

async fn list_of_user(
    request: &HttpRequest,
    caller: Authenticated,
    user: UserId,
    query: ListUserCertificationsQuery,
) -> Result<HttpResponse, Problem> {
    let app = App::of(request)?;
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let filter = CertificationFilter {
        course_id: query.course_id.map(CourseId),
        class_id: query.class_id.map(ClassId),
        user_id: Some(user),
        state: query.state.map(Into::into),
        from: span.from,
        to: span.to,
        ..CertificationFilter::default()
    };
    let sort = Sort::descending(CertificationSort::IssuedAt);
    answer::list::<_, _, CertificationPage, _, CertificationResponse, _>(
        request,
        &query,
        filter,
        sort,
        async move |listing| app.services().certifications.list_of_user(&caller, user, listing).await,
    )
    .await
}

/// The number in a query parameter, if there is one.
fn number(name: &str, text: Option<&str>) -> Result<Option<CertificateNumber>, Problem> {
    let read = text.map(CertificateNumber::parse).transpose();
    read.map_err(|_| bad_parameter(name, FieldFault::InvalidFormat))
}
