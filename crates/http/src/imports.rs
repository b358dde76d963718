//! Imports that run beside the requests: one at a time, followed through an operation.
//!
//! While an import writes, nobody else can on SQLite, not even to tell how far it is. So the percentage is held in
//! memory as well; the operation in the database follows it at most once a second, where the database lets it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use madang_domain::{
    access::Caller,
    error::RepositoryError,
    ids::OperationId,
    operations::{Operation, OperationService, OperationStatus},
    yard::Yard,
};
use madang_interchange::{
    Bundle, BundleError, Format, ImportError, ImportOptions, ImportReport, ImportService, Limits, Progress,
    ReadOptions, Reading, SourceFile, read,
};
use serde_json::{Value, json};
use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    problem::{Problem, ProblemCode},
    request::UploadedFile,
};

/// How often the operation in the database follows.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// How files are to be imported.
#[derive(Debug, Clone, Copy)]
pub struct ImportOrder {
    /// What the files are; found out where it is not said.
    pub format: Option<Format>,
    /// Whether rows are kept, or only checked.
    pub keeps: bool,
    /// Whether good rows are kept where others are bad.
    pub skip_bad_rows: bool,
}

/// Takes imports and does them, one after the other.
#[derive(Clone)]
pub struct ImportDesk(Arc<Desk>);

struct Desk {
    service: ImportService,
    operations: OperationService,
    turn: Semaphore,
    live: Mutex<HashMap<OperationId, Arc<AtomicI32>>>,
    /// Where the work is done: off the threads that serve requests, where there are others.
    runtime: Option<Handle>,
}

/// Why an import came to nothing.
struct Failure {
    code: ProblemCode,
    detail: Option<String>,
    report: Option<Value>,
}

impl ImportDesk {
    /// A desk that stands on `yard`; the work is done on the runtime in which this is called.
    pub fn new(yard: &Yard, operations: OperationService) -> Self {
        Self(Arc::new(Desk {
            service: ImportService::new(yard.clone()),
            operations,
            turn: Semaphore::new(1),
            live: Mutex::default(),
            runtime: Handle::try_current().ok(),
        }))
    }

    /// Begins an import that has been accepted, or lets it wait for its turn.
    pub fn begin(&self, caller: Caller, operation: Operation, files: Vec<UploadedFile>, order: ImportOrder) {
        let desk = Arc::clone(&self.0);
        let taken = desk.operations.take(operation.id);
        let work = async move {
            desk.work(&caller, &operation, files, order).await;
            drop(taken);
        };
        match &self.0.runtime {
            Some(runtime) => drop(runtime.spawn(work)),
            None => drop(tokio::spawn(work)),
        }
    }

    /// The operation with the percentage of this moment.
    pub fn followed(&self, operation: Operation) -> Operation {
        let live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        match live.get(&operation.id) {
            Some(percent) if operation.status == OperationStatus::Running => {
                let percent = percent.load(Ordering::Relaxed);
                Operation { progress: operation.progress.max(percent), ..operation }
            }
            _ => operation,
        }
    }
}

impl Desk {
    async fn work(
        &self,
        caller: &Caller,
        operation: &Operation,
        files: Vec<UploadedFile>,
        order: ImportOrder,
    ) {
        let Ok(_turn) = self.turn.acquire().await else { return };
        let percent = Arc::new(AtomicI32::new(0));
        self.live().insert(operation.id, Arc::clone(&percent));
        let outcome = self.import(caller, operation, files, order, &percent).await;
        let kept = match outcome {
            Ok(report) => self.operations.succeed(operation, report).await,
            Err(failure) => self.operations.fail(operation, failure.error(), failure.report).await,
        };
        self.live().remove(&operation.id);
        if let Err(error) = kept {
            tracing::error!(operation.id = %operation.id, %error, "the outcome of an import could not be kept");
        }
    }

    async fn import(
        &self,
        caller: &Caller,
        operation: &Operation,
        files: Vec<UploadedFile>,
        order: ImportOrder,
        percent: &AtomicI32,
    ) -> Result<Value, Failure> {
        self.operations.advance(operation, 0).await.map_err(|error| Failure::of(&error.into()))?;
        let reading = reading(files, order.format).await?;
        let options = ImportOptions { skip_bad_rows: order.skip_bad_rows };
        let on_progress = |progress: Progress| {
            let done = (progress.done * 100).checked_div(progress.total).unwrap_or_default();
            percent.store(i32::try_from(done).unwrap_or_default(), Ordering::Relaxed);
        };
        let work = async {
            if order.keeps {
                self.service.apply(caller, reading, options, &on_progress).await
            } else {
                self.service.dry_run(caller, reading, options, &on_progress).await
            }
        };
        let report = tokio::select! {
            report = work => report.map_err(Failure::of_import)?,
            () = self.follow(operation, percent) => return Err(Failure::new(ProblemCode::Internal)),
        };
        let document = serde_json::to_value(&report).unwrap_or_default();
        if order.keeps && !report.is_kept() {
            Err(Failure::of_report(&report, document))
        } else {
            Ok(document)
        }
    }

    /// Keeps the percentage until it is dropped.
    async fn follow(&self, operation: &Operation, percent: &AtomicI32) {
        let mut told = 0;
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            let now = percent.load(Ordering::Relaxed);
            if now > told && self.operations.advance(operation, now).await.is_ok() {
                told = now;
            }
        }
    }

    fn live(&self) -> std::sync::MutexGuard<'_, HashMap<OperationId, Arc<AtomicI32>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the files on a thread for work that takes long.
async fn reading(uploads: Vec<UploadedFile>, format: Option<Format>) -> Result<Reading, Failure> {
    let mut sources = Vec::new();
    for upload in uploads {
        let name = upload.name.clone();
        let bytes = upload.read().await.map_err(|error| Failure::of_bundle(&error.into()))?;
        sources.push(SourceFile { name, bytes });
    }
    let read = tokio::task::spawn_blocking(move || {
        let bundle =
            Bundle::from_uploads(sources, &Limits::default()).map_err(|error| Failure::of_bundle(&error))?;
        let options = ReadOptions { format, ..ReadOptions::default() };
        read(bundle, &options).map_err(|_| Failure::new(ProblemCode::ImportFormatUnknown))
    });
    read.await.map_err(|_| Failure::new(ProblemCode::Internal))?
}

impl Failure {
    fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, report: None }
    }

    fn of(problem: &Problem) -> Self {
        Self::new(problem.code())
    }

    fn of_bundle(error: &BundleError) -> Self {
        Self { detail: Some(error.to_string()), ..Self::new(ProblemCode::UploadInvalid) }
    }

    fn of_import(error: ImportError) -> Self {
        match error {
            ImportError::Forbidden => Self::new(ProblemCode::Forbidden),
            // Somebody changed the same rows meanwhile: trying again helps.
            ImportError::Repository(RepositoryError::Conflict(_)) => {
                Self::new(ProblemCode::PreconditionFailed)
            }
            ImportError::Repository(error) => Self::of(&error.into()),
        }
    }

    fn of_report(report: &ImportReport, document: Value) -> Self {
        let errors = report.errors().total();
        Self {
            detail: Some(format!("오류 {errors}건 (errors: {errors})")),
            report: Some(document),
            ..Self::new(ProblemCode::ImportRefused)
        }
    }

    fn error(&self) -> Value {
        match &self.detail {
            Some(detail) => json!({"code": self.code.as_str(), "detail": detail}),
            None => self.code.document(),
        }
    }
}
