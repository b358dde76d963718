//! What is done beside the requests: sessions whose time is over are seen to, and wrong codes are forgotten.

use async_trait::async_trait;

use super::{CaptureError, CaptureService};
use crate::jobs::{Job, JobFailure, JobHandler, JobOutcome, Rhythm};

/// Sees to check-in sessions whose time is over, every few seconds.
pub struct CheckInClosing(CaptureService);

impl CheckInClosing {
    /// Sees to the sessions of `service`.
    pub fn new(service: CaptureService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for CheckInClosing {
    fn kind(&self) -> &'static str {
        "check_in.close"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(15))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        let failed = |error: CaptureError| JobFailure::temporary(error.to_string());
        self.0.settle_due().await.map_err(failed)?;
        self.0.forget_wrong_codes().await.map_err(failed)?;
        Ok(())
    }
}
