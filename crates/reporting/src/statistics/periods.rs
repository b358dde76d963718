//! A span of days, cut into weeks or months.
//!
//! The database is only told between which instants lectures are counted; which days those are in a zone is found here, so that both
//! databases agree.

use std::ops::{Range, RangeInclusive};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use madang_domain::calendar::{Period, TimeZone, start_of_day};
use thiserror::Error;

/// Days from the first to the last, both included, and how they are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeriodRange {
    period: Period,
    from: NaiveDate,
    to: NaiveDate,
    time_zone: TimeZone,
}

/// Why days can't be reported on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RangeProblem {
    /// The last day is before the first.
    #[error("the last day is before the first")]
    Reversed,
    /// There are more weeks or months than one report holds.
    #[error("more than {max} weeks or months")]
    TooLong {
        /// The most.
        max: usize,
    },
    /// The days lie outside of the years 1900 to 2999.
    #[error("days outside of the years 1900 to 2999")]
    OutOfCalendar,
}

impl PeriodRange {
    /// The most weeks of one report: five years.
    pub const MAX_WEEKS: usize = 260;
    /// The most months of one report: ten years.
    pub const MAX_MONTHS: usize = 120;
    /// The years that a range may touch: those of all days that the API takes, which every database can keep and compare.
    pub const YEARS: RangeInclusive<i32> = 1_900..=2_999;
    /// How many weeks or months there are where no first day is given.
    pub const DEFAULT_BUCKETS: u32 = 12;

    /// The days from `from` to `to`; without `to` up to `today`, without `from` the twelve weeks or months that end with `to`.
    pub fn new(
        period: Period,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        time_zone: TimeZone,
        today: NaiveDate,
    ) -> Result<Self, RangeProblem> {
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| first_of_default(period, to));
        if !Self::YEARS.contains(&from.year()) || !Self::YEARS.contains(&to.year()) {
            return Err(RangeProblem::OutOfCalendar);
        }
        if to < from {
            return Err(RangeProblem::Reversed);
        }
        let max = match period {
            Period::Weekly => Self::MAX_WEEKS,
            Period::Monthly => Self::MAX_MONTHS,
        };
        if period.buckets(from, to).nth(max).is_some() {
            return Err(RangeProblem::TooLong { max });
        }
        Ok(Self { period, from, to, time_zone })
    }

    /// How the days are cut.
    pub fn period(&self) -> Period {
        self.period
    }

    /// The first day.
    pub fn from(&self) -> NaiveDate {
        self.from
    }

    /// The last day, included.
    pub fn to(&self) -> NaiveDate {
        self.to
    }

    /// Where the days are lived.
    pub fn time_zone(&self) -> TimeZone {
        self.time_zone
    }

    /// Every week or month that has a day of the range, whole, in order.
    pub fn buckets(&self) -> impl Iterator<Item = Range<NaiveDate>> {
        self.period.buckets(self.from, self.to)
    }

    /// From the first instant of the first day to the first instant after the last.
    pub fn instants(&self) -> Range<DateTime<Utc>> {
        start_of_day(self.from, self.time_zone)..start_of_day(self.to + Days::new(1), self.time_zone)
    }

    /// Whether all days of a bucket lie in the range and are over.
    pub(super) fn completes(&self, bucket: &Range<NaiveDate>, as_of: DateTime<Utc>) -> bool {
        let inside = self.from <= bucket.start && bucket.end <= self.to + Days::new(1);
        inside && start_of_day(bucket.end, self.time_zone) <= as_of
    }

    /// The first instant of each bucket, cut to the range, and the first instant after the last.
    pub(super) fn bounds(&self) -> Vec<DateTime<Utc>> {
        let starts = self.buckets().map(|bucket| start_of_day(bucket.start.max(self.from), self.time_zone));
        starts.chain([self.instants().end]).collect()
    }
}

fn first_of_default(period: Period, to: NaiveDate) -> NaiveDate {
    (1..PeriodRange::DEFAULT_BUCKETS).fold(period.bucket(to).start, |first, _| {
        first.pred_opt().map_or(first, |before| period.bucket(before).start)
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use madang_domain::calendar::local_day;
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(period: Period, from: &str, to: &str) -> Result<PeriodRange, RangeProblem> {
        PeriodRange::new(period, Some(day(from)), Some(day(to)), TimeZone::SEOUL, day("2026-03-04"))
    }

    /// In which bucket an instant is counted.
    fn place(range: &PeriodRange, at: DateTime<Utc>) -> Option<usize> {
        range.bounds().windows(2).position(|pair| pair[0] <= at && at < pair[1])
    }

    #[test]
    fn without_days_a_report_covers_the_last_twelve_weeks_or_months() {
        let today = day("2026-03-04");
        for (period, first) in [(Period::Weekly, "2025-12-15"), (Period::Monthly, "2025-04-01")] {
            let range = PeriodRange::new(period, None, None, TimeZone::SEOUL, today).unwrap();
            assert_eq!((range.from(), range.to()), (day(first), today));
            assert_eq!(range.buckets().count(), 12);
        }
    }

    #[test]
    fn a_last_day_alone_ends_twelve_buckets() {
        let to = Some(day("2025-12-31"));
        let months = PeriodRange::new(Period::Monthly, None, to, TimeZone::SEOUL, day("2026-03-04")).unwrap();
        assert_eq!((months.from(), months.buckets().count()), (day("2025-01-01"), 12));
    }

    #[test]
    fn five_years_of_weeks_and_ten_of_months_are_the_most() {
        assert!(range(Period::Weekly, "2021-03-08", "2026-03-01").is_ok());
        assert_eq!(
            range(Period::Weekly, "2021-03-07", "2026-03-01"),
            Err(RangeProblem::TooLong { max: 260 })
        );
        assert!(range(Period::Monthly, "2016-01-31", "2025-12-01").is_ok());
        assert_eq!(
            range(Period::Monthly, "2015-12-31", "2025-12-01"),
            Err(RangeProblem::TooLong { max: 120 })
        );
    }

    #[test]
    fn days_out_of_order_or_out_of_the_calendar_are_refused() {
        assert_eq!(range(Period::Weekly, "2026-03-02", "2026-03-01"), Err(RangeProblem::Reversed));
        for (from, to) in
            [("1899-12-31", "1900-01-01"), ("2999-12-31", "3000-01-01"), ("-0500-01-01", "-0500-01-02")]
        {
            assert_eq!(range(Period::Monthly, from, to), Err(RangeProblem::OutOfCalendar), "{from}");
        }
        assert!(range(Period::Weekly, "2999-12-01", "2999-12-31").is_ok());
        assert!(range(Period::Monthly, "1900-01-01", "1900-01-01").is_ok());
    }

    #[test]
    fn half_past_midnight_on_monday_in_seoul_is_still_sunday_in_utc() {
        let monday_in_seoul: DateTime<Utc> = "2026-03-01T15:30:00Z".parse().unwrap();
        let counted_in = |tz: &str| {
            let (from, to) = (Some(day("2026-02-23")), Some(day("2026-03-08")));
            let tz = TimeZone::parse(tz).unwrap();
            let range = PeriodRange::new(Period::Weekly, from, to, tz, day("2026-03-08")).unwrap();
            place(&range, monday_in_seoul)
        };
        assert_eq!((counted_in("Asia/Seoul"), counted_in("UTC")), (Some(1), Some(0)));
    }

    #[test]
    fn a_bucket_is_complete_once_its_days_are_over_and_none_is_cut_off() {
        let range = range(Period::Weekly, "2026-02-25", "2026-03-14").unwrap();
        let complete = |as_of: &str| {
            let as_of = as_of.parse().unwrap();
            range.buckets().map(|bucket| range.completes(&bucket, as_of)).collect::<Vec<_>>()
        };
        assert_eq!(complete("2026-03-08T14:59:59Z"), [false, false, false]);
        assert_eq!(complete("2026-03-08T15:00:00Z"), [false, true, false]);
        assert_eq!(complete("2030-01-01T00:00:00Z"), [false, true, false]);
    }

    prop_compose! {
        fn cut_range()(
            weekly in any::<bool>(),
            first in 0u64..20_000,
            length in 0u64..800,
            zone in prop::sample::select(vec!["Asia/Seoul", "UTC", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"]),
        ) -> PeriodRange {
            let period = if weekly { Period::Weekly } else { Period::Monthly };
            let from = day("1975-01-01") + Days::new(first);
            PeriodRange::new(period, Some(from), Some(from + Days::new(length)), TimeZone::parse(zone).unwrap(), from)
                .unwrap()
        }
    }

    proptest! {
        #[test]
        fn every_instant_of_the_range_is_in_the_bucket_of_its_day(range in cut_range(), part in 0i64..1_000_000) {
            let Range { start, end } = range.instants();
            let at = start + TimeDelta::seconds((end - start).num_seconds() / 1_000_000 * part);
            let day = local_day(at, range.time_zone());
            let bucket = place(&range, at).and_then(|place| range.buckets().nth(place));
            prop_assert!(bucket.is_some_and(|bucket| bucket.contains(&day)), "{day}");
        }

        #[test]
        fn the_bounds_go_from_the_first_instant_to_the_last(range in cut_range()) {
            let (bounds, Range { start, end }) = (range.bounds(), range.instants());
            prop_assert_eq!((bounds.first(), bounds.last()), (Some(&start), Some(&end)));
            prop_assert!(bounds.is_sorted());
            prop_assert_eq!(bounds.len(), range.buckets().count() + 1);
            prop_assert_eq!((place(&range, start - TimeDelta::seconds(1)), place(&range, end)), (None, None));
        }

        #[test]
        fn the_buckets_cover_the_range_without_gap_or_overlap(range in cut_range()) {
            let buckets: Vec<_> = range.buckets().collect();
            prop_assert!(buckets.first().unwrap().contains(&range.from()));
            prop_assert!(buckets.last().unwrap().contains(&range.to()));
            prop_assert!(buckets.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }
}
