//! Forgets sessions whose time is over.

use async_trait::async_trait;

use super::SessionService;
use crate::jobs::{Job, JobHandler, JobOutcome, Rhythm};

/// Forgets sessions whose time is over, each hour.
pub struct SessionCleaning(SessionService);

impl SessionCleaning {
    /// Forgets the sessions of `service`.
    pub fn new(service: SessionService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for SessionCleaning {
    fn kind(&self) -> &'static str {
        "sessions.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.purge().await?;
        Ok(())
    }
}
