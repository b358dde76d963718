//! Which passwords are allowed: long enough, not common, not made of what everybody knows about the account.
//!
//! There are no composition rules (OWASP ASVS 5.0 §6.2.5) and no expiry: length and the list of common passwords are
//! what helps. The list is `common_passwords.txt` beside this file; to extend it, add lines.

use std::collections::HashSet;
use std::sync::LazyLock;

use secrecy::ExposeSecret;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::normalise;

/// The rule for new passwords. Passwords that are merely presented at sign-in are not held to it.
#[derive(Debug, Clone, Copy)]
pub struct PasswordPolicy;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordProblem {
    /// It has fewer than [`PasswordPolicy::MIN_CHARACTERS`] characters.
    #[error("the password is too short")]
    TooShort,
    /// It has more than [`PASSWORD_MAX_BYTES`](super::PASSWORD_MAX_BYTES) bytes.
    #[error("the password is too long")]
    TooLong,
    /// It is among the first that anybody tries: a common one, or up to four characters over and over.
    #[error("the password is too common")]
    TooCommon,
    /// It contains the account's or the organisation's own words.
    #[error("the password contains a word that is known about the account")]
    ContainsContext,
}

impl PasswordPolicy {
    /// The least length in characters (Unicode scalar values of the NFC form; a Hangul syllable is one).
    pub const MIN_CHARACTERS: usize = 8;

    /// Checks a new password.
    ///
    /// `context_words` are the user name, e-mail address (only the part before `@` counts), name, organisation. Words
    /// under four bytes (three Latin letters, one Hangul syllable) are passed over: they are in too many good passwords.
    /// Case and full-width forms make no difference to the two word checks.
    pub fn check(password: &str, context_words: &[&str]) -> Result<(), PasswordProblem> {
        let password = normalise(password).ok_or(PasswordProblem::TooLong)?;
        let password = password.expose_secret();
        if password.chars().count() < Self::MIN_CHARACTERS {
            return Err(PasswordProblem::TooShort);
        }
        let folded = fold(password);
        if COMMON.contains(folded.as_str()) || repeats(&folded) {
            return Err(PasswordProblem::TooCommon);
        }
        let known = context_words
            .iter()
            .map(|word| fold(word.split('@').next().unwrap_or_default().trim()))
            .any(|word| word.len() >= CONTEXT_MIN_BYTES && folded.contains(&word));
        if known { Err(PasswordProblem::ContainsContext) } else { Ok(()) }
    }
}

/// The shortest context word that is looked for.
const CONTEXT_MIN_BYTES: usize = 4;

/// The longest piece that is too little when repeated.
const PERIOD_MAX_CHARACTERS: usize = 4;

static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("common_passwords.txt").lines().filter(|line| !line.starts_with("# ")).collect()
});

fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// Whether the text is one piece of at most four characters, written at least twice.
fn repeats(text: &str) -> bool {
    (1..=PERIOD_MAX_CHARACTERS).any(|period| text.chars().zip(text.chars().skip(period)).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::PasswordProblem::{ContainsContext, TooCommon, TooLong, TooShort};
    use super::*;

    fn check(password: &str) -> Result<(), PasswordProblem> {
        PasswordPolicy::check(password, &[])
    }

    #[test]
    fn eight_characters_of_any_script_are_enough() {
        assert_eq!(check("자물쇠는튼튼해"), Err(TooShort));
        assert_eq!(check("자물쇠는튼튼해요"), Ok(()));
        assert_eq!(check("kx7 mqv"), Err(TooShort));
        assert_eq!(check("kx7 mqvw"), Ok(()));
    }

    #[test]
    fn characters_are_counted_alike_however_the_device_composes_them() {
        let decomposed: String = "자물쇠는튼튼해".nfd().collect();
        assert!(decomposed.chars().count() > 8);
        assert_eq!(check(&decomposed), Err(TooShort));
    }

    #[test]
    fn a_kibibyte_is_allowed_and_a_byte_more_is_not() {
        let longest: String = "가나다 "
            .chars()
            .cycle()
            .scan(0, |length, c| {
                *length += c.len_utf8();
                (*length <= 1_024).then_some(c)
            })
            .collect();
        let padded = format!("{longest}{}", "x".repeat(1_024 - longest.len()));
        assert_eq!(padded.len(), 1_024);
        assert_eq!(check(&format!("{padded}x")), Err(TooLong));
        assert_eq!(check(&padded.replace("나다", "xyzuvw")), Ok(()));
        assert_eq!(check(&"x".repeat(10_000_000)), Err(TooLong));
    }

    #[test]
    fn no_kind_of_character_is_demanded() {
        assert_eq!(check("correct otter battery stable"), Ok(()));
        assert_eq!(check("7391 2058 4466"), Ok(()));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case_and_width() {
        for common in [
            "password",
            "PassWord123",
            "qwertyuiop",
            "1q2w3e4r",
            "12345678",
            "iloveyou",
            "dkssudgktpdy",
            "DKSSUDGKTPDY",
            "tkfkdgody1",
            "비밀번호1234",
            "안녕하세요안녕하세요",
            "passwordpassword",
            "ｐａｓｓｗｏｒｄ",
            "20250101",
            "qlalfqjsgh!",
        ] {
            assert_eq!(check(common), Err(TooCommon), "{common}");
        }
        let decomposed: String = "비밀번호1234".nfd().collect();
        assert_eq!(check(&decomposed), Err(TooCommon));
    }

    #[test]
    fn little_pieces_repeated_are_refused_at_any_length() {
        for common in ["zzzzzzzzzzzzzzzzzzzz", "xyxyxyxyxy", "가나가나가나가나", "k7q!k7q!k7q!k7"] {
            assert_eq!(check(common), Err(TooCommon), "{common}");
        }
        assert_eq!(check("k7q!vk7q!v"), Ok(()));
    }

    #[test]
    fn words_of_the_account_are_refused_within_the_password() {
        let context = ["gildong77", "Hong.Gildong@example.com", "홍길동", "마당", "Kim"];
        for password in ["xxGILDONG77xx", "hong.gildong!9", "나는홍길동입니다", "우리마당놀이터9"]
        {
            assert_eq!(PasswordPolicy::check(password, &context), Err(ContainsContext), "{password}");
        }
        assert_eq!(
            PasswordPolicy::check("kimchi otter rain", &context),
            Ok(()),
            "three letters are passed over"
        );
        assert_eq!(
            PasswordPolicy::check("example.com otter", &context),
            Ok(()),
            "the mail host is nobody's secret"
        );
        assert_eq!(PasswordPolicy::check("otter rain stable", &["", "@", " "]), Ok(()));
    }

    #[test]
    fn every_line_of_the_list_can_match_and_there_are_enough() {
        assert!(COMMON.len() >= 3_000, "{}", COMMON.len());
        for line in COMMON.iter() {
            assert_eq!(fold(line), *line, "an entry that folding changes never matches");
            assert!(line.chars().count() >= PasswordPolicy::MIN_CHARACTERS, "{line}");
        }
    }
}
