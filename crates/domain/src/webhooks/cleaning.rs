//! Removes deliveries that ended long ago.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{
    jobs::{Job, JobHandler, JobOutcome, Rhythm},
    store::finish,
    yard::Yard,
};

/// How long a delivery is kept.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// How many are removed in one unit of work.
const BATCH: u32 = 1_000;

/// Removes deliveries that ended long ago, each hour.
pub struct DeliveryCleaning(Yard);

impl DeliveryCleaning {
    /// Cleans on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self(yard)
    }
}

#[async_trait]
impl JobHandler for DeliveryCleaning {
    fn kind(&self) -> &'static str {
        "webhooks.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        let before = self.0.clock.now() - KEPT_FOR;
        loop {
            let mut unit = self.0.store.begin().await?;
            let outcome = unit.webhooks().purge_deliveries(before, BATCH).await;
            if finish(unit, outcome).await? < BATCH as usize {
                return Ok(());
            }
        }
    }
}
