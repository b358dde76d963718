//! Tallies added up, and the rate that the rule makes of the sum.

use std::{iter::Sum, ops::AddAssign};

use madang_domain::attendance::{AttendanceRule, Fraction, LearnerTally, LectureTally, Tally};

/// The rule of every rate, until classes pin their own.
pub(super) const RULE: AttendanceRule = AttendanceRule::LECTURE_80;

/// What was counted, and the rate that a rule makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Marks by status, and how many there should be.
    pub tally: Tally,
    /// Lectures that were counted: those that have begun and at which somebody was expected.
    pub lectures: u64,
    /// The rate; `None` while nothing is expected or nothing is recorded.
    pub rate: Option<Rate>,
}

/// A rate with the rule that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The exact share.
    pub share: Fraction,
    /// The rule.
    pub rule: AttendanceRule,
}

/// What was counted, before a rule looks at it; counts add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    pub(super) tally: Tally,
    pub(super) lectures: u64,
}

impl Count {
    pub(super) fn figures(self) -> Figures {
        let rate = RULE.rate(&self.tally).map(|share| Rate { share, rule: RULE });
        Figures { tally: self.tally, lectures: self.lectures, rate }
    }
}

impl From<&LectureTally> for Count {
    fn from(one: &LectureTally) -> Self {
        Self { tally: one.tally, lectures: 1 }
    }
}

impl From<&LearnerTally> for Count {
    /// One learner is expected once at each lecture.
    fn from(one: &LearnerTally) -> Self {
        Self { tally: one.tally, lectures: one.tally.expected }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.tally += other.tally;
        self.lectures += other.lectures;
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

/// What was counted over all of these.
pub(super) fn count<'a, T>(tallies: &'a [T]) -> Count
where
    Count: From<&'a T>,
{
    tallies.iter().map(Count::from).sum()
}
