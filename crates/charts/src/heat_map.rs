//! A heat map: learners by lectures, a letter on every mark that is not the usual one.

use crate::{
    frame::{Entry, Frame, Heading, LABEL, MARGIN, MIDDLE, WIDTH},
    scale::{grouped, place},
    scene::{Anchor, Area, Ink, Scene},
    status::Status,
    text::{cut, width_of},
};

/// The width of names.
const NAMES: f32 = 120.0;
/// The height of what stands above the learners.
const ABOVE: f32 = 146.0;

/// A learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerRow {
    /// What the learner is called.
    pub name: String,
    /// What is said at each lecture; `None` where nothing has to be said.
    pub cells: Vec<Option<Status>>,
    /// The rate as people read it.
    pub rate: String,
}

/// Learners by lectures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatMap {
    /// What it shows.
    pub heading: Heading,
    /// The lectures, each by its number or day.
    pub lectures: Vec<String>,
    /// The learners, those first who are to be seen if not all can.
    pub rows: Vec<LearnerRow>,
}

impl HeatMap {
    /// So many learners are shown.
    pub const MAX_ROWS: usize = 200;
    /// So many lectures are shown, the last ones.
    pub const MAX_COLUMNS: usize = 100;

    /// The chart, laid out.
    pub fn scene(&self) -> Scene {
        let rows = self.rows.get(..self.rows.len().min(Self::MAX_ROWS)).unwrap_or_default();
        let left_out = self.lectures.len().saturating_sub(Self::MAX_COLUMNS);
        let lectures = self.lectures.get(left_out..).unwrap_or_default();
        let cell_height = if rows.len() <= 60 { 20.0 } else { 13.0 };
        let rates =
            rows.iter().map(|row| width_of(&row.rate, LABEL)).fold(width_of("출석률", LABEL), f32::max);
        let free = WIDTH - MARGIN * 2.0 - NAMES - rates - 12.0;
        let cell_width = (free / place(lectures.len()).max(1.0)).clamp(15.0, 44.0);
        let grid_width = cell_width * place(lectures.len());
        let width = (MARGIN * 2.0 + NAMES + grid_width + rates + 12.0).max(WIDTH);
        let mut legend: Vec<Entry<'_>> = Status::ALL
            .into_iter()
            .map(|status| Entry {
                name: status.name(),
                ink: Ink::Status(status),
                hatch: None,
                letter: status.letter(),
            })
            .collect();
        legend.push(Entry { name: "(빈칸) 해당 없음", ink: Ink::Paper, hatch: None, letter: None });
        let mut heading = self.heading.clone();
        if rows.len() < self.rows.len() || left_out > 0 {
            let cuts = [
                (rows.len() < self.rows.len())
                    .then(|| format!("수강생 {}명 중 {}명", grouped_len(self.rows.len()), rows.len())),
                (left_out > 0).then(|| {
                    format!("차시 {}개 중 마지막 {}개", grouped_len(self.lectures.len()), lectures.len())
                }),
            ];
            let cuts: Vec<String> = heading.subtitle.into_iter().chain(cuts.into_iter().flatten()).collect();
            heading.subtitle = Some(cuts.join(" · "));
        }
        let height = ABOVE + cell_height * place(rows.len()).max(4.0) + MARGIN;
        let mut frame = Frame::new(&heading, (width, height), &legend);
        if rows.is_empty() || lectures.is_empty() {
            frame.nothing();
            return frame.scene;
        }
        let grid = Area {
            x: MARGIN + NAMES,
            y: frame.free.y + 34.0,
            width: grid_width,
            height: cell_height * place(rows.len()),
        };
        axes(&mut frame, grid, lectures, cell_width);
        let cell = Cell { width: cell_width, height: cell_height };
        cells(&mut frame, grid, cell, rows, left_out, rates);
        frame.describe(rows.iter().map(|row| {
            let odd = row.cells.iter().flatten().filter(|status| **status != Status::Present).count();
            format!("{} {} (출석 외 {odd}회)", row.name, row.rate)
        }));
        frame.scene
    }
}

#[derive(Clone, Copy)]
struct Cell {
    width: f32,
    height: f32,
}

fn grouped_len(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

fn axes(frame: &mut Frame, grid: Area, lectures: &[String], cell_width: f32) {
    let base = grid.y - 7.0;
    frame.words((MARGIN, base), "수강생", LABEL, false, Anchor::Start, Ink::Muted);
    frame.words((grid.x, base - 18.0), "차시", LABEL, false, Anchor::Start, Ink::Muted);
    let widest = lectures.iter().map(|label| width_of(label, 11.0)).fold(0.0, f32::max).min(48.0);
    let every = ((widest + 4.0) / cell_width).ceil().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
    let every = every as usize;
    for (index, label) in lectures.iter().enumerate().step_by(every) {
        let at = (grid.x + cell_width * (place(index) + 0.5), base);
        frame.words(at, &cut(label, 11.0, 48.0), 11.0, false, Anchor::Middle, Ink::Muted);
    }
}

fn cells(frame: &mut Frame, grid: Area, cell: Cell, rows: &[LearnerRow], left_out: usize, rates: f32) {
    let right = grid.right() + 12.0 + rates;
    frame.words((right, grid.y - 7.0), "출석률", LABEL, false, Anchor::End, Ink::Muted);
    let size = if cell.height < 16.0 { 9.0 } else { LABEL };
    let mut areas = Status::ALL.map(|status| (status, Vec::new()));
    let mut letters = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let top = grid.y + cell.height * place(index);
        let base = top + cell.height / 2.0 + size * MIDDLE;
        let name = cut(&row.name, size, NAMES - 8.0);
        frame.words((MARGIN, base), &name, size, false, Anchor::Start, Ink::Text);
        frame.words((right, base), &row.rate, size, false, Anchor::End, Ink::Text);
        for (column, status) in row.cells.iter().skip(left_out).enumerate() {
            let x = grid.x + cell.width * place(column);
            if let Some(status) = status
                && x + cell.width <= grid.right() + 0.01
            {
                let area =
                    Area { x: x + 0.5, y: top + 0.5, width: cell.width - 1.0, height: cell.height - 1.0 };
                let of_status = areas.iter_mut().find(|(one, _)| one == status);
                if let Some((_, areas)) = of_status {
                    areas.push(area);
                }
                if let Some(letter) = status.letter() {
                    letters.push(((x + cell.width / 2.0, base), letter));
                }
            }
        }
    }
    for (status, areas) in areas {
        frame.boxes(areas, Ink::Status(status), None);
    }
    for (at, letter) in letters {
        frame.words(at, letter, size, true, Anchor::Middle, Ink::OnStatus);
    }
}
