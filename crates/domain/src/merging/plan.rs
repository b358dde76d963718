//! What a merge will do, and what stands in its way. Nothing is asked or written here.
//!
//! Three things can be there twice. Of two marks at one lecture the caller chooses one, lecture by lecture or by a rule.
//! Two places in one class at one time become one where both are of the same role. Two certifications for one course, and
//! places that can't be joined, are for staff to settle first.

use std::collections::{BTreeMap, HashMap};

use super::PlacedMark;
use crate::{
    attendance::{Attendance, AttendanceStatus},
    ids::{CertificationId, ClassId, CourseId, EnrolmentId, LectureId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
};

/// Whose record stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That of the `temp` user.
    Temp,
    /// That of the real user.
    Real,
}

/// By which rule one of two marks is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepRule {
    /// That of the `temp` user.
    Temp,
    /// That of the real user.
    Real,
    /// The one that says that the learner was there, or else was excused; the real user's where both say the same.
    Attended,
}

/// Which of two marks at one lecture stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkChoices {
    /// At these lectures.
    pub lectures: HashMap<LectureId, Side>,
    /// At all others; `None` leaves them for a later choice.
    pub rule: Option<KeepRule>,
}

impl MarkChoices {
    fn of(&self, temp: &Attendance, real: &Attendance) -> Option<Side> {
        if let Some(side) = self.lectures.get(&temp.lecture_id) {
            return Some(*side);
        }
        Some(match self.rule? {
            KeepRule::Temp => Side::Temp,
            KeepRule::Attended if worth(temp) < worth(real) => Side::Temp,
            KeepRule::Real | KeepRule::Attended => Side::Real,
        })
    }
}

/// How far a mark is from having been there: less is nearer.
fn worth(attendance: &Attendance) -> u8 {
    match attendance.mark.status {
        AttendanceStatus::Present => 0,
        AttendanceStatus::Late | AttendanceStatus::EarlyLeave => 1,
        AttendanceStatus::Excused => 2,
        AttendanceStatus::Absent => 3,
    }
}

/// How much hangs on a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Enrolments, also those that are waited for.
    pub enrolments: u64,
    /// Marks.
    pub attendances: u64,
    /// Requests for leave.
    pub leave_requests: u64,
    /// Certifications.
    pub certifications: u64,
}

/// Both are marked at one lecture.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkClash {
    /// The `temp` user's mark.
    pub temp: PlacedMark,
    /// The real user's mark.
    pub real: PlacedMark,
    /// Which one stays; `None` where nothing says so.
    pub keep: Option<Side>,
}

impl MarkClash {
    /// The mark that stays and the one that gives way, once that is chosen.
    pub fn settled(&self) -> Option<(&PlacedMark, &PlacedMark)> {
        Some(match self.keep? {
            Side::Temp => (&self.temp, &self.real),
            Side::Real => (&self.real, &self.temp),
        })
    }
}

/// Both have a certification for one course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificationClash {
    /// The course.
    pub course_id: CourseId,
    /// The `temp` user's.
    pub temp: CertificationId,
    /// The real user's.
    pub real: CertificationId,
}

/// Two places in one class at one time that can't become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceClash {
    /// The class.
    pub class_id: ClassId,
    /// One of them, the `temp` user's if that is involved.
    pub temp: EnrolmentId,
    /// The other.
    pub real: EnrolmentId,
}

/// What a merge will do, and what stands in its way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MergePreview {
    /// What changes hands, with what gives way.
    pub holdings: Holdings,
    /// The lectures at which both are marked.
    pub marks: Vec<MarkClash>,
    /// The courses for which both have a certification.
    pub certifications: Vec<CertificationClash>,
    /// The places that can't become one.
    pub places: Vec<PlaceClash>,
}

impl MergePreview {
    /// Whether nothing stands in the way.
    pub fn is_clear(&self) -> bool {
        self.certifications.is_empty()
            && self.places.is_empty()
            && self.marks.iter().all(|clash| clash.keep.is_some())
    }
}

/// The lectures at which both are marked, and which mark stays.
pub(super) fn clashes(marks: &[PlacedMark], temp: UserId, choices: &MarkChoices) -> Vec<MarkClash> {
    let (theirs, own): (Vec<_>, Vec<_>) = marks.iter().partition(|mark| mark.attendance.user_id == temp);
    let own: HashMap<LectureId, &PlacedMark> =
        own.into_iter().map(|mark| (mark.attendance.lecture_id, mark)).collect();
    theirs
        .into_iter()
        .filter_map(|mark| {
            let real = *own.get(&mark.attendance.lecture_id)?;
            let keep = choices.of(&mark.attendance, &real.attendance);
            Some(MarkClash { temp: mark.clone(), real: real.clone(), keep })
        })
        .collect()
}

/// How the places of both become those of one.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Those that change, of either user, as they will be; their stamps are as they were.
    pub(super) changed: Vec<Enrolment>,
    /// Those that can't become one.
    pub(super) clashes: Vec<PlaceClash>,
}

/// Where both were in one class at one time, the real user's period grows over both and the other becomes empty. Nobody waits
/// twice, or for a class where they have a place.
pub(super) fn join(theirs: &[Enrolment], own: &[Enrolment]) -> Joined {
    let mut changed: BTreeMap<EnrolmentId, Enrolment> = BTreeMap::new();
    for idle in idle(theirs, own) {
        changed.insert(idle.id, Enrolment { status: EnrolmentStatus::Left, ..idle.clone() });
    }
    let mut mine: Vec<Enrolment> = own.to_vec();
    let (mut apart, mut replaced) = (Vec::new(), HashMap::new());
    for one in theirs.iter().filter(|one| one.status != EnrolmentStatus::Waiting) {
        let same_place = |mine: &&mut Enrolment| {
            mine.class_id == one.class_id && mine.role == one.role && mine.period.overlaps(one.period)
        };
        let Some(held) = mine.iter_mut().find(same_place) else {
            apart.push(one.clone());
            continue;
        };
        let period = EnrolmentPeriod::empty(one.period.enrolled_on());
        changed.insert(one.id, Enrolment { period, status: EnrolmentStatus::Left, ..one.clone() });
        replaced.insert(one.id, held.id);
        let period = held.period.joined(one.period);
        if period != held.period {
            held.status = if period.left_on().is_none() { EnrolmentStatus::Active } else { held.status };
            held.period = period;
            changed.insert(held.id, held.clone());
        }
    }
    for one in &apart {
        // A move between classes goes on from the place that took the place of the old one.
        if let Some(from) = one.transferred_from.and_then(|from| replaced.get(&from)) {
            changed.insert(one.id, Enrolment { transferred_from: Some(*from), ..one.clone() });
        }
    }
    let mut clashes = Vec::new();
    let all: Vec<&Enrolment> = apart.iter().chain(&mine).collect();
    for (index, first) in all.iter().enumerate() {
        for second in all.iter().skip(index + 1) {
            if first.class_id == second.class_id && first.period.overlaps(second.period) {
                clashes.push(PlaceClash { class_id: first.class_id, temp: first.id, real: second.id });
            }
        }
    }
    Joined { changed: changed.into_values().collect(), clashes }
}

/// Whoever waits for a class where the other waits too, or has a place without an end.
fn idle<'a>(theirs: &'a [Enrolment], own: &'a [Enrolment]) -> impl Iterator<Item = &'a Enrolment> {
    let waits = |one: &Enrolment| one.status == EnrolmentStatus::Waiting;
    let theirs_idle = theirs.iter().filter(move |one| {
        let mut there = own.iter().filter(|mine| mine.class_id == one.class_id);
        waits(one) && there.any(|mine| waits(mine) || mine.period.left_on().is_none())
    });
    let own_idle = own.iter().filter(move |mine| {
        let mut there = theirs.iter().filter(|one| one.class_id == mine.class_id);
        waits(mine) && there.any(|one| one.period.left_on().is_none())
    });
    theirs_idle.chain(own_idle)
}
