//! Rows of `certifications`.

use chrono::{DateTime, Utc};
use madang_domain::{
    certification::Certification,
    ids::{CertificationId, CourseId, UserId},
};
use serde_json::Value;

use super::{parsed, row};
use crate::error::Corrupt;

row!(CertificationRow, certifications, stamped, {
    id: CertificationId,
    course_id: CourseId,
    user_id: UserId,
    class_ids: Value,
    #[serde(serialize_with = "crate::types::instant")]
    issued_at: DateTime<Utc>,
    snapshot: Value,
});

impl TryFrom<&Certification> for CertificationRow {
    type Error = serde_json::Error;

    fn try_from(certification: &Certification) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: certification.id,
            course_id: certification.course_id,
            user_id: certification.user_id,
            class_ids: serde_json::to_value(&certification.class_ids)?,
            issued_at: certification.issued_at,
            snapshot: serde_json::to_value(&certification.snapshot)?,
            version: certification.stamps.version,
            created_at: certification.stamps.created_at,
            created_by: certification.stamps.created_by,
            updated_at: certification.stamps.updated_at,
            updated_by: certification.stamps.updated_by,
        })
    }
}

impl TryFrom<CertificationRow> for Certification {
    type Error = Corrupt;

    fn try_from(row: CertificationRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            course_id: row.course_id,
            user_id: row.user_id,
            class_ids: parsed(serde_json::from_value(row.class_ids), "certifications.class_ids")?,
            issued_at: row.issued_at,
            snapshot: parsed(serde_json::from_value(row.snapshot), "certifications.snapshot")?,
        })
    }
}
