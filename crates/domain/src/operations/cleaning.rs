//! Forgets files that nobody has fetched for days.

use async_trait::async_trait;

use super::OperationService;
use crate::jobs::{Job, JobHandler, JobOutcome, Rhythm};

/// Forgets files whose time is over, each hour.
pub struct OperationFileCleaning(OperationService);

impl OperationFileCleaning {
    /// Forgets the files of `service`.
    pub fn new(service: OperationService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for OperationFileCleaning {
    fn kind(&self) -> &'static str {
        "operations.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.forget_files().await?;
        Ok(())
    }
}
