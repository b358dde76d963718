//! Where messages leave the house.
//!
//! `mail` builds mails and sends them over SMTP, or lays them down as files where no server is set; `fcm` reaches phones and browsers, `alimtalk` `KakaoTalk`;
//! `webhooks` tells other systems of events. What is sent, and when it is tried again, is decided in
//! `madang_domain::{mail, channels, webhooks, jobs}`; nothing here knows a database.

mod alimtalk;
mod fcm;
mod mail;
mod outgoing;
mod webhooks;

pub use alimtalk::{NhnAlimtalk, NhnSettings, SolapiAlimtalk, SolapiSettings};
pub use fcm::{FcmAccount, FcmChannel, FcmHosts, FcmSetupError};
pub use mail::{FolderMailer, MailSetupError, Sender, SmtpMailer};
pub use webhooks::{WebhookPoster, WebhookSetupError, WebhookTargets};
