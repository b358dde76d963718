//! Mails: who sends them, how they are built, and the two ways out.

mod folder;
mod smtp;

use std::fmt;

use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use madang_domain::{ids::JobId, jobs::JobFailure, mail::MailMessage};
use thiserror::Error;

pub use folder::FolderMailer;
pub use smtp::SmtpMailer;

/// Why mails can't be sent with these settings.
#[derive(Debug, Error)]
pub enum MailSetupError {
    /// The sender is no mailbox like `마당 <no-reply@example.org>`.
    #[error("must be an address like no-reply@example.org or a mailbox like 마당 <no-reply@example.org>")]
    Sender,
    /// The address of the server can't be read.
    #[error("must look like smtps://user:password@host:465 or smtp://host:587?tls=required")]
    Address,
    /// The password would travel in the open.
    #[error("holds a password, so it must ask for TLS: smtps://… or smtp://…?tls=required")]
    PasswordInTheOpen,
}

/// Whom mails come from.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `no-reply@example.org` or `마당 <no-reply@example.org>`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, MailSetupError> {
        text.parse().map(Self).map_err(|_| MailSetupError::Sender)
    }

    /// The mail as it travels. Its id is the same at every attempt.
    fn letter(&self, id: JobId, message: &MailMessage) -> Result<Message, JobFailure> {
        let unwritable =
            || JobFailure::permanent("the mail can't be built: its address or text can't be encoded");
        let to: Address = message.to().parse().map_err(|_| unwritable())?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let builder = Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject())
            .message_id(Some(format!("<{id}@{}>", self.0.email.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let text = message.text().to_owned();
        let plain = |text| SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text);
        let both = |text, html: &str| MultiPart::alternative_plain_html(text, html.to_owned());
        let letter = match (message.html(), message.attachments()) {
            (Some(html), []) => builder.multipart(both(text, html)),
            (None, []) => builder.singlepart(plain(text)),
            (html, files) => {
                let whole = match html {
                    Some(html) => MultiPart::mixed().multipart(both(text, html)),
                    None => MultiPart::mixed().singlepart(plain(text)),
                };
                let mut parts = whole;
                for file in files {
                    let kind = ContentType::parse(&file.media_type).map_err(|_| unwritable())?;
                    parts =
                        parts.singlepart(Attachment::new(file.name.clone()).body(file.content.clone(), kind));
                }
                builder.multipart(parts)
            }
        };
        letter.map_err(|_| unwritable())
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sender").field(&self.0.to_string()).finish()
    }
}
