//! Where messages leave the house.
//!
//! `mail` builds mails and sends them over SMTP, or lays them down as files where no server is set. What is sent, and when it is
//! tried again, is decided in `madang_domain::{mail, jobs}`; nothing here knows a database.

mod mail;

pub use mail::{FolderMailer, MailSetupError, Sender, SmtpMailer};
