//! What a notice is.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::NoticeKind;
use crate::{
    ids::{ClassId, LectureId, NoticeId, UserId},
    page::{Listable, SortKey, sort_fields},
};

/// What a notice says, as it was when it was planned; the words are made of it in the reader's language. No names of people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_id: Option<ClassId>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_title: Option<String>,
    /// The lecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lecture_id: Option<LectureId>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lecture_title: Option<String>,
    /// When it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The title of the course.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course_title: Option<String>,
    /// The number of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The last day of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<NaiveDate>,
    /// The first day of the leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_on: Option<NaiveDate>,
    /// The last day of the leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_on: Option<NaiveDate>,
    /// What an announcement is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What an announcement says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether it is told even in quiet hours.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_urgent: bool,
    /// The version of the mark, the request or the certificate that is the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
}

/// Something that one person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Who is told.
    pub user_id: UserId,
    /// What.
    pub kind: NoticeKind,
    /// Of what: a lecture, a mark, a class, a request for leave, a certificate, an announcement.
    pub subject_id: Uuid,
    /// What tells apart that something is told of one subject again: the start of a lecture; else empty. Of one kind, one subject
    /// and one cause a person is told once, unless the notice was cancelled.
    pub cause: String,
    /// When the lecture was to start that is the subject.
    pub subject_at: Option<DateTime<Utc>>,
    /// What it says.
    pub facts: Facts,
    /// Whether it waits for the mail of the day.
    pub in_digest: bool,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it last changed: planned, read, deleted or cancelled.
    pub changed_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// When its reader put it away.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When its cause was found gone.
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl Notice {
    /// Whether it is told even in quiet hours.
    pub fn is_urgent(&self) -> bool {
        self.kind.is_urgent() || self.facts.is_urgent
    }

    /// Whether its reader sees it.
    pub fn is_shown(&self) -> bool {
        self.deleted_at.is_none() && self.cancelled_at.is_none()
    }
}

/// Which notices of one person are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, PartialEq)]
pub struct NoticeFilter {
    /// Whose.
    pub user_id: UserId,
    /// Unread, or read.
    pub unread: Option<bool>,
    /// Of this kind.
    pub kind: Option<NoticeKind>,
}

sort_fields! {
    /// What notices can be sorted by.
    NoticeSort { CreatedAt = "created_at" }
}

impl Listable<NoticeSort> for Notice {
    fn sort_key(&self, field: NoticeSort) -> SortKey {
        match field {
            NoticeSort::CreatedAt => SortKey::Time(self.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
