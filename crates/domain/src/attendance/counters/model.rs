//! What the engine says of a class and its learners, in a form that is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    attendance::{
        Fraction, Tally, Verdict,
        policy::{Amount, Assessment, Reason},
    },
    ids::{ClassId, PolicyId, UserId},
};

/// Into how many bands of ten percent rates are sorted: 0 up to 10, …, 90 up to 100, and 100 itself.
pub const RATE_BANDS: usize = 11;

/// What is said of one learner in one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnerStanding {
    /// Who.
    pub user_id: UserId,
    /// Marks by status at lectures that have begun, with leave in place of what it excuses.
    pub tally: Tally,
    /// What was reached, as the policy counts it.
    pub amount: Amount,
    /// Whether that is enough, so far.
    pub verdict: Verdict,
    /// Whether few absences are left.
    pub at_risk: bool,
    /// So many lectures left may be missed.
    pub absences_left: u64,
    /// Since when the threshold is out of reach; `None` while it can be met.
    pub unreachable_since: Option<DateTime<Utc>>,
    /// The time that is credited, in whole minutes.
    #[serde(default)]
    pub attended_minutes: u64,
    /// Whether the learner went on into another class of the course, and is counted there.
    pub has_gone_on: bool,
    /// Lectures missed one after the other, up to the last one that was held.
    pub absences_in_a_row: u64,
    /// The day of the last lecture at which the learner was.
    pub last_attended_on: Option<NaiveDate>,
    /// When a certification that rests on the class and holds was issued.
    pub certified_at: Option<DateTime<Utc>>,
}

impl LearnerStanding {
    /// The exact rate; `None` while nothing is recorded or nothing counts.
    pub fn rate(&self) -> Option<Fraction> {
        self.amount.share()
    }

    pub(in crate::attendance) fn new(
        user_id: UserId,
        assessment: &Assessment,
        has_gone_on: bool,
        certified_at: Option<DateTime<Utc>>,
    ) -> Self {
        let mut held = assessment.lines.iter().filter(|line| turned_up(line.reason).is_some()).rev();
        let last = held.clone().find(|line| turned_up(line.reason) == Some(true));
        let missed = held.by_ref().take_while(|line| turned_up(line.reason) == Some(false)).count();
        Self {
            user_id,
            tally: assessment.counts,
            amount: assessment.amount(),
            verdict: assessment.verdict,
            at_risk: assessment.forecast.at_risk,
            absences_left: assessment.forecast.absences_left,
            unreachable_since: assessment.forecast.unreachable_since,
            attended_minutes: assessment.attended_minutes(),
            has_gone_on,
            // Where nothing at all is on record, nobody has taken attendance yet.
            absences_in_a_row: if assessment.counts.recorded() == 0 { 0 } else { missed as u64 },
            last_attended_on: last.map(|line| line.day),
            certified_at,
        }
    }
}

/// Whether a learner was at a lecture; `None` where that is not asked: it is excused, does not count, or has not been held.
fn turned_up(reason: Reason) -> Option<bool> {
    match reason {
        Reason::Present | Reason::Late | Reason::EarlyLeave => Some(true),
        Reason::Absent | Reason::UnmarkedAbsent => Some(false),
        Reason::Cancelled
        | Reason::NotEnrolled
        | Reason::BeforeJoining
        | Reason::AfterLeaving
        | Reason::NotYetHeld
        | Reason::PlannedAhead
        | Reason::Excused(_)
        | Reason::ExcusedBeyondCap(_)
        | Reason::UnmarkedIgnored => None,
    }
}

/// Marks, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// By status.
    pub tally: Tally,
    /// What all learners reached together; `None` where there is none.
    pub amount: Option<Amount>,
}

impl Marks {
    /// Adds what one learner has.
    pub fn add(&mut self, tally: Tally, amount: Amount) {
        self.tally += tally;
        // Amounts of one policy and unit have equal parts.
        self.amount = self.amount.map_or(Some(amount), |sum| sum.plus(amount));
    }
}

/// How long learners waited for their certificates, from their first day on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How many were certified after so many days.
    pub days: BTreeMap<u32, u64>,
}

impl Wait {
    /// Adds those of another class.
    pub fn add(&mut self, other: &Self) {
        for (days, count) in &other.days {
            *self.days.entry(*days).or_default() += count;
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.days.values().sum()
    }

    /// So many days or fewer it took half of them; `None` where there is nobody.
    pub fn median(&self) -> Option<u32> {
        let half = self.count().div_ceil(2);
        let mut seen = 0;
        self.days.iter().find_map(|(days, count)| {
            seen += count;
            (half > 0 && seen >= half).then_some(*days)
        })
    }
}

/// What is said of one class. Learners who moved on into another class count there, but in `marks` and `lectures`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassStanding {
    /// What it goes by.
    pub policy_id: Option<PolicyId>,
    /// Lectures that have begun and at which somebody was expected.
    pub lectures: u64,
    /// Of everybody who is or was a learner.
    pub marks: Marks,
    /// The same without those who went on into another class of the course.
    pub marks_once: Marks,
    /// Everybody who is or was a learner.
    pub enrolled: u64,
    /// Those whose place holds.
    pub active: u64,
    /// Those of them who have few absences left.
    pub at_risk: u64,
    /// Those of them for whom the threshold is out of reach.
    pub unreachable: u64,
    /// Those who did not drop out and whose rate is enough for the policy, so far; kept under the name that it had first.
    #[serde(rename = "eligible")]
    pub meets_policy: u64,
    /// Those who hold a certification that rests on the class.
    pub certified: u64,
    /// Those who left before the class ended.
    pub dropped: u64,
    /// Those whose rate is unknown, because nothing is recorded.
    pub unrated: u64,
    /// How many have a rate in each band of ten percent.
    pub bands: [u64; RATE_BANDS],
    /// How long learners waited for their certificates.
    pub wait: Wait,
}

/// A class as the engine sees it at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Which.
    pub class_id: ClassId,
    /// What is said of it.
    pub class: ClassStanding,
    /// What is said of each learner, by id.
    pub learners: Vec<LearnerStanding>,
    /// When that was.
    pub at: DateTime<Utc>,
    /// When a lecture begins or ends, or a place; `None` where nothing is to come.
    pub holds_until: Option<DateTime<Utc>>,
}

/// In which band of ten percent a rate is.
pub(super) fn band(rate: Fraction) -> usize {
    let tenths = u128::from(rate.numerator()) * 10 / u128::from(rate.denominator().max(1));
    usize::try_from(tenths).unwrap_or(RATE_BANDS).min(RATE_BANDS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_in_the_band_of_its_tens_and_all_of_it_in_one_of_its_own() {
        let of = |numerator, denominator| band(Fraction::new(numerator, denominator).unwrap());
        assert_eq!([of(0, 7), of(1, 10), of(79, 100), of(4, 5), of(99, 100), of(5, 5)], [0, 1, 7, 8, 9, 10]);
    }

    #[test]
    fn the_median_is_a_day_at_which_half_had_theirs() {
        let wait = |days: &[(u32, u64)]| Wait { days: days.iter().copied().collect() };
        assert_eq!(wait(&[]).median(), None);
        assert_eq!(wait(&[(30, 1)]).median(), Some(30));
        assert_eq!(wait(&[(30, 2), (60, 1), (90, 1)]).median(), Some(30));
        assert_eq!(wait(&[(30, 1), (60, 1), (90, 1)]).median(), Some(60));
    }
}
