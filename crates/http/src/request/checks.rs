//! Raw values into domain types, with everything that is wrong with them collected.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use madang_domain::text::TextProblem;

use crate::problem::{FieldFault, FieldProblem, Problem};

/// Collects faults while a request is turned into domain types.
#[derive(Default)]
pub struct Checks {
    errors: Vec<FieldProblem>,
}

impl Checks {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn fault(&mut self, pointer: &str, fault: FieldFault) {
        self.errors.push(FieldProblem { pointer: pointer.to_owned(), fault });
    }

    /// A value that must be there; `None` when it is not valid.
    pub fn value<T, E: Into<FieldFault>>(&mut self, pointer: &str, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(pointer, error.into());
                None
            }
        }
    }

    /// A value that may be missing; the outer `None` means that it is not valid.
    pub fn optional<R, T, E: Into<FieldFault>>(
        &mut self,
        pointer: &str,
        raw: Option<R>,
        parse: impl FnOnce(R) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match raw.map(parse).transpose() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(pointer, error.into());
                None
            }
        }
    }

    /// A value of a patch that may be missing or cleared; the outer `None` means that it is not valid.
    pub fn clearable<R, T, E: Into<FieldFault>>(
        &mut self,
        pointer: &str,
        raw: Option<Option<R>>,
        parse: impl FnOnce(R) -> Result<T, E>,
    ) -> Option<Option<Option<T>>> {
        match raw {
            None => Some(None),
            Some(value) => self.optional(pointer, value, parse).map(Some),
        }
    }

    /// Notes a day out of the years that Madang keeps.
    pub fn day(&mut self, pointer: &str, day: NaiveDate) -> Option<NaiveDate> {
        self.value(pointer, within_years(day))
    }

    /// The same for a day that may be missing; the outer `None` means that it is not valid.
    pub fn optional_day(&mut self, pointer: &str, day: Option<NaiveDate>) -> Option<Option<NaiveDate>> {
        self.optional(pointer, day, within_years)
    }

    /// A number that must be in a range; `None` when it is not.
    pub fn range(&mut self, pointer: &str, value: i32, range: RangeInclusive<i32>) -> Option<i32> {
        self.value(pointer, in_range(value, range))
    }

    /// The built value, or a problem that names every fault.
    pub fn done<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        match build() {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// A day that every database can keep and compare, and that leaves room to count from.
pub(super) fn within_years(day: NaiveDate) -> Result<NaiveDate, FieldFault> {
    let years = 1_900..=2_999;
    if years.contains(&day.year()) {
        Ok(day)
    } else {
        Err(FieldFault::OutOfRange { min: (*years.start()).into(), max: (*years.end()).into() })
    }
}

/// A number that must be in a range.
pub fn in_range(value: i32, range: RangeInclusive<i32>) -> Result<i32, FieldFault> {
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(FieldFault::OutOfRange { min: (*range.start()).into(), max: (*range.end()).into() })
    }
}

impl From<TextProblem> for FieldFault {
    fn from(problem: TextProblem) -> Self {
        match problem {
            TextProblem::Empty => Self::Empty,
            TextProblem::TooShort { min } => Self::TooShort { min },
            TextProblem::TooLong { max } => Self::TooLong { max },
            TextProblem::ForbiddenCharacter => Self::ForbiddenCharacter,
            TextProblem::Malformed => Self::InvalidFormat,
        }
    }
}
