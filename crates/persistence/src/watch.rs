//! Counts statements and logs slow ones; what was bound to them is never looked at.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};

/// How many statements a database was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatementCounts {
    /// Statements that read or write.
    pub statements: u64,
    /// BEGIN, COMMIT and ROLLBACK.
    pub transaction_control: u64,
}

/// The counters that all connections of a database share.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    sent: AtomicU64,
    transaction_control: AtomicU64,
}

impl Counters {
    /// Takes back what was counted last: a statement of the pool's own.
    pub(crate) fn forget_one(&self) {
        self.sent.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> StatementCounts {
        let sent = self.sent.load(Ordering::Relaxed);
        let transaction_control = self.transaction_control.load(Ordering::Relaxed);
        StatementCounts { statements: sent.saturating_sub(transaction_control), transaction_control }
    }
}

/// Watches one connection.
pub(crate) struct Watch {
    counters: Arc<Counters>,
    slow: Option<Duration>,
    /// When the statements under way began; several may be, where they are pipelined, and they end in order.
    begun: VecDeque<Instant>,
}

impl Watch {
    pub(crate) fn new(counters: Arc<Counters>, slow: Option<Duration>) -> Self {
        Self { counters, slow, begun: VecDeque::new() }
    }

    fn finished(&mut self, query: &dyn DebugQuery) {
        let Some(took) = self.begun.pop_front().map(|begun| begun.elapsed()) else { return };
        if self.slow.is_some_and(|slow| took > slow) {
            let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            let text = query.to_string();
            tracing::warn!(
                duration_ms,
                db.statement = without_binds(&text),
                "a statement took {duration_ms} ms"
            );
        }
    }
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.counters.sent.fetch_add(1, Ordering::Relaxed);
                self.begun.push_back(Instant::now());
            }
            InstrumentationEvent::FinishQuery { query, .. } => self.finished(query),
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => {
                self.counters.transaction_control.fetch_add(1, Ordering::Relaxed);
            }
            InstrumentationEvent::StartEstablishConnection { .. }
            | InstrumentationEvent::FinishEstablishConnection { .. }
            | InstrumentationEvent::CacheQuery { .. }
            | _ => {}
        }
    }
}

/// diesel writes the values behind the statement.
fn without_binds(query: &str) -> &str {
    query.split_once(" -- binds:").map_or(query, |(sql, _)| sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bound_to_a_statement_is_not_logged() {
        assert_eq!(without_binds("SELECT $1 -- binds: [\"Kim -- binds: x\"]"), "SELECT $1");
        assert_eq!(without_binds("COMMIT"), "COMMIT");
    }
}
