//! Puts a certificate on its page, or a report on its pages, and writes the PDF.

use std::sync::OnceLock;

use chrono::{Datelike as _, NaiveDate};
use krilla::{
    Document, SerializeSettings,
    configure::{Archival, ConfigurationBuilder},
    error::KrillaError,
    metadata::{DateTime, Metadata},
    page::PageSettings,
};
use madang_domain::calendar::{TimeZone, local_day};
use madang_reporting::reports::Report;

use crate::{
    certificate::Certificate,
    drawing,
    fonts::{Fonts, FontsUnreadable},
    pen::{POINTS, Pen},
    report::{self, Page},
    template::Template,
};

/// Whether a document may be taken for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// A certificate.
    Certificate,
    /// A preview, with 견본 across the page.
    Sample,
}

/// Why a certificate can't be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// No font has this character, so a reader would see an empty box.
    #[error("no font has the character U+{:04X}", u32::from(*character))]
    MissingGlyph {
        /// The character.
        character: char,
    },
    /// A text doesn't fit into its box, not even at its minimum size.
    #[error("the text of element {element} does not fit into its box")]
    TextTooLong {
        /// Which element of the template, from 0.
        element: usize,
    },
    /// The program was built with broken fonts.
    #[error(transparent)]
    Fonts(#[from] FontsUnreadable),
    /// The verification address is too long for a QR code.
    #[error("the verification address is too long for a QR code")]
    AddressTooLong,
    /// The document breaks a rule of PDF/A.
    #[error("the document breaks a rule of PDF/A")]
    Invalid(#[source] KrillaError),
}

/// Prints certificates. It holds the fonts: make one and keep it.
pub struct Printer {
    fonts: Fonts,
    settings: SerializeSettings,
}

static SHARED: OnceLock<Result<Printer, FontsUnreadable>> = OnceLock::new();

impl Printer {
    /// The printer of this process, which is made when it is first needed.
    ///
    /// # Errors
    /// When the program was built with broken fonts.
    pub fn shared() -> Result<&'static Self, FontsUnreadable> {
        SHARED.get_or_init(Self::new).as_ref().map_err(|error| *error)
    }

    /// Reads the fonts, which takes some milliseconds.
    ///
    /// # Errors
    /// When the program was built with broken fonts.
    pub fn new() -> Result<Self, FontsUnreadable> {
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_U)
            .finish()
            .map_err(|_| FontsUnreadable)?;
        Ok(Self {
            fonts: Fonts::read()?,
            settings: SerializeSettings { configuration, ..SerializeSettings::default() },
        })
    }

    /// Prints a certificate. The same template and facts give the same bytes.
    ///
    /// # Errors
    /// See [`PrintError`].
    pub fn print(
        &self,
        template: &Template,
        certificate: &Certificate,
        edition: Edition,
    ) -> Result<Vec<u8>, PrintError> {
        let mut document = Document::new_with(self.settings.clone());
        document.set_metadata(metadata(certificate));
        let (width, height) = template.orientation.size();
        // A4 is never an empty page, which is all that could make this `None`.
        let settings = PageSettings::from_wh(width * POINTS, height * POINTS).unwrap_or_default();
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let mut pen = Pen { fonts: &self.fonts, surface: &mut surface };
        for (index, element) in template.elements.iter().enumerate() {
            pen.element(element, certificate).map_err(|fault| fault.at(index))?;
        }
        if edition == Edition::Sample {
            pen.sample_mark(width, height).map_err(|fault| fault.at(template.elements.len()))?;
        }
        surface.finish();
        page.finish();
        document.finish().map_err(PrintError::Invalid)
    }

    /// Prints a report. The same report gives the same bytes.
    ///
    /// # Errors
    /// [`PrintError::Invalid`]; what no font has is printed as `?`.
    pub fn report(&self, report: &Report) -> Result<Vec<u8>, PrintError> {
        let mut document = Document::new_with(self.settings.clone());
        document.set_metadata(report_metadata(report));
        for Page { width, height, shapes } in report::pages(&self.fonts, report) {
            let mut page = document.start_page_with(PageSettings::from_wh(width, height).unwrap_or_default());
            let mut surface = page.surface();
            for shape in &shapes {
                drawing::draw(&mut surface, &self.fonts, shape);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(PrintError::Invalid)
    }
}

fn report_metadata(report: &Report) -> Metadata {
    let title = format!("{} {}", report.kind.title(), report.subject);
    Metadata::new()
        .document_id(format!("{title} {}", report.as_of))
        .title(title)
        .creator("Madang".to_owned())
        .language("ko".to_owned())
        .creation_date(midnight(local_day(report.as_of, TimeZone::SEOUL)))
}

/// The beginning of a day in Seoul.
fn midnight(day: NaiveDate) -> DateTime {
    let date = DateTime::new(u16::try_from(day.year()).unwrap_or_default());
    match (u8::try_from(day.month()), u8::try_from(day.day())) {
        (Ok(month), Ok(day)) => {
            date.month(month).day(day).hour(0).minute(0).second(0).utc_offset_hour(9).utc_offset_minute(0)
        }
        _ => date,
    }
}

fn metadata(certificate: &Certificate) -> Metadata {
    Metadata::new()
        .title(format!("{} {}", certificate.course, certificate.number))
        .authors(vec![certificate.issuer.clone()])
        .creator("Madang".to_owned())
        .language("ko".to_owned())
        .creation_date(midnight(certificate.issued_on))
        .document_id(certificate.code.clone())
}
