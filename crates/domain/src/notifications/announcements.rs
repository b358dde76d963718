//! What staff of a class tell it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{NotificationError, NotificationService};
use crate::{
    access::{Action, Caller, authorize},
    audit::Audited,
    calendar::{TimeZone, local_day},
    channels::Channels,
    idempotency::Answering,
    ids::{AnnouncementId, ClassId},
    jobs::{self, Job, JobHandler, JobOutcome, NewJob},
    learning::{
        classes::{self, ClassError},
        enrolments::EnrolmentStatus,
    },
    page::{Listable, Listed, Listing, SortKey, sort_fields},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    text::text_type,
};

text_type! {
    /// What an announcement is called: 1 to 200 characters.
    AnnouncementTitle, max = 200
}
text_type! {
    /// What an announcement says: 1 to 4,000 characters, several lines.
    AnnouncementBody, max = 4_000, lines = Many
}

/// The kind of job that tells an announcement.
const TELL: &str = "notices.announce";

/// Something that staff tell a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its id.
    pub id: AnnouncementId,
    /// The class.
    pub class_id: ClassId,
    /// What it is called.
    pub title: AnnouncementTitle,
    /// What it says.
    pub body: AnnouncementBody,
    /// Whether it is told even in quiet hours.
    pub is_urgent: bool,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Audited for Announcement {
    const ENTITY: &'static str = "announcement";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "class_id": self.class_id,
            "title": self.title.as_str(),
            "body": self.body.as_str(),
            "is_urgent": self.is_urgent,
            "withdrawn_at": self.withdrawn_at,
        })
    }
}

/// An announcement to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnnouncement {
    /// What it is called.
    pub title: AnnouncementTitle,
    /// What it says.
    pub body: AnnouncementBody,
    /// Whether it is told even in quiet hours.
    pub is_urgent: bool,
}

/// Which announcements are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncementFilter {
    /// To this class.
    pub class_id: ClassId,
}

sort_fields! {
    /// What announcements can be sorted by.
    AnnouncementSort { CreatedAt = "created_at" }
}

impl Listable<AnnouncementSort> for Announcement {
    fn sort_key(&self, field: AnnouncementSort) -> SortKey {
        match field {
            AnnouncementSort::CreatedAt => SortKey::Time(self.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

impl NotificationService {
    /// Tells a class something; the notices are made after the commit. For managers, and who teaches or assists the class.
    pub async fn announce(
        &self,
        caller: &Caller,
        class: ClassId,
        new: NewAnnouncement,
        answering: &Answering<'_, Announcement>,
    ) -> Result<Announcement, NotificationError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.announce_in(&mut *unit, caller, class, new, answering).await;
        finish(unit, outcome).await
    }

    async fn announce_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: NewAnnouncement,
        answering: &Answering<'_, Announcement>,
    ) -> Result<Announcement, NotificationError> {
        let found = classes::readable(repositories, caller, class).await?;
        authorize(caller, Action::Announce(class)).map_err(|_| NotificationError::Forbidden)?;
        if found.closed_at.is_some() {
            return Err(ClassError::Closed.into());
        }
        let announcement = Announcement {
            id: AnnouncementId(self.yard.ids.next()),
            class_id: class,
            title: new.title,
            body: new.body,
            is_urgent: new.is_urgent,
            withdrawn_at: None,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        repositories.announcements().insert(&announcement).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&announcement)]).await?;
        let payload = json!(Telling { announcement_id: announcement.id });
        let telling = NewJob::new(TELL, payload).in_order_of(format!("announcements: {class}"));
        jobs::enqueue(repositories, &self.yard, telling).await?;
        answering.keep(repositories, &announcement).await?;
        Ok(announcement)
    }

    /// One announcement: for those who teach or learn in its class, and for managers.
    pub async fn announcement(
        &self,
        caller: &Caller,
        id: AnnouncementId,
    ) -> Result<Announcement, NotificationError> {
        let mut session = self.yard.store.session().await?;
        heard(&mut *session, caller, id, self.yard.clock.now()).await
    }

    /// Lists the announcements to a class: for those who teach or learn in it, and for managers.
    pub async fn announcements(
        &self,
        caller: &Caller,
        listing: Listing<AnnouncementFilter, AnnouncementSort>,
    ) -> Result<Listed<Announcement>, NotificationError> {
        let class = listing.filter.class_id;
        let mut session = self.yard.store.session().await?;
        classes::readable(&mut *session, caller, class).await?;
        if !hears(&mut *session, caller, class, self.yard.clock.now()).await? {
            return Err(NotificationError::Forbidden);
        }
        Ok(session.announcements().list(&listing).await?)
    }

    /// Takes an announcement back: who was not told yet is not, and it leaves the inboxes where it is unread.
    pub async fn withdraw_announcement(
        &self,
        caller: &Caller,
        id: AnnouncementId,
        expected: Expected,
    ) -> Result<(), NotificationError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.withdraw_announcement_in(&mut *unit, caller, id, expected).await;
        finish(unit, outcome).await
    }

    async fn withdraw_announcement_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: AnnouncementId,
        expected: Expected,
    ) -> Result<(), NotificationError> {
        let now = self.yard.clock.now();
        let old = heard(repositories, caller, id, now).await?;
        authorize(caller, Action::Announce(old.class_id)).map_err(|_| NotificationError::Forbidden)?;
        if !expected.allows(old.stamps.version) {
            return Err(NotificationError::Stale);
        }
        let now = self.yard.clock.now();
        let new =
            Announcement { withdrawn_at: Some(now), stamps: old.stamps.touched(caller, now), ..old.clone() };
        repositories.announcements().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(())
    }
}

/// An announcement that was not taken back, if the caller may know of it.
async fn heard(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: AnnouncementId,
    now: DateTime<Utc>,
) -> Result<Announcement, NotificationError> {
    let not_found = || NotificationError::AnnouncementNotFound(id);
    let found = repositories.announcements().find(id).await?.ok_or_else(not_found)?;
    let hears = hears(repositories, caller, found.class_id, now).await?;
    if found.withdrawn_at.is_some() || !hears { Err(not_found()) } else { Ok(found) }
}

/// Whether somebody may know what a class is told: who may tell it something, and who has a place in it that has not ended.
async fn hears(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    class: ClassId,
    now: DateTime<Utc>,
) -> Result<bool, NotificationError> {
    if authorize(caller, Action::Announce(class)).is_ok() {
        return Ok(true);
    }
    let Some(user) = caller.user_id() else { return Ok(false) };
    let today = local_day(now, TimeZone::default());
    let places = repositories.enrolments().of_users(class, &[user]).await?;
    let has_a_place = places.iter().any(|place| {
        place.status != EnrolmentStatus::Waiting && place.period.left_on().is_none_or(|left| left > today)
    });
    Ok(has_a_place)
}

#[derive(Serialize, Deserialize)]
struct Telling {
    announcement_id: AnnouncementId,
}

/// Tells announcements to everybody in their class.
pub struct AnnouncementTelling {
    notifications: NotificationService,
    channels: Channels,
}

impl AnnouncementTelling {
    /// Tells them through `notifications`, over these channels.
    pub fn new(notifications: NotificationService, channels: Channels) -> Self {
        Self { notifications, channels }
    }
}

#[async_trait]
impl JobHandler for AnnouncementTelling {
    fn kind(&self) -> &'static str {
        TELL
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let telling: Telling = job.read()?;
        let now = self.notifications.yard.clock.now();
        let audience = {
            let mut session = self.notifications.yard.store.long_session().await?;
            session.causes().audience(telling.announcement_id, now).await?
        };
        self.notifications.tell(audience, &self.channels).await?;
        Ok(())
    }
}
