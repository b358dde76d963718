//! Names that tell enough to who knows them, and little to who does not: `홍*동`.

/// Stands for what is hidden.
const STAR: char = '*';

/// A name with its middle hidden.
///
/// First match: several words, or a word in Latin letters → of each word the first letter stays (`J*** S****`); two syllables →
/// the first stays (`홍*`); more → the first and the last stay (`홍*동`, `남**수`). Of one letter or syllable nothing stays.
pub fn masked(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        [word] if !is_latin(word) => masked_syllables(word),
        words => words.iter().map(|word| first_only(word)).collect::<Vec<_>>().join(" "),
    }
}

fn is_latin(word: &str) -> bool {
    // Latin letters with and without marks, up to Latin Extended-B; with them apostrophes and the like.
    word.chars().all(|letter| letter < '\u{250}')
}

fn masked_syllables(word: &str) -> String {
    let syllables: Vec<char> = word.chars().collect();
    match syllables.as_slice() {
        [first, middle @ .., last] if !middle.is_empty() => {
            let hidden = middle.iter().map(|_| STAR);
            std::iter::once(*first).chain(hidden).chain(std::iter::once(*last)).collect()
        }
        _ => first_only(word),
    }
}

fn first_only(word: &str) -> String {
    let mut letters = word.chars();
    match (letters.next(), letters.count()) {
        (None, _) => String::new(),
        (Some(_), 0) => STAR.to_string(),
        (Some(first), hidden) => std::iter::once(first).chain(std::iter::repeat_n(STAR, hidden)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_kind_are_hidden() {
        for (name, hidden) in [
            ("홍길동", "홍*동"),
            ("이산", "이*"),
            ("산", "*"),
            ("남궁민수", "남**수"),
            ("제갈 공명", "제* 공*"),
            ("山田太郎", "山**郎"),
            ("John Smith", "J*** S****"),
            ("Renée", "R****"),
            ("Gildong J. Hong", "G****** J* H***"),
            ("J", "*"),
            ("", ""),
            ("김Alex", "김***x"),
        ] {
            assert_eq!(masked(name), hidden, "{name}");
        }
    }
}
