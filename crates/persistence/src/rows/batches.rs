//! Rows of `attendance_batches`.

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::AttendanceBatch,
    ids::{AttendanceBatchId, LectureId, UserId},
};
use serde_json::Value;

use super::{parsed, row};
use crate::error::Corrupt;

row!(AttendanceBatchRow, attendance_batches, {
    id: AttendanceBatchId,
    lecture_id: LectureId,
    entries: Value,
    #[serde(serialize_with = "crate::types::instant")]
    made_at: DateTime<Utc>,
    made_by: Option<UserId>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    undone_at: Option<DateTime<Utc>>,
    undone_by: Option<UserId>,
});

impl From<&AttendanceBatch> for AttendanceBatchRow {
    fn from(batch: &AttendanceBatch) -> Self {
        Self {
            id: batch.id,
            lecture_id: batch.lecture_id,
            entries: serde_json::to_value(&batch.entries).unwrap_or_default(),
            made_at: batch.made_at,
            made_by: batch.made_by,
            undone_at: batch.undone_at,
            undone_by: batch.undone_by,
        }
    }
}

impl TryFrom<AttendanceBatchRow> for AttendanceBatch {
    type Error = Corrupt;

    fn try_from(row: AttendanceBatchRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            lecture_id: row.lecture_id,
            entries: parsed(serde_json::from_value(row.entries), "attendance_batches.entries")?,
            made_at: row.made_at,
            made_by: row.made_by,
            undone_at: row.undone_at,
            undone_by: row.undone_by,
        })
    }
}
