//! A worker: how it is made, and how long it works.

use std::{collections::BTreeMap, future::Future, pin::pin, sync::Arc, time::Duration};

use madang_domain::{error::RepositoryResult, jobs::JobHandler, yard::Yard};
use uuid::Uuid;

use crate::{figures::Figures, round::Shift};

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    /// How many jobs it does at a time.
    pub concurrency: usize,
    /// How long after its last word it is taken for dead.
    pub lease: Duration,
    /// How often it looks around without being woken, and gives word.
    pub poll: Duration,
    /// How long jobs may take to finish when it is told to stop; then they are given back.
    pub grace: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            lease: Duration::from_mins(1),
            poll: Duration::from_secs(5),
            grace: Duration::from_secs(25),
        }
    }
}

/// Does jobs. Any number of workers may share a database.
pub struct Worker {
    pub(crate) yard: Yard,
    pub(crate) handlers: BTreeMap<&'static str, Arc<dyn JobHandler>>,
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) figures: Figures,
    pub(crate) options: WorkerOptions,
    pub(crate) id: Uuid,
}

impl Worker {
    /// A worker that does the jobs of these handlers.
    pub fn new(
        yard: Yard,
        handlers: impl IntoIterator<Item = Arc<dyn JobHandler>>,
        figures: Figures,
        options: WorkerOptions,
    ) -> Self {
        let handlers: BTreeMap<_, _> =
            handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let kinds = handlers.keys().copied().collect();
        let id = yard.ids.next();
        Self { yard, handlers, kinds, figures, options, id }
    }

    /// Works until `stop` is ready; then finishes what it has begun, or gives it back.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut wake_ups = self.yard.store.wake_ups();
        let mut shift = Shift::new(self);
        loop {
            let pause = match shift.round().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "the jobs can't be looked after; trying again");
                    shift.drop_overdue();
                    self.options.poll
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = shift.an_end(), if shift.is_busy() => {}
                () = wake_ups.next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        shift.close().await;
    }

    /// Does all that is due, and what becomes due by it; tells how many attempts that took.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn run_until_idle(&self) -> RepositoryResult<u64> {
        let mut shift = Shift::new(self);
        loop {
            shift.round().await?;
            if !shift.is_busy() {
                return Ok(shift.begun());
            }
            shift.an_end().await;
        }
    }
}
