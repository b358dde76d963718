//! The statuses of a mark, how many there are of each, and the exact fraction and verdict that a policy makes of them.

use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// What was recorded about one learner at one lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttendanceStatus {
    /// There from beginning to end (출석).
    Present,
    /// Came after the beginning (지각).
    Late,
    /// Left before the end (조퇴).
    EarlyLeave,
    /// Missing with leave (공결).
    Excused,
    /// Missing (결석).
    Absent,
}

impl AttendanceStatus {
    /// Every status, in the order in which counts are shown.
    pub const ALL: [Self; 5] = [Self::Present, Self::Late, Self::EarlyLeave, Self::Excused, Self::Absent];

    /// The name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::EarlyLeave => "early_leave",
            Self::Excused => "excused",
            Self::Absent => "absent",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl fmt::Display for AttendanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many marks of each status there are, and how many marks there should be.
///
/// Tallies of learners, lectures and classes add up to those of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Marks `present`.
    pub present: u64,
    /// Marks `late`.
    pub late: u64,
    /// Marks `early_leave`.
    pub early_leave: u64,
    /// Marks `excused`.
    pub excused: u64,
    /// Marks `absent`.
    pub absent: u64,
    /// Pairs of a lecture held and a learner enrolled at its time.
    pub expected: u64,
}

impl Tally {
    /// Counts one more mark; what is expected stays.
    pub const fn record(&mut self, status: AttendanceStatus) {
        let count = match status {
            AttendanceStatus::Present => &mut self.present,
            AttendanceStatus::Late => &mut self.late,
            AttendanceStatus::EarlyLeave => &mut self.early_leave,
            AttendanceStatus::Excused => &mut self.excused,
            AttendanceStatus::Absent => &mut self.absent,
        };
        *count += 1;
    }

    /// Counts a learner who is expected as excused instead of as what was marked; who came in time all the same is present.
    pub const fn excuse(&mut self, mark: Option<AttendanceStatus>) {
        let count = match mark {
            Some(AttendanceStatus::Present | AttendanceStatus::Excused) => return,
            Some(AttendanceStatus::Late) => &mut self.late,
            Some(AttendanceStatus::EarlyLeave) => &mut self.early_leave,
            Some(AttendanceStatus::Absent) => &mut self.absent,
            None => {
                self.excused += 1;
                return;
            }
        };
        *count = count.saturating_sub(1);
        self.excused += 1;
    }

    /// How many marks of a status there are.
    pub const fn count(&self, status: AttendanceStatus) -> u64 {
        match status {
            AttendanceStatus::Present => self.present,
            AttendanceStatus::Late => self.late,
            AttendanceStatus::EarlyLeave => self.early_leave,
            AttendanceStatus::Excused => self.excused,
            AttendanceStatus::Absent => self.absent,
        }
    }

    /// How many marks there are.
    pub const fn recorded(&self) -> u64 {
        self.present + self.late + self.early_leave + self.excused + self.absent
    }

    /// How many marks are missing; 0 when there are more than expected.
    pub const fn unmarked(&self) -> u64 {
        self.expected.saturating_sub(self.recorded())
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            present: self.present + other.present,
            late: self.late + other.late,
            early_leave: self.early_leave + other.early_leave,
            excused: self.excused + other.excused,
            absent: self.absent + other.absent,
            expected: self.expected + other.expected,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

/// Whether a learner attended enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The threshold is reached.
    Met,
    /// The threshold is not reached.
    NotMet,
    /// There is nothing yet to judge by.
    Undecided,
}

impl Verdict {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::Undecided => "undecided",
        }
    }
}

/// An exact share, kept as it was counted: 16/20 is not written as 4/5, but equals it.
#[derive(Debug, Clone, Copy)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

impl Fraction {
    /// Four fifths, the usual threshold of completion in Korea.
    pub const FOUR_FIFTHS: Self = Self { numerator: 4, denominator: 5 };

    /// A fraction, or `None` when the denominator is 0.
    pub const fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 { None } else { Some(Self { numerator, denominator }) }
    }

    /// What was reached.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// What could have been reached; never 0.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// The percentage for people, rounded half up to at most nine decimals: 5/6 is `83.3` with one.
    ///
    /// For display only: 7999/10000 reads `80` without decimals and is less than four fifths.
    pub fn percent_text(self, decimals: u8) -> String {
        let denominator = u128::from(self.denominator);
        written(decimals, |scale| {
            (u128::from(self.numerator) * 100 * scale * 2 + denominator) / (denominator * 2)
        })
    }

    /// The percentage for people, cut off behind at most nine decimals: 5/6 is `83.3` and 2/3 is `66.6` with one.
    pub fn percent_text_down(self, decimals: u8) -> String {
        written(decimals, |scale| u128::from(self.numerator) * 100 * scale / u128::from(self.denominator))
    }
}

fn written(decimals: u8, scaled: impl FnOnce(u128) -> u128) -> String {
    let decimals = usize::from(decimals.min(9));
    let scale = (0..decimals).fold(1_u128, |scale, _| scale * 10);
    let number = scaled(scale);
    let (whole, rest) = (number / scale, number % scale);
    if decimals == 0 { whole.to_string() } else { format!("{whole}.{rest:0decimals$}") }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let this = u128::from(self.numerator) * u128::from(other.denominator);
        let that = u128::from(other.numerator) * u128::from(self.denominator);
        this.cmp(&that)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fraction(numerator: u64, denominator: u64) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn every_status_parses_from_its_own_name() {
        for status in AttendanceStatus::ALL {
            assert_eq!(AttendanceStatus::parse(&status.to_string()), Some(status));
        }
        assert_eq!(AttendanceStatus::parse("early_leave"), Some(AttendanceStatus::EarlyLeave));
        assert_eq!(AttendanceStatus::parse("Present"), None);
    }

    #[test]
    fn what_is_expected_and_not_recorded_is_unmarked() {
        let mut tally = Tally { expected: 3, ..Tally::default() };
        tally.record(AttendanceStatus::Present);
        tally.record(AttendanceStatus::Late);
        assert_eq!((tally.recorded(), tally.unmarked()), (2, 1));
        for status in AttendanceStatus::ALL {
            tally.record(status);
        }
        assert_eq!((tally.recorded(), tally.unmarked()), (7, 0));
        assert_eq!(AttendanceStatus::ALL.map(|status| tally.count(status)), [2, 2, 1, 1, 1]);
    }

    #[test]
    fn a_percentage_is_rounded_half_up() {
        assert_eq!(fraction(5, 6).percent_text(1), "83.3");
        assert_eq!(fraction(2, 3).percent_text(0), "67");
        assert_eq!(fraction(2, 3).percent_text_down(0), "66");
        assert_eq!(fraction(5, 6).percent_text_down(2), "83.33");
        assert_eq!(fraction(1, 8).percent_text(0), "13");
        assert_eq!(fraction(1, 8).percent_text(1), "12.5");
        assert_eq!(fraction(1, 1000).percent_text(1), "0.1");
        assert_eq!(fraction(1, 2000).percent_text(1), "0.1");
        assert_eq!(fraction(0, 7).percent_text(2), "0.00");
        assert_eq!(fraction(7, 7).percent_text(1), "100.0");
        assert_eq!(fraction(16, 20).percent_text(3), "80.000");
        assert_eq!(fraction(u64::MAX, u64::MAX).percent_text(200), "100.000000000");
    }

    #[test]
    fn a_fraction_equals_its_reduced_form_and_keeps_its_own() {
        assert_eq!(fraction(16, 20), Fraction::FOUR_FIFTHS);
        assert_eq!(fraction(16, 20).to_string(), "16/20");
        assert!(fraction(7999, 10000) < Fraction::FOUR_FIFTHS);
        assert!(fraction(u64::MAX, u64::MAX - 1) > fraction(u64::MAX - 1, u64::MAX));
        assert!(Fraction::new(1, 0).is_none());
    }

    proptest! {
        #[test]
        fn marks_count_the_same_in_any_order(mut marks in prop::collection::vec(0usize..5, 0..50), turn in 0usize..50) {
            let count = |marks: &[usize]| marks.iter().fold(Tally::default(), |mut tally, mark| {
                tally.record(AttendanceStatus::ALL[*mark]);
                tally
            });
            let before = count(&marks);
            let turn = turn.min(marks.len());
            marks.rotate_left(turn);
            prop_assert_eq!(count(&marks), before);
            marks.reverse();
            prop_assert_eq!(count(&marks), before);
        }
    }
}
