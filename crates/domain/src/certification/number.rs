//! The number of a certificate: gapless within each year, `제2026-0123호` for people.

use std::fmt;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::{TimeZone, local_day};

/// So many certificates a year have room in the number.
const PER_YEAR: i32 = 1_000_000;

/// The number of a certificate: its year, and its place in the register of that year, from 1.
///
/// Kept as one integer, `2026000123`, so that numbers are in the order of the register; `2026-0123` in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateNumber(i32);

/// A text or an integer is no number of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a number of a certificate is written 2026-0123")]
pub struct NumberProblem;

impl CertificateNumber {
    /// The number at this place of a year.
    ///
    /// # Errors
    /// [`NumberProblem`] outside of the years 1900 to 2100 and the places 1 to 999,999.
    pub fn new(year: i32, place: i32) -> Result<Self, NumberProblem> {
        if (1_900..=2_100).contains(&year) && (1..PER_YEAR).contains(&place) {
            Ok(Self(year * PER_YEAR + place))
        } else {
            Err(NumberProblem)
        }
    }

    /// The number that is kept as this integer.
    ///
    /// # Errors
    /// [`NumberProblem`] when there is none.
    pub fn from_integer(kept: i32) -> Result<Self, NumberProblem> {
        Self::new(kept / PER_YEAR, kept % PER_YEAR)
    }

    /// Reads `2026-0123`, as well as `제2026-0123호`.
    ///
    /// # Errors
    /// [`NumberProblem`] when the text is none.
    pub fn parse(text: &str) -> Result<Self, NumberProblem> {
        let text = text.trim();
        let text = text.strip_prefix('제').unwrap_or(text);
        let text = text.strip_suffix('호').unwrap_or(text).trim();
        let (year, place) = text.split_once('-').ok_or(NumberProblem)?;
        let digits = |text: &str, length: std::ops::RangeInclusive<usize>| {
            if !length.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NumberProblem);
            }
            text.parse::<i32>().map_err(|_| NumberProblem)
        };
        Self::new(digits(year, 4..=4)?, digits(place, 1..=6)?)
    }

    /// The year in whose register certificates stand that are issued at this moment: that of Seoul.
    pub fn year_of(issued_at: DateTime<Utc>) -> i32 {
        local_day(issued_at, TimeZone::SEOUL).year()
    }

    /// The integer as which it is kept.
    pub fn as_integer(self) -> i32 {
        self.0
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.0 / PER_YEAR
    }

    /// Its place in the register of the year, from 1.
    pub fn place(self) -> i32 {
        self.0 % PER_YEAR
    }

    /// As it stands on paper: `제2026-0123호`.
    pub fn for_people(self) -> String {
        format!("제{self}호")
    }
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}", self.year(), self.place())
    }
}

impl TryFrom<String> for CertificateNumber {
    type Error = NumberProblem;

    fn try_from(text: String) -> Result<Self, NumberProblem> {
        Self::parse(&text)
    }
}

impl From<CertificateNumber> for String {
    fn from(number: CertificateNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written() {
        let number = CertificateNumber::new(2026, 123).unwrap();
        assert_eq!(
            (number.to_string().as_str(), number.for_people().as_str()),
            ("2026-0123", "제2026-0123호")
        );
        for text in ["2026-0123", "2026-123", "제2026-0123호", " 제 2026-0123 호 "] {
            assert_eq!(CertificateNumber::parse(&text.replace("제 ", "제")), Ok(number), "{text}");
        }
        assert_eq!(CertificateNumber::from_integer(number.as_integer()), Ok(number));
        let large = CertificateNumber::new(2026, 123_456).unwrap();
        assert_eq!(CertificateNumber::parse(&large.to_string()), Ok(large));
        assert!(number < large);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "2026", "26-0001", "2026-0000", "2026-1000000", "2026-+1", "1800-1", "가나다-1"] {
            assert_eq!(CertificateNumber::parse(text), Err(NumberProblem), "{text}");
        }
    }

    #[test]
    fn the_year_is_that_of_seoul() {
        let year = |text: &str| CertificateNumber::year_of(text.parse().unwrap());
        assert_eq!((year("2025-12-31T14:59:59Z"), year("2025-12-31T15:00:00Z")), (2025, 2026));
    }
}
