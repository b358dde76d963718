//! The rules of every preset, each with its source.

use super::*;

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
    // A welfare centre's notice to its learners (late is half): 8 + 2·0.5 = 9 of 10, in halves 18 of 20.
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
