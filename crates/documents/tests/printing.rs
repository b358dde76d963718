//! What comes out of the printer: the same bytes every time, letters that can be copied, everything inside its box.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic, as tests may"
)]

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use madang_documents::{BuiltIn, Certificate, Edition, PrintError, Printer, Template};
use proptest::prelude::*;
use serde_json::{Value, json};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn certificate() -> Certificate {
    Certificate {
        number: "제2026-0123호".to_owned(),
        name: "홍길동".to_owned(),
        roman_name: Some("HONG Gildong".to_owned()),
        course: "수채화 기초".to_owned(),
        classes: vec!["1기".to_owned()],
        begins_on: day(2026, 3, 2),
        ends_on: day(2026, 6, 20),
        minutes: Some(1_920),
        percent: Some("93.7".to_owned()),
        issued_on: day(2026, 6, 25),
        expires_on: Some(day(2029, 6, 24)),
        issuer: "마당평생교육원".to_owned(),
        code: "8F3K-2M9P-QX7T-4WZA-C".to_owned(),
        verification_address: "https://madang.example.kr/verify/8F3K2M9PQX7T4WZAC".to_owned(),
    }
}

fn template(built_in: BuiltIn) -> Template {
    Template::parse(built_in.document()).unwrap()
}

fn text_only(element: &Value) -> Template {
    Template::parse(&json!({"orientation": "portrait", "elements": [element]})).unwrap()
}

/// The text as a reader would copy it, without white space, which depends on the reader.
#[expect(clippy::disallowed_methods, reason = "where the tests find pdftotext")]
fn copied(pdf: &[u8]) -> String {
    let program = std::env::var("MADANG_TEST_PDFTOTEXT").unwrap_or_else(|_| "pdftotext".to_owned());
    let mut reader = Command::new(program)
        .args(["-raw", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext, of Debian's poppler-utils");
    reader.stdin.take().unwrap().write_all(pdf).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect()
}

#[test]
fn every_word_of_a_certificate_can_be_copied() {
    let printer = Printer::new().unwrap();
    let portrait =
        copied(&printer.print(&template(BuiltIn::Portrait), &certificate(), Edition::Certificate).unwrap());
    for words in [
        "제2026-0123호",
        "수료증",
        "성명:홍길동",
        "수채화기초",
        "2026년3월2일~2026년6월20일",
        "32시간",
        "2026년6월25일",
        "유효기간:2029년6월24일까지",
        "마당평생교육원",
        "8F3K-2M9P-QX7T-4WZA-C",
        "https://madang.example.kr/verify/8F3K2M9PQX7T4WZAC",
    ] {
        assert!(portrait.contains(words), "{words} in {portrait}");
    }
    let landscape =
        copied(&printer.print(&template(BuiltIn::Landscape), &certificate(), Edition::Certificate).unwrap());
    for words in ["HONGGildong", "March2,2026–June20,2026", "32hours", "June25,2026", "ValiduntilJune24,2029"]
    {
        assert!(landscape.contains(words), "{words} in {landscape}");
    }
}

#[test]
fn the_same_facts_give_the_same_bytes_in_another_printer() {
    for built_in in BuiltIn::ALL {
        let print = || {
            Printer::new().unwrap().print(&template(built_in), &certificate(), Edition::Certificate).unwrap()
        };
        assert!(print() == print());
    }
}

#[test]
fn a_document_says_that_it_is_pdf_a_and_carries_only_the_glyphs_it_uses() {
    let pdf = Printer::new()
        .unwrap()
        .print(&template(BuiltIn::Portrait), &certificate(), Edition::Certificate)
        .unwrap();
    let contains = |words: &str| pdf.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(
        contains("<pdfaid:part>2</pdfaid:part>") && contains("<pdfaid:conformance>U</pdfaid:conformance>")
    );
    assert!(contains("+NanumMyeongjo"));
    assert!(pdf.len() < 200_000, "{} bytes", pdf.len());
}

#[test]
fn a_sample_differs_from_a_certificate() {
    let printer = Printer::new().unwrap();
    let print = |edition| printer.print(&template(BuiltIn::Portrait), &certificate(), edition).unwrap();
    assert!(print(Edition::Sample) != print(Edition::Certificate));
}

#[test]
fn a_character_that_no_font_has_is_named() {
    let printer = Printer::new().unwrap();
    for (name, character) in [("홍길동😀", '😀'), ("محمد", 'م'), ("\u{1112}\u{119E}\u{11AB}글", '\u{1112}')]
    {
        let facts = Certificate { name: name.to_owned(), ..certificate() };
        assert_eq!(
            printer.print(&template(BuiltIn::Portrait), &facts, Edition::Certificate),
            Err(PrintError::MissingGlyph { character })
        );
    }
}

#[test]
fn names_of_people_from_elsewhere_and_decomposed_hangul_are_printed() {
    let printer = Printer::new().unwrap();
    for name in ["Nguyễn Thị Ánh", "Дмитрий Ж", "金水色", "\u{1112}\u{1169}\u{11BC}길동", "뷁쀍똠"]
    {
        let facts = Certificate { name: name.to_owned(), ..certificate() };
        for built_in in BuiltIn::ALL {
            printer.print(&template(built_in), &facts, Edition::Certificate).unwrap();
        }
    }
}

#[test]
fn the_longest_facts_that_are_stored_fit_both_templates() {
    let printer = Printer::new().unwrap();
    let words = "지역사회 어르신과 함께하는 생활 속 디지털 안전과 금융 이해 ";
    for (name, title) in [
        ("가".repeat(100), "뷁".repeat(200)),
        (
            "Wolfeschlegelsteinhausenbergerdorff ".repeat(3).chars().take(99).collect(),
            words.repeat(9).chars().take(200).collect(),
        ),
        ("W".repeat(100), "W".repeat(200)),
    ] {
        let facts = Certificate {
            roman_name: Some(name.clone()),
            name,
            course: title.clone(),
            issuer: title.chars().take(100).collect(),
            verification_address: format!(
                "https://{}.example.kr/verify/8F3K2M9PQX7T4WZAC",
                "madang".repeat(10)
            ),
            ..certificate()
        };
        for built_in in BuiltIn::ALL {
            let pdf = printer.print(&template(built_in), &facts, Edition::Certificate).unwrap();
            let file =
                format!("{}/long-{}-{}.pdf", env!("CARGO_TARGET_TMPDIR"), built_in.name(), title.len());
            std::fs::write(file, &pdf).unwrap();
            let text = copied(&pdf);
            let course: String = title.split_whitespace().collect();
            assert!(text.contains(&course), "{course} in {text}");
        }
    }
}

#[test]
fn what_does_not_fit_at_its_minimum_size_is_an_error_and_not_an_overflow() {
    let box_of = |height: f32| {
        text_only(&json!({
            "type": "text", "text": "{course}", "x": 10, "y": 10, "width": 20, "height": height, "size": 12, "minimum_size": 10,
        }))
    };
    let printer = Printer::new().unwrap();
    let facts =
        Certificate { course: "가나다라마바사아자차카타파하".to_owned(), ..certificate() };
    assert_eq!(
        printer.print(&box_of(6.0), &facts, Edition::Certificate),
        Err(PrintError::TextTooLong { element: 0 })
    );
    assert!(printer.print(&box_of(30.0), &facts, Edition::Certificate).is_ok());
}

#[test]
fn a_certificate_without_some_facts_leaves_their_lines_out() {
    let facts = Certificate { minutes: None, expires_on: None, roman_name: None, ..certificate() };
    let printer = Printer::new().unwrap();
    for built_in in BuiltIn::ALL {
        let text = copied(&printer.print(&template(built_in), &facts, Edition::Certificate).unwrap());
        assert!(
            !text.contains("교육시간") && !text.contains("유효기간") && !text.contains("hours"),
            "{text}"
        );
    }
}

#[test]
fn an_address_too_long_for_a_qr_code_is_an_error() {
    let facts =
        Certificate { verification_address: format!("https://{}", "a".repeat(4_000)), ..certificate() };
    let template = text_only(&json!({"type": "qr", "x": 10, "y": 10, "size": 30}));
    assert_eq!(
        Printer::new().unwrap().print(&template, &facts, Edition::Certificate),
        Err(PrintError::AddressTooLong)
    );
}

#[test]
fn a_certificate_takes_less_than_fifty_milliseconds() {
    let printer = Printer::new().unwrap();
    let template = template(BuiltIn::Portrait);
    // The fastest of some, because the machine does other things, too. The measured build is not optimised.
    let fastest = (0..5)
        .map(|_| {
            let begun = Instant::now();
            printer.print(&template, &certificate(), Edition::Certificate).unwrap();
            begun.elapsed()
        })
        .min()
        .unwrap();
    assert!(fastest < Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 50 }), "{fastest:?}");
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (0.0..250.0_f64).prop_map(|number| json!(number)),
        1 => Just(json!(-1)),
        1 => Just(json!(1e39)),
        1 => Just(json!("wide")),
        1 => Just(Value::Null),
    ]
}

fn any_element() -> impl Strategy<Value = Value> {
    let kind = prop_oneof!["text", "line", "rectangle", "frame", "image", "seal", "qr", "[a-z]{1,8}"];
    let keys = prop::sample::subsequence(
        vec![
            "x",
            "y",
            "width",
            "height",
            "size",
            "x1",
            "y1",
            "x2",
            "y2",
            "thickness",
            "band",
            "minimum_size",
            "line_height",
            "letter_spacing",
        ],
        0..14,
    );
    (kind, keys, prop::collection::vec(number(), 14), ".{0,40}", "[{}a-z가-힣]{0,30}").prop_map(
        |(kind, keys, numbers, any, braces)| {
            let mut element = json!({"type": kind});
            for (key, number) in keys.into_iter().zip(numbers) {
                element[key] = number;
            }
            if kind == "text" {
                element["text"] = json!(if any.len() % 2 == 0 { any } else { braces });
            } else if kind == "image" {
                element["png"] = json!(any);
            }
            element
        },
    )
}

/// An element whose measures are right, so that it is printed.
fn drawable_element() -> impl Strategy<Value = Value> {
    let text = ".{0,60}|[가-힣 \n]{0,200}|\\{course\\} [a-zA-Z ]{0,100}";
    (0.0..100.0_f64, 0.0..100.0_f64, 8.0..80.0_f64, 3.0..80.0_f64, 4.0..60.0_f64, text, 0_usize..4, any::<bool>()).prop_map(
        |(x, y, width, height, size, text, align, wrap)| {
            let align = ["left", "center", "right", "spread"][align];
            json!({
                "type": "text", "text": text.replace(['{', '}'], "").replace("course", "{course}"), "x": x, "y": y, "width": width,
                "height": height, "size": size, "align": align, "wrap": wrap, "letter_spacing": size / 30.0 - 0.1,
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_template_is_read_or_refused_with_a_place(elements in prop::collection::vec(any_element(), 0..6)) {
        let document = json!({"orientation": "portrait", "elements": elements});
        if let Err(error) = Template::parse(&document) {
            prop_assert!(!error.faults.is_empty());
            for fault in error.faults {
                prop_assert!(fault.pointer.starts_with("/elements"), "{fault:?}");
                prop_assert!(!fault.message.is_empty());
            }
        }
    }

    #[test]
    fn any_text_gives_a_document_or_an_error(element in drawable_element()) {
        let printer = Printer::new().unwrap();
        let template = text_only(&element);
        match printer.print(&template, &certificate(), Edition::Certificate) {
            Ok(pdf) => prop_assert!(pdf.starts_with(b"%PDF-")),
            Err(PrintError::MissingGlyph { .. } | PrintError::TextTooLong { .. }) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
