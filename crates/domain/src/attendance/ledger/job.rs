//! Seals months of the ledger as they come to rest.

use std::time::Duration;

use async_trait::async_trait;

use super::{LedgerError, LedgerService};
use crate::jobs::{Job, JobHandler, JobOutcome, Rhythm};

/// Looks each hour whether a month is to be sealed.
pub struct LedgerSealing(LedgerService);

impl LedgerSealing {
    /// Seals the ledger of `service`.
    pub fn new(service: LedgerService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for LedgerSealing {
    fn kind(&self) -> &'static str {
        "ledger.seal"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    /// A month of some million rows is read and hashed; what was broken off goes on where it stood.
    fn time_limit(&self) -> Duration {
        Duration::from_mins(30)
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        match self.0.seal(&|_, _| {}).await {
            Ok(_) => Ok(()),
            Err(LedgerError::Repository(error)) => Err(error.into()),
        }
    }
}
