//! Text into a box: lines are broken, and the letters made smaller, until everything is inside.
//!
//! A line is broken between words; a word longer than a whole line is broken between characters. All measures of this module
//! are in parts of the size of the text, so that a text is measured once whatever its size becomes.

use crate::{
    fonts::{Fonts, Glyph},
    template::{Align, TextElement},
};

/// By how much the size shrinks from one attempt to the next, in points.
const STEP: f32 = 0.5;

/// Why a text can't be laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No font has this character.
    MissingGlyph(char),
    /// It doesn't fit at the minimum size.
    TooLong,
}

/// A character, measured.
#[derive(Clone, Copy)]
pub(crate) struct Character<'a> {
    pub(crate) value: char,
    pub(crate) glyph: Glyph<'a>,
    pub(crate) advance: f32,
}

/// A text that fits.
pub(crate) struct Block<'a> {
    /// In points.
    pub(crate) size: f32,
    pub(crate) lines: Vec<Vec<Character<'a>>>,
}

/// Lays a text out. The width and the height are in points.
pub(crate) fn lay_out<'a>(
    fonts: &'a Fonts,
    element: &TextElement,
    text: &str,
    (width, height): (f32, f32),
) -> Result<Block<'a>, Unfit> {
    let paragraphs =
        text.split('\n').map(|line| measure(fonts, element, line)).collect::<Result<Vec<_>, _>>()?;
    let mut size = element.size;
    loop {
        let limit = width / size;
        let lines = if element.wrap {
            paragraphs.iter().flat_map(|paragraph| wrap(paragraph, limit, element.align)).collect()
        } else {
            paragraphs.clone()
        };
        if fits(&lines, limit, height / size / element.line_height) {
            return Ok(Block { size, lines });
        }
        if size <= element.minimum_size {
            return Err(Unfit::TooLong);
        }
        size = (size - STEP).max(element.minimum_size);
    }
}

/// The width of a line: white space at its end, and the space after its last letter, take none.
pub(crate) fn width_of(line: &[Character<'_>]) -> f32 {
    let visible = line.len() - line.iter().rev().take_while(|c| c.value.is_whitespace()).count();
    let mut characters = line.iter().take(visible);
    let last = characters.next_back().map_or(0.0, |c| c.glyph.advance);
    characters.map(|c| c.advance).sum::<f32>() + last
}

fn measure<'a>(fonts: &'a Fonts, element: &TextElement, line: &str) -> Result<Vec<Character<'a>>, Unfit> {
    line.chars()
        .map(|character| {
            let glyph =
                fonts.glyph(element.font, element.weight, character).ok_or(Unfit::MissingGlyph(character))?;
            Ok(Character { value: character, glyph, advance: glyph.advance + element.letter_spacing })
        })
        .collect()
}

fn fits(lines: &[Vec<Character<'_>>], width: f32, height_in_lines: f32) -> bool {
    // What is laid out at exactly its own width must not fail by the last bit of a float.
    let slack = 1.0001;
    #[expect(clippy::cast_precision_loss, reason = "a page has a handful of lines")]
    let count = lines.len() as f32;
    count <= height_in_lines * slack && lines.iter().all(|line| width_of(line) <= width * slack)
}

/// Breaks a paragraph. Centred lines are made about equally long, as a person would set them.
fn wrap<'a>(paragraph: &[Character<'a>], limit: f32, align: Align) -> Vec<Vec<Character<'a>>> {
    let lines = broken(paragraph, limit);
    if align != Align::Center || lines.len() < 2 {
        return lines;
    }
    // Never narrower than a word, or words would be torn that need not be.
    let longest = words(paragraph).map(width_of).fold(0.0, f32::max);
    let (mut narrow, mut wide) = (longest.min(limit), limit);
    for _ in 0..8 {
        let middle = f32::midpoint(narrow, wide);
        if broken(paragraph, middle).len() == lines.len() {
            wide = middle;
        } else {
            narrow = middle;
        }
    }
    broken(paragraph, wide)
}

fn broken<'a>(paragraph: &[Character<'a>], limit: f32) -> Vec<Vec<Character<'a>>> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    // What the characters of the line advance by.
    let mut used = 0.0;
    for word in words(paragraph) {
        if !line.is_empty() && used + width_of(word) > limit {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
        let torn = width_of(word) > limit;
        for character in word {
            if torn && !line.is_empty() && used + character.glyph.advance > limit {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(*character);
            used += character.advance;
        }
    }
    lines.push(line);
    lines
}

/// The words, each with the white space behind it.
fn words<'s, 'a>(paragraph: &'s [Character<'a>]) -> impl Iterator<Item = &'s [Character<'a>]> {
    paragraph.split_inclusive(|c| c.value.is_whitespace() && c.value != '\u{A0}')
}
