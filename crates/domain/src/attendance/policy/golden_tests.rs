//! Figures computed by hand, for every rule of every preset. Each test names where the rule or the figure is from.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::*;
use crate::{
    attendance::{AttendanceStatus, Fraction, Verdict},
    ids::LectureId,
    learning::enrolments::EnrolmentPeriod,
};

/// The first lecture: 10:00 on a Monday in Seoul.
fn first() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

pub(super) fn id(number: usize) -> LectureId {
    LectureId(Uuid::from_u128(u128::try_from(number).unwrap()))
}

/// One lecture a day, two hours each.
fn daily(lectures: usize) -> Vec<PlannedLecture> {
    lasting(&vec![120; lectures])
}

/// One lecture a day, of these lengths.
fn lasting(minutes: &[i32]) -> Vec<PlannedLecture> {
    let lecture = |(number, minutes): (usize, &i32)| PlannedLecture {
        id: id(number),
        sequence: i32::try_from(number).unwrap() + 1,
        starts_at: first() + TimeDelta::days(i64::try_from(number).unwrap()),
        duration_minutes: *minutes,
        is_cancelled: false,
    };
    minutes.iter().enumerate().map(lecture).collect()
}

/// A mark for each letter: P present, L late, E early leave, X excused, A absent, - none; the lectures follow each other.
fn learner(marks: &str) -> LearnerRecord {
    let marks = marks.chars().enumerate().filter_map(|(number, letter)| {
        let status = match letter {
            'P' => AttendanceStatus::Present,
            'L' => AttendanceStatus::Late,
            'E' => AttendanceStatus::EarlyLeave,
            'X' => AttendanceStatus::Excused,
            'A' => AttendanceStatus::Absent,
            _ => return None,
        };
        Some(RawMark { lecture_id: id(number), status, attended_minutes: None })
    });
    LearnerRecord { periods: vec![enrolled("2026-01-01", None)], marks: marks.collect(), excuses: Vec::new() }
}

fn enrolled(from: &str, left: Option<&str>) -> EnrolmentPeriod {
    EnrolmentPeriod::new(day(from), left.map(day)).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn end(lectures: &[PlannedLecture]) -> DateTime<Utc> {
    lectures.last().map_or(first(), |lecture| lecture.starts_at + TimeDelta::days(1))
}

fn assess(policy: &PolicyDocument, lectures: &[PlannedLecture], record: &LearnerRecord) -> Assessment {
    Timetable::new(policy, lectures.to_vec(), end(lectures)).assess(record)
}

fn preset(name: &str) -> PolicyDocument {
    presets::find(name).unwrap().document
}

fn figure(policy: &PolicyDocument, marks: &str) -> (String, String, Verdict) {
    let assessment = assess(policy, &daily(marks.len()), &learner(marks));
    let rate = assessment.rate.unwrap();
    (rate.to_string(), policy.percent(rate), assessment.verdict)
}

fn is(fraction: &str, percent: &str, verdict: Verdict) -> (String, String, Verdict) {
    (fraction.to_owned(), percent.to_owned(), verdict)
}

/// The learner of the eight answers (`field.md` c1): 20 lectures held; 12 present, 4 late, 1 early leave, 1 excused, 1 absent, 1 not
/// marked.
const EIGHT: &str = "PPPPPPPPPPPPLLLLEXA-";

/// Each of the eight rules, as the document for programme managers calls it.
fn eight_rules() -> Vec<(&'static str, PolicyDocument)> {
    let pooled = preset("late3-pooled");
    let with = |treatment| {
        let excused = Excused { treatment, cap: None, beyond_cap: ExcusedTreatment::CountsAbsent };
        PolicyDocument { excused, ..pooled.clone() }
    };
    let moodle_all = PolicyDocument {
        unmarked: Unmarked::Absent,
        denominator: Denominator::Planned,
        ..preset("points-2-1-1-0")
    };
    let chamilo = PolicyDocument {
        denominator: Denominator::Planned,
        excused: Excused { treatment: ExcusedTreatment::CountsAbsent, ..Excused::default() },
        ..PolicyDocument::default()
    };
    vec![
        ("Moodle, 기록한 차시만 (조퇴는 지각으로)", preset("points-2-1-1-0")),
        ("Moodle, 모든 차시", moodle_all),
        ("Canvas, 지각 0.8 (공결은 세지 않음)", preset("weight-0.8")),
        ("Chamilo, 지각·조퇴는 출석", chamilo),
        ("지각·조퇴 합산 3회 = 결석 1회, 공결은 출석", pooled.clone()),
        ("같은 기준, 공결은 분모에서 뺌", with(ExcusedTreatment::Excluded)),
        ("같은 기준, 공결은 기록만 하고 출석은 아님", with(ExcusedTreatment::RecordedOnly)),
        ("지각·조퇴 절반 인정", preset("half-for-late")),
    ]
}

#[test]
fn one_learner_has_eight_answers() {
    let by_hand = [
        // Moodle "taken": 12·2 + 4 + 1 + 1 = 30 points of 19·2 = 38.
        is("30/38", "78.9", Verdict::NotMet),
        // Moodle "all sessions": the same 30 points of 20·2 = 40.
        is("30/40", "75.0", Verdict::NotMet),
        // Canvas: 12 + 5·0.8 = 16 of the 18 rows; in fifths 80 of 90.
        is("80/90", "88.9", Verdict::Met),
        // Chamilo: 12 + 4 + 1 = 17 of 20.
        is("17/20", "85.0", Verdict::Met),
        // Korea, 5 incidents are one absence and 2 are left over: 12 + 5 + 1 - 1 = 17 of 20.
        is("17/20", "85.0", Verdict::Met),
        // The same without the excused lecture: 12 + 5 - 1 = 16 of 19.
        is("16/19", "84.2", Verdict::Met),
        // The same, excused on the record only (DEU): 16 of 20, exactly enough.
        is("16/20", "80.0", Verdict::Met),
        // Half credit: 12 + 2 + 0.5 + 1 = 15.5 of 20; in halves 31 of 40.
        is("31/40", "77.5", Verdict::NotMet),
    ];
    let computed: Vec<_> = eight_rules().iter().map(|(_, policy)| figure(policy, EIGHT)).collect();
    assert_eq!(computed, by_hand);
}

/// What programme managers read.
const DOCUMENT: &str = include_str!("../../../../../docs/ATTENDANCE.md");

#[test]
fn the_document_for_programme_managers_tells_the_figures_of_the_engine() {
    for (name, policy) in eight_rules() {
        let (fraction, percent, verdict) = figure(&policy, EIGHT);
        let enough = if verdict == Verdict::Met { "예" } else { "아니요" };
        let row = format!("| {name} | {fraction} | {percent}% | {enough} |");
        assert!(DOCUMENT.contains(&row), "{row}");
    }
    let twenties: String = (1..=40).map(|day| if (19..=21).contains(&day) { 'L' } else { 'P' }).collect();
    let mut sixty = learner("PPPPPPPPPPPEAA");
    sixty.marks[11].attended_minutes = Some(60);
    for (name, lectures, record) in [
        ("lecture-80", daily(20), learner("PPPPPPPPPPPPLLEXAAAA")),
        ("hours-then-days-80", daily(14), sixty),
        ("late3-pooled", daily(10), learner("LLEPPPPPPP")),
        ("late3-separate", daily(10), learner("LLLEEEPPPP")),
        ("credit-bank-4-5", lasting(&[180; 10]), learner("LLLPPPPPPA")),
        ("half-for-late", daily(10), learner("PPPPPPPPLE")),
        ("points-2-1-1-0", daily(4), learner("PLXA")),
        ("weight-0.8", daily(5), learner("PPPLA")),
        ("employer-20-days", daily(40), learner(&twenties)),
    ] {
        let preset = presets::find(name).unwrap();
        let rate = assess(&preset.document, &lectures, &record).rate.unwrap();
        let begin = format!("| `{name}` | {} | ", preset.title);
        let end = format!(" → {rate}, {}% |", preset.document.percent(rate));
        assert!(
            DOCUMENT.lines().any(|line| line.starts_with(&begin) && line.ends_with(&end)),
            "{begin}…{end}"
        );
    }
    assert_eq!(DOCUMENT.matches("| `").count() - 14, presets::all().len(), "every preset has a row");
}

#[test]
fn the_plain_rule_takes_exactly_four_fifths() {
    // pcu.ac.kr/cec: 80 % or more. 16/20 = 80 %, 15/20 = 75 %; late, early leave and excused count.
    let plain = preset("lecture-80");
    assert_eq!(figure(&plain, "PPPPPPPPPPPPLLEXAAAA"), is("16/20", "80.0", Verdict::Met));
    assert_eq!(figure(&plain, "PPPPPPPPPPPPLLEAAAA-"), is("15/20", "75.0", Verdict::NotMet));
    let exceeded = PolicyDocument {
        threshold: Threshold { share: Share::FOUR_FIFTHS, when: Comparison::Exceeded },
        ..plain
    };
    assert_eq!(figure(&exceeded, "PPPPPPPPPPPPPPPPAAAA").2, Verdict::NotMet);
}

#[test]
fn a_class_under_30_hours_is_counted_by_hours() {
    // kpcre.or.kr FAQ 35. 14 lectures of 2 hours are 28 hours. One of them was left after 60 of its 120 minutes, two were missed:
    // 11·120 + 60 = 1,380 of 1,680 minutes, 82.1 %.
    let policy = preset("hours-then-days-80");
    let lectures = daily(14);
    let mut record = learner("PPPPPPPPPPPEAA");
    record.marks[11].attended_minutes = Some(60);
    let assessment = assess(&policy, &lectures, &record);
    assert_eq!(assessment.unit, Unit::Minutes);
    assert_eq!(assessment.rate.unwrap().to_string(), "1380/1680");
    assert_eq!(policy.percent(assessment.rate.unwrap()), "82.1");
    assert_eq!(assessment.verdict, Verdict::Met);
    // By lectures it would have been 12 of 14; by hours, three lates are nothing but the time that they took.
    let mut late = learner("LLLPPPPPPPPPPP");
    for mark in &mut late.marks[..3] {
        mark.attended_minutes = Some(90);
    }
    assert_eq!(assess(&policy, &lectures, &late).rate.unwrap().to_string(), "1590/1680");
}

#[test]
fn a_class_from_30_hours_on_is_counted_by_days() {
    // kpcre.or.kr FAQ 35. 15 lectures of 2 hours are exactly 30 hours. A day counts from half of its time on, and three lates and
    // early leaves together are one day: 60 of 120 minutes count, 59 don't.
    let policy = preset("hours-then-days-80");
    let lectures = daily(15);
    let mut record = learner("LLEPPPPPPPPPPPA");
    record.marks[2].attended_minutes = Some(60);
    let assessment = assess(&policy, &lectures, &record);
    assert_eq!(assessment.unit, Unit::Day);
    assert_eq!(assessment.conversions.len(), 1);
    assert_eq!(assessment.conversions[0].lectures, [id(0), id(1), id(2)]);
    assert_eq!(assessment.rate.unwrap().to_string(), "13/15");
    // One minute less and the day is missed, and then it is no early leave any more: 13 days, nothing converted.
    record.marks[2].attended_minutes = Some(59);
    let assessment = assess(&policy, &lectures, &record);
    assert!(assessment.conversions.is_empty());
    assert_eq!(assessment.rate.unwrap().to_string(), "13/15");
}

#[test]
fn a_day_of_several_lectures_counts_once() {
    // kpcre.or.kr FAQ 35: half of the time of a day. Two lectures a day: 60 and 120 minutes.
    let policy = PolicyDocument { unit: Unit::Day, ..PolicyDocument::default() };
    let mut lectures = lasting(&[60, 120, 60, 120]);
    for (number, lecture) in lectures.iter_mut().enumerate() {
        let (day, place) = (i64::try_from(number / 2).unwrap(), i64::try_from(number % 2).unwrap());
        lecture.starts_at = first() + TimeDelta::days(day) + TimeDelta::hours(place * 2);
    }
    // The first day only the hour of three, the second day only the two hours of three.
    let assessment = assess(&policy, &lectures, &learner("PAAP"));
    let days: Vec<(u64, u64, bool)> =
        assessment.days.iter().map(|day| (day.attended, day.time, day.counts)).collect();
    assert_eq!(days, [(60, 180, false), (120, 180, true)]);
    assert_eq!(assessment.rate.unwrap().to_string(), "1/2");
}

#[test]
fn three_lates_and_early_leaves_together_are_one_absence() {
    // kpcre.or.kr FAQ 35, pooled: 2 lates and 1 early leave are one absence, 9 - 0 absent = 10 credited - 1.
    let policy = preset("late3-pooled");
    assert_eq!(figure(&policy, "LLEPPPPPPP"), is("9/10", "90.0", Verdict::Met));
    assert_eq!(figure(&policy, "LLPPPPPPPP"), is("10/10", "100.0", Verdict::Met));
    assert_eq!(figure(&policy, "LLLEEEPPPA"), is("7/10", "70.0", Verdict::NotMet));
}

#[test]
fn three_lates_and_three_early_leaves_are_an_absence_each() {
    // Kwangwoon, separate: 2 lates and 2 early leaves are none; 3 and 3 are two.
    let policy = preset("late3-separate");
    assert_eq!(figure(&policy, "LLEEPPPPPP"), is("10/10", "100.0", Verdict::Met));
    assert_eq!(figure(&policy, "LLLEEEPPPP"), is("8/10", "80.0", Verdict::Met));
    assert_eq!(figure(&policy, "LLLEEEPPPA"), is("7/10", "70.0", Verdict::NotMet));
}

#[test]
fn the_credit_bank_takes_four_fifths_of_the_hours() {
    // Kwangwoon: below 4/5 the credit is lost. 10 lectures of 3 hours are 1,800 minutes; 3 lates are one hour absent (Kangnam), and
    // one of the lectures was missed: 9·180 - 60 = 1,560 of 1,800, 86.7 %. In parts of a minute, as all credits are whole.
    let policy = preset("credit-bank-4-5");
    let lectures = lasting(&[180; 10]);
    let assessment = assess(&policy, &lectures, &learner("LLLPPPPPPA"));
    assert_eq!(assessment.rate.unwrap().to_string(), "1560/1800");
    assert_eq!(policy.percent(assessment.rate.unwrap()), "86.7");
    // Two missed and three lates: 8·180 - 60 = 1,380 of 1,800, 76.7 %: F.
    assert_eq!(assess(&policy, &lectures, &learner("LLLPPPPPAA")).verdict, Verdict::NotMet);
    assert_eq!(assess(&policy, &lectures, &learner("PPPPPPPPAA")).verdict, Verdict::Met);
}

#[test]
fn the_credit_bank_excuses_a_fifth_of_the_hours() {
    // hakjum.com: 공결 up to 20 % of the hours. Of 10 lectures of 3 hours, two are excused; the third is absent.
    let policy = preset("credit-bank-4-5");
    let assessment = assess(&policy, &lasting(&[180; 10]), &learner("PXPXPXPPPP"));
    assert_eq!(assessment.rate.unwrap().to_string(), "1620/1800");
    assert_eq!(
        assessment.lines[5].reason,
        Reason::ExcusedBeyondCap(ExcusedTreatment::CountsAbsent),
        "the third in the order of time"
    );
    // edu.edukangnam.ac.kr: 25 minutes late is absent.
    assert_eq!(policy.times.absent_after_minutes, Some(24));
}

#[test]
fn half_credit_is_kept_exactly() {
    // Two halves are one: 8 + 2·0.5 = 9 of 10, in halves 18 of 20.
    assert_eq!(figure(&preset("half-for-late"), "PPPPPPPPLE"), is("18/20", "90.0", Verdict::Met));
}

#[test]
fn points_of_moodle_drop_what_was_not_marked() {
    // summary.php: P 2, L 1, E 1, A 0 over the points of marked sessions: (2 + 1 + 1 + 0)/8.
    assert_eq!(figure(&preset("points-2-1-1-0"), "PLXA------"), is("4/8", "50.0", Verdict::NotMet));
    // One present mark is 100 %, as Moodle's users complain (MA#447).
    assert_eq!(figure(&preset("points-2-1-1-0"), "P---------"), is("2/2", "100.0", Verdict::Met));
}

#[test]
fn the_weight_of_canvas_is_four_fifths() {
    // student_course_stats.rb: (present + 0.8·late)/rows: (3 + 0.8)/5 = 3.8/5 = 76 %.
    assert_eq!(figure(&preset("weight-0.8"), "PPPLA-----"), is("19/25", "76.0", Verdict::NotMet));
}

#[test]
fn in_units_of_20_days_what_is_left_over_is_dropped() {
    // SYI calculator: incidents on days 19, 20 and 21 cost nothing in units of 20 days, and one day of 40 over the whole course.
    let units = preset("employer-20-days");
    let marks: String = (1..=40).map(|day| if (19..=21).contains(&day) { 'L' } else { 'P' }).collect();
    assert_eq!(figure(&units, &marks), is("40/40", "100.0", Verdict::Met));
    let conversion = units.conversion.clone().map(|one| Conversion { resets: Period::WholeClass, ..one });
    let whole = PolicyDocument { conversion, ..units.clone() };
    assert_eq!(figure(&whole, &marks), is("39/40", "97.5", Verdict::Met));
    // Days 18 to 20 are within one unit.
    let within: String = (1..=40).map(|day| if (18..=20).contains(&day) { 'E' } else { 'P' }).collect();
    assert_eq!(figure(&units, &within), is("39/40", "97.5", Verdict::Met));
}

#[test]
fn sixteen_of_twenty_training_days_are_exactly_enough() {
    // KDT training-fee vectors (code search 53636923676): 16/20 is the full fee.
    let policy = preset("employer-20-days");
    assert_eq!(figure(&policy, "PPPPPPPPPPPPPPPPAAAA"), is("16/20", "80.0", Verdict::Met));
    assert_eq!(figure(&policy, "PPPPPPPPPPPPPPPAAAAA"), is("15/20", "75.0", Verdict::NotMet));
}

#[test]
fn who_joins_late_is_counted_over_their_own_days_and_who_leaves_over_all() {
    // KDT vectors: mid-joiner over personal days, drop-out over the days of the period.
    let policy = preset("employer-20-days");
    let lectures = daily(20);
    // Joined on the 11th day (12 March): 9 of 10 own days.
    let mut joiner = learner("----------PPPPPPPPPA");
    joiner.periods = vec![enrolled("2026-03-12", None)];
    let assessment = assess(&policy, &lectures, &joiner);
    assert_eq!(assessment.rate.unwrap().to_string(), "9/10");
    assert_eq!(assessment.lines[0].reason, Reason::NotEnrolled);
    // Left after ten attended days: 10 of 20.
    let mut leaver = learner("PPPPPPPPPP----------");
    leaver.periods = vec![enrolled("2026-03-01", Some("2026-03-12"))];
    let assessment = assess(&policy, &lectures, &leaver);
    assert_eq!(assessment.rate.unwrap().to_string(), "10/20");
    assert_eq!(assessment.lines[10].reason, Reason::AfterLeaving);
    // By the plain rule the same learner is counted over the ten own lectures only.
    assert_eq!(assess(&preset("lecture-80"), &lectures, &leaver).rate, Fraction::new(10, 10));
}

#[test]
fn months_begin_the_count_anew() {
    // Two lates in March and one in April: none, where the count begins anew with each month.
    let mut policy = preset("late3-pooled");
    let marks = "PPPPPPPPPPPPPPPPPPPPPPPPPPPPLLLP";
    assert_eq!(figure(&policy, marks), is("31/32", "96.9", Verdict::Met));
    policy.conversion = policy.conversion.map(|one| Conversion { resets: Period::CalendarMonth, ..one });
    assert_eq!(figure(&policy, marks), is("32/32", "100.0", Verdict::Met));
}

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
    record.excuses = [0, 1, 2].map(|lecture| Excuse { lecture_id: id(lecture), treatment: None }).to_vec();
    record.excuses.push(Excuse { lecture_id: id(3), treatment: Some(ExcusedTreatment::CountsAbsent) });
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
fn a_cancelled_lecture_never_counts() {
    let mut lectures = daily(5);
    lectures[4].is_cancelled = true;
    let assessment = assess(&preset("lecture-80"), &lectures, &learner("PPPAA"));
    assert_eq!(assessment.rate.unwrap().to_string(), "3/4");
    assert_eq!(assessment.lines[4].reason, Reason::Cancelled);
}

#[test]
fn nothing_recorded_yet_is_neither_0_nor_100_percent() {
    for preset in presets::all() {
        for marks in ["", "----"] {
            let assessment = assess(&preset.document, &daily(4), &learner(marks));
            assert_eq!((assessment.rate, assessment.verdict), (None, Verdict::Undecided), "{}", preset.name);
            assert_eq!(assessment.forecast.unreachable_since, None, "{}", preset.name);
        }
    }
    let never_enrolled = LearnerRecord { periods: Vec::new(), ..learner("PPPP") };
    assert_eq!(assess(&preset("lecture-80"), &daily(4), &never_enrolled).rate, None);
}

#[test]
fn the_forecast_tells_how_many_absences_are_left() {
    // 20 lectures, 10 held: 8 present, 2 absent. Four of 20 may be missed, so two more; best 18/20, worst 8/20.
    let policy = preset("lecture-80");
    let lectures = daily(20);
    let forecast = |marks: &str| {
        let now = lectures[9].starts_at + TimeDelta::hours(3);
        Timetable::new(&policy, lectures.clone(), now).assess(&learner(marks)).forecast
    };
    let middle = forecast("PPPPAPPPPA");
    assert_eq!((middle.lectures_left, middle.absences_left, middle.at_risk), (10, 2, false));
    assert_eq!((middle.best, middle.worst), (Fraction::new(18, 20), Fraction::new(8, 20)));
    let risky = forecast("PPAPAPPPPA");
    assert_eq!((risky.absences_left, risky.at_risk, risky.unreachable_since), (1, true, None));
    // The fifth absence, at the seventh lecture, is one too many.
    let lost = forecast("AAPAAPAPPP");
    assert_eq!((lost.absences_left, lost.at_risk), (0, false));
    assert_eq!(lost.unreachable_since, Some(lectures[6].starts_at));
    assert_eq!(forecast("PPPPPPPPPP").absences_left, 4);
    assert!(!forecast("PPPPPPPPPP").at_risk);
}

#[test]
fn a_lecture_under_way_is_still_open() {
    let policy = preset("lecture-80");
    let lectures = daily(5);
    let timetable = Timetable::new(&policy, lectures.clone(), lectures[4].starts_at + TimeDelta::minutes(5));
    let assessment = timetable.assess(&learner("PPPA"));
    assert_eq!(assessment.rate.unwrap().to_string(), "3/5");
    assert_eq!(assessment.forecast.best, Fraction::new(4, 5));
    assert_eq!((assessment.forecast.lectures_left, assessment.forecast.unreachable_since), (1, None));
}

#[test]
fn all_planned_lectures_may_be_the_denominator() {
    // Chamilo counts over all dates: 4 of 10 planned, after five lectures.
    let policy = PolicyDocument { denominator: Denominator::Planned, ..PolicyDocument::default() };
    let lectures = daily(10);
    let now = lectures[4].starts_at + TimeDelta::hours(3);
    let assessment = Timetable::new(&policy, lectures, now).assess(&learner("PPPPA"));
    assert_eq!(assessment.rate.unwrap().to_string(), "4/10");
    assert_eq!(assessment.lines[5].reason, Reason::PlannedAhead);
    assert_eq!(assessment.forecast.best, Fraction::new(9, 10));
}
