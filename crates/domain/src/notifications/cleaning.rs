//! Removes notices that are a month old.

use async_trait::async_trait;
use chrono::TimeDelta;

use super::NotificationService;
use crate::{
    jobs::{Job, JobHandler, JobOutcome, Rhythm},
    store::finish,
};

/// How long a notice is kept.
const KEPT_DAYS: i64 = 30;
/// How many are removed in one unit of work.
const BATCH: u32 = 1_000;

/// Removes notices that are a month old, each hour.
pub struct NoticeCleaning(NotificationService);

impl NoticeCleaning {
    /// Cleans through `notifications`.
    pub fn new(notifications: NotificationService) -> Self {
        Self(notifications)
    }
}

#[async_trait]
impl JobHandler for NoticeCleaning {
    fn kind(&self) -> &'static str {
        "notices.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _: &Job) -> JobOutcome {
        let before = self.0.yard.clock.now() - TimeDelta::days(KEPT_DAYS);
        loop {
            let mut unit = self.0.yard.store.begin().await?;
            let outcome = unit.notices().purge(before, BATCH).await;
            if finish(unit, outcome).await? < BATCH as usize {
                return Ok(());
            }
        }
    }
}
