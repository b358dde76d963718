//! Rows of `operations`.

use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{OperationId, UserId},
    operations::{Operation, OperationStatus},
};
use serde_json::Value;

use super::{known, row};
use crate::error::Corrupt;

row!(OperationRow, operations, {
    id: OperationId,
    kind: String,
    status: String,
    progress: i32,
    requested_by: Option<UserId>,
    result: Option<Value>,
    error: Option<Value>,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    updated_at: DateTime<Utc>,
});

impl From<&Operation> for OperationRow {
    fn from(operation: &Operation) -> Self {
        Self {
            id: operation.id,
            kind: operation.kind.clone(),
            status: operation.status.as_str().to_owned(),
            progress: operation.progress,
            requested_by: operation.requested_by,
            result: operation.result.clone(),
            error: operation.error.clone(),
            created_at: operation.created_at,
            updated_at: operation.updated_at,
        }
    }
}

impl TryFrom<OperationRow> for Operation {
    type Error = Corrupt;

    fn try_from(row: OperationRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            kind: row.kind,
            status: known(OperationStatus::parse(&row.status), "operations.status")?,
            progress: row.progress,
            requested_by: row.requested_by,
            result: row.result,
            error: row.error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
