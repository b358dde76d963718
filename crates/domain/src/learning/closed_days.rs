//! Days on which nothing is taught, and what is told of those that a plan left out.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::public_holidays;

/// Days that a plan leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosedDays {
    /// The organisation's own.
    pub own: BTreeSet<NaiveDate>,
    /// Whether the public holidays of Korea are left out too.
    pub public_holidays: bool,
}

/// A day that a plan left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedDay {
    /// The day.
    pub day: NaiveDate,
    /// The public holiday; `None` for a closed day of the organisation.
    pub holiday: Option<&'static str>,
}

impl ClosedDays {
    /// All of them.
    pub fn days(&self) -> BTreeSet<NaiveDate> {
        let public = public_holidays::all().filter(|_| self.public_holidays);
        self.own.iter().copied().chain(public).collect()
    }

    /// Why these days were left out.
    pub fn skipped(&self, days: Vec<NaiveDate>) -> Vec<SkippedDay> {
        let holiday = |day| public_holidays::name_of(day).filter(|_| self.public_holidays);
        days.into_iter().map(|day| SkippedDay { day, holiday: holiday(day) }).collect()
    }

    /// The years of these days whose public holidays are asked for and not known.
    pub fn unpublished(&self, days: impl IntoIterator<Item = NaiveDate>) -> Vec<i32> {
        let years: BTreeSet<i32> = days.into_iter().map(|day| day.year()).collect();
        years
            .into_iter()
            .filter(|year| self.public_holidays && !public_holidays::years().contains(year))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn public_holidays_are_left_out_only_when_they_are_asked_for() {
        let own = BTreeSet::from([day("2026-03-02"), day("2026-03-04")]);
        let mine = ClosedDays { own: own.clone(), public_holidays: false };
        let both = ClosedDays { own: own.clone(), public_holidays: true };
        assert_eq!(mine.days(), own);
        assert!(both.days().contains(&day("2026-05-05")) && both.days().contains(&day("2026-03-04")));
        let days = vec![day("2026-03-02"), day("2026-03-04")];
        let told = |closed: &ClosedDays| -> Vec<_> {
            closed.skipped(days.clone()).iter().map(|one| one.holiday).collect()
        };
        assert_eq!(told(&mine), [None, None]);
        assert_eq!(told(&both), [Some("대체공휴일(삼일절)"), None]);
    }

    #[test]
    fn years_whose_holidays_are_not_published_are_told() {
        let closed = ClosedDays { own: BTreeSet::new(), public_holidays: true };
        let days = ["2026-03-02", "2027-03-02", "2028-01-04", "2028-03-02"].map(day);
        assert_eq!(closed.unpublished(days), [2028]);
        assert!(ClosedDays::default().unpublished(days).is_empty());
    }
}
