//! How the certificates of a course look: versions of a template, of which none ever changes.
//!
//! What may stand in a template, and how it is printed, is the business of `madang-documents`. A certificate is printed by the
//! version that held when it was issued, so that it looks the same for good.

mod model;
mod repository;
mod service;

pub use model::CertificateTemplate;
pub use repository::CertificateTemplateRepository;
pub use service::{TemplateError, TemplateService};
