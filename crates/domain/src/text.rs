//! Text as it is stored: one Unicode form, no control characters, bounded in length.
//!
//! `clean` is the only way for a client's text into the system; `text_type!` makes a type of it in
//! one line (`CourseTitle`, `ClassPlace`, …). Texts with a shape of their own are in the files below:
//! `contact` (e-mail address, phone number) and `names` (user name, name of a person).
//! How text is compared and searched is in `search`.

mod contact;
mod names;

use std::ops::RangeInclusive;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

pub use contact::{Email, Phone};
pub use names::{PersonName, Username};

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// Nothing visible is left.
    #[error("the text is empty")]
    Empty,
    /// Fewer characters than the field needs.
    #[error("the text has fewer than {min} characters")]
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// More characters than the field holds.
    #[error("the text has more than {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A control character, or one that cannot be seen where every character must be.
    #[error("the text contains a forbidden character")]
    ForbiddenCharacter,
    /// Not an e-mail address, not a phone number.
    #[error("the text does not have the form of its kind")]
    Malformed,
}

/// Whether a text may hold line breaks and tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A name or a title.
    One,
    /// A description: tabs and line breaks stay; every line break is stored as `\n`.
    Many,
}

/// Brings text into its stored form: NFC, without surrounding white space.
///
/// Control characters are forbidden (`PostgreSQL` cannot even store NUL). Text of nothing but white space,
/// zero-width characters or Hangul fillers is `Empty`, because nobody could see or find it.
pub fn clean(text: &str, lines: Lines) -> Result<String, TextProblem> {
    let text = text.trim();
    if !text.is_empty() && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    let text = match lines {
        Lines::Many if text.contains('\r') => composed(&text.replace("\r\n", "\n").replace('\r', "\n")),
        Lines::One | Lines::Many => composed(text),
    };
    let allowed = |c: char| lines == Lines::Many && matches!(c, '\n' | '\t');
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(TextProblem::ForbiddenCharacter);
    }
    if text.chars().all(is_invisible) {
        return Err(TextProblem::Empty);
    }
    Ok(text)
}

/// Printable ASCII and whole syllables of Hangul, of which nearly all text consists: they are composed, and none is forbidden.
/// Seeing that is cheaper than asking a table for the properties of every character of a list.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '가'..='힣')
}

/// The NFC form. Most text has it already: seeing that is cheaper than composing it anew.
fn composed(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

/// `clean`, with the number of characters checked.
pub fn clean_within(text: &str, lines: Lines, length: RangeInclusive<usize>) -> Result<String, TextProblem> {
    let text = clean(text, lines)?;
    check_length(&text, length)?;
    Ok(text)
}

/// Checks the number of characters (not bytes) of a text.
pub fn check_length(text: &str, length: RangeInclusive<usize>) -> Result<(), TextProblem> {
    let characters = text.chars().count();
    if characters > *length.end() {
        return Err(TextProblem::TooLong { max: *length.end() });
    }
    if characters < *length.start() {
        return Err(TextProblem::TooShort { min: *length.start() });
    }
    Ok(())
}

/// The form in which texts are equal whatever their width, composition and case: NFKC, case-folded.
///
/// Applying it twice changes nothing. Every character is folded by itself, so the fold of a part is a part
/// of the fold: `ß` is `ss`, every sigma is `σ`, and the Turkish `İ` and `ı` are `i`.
pub fn fold_case(text: &str) -> String {
    text.nfkc().flat_map(fold_character).nfkc().collect()
}

/// True for characters that leave no mark: white space, control and format characters, fillers and selectors.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c.general_category(), GeneralCategory::Control | GeneralCategory::Format)
        || is_default_ignorable(c)
}

/// The characters of Unicode's `Default_Ignorable_Code_Point` that are not format characters.
fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34F}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{2065}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn fold_character(c: char) -> impl Iterator<Item = char> {
    // Without this the dot of `İ` would stay behind as a combining mark, and `istanbul` would not meet `İstanbul`.
    let c = if matches!(c, 'İ' | 'ı') { 'i' } else { c };
    // Lower case alone keeps `ß`, `ς` and `ſ` apart from what they equal; their upper case does not.
    // The first lower case is for `ẞ`, which is its own upper case.
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Gives a one-field text type its accessor and conversions.
///
/// `Redacted` keeps the content out of `Debug` and so out of logs; `Shown` is for everything else.
macro_rules! text_conversions {
    ($name:ident, Shown) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
        $crate::text::text_conversions!($name);
    };
    ($name:ident, Redacted) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
        $crate::text::text_conversions!($name);
    };
    ($name:ident) => {
        impl $name {
            /// The text as it is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}
pub(crate) use text_conversions;

/// Defines a type for stored text: `text_type!(/// The title of a course.` `CourseTitle, max = 200);`
///
/// Options in this order, each optional but `max`: `min = 2` (else 1), `max = 200`, `lines = Many` (else `One`),
/// `debug = Redacted` (else `Shown`; for what must not reach a log).
macro_rules! text_type {
    (@min) => { 1 };
    (@min $min:literal) => { $min };
    (@lines) => { $crate::text::Lines::One };
    (@lines $lines:ident) => { $crate::text::Lines::$lines };
    (@conversions $name:ident) => { $crate::text::text_conversions!($name, Shown); };
    (@conversions $name:ident $debug:ident) => { $crate::text::text_conversions!($name, $debug); };
    (
        $(#[$attribute:meta])*
        $name:ident
        $(, min = $min:literal)?
        , max = $max:literal
        $(, lines = $lines:ident)?
        $(, debug = $debug:ident)?
        $(,)?
    ) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The fewest characters.
            pub const MIN: usize = $crate::text::text_type!(@min $($min)?);
            /// The most characters.
            pub const MAX: usize = $max;

            /// Takes text from outside into its stored form.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, $crate::text::TextProblem> {
                let lines = $crate::text::text_type!(@lines $($lines)?);
                $crate::text::clean_within(text.as_ref(), lines, Self::MIN..=Self::MAX).map(Self)
            }
        }
        $crate::text::text_type!(@conversions $name $($debug)?);
    };
}
pub(crate) use text_type;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_data;
    use proptest::prelude::*;

    text_type!(
        /// A title.
        Title,
        max = 5
    );
    text_type!(
        /// A text of several lines.
        Story,
        min = 3,
        max = 20,
        lines = Many
    );

    #[test]
    fn text_is_stored_composed_and_without_surrounding_white_space() {
        let title = Title::parse(" \u{1100}\u{1161}\u{11A8}\u{3000}\n").unwrap();
        assert_eq!(title.as_str(), "각");
        assert_eq!(title.to_string(), "각");
        assert_eq!(String::from(title), "각");
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Title::parse("가나다라마").is_ok());
        assert_eq!(Title::parse("가나다라마바"), Err(TextProblem::TooLong { max: 5 }));
        assert_eq!(Story::parse("가나"), Err(TextProblem::TooShort { min: 3 }));
        assert_eq!((Title::MIN, Title::MAX, Story::MIN, Story::MAX), (1, 5, 3, 20));
    }

    #[test]
    fn text_that_nobody_can_see_is_empty() {
        for text in ["", "  ", "\u{200B}", "\u{3164}", "\u{FEFF}\u{2060} \u{AD}"] {
            assert_eq!(Title::parse(text), Err(TextProblem::Empty), "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\0b", "\0", "a\u{7}", "a\u{7F}", "a\u{9B}", "a\tb", "a\nb"] {
            assert_eq!(Title::parse(text), Err(TextProblem::ForbiddenCharacter), "{text:?}");
        }
    }

    #[test]
    fn a_text_of_several_lines_keeps_its_tabs_and_line_breaks() {
        assert_eq!(Story::parse("a\r\n\tb\rc\n").unwrap().as_str(), "a\n\tb\nc");
        assert_eq!(Story::parse("a\n\0b"), Err(TextProblem::ForbiddenCharacter));
    }

    #[test]
    fn folding_evens_out_case_width_and_composition() {
        for (one, other) in [
            ("ＡＩ", "ai"),
            ("Straße", "STRASSE"),
            ("ẞ", "ss"),
            ("ΟΔΟΣ", "οδος"),
            ("İstanbul", "istanbul"),
            ("I\u{307}", "i"),
            ("ﬁn", "FIN"),
            ("㎏", "kg"),
            ("e\u{301}", "É"),
        ] {
            assert_eq!(fold_case(one), fold_case(other), "{one} and {other}");
        }
    }

    #[test]
    fn folding_any_character_twice_changes_nothing() {
        // Beyond the last assigned ideographs there are only tags and private use.
        for c in ('\0'..='\u{3FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            let once = fold_case(&c.to_string());
            assert_eq!(fold_case(&once), once, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn naughty_strings_are_either_stored_clean_or_refused() {
        let strings: Vec<String> = serde_json::from_str(&shared_data::read("strings/blns.json")).unwrap();
        for string in strings {
            for lines in [Lines::One, Lines::Many] {
                if let Ok(clean_once) = clean(&string, lines) {
                    assert_eq!(clean(&clean_once, lines).as_deref(), Ok(clean_once.as_str()));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn plain_text_is_stored_as_it_is(text in "[ -~가-힣]{0,20}") {
            let cleaned = clean(&text, Lines::One);
            let visible = text.trim();
            prop_assert_eq!(cleaned, if visible.is_empty() { Err(TextProblem::Empty) } else { Ok(visible.to_owned()) });
            prop_assert_eq!(visible.nfc().collect::<String>(), visible);
        }

        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>()) {
            for lines in [Lines::One, Lines::Many] {
                if let Ok(once) = clean(&text, lines) {
                    prop_assert_eq!(clean(&once, lines), Ok(once));
                }
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold_case(&text);
            prop_assert_eq!(fold_case(&once), once);
        }
    }
}
