//! Tables as files: CSV and XLSX behind one trait, row by row, in constant memory.
//!
//! Both write the same text for dates (`2026-07-08`) and instants (RFC 3339 in UTC, `2026-07-08T10:00:00Z`): a
//! spreadsheet has no time zone, and what is written here is read again. Text is made harmless: in CSV by an
//! apostrophe in front of what would be a formula, which reading takes off again; in XLSX by being written as text.

mod chunks;
mod csv;
mod xlsx;

use std::borrow::Cow;
use std::io;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

pub use self::chunks::Chunks;
pub use self::csv::CsvWriter;
pub use self::xlsx::XlsxWriter;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'c> {
    /// Text.
    Text(Cow<'c, str>),
    /// A whole number.
    Integer(i64),
    /// A day.
    Date(NaiveDate),
    /// An instant.
    Time(DateTime<Utc>),
    /// True or false.
    Bool(bool),
    /// Nothing.
    Empty,
}

impl<'c> Cell<'c> {
    /// Text, borrowed or not.
    pub fn text(text: impl Into<Cow<'c, str>>) -> Self {
        Self::Text(text.into())
    }

    /// What there is, or nothing.
    pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }
}

/// A table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output, or the temporary file of a spreadsheet, refused.
    #[error("the table cannot be written")]
    Io(#[from] io::Error),
    /// A row has another number of cells than the header.
    #[error("a row has {found} cells where the header has {expected}")]
    Width {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A spreadsheet cell cannot hold the text (32,767 UTF-16 units); CSV can.
    #[error("row {row}: a text is too long for a spreadsheet cell")]
    TextTooLong {
        /// The row, the header being 1.
        row: u64,
    },
    /// The spreadsheet library refused.
    #[error("the spreadsheet cannot be written")]
    Spreadsheet(#[source] rust_xlsxwriter::XlsxError),
}

/// Writes one table: the header, the rows, the end.
pub trait TableWriter: Send {
    /// Writes the header, which sets the number of cells of every row. Must come first, once.
    fn header(&mut self, names: &[&str]) -> Result<(), WriteError>;

    /// Writes a row.
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), WriteError>;

    /// Writes what is still held back. A table that is not finished is not complete.
    fn finish(self: Box<Self>) -> Result<(), WriteError>;
}

fn instant_text(instant: &DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn check_width(expected: usize, cells: &[Cell<'_>]) -> Result<(), WriteError> {
    if cells.len() == expected { Ok(()) } else { Err(WriteError::Width { expected, found: cells.len() }) }
}
