//! What is done of it beside the requests: answering who has forgotten a password, and forgetting old links.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RecoveryService;
use crate::{
    jobs::{Job, JobFailure, JobHandler, JobOutcome, NewJob, Priority, Rhythm},
    text::Email,
};

const FORGOTTEN: &str = "account.forgot_password";

#[derive(Serialize, Deserialize)]
struct Forgotten {
    email: String,
}

/// The job that answers who has forgotten the password of the account with this address.
pub(super) fn forgotten(email: &Email) -> NewJob {
    let payload = serde_json::to_value(Forgotten { email: email.as_str().to_owned() }).unwrap_or(Value::Null);
    NewJob::new(FORGOTTEN, payload).priority(Priority::High)
}

/// Sends links for new passwords, where there is an account to send them to.
pub struct ForgottenPasswords(RecoveryService);

impl ForgottenPasswords {
    /// Sends them by `service`.
    pub fn new(service: RecoveryService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for ForgottenPasswords {
    fn kind(&self) -> &'static str {
        FORGOTTEN
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let payload: Forgotten = job.read()?;
        let email =
            Email::parse(payload.email).map_err(|_| JobFailure::permanent("the payload holds no address"))?;
        Ok(self.0.answer_forgotten(&email).await?)
    }
}

/// Forgets links whose time is over, each hour.
pub struct MailTokenCleaning(RecoveryService);

impl MailTokenCleaning {
    /// Forgets the links of `service`.
    pub fn new(service: RecoveryService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for MailTokenCleaning {
    fn kind(&self) -> &'static str {
        "mail_tokens.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(3_600))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.purge().await?;
        Ok(())
    }
}
