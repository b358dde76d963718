//! Reports by mail, every week or month (보고서 예약).

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{CourseId, ReportScheduleId, UserId},
    page::Sort,
    report_schedules::{
        NewReportSchedule, ReportSchedule, ReportScheduleChanges, ReportScheduleError, ReportScheduleFilter,
        ReportScheduleSort,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer,
    problem::{FieldFault, FieldProblem, Problem},
    request::{Authenticated, Body, Checks, Id, Once, Params, clearable, if_match, list_query, present},
    routes::{shapes::page_of, statistics::PeriodValue},
    state::App,
};

/// A report that is mailed to its recipients every week or month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportSchedule)]
pub struct ReportScheduleResponse {
    /// The id.
    id: Uuid,
    /// How often, and of how long: the week or month that has ended.
    period: PeriodValue,
    /// Of this course only; null for all.
    course_id: Option<Uuid>,
    /// Who is told.
    #[schema(max_items = 50)]
    recipients: BTreeSet<Uuid>,
    /// False while nobody is told.
    is_active: bool,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// Who made it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<ReportSchedule> for ReportScheduleResponse {
    fn from(schedule: ReportSchedule) -> Self {
        Self {
            id: schedule.id.0,
            period: schedule.period.into(),
            course_id: schedule.course_id.map(|id| id.0),
            recipients: schedule.recipients.into_iter().map(|id| id.0).collect(),
            is_active: schedule.is_active,
            created_at: schedule.stamps.created_at,
            created_by: schedule.stamps.created_by.map(|id| id.0),
            updated_at: schedule.stamps.updated_at,
            updated_by: schedule.stamps.updated_by.map(|id| id.0),
            version: schedule.stamps.version,
        }
    }
}

page_of!(ReportSchedulePage of ReportScheduleResponse, "One page of schedules of reports.");

/// A schedule to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReportScheduleRequest {
    /// How often, and of how long.
    period: PeriodValue,
    /// Of this course only; null or absent for all.
    course_id: Option<Uuid>,
    /// Who is told: users who may read statistics.
    #[schema(min_items = 1, max_items = 50)]
    recipients: Vec<Uuid>,
}

impl CreateReportScheduleRequest {
    fn new_schedule(&self) -> Result<NewReportSchedule, Problem> {
        let mut checks = Checks::new();
        let recipients = checks.value("/recipients", recipients(&self.recipients));
        checks.done(|| {
            Some(NewReportSchedule {
                period: self.period.into(),
                course_id: self.course_id.map(CourseId),
                recipients: recipients?,
            })
        })
    }
}

/// What changes on a schedule (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateReportScheduleRequest {
    /// Another rhythm.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    period: Option<PeriodValue>,
    /// Of another course; null for all.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    course_id: Option<Option<Uuid>>,
    /// Other recipients.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    recipients: Option<Vec<Uuid>>,
    /// Paused, or not any more.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
}

impl UpdateReportScheduleRequest {
    fn changes(&self) -> Result<ReportScheduleChanges, Problem> {
        let mut checks = Checks::new();
        let recipients = checks.optional("/recipients", self.recipients.as_deref(), recipients);
        checks.done(|| {
            Some(ReportScheduleChanges {
                period: self.period.map(Into::into),
                course_id: self.course_id.map(|id| id.map(CourseId)),
                recipients: recipients?,
                is_active: self.is_active,
            })
        })
    }
}

fn recipients(ids: &[Uuid]) -> Result<BTreeSet<UserId>, FieldFault> {
    match ids.len() {
        0 => Err(FieldFault::Empty),
        count if count > ReportSchedule::MAX_RECIPIENTS => {
            Err(FieldFault::TooLong { max: ReportSchedule::MAX_RECIPIENTS })
        }
        _ => Ok(ids.iter().copied().map(UserId).collect()),
    }
}

/// A schedule as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceReportScheduleRequest {
    /// How often, and of how long.
    period: PeriodValue,
    /// Of this course only; null or absent for all.
    course_id: Option<Uuid>,
    /// Who is told: users who may read statistics.
    #[schema(min_items = 1, max_items = 50)]
    recipients: Vec<Uuid>,
    /// False while nobody shall be told.
    is_active: bool,
}

impl From<ReplaceReportScheduleRequest> for UpdateReportScheduleRequest {
    fn from(whole: ReplaceReportScheduleRequest) -> Self {
        Self {
            period: Some(whole.period),
            course_id: Some(whole.course_id),
            recipients: Some(whole.recipients),
            is_active: Some(whole.is_active),
        }
    }
}

/// Says which of the listed recipients may not be told.
fn refused(error: ReportScheduleError, listed: &[Uuid]) -> Problem {
    let ReportScheduleError::NotForThem(users) = error else { return error.into() };
    let places = listed.iter().enumerate().filter(|(_, id)| users.contains(&UserId(**id)));
    Problem::invalid(
        places
            .map(|(index, _)| FieldProblem {
                pointer: format!("/recipients/{index}"),
                fault: FieldFault::NoSuchThing,
            })
            .collect(),
    )
}

list_query! {
    /// The query of `GET /report-schedules`.
    ListReportSchedulesQuery, sort = ReportScheduleSort, sortable = "-created_at", {
        /// With this rhythm.
        #[param(inline = false)]
        period: Option<PeriodValue>,
        /// Paused, or not.
        is_active: Option<bool>,
    }
}

/// List schedules of reports.
///
/// Newest first, unless `sort` says otherwise. For managers and who may read statistics. 보고서 예약 목록.
#[utoipa::path(tag = "reports", params(ListReportSchedulesQuery),
    responses((status = 200, description = "One page of schedules.", body = ReportSchedulePage)))]
#[get("/report-schedules")]
pub(super) async fn list_report_schedules(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListReportSchedulesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = ReportScheduleFilter { period: query.period.map(Into::into), is_active: query.is_active };
    let sort = Sort::descending(ReportScheduleSort::CreatedAt);
    answer::list::<_, _, ReportSchedulePage, _, ReportScheduleResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().report_schedules.list(&caller, listing).await,
    )
    .await
}

/// Schedule a report.
///
/// Every Monday, or on the first of every month, at seven in Seoul its recipients get a mail with the report up to the week or month that has
/// ended, as PDF; the first one once the week or month that is running now has ended. Who may not read statistics any more, is deactivated or
/// has no verified address when it is sent, gets none. For managers and who may read statistics.
/// 보고서 예약.
#[utoipa::path(tag = "reports", request_body = CreateReportScheduleRequest,
    responses((status = 201, description = "The new schedule.", body = ReportScheduleResponse)))]
#[post("/report-schedules")]
pub(super) async fn create_report_schedule(
    once: Once,
    caller: Authenticated,
    body: Body<CreateReportScheduleRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.new_schedule()?;
    let schedules = once.app().services().report_schedules.clone();
    let render = |schedule: &ReportSchedule| {
        let body = ReportScheduleResponse::from(schedule.clone());
        answer::created(format_args!("report-schedules/{}", schedule.id), schedule.stamps.version, &body)
    };
    let listed = &body.0.recipients;
    once.run(Some(&caller), render, async |answering| {
        schedules.create(&caller, new, answering).await.map_err(|error| refused(error, listed))
    })
    .await
}

/// Get a schedule of reports.
///
/// For managers and who may read statistics. 보고서 예약 조회.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the schedule.")),
    responses((status = 200, description = "The schedule.", body = ReportScheduleResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/report-schedules/{id}")]
pub(super) async fn get_report_schedule(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ReportScheduleId>,
) -> Result<HttpResponse, Problem> {
    let schedule = App::of(&request)?.services().report_schedules.find(&caller, id.0).await?;
    Ok(answer::resource(&request, schedule.stamps.version, &ReportScheduleResponse::from(schedule)))
}

/// Replace a schedule of reports.
///
/// Every field is set; a course that is absent is cleared. For managers and who may read statistics. 보고서 예약 전체 수정.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the schedule.")), request_body = ReplaceReportScheduleRequest,
    responses((status = 200, description = "The changed schedule.", body = ReportScheduleResponse)))]
#[put("/report-schedules/{id}")]
pub(super) async fn replace_report_schedule(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ReportScheduleId>,
    body: Body<ReplaceReportScheduleRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, &body.0.into()).await
}

/// Update a schedule of reports.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. For managers and who may read statistics. 보고서 예약 수정.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the schedule.")), request_body = UpdateReportScheduleRequest,
    responses((status = 200, description = "The changed schedule.", body = ReportScheduleResponse)))]
#[patch("/report-schedules/{id}")]
pub(super) async fn update_report_schedule(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ReportScheduleId>,
    body: Body<UpdateReportScheduleRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, &body.0).await
}

async fn change(
    request: &HttpRequest,
    caller: &Authenticated,
    id: ReportScheduleId,
    body: &UpdateReportScheduleRequest,
) -> Result<HttpResponse, Problem> {
    let wanted = body.changes()?;
    let schedules = &App::of(request)?.services().report_schedules.clone();
    let outcome = schedules.update(caller, id, if_match(request)?, wanted).await;
    let schedule = outcome.map_err(|error| refused(error, body.recipients.as_deref().unwrap_or_default()))?;
    Ok(answer::changed(schedule.stamps.version, &ReportScheduleResponse::from(schedule)))
}

/// Delete a schedule of reports.
///
/// Nobody is told any more. For managers and who may read statistics. 보고서 예약 삭제.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the schedule.")),
    responses((status = 204, description = "The schedule is gone.")))]
#[delete("/report-schedules/{id}")]
pub(super) async fn delete_report_schedule(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ReportScheduleId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().report_schedules.delete(&caller, id.0, if_match(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
