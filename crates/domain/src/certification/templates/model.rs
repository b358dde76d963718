//! What a kept template is.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::{CertificateTemplateId, CourseId, UserId},
};

/// One version of the template of a course; the highest is the one that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct CertificateTemplate {
    /// Its id.
    pub id: CertificateTemplateId,
    /// The course.
    pub course_id: CourseId,
    /// From 1, without gaps.
    pub version: i32,
    /// Its elements; `None` where the course went back to the built-in template.
    pub document: Option<Value>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom; `None` for the system itself.
    pub created_by: Option<UserId>,
}

impl Audited for CertificateTemplate {
    const ENTITY: &'static str = "certificate_template";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    /// The elements are left out: with their pictures they would outweigh the log, and the version is kept for good.
    fn document(&self) -> Value {
        json!({ "course_id": self.course_id, "version": self.version, "is_built_in": self.document.is_none() })
    }
}
