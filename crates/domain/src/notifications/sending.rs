//! Sending a notice over an outer channel: its cause is looked at again, and what nobody knows is looked up, never sent again blindly.
//!
//! There is one job for each notice and channel; that of pushes makes one for each device. What is about to be sent is kept
//! before it is sent ([`DeliveryState::Sending`]), so that an attempt that was broken off is known as one.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Delivery, DeliveryState, Notice, NotificationService, Preferences, Text, risk::is_at_risk,
    texts::variables,
};
use crate::{
    accounts::User,
    channels::{Address, Channel, Channels, Message, Outcome, Template},
    devices,
    error::RepositoryResult,
    ids::{DeviceId, NoticeId},
    jobs::{self, Job, JobFailure, JobHandler, JobOutcome, NewJob, Priority},
    store::{Repositories, finish},
    yard::Yard,
};

pub(super) const SEND: &str = "notice.send";
pub(super) const LOOK_UP: &str = "notice.look_up";
/// How long after it was sent a message is looked up first.
pub(super) const LOOKED_UP_AFTER: TimeDelta = TimeDelta::seconds(30);

/// What a job sends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Errand {
    pub(super) key: Uuid,
    pub(super) notice_id: NoticeId,
    channel: String,
    /// To which device; for pushes.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
}

impl Errand {
    pub(super) fn channel(&self) -> Result<Channel, JobFailure> {
        Channel::parse(&self.channel).ok_or_else(|| JobFailure::permanent("an unknown channel"))
    }

    pub(super) fn job(&self, kind: &'static str) -> NewJob {
        NewJob::new(kind, json!(self))
    }
}

/// The job that sends a notice over a channel, due at this moment. What is not urgent goes to one person in its order.
pub(super) fn first_job(yard: &Yard, notice: &Notice, channel: Channel, at: DateTime<Utc>) -> NewJob {
    let channel = channel.as_str();
    let errand =
        Errand { key: yard.ids.next(), notice_id: notice.id, channel: channel.to_owned(), device_id: None };
    let job = errand.job(SEND).unique(format!("{}:{channel}", notice.id)).at(at);
    if notice.is_urgent() {
        job.priority(Priority::High)
    } else {
        job.in_order_of(format!("notices:{}:{channel}", notice.user_id))
    }
}

/// A message that may be sent, and what it is made of.
struct Prepared {
    notice: Notice,
    message: Message,
}

/// What is to be done with an errand.
enum Step {
    /// Nothing: it is done, or there is nobody or nothing to tell any more.
    Done,
    /// Not before this moment, because of quiet hours.
    Wait(DateTime<Utc>),
    /// The cause is gone.
    Cancel(NoticeId),
    /// One job for each device.
    FanOut(Vec<Errand>),
    /// Ask what became of it.
    LookUp(Box<Message>),
    /// Send it.
    Send(Box<Prepared>),
}

impl NotificationService {
    async fn step(&self, errand: &Errand, channel: Channel) -> RepositoryResult<Step> {
        let now = self.yard.clock.now();
        let mut session = self.yard.store.session().await?;
        let repositories = &mut *session;
        let delivery = repositories.notices().delivery(errand.key).await?;
        let (in_doubt, asked_at) = match delivery.as_ref().map(|one| (&one.state, one.asked_at)) {
            // What came before was surely not taken: looking for it begins anew.
            None | Some((DeliveryState::Later, _)) => (false, now),
            Some((DeliveryState::Sending, asked_at)) => (true, asked_at),
            Some((DeliveryState::Pending(_) | DeliveryState::Accepted(_) | DeliveryState::Refused, _)) => {
                return Ok(Step::Done);
            }
        };
        let Some(notice) = repositories.notices().find(errand.notice_id).await? else {
            return Ok(Step::Done);
        };
        let Some(user) = repositories.users().find(notice.user_id).await? else { return Ok(Step::Done) };
        let kept = repositories.notice_preferences().of_users(&[user.id]).await?.pop();
        let preferences = kept.map(|kept| kept.preferences).unwrap_or_default();
        if channel == Channel::Push && errand.device_id.is_none() {
            let devices = repositories.devices().of_users(&[user.id]).await?;
            let to = |device: devices::Device| Errand {
                key: self.yard.ids.next(),
                device_id: Some(device.id),
                ..errand.clone()
            };
            return Ok(Step::FanOut(devices.into_iter().map(to).collect()));
        }
        let Some(to) = address(repositories, errand, channel, &user).await? else { return Ok(Step::Done) };
        let Some(message) = self.message(errand.key, asked_at, to, &notice, &preferences) else {
            return Ok(Step::Done);
        };
        if in_doubt {
            return Ok(Step::LookUp(Box::new(message)));
        }
        // Who has read it knows.
        let is_wanted = notice.is_shown()
            && notice.read_at.is_none()
            && user.may_sign_in()
            && preferences.wants(notice.kind, channel);
        if !is_wanted {
            return Ok(Step::Done);
        }
        let sendable_at = preferences.sendable_at(now);
        if !notice.is_urgent() && sendable_at > now {
            return Ok(Step::Wait(sendable_at));
        }
        if !self.still_holds(repositories, &notice).await? {
            return Ok(Step::Cancel(notice.id));
        }
        Ok(Step::Send(Box::new(Prepared { notice, message })))
    }

    /// Whether what a notice tells is still true.
    pub(super) async fn still_holds(
        &self,
        repositories: &mut dyn Repositories,
        notice: &Notice,
    ) -> RepositoryResult<bool> {
        let now = self.yard.clock.now();
        let holding = repositories.causes().holding(notice.kind, &[notice.id], now).await?;
        Ok(!holding.is_empty() && is_at_risk(repositories, notice, now).await?)
    }

    /// The message of a notice; `None` where the channel has no words for it.
    pub(super) fn message(
        &self,
        key: Uuid,
        asked_at: DateTime<Utc>,
        to: Address,
        notice: &Notice,
        preferences: &Preferences,
    ) -> Option<Message> {
        let language = preferences.language;
        let text = Text::of(notice.kind, &notice.facts, language);
        let template = self.settings.alimtalk_templates.get(&notice.kind).map(|code| Template {
            code: code.clone(),
            variables: variables(&notice.facts, language)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        });
        if to.channel() == Channel::Alimtalk && template.is_none() {
            return None;
        }
        let data = [("notification_id", notice.id.to_string()), ("kind", notice.kind.as_str().to_owned())];
        Some(Message {
            key,
            asked_at,
            to,
            title: text.title,
            text: text.body,
            template,
            language,
            link: Some(self.inbox_url()),
            data: data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
    }

    /// The page of the inbox.
    pub(super) fn inbox_url(&self) -> String {
        format!("{}/notifications", self.settings.web_url)
    }

    pub(super) async fn keep_delivery(
        &self,
        errand: &Errand,
        message: &Message,
        state: DeliveryState,
        next: Option<NewJob>,
        forgotten: bool,
    ) -> RepositoryResult<()> {
        let delivery = Delivery {
            key: errand.key,
            notice_id: errand.notice_id,
            channel: message.to.channel(),
            state,
            asked_at: message.asked_at,
            changed_at: self.yard.clock.now(),
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            unit.notices().keep_delivery(&delivery).await?;
            if let Some(next) = next {
                jobs::enqueue(&mut *unit, &self.yard, next).await?;
            }
            if forgotten && let Address::Device(token) = &message.to {
                devices::forget(&mut *unit, &self.yard, token).await?;
            }
            Ok(())
        }
        .await;
        finish(unit, outcome).await
    }

    /// Keeps what became of a message, and says how the attempt ended.
    pub(super) async fn settle(&self, errand: &Errand, message: &Message, outcome: Outcome) -> JobOutcome {
        let now = self.yard.clock.now();
        match outcome {
            Outcome::Accepted { reference } => {
                self.keep_delivery(errand, message, DeliveryState::Accepted(reference), None, false).await?;
                Ok(())
            }
            Outcome::Pending { reference } => {
                let look_up = errand.job(LOOK_UP).at(now + LOOKED_UP_AFTER);
                let state = DeliveryState::Pending(reference);
                self.keep_delivery(errand, message, state, Some(look_up), false).await?;
                Ok(())
            }
            Outcome::Refused { reason, forget_address } => {
                let state = DeliveryState::Refused;
                self.keep_delivery(errand, message, state, None, forget_address).await?;
                // An address that is no more is nothing for an operator to look at.
                if forget_address { Ok(()) } else { Err(JobFailure::permanent(reason)) }
            }
            Outcome::Later { after, reason } => {
                self.keep_delivery(errand, message, DeliveryState::Later, None, false).await?;
                Err(JobFailure::Temporary { reason, after })
            }
        }
    }
}

/// Where a channel reaches somebody: mail only at an address that its owner has proved to read.
pub(super) async fn address(
    repositories: &mut dyn Repositories,
    errand: &Errand,
    channel: Channel,
    user: &User,
) -> RepositoryResult<Option<Address>> {
    Ok(match (channel, errand.device_id) {
        (Channel::Email, _) => {
            user.email_verified_at.and(user.email.as_ref()).map(|email| Address::Email(email.clone()))
        }
        (Channel::Alimtalk, _) => user.phone.as_ref().map(|phone| Address::Phone(phone.clone())),
        (Channel::Push, Some(device)) => {
            let device = repositories.devices().find(device).await?;
            device.filter(|device| device.user_id == user.id).map(|device| Address::Device(device.token))
        }
        (Channel::Push, None) => None,
    })
}

/// Sends notices over the outer channels.
pub struct NoticeSending {
    notifications: NotificationService,
    channels: Channels,
}

impl NoticeSending {
    /// Sends those of `notifications` over these channels.
    pub fn new(notifications: NotificationService, channels: Channels) -> Self {
        Self { notifications, channels }
    }
}

#[async_trait]
impl JobHandler for NoticeSending {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let errand: Errand = job.read()?;
        let channel = errand.channel()?;
        // A channel that was taken out of service leaves nothing to do.
        let Some(way) = self.channels.find(channel) else { return Ok(()) };
        let service = &self.notifications;
        let now = service.yard.clock.now();
        match service.step(&errand, channel).await? {
            Step::Done => Ok(()),
            Step::Wait(until) => Err(JobFailure::Temporary {
                reason: "quiet hours".to_owned(),
                after: (until - now).to_std().ok(),
            }),
            Step::Cancel(notice) => {
                let mut unit = service.yard.store.begin().await?;
                let outcome = unit.notices().cancel(&[notice], now).await;
                finish(unit, outcome).await?;
                Ok(())
            }
            Step::FanOut(errands) => {
                let mut unit = service.yard.store.begin().await?;
                let one = |errand: Errand| {
                    let device = errand.device_id.map_or(Uuid::nil(), Uuid::from);
                    errand.job(SEND).unique(format!("{}:{device}", errand.notice_id)).priority(job.priority)
                };
                let outcome =
                    jobs::enqueue_all(&mut *unit, &service.yard, errands.into_iter().map(one)).await;
                finish(unit, outcome).await?;
                Ok(())
            }
            Step::LookUp(message) => {
                let outcome = way.look_up(&message, None).await;
                service.settle(&errand, &message, outcome).await
            }
            Step::Send(prepared) => {
                let message = &prepared.message;
                service.keep_delivery(&errand, message, DeliveryState::Sending, None, false).await?;
                tracing::debug!(notice.id = %prepared.notice.id, channel = channel.as_str(), "a notice is sent");
                let outcome = way.send(message).await;
                service.settle(&errand, message, outcome).await
            }
        }
    }

    fn time_limit(&self) -> Duration {
        Duration::from_mins(2)
    }
}
