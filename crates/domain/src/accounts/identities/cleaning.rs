//! Forgets sign-ins under way whose time is over.

use async_trait::async_trait;

use super::IdentityService;
use crate::jobs::{Job, JobHandler, JobOutcome, Rhythm};

/// Forgets sign-ins under way whose time is over, each hour.
pub struct SignInCleaning(IdentityService);

impl SignInCleaning {
    /// Forgets the sign-ins of `service`.
    pub fn new(service: IdentityService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for SignInCleaning {
    fn kind(&self) -> &'static str {
        "sign_in.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.purge().await?;
        Ok(())
    }
}
