//! Jobs: what is still to be done, and what was given up.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    ids::JobId,
    jobs::{Job, JobFilter, JobSort, JobStatus, Priority},
    page::Sort,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::{choices, page_of};
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Id, Params, bad_parameter, list_query},
    state::App,
};

/// The longest name of a kind of job.
const MAX_KIND: usize = 50;

/// The routes of jobs.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_jobs).service(retry_job).service(cancel_job);
}

choices! {
    /// Where a job stands.
    JobStatusValue for JobStatus { Scheduled, Queued, Running, Succeeded, Dead, Cancelled }
}

choices! {
    /// How soon a job is wanted.
    JobPriorityValue for Priority { High, Default, Low }
}

/// A piece of work. What it carries is not shown, because it may hold secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobResponse {
    /// The id, the same at every attempt.
    id: Uuid,
    /// What kind of work.
    #[schema(example = "mail.send")]
    kind: String,
    /// Where it stands.
    status: JobStatusValue,
    /// How soon it is wanted.
    priority: JobPriorityValue,
    /// When it is, or was, due.
    run_at: DateTime<Utc>,
    /// How often it was begun.
    #[schema(minimum = 0, example = 1)]
    attempts: i32,
    /// How often it may be begun.
    #[schema(minimum = 1, example = 12)]
    max_attempts: i32,
    /// Why it failed last; null where it has not.
    #[schema(example = "the mail server put the mail off: 451")]
    last_error: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was done, given up or cancelled; null before.
    finished_at: Option<DateTime<Utc>>,
}

impl From<Job> for JobResponse {
    fn from(job: Job) -> Self {
        Self {
            id: job.id.0,
            kind: job.kind,
            status: job.status.into(),
            priority: job.priority.into(),
            run_at: job.run_at,
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            last_error: job.last_error,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

page_of!(JobPage of JobResponse, "One page of jobs.");

list_query! {
    /// The query of `GET /admin/jobs`.
    ListJobsQuery, sort = JobSort, sortable = "`created_at`", {
        /// That stand here: `dead` are those that were given up.
        #[param(inline = false)]
        status: Option<JobStatusValue>,
        /// Of this kind.
        #[param(max_length = 50, example = "mail.send")]
        kind: Option<String>,
    }
}

/// List jobs.
///
/// Mails and other work after the requests, latest first unless `sort` says otherwise. For admins. 작업 대기열.
#[utoipa::path(tag = "jobs", params(ListJobsQuery), responses((status = 200, description = "One page of jobs.", body = JobPage)))]
#[get("/admin/jobs")]
async fn list_jobs(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListJobsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    if query.kind.as_ref().is_some_and(|kind| kind.chars().count() > MAX_KIND) {
        return Err(bad_parameter("kind", FieldFault::TooLong { max: MAX_KIND }));
    }
    let filter = JobFilter { status: query.status.map(Into::into), kind: query.kind.clone() };
    answer::list::<_, _, JobPage, _, JobResponse, _>(
        &request,
        &query,
        filter,
        Sort::descending(JobSort::CreatedAt),
        async move |listing| app.services().jobs.list(&caller, listing).await,
    )
    .await
}

/// Retry a job.
///
/// Runs a job that was given up, or that waits for its time, at once and with all its attempts. For admins. 작업 재시도.
#[utoipa::path(tag = "jobs", params(("id" = Uuid, Path, description = "The id of the job.")),
    responses((status = 200, description = "The job, queued.", body = JobResponse)))]
#[post("/admin/jobs/{id}/retry")]
async fn retry_job(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<JobId>,
) -> Result<HttpResponse, Problem> {
    let job = App::of(&request)?.services().jobs.retry(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(JobResponse::from(job)))
}

/// Cancel a job.
///
/// Takes back a job that has not begun, or lays one aside that was given up. For admins. 작업 취소.
#[utoipa::path(tag = "jobs", params(("id" = Uuid, Path, description = "The id of the job.")),
    responses((status = 200, description = "The job, cancelled.", body = JobResponse)))]
#[post("/admin/jobs/{id}/cancel")]
async fn cancel_job(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<JobId>,
) -> Result<HttpResponse, Problem> {
    let job = App::of(&request)?.services().jobs.cancel(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(JobResponse::from(job)))
}
