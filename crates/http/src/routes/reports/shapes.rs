//! A report as JSON.

use chrono::{DateTime, Utc};
use madang_reporting::reports::{Column, ColumnKind, Fact, Report, ReportKind, Table, Value};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::routes::shapes::choices;

choices! {
    /// Which report it is. The list may grow.
    ReportKindValue for ReportKind { Weekly, Monthly, ClassClosing, LearnerStatement }
}

choices! {
    /// What stands in a column: `text` and `name` are strings, `count` a number, `share` an object with `numerator`, `denominator` and
    /// `percent`, `date` a day, `mark` a status or `unmarked`. The list may grow.
    ReportColumnKind for ColumnKind { Text, Name, Count, Share, Date, Mark }
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportResponse {
    /// Which.
    kind: ReportKindValue,
    /// Its title.
    #[schema(example = "출석부·수료 결과 보고서")]
    title: String,
    /// Of what.
    #[schema(example = "수채화 기초 3기")]
    subject: String,
    /// What is to be known first.
    #[schema(max_items = 50)]
    facts: Vec<ReportFact>,
    /// The figures, the main table first.
    #[schema(max_items = 10)]
    tables: Vec<ReportTable>,
    /// How the figures are to be read.
    #[schema(max_items = 10)]
    notes: Vec<String>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

/// One thing to be known.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportFact {
    /// Its name for programs.
    #[schema(example = "certified")]
    key: &'static str,
    /// Its name for people.
    #[schema(example = "수료")]
    label: &'static str,
    /// What it is.
    #[schema(example = "24명")]
    value: String,
}

/// Figures in rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportTable {
    /// Its name for programs.
    #[schema(example = "learners")]
    key: &'static str,
    /// Its name for people.
    #[schema(example = "수료 결과")]
    title: &'static str,
    /// The columns.
    #[schema(max_items = 1_000)]
    columns: Vec<ReportColumn>,
    /// The rows: each cell by the `key` of its column; null where there is nothing.
    #[schema(max_items = 100_000)]
    rows: Vec<serde_json::Map<String, serde_json::Value>>,
    /// The sum of the rows; null where adding up says nothing.
    total: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportColumn {
    /// Its name for programs.
    #[schema(example = "rate")]
    key: String,
    /// Its name for people.
    #[schema(example = "출석률")]
    title: String,
    /// What stands in it.
    kind: ReportColumnKind,
}

impl From<Report> for ReportResponse {
    fn from(report: Report) -> Self {
        Self {
            title: report.kind.title().to_owned(),
            kind: report.kind.into(),
            subject: report.subject,
            facts: report
                .facts
                .into_iter()
                .map(|Fact { key, label, value }| ReportFact { key, label, value })
                .collect(),
            tables: report.tables.into_iter().map(table).collect(),
            notes: report.notes,
            as_of: report.as_of,
        }
    }
}

fn table(table: Table) -> ReportTable {
    let row = |values: Vec<Value>| {
        table.columns.iter().zip(values).map(|(column, value)| (column.key.clone(), cell(value))).collect()
    };
    ReportTable {
        key: table.key,
        title: table.title,
        rows: table.rows.into_iter().map(row).collect(),
        total: table.total.map(row),
        columns: table
            .columns
            .iter()
            .map(|Column { key, title, kind }| ReportColumn {
                key: key.clone(),
                title: title.clone(),
                kind: (*kind).into(),
            })
            .collect(),
    }
}

fn cell(value: Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.into(),
        Value::Count(count) => count.into(),
        Value::Share { fraction, percent } => json!({
            "numerator": fraction.numerator(),
            "denominator": fraction.denominator(),
            "percent": percent,
        }),
        Value::Date(date) => json!(date),
        Value::Mark(status) => json!(status.as_str()),
        Value::Empty => serde_json::Value::Null,
    }
}
