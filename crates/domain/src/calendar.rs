//! Days, weeks and months as people at a place live them.
//!
//! Instants are UTC everywhere; only here they meet a time zone. A day belongs to a zone, its beginning is an instant,
//! and reports are cut into weeks from Monday or calendar months. Repeated lectures are in `recurrence`.

use std::fmt;
use std::ops::Range;

use chrono::{
    DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, Utc, Weekday,
};
use chrono_tz::{GapInfo, Tz};

/// A time zone of the IANA database; Seoul when nobody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(Tz);

/// There is no time zone of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone of that name")]
pub struct UnknownTimeZone;

impl TimeZone {
    /// Asia/Seoul.
    pub const SEOUL: Self = Self(Tz::Asia__Seoul);
    /// Universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone of that IANA name (`Asia/Seoul`), written exactly so.
    pub fn parse(name: &str) -> Result<Self, UnknownTimeZone> {
        name.parse().map(Self).map_err(|_| UnknownTimeZone)
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The instant at which clocks in the zone show a time.
    ///
    /// A time that clocks show twice is the first of the two; one that they skip is the first instant after the gap.
    pub fn instant(self, local: NaiveDateTime) -> DateTime<Utc> {
        match local.and_local_timezone(self.0) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.to_utc(),
            LocalResult::None => GapInfo::new(&local, &self.0)
                .and_then(|gap| gap.end)
                .map_or_else(|| local.and_utc(), |after| after.to_utc()),
        }
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::SEOUL
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The day that it is in a zone at an instant.
pub fn local_day(instant: DateTime<Utc>, tz: TimeZone) -> NaiveDate {
    // Near the ends of the calendar (about year ±262,000) an offset can lead out of it.
    let offset = instant.with_timezone(&tz.0).offset().fix();
    instant.naive_utc().checked_add_offset(offset).unwrap_or(instant.naive_utc()).date()
}

/// The instant that shows the same time of day in the zone, this many days later.
pub fn shift_days(instant: DateTime<Utc>, days: i64, zone: TimeZone) -> DateTime<Utc> {
    zone.instant(instant.with_timezone(&zone.0).naive_local() + chrono::TimeDelta::days(days))
}

/// The first instant of a day in a zone; some days have no midnight.
pub fn start_of_day(day: NaiveDate, tz: TimeZone) -> DateTime<Utc> {
    tz.instant(day.and_time(NaiveTime::MIN))
}

/// How a span of time is cut in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Weeks from Monday to Sunday.
    Weekly,
    /// Calendar months.
    Monthly,
}

impl Period {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// The period of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Weekly, Self::Monthly].into_iter().find(|period| period.as_str() == name)
    }

    /// The week or month that holds a day, from its first day to the day after its last.
    ///
    /// At the very ends of the calendar (about year ±262,000) it is cut off there.
    pub fn bucket(self, day: NaiveDate) -> Range<NaiveDate> {
        let start = match self {
            Self::Weekly => day.week(Weekday::Mon).checked_first_day(),
            Self::Monthly => day.with_day(1),
        };
        let start = start.unwrap_or(NaiveDate::MIN);
        let end = match self {
            Self::Weekly => day
                .week(Weekday::Mon)
                .checked_last_day()
                .and_then(|sunday| sunday.checked_add_days(Days::new(1))),
            Self::Monthly => start.checked_add_months(Months::new(1)),
        };
        start..end.unwrap_or(NaiveDate::MAX)
    }

    /// Every week or month that has a day from `first` to `last` (both included), in order and without gaps.
    pub fn buckets(self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = Range<NaiveDate>> {
        let next = move |previous: &Range<NaiveDate>| {
            Some(self.bucket(previous.end)).filter(|b| b.start > previous.start)
        };
        std::iter::successors((first <= last).then(|| self.bucket(first)), next)
            .take_while(move |bucket| bucket.start <= last)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    #[test]
    fn a_zone_is_known_by_its_iana_name() {
        assert_eq!(TimeZone::default().name(), "Asia/Seoul");
        assert_eq!(zone("Europe/Berlin").to_string(), "Europe/Berlin");
        for name in ["KST", "seoul", "asia/seoul", "", "+09:00"] {
            assert_eq!(TimeZone::parse(name), Err(UnknownTimeZone), "{name}");
        }
    }

    #[test]
    fn a_day_in_seoul_begins_at_three_in_the_afternoon_utc() {
        assert_eq!(start_of_day(day("2026-03-02"), TimeZone::SEOUL), instant("2026-03-01T15:00:00Z"));
        assert_eq!(local_day(instant("2026-03-01T14:59:59Z"), TimeZone::SEOUL), day("2026-03-01"));
        assert_eq!(local_day(instant("2026-03-01T15:00:00Z"), TimeZone::SEOUL), day("2026-03-02"));
    }

    #[test]
    fn a_day_without_midnight_begins_when_clocks_go_on() {
        // Santiago went from 24:00 to 01:00 on 8 September 2024; Toronto from 23:30 to 00:30 in 1919; Apia skipped a day.
        assert_eq!(
            start_of_day(day("2024-09-08"), zone("America/Santiago")),
            instant("2024-09-08T04:00:00Z")
        );
        assert_eq!(start_of_day(day("1919-03-31"), zone("America/Toronto")), instant("1919-03-31T04:30:00Z"));
        assert_eq!(
            start_of_day(day("2011-12-30"), zone("Pacific/Apia")),
            start_of_day(day("2011-12-31"), zone("Pacific/Apia"))
        );
    }

    #[test]
    fn a_time_that_clocks_show_twice_is_the_first() {
        let local = day("2026-10-25").and_hms_opt(2, 30, 0).unwrap();
        assert_eq!(zone("Europe/Berlin").instant(local), instant("2026-10-25T00:30:00Z"));
        assert_eq!(start_of_day(day("2026-11-01"), zone("America/Havana")), instant("2026-11-01T04:00:00Z"));
    }

    #[test]
    fn in_every_zone_a_day_begins_where_the_day_before_ends() {
        for tz in chrono_tz::TZ_VARIANTS.map(TimeZone) {
            for day in day("2010-01-01").iter_days().take(3 * 365) {
                let start = start_of_day(day, tz);
                let skipped = tz.name().starts_with("Pacific/") && local_day(start, tz) != day;
                assert!(skipped || local_day(start, tz) == day, "{tz} {day}");
                assert!(local_day(start - TimeDelta::seconds(1), tz) < day, "{tz} {day}");
            }
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        assert_eq!(Period::Weekly.bucket(day("2026-03-01")), day("2026-02-23")..day("2026-03-02"));
        assert_eq!(Period::Weekly.bucket(day("2026-03-02")), day("2026-03-02")..day("2026-03-09"));
        assert_eq!(Period::Monthly.bucket(day("2024-02-29")), day("2024-02-01")..day("2024-03-01"));
        assert_eq!(Period::Monthly.bucket(day("2025-12-31")), day("2025-12-01")..day("2026-01-01"));
    }

    #[test]
    fn a_span_is_cut_into_every_period_it_touches() {
        let weeks: Vec<_> =
            Period::Weekly.buckets(day("2026-03-01"), day("2026-03-09")).map(|week| week.start).collect();
        assert_eq!(weeks, [day("2026-02-23"), day("2026-03-02"), day("2026-03-09")]);
        assert_eq!(Period::Monthly.buckets(day("2025-11-30"), day("2026-02-01")).count(), 4);
        assert_eq!(Period::Monthly.buckets(day("2026-02-02"), day("2026-02-01")).count(), 0);
    }

    #[test]
    fn the_ends_of_the_calendar_do_no_harm() {
        for period in [Period::Weekly, Period::Monthly] {
            for edge in [NaiveDate::MIN, NaiveDate::MAX] {
                let bucket = period.bucket(edge);
                assert!(bucket.start <= edge && edge <= bucket.end);
                assert_eq!(period.buckets(edge, edge).count(), 1);
            }
            assert_eq!(Period::parse(period.as_str()), Some(period));
        }
        assert_eq!(Period::parse("daily"), None);
        assert!(start_of_day(NaiveDate::MIN, TimeZone::UTC) < start_of_day(NaiveDate::MAX, TimeZone::UTC));
        for edge in [NaiveDate::MIN, NaiveDate::MAX] {
            for tz in [TimeZone::SEOUL, zone("America/Havana")] {
                start_of_day(edge, tz);
            }
        }
        assert_eq!(local_day(DateTime::<Utc>::MAX_UTC, TimeZone::SEOUL), NaiveDate::MAX);
        assert_eq!(local_day(DateTime::<Utc>::MIN_UTC, zone("America/Havana")), NaiveDate::MIN);
    }

    proptest! {
        #[test]
        fn buckets_cover_a_span_without_gap_or_overlap(from in 0u64..40_000, length in 0u64..1_000) {
            let first = day("1970-01-01") + Days::new(from);
            let last = first + Days::new(length);
            for period in [Period::Weekly, Period::Monthly] {
                let buckets: Vec<_> = period.buckets(first, last).collect();
                prop_assert!(buckets.first().unwrap().contains(&first) && buckets.last().unwrap().contains(&last));
                prop_assert!(buckets.windows(2).all(|pair| pair[0].end == pair[1].start));
                prop_assert!(buckets.iter().all(|bucket| period.bucket(bucket.start) == *bucket));
            }
        }
    }
}
