//! Reading a template: every fault is told with its place, not only the first.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Element, Orientation, SealElement, Template};

/// What a template may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits;

impl Limits {
    /// The most elements.
    pub const ELEMENTS: usize = 200;
    /// The most characters of one text.
    pub const TEXT_CHARACTERS: usize = 2_000;
    /// The most bytes of one PNG file.
    pub const PICTURE_BYTES: usize = 512 * 1024;
    /// The most bytes of all PNG files of a template.
    pub const PICTURES_BYTES: usize = 640 * 1024;
    /// The most pixels of a picture in either direction.
    pub const PICTURE_PIXELS: u32 = 2_000;
    /// The most memory that reading a picture may take, in bytes.
    pub const PICTURE_MEMORY: usize = 32 * 1024 * 1024;
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// A JSON pointer, e.g. `/elements/3/size`; empty for the whole.
    pub pointer: String,
    /// What is wrong, in English.
    pub message: String,
}

/// A template that can't be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template has {} fault(s)", faults.len())]
pub struct TemplateFaults {
    /// Each fault; there is at least one.
    pub faults: Vec<TemplateFault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    orientation: Orientation,
    elements: Vec<Value>,
}

impl Template {
    /// Reads and checks a template.
    ///
    /// # Errors
    /// All faults.
    pub fn parse(document: &Value) -> Result<Self, TemplateFaults> {
        let page: Page =
            read(document.clone(), "").map_err(|fault| TemplateFaults { faults: vec![fault] })?;
        let mut faults = Vec::new();
        if page.elements.len() > Limits::ELEMENTS {
            faults.push(TemplateFault {
                pointer: "/elements".to_owned(),
                message: format!("a template has at most {} elements", Limits::ELEMENTS),
            });
            return Err(TemplateFaults { faults });
        }
        let mut elements = Vec::with_capacity(page.elements.len());
        for (index, value) in page.elements.into_iter().enumerate() {
            let pointer = format!("/elements/{index}");
            match read_element(value, &pointer) {
                Ok(element) => {
                    Check { pointer: &pointer, page: page.orientation.size(), faults: &mut faults }
                        .element(&element);
                    elements.push(element);
                }
                Err(fault) => faults.push(fault),
            }
        }
        let pictures: usize = elements.iter().map(picture_bytes).sum();
        if pictures > Limits::PICTURES_BYTES {
            faults.push(TemplateFault {
                pointer: "/elements".to_owned(),
                message: format!("the pictures have at most {} bytes together", Limits::PICTURES_BYTES),
            });
        }
        if faults.is_empty() {
            Ok(Self { orientation: page.orientation, elements })
        } else {
            Err(TemplateFaults { faults })
        }
    }
}

fn read_element(mut value: Value, pointer: &str) -> Result<Element, TemplateFault> {
    let kind = value.as_object_mut().and_then(|object| object.remove("type"));
    match kind.as_ref().and_then(Value::as_str) {
        Some("text") => read(value, pointer).map(Element::Text),
        Some("line") => read(value, pointer).map(Element::Line),
        Some("rectangle") => read(value, pointer).map(Element::Rectangle),
        Some("frame") => read(value, pointer).map(Element::Frame),
        Some("image") => read(value, pointer).map(Element::Image),
        Some("seal") => read(value, pointer).map(Element::Seal),
        Some("qr") => read(value, pointer).map(Element::Qr),
        Some(_) | None => Err(TemplateFault {
            pointer: format!("{pointer}/type"),
            message: "the type is one of text, line, rectangle, frame, image, seal, qr".to_owned(),
        }),
    }
}

fn read<T: DeserializeOwned>(value: Value, within: &str) -> Result<T, TemplateFault> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut pointer = within.to_owned();
        for segment in error.path() {
            let segment = segment.to_string();
            // serde_path_to_error stands a question mark for a place without a name.
            if segment != "?" && segment != "." {
                pointer.push('/');
                pointer.push_str(segment.trim_matches(['[', ']']));
            }
        }
        TemplateFault { pointer, message: error.into_inner().to_string() }
    })
}

fn picture_bytes(element: &Element) -> usize {
    match element {
        Element::Image(image) => image.png.bytes,
        Element::Seal(SealElement { png: Some(picture), .. }) => picture.bytes,
        Element::Seal(_)
        | Element::Text(_)
        | Element::Line(_)
        | Element::Rectangle(_)
        | Element::Frame(_)
        | Element::Qr(_) => 0,
    }
}

/// Checks one element against the page.
struct Check<'a> {
    pointer: &'a str,
    page: (f32, f32),
    faults: &'a mut Vec<TemplateFault>,
}

impl Check<'_> {
    fn element(&mut self, element: &Element) {
        match element {
            Element::Text(text) => {
                self.inside(text.x, text.y, text.width, text.height);
                self.between("size", text.size, 4.0, 120.0);
                self.between("minimum_size", text.minimum_size, 2.0, 120.0);
                self.between("line_height", text.line_height, 0.8, 4.0);
                self.between("letter_spacing", text.letter_spacing, -0.2, 4.0);
            }
            Element::Line(line) => {
                self.point(("x1", line.x1), ("y1", line.y1));
                self.point(("x2", line.x2), ("y2", line.y2));
                self.thickness(line.thickness);
            }
            Element::Rectangle(rectangle) => {
                self.inside(rectangle.x, rectangle.y, rectangle.width, rectangle.height);
                if let Some(thickness) = rectangle.thickness {
                    self.thickness(thickness);
                }
            }
            Element::Frame(frame) => {
                self.inside(frame.x, frame.y, frame.width, frame.height);
                self.between(
                    "band",
                    frame.band,
                    2.0,
                    20.0_f32.min(frame.width / 3.0).min(frame.height / 3.0),
                );
                self.thickness(frame.thickness);
            }
            Element::Image(image) => self.inside(image.x, image.y, image.width, image.height),
            Element::Seal(seal) => {
                self.inside(seal.x, seal.y, seal.size, seal.size);
                self.between("size", seal.size, 8.0, 80.0);
            }
            Element::Qr(qr) => {
                self.inside(qr.x, qr.y, qr.size, qr.size);
                self.between("size", qr.size, 15.0, 100.0);
            }
        }
    }

    fn inside(&mut self, x: f32, y: f32, width: f32, height: f32) {
        // An edge that lies on the edge of the page must not be outside by the last bit of a float.
        let slack = 0.001;
        let (page_width, page_height) = self.page;
        let fits =
            |at: f32, length: f32, page: f32| at >= 0.0 && length >= 0.1 && at + length <= page + slack;
        if !(fits(x, width, page_width) && fits(y, height, page_height)) {
            self.fault("", format!("the element must lie on the page of {page_width} by {page_height} mm"));
        }
    }

    fn point(&mut self, (x_name, x): (&str, f32), (y_name, y): (&str, f32)) {
        let (width, height) = self.page;
        self.between(x_name, x, 0.0, width);
        self.between(y_name, y, 0.0, height);
    }

    fn thickness(&mut self, thickness: f32) {
        self.between("thickness", thickness, 0.05, 20.0);
    }

    fn between(&mut self, name: &str, value: f32, least: f32, most: f32) {
        // A number that is none of the three is out of range, too.
        if !(least..=most).contains(&value) {
            self.fault(name, format!("must be {least} to {most}"));
        }
    }

    fn fault(&mut self, name: &str, message: String) {
        let pointer =
            if name.is_empty() { self.pointer.to_owned() } else { format!("{}/{name}", self.pointer) };
        self.faults.push(TemplateFault { pointer, message });
    }
}
