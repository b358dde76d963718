//! The fonts that the crate carries (see fonts/README.md), and which of them has a character.

use krilla::text::Font;
use serde::{Deserialize, Serialize};
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};
use utoipa::ToSchema;

static MYEONGJO: &[u8] = include_bytes!("../fonts/NanumMyeongjo.ttf");
static MYEONGJO_BOLD: &[u8] = include_bytes!("../fonts/NanumMyeongjoBold.ttf");
static GOTHIC: &[u8] = include_bytes!("../fonts/Pretendard-Regular.otf");
static GOTHIC_BOLD: &[u8] = include_bytes!("../fonts/Pretendard-Bold.otf");
static HANJA: &[u8] = include_bytes!("../fonts/NanumSquareR.ttf");

/// A kind of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// 명조: with serifs.
    #[default]
    Myeongjo,
    /// 고딕: without.
    Gothic,
}

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Of running text.
    #[default]
    Regular,
    /// Of titles.
    Bold,
}

/// A font file of this crate cannot be read: the build is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a font of the program can't be read")]
pub struct FontsUnreadable;

/// One font, read.
pub(crate) struct Face {
    pub(crate) font: Font,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// A glyph of a face.
#[derive(Clone, Copy)]
pub(crate) struct Glyph<'a> {
    pub(crate) face: &'a Face,
    pub(crate) id: u32,
    /// In parts of the size of the text.
    pub(crate) advance: f32,
}

impl Face {
    fn read(data: &'static [u8]) -> Option<Self> {
        let reader = FontRef::new(data).ok()?;
        let units_per_em = f32::from(reader.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        Some(Self {
            font: Font::new(data.into(), 0)?,
            characters: reader.charmap(),
            metrics: reader.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em,
        })
    }

    fn glyph(&self, character: char) -> Option<Glyph<'_>> {
        let id = self.characters.map(character)?;
        let advance = self.metrics.advance_width(id)? / self.units_per_em;
        (id.to_u32() != 0).then_some(Glyph { face: self, id: id.to_u32(), advance })
    }
}

/// All fonts.
pub(crate) struct Fonts {
    myeongjo: Face,
    myeongjo_bold: Face,
    gothic: Face,
    gothic_bold: Face,
    hanja: Face,
}

impl Fonts {
    pub(crate) fn read() -> Result<Self, FontsUnreadable> {
        let face = |data| Face::read(data).ok_or(FontsUnreadable);
        Ok(Self {
            myeongjo: face(MYEONGJO)?,
            myeongjo_bold: face(MYEONGJO_BOLD)?,
            gothic: face(GOTHIC)?,
            gothic_bold: face(GOTHIC_BOLD)?,
            hanja: face(HANJA)?,
        })
    }

    /// The glyph of a character in the wanted face, or in another one that has it.
    pub(crate) fn glyph(&self, family: Family, weight: Weight, character: char) -> Option<Glyph<'_>> {
        // PDF/A can't tell what these stand for, so a reader could not copy them.
        if character.is_control()
            || matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{FEFF}' | '\u{FFFE}' | '\u{F0000}'..)
        {
            return None;
        }
        let order = match (family, weight) {
            (Family::Myeongjo, Weight::Regular) => [&self.myeongjo, &self.gothic, &self.hanja],
            (Family::Myeongjo, Weight::Bold) => [&self.myeongjo_bold, &self.gothic_bold, &self.hanja],
            (Family::Gothic, Weight::Regular) => [&self.gothic, &self.myeongjo, &self.hanja],
            (Family::Gothic, Weight::Bold) => [&self.gothic_bold, &self.myeongjo_bold, &self.hanja],
        };
        order.into_iter().find_map(|face| face.glyph(character))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_has_all_hangul_and_another_helps_with_what_it_lacks() {
        let fonts = Fonts::read().unwrap();
        for (family, weight) in [
            (Family::Myeongjo, Weight::Regular),
            (Family::Myeongjo, Weight::Bold),
            (Family::Gothic, Weight::Regular),
            (Family::Gothic, Weight::Bold),
        ] {
            let first = fonts.glyph(family, weight, '가').unwrap().face.font.clone();
            for syllable in '가'..='힣' {
                let glyph = fonts.glyph(family, weight, syllable).unwrap();
                assert!(glyph.face.font == first && glyph.advance > 0.0, "{syllable}");
            }
            for character in "水色人史記ễĐжＡ·㈜~–’“".chars() {
                assert!(fonts.glyph(family, weight, character).is_some(), "{character}");
            }
            for character in ['\u{7}', '😀', 'ب', '\u{E001}', '\u{FEFF}', '\u{10FFFF}', '\u{1100}'] {
                assert!(fonts.glyph(family, weight, character).is_none(), "{character:?}");
            }
        }
    }
}
