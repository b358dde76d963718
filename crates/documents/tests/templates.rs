//! Templates that are refused, and where the fault is.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use madang_documents::{BuiltIn, Template, template::Limits};
use serde_json::{Value, json};

fn faults(elements: &Value) -> Vec<String> {
    match Template::parse(&json!({"orientation": "portrait", "elements": elements})) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults.into_iter().map(|fault| fault.pointer).collect(),
    }
}

fn png(width: u32, height: u32, color: png::ColorType) -> String {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    let pixels = vec![200; width as usize * height as usize * color.samples()];
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    STANDARD.encode(file)
}

#[test]
fn the_built_in_templates_are_right() {
    for built_in in BuiltIn::ALL {
        assert_eq!(Template::parse(built_in.document()).map(|_| ()), Ok(()));
    }
}

#[test]
fn every_fault_is_told_with_its_place() {
    let text = json!({"type": "text", "text": "가", "x": 10, "y": 10, "width": 20, "height": 10, "size": 12});
    let with = |key: &str, value: Value| {
        let mut element = text.clone();
        element[key] = value;
        element
    };
    assert_eq!(faults(&json!([text])), Vec::<String>::new());
    assert_eq!(
        faults(&json!([
            with("size", json!(1)),
            with("size", json!("large")),
            with("x", json!(200)),
            with("y", json!(1e39)),
            with("text", json!("{salary}")),
            with("text", json!("{course")),
            with("text", json!("가".repeat(2_001))),
            with("color", json!("red")),
            with("font", json!("gungseo")),
            with("only_with", json!("salary")),
            with("rotation", json!(90)),
            with("line_height", json!(9)),
            json!({"type": "circle"}),
            json!({"x": 1}),
            json!(7),
            json!({"type": "line", "x1": 0, "y1": 0, "x2": 300, "y2": 10, "thickness": 0}),
            json!({"type": "image", "x": 1, "y": 1, "width": 10, "height": 10, "png": "kein PNG"}),
            json!({"type": "qr", "x": 1, "y": 1, "size": 5}),
        ])),
        [
            "/elements/0/size",
            "/elements/1/size",
            "/elements/2",
            "/elements/3",
            "/elements/4/text",
            "/elements/5/text",
            "/elements/6/text",
            "/elements/7/color",
            "/elements/8/font",
            "/elements/9/only_with",
            "/elements/10/rotation",
            "/elements/11/line_height",
            "/elements/12/type",
            "/elements/13/type",
            "/elements/14/type",
            "/elements/15/x2",
            "/elements/15/thickness",
            "/elements/16/png",
            "/elements/17/size",
        ]
    );
}

#[test]
fn what_is_no_template_is_refused_as_a_whole() {
    for (document, pointer) in [
        (json!([]), ""),
        (json!({"orientation": "portrait"}), ""),
        (json!({"orientation": "diagonal", "elements": []}), "/orientation"),
        (json!({"orientation": "portrait", "elements": [], "paper": "a3"}), "/paper"),
        (json!({"orientation": "portrait", "elements": vec![json!({}); Limits::ELEMENTS + 1]}), "/elements"),
    ] {
        assert_eq!(Template::parse(&document).unwrap_err().faults[0].pointer, pointer, "{document}");
    }
}

#[test]
fn braces_are_doubled_to_be_printed() {
    let text = json!({"type": "text", "text": "{{{name}}}", "x": 10, "y": 10, "width": 20, "height": 10, "size": 12});
    assert_eq!(faults(&json!([text])), Vec::<String>::new());
}

#[test]
fn a_picture_is_a_png_of_any_kind_within_its_limits() {
    let seal = |png: String| json!({"type": "seal", "x": 10, "y": 10, "size": 20, "png": png});
    for color in
        [png::ColorType::Grayscale, png::ColorType::GrayscaleAlpha, png::ColorType::Rgb, png::ColorType::Rgba]
    {
        assert_eq!(faults(&json!([seal(png(20, 10, color))])), Vec::<String>::new(), "{color:?}");
    }
    let too_wide = seal(png(Limits::PICTURE_PIXELS + 1, 1, png::ColorType::Grayscale));
    let too_large = seal(STANDARD.encode(vec![0; Limits::PICTURE_BYTES + 1]));
    let cut = seal(STANDARD.encode(&STANDARD.decode(png(20, 10, png::ColorType::Rgb)).unwrap()[..40]));
    assert_eq!(
        faults(&json!([too_wide, too_large, cut])),
        ["/elements/0/png", "/elements/1/png", "/elements/2/png"]
    );
}
