//! What a device is.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::{DeviceId, UserId},
    page::{Listable, SortKey, sort_fields},
    text::{TextProblem, text_conversions},
};

/// The token of a device at FCM: 1 to 2,000 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// The most characters.
    pub const MAX: usize = 2_000;

    /// Takes a token from outside.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, TextProblem> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(TextProblem::Empty);
        }
        if text.len() > Self::MAX {
            return Err(TextProblem::TooLong { max: Self::MAX });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TextProblem::ForbiddenCharacter);
        }
        Ok(Self(text.to_owned()))
    }
}

text_conversions!(DeviceToken, Redacted);

/// What kind of device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// An Android phone.
    Android,
    /// An iPhone.
    Ios,
    /// A browser.
    Web,
}

impl Platform {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Android, Self::Ios, Self::Web];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Web => "web",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == text)
    }
}

/// A device.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// How it is reached; no two devices have the same.
    pub token: DeviceToken,
    /// What kind of device it is.
    pub platform: Platform,
    /// When it was first registered.
    pub created_at: DateTime<Utc>,
    /// When it was last registered.
    pub seen_at: DateTime<Utc>,
}

impl Audited for Device {
    const ENTITY: &'static str = "device";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({"user_id": self.user_id, "platform": self.platform.as_str()})
    }
}

/// A device to be registered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDevice {
    /// How it is reached.
    pub token: DeviceToken,
    /// What kind of device it is.
    pub platform: Platform,
}

sort_fields! {
    /// What devices can be sorted by.
    DeviceSort { SeenAt = "seen_at" }
}

impl Listable<DeviceSort> for Device {
    fn sort_key(&self, field: DeviceSort) -> SortKey {
        match field {
            DeviceSort::SeenAt => SortKey::Time(self.seen_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_and_never_shown() {
        let token = DeviceToken::parse(" fGh-1:APA91b_x ").unwrap();
        assert_eq!((token.as_str(), format!("{token:?}").as_str()), ("fGh-1:APA91b_x", "DeviceToken(…)"));
        assert_eq!(DeviceToken::parse(" "), Err(TextProblem::Empty));
        for bad in ["a b", "토큰", "a\nb"] {
            assert_eq!(DeviceToken::parse(bad), Err(TextProblem::ForbiddenCharacter), "{bad}");
        }
        assert!(DeviceToken::parse("x".repeat(DeviceToken::MAX + 1)).is_err());
    }
}
