//! What a status follows from the times at which somebody came and left.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::attendance::AttendanceStatus;

/// From when on somebody is late, absent, or has left early, in whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Times {
    /// The last minute after the beginning at which one is still in time: with 9, the tenth minute is late.
    pub late_grace_minutes: u16,
    /// The last minute after the beginning at which one is merely late: with 24, 25 minutes late is absent. `None`: late to the end.
    pub absent_after_minutes: Option<u16>,
    /// The most minutes before the end at which leaving is not early.
    pub early_leave_grace_minutes: u16,
}

impl Times {
    /// The status that follows from the times.
    ///
    /// First match: never came → absent; came after `absent_after_minutes` → absent; came after `late_grace_minutes` → late;
    /// left more than `early_leave_grace_minutes` before the end → early leave; else present. Minutes that are not full don't count
    /// against the learner; `left: None` stayed to the end.
    pub fn status(
        self,
        (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
        arrived: Option<DateTime<Utc>>,
        left: Option<DateTime<Utc>>,
    ) -> AttendanceStatus {
        let Some(arrived) = arrived else { return AttendanceStatus::Absent };
        let late_by = (arrived - starts_at).num_minutes();
        let early_by = left.map_or(0, |left| (ends_at - left).num_minutes());
        if arrived >= ends_at || self.absent_after_minutes.is_some_and(|last| late_by > i64::from(last)) {
            AttendanceStatus::Absent
        } else if late_by > i64::from(self.late_grace_minutes) {
            AttendanceStatus::Late
        } else if early_by > i64::from(self.early_leave_grace_minutes) {
            AttendanceStatus::EarlyLeave
        } else {
            AttendanceStatus::Present
        }
    }

    /// The full minutes of a lecture between coming and leaving.
    pub fn attended_minutes(
        (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
        arrived: DateTime<Utc>,
        left: Option<DateTime<Utc>>,
    ) -> u32 {
        let (from, to) = (arrived.max(starts_at), left.unwrap_or(ends_at).min(ends_at));
        u32::try_from((to - from).num_minutes()).unwrap_or_default()
    }
}

impl Default for Times {
    fn default() -> Self {
        Self { late_grace_minutes: 10, absent_after_minutes: None, early_leave_grace_minutes: 10 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-03-02T{text}Z").parse().unwrap()
    }

    fn lecture() -> (DateTime<Utc>, DateTime<Utc>) {
        (at("01:00:00"), at("03:00:00"))
    }

    fn status(times: Times, arrived: &str, left: Option<&str>) -> AttendanceStatus {
        times.status(lecture(), Some(at(arrived)), left.map(at))
    }

    #[test]
    fn with_nine_minutes_of_grace_the_tenth_is_late() {
        // Soongsil, notice 2017-2.
        let times = Times { late_grace_minutes: 9, ..Times::default() };
        assert_eq!(status(times, "01:09:59", None), AttendanceStatus::Present);
        assert_eq!(status(times, "01:10:00", None), AttendanceStatus::Late);
        assert_eq!(status(times, "00:20:00", None), AttendanceStatus::Present);
    }

    #[test]
    fn twenty_five_minutes_late_is_absent_where_the_policy_says_so() {
        // edu.edukangnam.ac.kr: 25 minutes late or more is an absence.
        let times = Times { absent_after_minutes: Some(24), ..Times::default() };
        assert_eq!(status(times, "01:24:59", None), AttendanceStatus::Late);
        assert_eq!(status(times, "01:25:00", None), AttendanceStatus::Absent);
        assert_eq!(status(Times::default(), "02:59:59", None), AttendanceStatus::Late);
        assert_eq!(status(Times::default(), "03:00:00", None), AttendanceStatus::Absent);
        assert_eq!(Times::default().status(lecture(), None, None), AttendanceStatus::Absent);
    }

    #[test]
    fn a_bootcamp_gives_five_minutes_and_takes_thirty() {
        // woowacourse/java-attendance: grace 5 minutes, late to 30, then absent.
        let times = Times { late_grace_minutes: 5, absent_after_minutes: Some(30), ..Times::default() };
        assert_eq!(status(times, "01:05:59", None), AttendanceStatus::Present);
        assert_eq!(status(times, "01:06:00", None), AttendanceStatus::Late);
        assert_eq!(status(times, "01:30:59", None), AttendanceStatus::Late);
        assert_eq!(status(times, "01:31:00", None), AttendanceStatus::Absent);
    }

    #[test]
    fn leaving_early_is_told_from_staying_to_the_end() {
        assert_eq!(status(Times::default(), "01:00:00", Some("02:50:00")), AttendanceStatus::Present);
        assert_eq!(status(Times::default(), "01:00:00", Some("02:49:00")), AttendanceStatus::EarlyLeave);
        assert_eq!(status(Times::default(), "01:30:00", Some("02:00:00")), AttendanceStatus::Late);
        assert_eq!(Times::attended_minutes(lecture(), at("01:30:30"), Some(at("02:00:00"))), 29);
        assert_eq!(Times::attended_minutes(lecture(), at("00:30:00"), None), 120);
        assert_eq!(Times::attended_minutes(lecture(), at("04:00:00"), None), 0);
    }
}
