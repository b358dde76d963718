//! How things stand with the counters, and having them remade.

use actix_web::{HttpRequest, HttpResponse, get, post};
use madang_domain::{
    attendance::counters::{CounterService, CounterState},
    operations::OperationError,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    problem::Problem,
    request::{Authenticated, Once},
    routes::imports::{OperationResponse, accepted},
    state::App,
};

/// What such an operation is called.
const REBUILD: &str = "statistics_rebuild";

/// How things stand with the counters of attendance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CounterState)]
pub struct CounterStateResponse {
    /// Changes that are noted and not counted yet; near 0 while a worker runs.
    #[schema(minimum = 0, example = 0)]
    noted: u64,
    /// Lectures with a counter.
    #[schema(minimum = 0, example = 4600)]
    lectures: u64,
    /// Classes that were counted.
    #[schema(minimum = 0, example = 230)]
    classes: u64,
    /// Classes of which what is kept is behind: a lecture has begun or ended, or something was counted since.
    #[schema(minimum = 0, example = 1)]
    unassessed: u64,
}

impl From<CounterState> for CounterStateResponse {
    fn from(state: CounterState) -> Self {
        let CounterState { noted, lectures, classes, unassessed } = state;
        Self { noted, lectures, classes, unassessed }
    }
}

/// Get the state of the counters.
///
/// How far the counters of attendance are in step with the marks. For admins. 통계 집계 상태.
#[utoipa::path(tag = "statistics", responses((status = 200, description = "The state.", body = CounterStateResponse)))]
#[get("/admin/stats")]
pub async fn get_counter_state(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let state = App::of(&request)?.services().counters.state(&caller).await?;
    Ok(HttpResponse::Ok().json(CounterStateResponse::from(state)))
}

/// Remake the counters.
///
/// Counts every lecture anew and assesses every class, beside other requests; nobody sees wrong figures meanwhile. For admins. 통계 다시 집계.
#[utoipa::path(tag = "statistics",
    responses((status = 202, description = "Accepted: follow the operation at `Location`.", body = OperationResponse,
        headers(("Location" = String, description = "The place of the operation.")))))]
#[post("/admin/statistics/rebuild")]
pub async fn rebuild_statistics(once: Once, caller: Authenticated) -> Result<HttpResponse, Problem> {
    CounterService::may_rebuild(&caller)?;
    let services = once.app().services().clone();
    let whose = caller.0.clone();
    once.run(Some(&caller), accepted, async |answering| {
        let operation = services.operations.accept(&whose, REBUILD, answering).await?;
        services.rebuilding.begin(operation.clone());
        Ok::<_, OperationError>(operation)
    })
    .await
}
