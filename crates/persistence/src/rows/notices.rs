//! Rows of `notices`, `notice_deliveries`, `notice_preferences`, `announcements` and `class_reminders`.

use chrono::{DateTime, Utc};
use madang_domain::{
    channels::Channel,
    ids::{AnnouncementId, ClassId, NoticeId, UserId},
    notifications::{
        Announcement, AnnouncementBody, AnnouncementTitle, ClassReminders, Delivery, DeliveryState,
        KeptPreferences, LectureCause, Notice, NoticeKind, Reminders,
    },
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Row, known, parsed, row};
use crate::error::Corrupt;

row!(NoticeRow, notices, {
    id: NoticeId,
    user_id: UserId,
    kind: String,
    subject_id: Uuid,
    cause: String,
    #[serde(serialize_with = "crate::types::optional_instant")]
    subject_at: Option<DateTime<Utc>>,
    facts: Value,
    in_digest: bool,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    changed_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    read_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    deleted_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    cancelled_at: Option<DateTime<Utc>>,
});

impl TryFrom<&Notice> for NoticeRow {
    type Error = serde_json::Error;

    fn try_from(notice: &Notice) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: notice.id,
            user_id: notice.user_id,
            kind: notice.kind.as_str().to_owned(),
            subject_id: notice.subject_id,
            cause: notice.cause.clone(),
            subject_at: notice.subject_at,
            facts: serde_json::to_value(&notice.facts)?,
            in_digest: notice.in_digest,
            created_at: notice.created_at,
            changed_at: notice.changed_at,
            read_at: notice.read_at,
            deleted_at: notice.deleted_at,
            cancelled_at: notice.cancelled_at,
        })
    }
}

impl TryFrom<NoticeRow> for Notice {
    type Error = Corrupt;

    fn try_from(row: NoticeRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            kind: known(NoticeKind::parse(&row.kind), "notices.kind")?,
            subject_id: row.subject_id,
            cause: row.cause,
            subject_at: row.subject_at,
            facts: parsed(serde_json::from_value(row.facts), "notices.facts")?,
            in_digest: row.in_digest,
            created_at: row.created_at,
            changed_at: row.changed_at,
            read_at: row.read_at,
            deleted_at: row.deleted_at,
            cancelled_at: row.cancelled_at,
        })
    }
}

/// A lecture at the time at which it starts, in the columns of a notice about it.
#[derive(Serialize)]
pub(crate) struct LectureCauseRow<'a> {
    subject_id: Uuid,
    cause: &'a str,
    #[serde(serialize_with = "crate::types::instant")]
    subject_at: DateTime<Utc>,
}

impl Row for LectureCauseRow<'_> {
    const TABLE: &'static str = "notices";
    const COLUMNS: &'static [&'static str] = &["subject_id", "cause", "subject_at"];
}

impl<'a> From<&'a LectureCause> for LectureCauseRow<'a> {
    fn from(lecture: &'a LectureCause) -> Self {
        Self { subject_id: lecture.lecture_id.0, cause: &lecture.cause, subject_at: lecture.starts_at }
    }
}

row!(DeliveryRow, notice_deliveries, {
    key: Uuid,
    notice_id: NoticeId,
    channel: String,
    state: String,
    reference: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    asked_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    changed_at: DateTime<Utc>,
});

impl From<&Delivery> for DeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        let (state, reference) = delivery.state.parts();
        Self {
            key: delivery.key,
            notice_id: delivery.notice_id,
            channel: delivery.channel.as_str().to_owned(),
            state: state.to_owned(),
            reference: reference.map(str::to_owned),
            asked_at: delivery.asked_at,
            changed_at: delivery.changed_at,
        }
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = Corrupt;

    fn try_from(row: DeliveryRow) -> Result<Self, Corrupt> {
        Ok(Self {
            key: row.key,
            notice_id: row.notice_id,
            channel: known(Channel::parse(&row.channel), "notice_deliveries.channel")?,
            state: known(DeliveryState::from_parts(&row.state, row.reference), "notice_deliveries.state")?,
            asked_at: row.asked_at,
            changed_at: row.changed_at,
        })
    }
}

row!(PreferencesRow, notice_preferences, stamped, {
    user_id: UserId,
    document: Value,
});

impl TryFrom<&KeptPreferences> for PreferencesRow {
    type Error = serde_json::Error;

    fn try_from(kept: &KeptPreferences) -> Result<Self, serde_json::Error> {
        Ok(Self {
            user_id: kept.user_id,
            document: serde_json::to_value(&kept.preferences)?,
            version: kept.stamps.version,
            created_at: kept.stamps.created_at,
            created_by: kept.stamps.created_by,
            updated_at: kept.stamps.updated_at,
            updated_by: kept.stamps.updated_by,
        })
    }
}

impl TryFrom<PreferencesRow> for KeptPreferences {
    type Error = Corrupt;

    fn try_from(row: PreferencesRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            user_id: row.user_id,
            preferences: parsed(serde_json::from_value(row.document), "notice_preferences.document")?,
        })
    }
}

row!(AnnouncementRow, announcements, stamped, {
    id: AnnouncementId,
    class_id: ClassId,
    title: String,
    body: String,
    is_urgent: bool,
    #[serde(serialize_with = "crate::types::optional_instant")]
    withdrawn_at: Option<DateTime<Utc>>,
});

impl From<&Announcement> for AnnouncementRow {
    fn from(announcement: &Announcement) -> Self {
        Self {
            id: announcement.id,
            class_id: announcement.class_id,
            title: announcement.title.as_str().to_owned(),
            body: announcement.body.as_str().to_owned(),
            is_urgent: announcement.is_urgent,
            withdrawn_at: announcement.withdrawn_at,
            version: announcement.stamps.version,
            created_at: announcement.stamps.created_at,
            created_by: announcement.stamps.created_by,
            updated_at: announcement.stamps.updated_at,
            updated_by: announcement.stamps.updated_by,
        }
    }
}

impl TryFrom<AnnouncementRow> for Announcement {
    type Error = Corrupt;

    fn try_from(row: AnnouncementRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            class_id: row.class_id,
            title: parsed(AnnouncementTitle::parse(row.title), "announcements.title")?,
            body: parsed(AnnouncementBody::parse(row.body), "announcements.body")?,
            is_urgent: row.is_urgent,
            withdrawn_at: row.withdrawn_at,
        })
    }
}

row!(RemindersRow, class_reminders, stamped, {
    class_id: ClassId,
    before_start: Option<i32>,
    check_in_after: Option<i32>,
    marking_after: Option<i32>,
});

impl From<&ClassReminders> for RemindersRow {
    fn from(kept: &ClassReminders) -> Self {
        Self {
            class_id: kept.class_id,
            before_start: kept.reminders.before_start,
            check_in_after: kept.reminders.check_in_after,
            marking_after: kept.reminders.marking_after,
            version: kept.stamps.version,
            created_at: kept.stamps.created_at,
            created_by: kept.stamps.created_by,
            updated_at: kept.stamps.updated_at,
            updated_by: kept.stamps.updated_by,
        }
    }
}

impl RemindersRow {
    /// When it reminds.
    pub(crate) fn reminders(&self) -> Reminders {
        Reminders {
            before_start: self.before_start,
            check_in_after: self.check_in_after,
            marking_after: self.marking_after,
        }
    }
}

impl From<RemindersRow> for ClassReminders {
    fn from(row: RemindersRow) -> Self {
        Self { class_id: row.class_id, reminders: row.reminders(), stamps: row.stamps() }
    }
}
