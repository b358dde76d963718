//! Draws the elements of a template on a page.

use krilla::{
    color::rgb,
    geom::{Path, PathBuilder, Point, Rect, Size, Transform},
    paint::{Fill, Stroke},
    surface::Surface,
    text::{GlyphId, KrillaGlyph},
};
use qrcode::{EcLevel, QrCode};

use crate::{
    certificate::Certificate,
    fonts::Fonts,
    layout::{Block, Character, Unfit, lay_out, width_of},
    ornament,
    printer::PrintError,
    template::{
        Align, Color, Element, ImageElement, LineElement, QrElement, RectangleElement, SealElement,
        TextElement, VerticalAlign,
    },
};

/// Points in a millimetre.
pub(crate) const POINTS: f32 = 72.0 / 25.4;
/// Where the middle of a Korean letter is above the base line, in parts of the size.
const MIDDLE: f32 = 0.36;
/// The white margin around a QR code, in modules: what the standard asks for.
const QUIET: usize = 4;

/// What can go wrong with one element.
pub(crate) enum Fault {
    Text(Unfit),
    AddressTooLong,
}

impl Fault {
    pub(crate) fn at(self, element: usize) -> PrintError {
        match self {
            Self::Text(Unfit::MissingGlyph(character)) => PrintError::MissingGlyph { character },
            Self::Text(Unfit::TooLong) => PrintError::TextTooLong { element },
            Self::AddressTooLong => PrintError::AddressTooLong,
        }
    }
}

impl From<Unfit> for Fault {
    fn from(unfit: Unfit) -> Self {
        Self::Text(unfit)
    }
}

/// Whether letters can be selected, or are only a picture of letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    Text,
    Outlines,
}

pub(crate) struct Pen<'p, 'd> {
    pub(crate) fonts: &'p Fonts,
    pub(crate) surface: &'p mut Surface<'d>,
}

impl Pen<'_, '_> {
    pub(crate) fn element(&mut self, element: &Element, certificate: &Certificate) -> Result<(), Fault> {
        match element {
            Element::Text(text) => self.text(text, certificate),
            Element::Line(line) => {
                if line.only_with.is_none_or(|field| !certificate.text(field).is_empty()) {
                    self.line(line);
                }
                Ok(())
            }
            Element::Rectangle(rectangle) => {
                self.rectangle(rectangle);
                Ok(())
            }
            Element::Frame(frame) => {
                let outer = rect(frame.x, frame.y, frame.width, frame.height);
                for strand in
                    outer.iter().flat_map(|outer| ornament::woven_frame(*outer, frame.band * POINTS))
                {
                    self.draw(&strand, None, Some((frame.color, frame.thickness)));
                }
                Ok(())
            }
            Element::Image(image) => {
                self.image(image);
                Ok(())
            }
            Element::Seal(seal) => self.seal(seal, certificate),
            Element::Qr(qr) => self.qr(qr, certificate),
        }
    }

    fn text(&mut self, element: &TextElement, certificate: &Certificate) -> Result<(), Fault> {
        if element.only_with.is_some_and(|field| certificate.text(field).is_empty()) {
            return Ok(());
        }
        let text = element.text.filled(certificate);
        self.words(element, &text, Letters::Text)
    }

    fn words(&mut self, element: &TextElement, text: &str, letters: Letters) -> Result<(), Fault> {
        let (width, height) = (element.width * POINTS, element.height * POINTS);
        let Block { size, lines } = lay_out(self.fonts, element, text, (width, height))?;
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill { paint: paint(element.color).into(), ..Fill::default() }));
        let line_height = size * element.line_height;
        #[expect(clippy::cast_precision_loss, reason = "a page has a handful of lines")]
        let left_over = height - line_height * lines.len() as f32;
        let mut top = element.y * POINTS
            + match element.vertical_align {
                VerticalAlign::Top => 0.0,
                VerticalAlign::Middle => left_over / 2.0,
                VerticalAlign::Bottom => left_over,
            };
        for line in &lines {
            let baseline = top + line_height / 2.0 + size * MIDDLE;
            let free = width - width_of(line) * size;
            let left = element.x * POINTS;
            match element.align {
                Align::Left => self.glyphs(line, (left, baseline), size, 0.0, letters),
                Align::Center => self.glyphs(line, (left + free / 2.0, baseline), size, 0.0, letters),
                Align::Right => self.glyphs(line, (left + free, baseline), size, 0.0, letters),
                Align::Spread => {
                    #[expect(clippy::cast_precision_loss, reason = "a line has at most 2,000 characters")]
                    let gaps = line.len().saturating_sub(1).max(1) as f32;
                    self.glyphs(line, (left, baseline), size, free.max(0.0) / gaps / size, letters);
                }
            }
            top += line_height;
        }
        Ok(())
    }

    /// Draws one line, a run of glyphs for each font in it. `extra` is added behind each character, in parts of the size.
    fn glyphs(
        &mut self,
        line: &[Character<'_>],
        (mut x, y): (f32, f32),
        size: f32,
        extra: f32,
        letters: Letters,
    ) {
        for run in line.chunk_by(|one, other| std::ptr::eq(one.glyph.face, other.glyph.face)) {
            let Some(first) = run.first() else { continue };
            let mut text = String::new();
            let mut advance = 0.0;
            let glyphs: Vec<KrillaGlyph> = run
                .iter()
                .map(|c| {
                    let begin = text.len();
                    text.push(c.value);
                    advance += c.advance + extra;
                    let id = GlyphId::new(c.glyph.id);
                    KrillaGlyph::new(id, c.advance + extra, 0.0, 0.0, 0.0, begin..text.len(), None)
                })
                .collect();
            let font = first.glyph.face.font.clone();
            let outlined = letters == Letters::Outlines;
            self.surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, &text, size, outlined);
            x += advance * size;
        }
    }

    fn line(&mut self, line: &LineElement) {
        let mut path = PathBuilder::new();
        path.move_to(line.x1 * POINTS, line.y1 * POINTS);
        path.line_to(line.x2 * POINTS, line.y2 * POINTS);
        if let Some(path) = path.finish() {
            self.draw(&path, None, Some((line.color, line.thickness)));
        }
    }

    fn rectangle(&mut self, element: &RectangleElement) {
        let path = rect(element.x, element.y, element.width, element.height).and_then(|rect| {
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            path.finish()
        });
        let outline = element.thickness.map(|thickness| (element.color, thickness));
        if let Some(path) = path
            && (outline.is_some() || element.fill.is_some())
        {
            self.draw(&path, element.fill, outline);
        }
    }

    fn image(&mut self, element: &ImageElement) {
        let aspect = element.png.aspect;
        let (width, height) = if element.width / element.height > aspect {
            (element.height * aspect, element.height)
        } else {
            (element.width, element.width / aspect)
        };
        let x = element.x + (element.width - width) / 2.0;
        let y = element.y + (element.height - height) / 2.0;
        if let Some(size) = Size::from_wh(width * POINTS, height * POINTS) {
            self.surface.push_transform(&Transform::from_translate(x * POINTS, y * POINTS));
            self.surface.draw_image(element.png.image.clone(), size);
            self.surface.pop();
        }
    }

    fn seal(&mut self, seal: &SealElement, certificate: &Certificate) -> Result<(), Fault> {
        let SealElement { x, y, size, color, .. } = *seal;
        if let Some(png) = seal.png.clone() {
            self.image(&ImageElement { x, y, width: size, height: size, png });
            return Ok(());
        }
        let rim = size * 0.05;
        if let Some(path) = rounded(x + rim / 2.0, y + rim / 2.0, size - rim, size * 0.08) {
            self.draw(&path, None, Some((color, rim)));
        }
        let (inner, margin) = (size - rim * 3.2, rim * 1.6);
        let Some((side, characters)) = ornament::seal_grid(&certificate.issuer) else {
            let words = TextElement::stamped((x + margin, y + margin), (inner, inner), size * 0.6, color);
            return self.words(&words, &certificate.issuer, Letters::Outlines);
        };
        #[expect(clippy::cast_precision_loss, reason = "at most six")]
        let step = inner / side as f32;
        // A column that is not full is spread over the height, as a seal cutter would.
        for (column, letters) in characters.chunks(side).enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "at most six")]
            let (column, height) = (column as f32, inner / letters.len() as f32);
            let left = x + margin + inner - step * (column + 1.0);
            let mut top = y + margin;
            for letter in letters {
                let words = TextElement::stamped((left, top), (step, height), step * POINTS * 0.96, color);
                self.words(&words, &letter.to_string(), Letters::Outlines)?;
                top += height;
            }
        }
        Ok(())
    }

    fn qr(&mut self, element: &QrElement, certificate: &Certificate) -> Result<(), Fault> {
        let code =
            QrCode::with_error_correction_level(certificate.verification_address.as_bytes(), EcLevel::M)
                .map_err(|_| Fault::AddressTooLong)?;
        let modules = code.width();
        #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules")]
        let module = element.size / (modules + 2 * QUIET) as f32;
        let at = |count: usize| {
            #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules")]
            let count = (count + QUIET) as f32;
            count * module
        };
        self.rectangle(&RectangleElement {
            x: element.x,
            y: element.y,
            width: element.size,
            height: element.size,
            thickness: None,
            color: Color::BLACK,
            fill: Some(Color::WHITE),
        });
        let colors = code.to_colors();
        let mut path = PathBuilder::new();
        for (row, line) in colors.chunks(modules).enumerate() {
            let mut column = 0;
            for run in line.chunk_by(|one, other| one == other) {
                if run.first() == Some(&qrcode::Color::Dark) {
                    #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules")]
                    let width = run.len() as f32 * module;
                    if let Some(rect) = rect(element.x + at(column), element.y + at(row), width, module) {
                        path.push_rect(rect);
                    }
                }
                column += run.len();
            }
        }
        if let Some(path) = path.finish() {
            self.draw(&path, Some(Color::BLACK), None);
        }
        Ok(())
    }

    pub(crate) fn sample_mark(&mut self, width: f32, height: f32) -> Result<(), Fault> {
        let element =
            TextElement::stamped((0.0, 0.0), (width, height), 150.0, Color { rgb: [0xdd, 0xdd, 0xdd] });
        let (x, y) = (width * POINTS / 2.0, height * POINTS / 2.0);
        self.surface.push_transform(&Transform::from_rotate_at(-30.0, x, y));
        let drawn = self.words(&element, "견본", Letters::Outlines);
        self.surface.pop();
        drawn
    }

    /// Draws a path; the thickness of its outline is in millimetres.
    fn draw(&mut self, path: &Path, fill: Option<Color>, outline: Option<(Color, f32)>) {
        self.surface.set_fill(fill.map(|color| Fill { paint: paint(color).into(), ..Fill::default() }));
        self.surface.set_stroke(outline.map(|(color, thickness)| Stroke {
            paint: paint(color).into(),
            width: thickness * POINTS,
            ..Stroke::default()
        }));
        self.surface.draw_path(path);
    }
}

fn paint(Color { rgb }: Color) -> rgb::Color {
    rgb_of(rgb)
}

pub(crate) fn rgb_of([red, green, blue]: [u8; 3]) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> Option<Rect> {
    Rect::from_xywh(x * POINTS, y * POINTS, width * POINTS, height * POINTS)
}

/// A square with round corners, in millimetres.
fn rounded(x: f32, y: f32, side: f32, radius: f32) -> Option<Path> {
    // How far the handles of a curve must be from its ends to look like a quarter of a circle.
    let handle = radius * 0.552_284_8;
    let (left, top, right, bottom) = (x, y, x + side, y + side);
    let corners = [
        [
            (right - radius, top),
            (right - radius + handle, top),
            (right, top + radius - handle),
            (right, top + radius),
        ],
        [
            (right, bottom - radius),
            (right, bottom - radius + handle),
            (right - radius + handle, bottom),
            (right - radius, bottom),
        ],
        [
            (left + radius, bottom),
            (left + radius - handle, bottom),
            (left, bottom - radius + handle),
            (left, bottom - radius),
        ],
        [
            (left, top + radius),
            (left, top + radius - handle),
            (left + radius - handle, top),
            (left + radius, top),
        ],
    ];
    let mut path = PathBuilder::new();
    path.move_to((left + radius) * POINTS, top * POINTS);
    for [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] in corners {
        path.line_to(x0 * POINTS, y0 * POINTS);
        path.cubic_to(x1 * POINTS, y1 * POINTS, x2 * POINTS, y2 * POINTS, x3 * POINTS, y3 * POINTS);
    }
    path.close();
    path.finish()
}
