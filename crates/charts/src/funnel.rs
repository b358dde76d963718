//! A funnel: how many come how far, each stage a part of the first.

use crate::{
    frame::{Frame, Heading, LABEL, MIDDLE, WIDTH},
    scale::{grouped, length, place, whole_percent},
    scene::{Anchor, Area, Ink, Scene},
    text::{cut, width_of},
};

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What it is called.
    pub name: String,
    /// How many come so far.
    pub count: u64,
}

/// How many come how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funnel {
    /// What it shows.
    pub heading: Heading,
    /// What is counted: `명`.
    pub unit: String,
    /// The stages, all of whom first.
    pub stages: Vec<Stage>,
}

impl Funnel {
    /// So many stages are shown.
    pub const MAX_STAGES: usize = 20;

    /// The chart, laid out.
    pub fn scene(&self) -> Scene {
        const STEP: f32 = 46.0;
        const SIZE: f32 = 13.0;
        let stages = self.stages.get(..self.stages.len().min(Self::MAX_STAGES)).unwrap_or_default();
        let height = 110.0 + STEP * place(stages.len()).max(3.0);
        let mut frame = Frame::new(&self.heading, (WIDTH, height), &[]);
        let first = stages.first().map_or(0, |stage| stage.count);
        let most = stages.iter().map(|stage| stage.count).max().unwrap_or_default();
        if most == 0 {
            frame.nothing();
            return frame.scene;
        }
        let free = frame.free;
        let text = |stage: &Stage| {
            let share = whole_percent(stage.count, first);
            let share = if share.is_empty() { share } else { format!(" · {share}") };
            format!("{}{}{share}", grouped(stage.count), self.unit)
        };
        let names =
            stages.iter().map(|stage| width_of(&stage.name, SIZE)).fold(0.0, f32::max).min(180.0) + 16.0;
        let values =
            stages.iter().map(|stage| width_of(&text(stage), SIZE)).fold(0.0, f32::max).min(200.0) + 12.0;
        let room = free.width - names - values;
        let axis =
            format!("단위: {} · 비율은 {} 대비", self.unit, stages.first().map_or("", |stage| &stage.name));
        frame.words(
            (free.x, free.y + 6.0),
            &cut(&axis, LABEL, free.width),
            LABEL,
            false,
            Anchor::Start,
            Ink::Muted,
        );
        let mut areas = Vec::new();
        for (index, stage) in stages.iter().enumerate() {
            let top = free.y + 22.0 + STEP * place(index);
            let area = Area {
                x: free.x + names,
                y: top,
                width: (room * length(stage.count) / length(most)).max(1.0),
                height: STEP - 14.0,
            };
            let base = top + area.height / 2.0 + SIZE * MIDDLE;
            let name = cut(&stage.name, SIZE, names - 16.0);
            frame.words((area.x - 12.0, base), &name, SIZE, false, Anchor::End, Ink::Text);
            let value = cut(&text(stage), SIZE, values - 12.0);
            frame.words((area.right() + 10.0, base), &value, SIZE, true, Anchor::Start, Ink::Text);
            areas.push(area);
        }
        frame.boxes(areas, Ink::Main, None);
        let x = free.x + names;
        let bottom = free.y + 22.0 + STEP * place(stages.len());
        frame.line((x, free.y + 16.0), (x, bottom - 8.0), Ink::Muted, 1.0, false);
        frame.describe(stages.iter().map(|stage| format!("{} {}", stage.name, text(stage))));
        frame.scene
    }
}
