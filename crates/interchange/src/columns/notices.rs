//! Notices and announcements. They are shown, never imported: what was told was told.

use madang_domain::notifications::{Announcement, InboxItem};

use super::{id, table, time};
use crate::write::Cell;

table!(InboxItem as "notifications", |item| {
    shown "id": id(item.notice.id.0),
    shown "kind": Cell::text(item.notice.kind.as_str()),
    shown "title": Cell::text(&item.text.title),
    shown "body": Cell::text(&item.text.body),
    shown "created_at": Cell::Time(item.notice.created_at),
    shown "read_at": time(item.notice.read_at),
});

table!(Announcement as "announcements", |announcement| {
    shown "id": id(announcement.id.0),
    shown "class_id": id(announcement.class_id.0),
    shown "title": Cell::text(announcement.title.as_str()),
    shown "body": Cell::text(announcement.body.as_str()),
    shown "is_urgent": Cell::Bool(announcement.is_urgent),
    shown "created_at": Cell::Time(announcement.stamps.created_at),
});
