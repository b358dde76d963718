//! Rows of `certificate_templates`.

use chrono::{DateTime, Utc};
use madang_domain::{
    certification::templates::CertificateTemplate,
    ids::{CertificateTemplateId, CourseId, UserId},
};
use serde_json::Value;

use super::row;
use crate::error::Corrupt;

row!(CertificateTemplateRow, certificate_templates, {
    id: CertificateTemplateId,
    course_id: CourseId,
    version: i32,
    document: Option<Value>,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    created_by: Option<UserId>,
});

impl From<&CertificateTemplate> for CertificateTemplateRow {
    fn from(template: &CertificateTemplate) -> Self {
        Self {
            id: template.id,
            course_id: template.course_id,
            version: template.version,
            document: template.document.clone(),
            created_at: template.created_at,
            created_by: template.created_by,
        }
    }
}

impl TryFrom<CertificateTemplateRow> for CertificateTemplate {
    type Error = Corrupt;

    fn try_from(row: CertificateTemplateRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            course_id: row.course_id,
            version: row.version,
            document: row.document,
            created_at: row.created_at,
            created_by: row.created_by,
        })
    }
}
