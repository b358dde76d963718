//! Attendance rules as data: what each status is worth, and which share is enough.
//!
//! A rule has a name, because every figure that Madang shows says which rule made it. The same learner gets 75 % to
//! 89 % by rules in use elsewhere, so a figure without its rule means nothing.

use super::rate::{AttendanceStatus, Fraction, Tally};

/// How much of a lecture each status is credited, in parts of `full`; none is more than `full`.
///
/// `full: 2, late: 1` credits half a lecture for being late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credits {
    /// The parts of a lecture attended in full; at least 1.
    pub full: u64,
    /// For `present`.
    pub present: u64,
    /// For `late`.
    pub late: u64,
    /// For `early_leave`.
    pub early_leave: u64,
    /// For `excused`.
    pub excused: u64,
    /// For `absent`.
    pub absent: u64,
    /// For a lecture held without a mark.
    pub unmarked: u64,
}

impl Credits {
    /// The parts credited for a mark.
    pub const fn of(&self, status: AttendanceStatus) -> u64 {
        match status {
            AttendanceStatus::Present => self.present,
            AttendanceStatus::Late => self.late,
            AttendanceStatus::EarlyLeave => self.early_leave,
            AttendanceStatus::Excused => self.excused,
            AttendanceStatus::Absent => self.absent,
        }
    }
}

/// A rule that turns counts of marks into a rate and a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttendanceRule {
    /// The stable name in the API.
    pub name: &'static str,
    /// The name for people, in Korean.
    pub title: &'static str,
    /// What each status is worth.
    pub credits: Credits,
    /// The rate that is enough when it is reached.
    pub threshold: Fraction,
}

/// Whether a learner attended enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl AttendanceRule {
    /// Every lecture held while the learner was enrolled counts once, and four fifths of them are enough.
    ///
    /// Late, left early and excused are credited like present; absent and unmarked are not. The usual rule of
    /// lifelong-learning centres for courses of culture, photography or health.
    pub const LECTURE_80: Self = Self {
        name: "lecture-80",
        title: "차시 기준 80%",
        credits: Credits { full: 1, present: 1, late: 1, early_leave: 1, excused: 1, absent: 0, unmarked: 0 },
        threshold: Fraction::FOUR_FIFTHS,
    };

    /// The credited parts over the parts that could be credited.
    ///
    /// `None` while nothing is expected or nothing is recorded: an unmarked class has no rate, neither 0 nor 100 %.
    /// Marks beyond what is expected enlarge the whole, so that no rate exceeds 100 %.
    pub fn rate(&self, tally: &Tally) -> Option<Fraction> {
        if tally.expected == 0 || tally.recorded() == 0 {
            return None;
        }
        let marked =
            AttendanceStatus::ALL.into_iter().map(|status| tally.count(status) * self.credits.of(status));
        let credited = marked.sum::<u64>() + tally.unmarked() * self.credits.unmarked;
        Fraction::new(credited, tally.expected.max(tally.recorded()) * self.credits.full)
    }

    /// Compares the exact rate with the threshold.
    pub fn verdict(&self, tally: &Tally) -> Verdict {
        match self.rate(tally) {
            None => Verdict::Undecided,
            Some(rate) if rate >= self.threshold => Verdict::Met,
            Some(_) => Verdict::NotMet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: AttendanceRule = AttendanceRule::LECTURE_80;
    const HALF_FOR_LATE: AttendanceRule = AttendanceRule {
        name: "half-for-late",
        title: "지각 절반 인정",
        credits: Credits { full: 2, present: 2, late: 1, early_leave: 1, excused: 2, absent: 0, unmarked: 0 },
        threshold: Fraction::FOUR_FIFTHS,
    };

    fn tally() -> impl Strategy<Value = Tally> {
        (prop::array::uniform5(0u64..200), 0u64..200).prop_map(
            |([present, late, early_leave, excused, absent], unmarked)| {
                let tally = Tally { present, late, early_leave, excused, absent, expected: 0 };
                Tally { expected: tally.recorded() + unmarked, ..tally }
            },
        )
    }

    #[test]
    fn sixteen_of_twenty_is_exactly_eighty_percent_and_enough() {
        let tally = Tally { present: 12, late: 2, early_leave: 1, excused: 1, absent: 3, expected: 20 };
        let rate = RULE.rate(&tally).unwrap();
        assert_eq!((rate.numerator(), rate.denominator()), (16, 20));
        assert_eq!(rate.percent_text(1), "80.0");
        assert_eq!(RULE.verdict(&tally), Verdict::Met);
    }

    #[test]
    fn one_mark_less_than_four_fifths_is_not_enough() {
        let tally = Tally { present: 15, absent: 5, expected: 20, ..Tally::default() };
        assert_eq!(RULE.verdict(&tally), Verdict::NotMet);
        let nearly = Tally { present: 79_999, absent: 20_001, expected: 100_000, ..Tally::default() };
        assert_eq!(RULE.rate(&nearly).unwrap().percent_text(1), "80.0");
        assert_eq!(RULE.verdict(&nearly), Verdict::NotMet);
    }

    #[test]
    fn an_unmarked_lecture_counts_like_an_absence() {
        let tally = Tally { present: 3, expected: 4, ..Tally::default() };
        assert_eq!(RULE.rate(&tally), Fraction::new(3, 4));
    }

    #[test]
    fn nothing_recorded_yet_is_neither_0_nor_100_percent() {
        for expected in [0, 20] {
            let tally = Tally { expected, ..Tally::default() };
            assert!(RULE.rate(&tally).is_none());
            assert_eq!(RULE.verdict(&tally), Verdict::Undecided);
        }
    }

    #[test]
    fn half_credit_for_late_gives_the_figure_of_the_eight_answers() {
        // 12 present, 4 late, 1 early leave, 1 excused, 1 absent, 1 not marked: 77.5 %.
        let tally = Tally { present: 12, late: 4, early_leave: 1, excused: 1, absent: 1, expected: 20 };
        assert_eq!(HALF_FOR_LATE.rate(&tally).unwrap().to_string(), "31/40");
        assert_eq!(HALF_FOR_LATE.rate(&Tally { excused: 0, ..tally }).unwrap().to_string(), "29/40");
        assert_eq!(HALF_FOR_LATE.rate(&tally).unwrap().percent_text(1), "77.5");
    }

    #[test]
    fn marks_beyond_the_expected_never_exceed_100_percent() {
        let tally = Tally { present: 13, expected: 12, ..Tally::default() };
        assert_eq!(RULE.rate(&tally), Fraction::new(1, 1));
    }

    proptest! {
        #[test]
        fn an_added_present_never_lowers_the_rate(tally in tally()) {
            for rule in [RULE, HALF_FOR_LATE] {
                let before = rule.rate(&tally);
                let mut in_place_of_nothing = tally;
                in_place_of_nothing.record(AttendanceStatus::Present);
                let one_more_lecture = Tally { expected: tally.expected + 1, ..in_place_of_nothing };
                prop_assert!(rule.rate(&in_place_of_nothing) >= before);
                prop_assert!(rule.rate(&one_more_lecture) >= before);
            }
        }

        #[test]
        fn a_rate_lies_between_nothing_and_everything(tally in tally()) {
            for rate in [RULE, HALF_FOR_LATE].into_iter().filter_map(|rule| rule.rate(&tally)) {
                prop_assert!(rate.numerator() <= rate.denominator());
            }
        }

        #[test]
        fn merging_classes_adds_up(tallies in prop::collection::vec(tally(), 1..8)) {
            let marked: Vec<Tally> = tallies.into_iter().filter(|tally| RULE.rate(tally).is_some()).collect();
            let rates: Vec<Fraction> = marked.iter().filter_map(|tally| RULE.rate(tally)).collect();
            if let Some(whole) = RULE.rate(&marked.iter().copied().sum()) {
                prop_assert_eq!(whole.numerator(), rates.iter().map(|rate| rate.numerator()).sum::<u64>());
                prop_assert_eq!(whole.denominator(), rates.iter().map(|rate| rate.denominator()).sum::<u64>());
                prop_assert!(rates.iter().min().unwrap() <= &whole && &whole <= rates.iter().max().unwrap());
            }
        }

        #[test]
        fn tallies_merge_the_same_in_any_order(a in tally(), b in tally(), c in tally()) {
            prop_assert_eq!(a + (b + c), (c + a) + b);
            let mut sum = a;
            sum += b;
            prop_assert_eq!(sum, b + a);
        }
    }
}
