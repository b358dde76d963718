//! Feeds and what stands in them.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::{CalendarId, ClassId, LectureId, UserId},
    learning::enrolments::EnrolmentPeriod,
    opaque::{OpaqueToken, TokenHash},
    page::{Listable, SortKey, sort_fields},
};

/// A feed: whose it is, and what its address hashes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFeed {
    /// Its id.
    pub id: CalendarId,
    /// Whose lectures it shows.
    pub user_id: UserId,
    /// Of this class only; `None` for all of the user's classes.
    pub class_id: Option<ClassId>,
    /// What is kept of the secret in its address.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Audited for CalendarFeed {
    const ENTITY: &'static str = "calendar";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({"user_id": self.user_id, "class_id": self.class_id})
    }
}

/// A feed with the secret of its address, which nobody is shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCalendar {
    /// The feed.
    pub feed: CalendarFeed,
    /// The secret.
    pub token: OpaqueToken,
}

sort_fields! {
    /// What feeds can be sorted by.
    CalendarSort { CreatedAt = "created_at" }
}

impl Listable<CalendarSort> for CalendarFeed {
    fn sort_key(&self, field: CalendarSort) -> SortKey {
        match field {
            CalendarSort::CreatedAt => SortKey::Time(self.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

/// A place of a user in a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPlace {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub class_title: String,
    /// From when to when.
    pub period: EnrolmentPeriod,
}

impl CalendarPlace {
    pub(super) fn holds(&self, class: ClassId, day: NaiveDate) -> bool {
        self.class_id == class && self.period.holds_on(day)
    }
}

/// A lecture as a calendar shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEntry {
    /// The lecture, the same through all changes.
    pub id: LectureId,
    /// What it is called, with its class.
    pub title: String,
    /// Where.
    pub place: Option<String>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// To when.
    pub ends_at: DateTime<Utc>,
    /// How often it was changed.
    pub changes: i32,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Whether it will not take place.
    pub is_cancelled: bool,
}

/// What a feed shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// What it is called.
    pub title: String,
    /// The lectures, in order.
    pub entries: Vec<CalendarEntry>,
}
