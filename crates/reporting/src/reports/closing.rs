//! The closing report of a class: who completed it, the attendance sheet, and each lecture.

use std::collections::HashMap;

use madang_domain::{
    attendance::{
        Verdict,
        sheet::{AttendanceSheet, SheetRow},
    },
    calendar::{TimeZone, local_day},
    certification::Certification,
    ids::UserId,
};

use super::{
    Column, ColumnKind, Fact, Report, ReportKind, Table, TableChart, Value,
    drawing::{self, ChartKind, by_lecture, cells, turnout},
    period::{counts, figure_columns},
};

/// The report of a class; `certified` are the certifications that rest on it and hold.
pub(super) fn report(sheet: &AttendanceSheet, certified: &[Certification]) -> Report {
    let class = &sheet.class;
    let numbers: HashMap<UserId, &Certification> =
        certified.iter().map(|certification| (certification.user_id, certification)).collect();
    let certified = sheet.rows.iter().filter(|row| numbers.contains_key(&row.user.id)).count();
    let met = sheet.rows.iter().filter(|row| row.assessment.verdict == Verdict::Met).count();
    let closed = class
        .closed_at
        .map_or_else(|| "마감 전".to_owned(), |at| format!("{} 마감", local_day(at, TimeZone::SEOUL)));
    let mut facts = vec![
        Fact::new("class", "수업", class.title.as_str()),
        Fact::new("range", "기간", format!("{} ~ {}", class.dates.begin(), class.dates.end())),
    ];
    facts.extend(class.lecturer_info.as_ref().map(|info| Fact::new("lecturer", "강사", info.as_str())));
    facts.extend([
        Fact::new("closing", "마감", closed),
        Fact::new(
            "rule",
            "출석 인정 기준",
            format!("{} (버전 {})", sheet.policy.title, sheet.policy.version),
        ),
        Fact::new("learners", "수강생", format!("{}명", sheet.rows.len())),
        Fact::new("met", "기준 충족", format!("{met}명")),
        Fact::new("certified", "수료", format!("{certified}명")),
    ]);
    let count = u64::try_from(certified).unwrap_or(u64::MAX);
    let kinds = [ChartKind::Funnel, ChartKind::Histogram, ChartKind::Stacked, ChartKind::HeatMap];
    Report {
        kind: ReportKind::ClassClosing,
        subject: class.title.as_str().to_owned(),
        facts,
        charts: kinds.into_iter().map(|kind| drawing::of_sheet(sheet, Some(count), kind)).collect(),
        tables: vec![learners(sheet, &numbers), roster(sheet), lectures(sheet)],
        notes: vec![
            "출석률과 판정은 수업에 지정된 출석 인정 기준으로 계산하며, 정확한 값은 분수로 적습니다."
                .to_owned(),
            "차시별 출석률은 지각·조퇴 환산 전의 값입니다.".to_owned(),
        ],
        as_of: sheet.as_of,
    }
}

fn learners(sheet: &AttendanceSheet, numbers: &HashMap<UserId, &Certification>) -> Table {
    let mut columns = vec![
        Column::new("number", "번호", ColumnKind::Count),
        Column::new("name", "이름", ColumnKind::Name),
        Column::new("username", "아이디", ColumnKind::Text),
    ];
    columns.extend(figure_columns());
    columns.extend([
        Column::new("fraction", "인정/전체", ColumnKind::Text),
        Column::new("verdict", "판정", ColumnKind::Text),
        Column::new("certificate_number", "수료번호", ColumnKind::Text),
    ]);
    let row = |(number, row): (u64, &SheetRow)| {
        let assessment = &row.assessment;
        let mut values = vec![
            Value::Count(number),
            Value::text(row.user.name.as_str()),
            Value::text(row.user.username.as_str()),
        ];
        values.extend(counts(assessment.counts));
        values.push(assessment.rate.map_or(Value::Empty, |rate| Value::Share {
            fraction: rate,
            percent: sheet.policy.document.percent(rate),
        }));
        values.extend([
            assessment.rate.map_or(Value::Empty, |rate| Value::text(rate.to_string())),
            Value::text(verdict(assessment.verdict)),
            numbers
                .get(&row.user.id)
                .map_or(Value::Empty, |one| Value::text(one.snapshot.number.for_people())),
        ]);
        values
    };
    Table {
        key: "learners",
        title: "수료 결과",
        rows: (1..).zip(&sheet.rows).map(row).collect(),
        columns,
        total: None,
        names: 2,
        chart: Some(TableChart {
            title: "수강생별 출석률",
            values_are: "출석률",
            labels: 1,
            series: vec![10],
            is_stacked: false,
        }),
    }
}

/// What came out, for people.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "충족",
        Verdict::NotMet => "미달",
        Verdict::Undecided => "미정",
    }
}

fn roster(sheet: &AttendanceSheet) -> Table {
    let mut columns =
        vec![Column::new("number", "번호", ColumnKind::Count), Column::new("name", "이름", ColumnKind::Name)];
    columns.extend(sheet.lectures.iter().map(|lecture| Column {
        key: lecture.id.to_string(),
        title: format!("{}차시 {}", lecture.sequence, lecture.day().format("%m-%d")),
        kind: ColumnKind::Mark,
    }));
    let row = |(number, row): (u64, &SheetRow)| {
        let names = [Value::Count(number), Value::text(row.user.name.as_str())];
        let marks = cells(sheet, row).into_iter().map(|cell| cell.map_or(Value::Empty, Value::Mark));
        names.into_iter().chain(marks).collect()
    };
    Table {
        key: "roster",
        title: "출석부",
        rows: (1..).zip(&sheet.rows).map(row).collect(),
        columns,
        total: None,
        names: 2,
        chart: None,
    }
}

fn lectures(sheet: &AttendanceSheet) -> Table {
    let mut columns = vec![
        Column::new("sequence", "차시", ColumnKind::Text),
        Column::new("day", "날짜", ColumnKind::Date),
        Column::new("title", "제목", ColumnKind::Name),
    ];
    columns.extend(figure_columns());
    let rows = sheet.lectures.iter().zip(by_lecture(sheet)).map(|(lecture, tally)| {
        let mut values = vec![
            Value::text(format!("{}차시", lecture.sequence)),
            Value::Date(lecture.day()),
            Value::text(lecture.title.as_str()),
        ];
        values.extend(counts(tally));
        values.push(turnout(&sheet.policy, tally).map_or(Value::Empty, |share| Value::Share {
            fraction: share,
            percent: sheet.policy.document.percent(share),
        }));
        values
    });
    Table {
        key: "lectures",
        title: "차시별 출석",
        rows: rows.collect(),
        columns,
        total: None,
        names: 1,
        chart: Some(TableChart {
            title: "차시별 출석 현황",
            values_are: "수강생 (명)",
            labels: 0,
            series: vec![4, 5, 6, 7, 8, 9],
            is_stacked: true,
        }),
    }
}
