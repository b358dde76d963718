//! How people are reached: e-mail addresses and phone numbers.

use unicode_normalization::UnicodeNormalization;
use validator::ValidateEmail;

use super::{Lines, TextProblem, clean, clean_within, is_invisible, text_conversions};

/// An e-mail address as the HTML standard defines it, with at most 254 characters.
///
/// The domain is stored in lower case (international domains in Unicode), the local part as it was written,
/// because its case is the receiving server's to interpret. Deliberately refused, though RFC 5322 knows them:
/// quoted local parts, comments and folded white space, address literals (`user@[127.0.0.1]`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// The most characters (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX: usize = 254;

    /// Takes an address from outside into its stored form.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, TextProblem> {
        let text = text.as_ref();
        // Before trimming: a line break at the end is how headers are smuggled into a mail.
        if text.chars().any(char::is_control) {
            return Err(TextProblem::ForbiddenCharacter);
        }
        let text = clean_within(text, Lines::One, 1..=Self::MAX)?;
        if text.chars().any(is_invisible) {
            return Err(TextProblem::ForbiddenCharacter);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(TextProblem::Malformed)?;
        // NFKC leaves the ideographic full stop alone, which domain names read as a dot.
        let domain: String =
            domain.nfkc().collect::<String>().to_lowercase().replace('\u{3002}', ".").nfc().collect();
        // The HTML standard has no rule for dots, mail servers have.
        let misplaced_dot = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        let address = format!("{local}@{domain}");
        if misplaced_dot || domain.contains('[') || !address.validate_email() {
            return Err(TextProblem::Malformed);
        }
        super::check_length(&address, 1..=Self::MAX)?;
        Ok(Self(address))
    }
}

impl Email {
    /// Whether both reach the same person: no mail server in use tells addresses apart by case alone.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

text_conversions!(Email, Redacted);

/// A phone number in E.164 form (`+821012345678`).
///
/// Numbers without a country code are Korean. Accepted as they come from forms, rosters and Kakao:
/// `010-1234-5678`, `+82 10-1234-5678`, `+82 010-1234-5678`, `+82 (0)10 1234 5678`, `82-10-1234-5678`, `1588-1234`,
/// and `1012345678`, the mobile number whose zero a spreadsheet swallowed. Foreign numbers need their `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

impl Phone {
    /// Takes a phone number from outside into its stored form.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, TextProblem> {
        let text: String = clean(text.as_ref(), Lines::One)?.nfkc().filter(|c| !is_separator(*c)).collect();
        let (international, digits) = match text.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, text.as_str()),
        };
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(TextProblem::Malformed);
        }
        match korean_number(international, digits) {
            Some(number) if is_korean_number(number) => Ok(Self(format!("+82{number}"))),
            None if international && (7..=15).contains(&digits.len()) && !digits.starts_with('0') => {
                Ok(Self(format!("+{digits}")))
            }
            Some(_) | None => Err(TextProblem::Malformed),
        }
    }
}

text_conversions!(Phone, Redacted);

/// The number without country code and leading zero, or `None` when it is not a Korean one.
fn korean_number(international: bool, digits: &str) -> Option<&str> {
    if let Some(number) = digits.strip_prefix("82") {
        return Some(number.strip_prefix('0').unwrap_or(number));
    }
    if international {
        return None;
    }
    let mobile_without_zero = digits.len() == 10 && digits.starts_with("10");
    let service_number = digits.len() == 8 && digits.starts_with('1');
    digits.strip_prefix('0').or_else(|| (mobile_without_zero || service_number).then_some(digits))
}

/// True for an area, mobile or service number: from `2-123-4567` (Seoul) to `505-1234-5678` (personal).
fn is_korean_number(number: &str) -> bool {
    (8..=11).contains(&number.len()) && !number.starts_with('0')
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}') || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_data;
    use proptest::prelude::*;

    /// Address and category of every case; the file writes control characters as their pictures.
    fn isemail_cases() -> Vec<(String, String)> {
        let file = shared_data::read("strings/isemail_tests.xml");
        let document = roxmltree::Document::parse(&file).unwrap();
        let text_of = |test: roxmltree::Node, tag: &str| {
            let node = test.children().find(|child| child.has_tag_name(tag)).unwrap();
            node.text().unwrap_or_default().to_owned()
        };
        let unpicture = |c: char| match u32::from(c) {
            code @ 0x2400..=0x241F => char::from_u32(code - 0x2400).unwrap(),
            _ => c,
        };
        document
            .descendants()
            .filter(|node| node.has_tag_name("test"))
            .map(|test| {
                (text_of(test, "address").chars().map(unpicture).collect(), text_of(test, "category"))
            })
            .collect()
    }

    #[test]
    fn every_valid_address_of_the_isemail_set_is_accepted() {
        let valid: Vec<_> =
            isemail_cases().into_iter().filter(|(_, c)| c == "ISEMAIL_VALID_CATEGORY").collect();
        assert_eq!(valid.len(), 14);
        for (address, _) in valid {
            assert_eq!(Email::parse(&address).map(String::from), Ok(address.clone()), "{address}");
        }
    }

    #[test]
    fn every_erroneous_address_of_the_isemail_set_is_refused() {
        let wrong: Vec<_> = isemail_cases().into_iter().filter(|(_, c)| c == "ISEMAIL_ERR").collect();
        assert_eq!(wrong.len(), 66);
        for (address, _) in wrong {
            assert!(Email::parse(&address).is_err(), "{address:?}");
        }
    }

    #[test]
    fn esoteric_but_legal_forms_are_refused() {
        for address in [
            "\"test\"@iana.org",
            "(comment)test@iana.org",
            "test@[255.255.255.255]",
            "test@[IPv6:1111:2222:3333:4444:5555:6666:7777:8888]",
            "test . test@iana.org",
        ] {
            assert!(Email::parse(address).is_err(), "{address}");
        }
    }

    #[test]
    fn the_domain_of_an_address_is_lower_case_and_the_local_part_stays() {
        assert_eq!(Email::parse(" Kim.Lee@Example.ORG ").unwrap().as_str(), "Kim.Lee@example.org");
        assert_eq!(Email::parse("kim@\u{1112}\u{1161}\u{11AB}글。ＫＲ").unwrap().as_str(), "kim@한글.kr");
        assert_eq!(Email::parse("kim@exa\u{AD}mple.org"), Err(TextProblem::ForbiddenCharacter));
    }

    #[test]
    fn an_address_has_at_most_254_characters() {
        let domain = format!("{0}.{0}.{0}", "d".repeat(61));
        let fits = format!("{}@{domain}.ab", "a".repeat(64));
        assert_eq!(fits.len(), 253);
        assert!(Email::parse(&fits).is_ok());
        assert_eq!(Email::parse(format!("{fits}cd")), Err(TextProblem::TooLong { max: 254 }));
    }

    #[test]
    fn every_spelling_of_a_korean_mobile_number_is_one_number() {
        for spelling in [
            "+82 010-1234-5678",
            "+82 10-1234-5678",
            "010-1234-5678",
            "01012345678",
            "010.1234.5678",
            " 010 1234 5678 ",
            "(010) 1234-5678",
            "+82 (0)10 1234 5678",
            "82-10-1234-5678",
            "1012345678",
            "０１０－１２３４－５６７８",
            "010–1234–5678",
            "\u{202A}010-1234-5678\u{202C}",
        ] {
            assert_eq!(Phone::parse(spelling).unwrap().as_str(), "+821012345678", "{spelling}");
        }
    }

    #[test]
    fn area_internet_and_service_numbers_are_korean_too() {
        for (spelling, stored) in [
            ("02-345-6789", "+8223456789"),
            ("02-0000-0000", "+82200000000"),
            ("031-123-4567", "+82311234567"),
            ("070-1234-5678", "+827012345678"),
            ("0505-1234-5678", "+8250512345678"),
            ("1588-1234", "+8215881234"),
        ] {
            assert_eq!(Phone::parse(spelling).unwrap().as_str(), stored, "{spelling}");
        }
    }

    #[test]
    fn foreign_numbers_keep_their_country_code() {
        assert_eq!(Phone::parse("+1 (123) 456-7890").unwrap().as_str(), "+11234567890");
        assert_eq!(Phone::parse("+49 30 901820").unwrap().as_str(), "+4930901820");
    }

    #[test]
    fn what_is_not_a_phone_number_is_refused() {
        for text in [
            "12345",
            "+",
            "-",
            "010-1234-567x",
            "010+12345678",
            "+0101234567",
            "+12345678901234567",
            "010 1234 5678 내선 2",
        ] {
            assert_eq!(Phone::parse(text), Err(TextProblem::Malformed), "{text}");
        }
        assert_eq!(Phone::parse(" "), Err(TextProblem::Empty));
    }

    proptest! {
        #[test]
        fn a_stored_phone_number_parses_to_itself(text in "[+0-9 -]{0,18}") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }

        #[test]
        fn a_stored_address_parses_to_itself(text in "[a-zA-Zİßé.]{1,8}@[a-zA-Z가-힣İẞ⑴.-]{1,12}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }
}
