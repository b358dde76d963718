//! The weekly and the monthly report.

use madang_domain::{attendance::Tally, calendar::Period};

use super::{
    Column, ColumnKind, Fact, Report, ReportKind, Table, TableChart, Value,
    drawing::{self, ChartKind, rate_text},
};
use crate::statistics::{Figures, PeriodStats, Rule};

/// The report of a span of days; `of` is the course, or all of them.
pub(super) fn report(stats: &PeriodStats, of: &str) -> Report {
    let range = stats.range;
    let kind = match range.period() {
        Period::Weekly => ReportKind::Weekly,
        Period::Monthly => ReportKind::Monthly,
    };
    Report {
        kind,
        subject: of.to_owned(),
        facts: vec![
            Fact::new("range", "기간", format!("{} ~ {}", range.from(), range.to())),
            Fact::new("time_zone", "시간대", range.time_zone().name()),
            Fact::new("subject", "대상", of),
            Fact::new("lectures", "진행한 차시", format!("{}개", stats.figures.lectures)),
            Fact::new("recorded", "출석 기록", format!("{} / {}건", stats.figures.tally.recorded(), stats.figures.tally.expected)),
            Fact::new("rate", "출석률", rate_text(&stats.figures)),
            Fact::new("rule", "적용 기준", rule_text(&stats.figures)),
        ],
        charts: [ChartKind::Bars, ChartKind::Stacked]
            .into_iter()
            .filter_map(|kind| drawing::of_period(stats, of, kind))
            .collect(),
        tables: vec![table(stats)],
        notes: vec![
            "출석률은 각 수업의 출석 인정 기준으로 계산한 출석 기록의 비율입니다. 차시는 시작 시각이 속한 날에 셉니다."
                .to_owned(),
            "‘일부’로 표시된 기간은 아직 끝나지 않았거나 일부 날짜만 포함합니다.".to_owned(),
        ],
        as_of: stats.as_of,
    }
}

/// The policy that made a rate, for people.
pub(super) fn rule_text(figures: &Figures) -> String {
    match figures.rate.as_ref().map(|rate| &rate.rule) {
        Some(Rule::Policy(policy)) => format!("{} (버전 {})", policy.title, policy.version),
        Some(Rule::Mixed) => "수업마다 다른 기준".to_owned(),
        None => "–".to_owned(),
    }
}

/// The columns of counts and the rate, as every table has them.
pub(super) fn figure_columns() -> Vec<Column> {
    vec![
        Column::new("expected", "대상", ColumnKind::Count),
        Column::new("present", "출석", ColumnKind::Count),
        Column::new("late", "지각", ColumnKind::Count),
        Column::new("early_leave", "조퇴", ColumnKind::Count),
        Column::new("excused", "공결", ColumnKind::Count),
        Column::new("absent", "결석", ColumnKind::Count),
        Column::new("unmarked", "미기록", ColumnKind::Count),
        Column::new("rate", "출석률", ColumnKind::Share),
    ]
}

/// What stands in [`figure_columns`] without the rate.
pub(super) fn counts(tally: Tally) -> [Value; 7] {
    [
        tally.expected,
        tally.present,
        tally.late,
        tally.early_leave,
        tally.excused,
        tally.absent,
        tally.unmarked(),
    ]
    .map(Value::Count)
}

pub(super) fn figure_values(figures: &Figures) -> impl Iterator<Item = Value> {
    let rate = figures
        .rate
        .as_ref()
        .map_or(Value::Empty, |rate| Value::Share { fraction: rate.share, percent: rate.percent.clone() });
    counts(figures.tally).into_iter().chain([rate])
}

fn table(stats: &PeriodStats) -> Table {
    let mut columns = vec![
        Column::new("begins_on", "시작", ColumnKind::Date),
        Column::new("ends_on", "끝", ColumnKind::Date),
        Column::new("complete", "집계", ColumnKind::Text),
        Column::new("lectures", "차시", ColumnKind::Count),
    ];
    columns.extend(figure_columns());
    let rows = stats.buckets.iter().map(|bucket| {
        let whole = if bucket.complete { "전체" } else { "일부" };
        let names = [
            Value::Date(bucket.begins_on),
            Value::Date(bucket.ends_on),
            Value::text(whole),
            Value::Count(bucket.figures.lectures),
        ];
        names.into_iter().chain(figure_values(&bucket.figures)).collect()
    });
    let total = [Value::text("합계"), Value::Empty, Value::Empty, Value::Count(stats.figures.lectures)];
    Table {
        key: "periods",
        title: "기간별 출석",
        rows: rows.collect(),
        columns,
        total: Some(total.into_iter().chain(figure_values(&stats.figures)).collect()),
        names: 2,
        chart: Some(TableChart {
            title: "기간별 출석률",
            values_are: "출석률",
            labels: 0,
            series: vec![11],
            is_stacked: false,
        }),
    }
}
