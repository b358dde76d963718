//! A read replica (physical streaming) from which reports are read, as long as it has seen what the reader wrote.
//!
//! A write costs nothing here but a note in memory that its writer wrote; how far the log had come is asked of the primary when that
//! writer next reads a report. A replica that is behind that place, or away, is passed over: see
//! docs/decisions/0024-reports-from-a-replica.md.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use diesel::{QueryableByName, sql_types};
use madang_domain::{
    error::RepositoryResult,
    store::{Needed, WriteMarks},
};
use uuid::Uuid;

use super::{PostgresStore, Session, pool::Pool};

/// How long a replica that did not answer is left alone.
const REST: Duration = Duration::from_secs(5);

/// A replica of the database.
#[derive(Clone)]
pub(crate) struct Replica {
    pool: Pool,
    marks: Arc<dyn WriteMarks>,
    /// Until when nobody asks it.
    rests: Arc<Mutex<Option<Instant>>>,
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    value: Option<String>,
}

impl Replica {
    pub(crate) fn new(pool: Pool, marks: Arc<dyn WriteMarks>) -> Self {
        Self { pool, marks, rests: Arc::default() }
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }

    /// Remembers that somebody may have written.
    pub(crate) async fn wrote(&self, writer: Uuid) {
        self.marks.wrote(writer).await;
    }

    /// A session on the replica; `None` where it is away, or older than what the reader wrote last.
    pub(crate) async fn session(
        &self,
        primary: &PostgresStore,
        reader: Uuid,
    ) -> RepositoryResult<Option<Session>> {
        if self.rests() {
            return Ok(None);
        }
        let needed = match self.marks.needed(reader).await {
            Needed::Nothing => None,
            Needed::Position(position) => Some(position),
            Needed::Unknown(mark) => {
                let position = primary.reading().await?.position(WRITTEN).await?;
                let Some(position) = position else { return Ok(None) };
                self.marks.found(reader, mark, position).await;
                Some(position)
            }
            Needed::Primary => return Ok(None),
        };
        match self.replayed().await {
            Ok((session, Some(replayed))) if needed.is_none_or(|needed| needed <= replayed) => {
                Ok(Some(session))
            }
            Ok((_, Some(_))) => Ok(None),
            Ok((_, None)) => {
                tracing::warn!(
                    "DATABASE_REPLICA_URL names a server that is no replica; reports are read from the primary"
                );
                self.rest();
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(%error, "the replica is away; reports are read from the primary");
                self.rest();
                Ok(None)
            }
        }
    }

    /// A session with how far the replica has come; `None` where it is none.
    async fn replayed(&self) -> RepositoryResult<(Session, Option<u64>)> {
        let lease = super::pool::lease(&self.pool).await?;
        let mut session = Session::new(lease, self.pool.clone());
        let replayed = session.position(REPLAYED).await?;
        Ok((session, replayed))
    }

    fn rests(&self) -> bool {
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self) {
        *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
    }
}

/// Where the log will go on: behind everything that was committed, flushed or not.
const WRITTEN: &str = "SELECT pg_current_wal_insert_lsn()::text AS value";
const REPLAYED: &str = "SELECT pg_last_wal_replay_lsn()::text AS value";

impl Session {
    async fn position(&mut self, sql: &'static str) -> RepositoryResult<Option<u64>> {
        let rows: Vec<Position> = self.rows(move || diesel::sql_query(sql)).await?;
        Ok(rows.into_iter().next().and_then(|row| row.value).and_then(|text| parsed(&text)))
    }
}

/// Reads `16/B374D848`: two halves of a number of bytes.
fn parsed(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let half = |text| u32::from_str_radix(text, 16).ok().map(u64::from);
    Some((half(high)? << 32) | half(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_the_log_are_numbers() {
        assert_eq!(parsed("0/0"), Some(0));
        assert_eq!(parsed("16/B374D848"), Some(0x16_B374_D848));
        assert!(parsed("1/0") > parsed("0/FFFFFFFF"));
        for wrong in ["", "16", "16/", "/1", "16/B374D8480", "x/1"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
