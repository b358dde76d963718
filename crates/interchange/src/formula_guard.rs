//! The apostrophe that keeps a spreadsheet from running a cell as a formula.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a `'` in front. So does one that begins
//! with apostrophes before such a character; otherwise [`remove`] could not tell the guard from the text.
//! [`remove`] is the exact inverse of [`add`] on everything that `add` can produce.

use std::borrow::Cow;

/// The text as it may stand in a CSV cell.
pub fn add(text: &str) -> Cow<'_, str> {
    if starts_a_formula(text.trim_start_matches('\'')) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text without its guard.
pub fn remove(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if starts_a_formula(text.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

fn starts_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_guarded_and_ordinary_text_is_not() {
        assert_eq!(add("=1+1"), "'=1+1");
        assert_eq!(add("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(add("+82 10"), "'+82 10");
        assert_eq!(add("'=1"), "''=1");
        assert_eq!(add("'90년대"), "'90년대");
        assert_eq!(add("김마당"), "김마당");
    }

    proptest! {
        #[test]
        fn removing_a_guard_undoes_adding_it(text in "['=+@\\-\t\r]{0,4}\\PC{0,8}") {
            let guarded = add(&text);
            prop_assert!(!starts_a_formula(&guarded));
            prop_assert_eq!(remove(&guarded), text.as_str());
        }
    }
}
