//! The mail of the day: what somebody wants to be mailed in one piece.
//!
//! [`DigestCollecting`] finds once a day who has something waiting; [`DigestSending`] looks at the causes again, for each person,
//! writes one mail and sends it.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Notice, NoticeKind, NotificationService, Text, risk::is_at_risk};
use crate::{
    calendar::{TimeZone, local_day},
    channels::{Address, Channel, Channels, Language, Message, Outcome},
    error::RepositoryResult,
    ids::{NoticeId, UserId},
    jobs::{self, Job, JobFailure, JobHandler, JobOutcome, NewJob, Rhythm},
    store::{Repositories, finish},
    text::Email,
};

const SEND: &str = "notices.digest_mail";
/// How many notices one mail holds; later ones wait for the next.
const MOST: u32 = 100;

#[derive(Serialize, Deserialize)]
struct Errand {
    key: Uuid,
    user_id: UserId,
}

/// Finds every day who has something waiting for the mail of the day.
pub struct DigestCollecting(NotificationService);

impl DigestCollecting {
    /// Collects for the readers of `notifications`.
    pub fn new(notifications: NotificationService) -> Self {
        Self(notifications)
    }
}

#[async_trait]
impl JobHandler for DigestCollecting {
    fn kind(&self) -> &'static str {
        "notices.digest"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::Daily(self.0.settings.digest_at))
    }

    async fn run(&self, _: &Job) -> JobOutcome {
        let yard = &self.0.yard;
        let day = local_day(yard.clock.now(), TimeZone::SEOUL);
        let mut unit = yard.store.begin().await?;
        let outcome = async {
            let waiting = unit.notices().awaiting_digest().await?;
            let mails = waiting.into_iter().map(|user_id| {
                let errand = Errand { key: yard.ids.next(), user_id };
                NewJob::new(SEND, json!(errand)).unique(format!("{user_id}:{day}"))
            });
            let mails: Vec<NewJob> = mails.collect();
            jobs::enqueue_all(&mut *unit, yard, mails).await
        }
        .await;
        finish(unit, outcome).await?;
        Ok(())
    }
}

/// What one person is mailed.
struct Digest {
    to: Email,
    language: Language,
    sendable_at: DateTime<Utc>,
    holding: Vec<Notice>,
    gone: Vec<NoticeId>,
}

impl NotificationService {
    /// What somebody is to be mailed now; `None` where mail does not reach them.
    async fn digest(&self, user: UserId) -> RepositoryResult<Option<Digest>> {
        let now = self.yard.clock.now();
        let mut session = self.yard.store.session().await?;
        let repositories = &mut *session;
        let Some(user) = repositories.users().find(user).await? else { return Ok(None) };
        let Some(to) = user.email_verified_at.and(user.email.clone()).filter(|_| user.may_sign_in()) else {
            return Ok(None);
        };
        let kept = repositories.notice_preferences().of_users(&[user.id]).await?.pop();
        let preferences = kept.map(|kept| kept.preferences).unwrap_or_default();
        let waiting = repositories.notices().digest_of(user.id, MOST).await?;
        let (holding, gone) = self.parted(repositories, waiting).await?;
        let sendable_at = preferences.sendable_at(now);
        Ok(Some(Digest { to, language: preferences.language, sendable_at, holding, gone }))
    }

    /// Notices that still hold, and those that don't.
    async fn parted(
        &self,
        repositories: &mut dyn Repositories,
        notices: Vec<Notice>,
    ) -> RepositoryResult<(Vec<Notice>, Vec<NoticeId>)> {
        let now = self.yard.clock.now();
        let mut of_kinds: BTreeMap<NoticeKind, Vec<NoticeId>> = BTreeMap::new();
        for notice in &notices {
            of_kinds.entry(notice.kind).or_default().push(notice.id);
        }
        let mut still = Vec::new();
        for (kind, ids) in of_kinds {
            still.extend(repositories.causes().holding(kind, &ids, now).await?);
        }
        let (mut holding, mut gone) = (Vec::new(), Vec::new());
        for notice in notices {
            if still.contains(&notice.id) && is_at_risk(repositories, &notice, now).await? {
                holding.push(notice);
            } else {
                gone.push(notice.id);
            }
        }
        Ok((holding, gone))
    }

    fn digest_message(&self, key: Uuid, digest: &Digest) -> Message {
        let count = digest.holding.len();
        let title = match digest.language {
            Language::Korean => format!("오늘의 알림 {count}건"),
            Language::English => format!("Your {count} notifications of the day"),
        };
        let mut text = String::new();
        for notice in &digest.holding {
            let Text { title, body } = Text::of(notice.kind, &notice.facts, digest.language);
            // Writing to a text never fails.
            _ = write!(text, "■ {title}\n{body}\n\n");
        }
        Message {
            key,
            asked_at: self.yard.clock.now(),
            to: Address::Email(digest.to.clone()),
            title,
            text: text.trim_end().to_owned(),
            template: None,
            language: digest.language,
            link: Some(self.inbox_url()),
            data: BTreeMap::new(),
        }
    }

    async fn note_digested(&self, sent: &[NoticeId], gone: &[NoticeId]) -> RepositoryResult<()> {
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            unit.notices().cancel(gone, now).await?;
            unit.notices().note_digested(sent).await
        }
        .await;
        finish(unit, outcome).await
    }
}

/// Sends the mails of the day.
pub struct DigestSending {
    notifications: NotificationService,
    channels: Channels,
}

impl DigestSending {
    /// Sends those of `notifications` over the channel of mail.
    pub fn new(notifications: NotificationService, channels: Channels) -> Self {
        Self { notifications, channels }
    }
}

#[async_trait]
impl JobHandler for DigestSending {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let errand: Errand = job.read()?;
        let service = &self.notifications;
        let Some(way) = self.channels.find(Channel::Email) else { return Ok(()) };
        let Some(digest) = service.digest(errand.user_id).await? else { return Ok(()) };
        let now = service.yard.clock.now();
        if digest.sendable_at > now {
            let after = (digest.sendable_at - now).to_std().ok();
            return Err(JobFailure::Temporary { reason: "quiet hours".to_owned(), after });
        }
        let sent: Vec<NoticeId> = digest.holding.iter().map(|notice| notice.id).collect();
        if !sent.is_empty() {
            match way.send(&service.digest_message(errand.key, &digest)).await {
                // A mailbox tells a repetition by the key, so a mail is never in doubt for long.
                Outcome::Accepted { .. } | Outcome::Pending { .. } => {}
                Outcome::Refused { reason, .. } => return Err(JobFailure::permanent(reason)),
                Outcome::Later { after, reason } => return Err(JobFailure::Temporary { reason, after }),
            }
        }
        service.note_digested(&sent, &digest.gone).await?;
        Ok(())
    }

    fn time_limit(&self) -> Duration {
        Duration::from_mins(2)
    }
}
