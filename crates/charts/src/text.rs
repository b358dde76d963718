//! How wide a text is, about: whoever looks at it may have another font, so letters are taken to be rather wide.

/// What stands for what was cut off.
const ELLIPSIS: char = '…';

/// How wide a text is at most in usual fonts.
pub fn width_of(text: &str, size: f32) -> f32 {
    text.chars().map(advance).sum::<f32>() * size
}

/// In parts of the size.
fn advance(letter: char) -> f32 {
    match letter {
        // Marks that stand on the letter before them.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '·' | '(' | ')' | '/'
        | '-' => 0.36,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        '\u{21}'..='\u{7e}' => 0.62,
        '\u{a1}'..='\u{24f}' | '\u{370}'..='\u{52f}' | '\u{2010}'..='\u{2027}' => 0.72,
        // Hangul, Hanja, and whatever else there is.
        _ => 1.0,
    }
}

/// The text, cut so that it is no wider than this.
pub fn cut(text: &str, size: f32, width: f32) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let room = width - advance(ELLIPSIS) * size;
    let mut used = 0.0;
    let mut kept: String = text
        .chars()
        .take_while(|letter| {
            used += advance(*letter) * size;
            used <= room
        })
        .collect();
    kept.truncate(kept.trim_end().len());
    if room >= 0.0 {
        kept.push(ELLIPSIS);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_a_short_one_is_not() {
        assert_eq!(cut("김하늘", 12.0, 60.0), "김하늘");
        assert_eq!(cut("어르신을 위한 스마트폰 활용과 생활", 12.0, 90.0), "어르신을 위한…");
        assert_eq!(cut("김하늘", 12.0, 3.0), "");
        assert!(width_of(&cut(&"가".repeat(1_000), 12.0, 90.0), 12.0) <= 90.0);
    }
}
