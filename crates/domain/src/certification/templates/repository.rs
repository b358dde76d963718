//! The port through which templates are kept.

use chrono::{DateTime, Utc};

use super::CertificateTemplate;
use crate::{error::Pending, ids::CourseId};

/// Keeps templates. There is no way to change one.
pub trait CertificateTemplateRepository: Send {
    /// The template that held for a course at this moment; `None` where it had none of its own.
    fn at(&mut self, course: CourseId, moment: DateTime<Utc>) -> Pending<'_, Option<CertificateTemplate>>;
    /// Every version that a course ever had, the first first.
    fn of_course(&mut self, course: CourseId) -> Pending<'_, Vec<CertificateTemplate>>;
    /// Keeps a new version.
    ///
    /// # Errors
    /// `Conflict(CertificateTemplateVersion)`; `MissingReference` when there is no such course.
    fn insert<'a>(&'a mut self, template: &'a CertificateTemplate) -> Pending<'a, ()>;
}
