//! Draws the shapes of charts, and pages made of them, into a PDF.

use krilla::{
    geom::{Path, PathBuilder, Point, Rect},
    num::NormalizedF32,
    paint::{Fill, FillRule, LineCap, Stroke, StrokeDash},
    surface::Surface,
    text::{GlyphId, KrillaGlyph},
};
use madang_charts::{Anchor, Area, Hatch, Ink, Shape, Theme};

use crate::{
    fonts::{Family, Fonts, Glyph, Weight},
    pen::rgb_of,
};

/// How far hatch lines are from each other.
const HATCH_STEP: f32 = 4.5;
/// What stands for a character that no font has: one name must not keep a whole report from being printed.
const MISSING: char = '?';

/// How wide a text is in the fonts of the program.
pub(crate) fn width_of(fonts: &Fonts, text: &str, size: f32, bold: bool) -> f32 {
    glyphs(fonts, text, bold).map(|(_, glyph)| glyph.advance).sum::<f32>() * size
}

/// The text, cut so that it is no wider than this.
pub(crate) fn cut(fonts: &Fonts, text: &str, size: f32, bold: bool, width: f32) -> String {
    if width_of(fonts, text, size, bold) <= width {
        return text.to_owned();
    }
    let room = width - width_of(fonts, "…", size, bold);
    let mut used = 0.0;
    let kept = glyphs(fonts, text, bold).take_while(|(_, glyph)| {
        used += glyph.advance * size;
        used <= room
    });
    let kept: String = kept.map(|(letter, _)| letter).collect();
    format!("{}…", kept.trim_end())
}

fn glyphs<'f>(fonts: &'f Fonts, text: &str, bold: bool) -> impl Iterator<Item = (char, Glyph<'f>)> {
    let weight = if bold { Weight::Bold } else { Weight::Regular };
    text.chars().filter_map(move |letter| {
        let glyph = |letter| Some((letter, fonts.glyph(Family::Gothic, weight, letter)?));
        glyph(letter).or_else(|| glyph(MISSING))
    })
}

/// Draws a shape.
pub(crate) fn draw(surface: &mut Surface<'_>, fonts: &Fonts, shape: &Shape) {
    match shape {
        Shape::Boxes { areas, ink, hatch } => {
            let Some(path) = boxes(areas) else { return };
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            surface.draw_path(&path);
            if let Some(hatch) = hatch {
                hatched(surface, &path, areas, *hatch);
            }
        }
        Shape::Line { from, to, ink, width, dashed } => {
            let dash = dashed.then(|| StrokeDash { array: vec![width * 4.0, width * 2.6], offset: 0.0 });
            line(
                surface,
                *from,
                *to,
                Stroke { paint: paint(*ink), width: *width, dash, ..Stroke::default() },
            );
        }
        Shape::Words { at, text, size, bold, anchor, ink } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            let before = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => width_of(fonts, text, *size, *bold) / 2.0,
                Anchor::End => width_of(fonts, text, *size, *bold),
            };
            words(surface, fonts, (at.0 - before, at.1), text, *size, *bold);
        }
    }
}

/// A run of glyphs for each font.
fn words(
    surface: &mut Surface<'_>,
    fonts: &Fonts,
    (mut x, y): (f32, f32),
    text: &str,
    size: f32,
    bold: bool,
) {
    let letters: Vec<(char, Glyph<'_>)> = glyphs(fonts, text, bold).collect();
    for run in letters.chunk_by(|(_, one), (_, other)| std::ptr::eq(one.face, other.face)) {
        let Some((_, first)) = run.first() else { continue };
        let mut text = String::new();
        let mut advance = 0.0;
        let glyphs: Vec<KrillaGlyph> = run
            .iter()
            .map(|(letter, glyph)| {
                let begin = text.len();
                text.push(*letter);
                advance += glyph.advance;
                KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance,
                    0.0,
                    0.0,
                    0.0,
                    begin..text.len(),
                    None,
                )
            })
            .collect();
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, first.face.font.clone(), &text, size, false);
        x += advance * size;
    }
}

fn boxes(areas: &[Area]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for area in areas {
        if let Some(rect) = Rect::from_xywh(area.x, area.y, area.width, area.height) {
            path.push_rect(rect);
        }
    }
    path.finish()
}

fn hatched(surface: &mut Surface<'_>, path: &Path, areas: &[Area], hatch: Hatch) {
    surface.push_clip_path(path, &FillRule::NonZero);
    let stroke = |width, cap| Stroke {
        paint: rgb_of([0, 0, 0]).into(),
        width,
        line_cap: cap,
        opacity: NormalizedF32::new(0.55).unwrap_or(NormalizedF32::ONE),
        ..Stroke::default()
    };
    let thin = stroke(0.6, LineCap::Butt);
    let left = areas.iter().map(|area| area.x).fold(f32::INFINITY, f32::min);
    let right = areas.iter().map(Area::right).fold(f32::NEG_INFINITY, f32::max);
    let top = areas.iter().map(|area| area.y).fold(f32::INFINITY, f32::min);
    let bottom = areas.iter().map(Area::bottom).fold(f32::NEG_INFINITY, f32::max);
    let height = bottom - top;
    match hatch {
        Hatch::Rising => slanted(surface, (left, right), (bottom, -height), &thin),
        Hatch::Falling => slanted(surface, (left, right), (top, height), &thin),
        Hatch::Crossed => {
            slanted(surface, (left, right), (bottom, -height), &thin);
            slanted(surface, (left, right), (top, height), &thin);
        }
        Hatch::Level => {
            let mut y = top + HATCH_STEP / 2.0;
            while y < bottom {
                line(surface, (left, y), (right, y), thin.clone());
                y += HATCH_STEP;
            }
        }
        Hatch::Dots => {
            // Dots are dashes of no length with round ends.
            let dash = Some(StrokeDash { array: vec![0.01, HATCH_STEP], offset: 0.0 });
            let round = Stroke { dash, ..stroke(1.3, LineCap::Round) };
            let mut y = top + HATCH_STEP / 2.0;
            while y < bottom {
                line(surface, (left, y), (right, y), round.clone());
                y += HATCH_STEP;
            }
        }
    }
    surface.pop();
}

/// Lines at 45 degrees that begin at one height and go over `rise`.
fn slanted(surface: &mut Surface<'_>, (left, right): (f32, f32), (from, rise): (f32, f32), stroke: &Stroke) {
    let mut x = left - rise.abs();
    while x < right {
        line(surface, (x, from), (x + rise.abs(), from + rise), stroke.clone());
        x += HATCH_STEP;
    }
}

fn line(surface: &mut Surface<'_>, from: (f32, f32), to: (f32, f32), stroke: Stroke) {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.line_to(to.0, to.1);
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(stroke));
        surface.draw_path(&path);
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: paint(ink), ..Fill::default() }
}

fn paint(ink: Ink) -> krilla::paint::Paint {
    rgb_of(Theme::Light.color(ink)).into()
}
