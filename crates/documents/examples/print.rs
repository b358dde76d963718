//! Prints a template with facts of nobody: `cargo run -p madang-documents --example print -- TEMPLATE.json >certificate.pdf`.
//! Without a file, the name of a built-in template does: `portrait`, `landscape`.

use std::{error::Error, fs, io::Write as _};

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
    let pdf = Printer::new()?.print(&template, &Certificate::sample(), Edition::Certificate)?;
    std::io::stdout().write_all(&pdf)?;
    Ok(())
}
