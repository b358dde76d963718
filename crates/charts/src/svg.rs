//! Scenes as SVG: presentation attributes only, so that the strictest content policy shows them.

use std::fmt::Write as _;

use crate::{
    scene::{Anchor, Hatch, Ink, Scene, Shape},
    theme::Theme,
};

const FONTS: &str =
    "Pretendard, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', NanumGothic, sans-serif";

/// A scene as SVG.
pub fn svg(scene: &Scene, theme: Theme) -> String {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" lang=\"ko\" font-family=\"{FONTS}\">\n<title>"
    );
    escape(&mut text, &scene.title);
    text.push_str("</title>\n<desc>");
    escape(&mut text, &scene.description);
    text.push_str("</desc>\n");
    patterns(&mut text, scene, theme);
    for shape in &scene.shapes {
        draw(&mut text, shape, theme);
    }
    text.push_str("</svg>\n");
    text
}

/// Writing to a string can't fail.
macro_rules! put {
    ($text:expr, $($piece:tt)+) => { _ = write!($text, $($piece)+) };
}

fn patterns(text: &mut String, scene: &Scene, theme: Theme) {
    let mut used: Vec<Hatch> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Boxes { hatch, .. } => *hatch,
            Shape::Line { .. } | Shape::Words { .. } => None,
        })
        .collect();
    used.sort_unstable();
    used.dedup();
    if used.is_empty() {
        return;
    }
    text.push_str("<defs>\n");
    for hatch in used {
        let stroke = match hatch {
            Hatch::Rising => "M-1 1L1 -1M0 6L6 0M5 7L7 5",
            Hatch::Falling => "M-1 5L1 7M0 0L6 6M5 -1L7 1",
            Hatch::Dots => "M1.5 1.5h0.01M4.5 4.5h0.01",
            Hatch::Crossed => "M0 6L6 0M0 0L6 6",
            Hatch::Level => "M0 3H6",
        };
        let (width, cap) =
            if hatch == Hatch::Dots { ("1.8", " stroke-linecap=\"round\"") } else { ("1", "") };
        put!(
            text,
            "<pattern id=\"{}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"{stroke}\" \
             stroke=\"#000000\" stroke-opacity=\"0.55\" stroke-width=\"{width}\"{cap}/></pattern>\n",
            name(hatch, theme),
        );
    }
    text.push_str("</defs>\n");
}

/// Several charts may stand in one page.
fn name(hatch: Hatch, theme: Theme) -> String {
    format!("madang-{}-{}", theme.as_str(), hatch.as_str())
}

fn draw(text: &mut String, shape: &Shape, theme: Theme) {
    match shape {
        Shape::Boxes { areas, ink, hatch } => {
            let mut path = String::new();
            for area in areas {
                put!(
                    path,
                    "M{} {}H{}V{}H{}Z",
                    number(area.x),
                    number(area.y),
                    number(area.right()),
                    number(area.bottom()),
                    number(area.x),
                );
            }
            put!(text, "<path d=\"{path}\" fill=\"{}\"/>\n", color(*ink, theme));
            if let Some(hatch) = hatch {
                put!(text, "<path d=\"{path}\" fill=\"url(#{})\"/>\n", name(*hatch, theme));
            }
        }
        Shape::Line { from, to, ink, width, dashed } => {
            put!(
                text,
                "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n",
                number(from.0),
                number(from.1),
                number(to.0),
                number(to.1),
                color(*ink, theme),
                number(*width),
                if *dashed { " stroke-dasharray=\"6 4\"" } else { "" },
            );
        }
        Shape::Words { at, text: words, size, bold, anchor, ink } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            put!(
                text,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{}{anchor} fill=\"{}\">",
                number(at.0),
                number(at.1),
                number(*size),
                if *bold { " font-weight=\"700\"" } else { "" },
                color(*ink, theme),
            );
            escape(text, words);
            text.push_str("</text>\n");
        }
    }
}

fn color(ink: Ink, theme: Theme) -> String {
    let [red, green, blue] = theme.color(ink);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// To a hundredth, without zeros at the end.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// As text of an element; what XML has no place for, and what would turn the text around, becomes `�`.
fn escape(text: &mut String, raw: &str) {
    for letter in raw.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\t' | '\n' | '\r' => text.push(' '),
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}' => text.push('\u{fffd}'),
            _ => text.push(letter),
        }
    }
}
