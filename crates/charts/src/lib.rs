//! Charts: figures in, a picture out. No data is fetched and nothing is written here.
//!
//! Each kind of chart is a struct whose `scene` lays it out as a [`Scene`], a handful of shapes in roles of ink. [`svg`] writes a
//! scene as SVG in a [`Theme`]; `madang-documents` draws the same shapes on paper. Whatever is told by colour is told a second
//! time, by a hatch, a letter or the text beside it.

mod bars;
mod frame;
mod funnel;
mod heat_map;
mod histogram;
mod scale;
mod scene;
mod stacked;
mod status;
mod svg;
mod text;
mod theme;

pub use bars::{Bar, Bars, Measure, Reference};
pub use frame::Heading;
pub use funnel::{Funnel, Stage};
pub use heat_map::{HeatMap, LearnerRow};
pub use histogram::Histogram;
pub use scene::{Anchor, Area, Hatch, Ink, Scene, Shape};
pub use stacked::{Column, Stacked};
pub use status::{Counts, Status};
pub use svg::svg;
pub use text::{cut, width_of};
pub use theme::Theme;

/// A chart of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// One value for each week, month or class.
    Bars(Bars),
    /// Marks by status for each week or lecture.
    Stacked(Stacked),
    /// Learners by lectures.
    HeatMap(HeatMap),
    /// How many come how far.
    Funnel(Funnel),
    /// How rates are distributed.
    Histogram(Histogram),
}

impl Chart {
    /// What it shows, for people.
    pub fn heading(&self) -> &Heading {
        match self {
            Self::Bars(chart) => &chart.heading,
            Self::Stacked(chart) => &chart.heading,
            Self::HeatMap(chart) => &chart.heading,
            Self::Funnel(chart) => &chart.heading,
            Self::Histogram(chart) => &chart.heading,
        }
    }

    /// The chart, laid out.
    pub fn scene(&self) -> Scene {
        match self {
            Self::Bars(chart) => chart.scene(),
            Self::Stacked(chart) => chart.scene(),
            Self::HeatMap(chart) => chart.scene(),
            Self::Funnel(chart) => chart.scene(),
            Self::Histogram(chart) => chart.scene(),
        }
    }

    /// The chart as SVG.
    pub fn svg(&self, theme: Theme) -> String {
        svg(&self.scene(), theme)
    }
}
