//! Stacked bars: marks by status for each week or lecture.

use crate::{
    frame::{Entry, Frame, HEIGHT, Heading, WIDTH},
    scale::{grouped, length, place, ticks},
    scene::{Area, Ink, Scene},
    status::{Counts, Status},
};

/// The marks of one week or lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Of what.
    pub label: String,
    /// How many of each status.
    pub counts: Counts,
}

/// Marks by status for each week or lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stacked {
    /// What it shows.
    pub heading: Heading,
    /// What is counted, with its unit: `출석 기록 (건)`.
    pub values_are: String,
    /// What stands under the columns: `차시`.
    pub labels_are: String,
    /// The columns, in their order.
    pub columns: Vec<Column>,
}

impl Stacked {
    /// The chart, laid out.
    pub fn scene(&self) -> Scene {
        let legend = Status::ALL.map(|status| Entry {
            name: status.name(),
            ink: Ink::Status(status),
            hatch: status.hatch(),
            letter: None,
        });
        let mut frame = Frame::new(&self.heading, (WIDTH, HEIGHT), &legend);
        if self.columns.is_empty() {
            frame.nothing();
            return frame.scene;
        }
        let levels = ticks(self.columns.iter().map(|column| column.counts.total()).max().unwrap_or_default());
        let top = levels.last().map_or(1.0, |top| length(*top)).max(1.0);
        let texts: Vec<String> = levels.iter().map(|level| grouped(*level)).collect();
        let plot = frame.plot(Frame::left_of(texts.iter().map(String::as_str)));
        let lines = levels.iter().zip(&texts).map(|(level, text)| (length(*level) / top, text.as_str()));
        frame.levels(plot, &self.values_are, lines);
        let labels: Vec<&str> = self.columns.iter().map(|column| column.label.as_str()).collect();
        frame.slots(plot, &self.labels_are, &labels);
        self.draw(&mut frame, plot, top);
        frame.describe(self.columns.iter().map(|column| {
            let parts = Status::ALL.map(|status| (status, column.counts.of(status)));
            let parts: Vec<String> = parts
                .iter()
                .filter(|(_, count)| *count > 0)
                .map(|(status, count)| format!("{} {}", status.name(), grouped(*count)))
                .collect();
            format!("{}: {}", column.label, if parts.is_empty() { "0".to_owned() } else { parts.join(" ") })
        }));
        frame.scene
    }

    fn draw(&self, frame: &mut Frame, plot: Area, top: f32) {
        let slot = plot.width / place(self.columns.len());
        let width = (slot * 0.76).min(56.0).max(slot.min(1.0));
        let mut heights = vec![0.0_f32; self.columns.len()];
        for status in Status::ALL {
            let mut areas = Vec::new();
            for ((index, column), stacked) in self.columns.iter().enumerate().zip(&mut heights) {
                let count = column.counts.of(status);
                if count == 0 {
                    continue;
                }
                let height = (plot.height * length(count) / top).min(plot.height - *stacked);
                *stacked += height;
                let x = plot.x + slot * (place(index) + 0.5) - width / 2.0;
                areas.push(Area { x, y: plot.bottom() - *stacked, width, height });
            }
            frame.boxes(areas, Ink::Status(status), status.hatch());
        }
    }
}
