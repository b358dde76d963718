//! A histogram: how many learners reach which rate.

use crate::{
    frame::{Entry, Frame, HEIGHT, Heading, LABEL, WIDTH},
    scale::{grouped, length, place, ticks},
    scene::{Anchor, Area, Hatch, Ink, Scene},
    text::width_of,
};

/// How rates from 0 to 100 % are distributed over bins of equal width. The last bin has 100 % in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// What it shows.
    pub heading: Heading,
    /// How many there are in each bin.
    pub bins: Vec<u64>,
    /// The rate that is needed, in percent, where one rule says it for all.
    pub threshold: Option<f32>,
}

impl Histogram {
    /// How many there are in each of `bins` bins, of rates given as exact fractions.
    pub fn bins_of(rates: impl IntoIterator<Item = (u64, u64)>, bins: usize) -> Vec<u64> {
        let mut counts = vec![0; bins];
        let last = bins.saturating_sub(1);
        for (part, whole) in rates {
            if whole == 0 {
                continue;
            }
            let scaled = u128::from(part) * u128::try_from(bins).unwrap_or_default() / u128::from(whole);
            let bin = usize::try_from(scaled).unwrap_or(last).min(last);
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        counts
    }

    /// The chart, laid out.
    pub fn scene(&self) -> Scene {
        let threshold = self.threshold.filter(|percent| (0.0..=100.0).contains(percent));
        // Where the threshold lies within a bin, the bin can't be told to be enough or not.
        let edge = threshold.filter(|threshold| {
            let bins = threshold * place(self.bins.len()) / 100.0;
            (bins - bins.round()).abs() < 0.001
        });
        let entry = |name, hatch| Entry { name, ink: Ink::Main, hatch, letter: None };
        let legend = [entry("기준 이상", None), entry("기준 미달", Some(Hatch::Rising))];
        let legend = if edge.is_some() { legend.as_slice() } else { &[] };
        let mut frame = Frame::new(&self.heading, (WIDTH, HEIGHT), legend);
        let most = self.bins.iter().copied().max().unwrap_or_default();
        if most == 0 {
            frame.nothing();
            return frame.scene;
        }
        let levels = ticks(most);
        let top = levels.last().map_or(1.0, |top| length(*top)).max(1.0);
        let texts: Vec<String> = levels.iter().map(|level| grouped(*level)).collect();
        let plot = frame.plot(Frame::left_of(texts.iter().map(String::as_str)));
        let lines = levels.iter().zip(&texts).map(|(level, text)| (length(*level) / top, text.as_str()));
        frame.levels(plot, "수강생 수 (명)", lines);
        let slot = plot.width / place(self.bins.len());
        let (mut enough, mut short) = (Vec::new(), Vec::new());
        for (index, count) in self.bins.iter().enumerate() {
            let height = plot.height * length(*count) / top;
            let area = Area {
                x: plot.x + slot * place(index) + (slot * 0.04).min(2.0),
                y: plot.bottom() - height,
                width: slot - (slot * 0.08).min(4.0),
                height,
            };
            let ends_at = 100.0 * place(index + 1) / place(self.bins.len());
            let below = edge.is_some_and(|edge| ends_at <= edge + 0.001);
            if *count > 0 {
                if below { &mut short } else { &mut enough }.push(area);
                let text = grouped(*count);
                if width_of(&text, LABEL) <= slot {
                    let at = (area.x + area.width / 2.0, area.y - 5.0);
                    frame.words(at, &text, LABEL, false, Anchor::Middle, Ink::Text);
                }
            }
        }
        frame.boxes(enough, Ink::Main, None);
        frame.boxes(short, Ink::Main, Some(Hatch::Rising));
        edges(&mut frame, plot);
        if let Some(threshold) = threshold {
            let x = plot.x + plot.width * threshold / 100.0;
            frame.line((x, plot.y - 4.0), (x, plot.bottom()), Ink::Reference, 1.5, true);
            let label = format!("수료 기준 {threshold}%");
            let half = width_of(&label, LABEL) / 2.0;
            // Not over the name of the axis.
            let at = (x.max(plot.x + 110.0 + half).min(plot.right() - half), plot.y - 12.0);
            frame.words(at, &label, LABEL, false, Anchor::Middle, Ink::Reference);
        }
        let bins = self.bins.len();
        frame.describe(
            self.bins.iter().enumerate().map(|(index, count)| {
                format!("{}–{}% {count}명", 100 * index / bins, 100 * (index + 1) / bins)
            }),
        );
        frame.scene
    }
}

/// Edges of bins are what the axis names, not their middles.
fn edges(frame: &mut Frame, plot: Area) {
    for percent in (0..=100_u64).step_by(10) {
        let x = plot.x + plot.width * length(percent) / 100.0;
        let anchor = if percent == 100 { Anchor::End } else { Anchor::Middle };
        let at = (x, plot.bottom() + 18.0);
        frame.words(at, &percent.to_string(), LABEL, false, anchor, Ink::Muted);
    }
    let at = (plot.right(), plot.bottom() + 36.0);
    frame.words(at, "출석률 (%)", LABEL, false, Anchor::End, Ink::Muted);
}
