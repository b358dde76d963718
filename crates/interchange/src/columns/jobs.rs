//! Jobs. They are shown, never imported; what they carry is not shown, because it may hold secrets.

use madang_domain::jobs::Job;

use super::{id, table, time};
use crate::write::Cell;

table!(Job as "jobs", |job| {
    shown "id": id(job.id.0),
    shown "kind": Cell::text(&job.kind),
    shown "status": Cell::text(job.status.as_str()),
    shown "priority": Cell::text(job.priority.as_str()),
    shown "run_at": Cell::Time(job.run_at),
    shown "attempts": Cell::Integer(job.attempts.into()),
    shown "max_attempts": Cell::Integer(job.max_attempts.into()),
    shown "last_error": Cell::maybe(job.last_error.as_deref(), Cell::text),
    shown "created_at": Cell::Time(job.created_at),
    shown "finished_at": time(job.finished_at),
});
