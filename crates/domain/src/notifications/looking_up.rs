//! Asking a channel what became of a message, where it did not say at once.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::{
    DeliveryState, NotificationService,
    sending::{Errand, LOOK_UP, LOOKED_UP_AFTER, SEND, address},
};
use crate::{
    channels::{Channel, Channels, Message, Outcome},
    error::RepositoryResult,
    jobs::{Job, JobFailure, JobHandler, JobOutcome},
};

/// Asks the channels what became of messages of which they did not say at once.
pub struct NoticeLookUp {
    notifications: NotificationService,
    channels: Channels,
}

impl NoticeLookUp {
    /// Asks for those of `notifications` at these channels.
    pub fn new(notifications: NotificationService, channels: Channels) -> Self {
        Self { notifications, channels }
    }

    /// The message again, and by what its channel knows it; `None` where there is nothing to ask any more.
    async fn pending(
        &self,
        errand: &Errand,
        channel: Channel,
    ) -> RepositoryResult<Option<(Message, String)>> {
        let mut session = self.notifications.yard.store.session().await?;
        let repositories = &mut *session;
        let delivery = repositories.notices().delivery(errand.key).await?;
        let Some((asked_at, DeliveryState::Pending(reference))) =
            delivery.map(|delivery| (delivery.asked_at, delivery.state))
        else {
            return Ok(None);
        };
        let Some(notice) = repositories.notices().find(errand.notice_id).await? else { return Ok(None) };
        let Some(user) = repositories.users().find(notice.user_id).await? else { return Ok(None) };
        let Some(to) = address(repositories, errand, channel, &user).await? else { return Ok(None) };
        let kept = repositories.notice_preferences().of_users(&[user.id]).await?.pop();
        let preferences = kept.map(|kept| kept.preferences).unwrap_or_default();
        let message = self.notifications.message(errand.key, asked_at, to, &notice, &preferences);
        Ok(message.map(|message| (message, reference)))
    }
}

#[async_trait]
impl JobHandler for NoticeLookUp {
    fn kind(&self) -> &'static str {
        LOOK_UP
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let errand: Errand = job.read()?;
        let channel = errand.channel()?;
        let Some(way) = self.channels.find(channel) else { return Ok(()) };
        let Some((message, reference)) = self.pending(&errand, channel).await? else { return Ok(()) };
        let service = &self.notifications;
        match way.look_up(&message, Some(&reference)).await {
            // Asked again later, each time after a longer pause.
            Outcome::Pending { .. } => Err(JobFailure::temporary("the channel does not know yet")),
            Outcome::Later { after, .. } => {
                let after =
                    after.and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or(LOOKED_UP_AFTER);
                let again = errand.job(SEND).at(service.yard.clock.now() + after);
                service.keep_delivery(&errand, &message, DeliveryState::Later, Some(again), false).await?;
                Ok(())
            }
            outcome @ (Outcome::Accepted { .. } | Outcome::Refused { .. }) => {
                service.settle(&errand, &message, outcome).await
            }
        }
    }

    fn time_limit(&self) -> Duration {
        Duration::from_mins(1)
    }

    fn pause(&self, attempt: i32) -> Duration {
        const FIRST: Duration = Duration::from_secs(30);
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or_default().min(8);
        FIRST.saturating_mul(1 << doublings)
    }
}
