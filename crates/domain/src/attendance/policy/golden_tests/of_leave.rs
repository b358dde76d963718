//! Excused absence: what an approval is, and how much of it there may be.

use super::*;
use crate::attendance::leave::LeaveReason;

#[test]
fn two_excused_days_in_each_unit_may_be_carried_over() {
    // KDT 공가 (teamsparta): 2 days in each unit period; what is left over goes on to the next.
    let cap = ExcusedCap {
        at_most: Some(2),
        share: None,
        share_rounding: RoundingMode::Down,
        per: Period::ClassDays { days: 5 },
        carry_unused: false,
    };
    let policy = |cap| PolicyDocument {
        excused: Excused { cap: Some(cap), ..Excused::default() },
        ..PolicyDocument::default()
    };
    assert_eq!(figure(&policy(cap), "XPPPPXXXPP"), is("9/10", "90.0", Verdict::Met));
    let carried = ExcusedCap { carry_unused: true, ..cap };
    assert_eq!(figure(&policy(carried), "XPPPPXXXPP"), is("10/10", "100.0", Verdict::Met));
    // nbc-precamp: 10 % of all days, rounded: 15 days give 1.5, so 2.
    let share = ExcusedCap {
        at_most: None,
        share: Share::new(1, 10).ok(),
        share_rounding: RoundingMode::HalfUp,
        ..cap
    };
    let share = ExcusedCap { per: Period::WholeClass, ..share };
    assert_eq!(figure(&policy(share), "XXXPPPPPPPPPPPP"), is("14/15", "93.3", Verdict::Met));
}

#[test]
fn an_approved_excuse_stands_beside_the_mark() {
    let policy = preset("lecture-80");
    let mut record = learner("AP-P");
    record.excuses =
        [0, 1, 2].map(|lecture| Excuse { lecture_id: id(lecture), treatment: None, reason: None }).to_vec();
    record.excuses.push(Excuse {
        lecture_id: id(3),
        treatment: Some(ExcusedTreatment::CountsAbsent),
        reason: None,
    });
    let assessment = assess(&policy, &daily(4), &record);
    let present = ExcusedTreatment::CountsPresent;
    let reasons: Vec<Reason> = assessment.lines.iter().map(|line| line.reason).collect();
    assert_eq!(
        reasons,
        [Reason::Excused(present), Reason::Present, Reason::Excused(present), Reason::Present]
    );
    assert_eq!(assessment.lines[0].mark, Some(AttendanceStatus::Absent), "the mark stays as it was");
    assert_eq!(assessment.rate, Fraction::new(4, 4));
}

#[test]
fn each_reason_has_a_cap_of_its_own_within_that_of_all() {
    use LeaveReason::{Exam, FamilyEvent, Illness, Military};
    let cap = |at_most, per| ExcusedCap {
        at_most: Some(at_most),
        share: None,
        share_rounding: RoundingMode::Down,
        per,
        carry_unused: false,
    };
    let rate = |excused: Excused, lectures: usize, marks: &str, reasons: &[(usize, LeaveReason)]| {
        let policy = PolicyDocument { excused, ..PolicyDocument::default() };
        let excuse = |(lecture, reason): &(usize, LeaveReason)| Excuse {
            lecture_id: id(*lecture),
            treatment: None,
            reason: Some(*reason),
        };
        let record = LearnerRecord { excuses: reasons.iter().map(excuse).collect(), ..learner(marks) };
        assess(&policy, &daily(lectures), &record).rate.unwrap().to_string()
    };
    // One family event: the second is an absence, and 병무 is not in its way.
    let family =
        Excused { reason_caps: [(FamilyEvent, cap(1, Period::WholeClass))].into(), ..Excused::default() };
    assert_eq!(rate(family.clone(), 4, "P---", &[(1, FamilyEvent), (2, FamilyEvent), (3, Military)]), "3/4");
    // A mark says no reason, so it is within the cap of all alone.
    assert_eq!(rate(family, 4, "PXX-", &[(3, FamilyEvent)]), "4/4");
    // Two in all, one of them an illness: the second illness is beyond its cap and uses up nothing, so the first exam fits, the
    // second does not.
    let both = Excused {
        cap: Some(cap(2, Period::WholeClass)),
        reason_caps: [(Illness, cap(1, Period::WholeClass))].into(),
        ..Excused::default()
    };
    assert_eq!(rate(both, 5, "P----", &[(1, Illness), (2, Illness), (3, Exam), (4, Exam)]), "3/5");
    // One illness a month: lectures 0 to 29 are of March, 30 and 31 of April. 32 lectures, 28 attended, one of two excused in March
    // and one of two in April.
    let monthly =
        Excused { reason_caps: [(Illness, cap(1, Period::CalendarMonth))].into(), ..Excused::default() };
    let marks = format!("{}----", "P".repeat(28));
    let ill: Vec<(usize, LeaveReason)> = (28..32).map(|lecture| (lecture, Illness)).collect();
    assert_eq!(rate(monthly.clone(), 32, &marks, &ill), "30/32");
    // Beyond the cap as if there had been no lecture.
    let excluded = Excused { beyond_cap: ExcusedTreatment::Excluded, ..monthly };
    assert_eq!(rate(excluded, 32, &marks, &ill), "30/30");
}

#[test]
fn a_day_is_within_the_cap_of_a_reason_with_all_its_lectures() {
    let mut lectures = daily(3);
    // Two lectures on the first day.
    lectures[1].starts_at = lectures[0].starts_at + TimeDelta::hours(3);
    let cap = ExcusedCap {
        at_most: Some(1),
        share: None,
        share_rounding: RoundingMode::Down,
        per: Period::WholeClass,
        carry_unused: false,
    };
    let policy = PolicyDocument {
        unit: Unit::Day,
        excused: Excused { reason_caps: [(LeaveReason::Illness, cap)].into(), ..Excused::default() },
        ..PolicyDocument::default()
    };
    let excuses = [0, 1, 2].map(|lecture| Excuse {
        lecture_id: id(lecture),
        treatment: None,
        reason: Some(LeaveReason::Illness),
    });
    let record = LearnerRecord { excuses: excuses.to_vec(), ..learner("---") };
    assert_eq!(assess(&policy, &lectures, &record).rate.unwrap().to_string(), "1/2");
}
