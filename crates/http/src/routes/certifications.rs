//! Certifications (수료): records that a user completed a course.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    certification::{
        Certification, CertificationFilter, CertificationSort, ClassRecord, NewCertification, OverrideReason,
        Snapshot,
    },
    ids::{CertificationId, ClassId, CourseId, UserId},
    page::Sort,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::page_of;
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Checks, Id, Once, Params, list_query, span},
    state::App,
};

/// The most classes that one certification rests on.
const MAX_CLASSES: usize = 100;

/// The routes of certifications.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(issue_certification)
        .service(list_certifications)
        .service(get_certification)
        .service(list_my_certifications)
        .service(list_user_certifications);
}

/// A record that a user completed a course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certification)]
pub struct CertificationResponse {
    /// The id.
    id: Uuid,
    /// The course.
    course_id: Uuid,
    /// The user.
    user_id: Uuid,
    /// The classes that it rests on.
    #[schema(max_items = 100)]
    class_ids: Vec<Uuid>,
    /// When it was issued.
    #[schema(example = "2026-06-30T09:00:00Z")]
    issued_at: DateTime<Utc>,
    /// What it says, as it was on the day of issue.
    snapshot: CertificationSnapshot,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// Who issued it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<Certification> for CertificationResponse {
    fn from(certification: Certification) -> Self {
        Self {
            id: certification.id.0,
            course_id: certification.course_id.0,
            user_id: certification.user_id.0,
            class_ids: certification.class_ids.into_iter().map(|id| id.0).collect(),
            issued_at: certification.issued_at,
            snapshot: certification.snapshot.into(),
            created_at: certification.stamps.created_at,
            created_by: certification.stamps.created_by.map(|id| id.0),
            updated_at: certification.stamps.updated_at,
            updated_by: certification.stamps.updated_by.map(|id| id.0),
            version: certification.stamps.version,
        }
    }
}

/// What a certification says; it does not change with the course, the class or the user.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificationSnapshot {
    /// What the user was called.
    #[schema(example = "김하늘")]
    user_name: String,
    /// The title of the course.
    #[schema(example = "수채화 기초")]
    course_title: String,
    /// The name of the rule that decided.
    #[schema(example = "lecture-80")]
    rule: String,
    /// The classes, with what was reached in each.
    #[schema(max_items = 100)]
    classes: Vec<CertifiedClass>,
    /// Why it was issued although the rule was not met; null where it was.
    override_reason: Option<String>,
}

impl From<Snapshot> for CertificationSnapshot {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            user_name: snapshot.user_name,
            course_title: snapshot.course_title,
            rule: snapshot.rule,
            classes: snapshot.classes.into_iter().map(Into::into).collect(),
            override_reason: snapshot.override_reason,
        }
    }
}

/// What was reached in one class: the rate is `numerator` / `denominator`, exactly.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedClass {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "2026년 봄 1기")]
    title: String,
    /// Its first day.
    #[schema(example = "2026-03-03")]
    begin_date: NaiveDate,
    /// Its last day.
    #[schema(example = "2026-06-23")]
    end_date: NaiveDate,
    /// What was credited, in the parts of the policy.
    #[schema(minimum = 0, example = 16)]
    numerator: u64,
    /// What counted; 0 where nothing was recorded.
    #[schema(minimum = 0, example = 20)]
    denominator: u64,
    /// The rate for people; null where nothing was recorded.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "80.0")]
    percent: Option<String>,
    /// The version of the attendance policy that decided; null on records from elsewhere.
    policy_id: Option<Uuid>,
}

impl From<ClassRecord> for CertifiedClass {
    fn from(record: ClassRecord) -> Self {
        Self {
            class_id: record.class_id.0,
            title: record.title,
            begin_date: record.begin_date,
            end_date: record.end_date,
            numerator: record.numerator,
            denominator: record.denominator,
            percent: record.percent,
            policy_id: record.policy.map(|policy| policy.id.0),
        }
    }
}

page_of!(CertificationPage of CertificationResponse, "One page of certifications.");

/// A certification to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueCertificationRequest {
    /// The course.
    course_id: Uuid,
    /// The user.
    user_id: Uuid,
    /// The classes that it rests on; absent for every class of the course in which the user was a learner.
    #[schema(min_items = 1, max_items = 100)]
    class_ids: Option<Vec<Uuid>>,
    /// Why it is issued even if the rule is not met; absent to let the rule decide.
    #[schema(min_length = 1, max_length = 1_000, example = "기관장 승인: 입원으로 마지막 두 차시 결석")]
    override_reason: Option<String>,
}

impl IssueCertificationRequest {
    fn into_domain(self) -> Result<NewCertification, Problem> {
        let mut checks = Checks::new();
        let class_ids = checks.optional("/class_ids", self.class_ids, |ids| match ids.len() {
            0 => Err(FieldFault::Empty),
            1..=MAX_CLASSES => Ok(ids),
            _ => Err(FieldFault::TooLong { max: MAX_CLASSES }),
        });
        let override_reason =
            checks.optional("/override_reason", self.override_reason, OverrideReason::parse);
        checks.done(|| {
            Some(NewCertification {
                course_id: CourseId(self.course_id),
                user_id: UserId(self.user_id),
                class_ids: class_ids?.unwrap_or_default().into_iter().map(ClassId).collect(),
                override_reason: override_reason?,
            })
        })
    }
}

/// Issue a certification.
///
/// The rule must be met in every class that it rests on, by the same computation as every rate; or a reason says why not. For managers and who may issue certifications. 수료 처리.
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
    ListCertificationsQuery, sort = CertificationSort, sortable = "`issued_at`, `created_at`", {
        /// For this course.
        course_id: Option<Uuid>,
        /// Of this user.
        user_id: Option<Uuid>,
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
/// Everybody's for managers, one's own for others; latest first, unless `sort` says otherwise. 수료 목록.
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
        user_id: query.user_id.map(UserId),
        from: span.from,
        to: span.to,
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
    ListUserCertificationsQuery, sort = CertificationSort, sortable = "`issued_at`, `created_at`", {
        /// For this course.
        course_id: Option<Uuid>,
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
        user_id: Some(user),
        from: span.from,
        to: span.to,
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
