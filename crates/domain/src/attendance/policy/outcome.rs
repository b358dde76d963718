//! What each lecture comes to for one learner, before anything is added up. Each question is asked in the order that the
//! fields of the policy document.

use super::{
    AttendedTime, Denominator, ExcusedTreatment, Span, Timetable, Unit, Unmarked,
    timetable::{CapPlan, Slot},
};
use crate::{
    attendance::{AttendanceStatus, leave::LeaveReason},
    ids::LectureId,
    learning::enrolments::EnrolmentPeriod,
};

/// What the engine knows of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawMark {
    /// At which lecture.
    pub lecture_id: LectureId,
    /// What it says.
    pub status: AttendanceStatus,
    /// The minutes between coming and leaving, where both are known.
    pub attended_minutes: Option<u32>,
}

/// An approved excuse (공결 승인) for one lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excuse {
    /// Which.
    pub lecture_id: LectureId,
    /// What it is here; `None` leaves that to the policy and its cap.
    pub treatment: Option<ExcusedTreatment>,
    /// Why; `None` where nobody said.
    pub reason: Option<LeaveReason>,
}

/// What is on record of one learner in one class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LearnerRecord {
    /// When the learner was enrolled, in any order.
    pub periods: Vec<EnrolmentPeriod>,
    /// Their marks, in any order, one for a lecture at most.
    pub marks: Vec<RawMark>,
    /// Their approved excuses, in any order.
    pub excuses: Vec<Excuse>,
}

/// Why a lecture counts as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It was called off.
    Cancelled,
    /// No enrolment holds on its day, and only the learner's own period counts.
    NotEnrolled,
    /// It was before the learner came, and the whole period counts.
    BeforeJoining,
    /// It was when no enrolment held any more, and the whole period counts.
    AfterLeaving,
    /// It has not begun.
    NotYetHeld,
    /// It has not begun, but all that are planned count.
    PlannedAhead,
    /// Attended.
    Present,
    /// Late.
    Late,
    /// Left early.
    EarlyLeave,
    /// Missed.
    Absent,
    /// Excused, within the cap.
    Excused(ExcusedTreatment),
    /// Excused, beyond the cap.
    ExcusedBeyondCap(ExcusedTreatment),
    /// Nobody marked the learner, and that is an absence.
    UnmarkedAbsent,
    /// Nobody marked the learner, and that does not count.
    UnmarkedIgnored,
}

impl Reason {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::NotEnrolled => "not_enrolled",
            Self::BeforeJoining => "before_joining",
            Self::AfterLeaving => "after_leaving",
            Self::NotYetHeld => "not_yet_held",
            Self::PlannedAhead => "planned_ahead",
            Self::Present => "present",
            Self::Late => "late",
            Self::EarlyLeave => "early_leave",
            Self::Absent => "absent",
            Self::Excused(ExcusedTreatment::CountsPresent) => "excused_counts_present",
            Self::Excused(ExcusedTreatment::Excluded) => "excused_excluded",
            Self::Excused(ExcusedTreatment::RecordedOnly) => "excused_recorded_only",
            Self::Excused(ExcusedTreatment::CountsAbsent) => "excused_counts_absent",
            Self::ExcusedBeyondCap(ExcusedTreatment::CountsPresent) => "beyond_cap_counts_present",
            Self::ExcusedBeyondCap(ExcusedTreatment::Excluded) => "beyond_cap_excluded",
            Self::ExcusedBeyondCap(ExcusedTreatment::RecordedOnly) => "beyond_cap_recorded_only",
            Self::ExcusedBeyondCap(ExcusedTreatment::CountsAbsent) => "beyond_cap_counts_absent",
            Self::UnmarkedAbsent => "unmarked_absent",
            Self::UnmarkedIgnored => "unmarked_ignored",
        }
    }

    /// Whether something is on record: a mark or an excuse.
    pub(super) const fn is_recorded(self) -> bool {
        match self {
            Self::Present
            | Self::Late
            | Self::EarlyLeave
            | Self::Absent
            | Self::Excused(_)
            | Self::ExcusedBeyondCap(_) => true,
            Self::Cancelled
            | Self::NotEnrolled
            | Self::BeforeJoining
            | Self::AfterLeaving
            | Self::NotYetHeld
            | Self::PlannedAhead
            | Self::UnmarkedAbsent
            | Self::UnmarkedIgnored => false,
        }
    }
}

/// What one lecture comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) reason: Reason,
    /// What could be reached, in parts; 0 where the lecture does not count.
    pub(super) weight: u64,
    /// What was reached, in parts.
    pub(super) credit: u64,
    /// What is converted, if it is.
    pub(super) incident: Option<AttendanceStatus>,
    /// Whether it is still open how it goes.
    pub(super) is_left: bool,
}

impl Outcome {
    const fn new(reason: Reason, weight: u64, credit: u64) -> Self {
        Self { reason, weight, credit, incident: None, is_left: false }
    }

    const fn out(reason: Reason) -> Self {
        Self::new(reason, 0, 0)
    }

    pub(super) const fn attended(slot: &Slot) -> Self {
        Self::new(Reason::Present, slot.weight, slot.weight)
    }

    pub(super) const fn missed(slot: &Slot) -> Self {
        Self::new(Reason::Absent, slot.weight, 0)
    }
}

impl Timetable<'_> {
    /// What each lecture comes to by what is on record, lectures to come included.
    pub(super) fn settled(&self, record: &LearnerRecord) -> Vec<Outcome> {
        let mut marks: Vec<Option<&RawMark>> = vec![None; self.slots.len()];
        for mark in &record.marks {
            if let Some(place) = self.place(mark.lecture_id).and_then(|place| marks.get_mut(place)) {
                *place = Some(mark);
            }
        }
        let mut excuses: Vec<Option<&Excuse>> = vec![None; self.slots.len()];
        for excuse in &record.excuses {
            if let Some(place) = self.place(excuse.lecture_id).and_then(|place| excuses.get_mut(place)) {
                *place = Some(excuse);
            }
        }
        let joined = record.periods.iter().map(|period| period.enrolled_on()).min();
        let mut used = vec![UsedCap::default(); self.caps.len()];
        let each = self.slots.iter().zip(marks).zip(excuses).enumerate();
        each.map(|(place, ((slot, mark), excuse))| {
            if slot.lecture.is_cancelled {
                return Outcome::out(Reason::Cancelled);
            }
            if !record.periods.iter().any(|period| period.holds_on(slot.day)) {
                return self.not_enrolled(slot, joined.is_none_or(|joined| slot.day < joined));
            }
            let status = mark.map(|mark| mark.status);
            if status == Some(AttendanceStatus::Excused)
                || (excuse.is_some() && status != Some(AttendanceStatus::Present))
            {
                return self.excused(place, slot, excuse, &mut used);
            }
            match mark {
                Some(mark) => self.marked(slot, mark),
                None => self.unmarked(slot),
            }
        })
        .collect()
    }

    /// What each lecture comes to as long as those to come have not been held.
    pub(super) fn as_of_now(&self, settled: &[Outcome]) -> Vec<Outcome> {
        let each = self.slots.iter().zip(settled);
        each.map(|(slot, outcome)| match (slot.has_begun, outcome.reason, self.policy.denominator) {
            (true, _, _) | (false, Reason::Cancelled | Reason::NotEnrolled, _) => *outcome,
            (false, _, Denominator::Held) => Outcome::out(Reason::NotYetHeld),
            (false, _, Denominator::Planned) => Outcome::new(Reason::PlannedAhead, slot.weight, 0),
        })
        .collect()
    }

    fn place(&self, lecture: LectureId) -> Option<usize> {
        self.places.get(&lecture).copied()
    }

    fn not_enrolled(&self, slot: &Slot, before: bool) -> Outcome {
        let membership = self.policy.membership;
        let (span, reason) = if before {
            (membership.late_joiners, Reason::BeforeJoining)
        } else {
            (membership.leavers, Reason::AfterLeaving)
        };
        match span {
            Span::PersonalPeriod => Outcome::out(Reason::NotEnrolled),
            Span::WholePeriod => Outcome::new(reason, slot.weight, 0),
        }
    }

    fn excused(&self, place: usize, slot: &Slot, excuse: Option<&Excuse>, used: &mut [UsedCap]) -> Outcome {
        let excused = &self.policy.excused;
        let own = excuse.and_then(|excuse| excuse.treatment);
        let why = excuse.and_then(|excuse| excuse.reason);
        let (treatment, reason): (_, fn(ExcusedTreatment) -> Reason) = match own {
            Some(own) => (own, Reason::Excused),
            None if self.fits(place, slot, why, used) => (excused.treatment, Reason::Excused),
            None => (excused.beyond_cap, Reason::ExcusedBeyondCap),
        };
        match treatment {
            ExcusedTreatment::CountsPresent => {
                Outcome::new(reason(treatment), slot.weight, self.policy.credits.excused.of(slot.weight))
            }
            ExcusedTreatment::Excluded => Outcome::out(reason(treatment)),
            ExcusedTreatment::RecordedOnly | ExcusedTreatment::CountsAbsent => {
                Outcome::new(reason(treatment), slot.weight, 0)
            }
        }
    }

    /// Whether one more excused lecture is within every cap that holds for it; they are used up then.
    fn fits(&self, place: usize, slot: &Slot, reason: Option<LeaveReason>, used: &mut [UsedCap]) -> bool {
        let amount = match self.unit {
            Unit::Lecture | Unit::Day => 1,
            Unit::Minutes => slot.minutes,
        };
        let holds = |cap: &CapPlan| cap.reason.is_none() || cap.reason == reason;
        // A day is excused once, however many of its lectures are.
        let is_new = |used: &UsedCap| self.unit != Unit::Day || used.last_day != Some(slot.day_number);
        let mut caps = self.caps.iter().zip(used.iter()).filter(|(cap, _)| holds(cap));
        if !caps.all(|(cap, used)| !is_new(used) || used.leaves(cap, place, amount)) {
            return false;
        }
        for (cap, used) in self.caps.iter().zip(used).filter(|(cap, _)| holds(cap)) {
            if is_new(used) {
                used.take(cap, place, amount);
            }
            used.last_day = Some(slot.day_number);
        }
        true
    }

    fn marked(&self, slot: &Slot, mark: &RawMark) -> Outcome {
        let (reason, share) = match mark.status {
            AttendanceStatus::Present => return Outcome::attended(slot),
            AttendanceStatus::Absent | AttendanceStatus::Excused => return Outcome::missed(slot),
            AttendanceStatus::Late => (Reason::Late, self.policy.credits.late),
            AttendanceStatus::EarlyLeave => (Reason::EarlyLeave, self.policy.credits.early_leave),
        };
        let recorded = match (self.policy.attended_time, self.unit) {
            (AttendedTime::AsRecorded, Unit::Minutes | Unit::Day) => {
                mark.attended_minutes.map(|minutes| u64::from(minutes).min(slot.minutes))
            }
            (AttendedTime::AsRecorded, Unit::Lecture) | (AttendedTime::ByStatus, _) => None,
        };
        let credit = recorded.map_or_else(|| share.of(slot.weight), |minutes| minutes * self.parts);
        let needed = self.policy.day_min_share;
        let is_missed = self.unit == Unit::Day
            && recorded
                .is_some_and(|minutes| minutes * needed.denominator() < needed.numerator() * slot.minutes);
        let converts = self.policy.conversion.as_ref().is_some_and(|one| one.statuses.contains(&mark.status));
        Outcome {
            incident: (converts && !is_missed).then_some(mark.status),
            ..Outcome::new(reason, slot.weight, credit)
        }
    }

    fn unmarked(&self, slot: &Slot) -> Outcome {
        let outcome = match self.policy.unmarked {
            Unmarked::Absent => Outcome::new(Reason::UnmarkedAbsent, slot.weight, 0),
            Unmarked::Ignored => Outcome::out(Reason::UnmarkedIgnored),
        };
        Outcome { is_left: !slot.has_ended, ..outcome }
    }
}

/// How much of a cap was used in each of its periods.
#[derive(Debug, Clone, Default)]
struct UsedCap {
    amounts: Vec<u64>,
    /// The last day that was excused within it.
    last_day: Option<usize>,
}

impl UsedCap {
    fn leaves(&self, cap: &CapPlan, place: usize, amount: u64) -> bool {
        let period = cap.periods.get(place).copied().unwrap_or_default();
        let sum = |amounts: &[u64]| {
            let from = if cap.carry_unused { 0 } else { period };
            amounts.iter().take(period + 1).skip(from).fold(0_u64, |sum, amount| sum.saturating_add(*amount))
        };
        sum(&self.amounts).saturating_add(amount) <= sum(&cap.allowances)
    }

    fn take(&mut self, cap: &CapPlan, place: usize, amount: u64) {
        let period = cap.periods.get(place).copied().unwrap_or_default();
        self.amounts.resize(self.amounts.len().max(period + 1), 0);
        if let Some(of_period) = self.amounts.get_mut(period) {
            *of_period += amount;
        }
    }
}
