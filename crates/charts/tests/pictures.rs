//! Every chart, with no, one and a thousand values: sound XML, nothing outside of the picture, and the same as before.

#![expect(clippy::unwrap_used, reason = "a test is to fail where it goes wrong")]

use madang_charts::{
    Anchor, Area, Bar, Bars, Chart, Column, Counts, Funnel, Heading, HeatMap, Histogram, LearnerRow, Measure,
    Reference, Scene, Shape, Stacked, Stage, Status, Theme, width_of,
};
use proptest::prelude::*;

const NAME: &str = "남궁민수<script>alert(1)</script>\u{0}&\u{202e}가나다라마바사아자차카타파하";

fn heading(title: &str) -> Heading {
    Heading {
        title: title.to_owned(),
        subtitle: Some("2026-03-02 ~ 2026-05-31 · 수채화 기초 3기".to_owned()),
    }
}

fn bars(values: &[Option<f32>], label: &str, measure: Measure) -> Chart {
    Chart::Bars(Bars {
        heading: heading("주별 출석률"),
        measure,
        values_are: "출석률 (%)".to_owned(),
        labels_are: "주 (월요일 시작)".to_owned(),
        bars: values
            .iter()
            .enumerate()
            .map(|(index, value)| Bar {
                label: format!("{label}{}", index + 1),
                value: *value,
                text: value.map_or_else(String::new, |value| format!("{value:.1}")),
                is_partial: index + 1 == values.len(),
            })
            .collect(),
        reference: Some(Reference { value: 80.0, label: "수료 기준 80%".to_owned() }),
    })
}

fn stacked(counts: &[Counts], label: &str) -> Chart {
    Chart::Stacked(Stacked {
        heading: heading("차시별 출석 현황"),
        values_are: "출석 기록 (건)".to_owned(),
        labels_are: "차시".to_owned(),
        columns: counts
            .iter()
            .enumerate()
            .map(|(index, counts)| Column { label: format!("{label}{}", index + 1), counts: *counts })
            .collect(),
    })
}

fn heat_map(rows: usize, lectures: usize, name: &str) -> Chart {
    let cell = |row: usize, lecture: usize| match (row * 7 + lecture * 13) % 17 {
        0 => Some(Status::Late),
        1 => Some(Status::Absent),
        2 if row.is_multiple_of(3) => Some(Status::Excused),
        3 if row.is_multiple_of(4) => Some(Status::EarlyLeave),
        4 if row.is_multiple_of(5) => Some(Status::Unmarked),
        5 if row.is_multiple_of(6) => None,
        _ => Some(Status::Present),
    };
    Chart::HeatMap(HeatMap {
        heading: heading("출석부"),
        lectures: (1..=lectures).map(|number| number.to_string()).collect(),
        rows: (0..rows)
            .map(|row| LearnerRow {
                name: format!("{name}{row}"),
                cells: (0..lectures).map(|lecture| cell(row, lecture)).collect(),
                rate: "93.7%".to_owned(),
            })
            .collect(),
    })
}

fn funnel(stages: &[(&str, u64)]) -> Chart {
    let stage = |(name, count): &(&str, u64)| Stage { name: (*name).to_owned(), count: *count };
    Chart::Funnel(Funnel {
        heading: heading("수료 현황"),
        unit: "명".to_owned(),
        stages: stages.iter().map(stage).collect(),
    })
}

fn histogram(bins: Vec<u64>) -> Chart {
    Chart::Histogram(Histogram { heading: heading("출석률 분포"), bins, threshold: Some(80.0) })
}

fn counts(index: u64) -> Counts {
    Counts {
        present: 20 + index % 7,
        late: index % 4,
        early_leave: index % 3,
        excused: index % 2,
        absent: index % 5,
        unmarked: index % 6 / 5,
    }
}

/// One of each kind, as it usually is.
fn usual() -> Vec<(&'static str, Chart)> {
    let rates = [Some(92.5), Some(88.0), None, Some(79.2), Some(100.0), Some(64.3), Some(85.0)];
    let statuses: Vec<Counts> = (0..12).map(counts).collect();
    vec![
        ("bars", bars(&rates, "3/", Measure::Percent)),
        ("stacked", stacked(&statuses, "")),
        ("heat_map", heat_map(9, 12, "김하늘")),
        ("funnel", funnel(&[("등록", 30), ("수강 중", 28), ("수료 가능", 25), ("수료", 24)])),
        ("histogram", histogram(vec![0, 0, 0, 1, 0, 2, 3, 5, 11, 8])),
    ]
}

/// With no, one and many values, and with what nobody expects.
fn unusual() -> Vec<Chart> {
    let many: Vec<Option<f32>> = (0_u8..250).cycle().take(1_000).map(|n| Some(f32::from(n))).collect();
    let statuses: Vec<Counts> = (0..1_000).map(counts).collect();
    let huge = Counts { present: u64::MAX, absent: u64::MAX, ..Counts::default() };
    vec![
        bars(&[], "", Measure::Percent),
        bars(&[Some(50.0)], NAME, Measure::Percent),
        bars(&[Some(f32::NAN), Some(f32::INFINITY), Some(-3.0), None], "", Measure::Count),
        bars(&many, NAME, Measure::Count),
        bars(&many, "", Measure::Percent),
        stacked(&[], ""),
        stacked(&[Counts::default()], NAME),
        stacked(&[huge, Counts::default()], ""),
        stacked(&statuses, NAME),
        heat_map(0, 0, ""),
        heat_map(0, 3, ""),
        heat_map(1, 1, NAME),
        heat_map(1_000, 1_000, NAME),
        funnel(&[]),
        funnel(&[("등록", 0)]),
        funnel(&[(NAME, 1)]),
        funnel(&[("등록", 0), ("수료", u64::MAX)]),
        funnel(&[("등록", 1_000); 1_000]),
        histogram(Vec::new()),
        histogram(vec![1]),
        histogram(vec![3; 1_000]),
        histogram(vec![u64::MAX; 10]),
    ]
}

/// Where a shape reaches, as far as one can tell without a font.
fn reach(shape: &Shape) -> Vec<Area> {
    match shape {
        Shape::Boxes { areas, .. } => areas.clone(),
        Shape::Line { from, to, .. } => {
            let (x, y) = (from.0.min(to.0), from.1.min(to.1));
            vec![Area { x, y, width: (from.0 - to.0).abs(), height: (from.1 - to.1).abs() }]
        }
        Shape::Words { at, text, size, anchor, .. } => {
            let width = width_of(text, *size);
            let x = match anchor {
                Anchor::Start => at.0,
                Anchor::Middle => at.0 - width / 2.0,
                Anchor::End => at.0 - width,
            };
            vec![Area { x, y: at.1 - size, width, height: *size }]
        }
    }
}

fn assert_sound(chart: &Chart) {
    let scene: Scene = chart.scene();
    for area in scene.shapes.iter().flat_map(reach) {
        let Area { x, y, width, height } = area;
        assert!(x.is_finite() && y.is_finite() && width >= 0.0 && height >= 0.0, "{area:?}");
        let inside = x >= -0.5
            && y >= -0.5
            && area.right() <= scene.width + 0.5
            && area.bottom() <= scene.height + 0.5;
        assert!(inside, "{area:?} of {}×{}: {:?}", scene.width, scene.height, chart.heading());
    }
    for theme in Theme::ALL {
        let text = chart.svg(theme);
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "svg");
        let mut children = root.children().filter(roxmltree::Node::is_element);
        assert_eq!(children.next().unwrap().tag_name().name(), "title");
        assert!(!children.next().unwrap().text().unwrap_or_default().is_empty());
        assert!(!text.contains("NaN") && !text.contains("inf") && !text.contains("script>alert"));
        assert!(
            !document.descendants().any(|node| node.has_tag_name("script") || node.has_tag_name("style"))
        );
    }
}

#[test]
fn every_chart_is_sound_with_no_one_and_a_thousand_values() {
    for chart in unusual().iter().chain(usual().iter().map(|(_, chart)| chart)) {
        assert_sound(chart);
    }
}

#[test]
fn charts_look_as_they_did() {
    for (name, chart) in usual() {
        for theme in Theme::ALL {
            insta::assert_snapshot!(format!("{name}_{}", theme.as_str()), chart.svg(theme));
        }
    }
}

#[test]
fn what_colour_tells_is_told_a_second_time() {
    let mut hatches: Vec<_> = Status::ALL.iter().map(|status| status.hatch()).collect();
    let mut letters: Vec<_> = Status::ALL.iter().map(|status| status.letter()).collect();
    hatches.sort_unstable();
    hatches.dedup();
    letters.sort_unstable();
    letters.dedup();
    assert_eq!((hatches.len(), letters.len()), (6, 6));
}

#[test]
fn a_rate_of_exactly_a_hundred_percent_lies_in_the_last_bin_and_an_edge_in_the_upper_one() {
    let bins = Histogram::bins_of([(20, 20), (16, 20), (159, 200), (0, 20), (0, 0)], 10);
    assert_eq!(bins, [1, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
}

proptest! {
    #[test]
    fn any_figures_and_texts_make_a_sound_picture(
        values in prop::collection::vec(prop::option::of(any::<f32>()), 0..40),
        counts in prop::collection::vec(any::<[u64; 6]>(), 0..40),
        text in "\\PC{0,60}|[\\x00-\\x1f<>&\"'\\]]{0,20}",
        bins in prop::collection::vec(any::<u64>(), 0..30),
    ) {
        let counts: Vec<Counts> = counts
            .into_iter()
            .map(|[present, late, early_leave, excused, absent, unmarked]| {
                Counts { present, late, early_leave, excused, absent, unmarked }
            })
            .collect();
        assert_sound(&bars(&values, &text, Measure::Percent));
        assert_sound(&bars(&values, &text, Measure::Count));
        assert_sound(&stacked(&counts, &text));
        assert_sound(&heat_map(values.len(), counts.len(), &text));
        let stages: Vec<(&str, u64)> = bins.iter().map(|count| (text.as_str(), *count)).collect();
        assert_sound(&funnel(&stages));
        assert_sound(&histogram(bins));
    }
}
