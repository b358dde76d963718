//! Rows of `certifications` and `certificate_holders`.
//!
//! Number, code and times stand in the snapshot and once more in columns, for indexes and for the database's own rules.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    certification::{Certification, CertificationState, Holder, HolderDetails, RevocationCode, Standing},
    ids::{CertificationId, CourseId, UserId},
};
use serde_json::Value;

use super::{known, parsed, row};
use crate::error::Corrupt;

row!(CertificationRow, certifications, stamped, {
    id: CertificationId,
    course_id: CourseId,
    user_id: UserId,
    class_ids: Value,
    #[serde(serialize_with = "crate::types::instant")]
    issued_at: DateTime<Utc>,
    snapshot: Value,
    number: i32,
    code: String,
    #[serde(serialize_with = "crate::types::optional_instant")]
    expires_at: Option<DateTime<Utc>>,
    supersedes: Option<CertificationId>,
    state: String,
    #[serde(serialize_with = "crate::types::optional_instant")]
    ended_at: Option<DateTime<Utc>>,
    superseded_by: Option<CertificationId>,
    reason_code: Option<String>,
    reason: Option<String>,
});

row!(HolderRow, certificate_holders, stamped, {
    user_id: UserId,
    name_roman: Option<String>,
    birth_date: Option<NaiveDate>,
});

impl From<&Holder> for HolderRow {
    fn from(holder: &Holder) -> Self {
        Self {
            user_id: holder.user_id,
            name_roman: holder.details.name_roman.clone(),
            birth_date: holder.details.birth_date,
            version: holder.stamps.version,
            created_at: holder.stamps.created_at,
            created_by: holder.stamps.created_by,
            updated_at: holder.stamps.updated_at,
            updated_by: holder.stamps.updated_by,
        }
    }
}

impl From<HolderRow> for Holder {
    fn from(row: HolderRow) -> Self {
        Self {
            stamps: row.stamps(),
            user_id: row.user_id,
            details: HolderDetails { name_roman: row.name_roman, birth_date: row.birth_date },
        }
    }
}

impl TryFrom<&Certification> for CertificationRow {
    type Error = serde_json::Error;

    fn try_from(certification: &Certification) -> Result<Self, serde_json::Error> {
        let (superseded_by, reason_code, reason) = match &certification.standing {
            Standing::Issued | Standing::Expired { .. } => (None, None, None),
            Standing::Superseded { at: _, by } => (Some(*by), None, None),
            Standing::Revoked { at: _, code, reason } => {
                (None, Some(code.as_str().to_owned()), Some(reason.clone()))
            }
        };
        let snapshot = &certification.snapshot;
        Ok(Self {
            id: certification.id,
            course_id: certification.course_id,
            user_id: certification.user_id,
            class_ids: serde_json::to_value(&certification.class_ids)?,
            issued_at: snapshot.issued_at,
            number: snapshot.number.as_integer(),
            code: snapshot.code.to_string(),
            expires_at: snapshot.expires_at,
            snapshot: serde_json::to_value(snapshot)?,
            supersedes: certification.supersedes,
            state: certification.standing.state().as_str().to_owned(),
            ended_at: certification.standing.ended_at(),
            superseded_by,
            reason_code,
            reason,
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
            standing: standing(&row)?,
            id: row.id,
            course_id: row.course_id,
            user_id: row.user_id,
            class_ids: parsed(serde_json::from_value(row.class_ids), "certifications.class_ids")?,
            snapshot: parsed(serde_json::from_value(row.snapshot), "certifications.snapshot")?,
            supersedes: row.supersedes,
        })
    }
}

fn standing(row: &CertificationRow) -> Result<Standing, Corrupt> {
    let at = || known(row.ended_at, "certifications.ended_at");
    Ok(match known(CertificationState::parse(&row.state), "certifications.state")? {
        CertificationState::Issued => Standing::Issued,
        CertificationState::Expired => Standing::Expired { at: at()? },
        CertificationState::Superseded => {
            Standing::Superseded { at: at()?, by: known(row.superseded_by, "certifications.superseded_by")? }
        }
        CertificationState::Revoked => Standing::Revoked {
            at: at()?,
            code: known(
                row.reason_code.as_deref().and_then(RevocationCode::parse),
                "certifications.reason_code",
            )?,
            reason: known(row.reason.clone(), "certifications.reason")?,
        },
    })
}
