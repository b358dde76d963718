//! Paper: a template and the facts of one certificate become a PDF, and so does a report.
//!
//! [`Template`] is a checked list of elements (see docs/CERTIFICATES.md), [`Certificate`] is what is printed into them, and
//! [`Printer`] holds the fonts and makes the PDF: the same bytes every time, PDF/A-2u, its text selectable. Nothing here knows a
//! database, a clock or the network; where the facts come from is the caller's to say.

mod certificate;
mod drawing;
mod fonts;
mod layout;
mod ornament;
mod pen;
mod printer;
mod report;
pub mod template;

pub use certificate::{Certificate, Field};
pub use fonts::FontsUnreadable;
pub use printer::{Edition, PrintError, Printer};
pub use template::{BuiltIn, Template, TemplateFault, TemplateFaults};
