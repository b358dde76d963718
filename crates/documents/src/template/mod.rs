//! A template: which elements stand where on a page. What may be written is in `elements`, how it is checked in `reading`.

mod built_in;
mod elements;
mod reading;
mod values;

pub use built_in::BuiltIn;
pub use elements::{
    Align, Element, FrameElement, ImageElement, LineElement, Orientation, QrElement, RectangleElement,
    SealElement, TextElement, VerticalAlign,
};
pub use reading::{Limits, TemplateFault, TemplateFaults};
pub use values::{Color, Picture, Wording};

pub use crate::fonts::{Family, Weight};

/// A checked template: every element lies on the page, and every field that it names exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// How the A4 sheet lies.
    pub orientation: Orientation,
    /// What is drawn, the first lowest.
    pub elements: Vec<Element>,
}
