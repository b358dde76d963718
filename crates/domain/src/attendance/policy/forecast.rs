//! What can still come of a learner's attendance, by the same sums as the rate itself.

use chrono::{DateTime, Utc};

use super::{Reason, Timetable, Unit, outcome::Outcome};
use crate::attendance::Fraction;

/// What can still come of a learner's attendance.
///
/// Left is every lecture that has not ended and at which nothing is on record of the learner, as long as they are enrolled;
/// while nothing at all is on record, also those that have ended, because nobody has taken attendance yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Lectures that have not ended.
    pub lectures_left: u64,
    /// So many of the lectures left (days, in the unit `day`) may be missed, whichever, so that the threshold can still be met.
    pub absences_left: u64,
    /// The rate at the end if every lecture left is attended; `None` where nothing counts.
    pub best: Option<Fraction>,
    /// The rate at the end if every lecture left is missed.
    pub worst: Option<Fraction>,
    /// Whether few absences are left, as the policy says.
    pub at_risk: bool,
    /// The start of the lecture with which the threshold went out of reach; `None` while it can be met.
    pub unreachable_since: Option<DateTime<Utc>>,
}

impl Timetable<'_> {
    pub(super) fn forecast(&self, settled: &[Outcome], is_recorded: bool) -> Forecast {
        let is_left = |outcome: &Outcome| {
            outcome.is_left
                || (!is_recorded && outcome.reason == Reason::UnmarkedAbsent)
                || (!is_recorded && outcome.reason == Reason::UnmarkedIgnored)
        };
        let left: Vec<usize> =
            (0..settled.len()).filter(|place| settled.get(*place).is_some_and(is_left)).collect();
        let mut best = settled.to_vec();
        self.suppose(&mut best, &left, Outcome::attended);
        let mut worst = best.clone();
        self.suppose(&mut worst, &left, Outcome::missed);

        let at_best = self.sums(&best);
        let is_reachable = self.is_enough(&best);
        let is_sure = self.is_enough(&worst) == Some(true);
        let absences_left = if is_reachable == Some(true) { self.absences_left(&best, &left) } else { 0 };
        Forecast {
            lectures_left: settled.iter().map(|outcome| u64::from(outcome.is_left)).sum(),
            absences_left,
            best: at_best.share(),
            worst: self.sums(&worst).share(),
            at_risk: is_reachable == Some(true)
                && !is_sure
                && at_best.numerator() < at_best.whole
                && absences_left <= u64::from(self.policy.at_risk_absences_left),
            unreachable_since: match is_reachable {
                Some(false) => self.unreachable_since(&best),
                Some(true) | None => None,
            },
        }
    }

    /// Whether the threshold is met; `None` where nothing counts.
    fn is_enough(&self, outcomes: &[Outcome]) -> Option<bool> {
        self.sums(outcomes).share().map(|rate| self.policy.threshold.is_met_by(rate))
    }

    /// Lets these lectures go so.
    fn suppose(
        &self,
        outcomes: &mut [Outcome],
        places: &[usize],
        how: fn(&super::timetable::Slot) -> Outcome,
    ) {
        for place in places {
            if let (Some(outcome), Some(slot)) = (outcomes.get_mut(*place), self.slots.get(*place)) {
                *outcome = how(slot);
            }
        }
    }

    /// How many may be missed, the dearest first, so that it holds for any of them.
    fn absences_left(&self, best: &[Outcome], left: &[usize]) -> u64 {
        let mut bundles = self.bundles(best, left);
        bundles.sort_by_key(|bundle| std::cmp::Reverse(bundle.loss));
        let holds = |missed: usize| {
            let mut outcomes = best.to_vec();
            for bundle in bundles.iter().take(missed) {
                self.suppose(&mut outcomes, &bundle.places, Outcome::missed);
            }
            self.is_enough(&outcomes) == Some(true)
        };
        // Missing more never helps, so the border is found by halving.
        let (mut holding, mut failing) = (0, bundles.len() + 1);
        while failing - holding > 1 {
            let middle = holding.midpoint(failing);
            if holds(middle) { holding = middle } else { failing = middle }
        }
        u64::try_from(holding).unwrap_or(u64::MAX)
    }

    /// What is missed at once: a lecture, or in the unit `day` what is left of a day.
    fn bundles(&self, best: &[Outcome], left: &[usize]) -> Vec<Bundle> {
        let mut bundles: Vec<Bundle> = Vec::new();
        for place in left {
            let Some(slot) = self.slots.get(*place) else { continue };
            match bundles.last_mut() {
                Some(last) if self.unit == Unit::Day && last.day_number == slot.day_number => {
                    last.places.push(*place);
                }
                _ => bundles.push(Bundle {
                    places: vec![*place],
                    day_number: slot.day_number,
                    loss: slot.weight,
                }),
            }
        }
        if self.unit == Unit::Day {
            let all = self.sums(best).numerator();
            for bundle in &mut bundles {
                let mut without = best.to_vec();
                self.suppose(&mut without, &bundle.places, Outcome::missed);
                bundle.loss = all.saturating_sub(self.sums(&without).numerator());
            }
        }
        bundles
    }

    /// The first lecture after which the threshold is out of reach even if all that follow are attended.
    fn unreachable_since(&self, best: &[Outcome]) -> Option<DateTime<Utc>> {
        let is_lost_after = |known: usize| {
            let mut outcomes = best.to_vec();
            let later: Vec<usize> = (known..outcomes.len())
                .filter(|place| outcomes.get(*place).is_some_and(|outcome| outcome.weight > 0))
                .collect();
            self.suppose(&mut outcomes, &later, Outcome::attended);
            self.is_enough(&outcomes) == Some(false)
        };
        // Knowing more never makes it reachable again, so the border is found by halving.
        let (mut open, mut lost) = (0, best.len());
        while lost - open > 1 {
            let middle = open.midpoint(lost);
            if is_lost_after(middle) { lost = middle } else { open = middle }
        }
        self.slots.get(lost.checked_sub(1)?).map(|slot| slot.lecture.starts_at)
    }
}

/// Lectures that are missed at once.
struct Bundle {
    places: Vec<usize>,
    day_number: usize,
    /// What missing them costs.
    loss: u64,
}
