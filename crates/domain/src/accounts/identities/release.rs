//! Undoing links at the providers, after the commit that removed them here.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Identity, Provider, ProviderError, Providers, Release};
use crate::jobs::{Job, JobFailure, JobHandler, JobOutcome, NewJob};

const KIND: &str = "identity.release";

/// Undoes links at the providers: Apple's tokens are revoked, Kakao accounts unlinked.
pub struct ReleaseJob {
    providers: Arc<dyn Providers>,
}

impl ReleaseJob {
    /// A handler that reaches the providers through this port.
    pub fn new(providers: Arc<dyn Providers>) -> Self {
        Self { providers }
    }

    /// The job that undoes this identity.
    pub(super) fn of(identity: &Identity) -> NewJob {
        let payload = json!({
            "provider": identity.provider.as_str(),
            "subject": identity.subject,
            "sealed_token": identity.sealed_token,
        });
        NewJob::new(KIND, payload)
    }
}

#[async_trait]
impl JobHandler for ReleaseJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let text = |name: &str| job.payload.get(name).and_then(Value::as_str);
        let (Some(provider), Some(subject)) = (text("provider").and_then(Provider::parse), text("subject"))
        else {
            return Err(JobFailure::permanent("the payload names no identity"));
        };
        let sealed_token = text("sealed_token").map(str::to_owned);
        let release = Release { provider, subject: subject.to_owned(), sealed_token };
        self.providers.release(&release).await.map_err(|error| match error {
            ProviderError::Unavailable | ProviderError::Misconfigured => {
                JobFailure::temporary(error.to_string())
            }
            ProviderError::NotConfigured(_) | ProviderError::Refused | ProviderError::Untrusted => {
                JobFailure::permanent(error.to_string())
            }
        })
    }
}
