//! A share of a whole, as policies write it: `4/5`.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::attendance::Fraction;

/// A share from `0/1` to `1/1` in lowest terms, with a denominator up to 100; `4/5` as text.
///
/// The bound keeps every sum of the engine within 64 bits: see [`Timetable`](super::Timetable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share {
    numerator: u8,
    denominator: u8,
}

/// A text is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a share is written n/d, with 0 <= n <= d <= 100 and d > 0")]
pub struct ShareProblem;

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// Everything.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };
    /// One half.
    pub const HALF: Self = Self { numerator: 1, denominator: 2 };
    /// Four fifths, the usual threshold of completion in Korea.
    pub const FOUR_FIFTHS: Self = Self { numerator: 4, denominator: 5 };
    /// The largest denominator.
    pub const MAX_DENOMINATOR: u8 = 100;

    /// A share in lowest terms.
    ///
    /// # Errors
    /// [`ShareProblem`] when it is more than the whole, or its denominator 0 or above 100.
    pub fn new(numerator: u8, denominator: u8) -> Result<Self, ShareProblem> {
        if denominator == 0 || denominator > Self::MAX_DENOMINATOR || numerator > denominator {
            return Err(ShareProblem);
        }
        let common = gcd(numerator.into(), denominator.into());
        let part = |number: u8| u8::try_from(u64::from(number) / common).map_err(|_| ShareProblem);
        Ok(Self { numerator: part(numerator)?, denominator: part(denominator)? })
    }

    /// Reads `4/5`.
    ///
    /// # Errors
    /// [`ShareProblem`] when the text is no share.
    pub fn parse(text: &str) -> Result<Self, ShareProblem> {
        let (numerator, denominator) = text.split_once('/').ok_or(ShareProblem)?;
        let digits = |text: &str| {
            if text.is_empty() || text.len() > 3 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(ShareProblem);
            }
            text.parse::<u8>().map_err(|_| ShareProblem)
        };
        Self::new(digits(numerator)?, digits(denominator)?)
    }

    /// The upper part.
    pub fn numerator(self) -> u64 {
        self.numerator.into()
    }

    /// The lower part; never 0.
    pub fn denominator(self) -> u64 {
        self.denominator.into()
    }

    /// The share of a number that the denominator divides.
    pub(super) fn of(self, whole: u64) -> u64 {
        whole / self.denominator() * self.numerator()
    }
}

impl From<Share> for Fraction {
    fn from(share: Share) -> Self {
        Self::new(share.numerator(), share.denominator()).unwrap_or(Self::FOUR_FIFTHS)
    }
}

impl TryFrom<String> for Share {
    type Error = ShareProblem;

    fn try_from(text: String) -> Result<Self, ShareProblem> {
        Self::parse(&text)
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// The least common multiple of denominators: into so many parts a whole is cut, so that every share of it is a whole number.
pub(super) fn common_parts(shares: &[Share]) -> u64 {
    shares.iter().fold(1, |parts, share| parts / gcd(parts, share.denominator()) * share.denominator())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_kept_in_lowest_terms() {
        assert_eq!(Share::parse("8/10"), Ok(Share::FOUR_FIFTHS));
        assert_eq!(Share::parse("0/7").unwrap().to_string(), "0/1");
        assert_eq!(Share::parse("100/100"), Ok(Share::ONE));
        assert_eq!(Fraction::from(Share::HALF), Fraction::new(1, 2).unwrap());
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "1", "1/0", "5/4", "0.8", "80%", "-1/2", "+1/2", "1/101", "1/1000", " 1/2", "1/2/3"]
        {
            assert_eq!(Share::parse(text), Err(ShareProblem), "{text}");
        }
    }

    #[test]
    fn a_whole_is_cut_so_that_every_share_of_it_is_a_whole_number() {
        let shares = [Share::HALF, Share::FOUR_FIFTHS, Share::parse("1/6").unwrap()];
        assert_eq!(common_parts(&shares), 30);
        assert_eq!(shares.map(|share| share.of(30)), [15, 24, 5]);
        assert_eq!(common_parts(&[]), 1);
    }
}
