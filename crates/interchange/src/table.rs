//! One CSV file as rows with named columns.
//!
//! Columns are found by the header, in any order. What is wrong with the shape of a row (its number of fields, a NUL
//! character, a quotation mark that is never closed) is reported here; what is wrong with a value, in
//! [`row`](crate::row). Rows without any value, which spreadsheets leave behind, are passed over.

use std::sync::Arc;

use csv::StringRecord;

use crate::problem::{Problem, ProblemCode, Problems, shorten};
use crate::roster::Position;
use crate::row::{Rejected, Row};

/// A decoded file.
#[derive(Debug)]
pub(crate) struct TextFile {
    pub name: Arc<str>,
    /// Index in [`Roster::files`](crate::Roster::files).
    pub index: u16,
    pub text: String,
    /// Where the records of a sheet stand in it; `None` for text, whose lines are counted.
    pub rows: Option<Vec<u32>>,
}

/// What a format expects of a header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    /// Without these the file cannot be read.
    pub required: &'static [&'static str],
    /// Known columns that may be absent, read or not. `None`: any other column is tolerated and ignored.
    pub optional: Option<&'static [&'static [&'static str]]>,
}

/// Reads a file row by row; a row that `read` rejects has been reported.
///
/// Whether the header was accepted.
pub(crate) fn for_each_row(
    file: &TextFile,
    columns: Columns,
    problems: &mut Problems,
    mut read: impl FnMut(&mut Row<'_>) -> Result<(), Rejected>,
) -> bool {
    let Some(mut table) = Table::open(file, columns, problems) else { return false };
    while let Some(mut row) = table.next_row(problems) {
        let (Ok(()) | Err(Rejected)) = read(&mut row);
    }
    true
}

/// A file whose header was accepted.
#[derive(Debug)]
pub(crate) struct Table<'t> {
    file: &'t TextFile,
    reader: csv::Reader<&'t [u8]>,
    header: Vec<Box<str>>,
    record: StringRecord,
    lines: Lines<'t>,
    line: u32,
    records_read: usize,
    may_hold_nul: bool,
}

impl<'t> Table<'t> {
    /// Reads the header; `None`, with the reasons among the problems, when the rows cannot be read.
    pub fn open(file: &'t TextFile, columns: Columns, problems: &mut Problems) -> Option<Self> {
        let mut table = Self {
            file,
            reader: reader(&file.text),
            header: Vec::new(),
            record: StringRecord::new(),
            lines: Lines { bytes: file.text.as_bytes(), at: 0, line: 1 },
            line: 0,
            records_read: 0,
            may_hold_nul: file.text.contains('\0'),
        };
        if !table.read_record(problems) {
            problems.file(&file.name, 0, ProblemCode::FileEmpty, None);
            return None;
        }
        table.header = table.record.iter().map(header_name).collect();
        table.header_is_usable(columns, problems).then_some(table)
    }

    /// The next row that has the right shape; `None` at the end.
    pub fn next_row<'r>(&'r mut self, problems: &'r mut Problems) -> Option<Row<'r>> {
        while self.read_record(problems) {
            if self.shape_is_right(problems) {
                let at = Position { file: self.file.index, line: self.line };
                return Some(Row::new(&self.header, &self.record, &self.file.name, at, problems));
            }
        }
        None
    }

    /// Whether the header names the column.
    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| **name == *column)
    }

    /// Reads on to the next record that holds anything.
    fn read_record(&mut self, problems: &mut Problems) -> bool {
        loop {
            let start = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
            // Reading text from memory cannot fail: there is no I/O, and the text is valid UTF-8 already.
            if !self.reader.read_record(&mut self.record).unwrap_or(false) {
                return false;
            }
            self.line = match &self.file.rows {
                Some(rows) => rows.get(self.records_read).copied().unwrap_or_default(),
                None => self.lines.line_of_record(start),
            };
            self.records_read += 1;
            let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
            let is_last = end >= self.file.text.len();
            if is_last && ends_inside_quotes(self.file.text.get(start..).unwrap_or_default()) {
                problems.file(&self.file.name, self.line, ProblemCode::QuoteUnclosed, None);
                return false;
            }
            if self.record.iter().any(|field| !field.trim().is_empty()) {
                return true;
            }
        }
    }

    fn header_is_usable(&self, columns: Columns, problems: &mut Problems) -> bool {
        let mut usable = true;
        let mut report = |column: &str, code| {
            problems.push(Problem {
                file: Arc::clone(&self.file.name),
                line: self.line,
                column: Some(shorten(column)),
                code,
                detail: None,
            });
        };
        for column in columns.required.iter().filter(|column| !self.has(column)) {
            report(column, ProblemCode::ColumnMissing);
            usable = false;
        }
        for (index, column) in self.header.iter().enumerate() {
            if !column.is_empty() && self.header.iter().take(index).any(|earlier| earlier == column) {
                report(column, ProblemCode::ColumnDuplicate);
                usable = false;
            } else if let Some(optional) = columns.optional
                && !columns.required.contains(&&**column)
                && !optional.iter().any(|known| known.contains(&&**column))
            {
                report(column, ProblemCode::ColumnUnknown);
            }
        }
        usable
    }

    fn shape_is_right(&self, problems: &mut Problems) -> bool {
        if self.record.len() != self.header.len() {
            let counts = format!("{} / {}", self.record.len(), self.header.len());
            problems.file(&self.file.name, self.line, ProblemCode::FieldCount, Some(&counts));
            return false;
        }
        if !self.may_hold_nul {
            return true;
        }
        let Some(column) = self.record.iter().position(|field| field.contains('\0')) else { return true };
        problems.push(Problem {
            file: Arc::clone(&self.file.name),
            line: self.line,
            column: self.header.get(column).cloned(),
            code: ProblemCode::NulCharacter,
            detail: None,
        });
        false
    }
}

/// The column names of a header line.
pub(crate) fn header_names(line: &str) -> Vec<Box<str>> {
    let mut record = StringRecord::new();
    match reader(line).read_record(&mut record) {
        Ok(true) => record.iter().map(header_name).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

fn header_name(field: &str) -> Box<str> {
    field.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').into()
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Finds the physical line of a byte; the reader's own count is one behind after CRLF and blank lines.
#[derive(Debug)]
struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of the record that begins at or, after blank lines, behind `start`. Never goes back.
    fn line_of_record(&mut self, start: usize) -> u32 {
        while let Some(byte) = self.bytes.get(self.at) {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => self.bytes.get(self.at + 1) != Some(&b'\n'),
                _ if self.at >= start => break,
                _ => false,
            };
            self.line = self.line.saturating_add(u32::from(ends_line));
            self.at += 1;
        }
        self.line
    }
}

/// Whether a record's last field is quoted and goes on past the end of the file.
fn ends_inside_quotes(record: &str) -> bool {
    let mut quoted = false;
    let mut at_field_start = true;
    let mut characters = record.trim_start_matches(['\r', '\n']).chars().peekable();
    while let Some(character) = characters.next() {
        match (quoted, character) {
            (true, '"') if characters.peek() == Some(&'"') => {
                characters.next();
            }
            (true, '"') => quoted = false,
            (false, '"') if at_field_start => quoted = true,
            _ => {}
        }
        at_field_start = !quoted && character == ',';
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["id", "title"], optional: Some(&[&["note"]]) };

    type Titles = Vec<(u32, String)>;
    type Found = Vec<(u32, Option<String>, ProblemCode)>;

    fn read(text: &str) -> (Titles, Found) {
        let file = TextFile { name: "t.csv".into(), index: 0, text: text.into(), rows: None };
        let mut problems = Problems::default();
        let mut rows = Vec::new();
        if let Some(mut table) = Table::open(&file, COLUMNS, &mut problems) {
            while let Some(row) = table.next_row(&mut problems) {
                rows.push((row.at().line, row.text("title").unwrap_or_default().to_owned()));
            }
        }
        let found = problems
            .errors
            .iter()
            .map(|p| (p.line, p.column.as_deref().map(str::to_owned), p.code))
            .collect();
        (rows, found)
    }

    #[test]
    fn lines_are_physical_with_any_line_ending_and_inside_quotes() {
        for newline in ["\n", "\r\n", "\r"] {
            let text = ["id,title", "1,a", "", "2,\"b", "b\"", ",", "3,c", ""].join(newline);
            let (rows, problems) = read(&text);
            let lines: Vec<u32> = rows.iter().map(|row| row.0).collect();
            assert_eq!((lines, problems), (vec![2, 4, 7], vec![]), "{newline:?}");
        }
    }

    #[test]
    fn columns_may_come_in_any_order() {
        let (rows, problems) = read("note,title,id\nx,수채화,1\n");
        assert_eq!((rows, problems), (vec![(2, "수채화".to_owned())], vec![]));
    }

    #[test]
    fn every_missing_unknown_and_repeated_column_is_named() {
        let (rows, problems) = read("\nname,note,note\n1,2,3\n");
        assert_eq!(rows, vec![]);
        let named = |column: &str, code| (2, Some(column.to_owned()), code);
        assert_eq!(
            problems,
            vec![
                named("id", ProblemCode::ColumnMissing),
                named("title", ProblemCode::ColumnMissing),
                named("name", ProblemCode::ColumnUnknown),
                named("note", ProblemCode::ColumnDuplicate),
            ]
        );
    }

    #[test]
    fn ragged_rows_and_nul_characters_are_reported_and_reading_goes_on() {
        let (rows, problems) = read("id,title\n1\n2,b,c\n3,\"x\0y\"\n4,d\n");
        assert_eq!(rows, vec![(5, "d".to_owned())]);
        assert_eq!(
            problems,
            vec![
                (2, None, ProblemCode::FieldCount),
                (3, None, ProblemCode::FieldCount),
                (4, Some("title".to_owned()), ProblemCode::NulCharacter),
            ]
        );
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_reported_where_its_row_begins() {
        let (rows, problems) = read("id,title\n1,a\n2,\"b\n3,c\n4,d\n");
        assert_eq!(rows, vec![(2, "a".to_owned())]);
        assert_eq!(problems, vec![(3, None, ProblemCode::QuoteUnclosed)]);
        assert_eq!(read("id,title\n1,3.5\" 디스크").0, vec![(2, "3.5\" 디스크".to_owned())]);
        assert_eq!(read("id,title\n1,\"a \"\"b\"\"\"").0, vec![(2, "a \"b\"".to_owned())]);
    }

    #[test]
    fn an_empty_file_is_reported_once() {
        assert_eq!(read("\r\n\r\n").1, vec![(0, None, ProblemCode::FileEmpty)]);
    }
}
