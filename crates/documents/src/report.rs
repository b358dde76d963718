//! Reports on paper: pages of shapes, the same that charts are made of, laid out from top to bottom.
//!
//! Facts and charts come first, each table after them; a table that is too wide for a page goes on, beside its names, on the
//! next one. Every page says what it is of and which of how many.

use chrono::{DateTime, Utc};
use madang_charts::{Anchor, Area, Chart, Ink, Scene, Shape, Status};
use madang_domain::calendar::{TimeZone, local_day};
use madang_reporting::reports::{Column, ColumnKind, Report, Table, Value};

use crate::{
    drawing::{cut, width_of},
    fonts::Fonts,
};

/// A4 upright, in points.
const UPRIGHT: (f32, f32) = (595.276, 841.89);
const MARGIN: f32 = 40.0;
const FOOT: f32 = 30.0;
const CELL: f32 = 8.5;
const ROW: f32 = 17.0;
const HEADER: f32 = 27.0;

/// A page.
pub(crate) struct Page {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) shapes: Vec<Shape>,
}

/// The pages of a report.
pub(crate) fn pages(fonts: &Fonts, report: &Report) -> Vec<Page> {
    let mut paper = Paper { fonts, pages: Vec::new(), top: 0.0 };
    paper.turn(UPRIGHT);
    paper.head(report);
    for chart in &report.charts {
        paper.chart(chart);
    }
    for note in &report.notes {
        paper.note(note);
    }
    for table in &report.tables {
        paper.table(table);
    }
    paper.feet(report);
    paper.pages
}

struct Paper<'f> {
    fonts: &'f Fonts,
    pages: Vec<Page>,
    /// Where the free part of the last page begins.
    top: f32,
}

impl Paper<'_> {
    fn turn(&mut self, (width, height): (f32, f32)) {
        self.pages.push(Page { width, height, shapes: Vec::new() });
        self.top = MARGIN;
    }

    fn size(&self) -> (f32, f32) {
        self.pages.last().map_or(UPRIGHT, |page| (page.width, page.height))
    }

    fn room(&self) -> f32 {
        self.size().1 - MARGIN - FOOT - self.top
    }

    fn put(&mut self, shape: Shape) {
        if let Some(page) = self.pages.last_mut() {
            page.shapes.push(shape);
        }
    }

    fn words(&mut self, at: (f32, f32), text: &str, size: f32, bold: bool, anchor: Anchor, ink: Ink) {
        if !text.is_empty() {
            self.put(Shape::Words { at, text: text.to_owned(), size, bold, anchor, ink });
        }
    }

    fn line(&mut self, y: f32, (left, right): (f32, f32), ink: Ink, width: f32) {
        self.put(Shape::Line { from: (left, y), to: (right, y), ink, width, dashed: false });
    }

    fn head(&mut self, report: &Report) {
        const FACT: f32 = 9.5;
        let (width, _) = self.size();
        let room = width - 2.0 * MARGIN;
        self.words((MARGIN, self.top + 18.0), report.kind.title(), 19.0, true, Anchor::Start, Ink::Text);
        let subject = cut(self.fonts, &report.subject, 12.0, false, room);
        self.words((MARGIN, self.top + 38.0), &subject, 12.0, false, Anchor::Start, Ink::Muted);
        self.top += 50.0;
        self.line(self.top, (MARGIN, width - MARGIN), Ink::Text, 1.2);
        self.top += 6.0;
        let half = room / 2.0;
        for pair in report.facts.chunks(2) {
            for (place, fact) in (0_u8..).zip(pair) {
                let x = MARGIN + half * f32::from(place);
                let base = self.top + 12.0;
                self.words((x, base), fact.label, FACT, true, Anchor::Start, Ink::Muted);
                let value = fact.value.replace(['\n', '\r'], " ");
                let value = cut(self.fonts, &value, FACT, false, half - 92.0);
                self.words((x + 82.0, base), &value, FACT, false, Anchor::Start, Ink::Text);
            }
            self.top += 17.0;
        }
        self.top += 4.0;
        self.line(self.top, (MARGIN, width - MARGIN), Ink::Grid, 1.0);
        self.top += 10.0;
    }

    fn chart(&mut self, chart: &Chart) {
        let scene = chart.scene();
        let (width, height) = self.size();
        let room = width - 2.0 * MARGIN;
        let scale = (room / scene.width).min((height - 2.0 * MARGIN - FOOT) / scene.height).min(0.75);
        let needed = scene.height * scale;
        if needed > self.room() {
            self.turn(UPRIGHT);
        }
        let left = MARGIN + (room - scene.width * scale) / 2.0;
        let top = self.top;
        for shape in scaled(&scene, scale, (left, top)) {
            self.put(shape);
        }
        self.top += needed + 8.0;
    }

    fn note(&mut self, note: &str) {
        const NOTE: f32 = 8.5;
        let room = self.size().0 - 2.0 * MARGIN - 10.0;
        let mut line = String::new();
        let mut lines = Vec::new();
        for word in note.split_inclusive(' ') {
            if width_of(self.fonts, &format!("{line}{word}"), NOTE, false) > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(word);
        }
        lines.push(line);
        for (place, line) in lines.iter().enumerate() {
            if self.room() < 14.0 {
                self.turn(UPRIGHT);
            }
            if place == 0 {
                self.words((MARGIN, self.top + 10.0), "※", NOTE, false, Anchor::Start, Ink::Muted);
            }
            self.words(
                (MARGIN + 12.0, self.top + 10.0),
                line.trim_end(),
                NOTE,
                false,
                Anchor::Start,
                Ink::Muted,
            );
            self.top += 13.0;
        }
    }

    fn table(&mut self, table: &Table) {
        let mut widths = widths(self.fonts, table);
        let (short, long) = UPRIGHT;
        narrow_names(table, &mut widths, short - 2.0 * MARGIN);
        let natural: f32 = widths.iter().sum();
        let (width, height) = if natural > short - 2.0 * MARGIN + 0.1 { (long, short) } else { UPRIGHT };
        let room = width - 2.0 * MARGIN;
        let parts = parts(&widths, table.names, room);
        let several = parts.len() > 1;
        for (number, columns) in parts.iter().enumerate() {
            let used: f32 = columns.iter().filter_map(|column| widths.get(*column)).sum();
            let stretch = if several { 1.0 } else { (room / used).clamp(1.0, 1.35) };
            let part = Part { table, columns, widths: &widths, stretch };
            // A table that begins on the page of another needs room for some rows.
            if self.size() != (width, height) || self.room() < 40.0 + HEADER + ROW * 4.0 {
                self.turn((width, height));
            } else {
                self.top += 14.0;
            }
            let title = if several {
                format!("{} ({}/{})", table.title, number + 1, parts.len())
            } else {
                table.title.to_owned()
            };
            self.words((MARGIN, self.top + 13.0), &title, 13.0, true, Anchor::Start, Ink::Text);
            if table.columns.iter().any(|column| column.kind == ColumnKind::Mark) {
                let key = "○ 출석  지 지각  조 조퇴  공 공결  결 결석  ? 미기록";
                self.words((width - MARGIN, self.top + 13.0), key, CELL, false, Anchor::End, Ink::Muted);
            }
            self.top += 21.0;
            self.rows(&part, (width, height));
        }
    }

    fn rows(&mut self, part: &Part<'_>, size: (f32, f32)) {
        self.header(part);
        let rows = part.table.rows.iter().map(|row| (row, false));
        let total = part.table.total.iter().map(|row| (row, true));
        for (row, is_total) in rows.chain(total) {
            if self.room() < ROW {
                self.turn(size);
                self.header(part);
            }
            self.row(part, row, is_total);
        }
        if part.table.rows.is_empty() {
            self.words(
                (MARGIN + 4.0, self.top + 13.0),
                "자료가 없습니다.",
                CELL,
                false,
                Anchor::Start,
                Ink::Muted,
            );
            self.top += ROW;
        }
    }

    fn header(&mut self, part: &Part<'_>) {
        let (top, width) = (self.top, part.width());
        let area = Area { x: MARGIN, y: top, width, height: HEADER };
        self.put(Shape::Boxes { areas: vec![area], ink: Ink::Grid, hatch: None });
        for (column, x, width) in part.places() {
            let middle = x + width / 2.0;
            match column.title.split_once(' ') {
                Some((upper, lower)) if column.kind == ColumnKind::Mark => {
                    let size = CELL - 1.5;
                    let upper = cut(self.fonts, upper, size, true, width - 2.0);
                    let lower = cut(self.fonts, lower, size, false, width - 2.0);
                    self.words((middle, top + 11.0), &upper, size, true, Anchor::Middle, Ink::Text);
                    self.words((middle, top + 21.0), &lower, size, false, Anchor::Middle, Ink::Muted);
                }
                _ => {
                    let title = cut(self.fonts, &column.title, CELL, true, width - 4.0);
                    self.words((middle, top + 16.5), &title, CELL, true, Anchor::Middle, Ink::Text);
                }
            }
        }
        self.line(top + HEADER, (MARGIN, MARGIN + width), Ink::Muted, 0.8);
        self.top += HEADER;
    }

    fn row(&mut self, part: &Part<'_>, row: &[Value], is_total: bool) {
        let top = self.top;
        let base = top + 12.0;
        if is_total {
            self.line(top, (MARGIN, MARGIN + part.width()), Ink::Muted, 0.8);
        } else {
            self.line(top + ROW, (MARGIN, MARGIN + part.width()), Ink::Grid, 0.5);
        }
        for ((column, x, width), index) in part.places().into_iter().zip(part.columns) {
            let Some(value) = row.get(*index) else { continue };
            if let Value::Mark(status) = value {
                self.mark(*status, Area { x, y: top, width, height: ROW });
                continue;
            }
            let text = cut(self.fonts, &value.for_people(), CELL, is_total, width - 6.0);
            match column.kind {
                ColumnKind::Count | ColumnKind::Share => {
                    self.words((x + width - 5.0, base), &text, CELL, is_total, Anchor::End, Ink::Text);
                }
                ColumnKind::Name => {
                    self.words((x + 4.0, base), &text, CELL, is_total, Anchor::Start, Ink::Text);
                }
                ColumnKind::Text | ColumnKind::Date | ColumnKind::Mark => {
                    self.words((x + width / 2.0, base), &text, CELL, is_total, Anchor::Middle, Ink::Text);
                }
            }
        }
        self.top += ROW;
    }

    fn mark(&mut self, status: Status, cell: Area) {
        let base = cell.y + 12.0;
        let middle = cell.x + cell.width / 2.0;
        let Some(letter) = status.letter() else {
            self.words((middle, base), "○", CELL, false, Anchor::Middle, Ink::Muted);
            return;
        };
        let area =
            Area { x: cell.x + 1.0, y: cell.y + 1.0, width: cell.width - 2.0, height: cell.height - 2.0 };
        self.put(Shape::Boxes { areas: vec![area], ink: Ink::Status(status), hatch: None });
        self.words((middle, base), letter, CELL, true, Anchor::Middle, Ink::OnStatus);
    }

    fn feet(&mut self, report: &Report) {
        let count = self.pages.len();
        let left = format!("{} · {}", report.kind.title(), report.subject);
        let made = format!("집계 시각 {}", moment(report.as_of));
        for (number, page) in self.pages.iter_mut().enumerate() {
            let base = page.height - MARGIN + 6.0;
            let mut words = |at, text: String, anchor| {
                page.shapes.push(Shape::Words { at, text, size: 8.0, bold: false, anchor, ink: Ink::Muted });
            };
            let (width, room) = (page.width, page.width / 2.0 - MARGIN - 40.0);
            words((MARGIN, base), cut(self.fonts, &left, 8.0, false, room), Anchor::Start);
            words((width / 2.0, base), format!("{} / {count}", number + 1), Anchor::Middle);
            words((width - MARGIN, base), made.clone(), Anchor::End);
        }
    }
}

/// `2026-09-08 14:30 (서울)`.
fn moment(at: DateTime<Utc>) -> String {
    let midnight = madang_domain::calendar::start_of_day(local_day(at, TimeZone::SEOUL), TimeZone::SEOUL);
    let minutes = (at - midnight).num_minutes();
    format!("{} {:02}:{:02} (서울)", local_day(at, TimeZone::SEOUL), minutes / 60, minutes % 60)
}

/// Some columns of a table.
struct Part<'t> {
    table: &'t Table,
    columns: &'t [usize],
    widths: &'t [f32],
    stretch: f32,
}

impl Part<'_> {
    fn width(&self) -> f32 {
        self.columns.iter().filter_map(|column| self.widths.get(*column)).sum::<f32>() * self.stretch
    }

    /// Each column with its left edge and its width.
    fn places(&self) -> Vec<(&Column, f32, f32)> {
        let mut x = MARGIN;
        self.columns
            .iter()
            .filter_map(|index| {
                let width = self.widths.get(*index)? * self.stretch;
                let place = (self.table.columns.get(*index)?, x, width);
                x += width;
                Some(place)
            })
            .collect()
    }
}

/// How wide each column is.
fn widths(fonts: &Fonts, table: &Table) -> Vec<f32> {
    let width = |(index, column): (usize, &Column)| {
        let (least, most) = match column.kind {
            ColumnKind::Mark => return 27.0,
            ColumnKind::Count => (28.0, 60.0),
            ColumnKind::Share => (42.0, 60.0),
            ColumnKind::Date => (56.0, 60.0),
            ColumnKind::Text => (34.0, 96.0),
            ColumnKind::Name => (54.0, 130.0),
        };
        let cells = table.rows.iter().chain(&table.total).filter_map(|row| row.get(index));
        let widest = cells
            .map(|value| width_of(fonts, &value.for_people(), CELL, false))
            .fold(width_of(fonts, &column.title, CELL, true), f32::max);
        (widest + 9.0).clamp(least, most)
    };
    table.columns.iter().enumerate().map(width).collect()
}

/// Names give way where that keeps a table on an upright page.
fn narrow_names(table: &Table, widths: &mut [f32], room: f32) {
    const LEAST: f32 = 70.0;
    let over = widths.iter().sum::<f32>() - room;
    let spare = |(column, width): (&Column, &f32)| match column.kind {
        ColumnKind::Name => (width - LEAST).max(0.0),
        ColumnKind::Text | ColumnKind::Count | ColumnKind::Share | ColumnKind::Date | ColumnKind::Mark => 0.0,
    };
    let all: f32 = table.columns.iter().zip(&*widths).map(spare).sum();
    if over > 0.0 && over <= all {
        for (column, width) in table.columns.iter().zip(widths) {
            *width -= spare((column, width)) * over / all;
        }
    }
}

/// The columns of each page: those that name the row, and as many others as there is room for.
fn parts(widths: &[f32], names: usize, room: f32) -> Vec<Vec<usize>> {
    let before: f32 = widths.iter().take(names).sum();
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut used = f32::INFINITY;
    for (index, width) in widths.iter().enumerate().skip(names) {
        if used + width > room {
            parts.push((0..names).collect());
            used = before;
        }
        if let Some(part) = parts.last_mut() {
            part.push(index);
        }
        used += width;
    }
    if parts.is_empty() {
        parts.push((0..names).collect());
    }
    parts
}

/// A chart at its place on a page. The paper of the page shows through.
fn scaled(scene: &Scene, scale: f32, (left, top): (f32, f32)) -> Vec<Shape> {
    let point = |(x, y): (f32, f32)| (left + x * scale, top + y * scale);
    let is_paper = |shape: &&Shape| matches!(shape, Shape::Boxes { ink: Ink::Paper, .. });
    let moved = |shape: &Shape| match shape {
        Shape::Boxes { areas, ink, hatch } => Shape::Boxes {
            areas: areas
                .iter()
                .map(|area| Area {
                    x: left + area.x * scale,
                    y: top + area.y * scale,
                    width: area.width * scale,
                    height: area.height * scale,
                })
                .collect(),
            ink: *ink,
            hatch: *hatch,
        },
        Shape::Line { from, to, ink, width, dashed } => Shape::Line {
            from: point(*from),
            to: point(*to),
            ink: *ink,
            width: width * scale,
            dashed: *dashed,
        },
        Shape::Words { at, text, size, bold, anchor, ink } => Shape::Words {
            at: point(*at),
            text: text.clone(),
            size: size * scale,
            bold: *bold,
            anchor: *anchor,
            ink: *ink,
        },
    };
    scene.shapes.iter().filter(|shape| !is_paper(shape)).map(moved).collect()
}
