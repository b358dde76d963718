//! The formats: which one a bundle is, and reading it.
//!
//! Every format turns its files into one [`Roster`] and reports what it could not use. A new format is a module with
//! a `fits` and a `read`, a variant of [`Format`] and an arm in the two matches here.

pub mod korean_standard;
mod korean_title;
pub mod oneroster;
pub mod oulad;
pub mod tables;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::bundle::{Bundle, SourceFile};
use crate::encoding;
use crate::problem::{Problem, ProblemCode, Problems};
use crate::roster::{Ids, Roster};
use crate::table::{TextFile, header_names};
use crate::workbook;

/// What the files of a bundle are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One CSV file per table, with the field names of the API as columns; what an export writes.
    Tables,
    /// OneRoster 1.1/1.2 CSV and Microsoft School Data Sync 2.1, which descends from it.
    OneRoster,
    /// The standard list of lifelong-learning courses (전국평생학습강좌표준데이터), 25 Korean columns.
    KoreanStandard,
    /// The Open University Learning Analytics Dataset in its mapping to classes, lectures and marks.
    Oulad,
}

impl Format {
    /// All formats, in the order in which they are tried.
    pub const ALL: &'static [Self] = &[Self::KoreanStandard, Self::OneRoster, Self::Oulad, Self::Tables];

    /// The stable name; external ids are unique per format and kind of row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::OneRoster => "oneroster",
            Self::KoreanStandard => "korean_standard",
            Self::Oulad => "oulad",
        }
    }

    /// The format with this name; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name)
    }

    fn fits(self, headers: &[Header]) -> bool {
        match self {
            Self::Tables => tables::fits(headers),
            Self::OneRoster => oneroster::fits(headers),
            Self::KoreanStandard => korean_standard::fits(headers),
            Self::Oulad => oulad::fits(headers),
        }
    }
}

/// What the reader cannot find out from the files.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The format; `None` finds it out by [`detect`].
    pub format: Option<Format>,
    /// Days without lectures when weekdays are expanded to dates.
    pub holidays: BTreeSet<NaiveDate>,
}

/// What was read.
#[derive(Debug)]
pub struct Reading {
    /// What the files were read as.
    pub format: Format,
    /// The rows that could be read.
    pub roster: Roster,
    /// What was found on the way.
    pub problems: Problems,
}

/// A bundle cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No format fits the headers.
    #[error("the files are of no known format")]
    UnknownFormat,
}

/// Finds the format by the headers; file names do not matter. `None` when none fits.
pub fn detect(bundle: &Bundle) -> Option<Format> {
    let headers: Vec<Header> = bundle.files().iter().flat_map(Header::of).collect();
    Format::ALL.iter().copied().find(|format| format.fits(&headers))
}

/// Reads all files of a bundle, going on after bad rows.
///
/// The same files give the same rows with the same external ids, always.
///
/// # Errors
///
/// [`ReadError`]; what is wrong with single files and rows is in [`Reading::problems`].
pub fn read(bundle: Bundle, options: &ReadOptions) -> Result<Reading, ReadError> {
    let format = options.format.or_else(|| detect(&bundle)).ok_or(ReadError::UnknownFormat)?;
    let mut draft = Draft::default();
    let files = draft.decode(bundle);
    match format {
        Format::Tables => tables::read(&files, &mut draft),
        Format::OneRoster => oneroster::read(&files, &mut draft),
        Format::KoreanStandard => korean_standard::read(&files, &options.holidays, &mut draft),
        Format::Oulad => oulad::read(&files, &mut draft),
    }
    Ok(Reading { format, roster: draft.roster, problems: draft.problems })
}

/// The header of a file that has not been decoded.
struct Header {
    columns: Vec<Box<str>>,
}

impl Header {
    /// One header for text, one for each sheet of a workbook.
    fn of(file: &SourceFile) -> Vec<Self> {
        if workbook::is_workbook(&file.bytes) {
            let sheets = workbook::sheets(&file.bytes, 1).unwrap_or_default();
            return sheets.iter().map(|sheet| Self { columns: header_names(&sheet.text) }).collect();
        }
        vec![Self { columns: header_names(&encoding::first_line(&file.bytes)) }]
    }

    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| **name == *column)
    }
}

/// What a format fills.
#[derive(Default)]
struct Draft {
    roster: Roster,
    problems: Problems,
    ids: Ids,
}

impl Draft {
    fn decode(&mut self, bundle: Bundle) -> Vec<TextFile> {
        let mut files = Vec::new();
        for source in bundle.into_files() {
            let name: Arc<str> = source.name.into();
            if workbook::is_workbook(&source.bytes) {
                self.decode_workbook(&name, &source.bytes, &mut files);
                continue;
            }
            let index = self.name_file(&name);
            match encoding::decode(source.bytes) {
                Ok(decoded) => files.push(TextFile { name, index, text: decoded.text, rows: None }),
                Err(error) => self.problems.push(Problem {
                    file: name,
                    line: error.line,
                    column: None,
                    code: ProblemCode::EncodingUnknown,
                    detail: Some(format!("byte {}", error.byte_offset).into()),
                }),
            }
        }
        files
    }

    fn decode_workbook(&mut self, name: &Arc<str>, bytes: &[u8], files: &mut Vec<TextFile>) {
        let Ok(sheets) = workbook::sheets(bytes, usize::MAX) else {
            self.name_file(name);
            self.problems.file(name, 0, ProblemCode::WorkbookDamaged, None);
            return;
        };
        let several = sheets.len() > 1;
        for sheet in sheets {
            let name = if several { format!("{name}/{}", sheet.name).into() } else { Arc::clone(name) };
            let index = self.name_file(&name);
            files.push(TextFile { name, index, text: sheet.text, rows: Some(sheet.rows) });
        }
    }

    /// Adds a file to the roster's list; its index.
    fn name_file(&mut self, name: &Arc<str>) -> u16 {
        self.roster.files.push(Arc::clone(name));
        u16::try_from(self.roster.files.len() - 1).unwrap_or(u16::MAX)
    }

    /// The file of this name, whatever its case; its absence is reported.
    fn required_file<'f>(&mut self, files: &'f [TextFile], name: &str) -> Option<&'f TextFile> {
        let found = optional_file(files, name);
        // A file that could not be decoded has been reported already.
        if found.is_none() && !self.roster.files.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.problems.file(&name.into(), 0, ProblemCode::FileMissing, None);
        }
        found
    }
}

fn optional_file<'f>(files: &'f [TextFile], name: &str) -> Option<&'f TextFile> {
    files.iter().find(|file| file.name.eq_ignore_ascii_case(name))
}
