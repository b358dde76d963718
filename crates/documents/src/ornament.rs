//! What is drawn by rule and not by a template's hand: the woven frame, and the seal of an issuer without a picture of one.

use std::f32::consts::TAU;

use krilla::geom::{Path, PathBuilder, Rect};

/// How many strands are woven into a frame.
const STRANDS: u8 = 4;
/// How many straight pieces one wave is drawn with.
const PIECES: u16 = 16;
/// The most characters in a row of a seal.
const LARGEST_GRID: usize = 6;

/// The strands of a frame around a rectangle, of waves that go round without a seam. All measures in points.
pub(crate) fn woven_frame(outer: Rect, band: f32) -> Vec<Path> {
    let (left, top) = (outer.left() + band / 2.0, outer.top() + band / 2.0);
    let (width, height) = (outer.width() - band, outer.height() - band);
    let corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)];
    let sides = [(1.0, 0.0, width), (0.0, 1.0, height), (-1.0, 0.0, width), (0.0, -1.0, height)];
    (0..STRANDS)
        .filter_map(|strand| {
            let phase = TAU * f32::from(strand) / f32::from(STRANDS);
            let mut path = PathBuilder::new();
            let mut begun = false;
            for ((x, y), (along_x, along_y, length)) in corners.into_iter().zip(sides) {
                // A whole number of waves, each about twice as long as the band is wide, so that the corners meet.
                let waves = (length / (band * 2.0)).round().clamp(1.0, 400.0);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to 1 to 400"
                )]
                let pieces = waves as u16 * PIECES;
                for piece in 0..=pieces {
                    let part = f32::from(piece) / f32::from(pieces);
                    let swing = (TAU * waves * part + phase).sin() * band * 0.42;
                    let (x, y) = (
                        x + along_x * length * part - along_y * swing,
                        y + along_y * length * part + along_x * swing,
                    );
                    if begun {
                        path.line_to(x, y);
                    } else {
                        path.move_to(x, y);
                        begun = true;
                    }
                }
            }
            path.close();
            path.finish()
        })
        .collect()
}

/// What stands in a drawn seal, column by column from the right as seals are read, and how many characters a column has.
///
/// `None` for a name that is not of Hangul, or too long to be cut into a seal.
pub(crate) fn seal_grid(issuer: &str) -> Option<(usize, Vec<char>)> {
    let name: Vec<char> = issuer.chars().filter(|c| !c.is_whitespace()).collect();
    if name.is_empty() || !name.iter().all(|c| ('가'..='힣').contains(c)) {
        return None;
    }
    let side = (1..=LARGEST_GRID).find(|side| side * side > name.len())?;
    // A seal is full: `의인` or `인` at its end, as much as there is room for.
    let suffix = match side * side - name.len() {
        1 => "인",
        2 => "의인",
        _ => "의직인",
    };
    Some((side, name.into_iter().chain(suffix.chars()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_cut_for_hangul_that_fits_and_nothing_else() {
        assert_eq!(seal_grid("마당"), Some((2, "마당의인".chars().collect())));
        assert_eq!(seal_grid("강남구 평생학습관"), Some((3, "강남구평생학습관인".chars().collect())));
        assert_eq!(seal_grid("Madang"), None);
        assert_eq!(seal_grid(""), None);
        assert_eq!(seal_grid(&"가".repeat(36)), None);
        for length in 1..36 {
            let (side, characters) = seal_grid(&"가".repeat(length)).unwrap();
            assert!(characters.len() <= side * side && characters.len() > length);
        }
    }
}
