//! Remaking of counters beside the requests, followed through an operation.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use madang_domain::{
    attendance::counters::CounterService,
    certification::eligible::EligibleService,
    error::RepositoryResult,
    operations::{Operation, OperationService},
    yard::Yard,
};
use serde_json::json;
use tokio::{runtime::Handle, sync::Semaphore};

use crate::problem::{Language, Problem};

/// How often the operation in the database follows.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// Remakes counters, once at a time.
#[derive(Clone)]
pub struct RebuildDesk(Arc<Desk>);

struct Desk {
    counters: CounterService,
    eligible: EligibleService,
    operations: OperationService,
    turn: Semaphore,
    /// Where the work is done: off the threads that serve requests, where there are others.
    runtime: Option<Handle>,
}

impl RebuildDesk {
    /// A desk that stands on `yard`; the work is done on the runtime in which this is called.
    pub fn new(yard: &Yard) -> Self {
        Self(Arc::new(Desk {
            counters: CounterService::new(yard.clone()),
            eligible: EligibleService::new(yard.clone()),
            operations: OperationService::new(yard.clone()),
            turn: Semaphore::new(1),
            runtime: Handle::try_current().ok(),
        }))
    }

    /// Begins what has been accepted, or lets it wait for its turn.
    pub fn begin(&self, operation: Operation) {
        let desk = Arc::clone(&self.0);
        let work = async move { desk.work(&operation).await };
        match &self.0.runtime {
            Some(runtime) => drop(runtime.spawn(work)),
            None => drop(tokio::spawn(work)),
        }
    }
}

impl Desk {
    async fn rebuild(&self, progress: &(dyn Fn(u64, u64) + Send + Sync)) -> RepositoryResult<u64> {
        let classes = self.counters.rebuild(progress).await?;
        self.eligible.keep_up().await?;
        Ok(classes)
    }

    async fn work(&self, operation: &Operation) {
        let Ok(_turn) = self.turn.acquire().await else { return };
        let percent = AtomicI32::new(0);
        let progress = |done: u64, total: u64| {
            let percents = (done * 100).checked_div(total).unwrap_or(100);
            percent.store(i32::try_from(percents).unwrap_or_default(), Ordering::Relaxed);
        };
        let outcome = tokio::select! {
            outcome = self.rebuild(&progress) => outcome,
            () = self.follow(operation, &percent) => return,
        };
        let kept = match outcome {
            Ok(classes) => self.operations.succeed(operation, json!({"classes": classes})).await,
            Err(error) => {
                let code = Problem::from(error).code();
                let detail = code.text(Language::Korean);
                self.operations.fail(operation, json!({"code": code.as_str(), "detail": detail}), None).await
            }
        };
        if let Err(error) = kept {
            tracing::error!(operation.id = %operation.id, %error, "the outcome of a rebuild could not be kept");
        }
    }

    /// Keeps the percentage until it is dropped.
    async fn follow(&self, operation: &Operation, percent: &AtomicI32) {
        let mut told = -1;
        loop {
            let now = percent.load(Ordering::Relaxed);
            if now > told && self.operations.advance(operation, now).await.is_ok() {
                told = now;
            }
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }
}
