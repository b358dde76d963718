//! The public holidays of Korea (공휴일), substitute days (대체공휴일) included, as they were published.
//!
//! They are data, not rules: lunar days, elections and days that the government adds can't be worked out here. The data, and from
//! which law each day follows, are in `public_holidays.csv`, which a new year is appended to once it has been published.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::LazyLock};

use chrono::{Datelike, NaiveDate};

static KOREA: LazyLock<BTreeMap<NaiveDate, &'static str>> =
    LazyLock::new(|| include_str!("public_holidays.csv").lines().filter_map(day_and_name).collect());

/// Lines that are no day are remarks.
fn day_and_name(line: &'static str) -> Option<(NaiveDate, &'static str)> {
    let (day, name) = line.split_once(',')?;
    Some((day.parse().ok()?, name))
}

/// What is celebrated on a day; `None` where it is no public holiday.
pub fn name_of(day: NaiveDate) -> Option<&'static str> {
    KOREA.get(&day).copied()
}

/// Every public holiday that is known, in order.
pub fn all() -> impl Iterator<Item = NaiveDate> {
    KOREA.keys().copied()
}

/// The years whose public holidays are known.
pub fn years() -> RangeInclusive<i32> {
    let year = |day: Option<(&NaiveDate, _)>| day.map_or(0, |(day, _)| day.year());
    year(KOREA.first_key_value())..=year(KOREA.last_key_value())
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_line_is_a_remark_or_a_day_with_a_name() {
        let lines = include_str!("public_holidays.csv").lines().filter(|line| !line.starts_with('#'));
        let days: Vec<NaiveDate> = lines.map(|line| day_and_name(line).unwrap().0).collect();
        assert!(days.is_sorted_by(|one, next| one < next));
        assert_eq!(days.len(), all().count());
        assert_eq!(years(), 2004..=2027);
        for year in years() {
            assert!((13..=25).contains(&days.iter().filter(|day| day.year() == year).count()), "{year}");
        }
    }

    #[test]
    fn feasts_of_the_moon_and_days_that_the_government_adds_are_known() {
        for (text, name) in [
            ("2026-02-17", "설날"),
            ("2026-09-25", "추석"),
            ("2026-05-24", "부처님오신날"),
            ("2026-06-03", "전국동시지방선거"),
            ("2025-01-27", "임시공휴일"),
            ("2026-03-01", "삼일절"),
        ] {
            assert_eq!(name_of(day(text)), Some(name), "{text}");
        }
        assert_eq!(name_of(day("2026-03-03")), None);
    }

    #[test]
    fn a_feast_on_a_sunday_gives_a_substitute_day() {
        assert_eq!(day("2026-03-01").weekday(), Weekday::Sun);
        assert_eq!(name_of(day("2026-03-02")), Some("대체공휴일(삼일절)"));
        assert_eq!(name_of(day("2027-12-27")), Some("대체공휴일(기독탄신일)"));
    }
}
