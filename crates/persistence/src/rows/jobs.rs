//! Rows of `jobs`.

use chrono::{DateTime, Utc};
use madang_domain::{
    ids::JobId,
    jobs::{Job, JobStatus, Priority, Settlement},
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Row, known, row};
use crate::error::Corrupt;

row!(JobRow, jobs, {
    id: JobId,
    kind: String,
    payload: Value,
    priority: i32,
    status: String,
    unique_key: Option<String>,
    order_key: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    run_at: DateTime<Utc>,
    attempts: i32,
    max_attempts: i32,
    leased_by: Option<Uuid>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    leased_until: Option<DateTime<Utc>>,
    last_error: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    finished_at: Option<DateTime<Utc>>,
    lane: Option<String>,
});

impl From<&Job> for JobRow {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind.clone(),
            payload: job.payload.clone(),
            priority: job.priority.number(),
            status: job.status.as_str().to_owned(),
            unique_key: job.unique_key.clone(),
            order_key: job.order_key.clone(),
            run_at: job.run_at,
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            leased_by: job.leased_by,
            leased_until: job.leased_until,
            last_error: job.last_error.clone(),
            created_at: job.created_at,
            finished_at: job.finished_at,
            lane: job.lane.clone(),
        }
    }
}

impl TryFrom<JobRow> for Job {
    type Error = Corrupt;

    fn try_from(row: JobRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            kind: row.kind,
            payload: row.payload,
            priority: known(Priority::from_number(row.priority), "jobs.priority")?,
            status: known(JobStatus::parse(&row.status), "jobs.status")?,
            unique_key: row.unique_key,
            order_key: row.order_key,
            run_at: row.run_at,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            leased_by: row.leased_by,
            leased_until: row.leased_until,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
            lane: row.lane,
        })
    }
}

/// What is written of a job when an attempt has ended, and by which worker it must be held.
#[derive(Serialize)]
pub(crate) struct SettlementRow<'a> {
    id: JobId,
    leased_by: Uuid,
    status: &'static str,
    #[serde(serialize_with = "crate::types::instant")]
    run_at: DateTime<Utc>,
    attempts: i32,
    last_error: Option<&'a str>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    finished_at: Option<DateTime<Utc>>,
}

impl Row for SettlementRow<'_> {
    const TABLE: &'static str = "jobs";
    const COLUMNS: &'static [&'static str] =
        &["id", "leased_by", "status", "run_at", "attempts", "last_error", "finished_at"];
}

impl<'a> From<&'a Settlement> for SettlementRow<'a> {
    fn from(settlement: &'a Settlement) -> Self {
        Self {
            id: settlement.id,
            leased_by: settlement.worker,
            status: settlement.status.as_str(),
            run_at: settlement.run_at,
            attempts: settlement.attempts,
            last_error: settlement.last_error.as_deref(),
            finished_at: settlement.finished_at,
        }
    }
}
