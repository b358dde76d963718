//! Search in Korean text: what is indexed, and what is asked of the index.
//!
//! Both databases index the tokens of `SearchText::terms` and recheck candidates by finding the query in
//! `SearchText::text`, so both give the same answers. Spaces, width, composition and case never matter, a query may
//! be as short as one syllable, and a query of initial consonants (초성) finds the words that begin so.
//! Nothing here knows a database: the SQL is in the dialects of `persistence`.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::text::{fold_case, is_invisible};

/// What is stored beside an entity so that it can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText {
    /// The folded fields, then the initial consonants of those that have any, one per line.
    ///
    /// No query holds a line break, so nothing matches across two fields.
    pub text: String,
    /// The distinct one- and two-character pieces of every line as ASCII tokens, sorted, with spaces between.
    pub terms: String,
}

impl SearchText {
    /// Prepares the searchable fields of an entity, e.g. title and keyword.
    pub fn of(fields: &[&str]) -> Self {
        let fields: Vec<String> =
            fields.iter().map(|field| fold(field)).filter(|field| !field.is_empty()).collect();
        let initials = fields.iter().map(|field| initials(field)).filter(|line| !fields.contains(line));
        let lines: Vec<String> = fields.iter().cloned().chain(initials).collect();
        let terms: BTreeSet<String> =
            lines.iter().flat_map(|line| unigrams(line).chain(bigrams(line))).collect();
        Self { text: lines.join("\n"), terms: Vec::from_iter(terms).join(" ") }
    }
}

/// A search that restricts something: never empty, never too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    text: String,
    terms: Vec<String>,
}

/// The query has more characters than any search needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the search has more than {max} characters", max = SearchQuery::MAX)]
pub struct SearchQueryTooLong;

impl SearchQuery {
    /// The most characters of a query, counted as it was typed.
    pub const MAX: usize = 100;

    /// Reads what somebody typed; `None` when nothing visible is in it, which means no restriction.
    pub fn parse(typed: &str) -> Result<Option<Self>, SearchQueryTooLong> {
        if typed.chars().nth(Self::MAX).is_some() {
            return Err(SearchQueryTooLong);
        }
        let text = fold(typed);
        let mut terms: BTreeSet<String> = bigrams(&text).collect();
        if terms.is_empty() {
            terms.extend(unigrams(&text));
        }
        Ok((!terms.is_empty()).then(|| Self { text, terms: terms.into_iter().collect() }))
    }

    /// The folded query, which a match holds in its `SearchText::text`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tokens that a match has all of in its `SearchText::terms`; at least one.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether every text that has the terms also holds the query, so that nothing is left to be looked at: one or two characters.
    pub fn is_one_term(&self) -> bool {
        self.text.chars().nth(2).is_none()
    }

    /// The terms as a `tsquery` of `PostgreSQL`: `'c218xcc44' & 'cc44xd654'`.
    pub fn to_tsquery(&self) -> String {
        self.joined('\'', " & ")
    }

    /// The terms as a query of FTS5 in `SQLite`: `"c218xcc44" AND "cc44xd654"`.
    pub fn to_fts5(&self) -> String {
        self.joined('"', " AND ")
    }

    fn joined(&self, quote: char, operator: &str) -> String {
        let quoted: Vec<String> = self.terms.iter().map(|term| format!("{quote}{term}{quote}")).collect();
        quoted.join(operator)
    }
}

/// The form in which texts are searched: NFKC, case-folded, without white space and other invisible characters.
///
/// Typed clusters of consonants become single consonants, because a keyboard makes `ㄳ` of `ㄱ` and `ㅅ`
/// when somebody types the initials of 감상. Folding twice changes nothing, and the fold of a part of folded text is that part.
pub fn fold(text: &str) -> String {
    // Decomposed first, because `¨` and others hide a space, and because two parts compose once nothing is between them.
    let visible: String = text.nfkd().filter(|c| !is_invisible(*c)).collect();
    fold_case(&visible).chars().flat_map(spread_cluster).nfc().collect()
}

/// Replaces each Hangul syllable of a folded text by its initial consonant; other characters stay.
///
/// The consonants are the conjoining ones (U+1100…), which is what folding makes of typed ones (`ㅅ`).
pub fn initials(folded: &str) -> String {
    folded.chars().map(initial).collect()
}

fn initial(c: char) -> char {
    const SYLLABLES_PER_INITIAL: u32 = 588;
    match c {
        '가'..='힣' => {
            char::from_u32(0x1100 + (u32::from(c) - u32::from('가')) / SYLLABLES_PER_INITIAL).unwrap_or(c)
        }
        _ => c,
    }
}

/// The consonants of a cluster that is part of no syllable.
fn spread_cluster(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        '\u{11AA}' => ('ᄀ', Some('ᄉ')),
        '\u{11AC}' => ('ᄂ', Some('ᄌ')),
        '\u{11AD}' => ('ᄂ', Some('ᄒ')),
        '\u{11B0}' => ('ᄅ', Some('ᄀ')),
        '\u{11B1}' => ('ᄅ', Some('ᄆ')),
        '\u{11B2}' => ('ᄅ', Some('ᄇ')),
        '\u{11B3}' => ('ᄅ', Some('ᄉ')),
        '\u{11B4}' => ('ᄅ', Some('ᄐ')),
        '\u{11B5}' => ('ᄅ', Some('ᄑ')),
        '\u{111A}' => ('ᄅ', Some('ᄒ')),
        '\u{1121}' => ('ᄇ', Some('ᄉ')),
        _ => (c, None),
    };
    std::iter::once(first).chain(second)
}

/// Hexadecimal code points are ASCII letters and digits, which every tokenizer leaves as they are.
fn unigrams(line: &str) -> impl Iterator<Item = String> {
    line.chars().map(|c| format!("{:x}", u32::from(c)))
}

/// The `x` between the two keeps a pair apart from a single character of a longer code.
fn bigrams(line: &str) -> impl Iterator<Item = String> {
    line.chars().zip(line.chars().skip(1)).map(|(a, b)| format!("{:x}x{:x}", u32::from(a), u32::from(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_data;
    use proptest::prelude::*;

    fn query(typed: &str) -> SearchQuery {
        SearchQuery::parse(typed).unwrap().unwrap()
    }

    /// What both databases do: all tokens are there, and the query is in the text.
    fn finds(typed: &str, fields: &[&str]) -> bool {
        let indexed = SearchText::of(fields);
        let query = query(typed);
        let terms: Vec<&str> = indexed.terms.split(' ').collect();
        let candidate = query.terms().iter().all(|term| terms.contains(&term.as_str()));
        assert!(
            candidate || !indexed.text.contains(query.text()),
            "the index misses {typed:?} in {fields:?}"
        );
        assert!(
            !candidate || !query.is_one_term() || indexed.text.contains(query.text()),
            "the term of {typed:?} alone finds {fields:?}"
        );
        candidate && indexed.text.contains(query.text())
    }

    #[test]
    fn spaces_do_not_matter_on_either_side() {
        assert!(finds("스마트 폰", &["시니어 스마트폰 교실"]));
        assert!(finds("스마트폰", &["시니어 스마트 폰 교실"]));
        assert!(finds("스마트\u{3000}폰", &["스\u{200B}마트\u{A0}폰"]));
    }

    #[test]
    fn width_case_and_composition_do_not_matter() {
        assert!(finds("ＡＩ", &["ai 그림"]));
        assert!(finds("ai", &["ＡＩ 그림"]));
        assert!(finds("\u{1109}\u{116E}\u{110E}\u{1162}", &["수채화"]));
        assert!(finds("수채", &["\u{1109}\u{116E}\u{110E}\u{1162}\u{1112}\u{116A}"]));
    }

    #[test]
    fn one_syllable_is_enough() {
        assert!(finds("채", &["수채화"]));
        assert!(!finds("책", &["수채화"]));
    }

    #[test]
    fn initial_consonants_find_the_words_that_begin_so() {
        assert!(finds("ㅅㅊㅎ", &["어반스케치 수채화"]));
        assert!(finds("ㅊ", &["수채화"]));
        assert!(finds("ㄲ", &["꽃꽂이"]));
        assert!(finds("AIㅅㅊ", &["AI 수채화"]));
        assert!(!finds("ㅅㅎ", &["수채화"]));
    }

    #[test]
    fn initials_that_a_keyboard_joined_are_found_apart() {
        for (typed, title) in [
            ("ㄳ", "감상"),
            ("ㄵ", "낮잠"),
            ("ㅀ", "로하스"),
            ("ㅄ", "부산"),
            ("ㄼ", "라비올리"),
            ("ㅋㅋㄳ", "쿠키 가수"),
        ] {
            assert!(finds(typed, &[title]), "{typed} {title}");
        }
        assert!(!finds("ㄳ", &["넋두리"]));
    }

    #[test]
    fn nothing_matches_across_two_fields() {
        let fields = ["수채화", "인문"];
        assert!(finds("수채화", &fields) && finds("인문", &fields) && finds("ㅇㅁ", &fields));
        assert!(!finds("화인", &fields));
        assert!(!finds("문ㅅ", &fields));
        assert!(!finds("화\n인", &fields));
    }

    #[test]
    fn characters_with_a_meaning_in_sql_are_ordinary() {
        for typed in ["%", "_", "\\", "'", "\"", "100%", "a_b", "' OR 1=1", "*", "\"x\" OR y"] {
            assert!(finds(typed, &[&format!("앞 {typed} 뒤")]), "{typed}");
            assert!(!finds(typed, &["수채화 axb 100"]), "{typed}");
        }
        assert_eq!(query("'&").to_tsquery(), "'27x26'");
    }

    #[test]
    fn a_query_asks_the_index_for_every_pair_or_for_its_only_character() {
        assert_eq!(query("수").terms(), ["c218"]);
        assert_eq!(query("수채화").terms(), ["c218xcc44", "cc44xd654"]);
        assert_eq!(query("하하하").terms(), ["d558xd558"]);
        assert_eq!(query("수채화").to_tsquery(), "'c218xcc44' & 'cc44xd654'");
        assert_eq!(query("수채화").to_fts5(), "\"c218xcc44\" AND \"cc44xd654\"");
    }

    #[test]
    fn the_indexed_text_holds_fields_then_initials() {
        let indexed = SearchText::of(&["수 A", "", "abc"]);
        assert_eq!(indexed.text, "수a\nabc\nᄉa");
        assert_eq!(indexed.terms, "1109 1109x61 61 61x62 62 62x63 63 c218 c218x61");
        assert_eq!(SearchText::of(&[" "]), SearchText { text: String::new(), terms: String::new() });
    }

    #[test]
    fn a_query_of_nothing_visible_restricts_nothing() {
        for typed in ["", "  ", "\u{200B}", "\u{3164}", "\0", "\n"] {
            assert_eq!(SearchQuery::parse(typed), Ok(None), "{typed:?}");
        }
    }

    #[test]
    fn a_query_has_at_most_a_hundred_characters() {
        assert!(SearchQuery::parse(&"가".repeat(100)).is_ok());
        assert_eq!(SearchQuery::parse(&"가".repeat(101)), Err(SearchQueryTooLong));
    }

    #[test]
    fn all_normal_forms_of_hangul_fold_alike() {
        let table = shared_data::read("strings/hangul_normalization.tsv");
        let mut rows = 0;
        for row in table.lines().skip(1) {
            let forms: BTreeSet<String> = row
                .split('\t')
                .map(|form| {
                    form.split(' ')
                        .map(|hex| char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap())
                        .collect::<String>()
                })
                .map(|form| fold(&form))
                .collect();
            assert_eq!(forms.len(), 1, "{row}");
            rows += 1;
        }
        assert_eq!(rows, 557);
    }

    #[test]
    fn folding_any_character_twice_changes_nothing() {
        // Beyond the last assigned ideographs there are only tags and private use.
        for c in ('\0'..='\u{3FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "U+{:04X}", u32::from(c));
            assert!(!once.chars().any(is_invisible), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn naughty_strings_find_themselves() {
        let strings: Vec<String> = serde_json::from_str(&shared_data::read("strings/blns.json")).unwrap();
        for string in strings {
            let typed: String = string.chars().take(SearchQuery::MAX).collect();
            if SearchQuery::parse(&typed).unwrap().is_some() {
                assert!(finds(&typed, &[&typed]), "{typed:?}");
            }
        }
    }

    #[test]
    fn every_real_title_is_found_by_itself_and_by_its_initials() {
        let mut rows =
            csv::Reader::from_path(shared_data::path("korean/gangnam_lifelong_courses.pseudonymised.csv"))
                .unwrap();
        let titles: Vec<String> = rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
        assert_eq!(titles.len(), 322);
        for title in &titles {
            assert!(finds(title, &[title, "인문교양"]), "{title}");
            assert!(finds(&initials(&fold(title)), &[title]), "{title}");
        }
    }

    proptest! {
        #[test]
        fn any_part_of_a_title_finds_it(title in "[가-힣ㄱ-ㅎㅏ-ㅣᄀ-ᇂa-zA-Zß０-９ %_'\"\\\\\u{200B}é\u{301}]{1,40}", from in 0usize..80, length in 1usize..20) {
            let folded = fold(&title);
            for line in [folded.clone(), initials(&folded)] {
                let part: String = line.chars().skip(from % (line.chars().count() + 1)).take(length).collect();
                if !part.is_empty() && fold(&part) == part {
                    prop_assert!(finds(&part, &[&title]));
                }
            }
        }

        #[test]
        fn the_fold_of_a_part_of_folded_text_is_that_part(text in any::<String>(), from in 0usize..40, length in 1usize..20) {
            let part: String = fold(&text).chars().skip(from).take(length).collect();
            prop_assert_eq!(fold(&part), part);
        }

        #[test]
        fn folding_twice_changes_nothing(text in "[\\PC\u{1100}-\u{11FF}\u{A960}-\u{A97F}\u{D7B0}-\u{D7FF}\u{3131}-\u{318E} ]{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
