//! How many places a class has left, and from which day on.
//!
//! Ends of places are known days, so a place that will be given up can be given on for the time after at once. Who begins
//! later than today takes a place from today on: planning ahead never ends in a crowded room.

use chrono::NaiveDate;

use super::EnrolmentPeriod;

/// The places of learners in a class that have not ended by a day, and how many wait for one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// How many learners stay until this day, without it; `None` for those without an end.
    pub ends: Vec<(Option<NaiveDate>, u64)>,
    /// How many wait.
    pub waiting: u64,
}

/// The places of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    capacity: Option<u64>,
    today: NaiveDate,
    taken: Taken,
}

impl Seats {
    /// The places of a class for `capacity` learners, of which these are taken; `None` means as many as come.
    pub fn new(capacity: Option<i32>, today: NaiveDate, taken: Taken) -> Self {
        Self { capacity: capacity.map(|number| u64::from(number.unsigned_abs())), today, taken }
    }

    /// How many wait.
    pub fn waiting(&self) -> u64 {
        self.taken.waiting
    }

    /// One more waits; tells how many do now.
    pub fn queue(&mut self) -> u64 {
        self.taken.waiting += 1;
        self.taken.waiting
    }

    /// Whether a learner with this period needs one of the places from today on.
    pub fn are_needed_for(&self, period: EnrolmentPeriod) -> bool {
        period.left_on().is_none_or(|left| left > self.today && left > period.enrolled_on())
    }

    /// Whether there is a place for a learner with this period.
    pub fn have_room_for(&self, period: EnrolmentPeriod) -> bool {
        let Some(capacity) = self.capacity else { return true };
        !self.are_needed_for(period) || self.taken_on(period.enrolled_on().max(self.today)) < capacity
    }

    /// Gives a place away.
    pub fn take(&mut self, period: EnrolmentPeriod) {
        if !self.are_needed_for(period) {
            return;
        }
        match self.taken.ends.iter_mut().find(|(end, _)| *end == period.left_on()) {
            Some((_, count)) => *count += 1,
            None => self.taken.ends.push((period.left_on(), 1)),
        }
    }

    /// Gives a place to one of those who wait.
    pub fn serve(&mut self, period: EnrolmentPeriod) {
        self.taken.waiting = self.taken.waiting.saturating_sub(1);
        self.take(period);
    }

    /// Takes a place back.
    pub fn give_back(&mut self, period: EnrolmentPeriod) {
        if !self.are_needed_for(period) {
            return;
        }
        if let Some((_, count)) = self.taken.ends.iter_mut().find(|(end, _)| *end == period.left_on()) {
            *count = count.saturating_sub(1);
        }
    }

    /// The first day from today on from which a place is free for good.
    pub fn first_free_day(&self) -> Option<NaiveDate> {
        let Some(capacity) = self.capacity else { return Some(self.today) };
        let ends = self.taken.ends.iter().filter_map(|(end, _)| *end);
        let mut days: Vec<NaiveDate> = ends.chain([self.today]).filter(|day| *day >= self.today).collect();
        days.sort_unstable();
        days.into_iter().find(|day| self.taken_on(*day) < capacity)
    }

    /// How many more learners can be given a place without an end, now or once somebody has left.
    pub fn free_for_good(&self) -> u64 {
        let Some(capacity) = self.capacity else { return u64::MAX };
        let stay: u64 = self.taken.ends.iter().filter(|(end, _)| end.is_none()).map(|(_, count)| count).sum();
        capacity.saturating_sub(stay)
    }

    /// How many of the places are taken on this day, which is today or later.
    fn taken_on(&self, day: NaiveDate) -> u64 {
        let holds = |end: &Option<NaiveDate>| end.is_none_or(|end| day < end);
        self.taken.ends.iter().filter(|(end, _)| holds(end)).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(from: &str, until: Option<&str>) -> EnrolmentPeriod {
        EnrolmentPeriod::new(day(from), until.map(day)).unwrap()
    }

    fn seats(capacity: Option<i32>, ends: &[(Option<&str>, u64)]) -> Seats {
        let ends = ends.iter().map(|(end, count)| (end.map(day), *count)).collect();
        Seats::new(capacity, day("2026-09-01"), Taken { ends, waiting: 0 })
    }

    #[test]
    fn a_class_without_a_capacity_has_room_for_all() {
        let seats = seats(None, &[(None, 1_000)]);
        assert!(seats.have_room_for(period("2026-09-01", None)));
        assert_eq!(seats.first_free_day(), Some(day("2026-09-01")));
    }

    #[test]
    fn a_place_that_will_be_given_up_is_free_from_that_day_on() {
        let seats = seats(Some(2), &[(None, 1), (Some("2026-10-01"), 1)]);
        assert!(!seats.have_room_for(period("2026-09-01", None)));
        assert!(!seats.have_room_for(period("2026-09-30", None)));
        assert!(seats.have_room_for(period("2026-10-01", None)));
        assert_eq!(seats.first_free_day(), Some(day("2026-10-01")));
        assert_eq!(seats.free_for_good(), 1);
    }

    #[test]
    fn who_begins_later_takes_a_place_from_today_on() {
        let mut seats = seats(Some(1), &[]);
        seats.take(period("2026-12-01", None));
        assert!(!seats.have_room_for(period("2026-09-01", Some("2026-10-01"))));
        assert_eq!((seats.first_free_day(), seats.free_for_good()), (None, 0));
    }

    #[test]
    fn what_is_over_or_empty_needs_no_place() {
        let mut seats = seats(Some(1), &[(None, 1)]);
        for past in [period("2026-06-01", Some("2026-09-01")), period("2026-10-01", Some("2026-10-01"))] {
            assert!(seats.have_room_for(past));
            seats.take(past);
        }
        seats.give_back(period("2026-06-01", None));
        assert!(seats.have_room_for(period("2026-09-01", None)));
    }

    #[test]
    fn more_than_the_capacity_leaves_nothing_until_enough_have_left() {
        let seats = seats(Some(1), &[(None, 1), (Some("2026-10-01"), 2)]);
        assert_eq!((seats.first_free_day(), seats.free_for_good()), (None, 0));
    }
}
