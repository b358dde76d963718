//! Rows of `calendars`.

use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{CalendarId, ClassId, UserId},
    learning::calendars::CalendarFeed,
    opaque::TokenHash,
};

use super::row;
use crate::error::Corrupt;

row!(CalendarRow, calendars, {
    id: CalendarId,
    user_id: UserId,
    class_id: Option<ClassId>,
    hash: String,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
});

impl From<&CalendarFeed> for CalendarRow {
    fn from(feed: &CalendarFeed) -> Self {
        Self {
            id: feed.id,
            user_id: feed.user_id,
            class_id: feed.class_id,
            hash: feed.hash.0.clone(),
            created_at: feed.created_at,
        }
    }
}

impl TryFrom<CalendarRow> for CalendarFeed {
    type Error = Corrupt;

    fn try_from(row: CalendarRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            class_id: row.class_id,
            hash: TokenHash(row.hash),
            created_at: row.created_at,
        })
    }
}
