//! What the end of an attempt means for its job.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::jobs::{Job, JobFailure, JobHandler, JobOutcome, JobStatus, Settlement};
use uuid::Uuid;

/// The most characters that are kept of a reason.
const REASON: usize = 500;

/// The job has been done, is due again later, or is given up.
pub(crate) fn settled(
    job: &Job,
    worker: Uuid,
    handler: &dyn JobHandler,
    outcome: JobOutcome,
    now: DateTime<Utc>,
) -> Settlement {
    let ended = |status, last_error| Settlement {
        id: job.id,
        worker,
        status,
        run_at: job.run_at,
        attempts: job.attempts,
        last_error,
        finished_at: Some(now),
    };
    match outcome {
        Ok(()) => ended(JobStatus::Succeeded, None),
        Err(JobFailure::Permanent { reason }) => ended(JobStatus::Dead, Some(short(&reason))),
        Err(JobFailure::Temporary { reason, .. }) if job.attempts >= job.max_attempts => {
            ended(JobStatus::Dead, Some(short(&reason)))
        }
        Err(JobFailure::Temporary { reason, after }) => {
            let pause = jittered(handler.pause(job.attempts), job).max(after.unwrap_or_default());
            Settlement {
                status: JobStatus::Scheduled,
                run_at: now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::days(1)),
                finished_at: None,
                ..ended(JobStatus::Scheduled, Some(short(&reason)))
            }
        }
    }
}

/// The job as if it had not been claimed.
pub(crate) fn given_back(job: &Job, worker: Uuid) -> Settlement {
    Settlement {
        id: job.id,
        worker,
        status: JobStatus::Queued,
        run_at: job.run_at,
        attempts: job.attempts - 1,
        last_error: job.last_error.clone(),
        finished_at: None,
    }
}

/// The pause, up to a fifth shorter or longer: what failed together is not tried again together.
fn jittered(pause: Duration, job: &Job) -> Duration {
    let mut hasher = DefaultHasher::new();
    (job.id, job.attempts).hash(&mut hasher);
    let permille = 800 + u32::try_from(hasher.finish() % 401).unwrap_or_default();
    pause * permille / 1_000
}

fn short(reason: &str) -> String {
    reason.chars().take(REASON).collect()
}
