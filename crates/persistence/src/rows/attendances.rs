//! Rows of `attendances`.

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{AssignmentId, Attendance, AttendanceSource, AttendanceStatus, DetailType, Mark, MarkNote},
    ids::{AttendanceId, LectureId, UserId},
};

use serde_json::Value;

use super::{known, optional, parsed, row};
use crate::error::Corrupt;

row!(AttendanceRow, attendances, stamped, {
    id: AttendanceId,
    lecture_id: LectureId,
    user_id: UserId,
    status: String,
    detail_type: Option<String>,
    description: Option<String>,
    assignment_id: Option<String>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    checked_at: Option<DateTime<Utc>>,
    source: String,
    presence: Option<Value>,
});

impl From<&Attendance> for AttendanceRow {
    fn from(attendance: &Attendance) -> Self {
        let mark = &attendance.mark;
        Self {
            id: attendance.id,
            lecture_id: attendance.lecture_id,
            user_id: attendance.user_id,
            status: mark.status.as_str().to_owned(),
            detail_type: mark.detail_type.as_ref().map(ToString::to_string),
            description: mark.description.as_ref().map(ToString::to_string),
            assignment_id: mark.assignment_id.as_ref().map(ToString::to_string),
            checked_at: mark.checked_at,
            source: attendance.source.as_str().to_owned(),
            presence: attendance.presence.as_ref().and_then(|presence| serde_json::to_value(presence).ok()),
            version: attendance.stamps.version,
            created_at: attendance.stamps.created_at,
            created_by: attendance.stamps.created_by,
            updated_at: attendance.stamps.updated_at,
            updated_by: attendance.stamps.updated_by,
        }
    }
}

impl TryFrom<AttendanceRow> for Attendance {
    type Error = Corrupt;

    fn try_from(row: AttendanceRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            lecture_id: row.lecture_id,
            user_id: row.user_id,
            mark: Mark {
                status: known(AttendanceStatus::parse(&row.status), "attendances.status")?,
                detail_type: optional(row.detail_type, DetailType::parse, "attendances.detail_type")?,
                description: optional(row.description, MarkNote::parse, "attendances.description")?,
                assignment_id: optional(row.assignment_id, AssignmentId::parse, "attendances.assignment_id")?,
                checked_at: row.checked_at,
            },
            source: known(AttendanceSource::parse(&row.source), "attendances.source")?,
            presence: parsed(row.presence.map(serde_json::from_value).transpose(), "attendances.presence")?,
        })
    }
}
