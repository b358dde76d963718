//! Mail: what is to be sent, and the port that sends it.
//!
//! A service calls [`enqueue`] in its unit of work; the mail goes out after the commit, through a job. The id of the job is the
//! message's id at every attempt, so that a mailbox can tell a repetition. Who sends is in `madang-delivery`.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::RepositoryResult,
    ids::JobId,
    jobs::{self, Job, JobHandler, JobOutcome, NewJob, Priority},
    store::Repositories,
    text::Email,
    yard::Yard,
};

/// The kind of job that sends a mail.
pub const SEND_MAIL: &str = "mail.send";

/// A mail to one recipient. Not `Debug`: it is full of what no log may show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailMessage {
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
    /// Not kept with a job: who attaches something makes it when the mail is sent.
    #[serde(skip)]
    attachments: Vec<Attachment>,
}

/// A file that goes with a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl MailMessage {
    /// A mail of plain text. Line breaks in the subject become spaces, so that nobody can smuggle in a header.
    pub fn new(to: &Email, subject: &str, text: impl Into<String>) -> Self {
        let subject = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { to: to.as_str().to_owned(), subject, text: text.into(), html: None, attachments: Vec::new() }
    }

    /// The same with an HTML form of the text beside it.
    #[must_use]
    pub fn with_html(self, html: impl Into<String>) -> Self {
        Self { html: Some(html.into()), ..self }
    }

    /// The same with a file.
    #[must_use]
    pub fn with_attachment(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// To whom.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// What about.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as HTML.
    pub fn html(&self) -> Option<&str> {
        self.html.as_deref()
    }

    /// The files that go with it.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// The job that sends it, for who wants another priority, an order or a unique key; without attachments.
    pub fn into_job(self) -> NewJob {
        NewJob::new(SEND_MAIL, serde_json::to_value(self).unwrap_or(Value::Null)).priority(Priority::High)
    }
}

/// Has a mail sent once the unit of work is kept, before what is less urgent.
pub async fn enqueue(
    repositories: &mut dyn Repositories,
    yard: &Yard,
    message: MailMessage,
) -> RepositoryResult<()> {
    jobs::enqueue(repositories, yard, message.into_job()).await
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a mail under this id. What the server refuses for good is a permanent failure.
    async fn send(&self, id: JobId, message: &MailMessage) -> JobOutcome;
}

/// Sends the mails that were enqueued.
pub struct MailSending(Arc<dyn Mailer>);

impl MailSending {
    /// Sends them through `mailer`.
    pub fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self(mailer)
    }
}

#[async_trait]
impl JobHandler for MailSending {
    fn kind(&self) -> &'static str {
        SEND_MAIL
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let message = job.read()?;
        self.0.send(job.id, &message).await
    }

    fn time_limit(&self) -> Duration {
        Duration::from_mins(1)
    }
}
