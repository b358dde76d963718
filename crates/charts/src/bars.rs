//! Bars: one value for each week, month, lecture or class.

use crate::{
    frame::{Entry, Frame, HEIGHT, Heading, LABEL, WIDTH},
    scale::{grouped, length, place, ticks},
    scene::{Anchor, Area, Hatch, Ink, Scene},
    text::{cut, width_of},
};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Parts of a hundred; the axis goes from 0 to 100.
    Percent,
    /// How many; the axis goes from 0 to a round number.
    Count,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Of what.
    pub label: String,
    /// How high; `None` where nothing was recorded.
    pub value: Option<f32>,
    /// The value as people read it.
    pub text: String,
    /// Whether its time is not over, or only partly looked at.
    pub is_partial: bool,
}

/// What bars are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// How high.
    pub value: f32,
    /// What it is.
    pub label: String,
}

/// One value for each week, month, lecture or class.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What it shows.
    pub heading: Heading,
    /// What is measured.
    pub measure: Measure,
    /// What a bar means, with its unit: `출석률 (%)`.
    pub values_are: String,
    /// What stands under the bars: `주 (월요일 시작)`.
    pub labels_are: String,
    /// The bars, in their order.
    pub bars: Vec<Bar>,
    /// What they are held against.
    pub reference: Option<Reference>,
}

impl Bars {
    /// The chart, laid out.
    pub fn scene(&self) -> Scene {
        let partial = self.bars.iter().any(|bar| bar.is_partial);
        // The unit stands at the axis.
        let name = self.values_are.split(" (").next().unwrap_or_default();
        let mut legend = vec![entry(name, None)];
        if partial {
            legend.push(entry("일부 기간만 집계", Some(Hatch::Rising)));
        }
        let mut frame = Frame::new(&self.heading, (WIDTH, HEIGHT), &legend);
        if self.bars.is_empty() {
            frame.nothing();
            return frame.scene;
        }
        let levels = self.levels();
        let top = levels.last().map_or(1.0, |top| length(*top)).max(1.0);
        let texts: Vec<String> = levels.iter().map(|level| grouped(*level)).collect();
        let plot = frame.plot(Frame::left_of(texts.iter().map(String::as_str)));
        let lines = levels.iter().zip(&texts).map(|(level, text)| (length(*level) / top, text.as_str()));
        frame.levels(plot, &self.values_are, lines);
        let labels: Vec<&str> = self.bars.iter().map(|bar| bar.label.as_str()).collect();
        frame.slots(plot, &self.labels_are, &labels);
        self.draw(&mut frame, plot, top);
        frame.describe(self.bars.iter().map(|bar| match sound(bar.value) {
            Some(_) => format!("{} {}", bar.label, bar.text),
            None => format!("{} 기록 없음", bar.label),
        }));
        frame.scene
    }

    fn levels(&self) -> Vec<u64> {
        match self.measure {
            Measure::Percent => ticks(100),
            Measure::Count => {
                let highest = self.bars.iter().filter_map(|bar| sound(bar.value)).fold(0.0, f32::max);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
                let highest = highest.ceil() as u64;
                ticks(highest)
            }
        }
    }

    fn draw(&self, frame: &mut Frame, plot: Area, top: f32) {
        let slot = plot.width / place(self.bars.len());
        let width = (slot * 0.72).min(56.0).max(slot.min(1.0));
        let (mut whole, mut partial, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (index, bar) in self.bars.iter().enumerate() {
            let middle = plot.x + slot * (place(index) + 0.5);
            let Some(value) = sound(bar.value) else {
                if slot >= LABEL {
                    frame.words((middle, plot.bottom() - 5.0), "–", LABEL, false, Anchor::Middle, Ink::Muted);
                }
                continue;
            };
            let height = plot.height * (value / top).min(1.0);
            let area = Area { x: middle - width / 2.0, y: plot.bottom() - height, width, height };
            if bar.is_partial { &mut partial } else { &mut whole }.push(area);
            if width_of(&bar.text, LABEL) <= slot - 2.0 {
                texts.push((middle, area.y - 5.0, bar.text.as_str()));
            }
        }
        frame.boxes(whole, Ink::Main, None);
        frame.boxes(partial, Ink::Main, Some(Hatch::Rising));
        if let Some(reference) = &self.reference
            && let Some(value) = sound(Some(reference.value))
        {
            let y = plot.bottom() - plot.height * (value / top).min(1.0);
            frame.line((plot.x, y), (plot.right(), y), Ink::Reference, 1.5, true);
            // Above the plot, where no bar is in its way.
            let label = cut(&reference.label, LABEL, plot.width / 2.0);
            frame.words((plot.right(), plot.y - 12.0), &label, LABEL, false, Anchor::End, Ink::Reference);
        }
        for (middle, base, text) in texts {
            // No line goes through a number.
            let width = width_of(text, LABEL);
            let behind = Area { x: middle - width / 2.0, y: base - LABEL + 1.0, width, height: LABEL };
            frame.boxes(vec![behind], Ink::Paper, None);
            frame.words((middle, base), text, LABEL, false, Anchor::Middle, Ink::Text);
        }
    }
}

/// A value that can be drawn.
fn sound(value: Option<f32>) -> Option<f32> {
    value.filter(|value| value.is_finite()).map(|value| value.max(0.0))
}

fn entry(name: &str, hatch: Option<Hatch>) -> Entry<'_> {
    Entry { name, ink: Ink::Main, hatch, letter: None }
}
