//! Reports on paper: the same bytes every time, nothing outside of the page, nothing left out.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic, as tests may")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use chrono::NaiveDate;
use madang_charts::{Bar, Bars, Chart, Heading, HeatMap, LearnerRow, Measure, Status};
use madang_documents::Printer;
use madang_domain::attendance::Fraction;
use madang_reporting::reports::{Column, ColumnKind, Fact, Report, ReportKind, Table, Value};

fn column(key: &str, title: &str, kind: ColumnKind) -> Column {
    Column { key: key.to_owned(), title: title.to_owned(), kind }
}

fn report(learners: u64, lectures: usize) -> Report {
    let name = |number| format!("김하늘😀{number}");
    let rate = Value::Share { fraction: Fraction::new(16, 20).unwrap(), percent: "80.0".to_owned() };
    let mut columns =
        vec![column("number", "번호", ColumnKind::Count), column("name", "이름", ColumnKind::Name)];
    columns.extend(
        (1..=lectures)
            .map(|number| column(&number.to_string(), &format!("{number}차시 09-08"), ColumnKind::Mark)),
    );
    columns.push(column("rate", "출석률", ColumnKind::Share));
    let row = |number| {
        let marks = (0..lectures).map(|lecture| Value::Mark(Status::ALL[lecture % 6]));
        [Value::Count(number), Value::Text(name(number))]
            .into_iter()
            .chain(marks)
            .chain([rate.clone()])
            .collect()
    };
    let learner = |number| LearnerRow {
        name: name(number),
        cells: vec![Some(Status::Late); lectures],
        rate: "80.0%".to_owned(),
    };
    let heading = Heading { title: "차시별 출석률".to_owned(), subtitle: None };
    Report {
        kind: ReportKind::ClassClosing,
        subject: "수채화 기초 3기".to_owned(),
        facts: vec![Fact { key: "day", label: "날짜", value: "2026-09-08".to_owned() }],
        charts: vec![
            Chart::Bars(Bars {
                heading: heading.clone(),
                measure: Measure::Percent,
                values_are: "출석률 (%)".to_owned(),
                labels_are: "차시".to_owned(),
                bars: vec![Bar {
                    label: "1".to_owned(),
                    value: Some(80.0),
                    text: "80.0".to_owned(),
                    is_partial: true,
                }],
                reference: None,
            }),
            Chart::HeatMap(HeatMap {
                heading,
                lectures: (1..=lectures).map(|number| number.to_string()).collect(),
                rows: (1..=learners).map(learner).collect(),
            }),
        ],
        tables: vec![
            Table {
                key: "roster",
                title: "출석부",
                columns,
                rows: (1..=learners).map(row).collect(),
                total: None,
                names: 2,
                chart: None,
            },
            Table {
                key: "days",
                title: "날짜별",
                columns: vec![column("day", "날짜", ColumnKind::Date)],
                rows: Vec::new(),
                total: Some(vec![Value::Date(NaiveDate::from_ymd_opt(2026, 9, 8).unwrap())]),
                names: 0,
                chart: None,
            },
        ],
        notes: vec!["출석률과 판정은 수업에 지정된 출석 인정 기준으로 계산합니다. ".repeat(4)],
        as_of: "2026-09-08T05:30:00Z".parse().unwrap(),
    }
}

/// The text as a reader would copy it.
#[expect(clippy::disallowed_methods, reason = "where the tests find pdftotext")]
fn copied(pdf: &[u8]) -> String {
    let program = std::env::var("MADANG_TEST_PDFTOTEXT").unwrap_or_else(|_| "pdftotext".to_owned());
    let mut reader = Command::new(program)
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(pdf).unwrap();
    String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_report_has_everybody_on_it_and_says_which_page_of_how_many() {
    let printer = Printer::new().unwrap();
    let pdf = printer.report(&report(90, 40)).unwrap();
    assert_eq!(pdf, printer.report(&report(90, 40)).unwrap());
    let text = copied(&pdf);
    let pages = text.matches('\u{c}').count();
    assert!(pages > 4, "{pages}");
    assert!(
        text.contains(&format!("{pages} / {pages}")) && text.contains("집계 시각 2026-09-08 14:30 (서울)")
    );
    for number in 1..=90 {
        // No font has the smile.
        assert!(text.contains(&format!("김하늘?{number}")), "{number}");
    }
    for lecture in 1..=40 {
        assert!(text.contains(&format!("{lecture}차시")), "{lecture}");
    }
    assert!(text.contains("출석부 (2/") && text.contains("자료가 없습니다.") && text.contains("80.0%"));
}

#[test]
fn a_report_of_nobody_and_of_a_thousand_is_printed() {
    let printer = Printer::new().unwrap();
    for (learners, lectures) in [(0, 0), (1, 1), (1_000, 3), (3, 400)] {
        assert!(printer.report(&report(learners, lectures)).unwrap().starts_with(b"%PDF"));
    }
}
