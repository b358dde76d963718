//! The times of one learner at one lecture, and the status that follows from them.
//!
//! Which status follows from coming and leaving is the policy's to say (`policy/times.rs`). Who stepped out and did not come
//! back left at that moment; time outside counts as none. Times are compared as moments, so neither midnight nor a time zone matters here.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    attendance::{AttendanceStatus, policy::Times},
    learning::lectures::Lecture,
};

/// From when to when a lecture takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LectureSpan {
    /// Its beginning.
    pub starts_at: DateTime<Utc>,
    /// Its end.
    pub ends_at: DateTime<Utc>,
}

impl LectureSpan {
    /// The span of a lecture.
    pub fn of(lecture: &Lecture) -> Self {
        let length = TimeDelta::minutes(lecture.duration_minutes.into());
        Self { starts_at: lecture.starts_at, ends_at: lecture.starts_at + length }
    }
}

/// Some time outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// When the learner went.
    pub left_at: DateTime<Utc>,
    /// When the learner came back; `None` while outside.
    pub returned_at: Option<DateTime<Utc>>,
}

/// How a check-in came in. Addresses and devices are known by their hashes only, which differ from lecture to lecture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// The step of the code.
    pub step: i64,
    /// Whether the code was scanned rather than typed.
    pub scanned: bool,
    /// Whether it was handed in later than it was captured.
    pub offline: bool,
    /// When the server received it.
    pub received_at: DateTime<Utc>,
    /// The hash of the device, where it named itself.
    pub device: Option<String>,
    /// The hash of the network that it came from.
    pub network: Option<String>,
}

/// The times of one learner at one lecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// When the learner checked in.
    pub checked_in_at: DateTime<Utc>,
    /// When the learner checked out.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// The times outside, in order.
    pub away: Vec<Away>,
    /// The status that follows from the times, whatever the mark says.
    #[serde(with = "status_name")]
    pub derived: AttendanceStatus,
    /// The whole minutes of the lecture that the learner was there; until its end while nothing else is known.
    pub minutes: i64,
    /// How the check-in came in.
    pub evidence: Evidence,
}

impl Presence {
    /// The presence of somebody who checks in at `at`.
    pub fn begin(at: DateTime<Utc>, evidence: Evidence, span: LectureSpan, times: Times) -> Self {
        let fresh = Self {
            checked_in_at: at,
            checked_out_at: None,
            away: Vec::new(),
            derived: AttendanceStatus::Present,
            minutes: 0,
            evidence,
        };
        fresh.derived_again(span, times)
    }

    /// What the audit log tells of it: the times and what follows, not where it came from.
    pub fn document(&self) -> Value {
        json!({
            "checked_in_at": self.checked_in_at,
            "checked_out_at": self.checked_out_at,
            "away": self.away,
            "derived": self.derived.as_str(),
            "minutes": self.minutes,
        })
    }

    /// The minutes that the learner was there, where it is known when the learner left.
    pub fn attended_minutes(&self) -> Option<u32> {
        self.gone_at().and_then(|_| u32::try_from(self.minutes).ok())
    }

    /// Whether the learner is outside.
    pub fn is_away(&self) -> bool {
        self.away.last().is_some_and(|away| away.returned_at.is_none())
    }

    /// The same after the learner went out.
    #[must_use]
    pub fn stepped_out(mut self, at: DateTime<Utc>, span: LectureSpan, times: Times) -> Self {
        self.away.push(Away { left_at: at, returned_at: None });
        self.derived_again(span, times)
    }

    /// The same after the learner came back; nothing changes for somebody who was not outside.
    #[must_use]
    pub fn returned(mut self, at: DateTime<Utc>, span: LectureSpan, times: Times) -> Self {
        if let Some(away) = self.away.last_mut().filter(|away| away.returned_at.is_none()) {
            away.returned_at = Some(at);
        }
        self.derived_again(span, times)
    }

    /// The same after the learner left for good.
    #[must_use]
    pub fn checked_out(mut self, at: DateTime<Utc>, span: LectureSpan, times: Times) -> Self {
        self.checked_out_at = Some(at);
        self.derived_again(span, times)
    }

    /// The same with what follows from the times, by these rules.
    #[must_use]
    pub fn derived_again(mut self, span: LectureSpan, times: Times) -> Self {
        self.derived = times.status((span.starts_at, span.ends_at), Some(self.checked_in_at), self.gone_at());
        self.minutes = self.minutes_there(span);
        self
    }

    /// When the learner was gone for good; `None` while there.
    fn gone_at(&self) -> Option<DateTime<Utc>> {
        let outside = self.away.last().filter(|away| away.returned_at.is_none()).map(|away| away.left_at);
        outside.or(self.checked_out_at)
    }

    fn minutes_there(&self, span: LectureSpan) -> i64 {
        let until = self.gone_at().unwrap_or(span.ends_at);
        let within = |from: DateTime<Utc>, to: DateTime<Utc>| {
            (to.min(until).min(span.ends_at) - from.max(self.checked_in_at).max(span.starts_at))
                .max(TimeDelta::zero())
        };
        let outside: TimeDelta = self
            .away
            .iter()
            .filter_map(|away| Some(within(away.left_at, away.returned_at?)))
            .fold(TimeDelta::zero(), |all, one| all + one);
        (within(span.starts_at, span.ends_at) - outside).num_minutes()
    }
}

/// Statuses by their names.
mod status_name {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::attendance::AttendanceStatus;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
    pub(super) fn serialize<S: Serializer>(
        status: &AttendanceStatus,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(status.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<AttendanceStatus, D::Error> {
        let name = String::deserialize(deserializer)?;
        AttendanceStatus::parse(&name).ok_or_else(|| D::Error::custom("an unknown status"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Times =
        Times { late_grace_minutes: 9, absent_after_minutes: Some(24), early_leave_grace_minutes: 9 };

    /// A lecture from 23:30 to 01:30 of the next day, in Seoul.
    fn span() -> LectureSpan {
        LectureSpan { starts_at: at("14:30:00"), ends_at: at("16:30:00") }
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-09-01T{time}Z").parse().unwrap()
    }

    fn came(time: &str) -> Presence {
        Presence::begin(at(time), Evidence::default(), span(), RULES)
    }

    #[test]
    fn nine_minutes_are_forgiven_and_the_tenth_is_late() {
        for (time, status, minutes) in [
            ("13:50:00", AttendanceStatus::Present, 120),
            ("14:30:00", AttendanceStatus::Present, 120),
            ("14:39:59", AttendanceStatus::Present, 110),
            ("14:40:00", AttendanceStatus::Late, 110),
            ("14:54:59", AttendanceStatus::Late, 95),
            ("14:55:00", AttendanceStatus::Absent, 95),
        ] {
            let presence = came(time);
            assert_eq!((presence.derived, presence.minutes), (status, minutes), "{time}");
        }
    }

    #[test]
    fn who_leaves_before_the_end_leaves_early() {
        for (time, status, minutes) in [
            ("16:30:00", AttendanceStatus::Present, 120),
            ("17:10:00", AttendanceStatus::Present, 120),
            ("16:20:01", AttendanceStatus::Present, 110),
            ("16:20:00", AttendanceStatus::EarlyLeave, 110),
            ("14:30:00", AttendanceStatus::EarlyLeave, 0),
        ] {
            let presence = came("14:30:00").checked_out(at(time), span(), RULES);
            assert_eq!((presence.derived, presence.minutes), (status, minutes), "{time}");
        }
    }

    #[test]
    fn time_outside_does_not_count_and_who_stays_out_has_left() {
        let out = came("14:30:00").stepped_out(at("15:00:00"), span(), RULES);
        assert_eq!((out.derived, out.minutes, out.is_away()), (AttendanceStatus::EarlyLeave, 30, true));
        let back = out.returned(at("15:20:00"), span(), RULES);
        assert_eq!((back.derived, back.minutes, back.is_away()), (AttendanceStatus::Present, 100, false));
        let again = back.stepped_out(at("15:40:00"), span(), RULES).returned(at("15:50:30"), span(), RULES);
        assert_eq!(again.minutes, 89);
        let gone = again.checked_out(at("16:00:00"), span(), RULES);
        assert_eq!((gone.derived, gone.minutes), (AttendanceStatus::EarlyLeave, 59));
    }

    #[test]
    fn a_presence_is_read_as_it_was_written() {
        let presence = came("14:41:00").stepped_out(at("15:00:00"), span(), RULES);
        let text = serde_json::to_string(&presence).unwrap();
        assert_eq!(serde_json::from_str::<Presence>(&text).unwrap(), presence);
    }
}
