//! What holds for every policy and every learner.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};

use super::{golden_tests::id, *};
use crate::{
    attendance::{AttendanceStatus, Fraction, leave::LeaveReason},
    learning::enrolments::EnrolmentPeriod,
};

fn start() -> DateTime<Utc> {
    "2026-03-25T01:00:00Z".parse().unwrap()
}

fn share() -> impl Strategy<Value = Share> {
    (0_u8..=12, 1_u8..=12).prop_map(|(a, b)| Share::new(a.min(b), b).unwrap())
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        Just(Period::WholeClass),
        (1_u16..6).prop_map(|days| Period::ClassDays { days }),
        Just(Period::CalendarMonth)
    ]
}

fn conversion() -> impl Strategy<Value = Conversion> {
    let statuses = vec(select(vec![AttendanceStatus::Late, AttendanceStatus::EarlyLeave]), 1..3);
    (statuses, 2_u8..5, any::<bool>(), period(), option::of(1_u16..60)).prop_map(
        |(statuses, every, pooled, resets, absence_minutes)| Conversion {
            statuses: statuses.into_iter().collect(),
            every,
            counting: if pooled { Counting::Pooled } else { Counting::Separate },
            resets,
            absence_minutes,
        },
    )
}

fn excused() -> impl Strategy<Value = Excused> {
    let cap = || {
        (0_u32..150, option::of(share()), any::<bool>(), period(), any::<bool>()).prop_map(
            |(at_most, share, half_up, per, carry_unused)| ExcusedCap {
                at_most: Some(at_most),
                share,
                share_rounding: if half_up { RoundingMode::HalfUp } else { RoundingMode::Down },
                per,
                carry_unused,
            },
        )
    };
    let treatment = || select(ExcusedTreatment::ALL.to_vec());
    let reason_caps = btree_map(select(LeaveReason::ALL.to_vec()), cap(), 0..3);
    (treatment(), option::of(cap()), treatment(), reason_caps).prop_map(|(one, cap, other, reason_caps)| {
        Excused {
            treatment: one.min(other),
            cap,
            beyond_cap: one.max(other),
            reason_caps,
            deadline_days: None,
        }
    })
}

/// Sound policies of every kind.
fn policy() -> impl Strategy<Value = PolicyDocument> {
    let span = || select(vec![Span::PersonalPeriod, Span::WholePeriod]);
    let units = || select(Unit::ALL.to_vec());
    let first = (units(), option::of((1_u32..900, units())), share(), share(), share(), any::<bool>());
    let second = (share(), option::of(conversion()), excused(), any::<bool>(), any::<bool>(), span(), span());
    (first, second, share(), any::<bool>(), 0_u16..4).prop_map(
        |((unit, long, late, early, excused_credit, recorded), second, threshold, exceeded, at_risk)| {
            let (day_min_share, conversion, excused, ignored, planned, late_joiners, leavers) = second;
            let long_class = long
                .filter(|(_, other)| *other != unit)
                .map(|(from_minutes, unit)| LongClass { from_minutes, unit });
            // Both kinds of cap together are for lectures alone.
            let lectures_alone = unit == Unit::Lecture && long_class.is_none();
            let cap = excused.cap.filter(|_| lectures_alone || excused.reason_caps.is_empty());
            let excused = Excused { cap, ..excused };
            let by_minutes =
                unit == Unit::Minutes || long_class.is_some_and(|long| long.unit == Unit::Minutes);
            let conversion = conversion
                .map(|one| Conversion { absence_minutes: one.absence_minutes.filter(|_| by_minutes), ..one });
            let credit = |status, share| match &conversion {
                Some(one) if one.statuses.contains(&status) => Share::ONE,
                _ => share,
            };
            PolicyDocument {
                unit,
                long_class,
                credits: Credits {
                    late: credit(AttendanceStatus::Late, late),
                    early_leave: credit(AttendanceStatus::EarlyLeave, early),
                    excused: excused_credit,
                },
                attended_time: if recorded { AttendedTime::AsRecorded } else { AttendedTime::ByStatus },
                day_min_share,
                conversion,
                excused,
                unmarked: if ignored { Unmarked::Ignored } else { Unmarked::Absent },
                denominator: if planned { Denominator::Planned } else { Denominator::Held },
                membership: Membership { late_joiners, leavers },
                threshold: Threshold {
                    share: threshold,
                    when: if exceeded { Comparison::Exceeded } else { Comparison::Reached },
                },
                at_risk_absences_left: at_risk,
                ..PolicyDocument::default()
            }
        },
    )
}

/// A lecture with a mark, perhaps.
#[derive(Debug, Clone, Copy)]
struct Held {
    hours: i64,
    minutes: i32,
    cancelled: bool,
    status: Option<AttendanceStatus>,
    attended: Option<u32>,
    excuse: bool,
    reason: Option<LeaveReason>,
}

fn held() -> impl Strategy<Value = Held> {
    let status = option::weighted(0.8, select(AttendanceStatus::ALL.to_vec()));
    (
        1_i64..40,
        30_i32..90,
        prop::bool::weighted(0.1),
        status,
        option::of(0_u32..100),
        prop::bool::weighted(0.1),
        option::of(select(LeaveReason::ALL.to_vec())),
    )
        .prop_map(|(hours, minutes, cancelled, status, attended, excuse, reason)| Held {
            hours,
            minutes,
            cancelled,
            status,
            attended,
            excuse,
            reason,
        })
}

#[derive(Debug, Clone)]
struct Case {
    lectures: Vec<PlannedLecture>,
    record: LearnerRecord,
    now: DateTime<Utc>,
}

fn case(lectures: std::ops::Range<usize>) -> impl Strategy<Value = Case> {
    let days = (0_u64..12, option::of(1_u64..20));
    (vec(held(), lectures), days, 0_i64..500).prop_map(|(held, (joined, stayed), now)| {
        let mut at = start();
        let mut lectures = Vec::new();
        let mut record = LearnerRecord::default();
        for (number, one) in held.iter().enumerate() {
            at += TimeDelta::hours(one.hours);
            lectures.push(PlannedLecture {
                id: id(number),
                sequence: i32::try_from(number).unwrap(),
                starts_at: at,
                duration_minutes: one.minutes,
                is_cancelled: one.cancelled,
            });
            let lecture_id = id(number);
            if let Some(status) = one.status {
                record.marks.push(RawMark { lecture_id, status, attended_minutes: one.attended });
            }
            if one.excuse {
                record.excuses.push(Excuse { lecture_id, treatment: None, reason: one.reason });
            }
        }
        let first = start().date_naive();
        let joined = if joined < 6 { first } else { first + chrono::Days::new(joined - 5) };
        let left = stayed.map(|days| joined + chrono::Days::new(days));
        record.periods = vec![EnrolmentPeriod::new(joined, left).unwrap()];
        Case { lectures, record, now: start() + TimeDelta::hours(now) }
    })
}

impl Case {
    fn assess(&self, policy: &PolicyDocument) -> Assessment {
        Timetable::new(policy, self.lectures.clone(), self.now).assess(&self.record)
    }

    fn marked(&self, lecture: usize, status: AttendanceStatus) -> Self {
        let mut case = self.clone();
        case.record.marks.retain(|mark| mark.lecture_id != id(lecture));
        case.record.marks.push(RawMark { lecture_id: id(lecture), status, attended_minutes: None });
        case
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn policies_of_every_kind_are_sound_and_survive_their_text(policy in policy()) {
        prop_assert_eq!(policy.faults(), vec![]);
        let again: PolicyDocument = serde_json::from_str(&policy.canonical_json()).unwrap();
        prop_assert_eq!(again.digest(), policy.digest());
        prop_assert_eq!(again, policy);
    }

    #[test]
    fn the_order_of_what_is_on_record_does_not_matter(
        policy in policy(), case in case(0..14), turn in 0_usize..14,
    ) {
        let mut other = case.clone();
        other.lectures.reverse();
        other.record.marks.reverse();
        other.record.excuses.reverse();
        let turn = turn.min(other.record.marks.len());
        other.record.marks.rotate_left(turn);
        prop_assert_eq!(other.assess(&policy), case.assess(&policy));
    }

    #[test]
    fn a_rate_lies_between_nothing_and_everything(policy in policy(), case in case(0..14)) {
        let assessment = case.assess(&policy);
        for rate in [assessment.rate, assessment.forecast.best, assessment.forecast.worst].into_iter().flatten() {
            prop_assert!(rate.numerator() <= rate.denominator());
        }
    }

    #[test]
    fn an_added_present_never_lowers_the_rate(policy in policy(), case in case(1..14), place in 0_usize..14) {
        let lecture = place % case.lectures.len();
        let before = case.assess(&policy);
        let after = case.marked(lecture, AttendanceStatus::Present).assess(&policy);
        prop_assert!(after.rate >= before.rate, "{:?} {:?}", before, after);
    }

    #[test]
    fn the_explanation_sums_to_the_result(policy in policy(), case in case(0..14)) {
        let assessment = case.assess(&policy);
        let (credit, weight) = match assessment.unit {
            Unit::Day => (
                assessment.days.iter().map(|day| u64::from(day.counts)).sum::<u64>(),
                u64::try_from(assessment.days.len()).unwrap(),
            ),
            Unit::Lecture | Unit::Minutes => (
                assessment.lines.iter().map(|line| line.credit).sum(),
                assessment.lines.iter().map(|line| line.weight).sum(),
            ),
        };
        let cost: u64 = assessment.conversions.iter().map(|absence| absence.cost).sum();
        prop_assert_eq!(assessment.sums, Sums { credited: credit, deducted: cost.min(credit), whole: weight });
        if let Some(rate) = assessment.rate {
            prop_assert_eq!(rate.numerator(), credit.saturating_sub(cost));
            prop_assert_eq!(rate.denominator(), weight);
        }
        let time: u64 = assessment.days.iter().map(|day| day.time).sum();
        let lines: u64 = assessment.lines.iter().map(|line| line.weight).sum();
        prop_assert!(assessment.unit != Unit::Day || time == lines);
        let incidents = assessment.lines.iter().filter(|line| line.is_incident).count();
        let converted: usize = assessment.conversions.iter().map(|absence| absence.lectures.len()).sum();
        prop_assert!(converted <= incidents);
    }

    #[test]
    fn merging_classes_adds_up(policy in policy(), cases in vec(case(0..8), 1..5)) {
        let assessed: Vec<Assessment> =
            cases.iter().map(|case| case.assess(&policy)).filter(|one| one.sums.whole > 0).collect();
        let whole: Sums = assessed.iter().map(|one| one.sums).sum();
        prop_assert_eq!(whole.numerator(), assessed.iter().map(|one| one.sums.numerator()).sum::<u64>());
        let shares: Vec<Fraction> = assessed.iter().filter_map(|one| one.sums.share()).collect();
        if let Some(share) = whole.share() {
            prop_assert!(shares.iter().min().unwrap() <= &share && &share <= shares.iter().max().unwrap());
        }
    }

    #[test]
    fn a_forecast_is_what_every_way_on_shows(policy in policy(), case in case(1..9)) {
        let assessment = case.assess(&policy);
        let forecast = assessment.forecast;
        let recorded = assessment.lines.iter().any(|line| line.reason.is_recorded());
        let open: Vec<usize> = (0..case.lectures.len())
            .filter(|place| {
                let line = assessment.lines[*place];
                let lecture = line.lecture;
                let ended = lecture.starts_at + TimeDelta::minutes(lecture.duration_minutes.into()) <= case.now;
                let enrolled = case.record.periods[0].holds_on(line.day);
                enrolled && !lecture.is_cancelled && line.mark.is_none() && !line.is_excused && (!ended || !recorded)
            })
            .collect();
        let end = case.now + TimeDelta::days(400);
        let mut rates = Vec::new();
        for way in 0_u32..1 << open.len() {
            let mut ended = Case { now: end, ..case.clone() };
            for (bit, place) in open.iter().enumerate() {
                let status = if way >> bit & 1 == 1 { AttendanceStatus::Absent } else { AttendanceStatus::Present };
                ended = ended.marked(*place, status);
            }
            rates.push((way.count_ones(), ended.assess(&policy).sums.share()));
        }
        prop_assert_eq!(forecast.best, rates.iter().map(|(_, rate)| *rate).max().flatten());
        prop_assert_eq!(forecast.worst, rates.iter().map(|(_, rate)| *rate).min().flatten());
        let enough = |rate: Option<Fraction>| rate.is_some_and(|rate| policy.threshold.is_met_by(rate));
        prop_assert_eq!(forecast.unreachable_since.is_some(), forecast.best.is_some() && !enough(forecast.best));
        if assessment.unit != Unit::Day {
            let sure = |missed: u64| rates.iter().all(|(absences, rate)| u64::from(*absences) > missed || enough(*rate));
            let expected = (0..=u64::try_from(open.len()).unwrap()).rev().find(|missed| sure(*missed)).unwrap_or(0);
            prop_assert_eq!(forecast.absences_left, expected);
        }
    }
}
