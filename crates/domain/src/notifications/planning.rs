//! Planning: causes that nobody was told of yet become notices in the inbox, and jobs for the outer channels.
//!
//! [`NoticePlanning`] looks twice a minute, in a fixed number of statements however many people are concerned. What it finds is
//! true at that moment; the database lets one notice of a cause through, whoever else is planning. [`NoticeRetracting`] takes
//! unread notices out of the inboxes whose cause is gone.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{
    Candidate, DueLecture, Facts, LectureCause, MailChoice, Notice, NoticeKind, NotificationService,
    REMINDER_MINUTES, risk::retain_at_risk, sending,
};
use crate::{
    channels::{Channel, Channels},
    error::RepositoryResult,
    ids::{LectureId, NoticeId, UserId},
    jobs::{self, Job, JobHandler, JobOutcome, Rhythm},
    store::{Repositories, finish},
};

/// How far a server that has just started looks back for causes that are written down.
const FIRST_LOOK: TimeDelta = TimeDelta::days(2);
/// How far before its last look it begins: what is written is not seen in the order of its times.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// How long an absence stands before it is told: what was marked by mistake is corrected within.
const ABSENCE_STANDS: TimeDelta = TimeDelta::minutes(10);
/// Of lectures that started longer ago no absence is told: it was entered late, or imported.
const ABSENCE_MATTERS: TimeDelta = TimeDelta::days(7);
/// How many people are told in one unit of work.
const PEOPLE_AT_ONCE: usize = 2_000;
/// For how long notices are looked at again that were planned.
const RETRACTED_WITHIN: TimeDelta = TimeDelta::days(2);

impl NotificationService {
    /// Plans everything that there is to tell now; of causes that are written down, those of this last time. Tells how many
    /// notices are new.
    pub async fn plan(&self, within: TimeDelta, channels: &Channels) -> RepositoryResult<usize> {
        let now = self.yard.clock.now();
        let candidates = {
            let mut session = self.yard.store.long_session().await?;
            let mut found = self.of_lectures(&mut *session, now).await?;
            let marked: Range<DateTime<Utc>> = now - within - ABSENCE_STANDS..now - ABSENCE_STANDS;
            found.extend(session.causes().absences(marked, now - ABSENCE_MATTERS, now).await?);
            found.extend(session.causes().warnings(now - within, now).await?);
            found.extend(session.causes().leave_results(now - within, now).await?);
            found.extend(session.causes().certificates(now - within, now).await?);
            retain_at_risk(&mut *session, &mut found, now).await?;
            found
        };
        self.tell(candidates, channels).await
    }

    /// What is to be told of lectures that start or have started.
    async fn of_lectures(
        &self,
        repositories: &mut dyn Repositories,
        now: DateTime<Utc>,
    ) -> RepositoryResult<Vec<Candidate>> {
        let longest = TimeDelta::minutes((*REMINDER_MINUTES.end()).into());
        let around = repositories.causes().lectures_starting(now - longest * 2..now + longest).await?;
        let mut candidates = Vec::new();
        for kind in [NoticeKind::LectureStart, NoticeKind::CheckInReminder, NoticeKind::MarkingReminder] {
            let due: HashMap<LectureId, &DueLecture> = around
                .iter()
                .filter(|one| self.is_due(kind, one, now))
                .map(|one| (one.lecture.id, one))
                .collect();
            if due.is_empty() {
                continue;
            }
            let causes: Vec<LectureCause> = due.values().map(|one| cause_of(one)).collect();
            for (lecture, user_id) in repositories.causes().untold_of(kind, &causes, now).await? {
                let Some(due) = due.get(&lecture) else { continue };
                let LectureCause { starts_at, cause, .. } = cause_of(due);
                candidates.push(Candidate {
                    user_id,
                    kind,
                    subject_id: lecture.0,
                    cause,
                    subject_at: Some(starts_at),
                    facts: facts_of(due),
                });
            }
        }
        Ok(candidates)
    }

    /// Whether it is time to tell this of a lecture.
    fn is_due(&self, kind: NoticeKind, due: &DueLecture, now: DateTime<Utc>) -> bool {
        let reminders = due.reminders.unwrap_or(self.settings.reminders);
        let (start, minutes) = (due.lecture.starts_at, |minutes: i32| TimeDelta::minutes(minutes.into()));
        let after = |chosen: Option<i32>| chosen.is_some_and(|chosen| start + minutes(chosen) <= now);
        match kind {
            NoticeKind::LectureStart => {
                now < start && reminders.before_start.is_some_and(|chosen| start - minutes(chosen) <= now)
            }
            NoticeKind::CheckInReminder => after(reminders.check_in_after),
            NoticeKind::MarkingReminder => after(reminders.marking_after),
            NoticeKind::Absence
            | NoticeKind::AtRisk
            | NoticeKind::Unreachable
            | NoticeKind::LeaveApproved
            | NoticeKind::LeaveRejected
            | NoticeKind::LeaveRevoked
            | NoticeKind::CertificateIssued
            | NoticeKind::CertificateRevoked
            | NoticeKind::CertificateExpiring
            | NoticeKind::Announcement => false,
        }
    }

    /// Makes notices of candidates, with their jobs; tells how many are new.
    pub(super) async fn tell(
        &self,
        candidates: Vec<Candidate>,
        channels: &Channels,
    ) -> RepositoryResult<usize> {
        let mut told = 0;
        for candidates in candidates.chunks(PEOPLE_AT_ONCE) {
            let mut unit = self.yard.store.begin().await?;
            let outcome = self.tell_in(&mut *unit, candidates, channels).await;
            told += finish(unit, outcome).await?;
        }
        Ok(told)
    }

    async fn tell_in(
        &self,
        repositories: &mut dyn Repositories,
        candidates: &[Candidate],
        channels: &Channels,
    ) -> RepositoryResult<usize> {
        let now = self.yard.clock.now();
        let mut users: Vec<UserId> = candidates.iter().map(|one| one.user_id).collect();
        users.sort_unstable();
        users.dedup();
        let addressees: HashMap<UserId, _> = repositories
            .notices()
            .addressees(&users)
            .await?
            .into_iter()
            .map(|addressee| (addressee.user_id, addressee))
            .collect();
        let mut planned = Vec::new();
        for one in candidates {
            // Who may not sign in any more is told nothing.
            let Some(addressee) = addressees.get(&one.user_id) else { continue };
            let preferences = addressee.preferences.clone().unwrap_or_default();
            let mail = preferences.choice(one.kind).mail;
            let notice = Notice {
                id: NoticeId(self.yard.ids.next()),
                user_id: one.user_id,
                kind: one.kind,
                subject_id: one.subject_id,
                cause: one.cause.clone(),
                subject_at: one.subject_at,
                facts: one.facts.clone(),
                in_digest: addressee.has_mail && mail == MailChoice::Digest,
                created_at: now,
                changed_at: now,
                read_at: None,
                deleted_at: None,
                cancelled_at: None,
            };
            planned.push((notice, addressee, preferences));
        }
        let notices: Vec<Notice> = planned.iter().map(|(notice, ..)| notice.clone()).collect();
        let new: HashSet<NoticeId> = repositories.notices().insert_new(&notices).await?.into_iter().collect();
        let mut sent = Vec::new();
        for (notice, addressee, preferences) in planned.iter().filter(|(notice, ..)| new.contains(&notice.id))
        {
            let at = if notice.is_urgent() { now } else { preferences.sendable_at(now) };
            for channel in channels.kinds() {
                let reaches = match channel {
                    Channel::Email => addressee.has_mail,
                    Channel::Push => addressee.has_device,
                    Channel::Alimtalk => addressee.has_phone,
                };
                if reaches && preferences.wants(notice.kind, channel) {
                    sent.push(sending::first_job(&self.yard, notice, channel, at));
                }
            }
        }
        jobs::enqueue_each(repositories, &self.yard, sent).await?;
        Ok(new.len())
    }

    /// Takes unread notices out of the inboxes whose cause is gone. Tells how many.
    pub async fn retract(&self) -> RepositoryResult<usize> {
        let now = self.yard.clock.now();
        let mut retracted = 0;
        for kind in NoticeKind::ALL {
            let mut unit = self.yard.store.begin().await?;
            let outcome = unit.causes().retract(*kind, now - RETRACTED_WITHIN, now).await;
            retracted += finish(unit, outcome).await?;
        }
        Ok(retracted)
    }
}

fn cause_of(due: &DueLecture) -> LectureCause {
    let starts_at = due.lecture.starts_at;
    let cause = starts_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    LectureCause { lecture_id: due.lecture.id, starts_at, cause }
}

fn facts_of(due: &DueLecture) -> Facts {
    let lecture = &due.lecture;
    Facts {
        class_id: Some(lecture.class_id),
        class_title: Some(due.class_title.clone()),
        lecture_id: Some(lecture.id),
        lecture_title: Some(lecture.title.as_str().to_owned()),
        starts_at: Some(lecture.starts_at),
        place: lecture.place.as_ref().map(ToString::to_string),
        version: Some(lecture.stamps.version),
        ..Facts::default()
    }
}

/// Plans what there is to tell, half a minute after its time at the latest.
pub struct NoticePlanning {
    notifications: NotificationService,
    channels: Channels,
    /// When this server looked last.
    looked_at: Mutex<Option<DateTime<Utc>>>,
}

impl NoticePlanning {
    /// Plans through `notifications`, over these channels.
    pub fn new(notifications: NotificationService, channels: Channels) -> Self {
        Self { notifications, channels, looked_at: Mutex::new(None) }
    }
}

#[async_trait]
impl JobHandler for NoticePlanning {
    fn kind(&self) -> &'static str {
        "notices.plan"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(30))
    }

    async fn run(&self, _: &Job) -> JobOutcome {
        let now = self.notifications.yard.clock.now();
        let last = *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let within = last.map_or(FIRST_LOOK, |last| now - last + OVERLAP);
        self.notifications.plan(within, &self.channels).await?;
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}

/// Takes unread notices out of the inboxes whose cause is gone, every five minutes.
pub struct NoticeRetracting(NotificationService);

impl NoticeRetracting {
    /// Retracts through `notifications`.
    pub fn new(notifications: NotificationService) -> Self {
        Self(notifications)
    }
}

#[async_trait]
impl JobHandler for NoticeRetracting {
    fn kind(&self) -> &'static str {
        "notices.retract"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(300))
    }

    async fn run(&self, _: &Job) -> JobOutcome {
        self.0.retract().await?;
        Ok(())
    }
}
