//! A report: facts, charts and tables, in the order in which they are read.

use chrono::{DateTime, NaiveDate, Utc};
use madang_charts::{Chart, Status};
use madang_domain::attendance::Fraction;

/// Which report it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// 주간 출석 보고서.
    Weekly,
    /// 월간 출석 보고서.
    Monthly,
    /// 출석부·수료 결과 보고서: of a class, at its closing.
    ClassClosing,
    /// 수강 이력 확인서: what a learner attended and completed.
    LearnerStatement,
}

impl ReportKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Weekly, Self::Monthly, Self::ClassClosing, Self::LearnerStatement];

    /// Its name in the database and the API, and of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::ClassClosing => "class_closing",
            Self::LearnerStatement => "learner_statement",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Weekly => "주간 출석 보고서",
            Self::Monthly => "월간 출석 보고서",
            Self::ClassClosing => "출석부·수료 결과 보고서",
            Self::LearnerStatement => "수강 이력 확인서",
        }
    }

    /// The keys of its tables, the main one first.
    pub fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Weekly | Self::Monthly => &["periods"],
            Self::ClassClosing => &["learners", "roster", "lectures"],
            Self::LearnerStatement => &["classes"],
        }
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which.
    pub kind: ReportKind,
    /// Of what: a class, a course, a learner.
    pub subject: String,
    /// What is to be known first.
    pub facts: Vec<Fact>,
    /// What is to be seen.
    pub charts: Vec<Chart>,
    /// The figures, the main table first.
    pub tables: Vec<Table>,
    /// How the figures are to be read.
    pub notes: Vec<String>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// One thing to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name for programs.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it is.
    pub value: String,
}

impl Fact {
    pub(super) fn new(key: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self { key, label, value: value.into() }
    }
}

/// Figures in rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name for programs.
    pub key: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each as long as there are columns.
    pub rows: Vec<Vec<Value>>,
    /// The sum of them; `None` where adding up says nothing.
    pub total: Option<Vec<Value>>,
    /// So many columns at the left name the row.
    pub names: usize,
    /// What a spreadsheet draws of it.
    pub chart: Option<TableChart>,
}

/// What a spreadsheet draws of a table, of the cells themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChart {
    /// What it shows.
    pub title: &'static str,
    /// What its values are, with their unit.
    pub values_are: &'static str,
    /// The column that names the bars.
    pub labels: usize,
    /// The columns that are drawn.
    pub series: Vec<usize>,
    /// Whether they stand upon each other.
    pub is_stacked: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs.
    pub key: String,
    /// Its name for people.
    pub title: String,
    /// What stands in it.
    pub kind: ColumnKind,
}

impl Column {
    pub(super) fn new(key: &str, title: &str, kind: ColumnKind) -> Self {
        Self { key: key.to_owned(), title: title.to_owned(), kind }
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words.
    Text,
    /// A name of somebody or something, which may be long.
    Name,
    /// How many.
    Count,
    /// A part of a whole.
    Share,
    /// A day.
    Date,
    /// What a mark says.
    Mark,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// How many.
    Count(u64),
    /// A part of a whole.
    Share {
        /// The exact one.
        fraction: Fraction,
        /// The percentage for people, without the sign.
        percent: String,
    },
    /// A day.
    Date(NaiveDate),
    /// What a mark says.
    Mark(Status),
    /// Nothing.
    Empty,
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value for people.
    pub fn for_people(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Share { percent, .. } => format!("{percent}%"),
            Self::Date(date) => date.to_string(),
            Self::Mark(status) => status.name().to_owned(),
            Self::Empty => String::new(),
        }
    }
}

impl Report {
    /// How many cells all tables have together: what making it costs.
    pub fn cells(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len() * table.columns.len()).sum()
    }

    /// The table of this name.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.key == key)
    }
}
