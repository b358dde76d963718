//! What charts have in common: the heading, the legend, the axes.

use crate::{
    scale::place,
    scene::{Anchor, Area, Hatch, Ink, Scene, Shape},
    text::{cut, width_of},
};

/// The width of a chart that needs no other.
pub(crate) const WIDTH: f32 = 800.0;
/// The height of a chart that needs no other.
pub(crate) const HEIGHT: f32 = 420.0;
/// What stays free at every edge.
pub(crate) const MARGIN: f32 = 24.0;
/// The size of labels.
pub(crate) const LABEL: f32 = 12.0;
/// How far the middle of a letter is above its base line, in parts of its size.
pub(crate) const MIDDLE: f32 = 0.36;

const TITLE: f32 = 18.0;
const SWATCH: f32 = 14.0;

/// What a chart shows, for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heading {
    /// What it shows.
    pub title: String,
    /// Of what, when, counted how; `None` where the title says it all.
    pub subtitle: Option<String>,
}

/// A line of a legend.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) ink: Ink,
    pub(crate) hatch: Option<Hatch>,
    pub(crate) letter: Option<&'static str>,
}

/// A chart with its heading and legend, to be filled in.
pub(crate) struct Frame {
    pub(crate) scene: Scene,
    /// What lies under the heading and the legend.
    pub(crate) free: Area,
}

impl Frame {
    pub(crate) fn new(heading: &Heading, (width, height): (f32, f32), legend: &[Entry<'_>]) -> Self {
        let scene = Scene {
            width,
            height,
            title: heading.title.clone(),
            description: String::new(),
            shapes: Vec::new(),
        };
        let mut frame = Self { scene, free: Area::default() };
        frame.boxes(vec![Area { x: 0.0, y: 0.0, width, height }], Ink::Paper, None);
        let room = width - 2.0 * MARGIN;
        frame.words((MARGIN, 34.0), &cut(&heading.title, TITLE, room), TITLE, true, Anchor::Start, Ink::Text);
        let mut top = 42.0;
        if let Some(subtitle) = &heading.subtitle {
            top += 14.0;
            frame.words((MARGIN, top), &cut(subtitle, LABEL, room), LABEL, false, Anchor::Start, Ink::Muted);
            top += 4.0;
        }
        top = frame.legend(legend, top + 8.0, room);
        frame.free = Area { x: MARGIN, y: top, width: room, height: (height - top - MARGIN).max(0.0) };
        frame
    }

    fn legend(&mut self, entries: &[Entry<'_>], mut top: f32, room: f32) -> f32 {
        if entries.is_empty() {
            return top;
        }
        let mut x = MARGIN;
        for entry in entries {
            let name = cut(entry.name, LABEL, room - SWATCH - 6.0);
            let width = SWATCH + 6.0 + width_of(&name, LABEL);
            if x > MARGIN && x + width > MARGIN + room {
                x = MARGIN;
                top += 20.0;
            }
            self.boxes(vec![Area { x, y: top, width: SWATCH, height: SWATCH }], entry.ink, entry.hatch);
            if let Some(letter) = entry.letter {
                let at = (x + SWATCH / 2.0, top + SWATCH / 2.0 + 10.0 * MIDDLE);
                self.words(at, letter, 10.0, true, Anchor::Middle, Ink::OnStatus);
            }
            let at = (x + SWATCH + 6.0, top + SWATCH / 2.0 + LABEL * MIDDLE);
            self.words(at, &name, LABEL, false, Anchor::Start, Ink::Text);
            x += width + 18.0;
        }
        top + SWATCH + 10.0
    }

    /// The area of the figures: room for labels at the left and below, and for the names of the axes.
    pub(crate) fn plot(&self, left: f32) -> Area {
        let top = self.free.y + 24.0;
        Area {
            x: self.free.x + left,
            y: top,
            width: self.free.width - left,
            height: (self.free.bottom() - 38.0 - top).max(1.0),
        }
    }

    /// How much room labels at the left need.
    pub(crate) fn left_of<'t>(labels: impl IntoIterator<Item = &'t str>) -> f32 {
        labels.into_iter().map(|label| width_of(label, LABEL)).fold(0.0, f32::max) + 10.0
    }

    /// Lines across the plot with their labels; `at` is a part of its height, from below.
    pub(crate) fn levels<'t>(
        &mut self,
        plot: Area,
        name: &str,
        levels: impl IntoIterator<Item = (f32, &'t str)>,
    ) {
        let name = cut(name, LABEL, plot.width / 2.0 - 10.0);
        self.words((self.free.x, plot.y - 12.0), &name, LABEL, false, Anchor::Start, Ink::Muted);
        for (at, label) in levels {
            let y = plot.bottom() - plot.height * at;
            let ink = if at > 0.0 { Ink::Grid } else { Ink::Muted };
            self.line((plot.x, y), (plot.right(), y), ink, 1.0, false);
            self.words((plot.x - 8.0, y + LABEL * MIDDLE), label, LABEL, false, Anchor::End, Ink::Muted);
        }
    }

    /// The labels under equal slots, as many of them as have room, and the name of the axis.
    pub(crate) fn slots(&mut self, plot: Area, name: &str, labels: &[&str]) {
        let slot = plot.width / place(labels.len()).max(1.0);
        let widest = labels.iter().map(|label| width_of(label, LABEL)).fold(0.0, f32::max);
        // A label alone may be as wide as the plot; of several every second, third … is left out.
        let limit = (plot.width / 8.0).max(slot - 6.0);
        let every = ((widest.min(limit) + 8.0) / slot).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
        let every = every as usize;
        for (index, label) in labels.iter().enumerate().step_by(every) {
            let middle = plot.x + slot * (place(index) + 0.5);
            let label = cut(label, LABEL, limit);
            let half = width_of(&label, LABEL) / 2.0;
            let x = middle.min(plot.right() - half).max(half + 4.0);
            self.words((x, plot.bottom() + 18.0), &label, LABEL, false, Anchor::Middle, Ink::Muted);
        }
        let name = cut(name, LABEL, plot.width);
        self.words((plot.right(), plot.bottom() + 36.0), &name, LABEL, false, Anchor::End, Ink::Muted);
    }

    /// What stands in the place of figures where there are none.
    pub(crate) fn nothing(&mut self) {
        let at = (self.scene.width / 2.0, self.free.y.midpoint(self.free.bottom()));
        self.words(at, "아직 자료가 없습니다", 15.0, false, Anchor::Middle, Ink::Muted);
        "아직 자료가 없습니다.".clone_into(&mut self.scene.description);
    }

    /// Tells what the values are: all of them where they are few, else the first and the last.
    pub(crate) fn describe(&mut self, values: impl ExactSizeIterator<Item = String>) {
        const MOST: usize = 60;
        let count = values.len();
        let mut told: Vec<String> = values.take(MOST).collect();
        if count > MOST {
            told.push(format!("외 {}개", count - MOST));
        }
        self.scene.description = told.join(", ");
    }

    pub(crate) fn boxes(&mut self, areas: Vec<Area>, ink: Ink, hatch: Option<Hatch>) {
        if !areas.is_empty() {
            self.scene.shapes.push(Shape::Boxes { areas, ink, hatch });
        }
    }

    pub(crate) fn line(&mut self, from: (f32, f32), to: (f32, f32), ink: Ink, width: f32, dashed: bool) {
        self.scene.shapes.push(Shape::Line { from, to, ink, width, dashed });
    }

    pub(crate) fn words(
        &mut self,
        at: (f32, f32),
        text: &str,
        size: f32,
        bold: bool,
        anchor: Anchor,
        ink: Ink,
    ) {
        if !text.is_empty() {
            self.scene.shapes.push(Shape::Words { at, text: text.to_owned(), size, bold, anchor, ink });
        }
    }
}
