//! The statement of a learner: every class, what was attended of it, and whether it was completed.

use madang_charts::{Bar, Bars, Chart, Heading, Measure};
use madang_domain::{
    accounts::UserSummary,
    calendar::{TimeZone, local_day},
};

use super::{
    Column, ColumnKind, Fact, Report, ReportKind, Table, TableChart, Value,
    closing::verdict,
    drawing::{percent, rate_text},
    period::{figure_columns, figure_values},
};
use crate::statistics::{ClassHistory, History};

/// The statement of a learner.
pub(super) fn report(history: &History, user: &UserSummary) -> Report {
    let certified = history.classes.iter().filter(|class| class.certification_id.is_some()).count();
    Report {
        kind: ReportKind::LearnerStatement,
        subject: user.name.clone(),
        facts: vec![
            Fact::new("name", "이름", user.name.as_str()),
            Fact::new("username", "아이디", user.username.as_str()),
            Fact::new("classes", "수강한 수업", format!("{}개", history.classes.len())),
            Fact::new("certified", "수료한 수업", format!("{certified}개")),
            Fact::new("rate", "전체 출석률", rate_text(&history.figures)),
            Fact::new("day", "작성일", local_day(history.as_of, TimeZone::SEOUL).to_string()),
        ],
        charts: vec![chart(history, user)],
        tables: vec![table(history)],
        notes: vec![
            "출석률과 판정은 각 수업의 출석 인정 기준으로 계산하며, 수강한 기간의 차시만 셉니다.".to_owned(),
            "이 확인서는 수료증이 아닙니다.".to_owned(),
        ],
        as_of: history.as_of,
    }
}

fn chart(history: &History, user: &UserSummary) -> Chart {
    let bar = |class: &ClassHistory| {
        let rate = class.figures.rate.as_ref();
        Bar {
            label: class.class_title.clone(),
            value: rate.map(|rate| percent(rate.share)),
            text: rate.map(|rate| rate.percent.clone()).unwrap_or_default(),
            is_partial: class.end_date >= local_day(history.as_of, TimeZone::SEOUL),
        }
    };
    Chart::Bars(Bars {
        heading: Heading { title: "수업별 출석률".to_owned(), subtitle: Some(user.name.clone()) },
        measure: Measure::Percent,
        values_are: "출석률 (%)".to_owned(),
        labels_are: "수업 (최근 순)".to_owned(),
        bars: history.classes.iter().map(bar).collect(),
        reference: None,
    })
}

fn table(history: &History) -> Table {
    let mut columns = vec![
        Column::new("course", "강의", ColumnKind::Name),
        Column::new("class", "수업", ColumnKind::Name),
        Column::new("begin_date", "시작", ColumnKind::Date),
        Column::new("end_date", "끝", ColumnKind::Date),
    ];
    columns.extend(figure_columns());
    columns.extend([
        Column::new("verdict", "판정", ColumnKind::Text),
        Column::new("certified", "수료", ColumnKind::Text),
    ]);
    let row = |class: &ClassHistory| {
        let mut values = vec![
            Value::text(class.course_title.as_str()),
            Value::text(class.class_title.as_str()),
            Value::Date(class.begin_date.max(class.enrolled_on)),
            Value::Date(class.end_date),
        ];
        values.extend(figure_values(&class.figures));
        values.extend([
            Value::text(verdict(class.verdict)),
            if class.certification_id.is_some() { Value::text("수료") } else { Value::Empty },
        ]);
        values
    };
    Table {
        key: "classes",
        title: "수강 이력",
        rows: history.classes.iter().map(row).collect(),
        columns,
        total: None,
        names: 2,
        chart: Some(TableChart {
            title: "수업별 출석률",
            values_are: "출석률",
            labels: 1,
            series: vec![11],
            is_stacked: false,
        }),
    }
}
