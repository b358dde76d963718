//! What a room implements to add a kind of job.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use super::{Job, Rhythm};
use crate::error::RepositoryError;

/// How an attempt ended.
pub type JobOutcome = Result<(), JobFailure>;

/// Does the jobs of one kind. Add it to the list in `bins/madang/src/wiring.rs`.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind, e.g. `mail.send`.
    fn kind(&self) -> &'static str;

    /// Does the job. It may have been done before, wholly or in part: an attempt whose end could not be kept is repeated.
    async fn run(&self, job: &Job) -> JobOutcome;

    /// When a job of this kind is due again and again, with an empty payload; `None` where others keep it.
    fn rhythm(&self) -> Option<Rhythm> {
        None
    }

    /// How long an attempt may take before it has failed.
    fn time_limit(&self) -> Duration {
        Duration::from_mins(5)
    }

    /// How long to wait after attempt number `attempt`, from 1, before jitter: 5 s, 10 s, 20 s, … up to 2 hours.
    fn pause(&self, attempt: i32) -> Duration {
        const FIRST: Duration = Duration::from_secs(5);
        const LONGEST: Duration = Duration::from_hours(2);
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or_default().min(20);
        FIRST.saturating_mul(1 << doublings).min(LONGEST)
    }
}

/// Why an attempt failed. Reasons are shown to operators: no names, addresses or secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JobFailure {
    /// Trying again later may help.
    #[error("{reason}")]
    Temporary {
        /// Why.
        reason: String,
        /// How long to wait at least; `None` for the handler's own pause.
        after: Option<Duration>,
    },
    /// Trying again does not help.
    #[error("{reason}")]
    Permanent {
        /// Why.
        reason: String,
    },
}

impl JobFailure {
    /// Trying again later may help.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self::Temporary { reason: reason.into(), after: None }
    }

    /// Trying again does not help.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self::Permanent { reason: reason.into() }
    }
}

impl From<RepositoryError> for JobFailure {
    fn from(error: RepositoryError) -> Self {
        Self::temporary(error.to_string())
    }
}
