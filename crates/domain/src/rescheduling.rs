//! Moving a series of times by some days, around days on which nothing takes place.
//!
//! Knows nothing of lectures, like `recurrence`: it takes the instants at which something begins and gives as many others.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::calendar::{TimeZone, local_day, shift_days};

/// Times after they were moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescheduled {
    /// As many as there were, in order of time.
    pub starts: Vec<DateTime<Utc>>,
    /// The days that were left out, in order.
    pub skipped: Vec<NaiveDate>,
}

/// Moves times by some days, at the same time of day.
///
/// What would fall on a closed day takes the next free place, and so do all after it, so that the order stays: the series
/// then goes on past its end in the pattern of its last week.
pub fn reschedule(
    mut starts: Vec<DateTime<Utc>>,
    days: i64,
    closed: &BTreeSet<NaiveDate>,
    tz: TimeZone,
) -> Rescheduled {
    starts.sort_unstable();
    let wanted = starts.len();
    let places: Vec<DateTime<Utc>> = starts.iter().map(|start| shift_days(*start, days, tz)).collect();
    let mut moved = Rescheduled { starts: Vec::with_capacity(wanted), skipped: Vec::new() };
    let Some(last) = places.last().copied() else { return moved };
    let last_week: Vec<DateTime<Utc>> =
        places.iter().copied().filter(|place| *place > last - TimeDelta::weeks(1)).collect();
    let later =
        (1_i64..).flat_map(|week| last_week.iter().map(move |place| shift_days(*place, week * 7, tz)));
    // Closed days are finitely many, so places are found.
    for place in places.iter().copied().chain(later) {
        if moved.starts.len() == wanted {
            break;
        }
        let day = local_day(place, tz);
        if !closed.contains(&day) {
            moved.starts.push(place);
        } else if moved.skipped.last() != Some(&day) {
            moved.skipped.push(day);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Tuesdays and Thursdays of March 2026, 19:00 in Seoul.
    fn evenings() -> Vec<DateTime<Utc>> {
        ["2026-03-03T10:00:00Z", "2026-03-05T10:00:00Z", "2026-03-10T10:00:00Z", "2026-03-12T10:00:00Z"]
            .map(at)
            .into()
    }

    fn days_of(moved: &Rescheduled) -> Vec<String> {
        moved.starts.iter().map(|start| start.format("%m-%d %H:%M").to_string()).collect()
    }

    #[test]
    fn without_closed_days_everything_moves_alike() {
        let moved = reschedule(evenings(), 28, &BTreeSet::new(), TimeZone::SEOUL);
        assert_eq!(days_of(&moved), ["03-31 10:00", "04-02 10:00", "04-07 10:00", "04-09 10:00"]);
        assert!(moved.skipped.is_empty());
    }

    #[test]
    fn what_falls_on_a_closed_day_and_all_after_it_take_the_next_place_of_the_pattern() {
        let closed = BTreeSet::from([day("2026-04-02"), day("2026-04-14"), day("2026-12-25")]);
        let moved = reschedule(evenings(), 28, &closed, TimeZone::SEOUL);
        assert_eq!(days_of(&moved), ["03-31 10:00", "04-07 10:00", "04-09 10:00", "04-16 10:00"]);
        assert_eq!(moved.skipped, [day("2026-04-02"), day("2026-04-14")]);
    }

    #[test]
    fn nothing_stays_nothing() {
        let moved = reschedule(Vec::new(), 7, &BTreeSet::from([day("2026-04-02")]), TimeZone::SEOUL);
        assert_eq!(moved, Rescheduled { starts: Vec::new(), skipped: Vec::new() });
    }

    proptest! {
        #[test]
        fn as_many_as_before_in_order_and_none_on_a_closed_day(
            offsets in prop::collection::btree_set(0i64..60, 1..20),
            days in -400i64..400,
            closed in prop::collection::btree_set(0u64..80, 0..40),
        ) {
            let starts: Vec<_> = offsets.iter().map(|offset| at("2026-03-03T10:00:00Z") + TimeDelta::days(*offset)).collect();
            let first = local_day(shift_days(starts[0], days, TimeZone::SEOUL), TimeZone::SEOUL);
            let closed: BTreeSet<NaiveDate> = closed.into_iter().map(|offset| first + chrono::Days::new(offset)).collect();
            let moved = reschedule(starts.clone(), days, &closed, TimeZone::SEOUL);
            prop_assert_eq!(moved.starts.len(), starts.len());
            prop_assert!(moved.starts.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(moved.starts.iter().all(|start| !closed.contains(&local_day(*start, TimeZone::SEOUL))));
            prop_assert!(moved.skipped.iter().all(|day| closed.contains(day)));
        }
    }
}
