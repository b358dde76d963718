//! What can be done with operations: asking for one, following it, and telling how far it is.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use serde_json::{Value, json};
use thiserror::Error;

use super::{Operation, OperationFile, OperationStatus, REPORT};
use crate::{
    access::{Action, Caller, authorize},
    error::{RepositoryError, RepositoryResult},
    idempotency::Answering,
    ids::OperationId,
    store::finish,
    yard::Yard,
};

/// How long files are kept.
const KEPT: TimeDelta = TimeDelta::days(7);
/// An operation for which no server has vouched for so long was interrupted: its server is gone.
const FORSAKEN_AFTER: TimeDelta = TimeDelta::seconds(60);

/// Why something could not be done with an operation.
#[derive(Debug, Error)]
pub enum OperationError {
    /// There is no such operation, or none that the caller may know of.
    #[error("no such operation: {0}")]
    NotFound(OperationId),
    /// No file came of it, or it is there no more.
    #[error("no file of {0}")]
    NoFile(OperationId),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of operations; clones know of the same work.
#[derive(Clone)]
pub struct OperationService {
    yard: Yard,
    at_work: Arc<Mutex<BTreeSet<OperationId>>>,
}

/// This process is at an operation, or has it in its queue, for as long as this lives.
#[must_use]
pub struct AtWork {
    id: OperationId,
    all: Arc<Mutex<BTreeSet<OperationId>>>,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.id);
    }
}

fn locked(all: &Mutex<BTreeSet<OperationId>>) -> MutexGuard<'_, BTreeSet<OperationId>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OperationService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard, at_work: Arc::default() }
    }

    /// Says that this process takes the operation upon itself.
    pub fn take(&self, id: OperationId) -> AtWork {
        locked(&self.at_work).insert(id);
        AtWork { id, all: Arc::clone(&self.at_work) }
    }

    /// One operation: one's own, or anybody's for a manager; a machine sees those of its owner that it could ask for itself.
    pub async fn find(&self, caller: &Caller, id: OperationId) -> Result<Operation, OperationError> {
        let mut session = self.yard.store.session().await?;
        let found = session.operations().find(id).await?;
        found
            .filter(|operation| {
                let of_kind = if operation.kind == REPORT { Action::FollowReports } else { Action::Import };
                let may_follow =
                    |user| caller.is(user) || caller.acts_for(user) && authorize(caller, of_kind).is_ok();
                operation.requested_by.is_some_and(may_follow) || caller.is_manager()
            })
            .ok_or(OperationError::NotFound(id))
    }

    /// Accepts work of this kind, to be done later; whether the caller may ask for it has been decided.
    pub async fn accept(
        &self,
        caller: &Caller,
        kind: &str,
        answering: &Answering<'_, Operation>,
    ) -> Result<Operation, OperationError> {
        let now = self.yard.clock.now();
        let operation = Operation {
            id: OperationId(self.yard.ids.next()),
            kind: kind.to_owned(),
            status: OperationStatus::Queued,
            progress: 0,
            requested_by: caller.on_behalf_of(),
            result: None,
            error: None,
            created_at: now,
            updated_at: now,
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            unit.operations().insert(&operation).await?;
            answering.keep(&mut *unit, &operation).await
        }
        .await;
        finish(unit, outcome).await?;
        Ok(operation)
    }

    /// Keeps that it is at work, and how many percent of it are done.
    pub async fn advance(&self, operation: &Operation, percent: i32) -> RepositoryResult<()> {
        let progress = percent.clamp(0, 100);
        self.keep(Operation { status: OperationStatus::Running, progress, ..operation.clone() }).await
    }

    /// Keeps that it is done, and what came of it.
    pub async fn succeed(&self, operation: &Operation, result: Value) -> RepositoryResult<()> {
        let (status, result) = (OperationStatus::Succeeded, Some(result));
        self.keep(Operation { status, progress: 100, result, ..operation.clone() }).await
    }

    /// Keeps that it is done, with the file that came of it.
    pub async fn succeed_with(&self, operation: &Operation, file: &OperationFile) -> RepositoryResult<()> {
        let now = self.yard.clock.now();
        let done = Operation {
            status: OperationStatus::Succeeded,
            progress: 100,
            result: Some(
                json!({"file": file.name, "media_type": file.media_type, "bytes": file.content.len()}),
            ),
            updated_at: now,
            ..operation.clone()
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            unit.operations().update(&done).await?;
            unit.operations().keep_file(done.id, file, now).await
        }
        .await;
        finish(unit, outcome).await
    }

    /// The file of an operation, for who may follow it.
    pub async fn file(&self, caller: &Caller, id: OperationId) -> Result<OperationFile, OperationError> {
        self.find(caller, id).await?;
        let mut session = self.yard.store.long_session().await?;
        session.operations().file(id).await?.ok_or(OperationError::NoFile(id))
    }

    /// Removes files that have been kept for seven days; tells how many.
    pub async fn forget_files(&self) -> RepositoryResult<usize> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.operations().forget_files(self.yard.clock.now() - KEPT).await;
        finish(unit, outcome).await
    }

    /// Keeps that it failed: `error` is `{code, detail}`, `result` what there is to show nevertheless.
    pub async fn fail(
        &self,
        operation: &Operation,
        error: Value,
        result: Option<Value>,
    ) -> RepositoryResult<()> {
        let (status, error) = (OperationStatus::Failed, Some(error));
        self.keep(Operation { status, result, error, ..operation.clone() }).await
    }

    /// Vouches for what this process is at, and keeps that what nobody has vouched for in a minute has failed with this error; tells
    /// how many operations that were. Each server does so every few seconds.
    pub async fn vouch(&self, error: &Value) -> RepositoryResult<usize> {
        let at_work: Vec<OperationId> = locked(&self.at_work).iter().copied().collect();
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            if !at_work.is_empty() {
                unit.operations().vouch_for(&at_work, now).await?;
            }
            unit.operations().fail_forsaken(now - FORSAKEN_AFTER, error, now).await
        }
        .await;
        finish(unit, outcome).await
    }

    async fn keep(&self, operation: Operation) -> RepositoryResult<()> {
        let operation = Operation { updated_at: self.yard.clock.now(), ..operation };
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.operations().update(&operation).await;
        finish(unit, outcome).await
    }
}
