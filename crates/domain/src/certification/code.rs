//! The code by which anybody verifies a certificate: 80 random bits in Crockford's base 32, and his check symbol.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// The symbols: the first 32 are digits, all 37 are check symbols.
const SYMBOLS: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
/// Digits of a code, without the check symbol.
const DIGITS: usize = 16;
/// Nobody types more than this for a code.
const MAX_TYPED: usize = 64;

/// A verification code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerificationCode([u8; 10]);

/// A text is no code: it is too short or too long, or the check symbol does not fit, as after a slip in typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a verification code")]
pub struct CodeInvalid;

impl VerificationCode {
    /// The code of these bits.
    pub fn new(bits: [u8; 10]) -> Self {
        Self(bits)
    }

    /// A new code, from the random source of the operating system.
    #[expect(clippy::disallowed_methods, reason = "this is the one door to random codes")]
    pub fn draw() -> Self {
        // Of its sixteen bytes, those in the middle hold bits that are always the same.
        let [a, b, c, d, e, f, _, _, _, _, g, h, i, j, _, _] = Uuid::new_v4().into_bytes();
        Self([a, b, c, d, e, f, g, h, i, j])
    }

    /// Reads a code as people type it: in any case, with hyphens and spaces anywhere, O for 0, I and L for 1.
    ///
    /// # Errors
    /// [`CodeInvalid`], without a look at any data.
    pub fn parse(text: &str) -> Result<Self, CodeInvalid> {
        if text.len() > MAX_TYPED {
            return Err(CodeInvalid);
        }
        let mut values = [0_u8; DIGITS + 1];
        let mut typed = text.chars().filter(|symbol| *symbol != '-' && !symbol.is_whitespace());
        for value in &mut values {
            *value = value_of(typed.next().ok_or(CodeInvalid)?)?;
        }
        let [digits @ .., check] = values;
        let number = digits.iter().try_fold(0_u128, |number, digit| {
            if *digit < 32 { Ok(number * 32 + u128::from(*digit)) } else { Err(CodeInvalid) }
        })?;
        if typed.next().is_some() || number % 37 != u128::from(check) {
            return Err(CodeInvalid);
        }
        let [_, _, _, _, _, _, bits @ ..] = number.to_be_bytes();
        Ok(Self(bits))
    }

    /// In groups of four, as it stands on paper: `7ZQ4-K0XW-93HM-T2BD-8`.
    pub fn for_people(self) -> String {
        let mut text = String::new();
        for (place, symbol) in self.to_string().chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        text
    }

    fn number(self) -> u128 {
        self.0.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}

fn value_of(symbol: char) -> Result<u8, CodeInvalid> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = SYMBOLS.iter().position(|known| char::from(*known) == symbol).ok_or(CodeInvalid)?;
    u8::try_from(place).map_err(|_| CodeInvalid)
}

fn symbol(value: u128) -> char {
    let place = usize::try_from(value).unwrap_or_default();
    SYMBOLS.get(place).copied().map_or('0', char::from)
}

/// The one form in which it is kept: 17 symbols.
impl fmt::Display for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        let mut text: String = (0..DIGITS).rev().map(|place| symbol(number >> (place * 5) & 31)).collect();
        text.push(symbol(number % 37));
        f.write_str(&text)
    }
}

/// Whoever has the code sees the certificate, so it never enters a log.
impl fmt::Debug for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationCode(…)")
    }
}

impl TryFrom<String> for VerificationCode {
    type Error = CodeInvalid;

    fn try_from(text: String) -> Result<Self, CodeInvalid> {
        Self::parse(&text)
    }
}

impl From<VerificationCode> for String {
    fn from(code: VerificationCode) -> Self {
        code.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_symbol_is_the_rest_by_37() {
        let mut bits = [0; 10];
        assert_eq!(VerificationCode::new(bits).to_string(), "00000000000000000");
        bits[9] = 36;
        // 36 is `14` in base 32, and its own rest, whose symbol is U.
        assert_eq!(VerificationCode::new(bits).to_string(), "0000000000000014U");
        assert_eq!(VerificationCode::new([255; 10]).to_string().len(), 17);
        assert_eq!(VerificationCode::new(bits).for_people(), "0000-0000-0000-0014-U");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = VerificationCode::new([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
        let text = code.to_string();
        let spaced = text.to_lowercase().chars().map(|c| format!("{c} ")).collect::<String>();
        for typed in [text.clone(), code.for_people(), spaced, text.replace('0', "o").replace('1', "l")] {
            assert_eq!(VerificationCode::parse(&typed), Ok(code), "{typed}");
        }
        for wrong in ["", "0", "000000000000000000", "0000000000000000U", "UUUUUUUUUUUUUUUU0", "가나다라"]
        {
            assert_eq!(VerificationCode::parse(wrong), Err(CodeInvalid), "{wrong}");
        }
        assert_eq!(VerificationCode::parse(&"0".repeat(1_000)), Err(CodeInvalid));
    }

    #[test]
    fn no_two_codes_are_alike() {
        let drawn: std::collections::HashSet<_> = (0..1_000).map(|_| VerificationCode::draw()).collect();
        assert_eq!(drawn.len(), 1_000);
        // Every one of the 80 bits is set in some and not in others.
        let or = drawn.iter().fold(0, |all, code| all | code.number());
        let and = drawn.iter().fold(u128::MAX, |all, code| all & code.number());
        assert_eq!((or, and), ((1 << 80) - 1, 0));
    }

    proptest! {
        #[test]
        fn every_code_is_read_back(bits in any::<[u8; 10]>()) {
            let code = VerificationCode::new(bits);
            prop_assert_eq!(VerificationCode::parse(&code.to_string()), Ok(code));
            prop_assert_eq!(VerificationCode::parse(&code.for_people()), Ok(code));
        }

        #[test]
        fn one_wrong_symbol_and_two_swapped_ones_are_noticed(bits in any::<[u8; 10]>(), place in 0_usize..16, other in 0_usize..32) {
            let text: Vec<char> = VerificationCode::new(bits).to_string().chars().collect();
            let mut wrong = text.clone();
            wrong[place] = char::from(SYMBOLS[other]);
            if wrong != text {
                prop_assert_eq!(VerificationCode::parse(&wrong.iter().collect::<String>()), Err(CodeInvalid));
            }
            let mut swapped = text.clone();
            swapped.swap(place, (place + 1) % 16);
            if place < 15 && swapped != text {
                prop_assert_eq!(VerificationCode::parse(&swapped.iter().collect::<String>()), Err(CodeInvalid));
            }
        }
    }
}
