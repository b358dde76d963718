//! Reports that nobody waits for at the line: large ones, made one at a time, followed through an operation and kept as its file;
//! and those that are mailed.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use madang_domain::{
    access::Caller,
    attendance::TallyFilter,
    calendar::TimeZone,
    error::RepositoryResult,
    jobs::JobFailure,
    mail::Attachment,
    operations::{Operation, OperationFile, OperationService},
    report_schedules::{ReportPress, ReportSchedule},
    yard::Yard,
};
use madang_reporting::{
    reports::{Report, ReportOrder, ReportService},
    statistics::PeriodQuery,
};
use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    problem::{Problem, ProblemCode},
    routes::{ReportFormat, report_file},
};

/// How far a report is once its figures are there, in percent.
const READ: i32 = 40;
/// How far it is once it is written.
const WRITTEN: i32 = 90;

/// Makes reports, one after the other.
#[derive(Clone)]
pub struct ReportDesk(Arc<Desk>);

struct Desk {
    reports: ReportService,
    operations: OperationService,
    turn: Semaphore,
    /// Where the work is done: off the threads that serve requests, where there are others.
    runtime: Option<Handle>,
}

impl ReportDesk {
    /// A desk that stands on `yard`; the work is done on the runtime in which this is called.
    pub fn new(yard: &Yard, operations: OperationService) -> Self {
        Self(Arc::new(Desk {
            reports: ReportService::new(yard.clone()),
            operations,
            turn: Semaphore::new(1),
            runtime: Handle::try_current().ok(),
        }))
    }

    /// Begins a report that has been accepted, or lets it wait for its turn; `write` makes a file of it.
    pub fn begin(
        &self,
        caller: Caller,
        operation: Operation,
        order: ReportOrder,
        write: impl FnOnce(Report) -> Result<OperationFile, Problem> + Send + 'static,
    ) {
        let desk = Arc::clone(&self.0);
        let taken = desk.operations.take(operation.id);
        let work = async move {
            if let Err(error) = desk.work(&caller, &operation, order, write).await {
                tracing::error!(operation.id = %operation.id, %error, "the outcome of a report could not be kept");
            }
            drop(taken);
        };
        match &self.0.runtime {
            Some(runtime) => drop(runtime.spawn(work)),
            None => drop(tokio::spawn(work)),
        }
    }
}

impl Desk {
    async fn work(
        &self,
        caller: &Caller,
        operation: &Operation,
        order: ReportOrder,
        write: impl FnOnce(Report) -> Result<OperationFile, Problem> + Send + 'static,
    ) -> RepositoryResult<()> {
        let Ok(_turn) = self.turn.acquire().await else { return Ok(()) };
        self.operations.advance(operation, 0).await?;
        match self.file(caller, operation, order, write).await {
            Ok(file) => self.operations.succeed_with(operation, &file).await,
            Err(problem) => self.operations.fail(operation, problem.code().document(), None).await,
        }
    }

    async fn file(
        &self,
        caller: &Caller,
        operation: &Operation,
        order: ReportOrder,
        write: impl FnOnce(Report) -> Result<OperationFile, Problem> + Send + 'static,
    ) -> Result<OperationFile, Problem> {
        let report = self.reports.make(caller, order).await?;
        self.operations.advance(operation, READ).await?;
        let written = tokio::task::spawn_blocking(move || write(report)).await;
        let file = written.map_err(|_| Problem::new(ProblemCode::Internal))??;
        self.operations.advance(operation, WRITTEN).await?;
        Ok(file)
    }
}

#[async_trait]
impl ReportPress for ReportDesk {
    async fn print(
        &self,
        reader: &Caller,
        schedule: &ReportSchedule,
        last_day: NaiveDate,
    ) -> Result<Attachment, JobFailure> {
        let order = ReportOrder::Period(PeriodQuery {
            period: schedule.period,
            from: None,
            to: Some(last_day),
            filter: TallyFilter { course: schedule.course_id, ..TallyFilter::default() },
            time_zone: TimeZone::SEOUL,
        });
        let unmade = |problem: Problem| JobFailure::temporary(problem.code().as_str());
        let report = self.0.reports.make(reader, order).await.map_err(|error| unmade(error.into()))?;
        let printed = tokio::task::spawn_blocking(|| report_file(report, ReportFormat::Pdf, None)).await;
        let OperationFile { name, media_type, content } =
            printed.map_err(|_| unmade(Problem::new(ProblemCode::Internal)))?.map_err(unmade)?;
        Ok(Attachment { name, media_type, content })
    }
}
