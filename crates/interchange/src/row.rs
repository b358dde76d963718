//! One row, read field by field into typed values.
//!
//! Each method reports what is wrong with its field. A reader calls all of them first and uses `?` afterwards, so that
//! one pass shows every bad field of a row.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Seoul;
use csv::StringRecord;

use crate::formula_guard;
use crate::problem::{Problem, ProblemCode, Problems, shorten};
use crate::roster::Position;

/// A field was reported; its row is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rejected;

/// Finds rows that describe a thing for the second time.
#[derive(Debug)]
pub(crate) struct Seen<K>(HashMap<K, u32>);

impl<K: Eq + Hash> Seen<K> {
    pub fn new() -> Self {
        Self(HashMap::new())
    }

    /// Rejects the row if an earlier one had the same key.
    pub fn first(&mut self, key: K, row: &mut Row<'_>, column: &str) -> Result<(), Rejected> {
        match self.0.entry(key) {
            Entry::Occupied(earlier) => {
                let line = earlier.get().to_string();
                Err(row.reject(column, ProblemCode::RowDuplicate, Some(&line)))
            }
            Entry::Vacant(entry) => {
                entry.insert(row.at().line);
                Ok(())
            }
        }
    }
}

/// A row of a [`Table`](crate::table::Table).
#[derive(Debug)]
pub(crate) struct Row<'r> {
    header: &'r [Box<str>],
    record: &'r StringRecord,
    file: &'r Arc<str>,
    at: Position,
    problems: &'r mut Problems,
}

impl<'r> Row<'r> {
    pub fn new(
        header: &'r [Box<str>],
        record: &'r StringRecord,
        file: &'r Arc<str>,
        at: Position,
        problems: &'r mut Problems,
    ) -> Self {
        Self { header, record, file, at, problems }
    }

    pub fn at(&self) -> Position {
        self.at
    }

    /// The text without its formula guard, exactly as written; `None` when there is none.
    pub fn text(&self, column: &str) -> Option<&'r str> {
        let index = self.header.iter().position(|name| **name == *column)?;
        self.record.get(index).map(formula_guard::remove).filter(|text| !text.trim().is_empty())
    }

    /// The text without surrounding white space; for ids, numbers and names of choices.
    pub fn token(&self, column: &str) -> Option<&'r str> {
        self.text(column).map(str::trim)
    }

    pub fn owned_text(&self, column: &str) -> Option<Box<str>> {
        self.text(column).map(Box::from)
    }

    pub fn required_text(&mut self, column: &str) -> Result<&'r str, Rejected> {
        self.text(column).ok_or_else(|| self.reject(column, ProblemCode::ValueMissing, None))
    }

    pub fn required_token(&mut self, column: &str) -> Result<&'r str, Rejected> {
        self.required_text(column).map(str::trim)
    }

    pub fn date(&mut self, column: &str) -> Result<Option<NaiveDate>, Rejected> {
        self.parsed(column, ProblemCode::DateInvalid, parse_date)
    }

    pub fn required_date(&mut self, column: &str) -> Result<NaiveDate, Rejected> {
        self.required(column, ProblemCode::DateInvalid, parse_date)
    }

    pub fn required_time_of_day(&mut self, column: &str) -> Result<NaiveTime, Rejected> {
        self.required(column, ProblemCode::TimeInvalid, parse_time_of_day)
    }

    pub fn instant(&mut self, column: &str) -> Result<Option<DateTime<Utc>>, Rejected> {
        self.parsed(column, ProblemCode::TimeInvalid, parse_instant)
    }

    pub fn required_instant(&mut self, column: &str) -> Result<DateTime<Utc>, Rejected> {
        self.required(column, ProblemCode::TimeInvalid, parse_instant)
    }

    pub fn number(&mut self, column: &str) -> Result<Option<u32>, Rejected> {
        self.parsed(column, ProblemCode::NumberInvalid, parse_number)
    }

    pub fn required_number(&mut self, column: &str) -> Result<u32, Rejected> {
        self.required(column, ProblemCode::NumberInvalid, parse_number)
    }

    pub fn boolean(&mut self, column: &str) -> Result<Option<bool>, Rejected> {
        self.parsed(column, ProblemCode::BooleanInvalid, parse_boolean)
    }

    pub fn choice<T>(
        &mut self,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Rejected> {
        self.parsed(column, ProblemCode::ValueUnknown, parse)
    }

    pub fn required_choice<T>(
        &mut self,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Rejected> {
        self.required(column, ProblemCode::ValueUnknown, parse)
    }

    /// A field in a form of its own.
    pub fn parsed<T>(
        &mut self,
        column: &str,
        code: ProblemCode,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Rejected> {
        let Some(text) = self.token(column) else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.reject(column, code, Some(text)))
    }

    pub fn required<T>(
        &mut self,
        column: &str,
        code: ProblemCode,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Rejected> {
        let text = self.required_token(column)?;
        parse(text).ok_or_else(|| self.reject(column, code, Some(text)))
    }

    /// Reports a problem with a field of this row.
    pub fn report(&mut self, column: &str, code: ProblemCode, detail: Option<&str>) {
        self.problems.push(Problem {
            file: Arc::clone(self.file),
            line: self.at.line,
            column: Some(column.into()),
            code,
            detail: detail.map(shorten),
        });
    }

    pub fn reject(&mut self, column: &str, code: ProblemCode, detail: Option<&str>) -> Rejected {
        self.report(column, code, detail);
        Rejected
    }
}

/// `2026-07-08`; also with points or slashes, as Korean spreadsheets write it.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim_end_matches('.');
    let mut parts = text.split(['-', '.', '/']).map(|part| part.trim().parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1900..=2999).contains(&year) {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// `2026-07-08T10:00:00Z` with any offset; without one (`2026-07-08 19:00`), the time in Korea.
fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let (date, time) = text.split_once(['T', ' '])?;
    in_korea(parse_date(date)?, parse_time_of_day(time.trim())?)
}

/// The instant of a day and time in Korea.
pub(crate) fn in_korea(date: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    Seoul.from_local_datetime(&NaiveDateTime::new(date, time)).earliest().map(|local| local.to_utc())
}

fn parse_time_of_day(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S%.f")).ok()
}

fn parse_number(text: &str) -> Option<u32> {
    // Databases keep 32-bit integers with a sign.
    text.parse::<u32>().ok().filter(|number| i32::try_from(*number).is_ok())
}

pub(crate) fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "y" | "yes" => Some(true),
        "false" | "0" | "n" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_spreadsheets_write_them_and_nonsense_is_refused() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 8);
        for text in ["2026-07-08", "2026-7-8", "2026.07.08", "2026. 7. 8.", "2026/07/08"] {
            assert_eq!(parse_date(text), day, "{text}");
        }
        for text in
            ["2026-02-29", "26-07-08", "2026-07", "2026-07-08-01", "20260708", "-2026-07-08", "7월 8일"]
        {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_without_offset_is_meant_in_korea() {
        let expected = DateTime::from_timestamp(1_783_504_800, 0);
        assert_eq!(parse_instant("2026-07-08T10:00:00Z"), expected);
        assert_eq!(parse_instant("2026-07-08T19:00:00+09:00"), expected);
        assert_eq!(parse_instant("2026-07-08 19:00"), expected);
        assert_eq!(parse_instant("2026-07-08"), None);
    }
}
