//! A chart, laid out: shapes on a surface with its origin at the top left, in roles of ink that a theme gives colours.

use crate::status::Status;

/// A chart, laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// How wide it is.
    pub width: f32,
    /// How high it is.
    pub height: f32,
    /// What it shows.
    pub title: String,
    /// What it says, for who can't see it.
    pub description: String,
    /// What is drawn, in this order.
    pub shapes: Vec<Shape>,
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Filled rectangles of one kind.
    Boxes {
        /// Where.
        areas: Vec<Area>,
        /// In which role.
        ink: Ink,
        /// What is drawn over them.
        hatch: Option<Hatch>,
    },
    /// A straight line.
    Line {
        /// From here.
        from: (f32, f32),
        /// To there.
        to: (f32, f32),
        /// In which role.
        ink: Ink,
        /// How thick.
        width: f32,
        /// Whether it is broken.
        dashed: bool,
    },
    /// One line of text.
    Words {
        /// Where its base line begins, ends, or has its middle.
        at: (f32, f32),
        /// What it says.
        text: String,
        /// How large.
        size: f32,
        /// Whether it is heavy.
        bold: bool,
        /// Which part of it is at `at`.
        anchor: Anchor,
        /// In which role.
        ink: Ink,
    },
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Area {
    /// Its left edge.
    pub x: f32,
    /// Its upper edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Area {
    /// Its right edge.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Its lower edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// What something is for; a theme says how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What everything stands on.
    Paper,
    /// What has to be read.
    Text,
    /// What may be read.
    Muted,
    /// What guides the eye.
    Grid,
    /// The figure itself.
    Main,
    /// What a figure is held against.
    Reference,
    /// Marks of a status.
    Status(Status),
    /// A letter on a mark.
    OnStatus,
}

/// What is drawn over a colour, so that it can be told without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hatch {
    /// `/`
    Rising,
    /// `\`
    Falling,
    /// `·`
    Dots,
    /// `×`
    Crossed,
    /// `–`
    Level,
}

impl Hatch {
    /// Every hatch.
    pub const ALL: [Self; 5] = [Self::Rising, Self::Falling, Self::Dots, Self::Crossed, Self::Level];

    /// Its name in a picture.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Dots => "dots",
            Self::Crossed => "crossed",
            Self::Level => "level",
        }
    }
}
