//! What the use cases of notices stand on.

use std::collections::BTreeMap;

use chrono::NaiveTime;

use super::{NoticeKind, Reminders};
use crate::yard::Yard;

/// What an installation sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationSettings {
    /// When classes remind that say nothing of it.
    pub reminders: Reminders,
    /// When the mails of the day go out, in Seoul.
    pub digest_at: NaiveTime,
    /// What the templates of Alimtalk (알림톡) are called at the provider; kinds without one are not sent over it.
    pub alimtalk_templates: BTreeMap<NoticeKind, String>,
    /// Under which address the inbox is to which mails lead.
    pub web_url: String,
}

/// The use cases of notices; each file of the room adds its own.
#[derive(Clone)]
pub struct NotificationService {
    pub(super) yard: Yard,
    pub(super) settings: NotificationSettings,
}

impl NotificationService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, settings: NotificationSettings) -> Self {
        Self { yard, settings }
    }
}
