//! When repeating jobs are due.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use crate::calendar::{TimeZone, local_day};

/// How often something is done, reckoned so that every server comes to the same moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Each time that so many seconds have passed since 1970; at least one.
    EverySeconds(u32),
    /// Each day at this time in Seoul.
    Daily(NaiveTime),
}

impl Rhythm {
    /// The last moment that was due by `now`.
    pub fn latest(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::EverySeconds(seconds) => {
                let past = now.timestamp().rem_euclid(i64::from(seconds.max(1)));
                DateTime::from_timestamp(now.timestamp() - past, 0).unwrap_or(now)
            }
            Self::Daily(time) => {
                let day = local_day(now, TimeZone::SEOUL);
                let at = |day: chrono::NaiveDate| TimeZone::SEOUL.instant(day.and_time(time));
                match at(day) {
                    today if today <= now => today,
                    _ => day.checked_sub_days(Days::new(1)).map_or(now, at),
                }
            }
        }
    }

    /// The first moment that is due after `now`.
    pub fn next(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::EverySeconds(seconds) => self.latest(now) + TimeDelta::seconds(i64::from(seconds.max(1))),
            // Seoul has no summer time; where it had, an hour more or less would still find the next day's.
            Self::Daily(_) => self.latest(self.latest(now) + TimeDelta::hours(25)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_server_comes_to_the_same_moments() {
        let quarter = Rhythm::EverySeconds(900);
        assert_eq!(quarter.latest(at("2026-09-01T01:14:59.999Z")), at("2026-09-01T01:00:00Z"));
        assert_eq!(quarter.latest(at("2026-09-01T01:15:00Z")), at("2026-09-01T01:15:00Z"));
        assert_eq!(quarter.next(at("2026-09-01T01:15:00Z")), at("2026-09-01T01:30:00Z"));
    }

    #[test]
    fn a_day_is_a_day_in_seoul() {
        let seven = Rhythm::Daily(NaiveTime::from_hms_opt(7, 0, 0).unwrap());
        assert_eq!(seven.latest(at("2026-08-31T21:59:59Z")), at("2026-08-30T22:00:00Z"));
        assert_eq!(seven.latest(at("2026-08-31T22:00:00Z")), at("2026-08-31T22:00:00Z"));
        assert_eq!(seven.next(at("2026-08-31T22:00:00Z")), at("2026-09-01T22:00:00Z"));
        assert_eq!(seven.next(at("2026-08-31T21:59:59Z")), at("2026-08-31T22:00:00Z"));
    }
}
