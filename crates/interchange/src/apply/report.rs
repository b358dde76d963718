//! What an import did, or would do.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use crate::formats::Format;
use crate::problem::{Language, Problem, ProblemList, Problems};

/// What became of the rows of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RowCounts {
    /// Rows that were not there.
    pub created: u64,
    /// Rows that were there and differ.
    pub updated: u64,
    /// Rows that were there as the file has them.
    pub unchanged: u64,
    /// Rows that could be read, but not applied. Those that could not be read are counted among the errors only.
    pub refused: u64,
}

/// What became of the rows, table by table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct TableCounts {
    /// Users.
    pub users: RowCounts,
    /// Courses.
    pub courses: RowCounts,
    /// Classes.
    pub classes: RowCounts,
    /// Lectures.
    pub lectures: RowCounts,
    /// Enrolments.
    pub enrolments: RowCounts,
    /// Attendances.
    pub attendances: RowCounts,
    /// Certifications.
    pub certifications: RowCounts,
}

impl TableCounts {
    /// The name of each table with its counts, in the order in which they are applied.
    pub fn tables(&self) -> [(&'static str, RowCounts); 7] {
        [
            ("users", self.users),
            ("courses", self.courses),
            ("classes", self.classes),
            ("lectures", self.lectures),
            ("enrolments", self.enrolments),
            ("attendances", self.attendances),
            ("certifications", self.certifications),
        ]
    }
}

/// What an import did; for one that was not kept, what it would have done.
///
/// As JSON it has the messages in Korean and, of errors and notices each, the first thousand. Messages can quote
/// cells: show them to whoever imports, and to nobody else.
#[derive(Debug, Clone)]
pub struct ImportReport {
    format: Format,
    kept: bool,
    counts: TableCounts,
    problems: Problems,
}

impl ImportReport {
    pub(super) fn new(format: Format, counts: TableCounts, mut problems: Problems) -> Self {
        problems.errors.sort();
        problems.notices.sort();
        Self { format, kept: false, counts, problems }
    }

    pub(super) fn mark_kept(&mut self) {
        self.kept = true;
    }

    /// What the files were read as.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether the rows were kept; false after a dry run and after errors that were not to be skipped.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// What became of the rows.
    pub fn counts(&self) -> &TableCounts {
        &self.counts
    }

    /// What keeps rows out.
    pub fn errors(&self) -> &ProblemList {
        &self.problems.errors
    }

    /// How rows were understood.
    pub fn notices(&self) -> &ProblemList {
        &self.problems.notices
    }
}

impl Serialize for ImportReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Report<'r> {
            format: &'static str,
            kept: bool,
            counts: &'r TableCounts,
            errors: Listed<'r>,
            notices: Listed<'r>,
        }
        Report {
            format: self.format.as_str(),
            kept: self.kept,
            counts: &self.counts,
            errors: Listed::of(&self.problems.errors),
            notices: Listed::of(&self.problems.notices),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Listed<'r> {
    total: u64,
    items: Items<'r>,
}

impl<'r> Listed<'r> {
    fn of(list: &'r ProblemList) -> Self {
        Self { total: list.total(), items: Items(list) }
    }
}

struct Items<'r>(&'r ProblemList);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(Some(self.0.iter().len()))?;
        for problem in self.0 {
            items.serialize_element(&Item::of(problem))?;
        }
        items.end()
    }
}

#[derive(Serialize)]
struct Item<'p> {
    file: &'p str,
    line: u32,
    column: Option<&'p str>,
    code: &'static str,
    detail: Option<&'p str>,
    message: String,
}

impl<'p> Item<'p> {
    fn of(problem: &'p Problem) -> Self {
        Self {
            file: &problem.file,
            line: problem.line,
            column: problem.column.as_deref(),
            code: problem.code.as_str(),
            detail: problem.detail.as_deref(),
            message: problem.message(Language::Korean),
        }
    }
}
