//! Prints a template with facts of nobody: `cargo run -p madang-documents --example print -- TEMPLATE.json >certificate.pdf`.
//! Without a file, the name of a built-in template does: `portrait`, `landscape`.

use std::{error::Error, fs, io::Write as _};

use chrono::NaiveDate;
use madang_documents::{BuiltIn, Certificate, Edition, Printer, Template};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1).unwrap_or_else(|| "portrait".to_owned());
    let document = match BuiltIn::ALL.into_iter().find(|built_in| built_in.name() == argument) {
        Some(built_in) => built_in.document().clone(),
        None => serde_json::from_str(&fs::read_to_string(argument)?)?,
    };
    let template = Template::parse(&document).inspect_err(|error| {
        for fault in &error.faults {
            eprintln!("{}: {}", fault.pointer, fault.message);
        }
    })?;
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).ok_or("no such day");
    let certificate = Certificate {
        number: "제2026-0123호".to_owned(),
        name: "홍길동".to_owned(),
        roman_name: Some("HONG Gildong".to_owned()),
        course: "어르신을 위한 스마트폰 활용과 생활 속 디지털 안전".to_owned(),
        classes: vec!["1기".to_owned()],
        begins_on: day(2026, 3, 2)?,
        ends_on: day(2026, 6, 20)?,
        minutes: Some(1_920),
        percent: Some("93.7".to_owned()),
        issued_on: day(2026, 6, 25)?,
        expires_on: None,
        issuer: "마당평생교육원".to_owned(),
        code: "8F3K-2M9P-QX7T-4WZA-C".to_owned(),
        verification_address: "https://madang.example.kr/verify/8F3K2M9PQX7T4WZAC".to_owned(),
    };
    let pdf = Printer::new()?.print(&template, &certificate, Edition::Certificate)?;
    std::io::stdout().write_all(&pdf)?;
    Ok(())
}
