//! The port of jobs.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Job, JobFilter, JobSort, JobStatus, Priority};
use crate::{
    error::Pending,
    ids::JobId,
    page::{Listed, Listing},
};

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// The worker.
    pub worker: Uuid,
    /// The kinds that it knows.
    pub kinds: &'a [&'static str],
    /// How many jobs at most.
    pub limit: u32,
    /// Until when it is taken for alive without another word.
    pub until: DateTime<Utc>,
}

/// How an attempt ended. Kept only while the worker still holds the job.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The job.
    pub id: JobId,
    /// The worker that ran it.
    pub worker: Uuid,
    /// Where the job stands now.
    pub status: JobStatus,
    /// When it is due.
    pub run_at: DateTime<Utc>,
    /// How often it was begun.
    pub attempts: i32,
    /// Why it failed.
    pub last_error: Option<String>,
    /// When it ended for good.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How many jobs stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCount {
    /// Where.
    pub status: JobStatus,
    /// How soon they are wanted.
    pub priority: Priority,
    /// How many.
    pub count: u64,
    /// When the one that waits longest was due.
    pub oldest_run_at: DateTime<Utc>,
}

/// The port.
pub trait Jobs: Send {
    /// Keeps new jobs in one statement; those whose unique key is taken are left out. Tells how many were kept.
    fn insert<'a>(&'a mut self, jobs: &'a [Job]) -> Pending<'a, usize>;

    /// Keeps new jobs with the journal of the unit of work; those whose unique key is taken are left out.
    fn add<'a>(&'a mut self, jobs: &'a [Job]) -> Pending<'a, ()>;

    /// One job, held against other writers.
    fn find_for_update(&mut self, id: JobId) -> Pending<'_, Option<Job>>;

    /// Lists jobs.
    fn list<'a>(&'a mut self, listing: &'a Listing<JobFilter, JobSort>) -> Pending<'a, Listed<Job>>;

    /// Leases queued jobs to a worker, most urgent first and then in the order in which they came, and counts the attempt.
    ///
    /// No job is leased twice at a time, none while an earlier one with its order key has not ended, and none whose lane is full.
    fn claim<'a>(&'a mut self, claim: &'a Claim<'a>) -> Pending<'a, Vec<Job>>;

    /// Keeps how attempts ended; tells how many workers still held their job.
    fn settle<'a>(&'a mut self, settlements: &'a [Settlement]) -> Pending<'a, usize>;

    /// Prolongs the leases of a worker on these jobs; answers those that it still holds.
    fn renew<'a>(
        &'a mut self,
        worker: Uuid,
        jobs: &'a [JobId],
        until: DateTime<Utc>,
    ) -> Pending<'a, Vec<JobId>>;

    /// Queues scheduled jobs whose time has come.
    fn queue_due(&mut self, now: DateTime<Utc>) -> Pending<'_, usize>;

    /// Takes jobs from workers whose lease has run out; gives up those that have no attempt left.
    fn take_back(&mut self, now: DateTime<Utc>) -> Pending<'_, usize>;

    /// When the next scheduled job is due.
    fn next_run_at(&mut self) -> Pending<'_, Option<DateTime<Utc>>>;

    /// Keeps what an operator changed: status, `run_at`, attempts, end.
    fn update<'a>(&'a mut self, job: &'a Job) -> Pending<'a, ()>;

    /// How many jobs that have not ended well stand where.
    fn counts(&mut self) -> Pending<'_, Vec<JobCount>>;

    /// Removes jobs that ended before these moments, oldest first, up to `limit`; tells how many.
    fn purge(
        &mut self,
        ended_before: DateTime<Utc>,
        dead_before: DateTime<Utc>,
        limit: u32,
    ) -> Pending<'_, usize>;
}

/// Tells a worker that jobs may have come.
#[async_trait]
pub trait WakeUps: Send {
    /// Returns when jobs may have come since the last call; now and then without a reason.
    async fn next(&mut self);
}
