//! Forgets keys whose time is over.

use async_trait::async_trait;

use super::IdempotencyService;
use crate::jobs::{Job, JobHandler, JobOutcome, Rhythm};

/// Forgets keys whose time is over, each hour.
pub struct KeyCleaning(IdempotencyService);

impl KeyCleaning {
    /// Forgets the keys of `service`.
    pub fn new(service: IdempotencyService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for KeyCleaning {
    fn kind(&self) -> &'static str {
        "idempotency.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.purge().await?;
        Ok(())
    }
}
