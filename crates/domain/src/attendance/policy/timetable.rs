//! A class seen through a policy: its lectures in order, cut into days and periods. Made once, asked for every learner.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::{ExcusedCap, Period, PolicyDocument, RoundingMode, Unit, share::common_parts};
use crate::{
    attendance::leave::LeaveReason,
    calendar::{TimeZone, local_day},
    ids::LectureId,
    learning::lectures::Lecture,
};

/// What the engine knows of a lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedLecture {
    /// Its id.
    pub id: LectureId,
    /// Its number in the class.
    pub sequence: i32,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// How long it takes.
    pub duration_minutes: i32,
    /// Whether it has been called off; then it never counts.
    pub is_cancelled: bool,
}

impl From<&Lecture> for PlannedLecture {
    fn from(lecture: &Lecture) -> Self {
        Self {
            id: lecture.id,
            sequence: lecture.sequence,
            starts_at: lecture.starts_at,
            duration_minutes: lecture.duration_minutes,
            is_cancelled: lecture.is_cancelled(),
        }
    }
}

/// A class seen through a policy at a moment.
///
/// Amounts are whole numbers: each lecture or minute is cut into so many parts that every credit is one. Shares have
/// denominators up to 100, so there are less than a million parts; a lecture takes a million minutes at most and a class has
/// fewer than a million lectures, so that no sum exceeds 10^18.
#[derive(Debug)]
pub struct Timetable<'p> {
    pub(super) policy: &'p PolicyDocument,
    pub(super) unit: Unit,
    pub(super) parts: u64,
    pub(super) slots: Vec<Slot>,
    pub(super) places: HashMap<LectureId, usize>,
    /// The caps of excused absence.
    pub(super) caps: Vec<CapPlan>,
}

/// A cap of excused absence in a timetable.
#[derive(Debug)]
pub(super) struct CapPlan {
    /// For which reason it holds; `None` for all.
    pub(super) reason: Option<LeaveReason>,
    pub(super) carry_unused: bool,
    /// In which of its periods each slot is.
    pub(super) periods: Vec<usize>,
    /// What it allows in each of its periods.
    pub(super) allowances: Vec<u64>,
}

/// One lecture in the timetable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) lecture: PlannedLecture,
    pub(super) day: NaiveDate,
    /// Which day of the class it is, from 0.
    pub(super) day_number: usize,
    pub(super) minutes: u64,
    /// What it is worth, in parts.
    pub(super) weight: u64,
    pub(super) has_begun: bool,
    pub(super) has_ended: bool,
    pub(super) conversion_period: usize,
}

const MAX_MINUTES: i32 = 1_000_000;

impl<'p> Timetable<'p> {
    /// The lectures of one class, in any order, as they stand at `now`.
    pub fn new(
        policy: &'p PolicyDocument,
        lectures: impl IntoIterator<Item = PlannedLecture>,
        now: DateTime<Utc>,
    ) -> Self {
        let lectures: Vec<PlannedLecture> = lectures.into_iter().collect();
        let unit = unit_of(policy, &lectures);
        Self::counting(policy, unit, lectures, now)
    }

    /// The same class for a learner who is counted over other lectures; what is counted stays what it is in the class.
    #[must_use]
    pub fn over(&self, lectures: impl IntoIterator<Item = PlannedLecture>, now: DateTime<Utc>) -> Self {
        Self::counting(self.policy, self.unit, lectures.into_iter().collect(), now)
    }

    fn counting(
        policy: &'p PolicyDocument,
        unit: Unit,
        mut lectures: Vec<PlannedLecture>,
        now: DateTime<Utc>,
    ) -> Self {
        lectures.sort_unstable_by_key(|lecture| (lecture.starts_at, lecture.sequence, lecture.id));
        let credits = policy.credits;
        let parts = common_parts(&[credits.late, credits.early_leave, credits.excused]);
        let days = class_days(&lectures);
        let first_month = lectures.first().map_or(0, |lecture| month(day_of(lecture)));
        let period = |period: Period, day: NaiveDate, number: usize| match period {
            Period::WholeClass => 0,
            Period::ClassDays { days } => number / usize::from(days.max(1)),
            Period::CalendarMonth => usize::try_from(month(day) - first_month).unwrap_or_default(),
        };
        let slots: Vec<Slot> = lectures
            .into_iter()
            .map(|lecture| {
                let day = day_of(&lecture);
                let day_number = days.get(&day).copied().unwrap_or_default();
                let minutes = minutes_of(&lecture);
                let ends_at = lecture.starts_at + TimeDelta::minutes(lecture.duration_minutes.into());
                Slot {
                    lecture,
                    day,
                    day_number,
                    minutes,
                    weight: match unit {
                        Unit::Lecture => parts,
                        Unit::Day | Unit::Minutes => minutes * parts,
                    },
                    has_begun: lecture.starts_at <= now,
                    has_ended: ends_at <= now,
                    conversion_period: policy
                        .conversion
                        .as_ref()
                        .map_or(0, |conversion| period(conversion.resets, day, day_number)),
                }
            })
            .collect();
        let places = slots.iter().enumerate().map(|(place, slot)| (slot.lecture.id, place)).collect();
        let plan = |(reason, cap): (Option<LeaveReason>, ExcusedCap)| {
            let periods: Vec<usize> =
                slots.iter().map(|slot| period(cap.per, slot.day, slot.day_number)).collect();
            let allowances = allowances(&cap, unit, &slots, &periods);
            CapPlan { reason, carry_unused: cap.carry_unused, periods, allowances }
        };
        let caps = policy.excused.caps().map(plan).collect();
        Self { policy, unit, parts, slots, places, caps }
    }

    /// What is counted in this class.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Into how many parts each unit is cut in the sums and fractions of this class.
    pub fn parts(&self) -> u64 {
        match self.unit {
            Unit::Day => 1,
            Unit::Lecture | Unit::Minutes => self.parts,
        }
    }
}

fn unit_of(policy: &PolicyDocument, lectures: &[PlannedLecture]) -> Unit {
    let planned: u64 = lectures.iter().filter(|lecture| !lecture.is_cancelled).map(minutes_of).sum();
    match policy.long_class {
        Some(long) if planned >= u64::from(long.from_minutes) => long.unit,
        Some(_) | None => policy.unit,
    }
}

fn minutes_of(lecture: &PlannedLecture) -> u64 {
    u64::try_from(lecture.duration_minutes.clamp(1, MAX_MINUTES)).unwrap_or(1)
}

fn day_of(lecture: &PlannedLecture) -> NaiveDate {
    local_day(lecture.starts_at, TimeZone::default())
}

fn month(day: NaiveDate) -> i32 {
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or_default()
}

/// The days on which the class has lectures, each with its number.
fn class_days(lectures: &[PlannedLecture]) -> BTreeMap<NaiveDate, usize> {
    let held = lectures.iter().filter(|lecture| !lecture.is_cancelled).map(day_of);
    let mut days: BTreeMap<NaiveDate, usize> = held.map(|day| (day, 0)).collect();
    for (number, (_, place)) in days.iter_mut().enumerate() {
        *place = number;
    }
    days
}

fn allowances(cap: &ExcusedCap, unit: Unit, slots: &[Slot], periods: &[usize]) -> Vec<u64> {
    let mut planned: Vec<u64> = Vec::new();
    let mut last_day = None;
    for (slot, period) in slots.iter().zip(periods).filter(|(slot, _)| !slot.lecture.is_cancelled) {
        let amount = match unit {
            Unit::Lecture => 1,
            Unit::Minutes => slot.minutes,
            Unit::Day => u64::from(last_day != Some(slot.day_number)),
        };
        last_day = Some(slot.day_number);
        planned.resize(planned.len().max(period + 1), 0);
        if let Some(sum) = planned.get_mut(*period) {
            *sum += amount;
        }
    }
    let limit = |planned: u64| {
        let shared = cap.share.map(|share| {
            let (above, below) = (planned * share.numerator(), share.denominator());
            match cap.share_rounding {
                RoundingMode::Down => above / below,
                RoundingMode::HalfUp => (above * 2 + below) / (below * 2),
            }
        });
        shared.into_iter().chain(cap.at_most.map(u64::from)).min().unwrap_or(u64::MAX)
    };
    planned.into_iter().map(limit).collect()
}
