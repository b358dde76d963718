//! Charts of figures: the one place where figures of attendance become shapes.

use chrono::{Datelike, NaiveDate};
use madang_charts::{
    Bar, Bars, Chart, Column, Counts, Funnel, Heading, HeatMap, Histogram, LearnerRow, Measure, Reference,
    Stacked, Stage, Status,
};
use madang_domain::{
    attendance::{
        AttendanceStatus, Fraction, Tally, Verdict,
        policies::Policy,
        policy::Reason,
        sheet::{AttendanceSheet, SheetRow},
    },
    calendar::Period,
};

use crate::statistics::{
    BucketFigures, ClassCompletions, CourseStats, Figures, FunnelStep, PeriodStats, Rate,
};

/// How figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// The rate of each week, month, lecture or class.
    Bars,
    /// Marks by status.
    Stacked,
    /// Learners by lectures.
    HeatMap,
    /// How many come how far.
    Funnel,
    /// How rates are distributed.
    Histogram,
}

/// A chart of a subject, or that there is none of this kind.
pub type SubjectChart = Option<Chart>;

/// The exact share as a length; what it says is written beside it.
pub(super) fn percent(share: Fraction) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a picture shows about three digits")]
    let (part, whole) = (share.numerator() as f32, share.denominator() as f32);
    part * 100.0 / whole
}

fn bar(label: String, rate: Option<&Rate>, is_partial: bool) -> Bar {
    Bar {
        label,
        value: rate.map(|rate| percent(rate.share)),
        text: rate.map(|rate| rate.percent.clone()).unwrap_or_default(),
        is_partial,
    }
}

pub(super) fn counts(tally: Tally) -> Counts {
    let Tally { present, late, early_leave, excused, absent, expected: _ } = tally;
    Counts { present, late, early_leave, excused, absent, unmarked: tally.unmarked() }
}

fn reference(policy: &Policy) -> Reference {
    let share = Fraction::from(policy.document.threshold.share);
    Reference { value: percent(share), label: format!("수료 기준 {}%", policy.document.percent(share)) }
}

/// `9/7` for a week, `2026-09` for a month.
fn bucket_label(bucket: &BucketFigures, period: Period) -> String {
    match period {
        Period::Weekly => day_label(bucket.begins_on),
        Period::Monthly => bucket.begins_on.format("%Y-%m").to_string(),
    }
}

fn day_label(day: NaiveDate) -> String {
    format!("{}/{}", day.month(), day.day())
}

pub(super) fn labels_are(period: Period) -> &'static str {
    match period {
        Period::Weekly => "주 (월요일 시작)",
        Period::Monthly => "월",
    }
}

pub(super) fn of_period(stats: &PeriodStats, of: &str, kind: ChartKind) -> SubjectChart {
    let period = stats.range.period();
    let every = match period {
        Period::Weekly => "주별",
        Period::Monthly => "월별",
    };
    let subtitle =
        format!("{of} · {} ~ {} ({})", stats.range.from(), stats.range.to(), stats.range.time_zone());
    let heading = |what: &str| Heading { title: format!("{every} {what}"), subtitle: Some(subtitle.clone()) };
    match kind {
        ChartKind::Bars => Some(Chart::Bars(Bars {
            heading: heading("출석률"),
            measure: Measure::Percent,
            values_are: "출석률 (%)".to_owned(),
            labels_are: labels_are(period).to_owned(),
            bars: stats
                .buckets
                .iter()
                .map(|one| bar(bucket_label(one, period), one.figures.rate.as_ref(), !one.complete))
                .collect(),
            reference: None,
        })),
        ChartKind::Stacked => Some(Chart::Stacked(Stacked {
            heading: heading("출석 현황"),
            values_are: "출석 기록 (건)".to_owned(),
            labels_are: labels_are(period).to_owned(),
            columns: stats
                .buckets
                .iter()
                .map(|one| Column { label: bucket_label(one, period), counts: counts(one.figures.tally) })
                .collect(),
        })),
        ChartKind::HeatMap | ChartKind::Funnel | ChartKind::Histogram => None,
    }
}

pub(super) fn of_course(stats: &CourseStats, kind: ChartKind) -> SubjectChart {
    let subtitle = Some(format!("{} · 수업 {}개", stats.title, stats.by_class.len()));
    let heading = |title: &str| Heading { title: title.to_owned(), subtitle: subtitle.clone() };
    match kind {
        ChartKind::Bars => Some(Chart::Bars(Bars {
            heading: heading("수업별 출석률"),
            measure: Measure::Percent,
            values_are: "출석률 (%)".to_owned(),
            labels_are: "수업 (먼저 시작한 순)".to_owned(),
            bars: stats
                .by_class
                .iter()
                .map(|one| bar(one.title.clone(), one.figures.rate.as_ref(), false))
                .collect(),
            reference: None,
        })),
        ChartKind::Stacked => Some(Chart::Stacked(Stacked {
            heading: heading("수업별 출석 현황"),
            values_are: "출석 기록 (건)".to_owned(),
            labels_are: "수업 (먼저 시작한 순)".to_owned(),
            columns: stats
                .by_class
                .iter()
                .map(|one| Column { label: one.title.clone(), counts: counts(one.figures.tally) })
                .collect(),
        })),
        ChartKind::HeatMap | ChartKind::Funnel | ChartKind::Histogram => None,
    }
}

/// `certified` is how many learners have a certification that rests on the class; `None` where that was not asked for.
pub(super) fn of_sheet(sheet: &AttendanceSheet, certified: Option<u64>, kind: ChartKind) -> Chart {
    let title = sheet.class.title.as_str();
    let dates = &sheet.class.dates;
    let subtitle = format!("{title} · {} ~ {} · 수강생 {}명", dates.begin(), dates.end(), sheet.rows.len());
    let heading = |title: &str| Heading { title: title.to_owned(), subtitle: Some(subtitle.clone()) };
    match kind {
        ChartKind::Bars => {
            let by_lecture = by_lecture(sheet);
            Chart::Bars(Bars {
                heading: heading("차시별 출석률"),
                measure: Measure::Percent,
                values_are: "출석률 (%)".to_owned(),
                labels_are: "차시".to_owned(),
                bars: sheet
                    .lectures
                    .iter()
                    .zip(by_lecture)
                    .filter(|(_, tally)| tally.expected > 0)
                    .map(|(lecture, tally)| {
                        let share = turnout(&sheet.policy, tally);
                        Bar {
                            label: lecture.sequence.to_string(),
                            value: share.map(percent),
                            text: share.map(|share| sheet.policy.document.percent(share)).unwrap_or_default(),
                            is_partial: false,
                        }
                    })
                    .collect(),
                reference: Some(reference(&sheet.policy)),
            })
        }
        ChartKind::Stacked => Chart::Stacked(Stacked {
            heading: heading("차시별 출석 현황"),
            values_are: "수강생 (명)".to_owned(),
            labels_are: "차시".to_owned(),
            columns: sheet
                .lectures
                .iter()
                .zip(by_lecture(sheet))
                .filter(|(_, tally)| tally.expected > 0)
                .map(|(lecture, tally)| Column { label: lecture.sequence.to_string(), counts: counts(tally) })
                .collect(),
        }),
        ChartKind::HeatMap => Chart::HeatMap(heat_map(sheet, heading("출석부"))),
        ChartKind::Funnel => Chart::Funnel(funnel(sheet, certified, heading("수료 현황"))),
        ChartKind::Histogram => {
            let rates = sheet.rows.iter().filter_map(|row| row.assessment.rate);
            let bins = Histogram::bins_of(rates.map(|rate| (rate.numerator(), rate.denominator())), 10);
            let threshold = Some(percent(sheet.policy.document.threshold.share.into()));
            Chart::Histogram(Histogram { heading: heading("출석률 분포"), bins, threshold })
        }
    }
}

/// The way of the learners of a class to the certificate, as the dashboard counts it.
pub(super) fn of_completions(class: &ClassCompletions) -> Chart {
    let ClassCompletions { title, begin_date, end_date, counts, .. } = class;
    let stages = counts.funnel().into_iter().map(|(step, count)| {
        let name = match step {
            FunnelStep::Enrolled => "등록",
            FunnelStep::Stayed => "계속 수강",
            FunnelStep::MeetsPolicy => "출석 기준 충족",
            FunnelStep::Eligible => "수료 가능",
            FunnelStep::Certified => "수료증 발급",
        };
        Stage { name: name.to_owned(), count }
    });
    let subtitle = format!("{title} · {begin_date} ~ {end_date} · 수강생 {}명", counts.enrolled);
    Chart::Funnel(Funnel {
        heading: Heading { title: "수료 현황".to_owned(), subtitle: Some(subtitle) },
        unit: "명".to_owned(),
        stages: stages.collect(),
    })
}

fn heat_map(sheet: &AttendanceSheet, heading: Heading) -> HeatMap {
    let mut rows: Vec<&SheetRow> = sheet.rows.iter().collect();
    let mut heading = heading;
    if rows.len() > HeatMap::MAX_ROWS {
        // Not all can be seen: those first to whom somebody has to see.
        rows.sort_by_key(|row| row.assessment.rate);
        heading.subtitle = heading.subtitle.map(|subtitle| format!("{subtitle} · 출석률이 낮은 순"));
    }
    HeatMap {
        heading,
        lectures: sheet.lectures.iter().map(|lecture| lecture.sequence.to_string()).collect(),
        rows: rows
            .into_iter()
            .map(|row| LearnerRow {
                name: row.user.name.clone(),
                cells: cells(sheet, row),
                rate: row.assessment.rate.map_or_else(
                    || "–".to_owned(),
                    |rate| format!("{}%", sheet.policy.document.percent(rate)),
                ),
            })
            .collect(),
    }
}

fn funnel(sheet: &AttendanceSheet, certified: Option<u64>, heading: Heading) -> Funnel {
    let count = |keep: &dyn Fn(&SheetRow) -> bool| {
        u64::try_from(sheet.rows.iter().filter(|row| keep(row)).count()).unwrap_or(u64::MAX)
    };
    let stage = |name: &str, count| Stage { name: name.to_owned(), count };
    let mut stages = vec![
        stage("등록", count(&|_| true)),
        stage("출석 시작", count(&|row| row.assessment.counts.recorded() > row.assessment.counts.absent)),
        stage("기준 달성 가능", count(&|row| row.assessment.forecast.unreachable_since.is_none())),
        stage("출석 기준 충족", count(&|row| row.assessment.verdict == Verdict::Met)),
    ];
    stages.extend(certified.map(|certified| stage("수료증 발급", certified)));
    Funnel { heading, unit: "명".to_owned(), stages }
}

/// What is said of a learner at each lecture of the class; nothing where nobody was expected.
pub(super) fn cells(sheet: &AttendanceSheet, row: &SheetRow) -> Vec<Option<Status>> {
    let lines: std::collections::HashMap<_, _> =
        row.assessment.lines.iter().map(|line| (line.lecture.id, line.reason)).collect();
    sheet
        .lectures
        .iter()
        .zip(&row.marks)
        .map(|(lecture, mark)| match lines.get(&lecture.id) {
            Some(reason) => said(*reason),
            // Who came by a move is counted over lectures of the other class as well.
            None => mark.map(status),
        })
        .collect()
}

fn said(reason: Reason) -> Option<Status> {
    match reason {
        Reason::Cancelled
        | Reason::NotEnrolled
        | Reason::BeforeJoining
        | Reason::AfterLeaving
        | Reason::NotYetHeld
        | Reason::PlannedAhead => None,
        Reason::Present => Some(Status::Present),
        Reason::Late => Some(Status::Late),
        Reason::EarlyLeave => Some(Status::EarlyLeave),
        Reason::Absent => Some(Status::Absent),
        Reason::Excused(_) | Reason::ExcusedBeyondCap(_) => Some(Status::Excused),
        Reason::UnmarkedAbsent | Reason::UnmarkedIgnored => Some(Status::Unmarked),
    }
}

fn status(status: AttendanceStatus) -> Status {
    match status {
        AttendanceStatus::Present => Status::Present,
        AttendanceStatus::Late => Status::Late,
        AttendanceStatus::EarlyLeave => Status::EarlyLeave,
        AttendanceStatus::Excused => Status::Excused,
        AttendanceStatus::Absent => Status::Absent,
    }
}

/// What was counted at each lecture of a sheet, in their order.
pub(super) fn by_lecture(sheet: &AttendanceSheet) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); sheet.lectures.len()];
    for row in &sheet.rows {
        for (tally, cell) in tallies.iter_mut().zip(cells(sheet, row)) {
            let Some(cell) = cell else { continue };
            tally.expected += 1;
            match cell {
                Status::Present => tally.record(AttendanceStatus::Present),
                Status::Late => tally.record(AttendanceStatus::Late),
                Status::EarlyLeave => tally.record(AttendanceStatus::EarlyLeave),
                Status::Excused => tally.record(AttendanceStatus::Excused),
                Status::Absent => tally.record(AttendanceStatus::Absent),
                Status::Unmarked => {}
            }
        }
    }
    tallies
}

/// The share that a policy makes of counts alone.
pub(super) fn turnout(policy: &Policy, tally: Tally) -> Option<Fraction> {
    policy.document.turnout(&tally).share()
}

/// The rate of figures as people read it.
pub(super) fn rate_text(figures: &Figures) -> String {
    figures.rate.as_ref().map_or_else(
        || "기록 없음".to_owned(),
        |rate| format!("{}% ({}/{})", rate.percent, rate.share.numerator(), rate.share.denominator()),
    )
}
