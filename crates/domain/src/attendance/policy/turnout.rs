//! Amounts of several learners and classes, and what counts alone tell of them.

use serde::{Deserialize, Serialize};

use super::{Denominator, ExcusedTreatment, PolicyDocument, Span, Sums, Unit, Unmarked, share::common_parts};
use crate::attendance::{Fraction, Tally};

/// What was reached and what could be, in a unit cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// What is counted.
    pub unit: Unit,
    /// Into how many parts each unit is cut.
    pub parts: u64,
    /// How many of them.
    pub sums: Sums,
    /// Whether anything is on record.
    pub is_recorded: bool,
}

impl Amount {
    /// The share; `None` while nothing is recorded or nothing counts.
    pub fn share(self) -> Option<Fraction> {
        self.sums.share().filter(|_| self.is_recorded)
    }

    /// Both together; `None` where they are of different units, or their parts have no common measure within 64 bits.
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.unit != other.unit {
            return None;
        }
        let (mine, theirs) = (self.parts, other.parts);
        let common = gcd(mine, theirs);
        let parts = (mine / common).checked_mul(theirs)?;
        let scaled = |sums: Sums, by: u64| {
            Some(Sums {
                credited: sums.credited.checked_mul(by)?,
                deducted: sums.deducted.checked_mul(by)?,
                whole: sums.whole.checked_mul(by)?,
            })
        };
        let (one, two) = (scaled(self.sums, theirs / common)?, scaled(other.sums, mine / common)?);
        Some(Self {
            unit: self.unit,
            parts,
            sums: Sums {
                credited: one.credited.checked_add(two.credited)?,
                deducted: one.deducted.checked_add(two.deducted)?,
                whole: one.whole.checked_add(two.whole)?,
            },
            is_recorded: self.is_recorded || other.is_recorded,
        })
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

impl PolicyDocument {
    /// Whether counts of marks alone tell the figures of many learners exactly: then [`turnout`](Self::turnout) is what the
    /// engine says of them.
    pub fn is_countable(&self) -> bool {
        self.unit == Unit::Lecture
            && self.long_class.is_none()
            && self.conversion.is_none()
            && self.excused.caps().next().is_none()
            && self.denominator == Denominator::Held
            && self.membership.late_joiners == Span::PersonalPeriod
            && self.membership.leavers == Span::PersonalPeriod
    }

    /// What counts of marks come to by the credits of the policy, lecture by lecture.
    ///
    /// Conversions, caps, days and minutes belong to a learner in a class and not to a lecture, so they have no part in it: the
    /// figures of single lectures, weeks and months are of this kind.
    pub fn turnout(&self, tally: &Tally) -> Amount {
        let credits = self.credits;
        let parts = common_parts(&[credits.late, credits.early_leave, credits.excused]);
        let (excused, excused_out) = match self.excused.treatment {
            ExcusedTreatment::CountsPresent => (credits.excused.of(parts), false),
            ExcusedTreatment::Excluded => (0, true),
            ExcusedTreatment::RecordedOnly | ExcusedTreatment::CountsAbsent => (0, false),
        };
        let credited = tally.present * parts
            + tally.late * credits.late.of(parts)
            + tally.early_leave * credits.early_leave.of(parts)
            + tally.excused * excused;
        let unmarked = match self.unmarked {
            Unmarked::Absent => tally.unmarked(),
            Unmarked::Ignored => 0,
        };
        let counted = tally.recorded() + unmarked - if excused_out { tally.excused } else { 0 };
        Amount {
            unit: Unit::Lecture,
            parts,
            sums: Sums { credited, deducted: 0, whole: counted * parts },
            is_recorded: tally.recorded() > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attendance::policy::presets;

    fn turnout(preset: &str, tally: Tally) -> String {
        let amount = presets::find(preset).unwrap().document.turnout(&tally);
        amount.share().map_or_else(|| "-".to_owned(), |share| share.to_string())
    }

    #[test]
    fn counts_alone_tell_what_simple_policies_say() {
        let tally = Tally { present: 12, late: 4, early_leave: 1, excused: 1, absent: 1, expected: 20 };
        assert_eq!(turnout("lecture-80", tally), "18/20");
        assert_eq!(turnout("half-for-late", tally), "31/40");
        assert_eq!(turnout("points-2-1-1-0", tally), "30/38");
        assert_eq!(turnout("weight-0.8", tally), "80/90");
        assert_eq!(turnout("lecture-80", Tally { expected: 20, ..Tally::default() }), "-");
        assert_eq!(turnout("lecture-80", Tally::default()), "-");
    }

    #[test]
    fn amounts_of_different_parts_add_up_exactly() {
        let tally = Tally { late: 1, expected: 1, ..Tally::default() };
        let of = |preset: &str| presets::find(preset).unwrap().document.turnout(&tally);
        // A half and four fifths of two lectures are 13 tenths.
        let sum = of("half-for-late").plus(of("weight-0.8")).unwrap();
        assert_eq!((sum.parts, sum.share().unwrap().to_string().as_str()), (10, "13/20"));
        let days = Amount { unit: Unit::Day, ..of("lecture-80") };
        assert_eq!(days.plus(of("lecture-80")), None);
    }
}
