//! Everything that is said of one learner in one class, from one pass over the lectures.

use chrono::NaiveDate;

pub use super::sums::{ConvertedAbsence, DayLine};
use super::{
    Amount, Forecast, LearnerRecord, PolicyDocument, Reason, Sums, Timetable, Unit, outcome::Outcome,
    timetable::PlannedLecture,
};
use crate::attendance::{AttendanceStatus, Fraction, Tally, Verdict};

/// Everything that is said of one learner in one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// What is counted.
    pub unit: Unit,
    /// Into how many parts each unit is cut, in `sums`, `rate` and the amounts of the lines.
    pub parts: u64,
    /// Marks by status at lectures that have begun, with excuses in place of what they excuse.
    pub counts: Tally,
    /// Each lecture, in the order of time.
    pub lines: Vec<Line>,
    /// Each day, where days are what is counted.
    pub days: Vec<DayLine>,
    /// Each absence that several incidents make.
    pub conversions: Vec<ConvertedAbsence>,
    /// What was reached and what could be.
    pub sums: Sums,
    /// The exact rate; `None` while nothing is recorded or nothing counts.
    pub rate: Option<Fraction>,
    /// Whether that is enough, so far.
    pub verdict: Verdict,
    /// What can still come of it.
    pub forecast: Forecast,
}

impl Assessment {
    /// What was reached, to be added up with that of others.
    pub fn amount(&self) -> Amount {
        Amount {
            unit: self.unit,
            parts: self.parts,
            sums: self.sums,
            is_recorded: self.counts.recorded() > 0,
        }
    }

    /// The time that is credited, lecture by lecture and before conversions, in whole minutes.
    pub fn attended_minutes(&self) -> u64 {
        let parts = u128::from(self.parts.max(1));
        let credited = self.lines.iter().filter(|line| line.weight > 0).map(|line| {
            u128::from(line.minutes()) * parts * u128::from(line.credit) / u128::from(line.weight)
        });
        u64::try_from(credited.sum::<u128>() / parts).unwrap_or(u64::MAX)
    }
}

/// One lecture of the explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The lecture.
    pub lecture: PlannedLecture,
    /// Its day, in Seoul.
    pub day: NaiveDate,
    /// What was marked.
    pub mark: Option<AttendanceStatus>,
    /// Whether an excuse was approved for it.
    pub is_excused: bool,
    /// Why it counts as it does.
    pub reason: Reason,
    /// What could be credited, in parts; 0 where it does not count. In the unit `day`, its time.
    pub weight: u64,
    /// What was credited, in parts. In the unit `day`, the time attended.
    pub credit: u64,
    /// Whether it is one of several that are converted.
    pub is_incident: bool,
}

impl Line {
    /// How long the lecture takes.
    pub fn minutes(&self) -> u64 {
        u64::try_from(self.lecture.duration_minutes).unwrap_or_default()
    }
}

impl Timetable<'_> {
    /// Everything that is said of a learner.
    pub fn assess(&self, record: &LearnerRecord) -> Assessment {
        let settled = self.settled(record);
        let now = self.as_of_now(&settled);
        let (days, conversions) = (self.days(&now), self.conversions(&now));
        let sums = self.added_up(&now, &days, &conversions);
        let is_recorded = now.iter().any(|outcome| outcome.reason.is_recorded());
        let rate = sums.share().filter(|_| is_recorded);
        let mut lines: Vec<Line> = self
            .slots
            .iter()
            .zip(&now)
            .map(|(slot, outcome)| Line {
                lecture: slot.lecture,
                day: slot.day,
                mark: None,
                is_excused: false,
                reason: outcome.reason,
                weight: outcome.weight,
                credit: outcome.credit,
                is_incident: outcome.incident.is_some(),
            })
            .collect();
        for mark in &record.marks {
            if let Some(line) = self.places.get(&mark.lecture_id).and_then(|place| lines.get_mut(*place)) {
                line.mark = Some(mark.status);
            }
        }
        for excuse in &record.excuses {
            if let Some(line) = self.places.get(&excuse.lecture_id).and_then(|place| lines.get_mut(*place)) {
                line.is_excused = true;
            }
        }
        Assessment {
            unit: self.unit,
            parts: self.parts(),
            counts: Self::counts(&now),
            forecast: self.forecast(&settled, is_recorded),
            verdict: self.policy.verdict(rate),
            lines,
            days,
            conversions,
            sums,
            rate,
        }
    }

    /// Marks at lectures that have begun, of days on which the learner was enrolled.
    fn counts(now: &[Outcome]) -> Tally {
        let mut tally = Tally::default();
        for outcome in now {
            let status = match outcome.reason {
                Reason::Cancelled
                | Reason::NotEnrolled
                | Reason::BeforeJoining
                | Reason::AfterLeaving
                | Reason::NotYetHeld
                | Reason::PlannedAhead => continue,
                Reason::UnmarkedAbsent | Reason::UnmarkedIgnored => None,
                Reason::Present => Some(AttendanceStatus::Present),
                Reason::Late => Some(AttendanceStatus::Late),
                Reason::EarlyLeave => Some(AttendanceStatus::EarlyLeave),
                Reason::Absent => Some(AttendanceStatus::Absent),
                Reason::Excused(_) | Reason::ExcusedBeyondCap(_) => Some(AttendanceStatus::Excused),
            };
            tally.expected += 1;
            if let Some(status) = status {
                tally.record(status);
            }
        }
        tally
    }
}

impl PolicyDocument {
    /// Whether a rate is enough; undecided where there is none.
    pub fn verdict(&self, rate: Option<Fraction>) -> Verdict {
        match rate {
            None => Verdict::Undecided,
            Some(rate) if self.threshold.is_met_by(rate) => Verdict::Met,
            Some(_) => Verdict::NotMet,
        }
    }
}
