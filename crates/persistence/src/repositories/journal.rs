//! The journal of a unit of work: what it adds and does not look at again, in one statement.
//!
//! Entries of the audit log, events, jobs, an answer, a session that starts: they are gathered while the unit is open, and written when
//! it is committed; what might read them has them written before. What is added outside of a unit is written at once.

use madang_domain::error::RepositoryResult;
use serde::Serialize;

use super::Session;
use crate::{
    error::backend,
    fragment::Fragment,
    rows::{
        audit::AuditRow,
        batches::AttendanceBatchRow,
        events::EventRow,
        identities::IdentityRow,
        jobs::JobRow,
        journal::{AnswerRow, Journal},
        sessions::{RefreshTokenRow, SessionRow},
    },
};

/// So many rows are gathered in memory at most; the largest request adds half as many.
const FULL: usize = 10_000;

/// Something that is added.
pub(super) enum Added {
    Identity(IdentityRow),
    Batch(AttendanceBatchRow),
    Session(SessionRow),
    RefreshToken(RefreshTokenRow),
    Audit(Vec<AuditRow>),
    Events(Vec<EventRow>),
    Jobs(Vec<JobRow>),
    Answer(AnswerRow),
}

impl Session {
    /// Has something written with the unit of work.
    pub(super) async fn add_to_journal(&mut self, added: Added) -> RepositoryResult<()> {
        let journal = &mut self.journal;
        match added {
            Added::Identity(row) => journal.identities.push(row),
            Added::Batch(row) => journal.batches.push(row),
            Added::Session(row) => journal.sessions.push(row),
            Added::RefreshToken(row) => journal.refresh_tokens.push(row),
            Added::Audit(rows) => journal.audit_log.extend(rows),
            Added::Events(rows) => journal.events.extend(rows),
            Added::Jobs(rows) => journal.jobs.extend(rows),
            Added::Answer(row) => journal.answers.push(row),
        }
        // An import adds hundreds of thousands of rows in one unit.
        let is_full = journal.audit_log.len() + journal.events.len() + journal.jobs.len() >= FULL;
        if self.lease.open && !is_full { Ok(()) } else { self.write_journal().await }
    }

    /// Writes it if a session starts in it.
    pub(super) async fn write_sessions(&mut self) -> RepositoryResult<()> {
        if self.journal.starts_sessions() { self.write_journal().await } else { Ok(()) }
    }

    /// Writes it if an identity is added in it.
    pub(super) async fn write_identities(&mut self) -> RepositoryResult<()> {
        if self.journal.identities.is_empty() { Ok(()) } else { self.write_journal().await }
    }

    /// Writes what was added so far.
    pub(crate) async fn write_journal(&mut self) -> RepositoryResult<()> {
        let Journal { identities, batches, sessions, refresh_tokens, audit_log, events, jobs, answers } =
            std::mem::take(&mut self.journal);
        let others = identities.len() + batches.len() + sessions.len() + refresh_tokens.len() + answers.len();
        match (others, audit_log.len(), events.len(), jobs.len()) {
            (0, 0, 0, 0) => return Ok(()),
            // What stands alone needs nobody to deal it out.
            (0, _, 0, 0) => return self.insert_rows(&audit_log).await,
            (0, 0, _, 0) => return self.insert_rows(&events).await,
            (0, 0, 0, _) => return self.insert_new_rows(&jobs).await.map(drop),
            _ => {}
        }
        let parts = [
            json(&identities)?,
            json(&batches)?,
            json(&sessions)?,
            json(&refresh_tokens)?,
            json(&audit_log)?,
            json(&events)?,
            json(&jobs)?,
            json(&answers)?,
        ];
        let mut statement = Fragment::sql(
            "INSERT INTO journal (identities, batches, sessions, refresh_tokens, audit_log, events, jobs, answers) VALUES (",
        );
        for (place, part) in parts.into_iter().enumerate() {
            statement = statement.then(if place == 0 { "" } else { ", " }).bind(part);
        }
        self.execute(statement.then(")").into_statement::<()>()).await.map(drop)
    }
}

fn json<T: Serialize>(rows: &[T]) -> RepositoryResult<String> {
    serde_json::to_string(rows).map_err(backend)
}
