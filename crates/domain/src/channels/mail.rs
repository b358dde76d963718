//! Mail as a channel.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Address, Channel, Message, MessageChannel, Outcome};
use crate::{
    ids::JobId,
    jobs::{JobFailure, JobOutcome},
    mail::{MailMessage, Mailer},
};

/// Sends messages as mails; their keys are the ids of the mails, on which mailboxes de-duplicate.
#[derive(Clone)]
pub struct MailChannel(Arc<dyn Mailer>);

impl MailChannel {
    /// Sends through `mailer`.
    pub fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self(mailer)
    }
}

#[async_trait]
impl MessageChannel for MailChannel {
    fn channel(&self) -> Channel {
        Channel::Email
    }

    async fn send(&self, message: &Message) -> Outcome {
        let Address::Email(to) = &message.to else {
            return Outcome::Refused { reason: "not a mailbox".to_owned(), forget_address: false };
        };
        let text = match &message.link {
            Some(link) => format!("{}\n\n{link}\n", message.text),
            None => message.text.clone(),
        };
        let mail = MailMessage::new(to, &message.title, text);
        outcome(message, self.0.send(JobId(message.key), &mail).await)
    }

    async fn look_up(&self, _: &Message, _: Option<&str>) -> Outcome {
        Outcome::Later { after: None, reason: "mailboxes tell a repetition by its id".to_owned() }
    }
}

fn outcome(message: &Message, sent: JobOutcome) -> Outcome {
    match sent {
        Ok(()) => Outcome::Accepted { reference: message.key.to_string() },
        Err(JobFailure::Permanent { reason }) => Outcome::Refused { reason, forget_address: false },
        Err(JobFailure::Temporary { reason, after }) => Outcome::Later { after, reason },
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use super::*;
    use crate::channels::Language;

    struct Post(JobOutcome);

    #[async_trait]
    impl Mailer for Post {
        async fn send(&self, id: JobId, mail: &MailMessage) -> JobOutcome {
            assert_eq!(id, JobId(message("haneul@example.com").key));
            assert_eq!(
                (mail.subject(), mail.text()),
                ("휴강", "내일은 쉽니다.\n\nhttps://madang.example/1\n")
            );
            self.0.clone()
        }
    }

    fn message(to: &str) -> Message {
        Message {
            key: uuid::Uuid::from_u128(7),
            asked_at: "2026-09-01T01:00:00Z".parse().unwrap(),
            to: Address::Email(crate::text::Email::parse(to).unwrap()),
            title: "휴강".to_owned(),
            text: "내일은 쉽니다.".to_owned(),
            template: None,
            language: Language::Korean,
            link: Some("https://madang.example/1".to_owned()),
            data: BTreeMap::new(),
        }
    }

    fn sent(outcome: JobOutcome) -> Outcome {
        let channel = MailChannel::new(Arc::new(Post(outcome)));
        // Nothing here waits for anything.
        let message = message("haneul@example.com");
        let mut sending = std::pin::pin!(channel.send(&message));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match sending.as_mut().poll(&mut context) {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => panic!("a post that waits"),
        }
    }

    #[test]
    fn a_mail_goes_out_under_the_key_of_its_message() {
        assert!(matches!(sent(Ok(())), Outcome::Accepted { .. }));
    }

    #[test]
    fn what_the_server_says_is_what_becomes_of_the_message() {
        let refused = Outcome::Refused { reason: "550".to_owned(), forget_address: false };
        assert_eq!(sent(Err(JobFailure::permanent("550"))), refused);
        let after = Some(Duration::from_secs(9));
        let later = JobFailure::Temporary { reason: "451".to_owned(), after };
        assert_eq!(sent(Err(later)), Outcome::Later { after, reason: "451".to_owned() });
    }
}
