//! Figures computed by hand: what holds whatever the preset. `of_presets` has the rules of every preset, `of_leave` those of
//! excused absence; each test names where the rule or the figure is from.

mod of_leave;
mod of_presets;

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
        let excused = Excused { treatment, ..Excused::default() };
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
