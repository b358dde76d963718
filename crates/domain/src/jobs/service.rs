//! What an operator can do with jobs: look at them, have one tried again, take one back.

use thiserror::Error;

use super::{Job, JobFilter, JobSort, JobStatus};
use crate::{
    access::{Action, Caller, authorize},
    error::RepositoryError,
    ids::JobId,
    page::{Listed, Listing},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a job.
#[derive(Debug, Error)]
pub enum JobError {
    /// There is no such job.
    #[error("no such job: {0}")]
    NotFound(JobId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// A job that stands there can't be changed so.
    #[error("the job is {}", .0.as_str())]
    WrongStatus(JobStatus),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of jobs.
#[derive(Clone)]
pub struct JobService {
    yard: Yard,
}

impl JobService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Lists jobs.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<JobFilter, JobSort>,
    ) -> Result<Listed<Job>, JobError> {
        authorize(caller, Action::ManageJobs).map_err(|_| JobError::Forbidden)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.jobs().list(&listing).await?)
    }

    /// Has a job that was given up, or waits for its time, run at once, with all its attempts.
    pub async fn retry(&self, caller: &Caller, id: JobId) -> Result<Job, JobError> {
        let now = self.yard.clock.now();
        self.change(caller, id, |job| match job.status {
            JobStatus::Dead | JobStatus::Scheduled => {
                Ok(Job { status: JobStatus::Queued, run_at: now, attempts: 0, finished_at: None, ..job })
            }
            status @ (JobStatus::Queued
            | JobStatus::Running
            | JobStatus::Succeeded
            | JobStatus::Cancelled) => Err(JobError::WrongStatus(status)),
        })
        .await
    }

    /// Takes back a job that has not begun.
    pub async fn cancel(&self, caller: &Caller, id: JobId) -> Result<Job, JobError> {
        let now = self.yard.clock.now();
        self.change(caller, id, |job| match job.status {
            JobStatus::Scheduled | JobStatus::Queued | JobStatus::Dead => {
                Ok(Job { status: JobStatus::Cancelled, finished_at: Some(now), ..job })
            }
            status @ (JobStatus::Running | JobStatus::Succeeded | JobStatus::Cancelled) => {
                Err(JobError::WrongStatus(status))
            }
        })
        .await
    }

    async fn change(
        &self,
        caller: &Caller,
        id: JobId,
        change: impl FnOnce(Job) -> Result<Job, JobError> + Send,
    ) -> Result<Job, JobError> {
        authorize(caller, Action::ManageJobs).map_err(|_| JobError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_in(&mut *unit, caller, id, change).await;
        finish(unit, outcome).await
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: JobId,
        change: impl FnOnce(Job) -> Result<Job, JobError> + Send,
    ) -> Result<Job, JobError> {
        let old = repositories.jobs().find_for_update(id).await?.ok_or(JobError::NotFound(id))?;
        let new = change(old.clone())?;
        repositories.jobs().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(new)
    }
}
