//! Adding up: days, converted absences, and what comes out of them.

use std::{collections::HashMap, iter::Sum, ops::Add};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Counting, Timetable, Unit, outcome::Outcome};
use crate::{
    attendance::{AttendanceStatus, Fraction},
    ids::LectureId,
};

/// What was reached and what could be, in parts; those of several learners of a class add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// What lectures or days were credited.
    pub credited: u64,
    /// What converted absences took away; never more than there was.
    pub deducted: u64,
    /// What could be credited.
    pub whole: u64,
}

impl Sums {
    /// What is left of the credit.
    pub fn numerator(self) -> u64 {
        self.credited.saturating_sub(self.deducted)
    }

    /// The share; `None` where nothing could be credited.
    pub fn share(self) -> Option<Fraction> {
        Fraction::new(self.numerator(), self.whole)
    }
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            credited: self.credited + other.credited,
            deducted: self.deducted + other.deducted,
            whole: self.whole + other.whole,
        }
    }
}

impl Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}

/// One day of the explanation, in the unit `day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLine {
    /// The day.
    pub day: NaiveDate,
    /// The time attended, in parts of a minute.
    pub attended: u64,
    /// The time of its lectures that count, in parts of a minute.
    pub time: u64,
    /// Whether enough of it was attended.
    pub counts: bool,
}

/// Several incidents that are one absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedAbsence {
    /// Of what kind they are.
    pub statuses: Vec<AttendanceStatus>,
    /// Where they happened, in the order of time.
    pub lectures: Vec<LectureId>,
    /// What they cost, in parts.
    pub cost: u64,
}

impl Timetable<'_> {
    /// The days that count at all, in order; none unless days are what is counted.
    pub(super) fn days(&self, outcomes: &[Outcome]) -> Vec<DayLine> {
        let mut days: Vec<DayLine> = Vec::new();
        if self.unit != Unit::Day {
            return days;
        }
        for (slot, outcome) in self.slots.iter().zip(outcomes).filter(|(_, outcome)| outcome.weight > 0) {
            match days.last_mut() {
                Some(last) if last.day == slot.day => {
                    last.attended += outcome.credit;
                    last.time += outcome.weight;
                }
                _ => days.push(DayLine {
                    day: slot.day,
                    attended: outcome.credit,
                    time: outcome.weight,
                    counts: false,
                }),
            }
        }
        let needed = self.policy.day_min_share;
        for day in &mut days {
            day.counts =
                day.attended > 0 && day.attended * needed.denominator() >= needed.numerator() * day.time;
        }
        days
    }

    /// The absences that incidents make, in the order in which they were complete.
    pub(super) fn conversions(&self, outcomes: &[Outcome]) -> Vec<ConvertedAbsence> {
        let mut absences = Vec::new();
        let Some(conversion) = &self.policy.conversion else { return absences };
        let cost = match self.unit {
            Unit::Lecture => self.parts,
            Unit::Day => 1,
            Unit::Minutes => match conversion.absence_minutes {
                Some(minutes) => u64::from(minutes) * self.parts,
                None => return absences,
            },
        };
        let mut open: HashMap<(usize, Option<AttendanceStatus>), Vec<LectureId>> = HashMap::new();
        let mut last_days: HashMap<AttendanceStatus, usize> = HashMap::new();
        for (slot, outcome) in self.slots.iter().zip(outcomes) {
            let Some(status) = outcome.incident else { continue };
            let day_before = last_days.insert(status, slot.day_number);
            if self.unit == Unit::Day && day_before == Some(slot.day_number) {
                continue;
            }
            let of_kind = match conversion.counting {
                Counting::Pooled => None,
                Counting::Separate => Some(status),
            };
            let incidents = open.entry((slot.conversion_period, of_kind)).or_default();
            incidents.push(slot.lecture.id);
            if incidents.len() >= usize::from(conversion.every) {
                let statuses =
                    of_kind.map_or_else(|| conversion.statuses.iter().copied().collect(), |one| vec![one]);
                absences.push(ConvertedAbsence { statuses, lectures: std::mem::take(incidents), cost });
            }
        }
        absences
    }

    pub(super) fn sums(&self, outcomes: &[Outcome]) -> Sums {
        self.added_up(outcomes, &self.days(outcomes), &self.conversions(outcomes))
    }

    pub(super) fn added_up(
        &self,
        outcomes: &[Outcome],
        days: &[DayLine],
        conversions: &[ConvertedAbsence],
    ) -> Sums {
        let (credited, whole) = match self.unit {
            Unit::Day => {
                (days.iter().map(|day| u64::from(day.counts)).sum(), days.iter().map(|_| 1_u64).sum())
            }
            Unit::Lecture | Unit::Minutes => (
                outcomes.iter().map(|outcome| outcome.credit).sum(),
                outcomes.iter().map(|outcome| outcome.weight).sum(),
            ),
        };
        let cost: u64 = conversions.iter().map(|absence| absence.cost).sum();
        Sums { credited, deducted: cost.min(credited), whole }
    }
}
