//! How somebody wants to be told: in which language, when not, and of what over which channel. The inbox always has everything.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::{NoticeKind, NotificationError, NotificationService};
use crate::{
    access::Caller,
    audit::Audited,
    calendar::{TimeZone, local_day, start_of_day},
    channels::{Channel, Language},
    ids::UserId,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
};

/// How something is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailChoice {
    /// Not at all.
    Off,
    /// In a mail of its own.
    AtOnce,
    /// In the mail of the day.
    Digest,
}

/// Over which channels something is told, beside the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// By mail.
    pub mail: MailChoice,
    /// To the devices of the person.
    pub push: bool,
    /// As an Alimtalk (알림톡).
    pub alimtalk: bool,
}

/// The hours of each day, in Seoul, in which nothing is sent but what is urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QuietHours {
    from: NaiveTime,
    to: NaiveTime,
}

/// Quiet hours end at another time than they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("quiet hours end when they begin")]
pub struct SameTime;

impl QuietHours {
    /// Those that hold where nobody has chosen: from nine in the evening to eight in the morning.
    pub const DEFAULT: Self = {
        const fn hour(hour: u32) -> NaiveTime {
            match NaiveTime::from_hms_opt(hour, 0, 0) {
                Some(time) => time,
                None => NaiveTime::MIN,
            }
        }
        Self { from: hour(21), to: hour(8) }
    };

    /// From one time to another, over midnight where the second is earlier.
    ///
    /// # Errors
    /// [`SameTime`].
    pub fn new(from: NaiveTime, to: NaiveTime) -> Result<Self, SameTime> {
        if from == to { Err(SameTime) } else { Ok(Self { from, to }) }
    }

    /// When they begin.
    pub fn from(self) -> NaiveTime {
        self.from
    }

    /// When they end.
    pub fn to(self) -> NaiveTime {
        self.to
    }

    /// When the quiet hours end that hold at this moment; `None` while it is not quiet.
    pub fn end(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (zone, today) = (TimeZone::SEOUL, local_day(now, TimeZone::SEOUL));
        let since_midnight = now - start_of_day(today, zone);
        let (time, _) = NaiveTime::MIN.overflowing_add_signed(since_midnight);
        let over_midnight = self.to < self.from;
        let is_quiet = if over_midnight {
            time >= self.from || time < self.to
        } else {
            (self.from..self.to).contains(&time)
        };
        let ends_tomorrow = over_midnight && time >= self.from;
        let day = if ends_tomorrow { today.checked_add_days(Days::new(1))? } else { today };
        is_quiet.then(|| zone.instant(day.and_time(self.to)))
    }
}

/// How somebody wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// In which language.
    #[serde(with = "language")]
    pub language: Language,
    /// When not; `None` for at any time.
    pub quiet_hours: Option<QuietHours>,
    /// What was chosen; other kinds are told as they are by default.
    pub choices: BTreeMap<NoticeKind, Choice>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::default(),
            quiet_hours: Some(QuietHours::DEFAULT),
            choices: BTreeMap::new(),
        }
    }
}

impl Preferences {
    /// Over which channels this is told.
    pub fn choice(&self, kind: NoticeKind) -> Choice {
        self.choices.get(&kind).copied().unwrap_or_else(|| kind.default_choice())
    }

    /// Whether this is sent over a channel in a message of its own.
    pub fn wants(&self, kind: NoticeKind, channel: Channel) -> bool {
        let choice = self.choice(kind);
        match channel {
            Channel::Email => choice.mail == MailChoice::AtOnce,
            Channel::Push => choice.push,
            Channel::Alimtalk => choice.alimtalk,
        }
    }

    /// When what is not urgent may be sent that is ready at this moment.
    pub fn sendable_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.quiet_hours.and_then(|hours| hours.end(now)).unwrap_or(now)
    }
}

/// How somebody has chosen to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPreferences {
    /// Who.
    pub user_id: UserId,
    /// How.
    pub preferences: Preferences,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Audited for KeptPreferences {
    const ENTITY: &'static str = "notice_preferences";

    fn audit_id(&self) -> Uuid {
        self.user_id.0
    }

    fn document(&self) -> Value {
        json!(self.preferences)
    }
}

impl NotificationService {
    /// How the caller has chosen to be told; `None` where the defaults hold.
    pub async fn preferences(&self, caller: &Caller) -> Result<Option<KeptPreferences>, NotificationError> {
        let user = reader(caller)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.notice_preferences().of_users(&[user]).await?.pop())
    }

    /// Says how the caller wants to be told from now on.
    pub async fn prefer(
        &self,
        caller: &Caller,
        expected: Expected,
        preferences: Preferences,
    ) -> Result<KeptPreferences, NotificationError> {
        let user = reader(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.prefer_in(&mut *unit, caller, user, expected, preferences).await;
        finish(unit, outcome).await
    }

    async fn prefer_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: UserId,
        expected: Expected,
        preferences: Preferences,
    ) -> Result<KeptPreferences, NotificationError> {
        let old = repositories.notice_preferences().of_users(&[user]).await?.pop();
        if !expected.allows(old.as_ref().map_or(0, |old| old.stamps.version)) {
            return Err(NotificationError::Stale);
        }
        let (now, pen) = (self.yard.clock.now(), self.yard.pen(caller));
        let stamps =
            old.as_ref().map_or_else(|| Stamps::new(caller, now), |old| old.stamps.touched(caller, now));
        let new = KeptPreferences { user_id: user, preferences, stamps };
        repositories.notice_preferences().keep(&new).await?;
        let entry = match &old {
            Some(old) => pen.updated(old, &new),
            None => pen.created(&new),
        };
        repositories.audit().append(&[entry]).await?;
        Ok(new)
    }
}

/// A language in a document, by its code.
mod language {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Language;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
    pub(super) fn serialize<S: Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(language.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Language, D::Error> {
        let code = String::deserialize(deserializer)?;
        Language::parse(&code).ok_or_else(|| D::Error::custom("an unknown language"))
    }
}

/// Whose inbox it is: that of a user, never that of a machine.
pub(super) fn reader(caller: &Caller) -> Result<UserId, NotificationError> {
    caller.user_id().ok_or(NotificationError::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hours(from: &str, to: &str) -> QuietHours {
        QuietHours::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_night_ends_in_the_morning_in_seoul() {
        let night = QuietHours::DEFAULT;
        // 20:59, 21:00, 23:30, 07:59, 08:00 in Seoul.
        assert_eq!(night.end(at("2026-09-01T11:59:59Z")), None);
        for quiet in ["2026-09-01T12:00:00Z", "2026-09-01T14:30:00Z", "2026-09-01T22:59:59.999999Z"] {
            assert_eq!(night.end(at(quiet)), Some(at("2026-09-01T23:00:00Z")), "{quiet}");
        }
        assert_eq!(night.end(at("2026-09-01T23:00:00Z")), None);
    }

    #[test]
    fn a_rest_at_noon_ends_the_same_day() {
        let noon = hours("12:00:00", "13:30:00");
        assert_eq!(noon.end(at("2026-09-01T02:59:00Z")), None);
        assert_eq!(noon.end(at("2026-09-01T03:00:00Z")), Some(at("2026-09-01T04:30:00Z")));
        assert_eq!(noon.end(at("2026-09-01T04:30:00Z")), None);
    }

    #[test]
    fn quiet_hours_can_t_end_when_they_begin() {
        let noon: NaiveTime = "12:00:00".parse().unwrap();
        assert_eq!(QuietHours::new(noon, noon), Err(SameTime));
    }

    #[test]
    fn what_was_not_chosen_is_told_as_by_default() {
        let chosen = Choice { mail: MailChoice::Digest, push: false, alimtalk: false };
        let choices = BTreeMap::from([(NoticeKind::Absence, chosen)]);
        let preferences = Preferences { choices, ..Preferences::default() };
        assert_eq!(preferences.choice(NoticeKind::Absence), chosen);
        assert_eq!(preferences.choice(NoticeKind::AtRisk), NoticeKind::AtRisk.default_choice());
        let kept = serde_json::to_value(&preferences).unwrap();
        assert_eq!(serde_json::from_value::<Preferences>(kept).unwrap(), preferences);
    }
}
