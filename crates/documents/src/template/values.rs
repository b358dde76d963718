//! Values in templates that are checked while they are read: colours, wordings with fields, pictures.

use std::{fmt::Write as _, io::Cursor};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use krilla::image::Image;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::Limits;
use crate::certificate::{Certificate, Field};

/// A colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Color {
    /// Red, green and blue.
    pub rgb: [u8; 3],
}

impl Color {
    /// The colour of text that names none.
    pub const INK: Self = Self { rgb: [0x22, 0x22, 0x22] };
    pub(crate) const BLACK: Self = Self { rgb: [0; 3] };
    pub(crate) const WHITE: Self = Self { rgb: [0xff; 3] };
    /// The colour of a seal that names none.
    pub const SEAL: Self = Self { rgb: [0xc2, 0x1f, 0x1f] };

    pub(crate) fn ink() -> Self {
        Self::INK
    }

    pub(crate) fn seal() -> Self {
        Self::SEAL
    }
}

impl TryFrom<String> for Color {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let value = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or("a colour is written #rrggbb")?;
        let [_, red, green, blue] = value.to_be_bytes();
        Ok(Self { rgb: [red, green, blue] })
    }
}

/// A text with fields in it: `위 사람은 {course} 과정을`. Braces themselves are written `{{` and `}}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Wording {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Field(Field),
}

impl Wording {
    /// The text with the facts of a certificate in it, in NFC.
    pub fn filled(&self, certificate: &Certificate) -> String {
        let text: String = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Field(field) => certificate.text(*field),
            })
            .collect();
        text.nfc().collect()
    }
}

impl TryFrom<String> for Wording {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.chars().count() > Limits::TEXT_CHARACTERS {
            return Err(format!("a text has at most {} characters", Limits::TEXT_CHARACTERS));
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                literal.extend(from.chars().next());
                rest = after;
                continue;
            }
            let (name, after) = from
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
                .ok_or("a brace is not closed; write {{ or }} for a brace itself")?;
            let field = Field::named(name).ok_or_else(|| unknown_field(name))?;
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            pieces.push(Piece::Field(field));
            rest = after;
        }
        literal.push_str(rest);
        pieces.push(Piece::Literal(literal));
        Ok(Self { pieces })
    }
}

fn unknown_field(name: &str) -> String {
    let mut message = format!("there is no field {{{name}}}; there are");
    for (known, _) in Field::ALL {
        // Writing to a string cannot fail.
        let _ = write!(message, " {known}");
    }
    message
}

/// A picture: a PNG in base64.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Picture {
    /// Ready for the page.
    pub(crate) image: Image,
    /// How large the file is, in bytes.
    pub(crate) bytes: usize,
    /// Width divided by height.
    pub(crate) aspect: f32,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Picture").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.image == other.image
    }
}

impl TryFrom<String> for Picture {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let file = STANDARD.decode(text.trim()).map_err(|_| "a picture is written in base64")?;
        if file.len() > Limits::PICTURE_BYTES {
            return Err(format!("a picture has at most {} bytes", Limits::PICTURE_BYTES));
        }
        Self::decode(&file)
    }
}

impl Picture {
    /// Reads a PNG file of any kind into 8-bit colours with transparency.
    fn decode(file: &[u8]) -> Result<Self, String> {
        let mut decoder =
            png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: Limits::PICTURE_MEMORY });
        decoder.set_transformations(
            png::Transformations::EXPAND | png::Transformations::ALPHA | png::Transformations::STRIP_16,
        );
        let unreadable = |_| "a picture is a PNG file".to_owned();
        let mut reader = decoder.read_info().map_err(unreadable)?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width > Limits::PICTURE_PIXELS || height > Limits::PICTURE_PIXELS {
            return Err(format!("a picture has at most {0} by {0} pixels", Limits::PICTURE_PIXELS));
        }
        let size = reader.output_buffer_size().ok_or("a picture is too large")?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).map_err(unreadable)?;
        pixels.truncate(frame.buffer_size());
        let pixels = match frame.color_type {
            png::ColorType::GrayscaleAlpha => pixels
                .chunks_exact(2)
                .flat_map(|pixel| match pixel {
                    [light, alpha] => [*light, *light, *light, *alpha],
                    _ => [0; 4],
                })
                .collect(),
            png::ColorType::Rgba
            | png::ColorType::Rgb
            | png::ColorType::Grayscale
            | png::ColorType::Indexed => pixels,
        };
        if pixels.len() != width as usize * height as usize * 4 {
            return Err("a picture is a PNG file".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "bounded by PICTURE_PIXELS")]
        let aspect = width as f32 / height as f32;
        Ok(Self { image: Image::from_rgba8(pixels, width, height), bytes: file.len(), aspect })
    }
}
