//! Removes jobs that ended long ago.

use async_trait::async_trait;
use chrono::TimeDelta;

use super::{Job, JobHandler, JobOutcome, Rhythm};
use crate::{store::finish, yard::Yard};

/// How long a job that has succeeded or was cancelled is kept, and with it its unique key.
const ENDED_DAYS: i64 = 7;
/// How long a job that was given up is kept.
const DEAD_DAYS: i64 = 30;
/// How many are removed in one unit of work.
const BATCH: u32 = 1_000;

/// Removes jobs that ended long ago, each hour.
pub struct JobCleaning(Yard);

impl JobCleaning {
    /// Cleans the jobs of `yard`.
    pub fn new(yard: Yard) -> Self {
        Self(yard)
    }
}

#[async_trait]
impl JobHandler for JobCleaning {
    fn kind(&self) -> &'static str {
        "jobs.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        let now = self.0.clock.now();
        let (ended, dead) = (now - TimeDelta::days(ENDED_DAYS), now - TimeDelta::days(DEAD_DAYS));
        loop {
            let mut unit = self.0.store.begin().await?;
            let outcome = unit.jobs().purge(ended, dead, BATCH).await;
            if finish(unit, outcome).await? < BATCH as usize {
                return Ok(());
            }
        }
    }
}
