//! What people are called: the name they sign in with, and their own.

use super::{
    Email, Lines, TextProblem, check_length, clean, fold_case, is_invisible, text_conversions, text_type,
};

/// The name a user signs in with: Hangul, Latin, or an e-mail address.
///
/// Stored in its folded form (`fold_case`), so that `Ｋim`, `KIM` and `kim` are one user.
/// It has 3 to 64 characters, or up to 254 when it is an e-mail address; none of them is invisible.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

impl Username {
    /// The fewest characters.
    pub const MIN: usize = 3;
    /// The most characters, unless the name is an e-mail address.
    pub const MAX: usize = 64;

    /// Takes a user name from outside into its stored form.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, TextProblem> {
        let name = fold_case(&clean(text.as_ref(), Lines::One)?);
        if name.chars().any(is_invisible) {
            return Err(TextProblem::ForbiddenCharacter);
        }
        let max = if Email::parse(&name).is_ok() { Email::MAX } else { Self::MAX };
        check_length(&name, Self::MIN..=max)?;
        Ok(Self(name))
    }
}

text_conversions!(Username, Redacted);

text_type!(
    /// The name of a person as it stands on lists and certificates.
    PersonName,
    max = 100,
    debug = Redacted
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn user_names_that_differ_only_in_case_or_width_are_one() {
        let name = Username::parse("  Kim01 ").unwrap();
        assert_eq!(name.as_str(), "kim01");
        assert_eq!(Username::parse("ＫＩＭ０１").unwrap(), name);
        assert_eq!(Username::parse("홍길동").unwrap().as_str(), "홍길동");
        assert_eq!(Username::parse("\u{1112}\u{1169}\u{11BC}길동").unwrap().as_str(), "홍길동");
    }

    #[test]
    fn an_email_address_is_a_user_name_even_when_it_is_long() {
        assert_eq!(Username::parse("JCraig@Example.ORG").unwrap().as_str(), "jcraig@example.org");
        let long = format!("{}@{}.org", "a".repeat(64), "b".repeat(60));
        assert_eq!(Username::parse(&long).unwrap().as_str(), long);
        assert_eq!(Username::parse("a".repeat(65)), Err(TextProblem::TooLong { max: 64 }));
    }

    #[test]
    fn a_user_name_has_three_visible_characters_or_more() {
        assert_eq!(Username::parse("ab"), Err(TextProblem::TooShort { min: 3 }));
        assert_eq!(Username::parse("   "), Err(TextProblem::Empty));
        for name in ["kim lee", "kim\u{200B}lee", "kim\u{3164}lee", "kim\tlee", "abc\u{A8}"] {
            assert_eq!(Username::parse(name), Err(TextProblem::ForbiddenCharacter), "{name:?}");
        }
    }

    #[test]
    fn a_person_keeps_the_spelling_of_the_name() {
        assert_eq!(PersonName::parse(" Renée  O'Neill ").unwrap().as_str(), "Renée  O'Neill");
        assert_eq!(PersonName::parse("가".repeat(101)), Err(TextProblem::TooLong { max: 100 }));
    }

    #[test]
    fn names_do_not_reach_a_log_through_debug() {
        assert_eq!(format!("{:?}", PersonName::parse("홍길동").unwrap()), "PersonName(…)");
        assert_eq!(format!("{:?}", Username::parse("gildong").unwrap()), "Username(…)");
    }

    proptest! {
        #[test]
        fn a_stored_user_name_parses_to_itself(text in "\\PC{0,80}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name));
            }
        }
    }
}
