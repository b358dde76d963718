//! The outbox: work to be done after a commit, kept in the transaction of its cause.
//!
//! A service calls [`enqueue`] in its unit of work; a worker (`madang-worker`) claims what is due under a lease, runs the
//! [`JobHandler`] of its kind, tries again after a failure, and gives up in the end with a reason. Every job runs *at
//! least* once: a handler must bear being run again, by handing the job's id to who can tell a repetition.
//!
//! `model` has the job and its states, `repository` the port, `handler` what a room implements to add a kind.

mod cleaning;
mod handler;
mod model;
mod repository;
mod rhythm;
mod service;

pub use cleaning::JobCleaning;
pub use handler::{JobFailure, JobHandler, JobOutcome};
pub use model::{Job, JobFilter, JobSort, JobStatus, LANE_WIDTH, NewJob, Priority};
pub use repository::{Claim, JobCount, Jobs, Settlement, WakeUps};
pub use rhythm::Rhythm;
pub use service::{JobError, JobService};

use crate::{error::RepositoryResult, store::Repositories, yard::Yard};

/// Keeps a job with the unit of work of its cause, unless its unique key is taken.
pub async fn enqueue(repositories: &mut dyn Repositories, yard: &Yard, job: NewJob) -> RepositoryResult<()> {
    enqueue_each(repositories, yard, [job]).await
}

/// Keeps jobs with the unit of work of their cause, in their order, but those whose unique key is taken.
pub async fn enqueue_each(
    repositories: &mut dyn Repositories,
    yard: &Yard,
    jobs: impl IntoIterator<Item = NewJob> + Send,
) -> RepositoryResult<()> {
    let jobs: Vec<Job> = jobs.into_iter().map(|job| job.into_job(yard)).collect();
    repositories.jobs().add(&jobs).await
}

/// Keeps jobs at once, in their order, in one statement; tells how many are new.
pub async fn enqueue_all(
    repositories: &mut dyn Repositories,
    yard: &Yard,
    jobs: impl IntoIterator<Item = NewJob> + Send,
) -> RepositoryResult<usize> {
    let jobs: Vec<Job> = jobs.into_iter().map(|job| job.into_job(yard)).collect();
    repositories.jobs().insert(&jobs).await
}
