//! Mails sent over SMTP.

use std::{fmt, net::IpAddr, time::Duration};

use async_trait::async_trait;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, transport::smtp};
use madang_domain::{
    ids::JobId,
    jobs::{JobFailure, JobOutcome},
    mail::{MailMessage, Mailer},
};
use url::Url;

use super::{MailSetupError, Sender};

/// What a server answers when it will not have *us*: 5xx by the letter, but no fault of the mail's.
const NOT_FROM_US: [u16; 4] = [530, 534, 535, 538];

/// Sends mails over SMTP, each on a connection of its own.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
    time_limit: Duration,
}

impl SmtpMailer {
    /// Sends through the server at `url`: `smtps://user:password@host:465`, or `smtp://host:587?tls=required` for STARTTLS.
    ///
    /// A conversation that takes longer than `time_limit` is given up.
    ///
    /// # Errors
    /// When the address can't be read, or would send a password in the open.
    pub fn new(url: &str, sender: Sender, time_limit: Duration) -> Result<Self, MailSetupError> {
        let address = Url::parse(url).map_err(|_| MailSetupError::Address)?;
        let encrypted = address.scheme() == "smtps"
            || address.query_pairs().any(|(name, value)| name == "tls" && value == "required");
        if address.password().is_some() && !encrypted && !is_this_machine(&address) {
            return Err(MailSetupError::PasswordInTheOpen);
        }
        let builder =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| MailSetupError::Address)?;
        Ok(Self { transport: builder.timeout(Some(time_limit)).build(), sender, time_limit })
    }
}

fn is_this_machine(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, id: JobId, message: &MailMessage) -> JobOutcome {
        let letter = self.sender.letter(id, message)?;
        match tokio::time::timeout(self.time_limit, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(JobFailure::temporary("the mail server took too long")),
        }
    }
}

/// The texts of servers repeat addresses, so only their codes are told.
fn failure(error: &smtp::Error) -> JobFailure {
    let Some(code) = error.status() else {
        return JobFailure::temporary("the mail server can't be reached, or broke off");
    };
    let number: u16 = code.to_string().parse().unwrap_or_default();
    if error.is_permanent() && !NOT_FROM_US.contains(&number) {
        JobFailure::permanent(format!("the mail server refused the mail: {code}"))
    } else {
        JobFailure::temporary(format!("the mail server put the mail off: {code}"))
    }
}

/// Says nothing of the server's address, which may hold a password.
impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").field("sender", &self.sender).finish_non_exhaustive()
    }
}
