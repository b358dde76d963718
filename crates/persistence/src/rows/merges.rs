//! Rows of `user_merges`.

use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{MergeId, UserId},
    merging::Merge,
};
use serde_json::Value;

use super::{parsed, row};
use crate::error::Corrupt;

row!(MergeRow, user_merges, {
    id: MergeId,
    temp_id: UserId,
    into_id: UserId,
    record: Value,
    #[serde(serialize_with = "crate::types::instant")]
    merged_at: DateTime<Utc>,
    merged_by: Option<UserId>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    undone_at: Option<DateTime<Utc>>,
    undone_by: Option<UserId>,
});

impl TryFrom<&Merge> for MergeRow {
    type Error = serde_json::Error;

    fn try_from(merge: &Merge) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: merge.id,
            temp_id: merge.temp_id,
            into_id: merge.into_id,
            record: serde_json::to_value(&merge.record)?,
            merged_at: merge.merged_at,
            merged_by: merge.merged_by,
            undone_at: merge.undone_at,
            undone_by: merge.undone_by,
        })
    }
}

impl TryFrom<MergeRow> for Merge {
    type Error = Corrupt;

    fn try_from(row: MergeRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            temp_id: row.temp_id,
            into_id: row.into_id,
            record: parsed(serde_json::from_value(row.record), "user_merges.record")?,
            merged_at: row.merged_at,
            merged_by: row.merged_by,
            undone_at: row.undone_at,
            undone_by: row.undone_by,
        })
    }
}
