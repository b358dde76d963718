//! The elements of a template. Measures are in millimetres from the top left corner of the page, sizes of letters in points.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Color, Family, Picture, Weight, Wording};
use crate::certificate::Field;

/// How the A4 sheet lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Orientation {
    /// 210 mm wide, 297 mm high.
    Portrait,
    /// 297 mm wide, 210 mm high.
    Landscape,
}

impl Orientation {
    /// Width and height in millimetres.
    pub fn size(self) -> (f32, f32) {
        match self {
            Self::Portrait => (210.0, 297.0),
            Self::Landscape => (297.0, 210.0),
        }
    }
}

/// One thing on the page.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// Words.
    Text(TextElement),
    /// A straight line.
    Line(LineElement),
    /// A rectangle.
    Rectangle(RectangleElement),
    /// A woven frame.
    Frame(FrameElement),
    /// A picture.
    Image(ImageElement),
    /// The seal of the issuer.
    Seal(SealElement),
    /// The QR code of the verification address.
    Qr(QrElement),
}

/// How the lines of a text lie in its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
    /// The characters of each line spread over the whole width, as labels stand on Korean certificates (성　　명).
    Spread,
}

/// Where the lines of a text stand in a box that is higher than they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerticalAlign {
    /// At the top.
    Top,
    /// In the middle.
    #[default]
    Middle,
    /// At the bottom.
    Bottom,
}

/// Words in a box. What does not fit is wrapped and made smaller; what does not fit at the minimum size is an error.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextElement {
    /// The words, with fields in braces: `위 사람은 {course} 과정을`.
    #[schema(value_type = String)]
    pub text: Wording,
    /// The left edge of the box.
    pub x: f32,
    /// The top edge of the box.
    pub y: f32,
    /// The width of the box.
    pub width: f32,
    /// The height of the box.
    pub height: f32,
    /// The size of the letters in points, 4 to 120.
    pub size: f32,
    /// The smallest size that a long text may shrink to; 6, or `size` where that is less.
    #[serde(default = "TextElement::default_minimum_size")]
    pub minimum_size: f32,
    /// The kind of letters.
    #[serde(default)]
    pub font: Family,
    /// How heavy they are.
    #[serde(default)]
    pub weight: Weight,
    /// The colour.
    #[serde(default = "Color::ink")]
    #[schema(value_type = String)]
    pub color: Color,
    /// How the lines lie.
    #[serde(default)]
    pub align: Align,
    /// Where the lines stand.
    #[serde(default)]
    pub vertical_align: VerticalAlign,
    /// Whether a long line is broken before it is made smaller; true unless said otherwise.
    #[serde(default = "TextElement::default_wrap")]
    pub wrap: bool,
    /// The distance of lines in parts of the size, 0.8 to 4.
    #[serde(default = "TextElement::default_line_height")]
    pub line_height: f32,
    /// Room between characters in parts of the size, -0.2 to 4.
    #[serde(default)]
    pub letter_spacing: f32,
    /// Leaves the element out where this fact is absent.
    #[serde(default)]
    pub only_with: Option<Field>,
}

impl TextElement {
    /// Letters of a seal or a mark: bold, in the middle of their box.
    pub(crate) fn stamped((x, y): (f32, f32), (width, height): (f32, f32), size: f32, color: Color) -> Self {
        Self {
            text: Wording::default(),
            x,
            y,
            width,
            height,
            size,
            minimum_size: 1.0,
            font: Family::Myeongjo,
            weight: Weight::Bold,
            color,
            align: Align::Center,
            vertical_align: VerticalAlign::Middle,
            wrap: true,
            line_height: 1.0,
            letter_spacing: 0.0,
            only_with: None,
        }
    }

    fn default_minimum_size() -> f32 {
        6.0
    }

    fn default_wrap() -> bool {
        true
    }

    fn default_line_height() -> f32 {
        1.4
    }
}

/// A straight line.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineElement {
    /// Where it begins.
    pub x1: f32,
    /// Where it begins.
    pub y1: f32,
    /// Where it ends.
    pub x2: f32,
    /// Where it ends.
    pub y2: f32,
    /// How thick it is, 0.05 to 20.
    pub thickness: f32,
    /// The colour.
    #[serde(default = "Color::ink")]
    #[schema(value_type = String)]
    pub color: Color,
    /// Leaves the element out where this fact is absent.
    #[serde(default)]
    pub only_with: Option<Field>,
}

/// A rectangle with an outline, a filling, or both.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RectangleElement {
    /// The left edge.
    pub x: f32,
    /// The top edge.
    pub y: f32,
    /// The width.
    pub width: f32,
    /// The height.
    pub height: f32,
    /// How thick the outline is, 0.05 to 20; none without it.
    #[serde(default)]
    pub thickness: Option<f32>,
    /// The colour of the outline.
    #[serde(default = "Color::ink")]
    #[schema(value_type = String)]
    pub color: Color,
    /// The colour inside; none without it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub fill: Option<Color>,
}

/// A frame of woven waves, as on banknotes.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameElement {
    /// The left edge.
    pub x: f32,
    /// The top edge.
    pub y: f32,
    /// The width.
    pub width: f32,
    /// The height.
    pub height: f32,
    /// How wide the woven band is, 2 to 20.
    pub band: f32,
    /// How thick its strands are, 0.05 to 20.
    pub thickness: f32,
    /// The colour.
    #[serde(default = "Color::ink")]
    #[schema(value_type = String)]
    pub color: Color,
}

/// A picture, as large as fits into its box without being distorted.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageElement {
    /// The left edge of the box.
    pub x: f32,
    /// The top edge of the box.
    pub y: f32,
    /// The width of the box.
    pub width: f32,
    /// The height of the box.
    pub height: f32,
    /// A PNG file in base64.
    #[schema(value_type = String)]
    pub png: Picture,
}

/// The seal of the issuer (직인): the picture, or one that is cut from the issuer's name.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealElement {
    /// The left edge.
    pub x: f32,
    /// The top edge.
    pub y: f32,
    /// Width and height.
    pub size: f32,
    /// A PNG file in base64, best with a transparent background; without it, the seal is drawn.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub png: Option<Picture>,
    /// The colour of a drawn seal.
    #[serde(default = "Color::seal")]
    #[schema(value_type = String)]
    pub color: Color,
}

/// The QR code that leads to the verification page.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QrElement {
    /// The left edge.
    pub x: f32,
    /// The top edge.
    pub y: f32,
    /// Width and height, with the white margin that readers need; at least 15.
    pub size: f32,
}
