//! Connections to SQLite: readers that can't write, and one writer.

use std::{path::PathBuf, sync::Arc, time::Duration};

use deadpool::{
    Runtime,
    managed::{self, Manager, Metrics, RecycleError, RecycleResult},
};
use diesel::{Connection, ConnectionError, ConnectionResult, SqliteConnection, connection::SimpleConnection};
use diesel_async::{pooled_connection::PoolableConnection, sync_connection_wrapper::SyncConnectionWrapper};
use madang_domain::error::RepositoryResult;

use super::blocking::Place;
use crate::{
    DatabaseOptions, Durability, OpenError,
    error::no_connection,
    lease::{Closing, Lease},
    watch::{Counters, Watch},
};

pub(crate) type Pool = managed::Pool<Connector>;

/// Whether a connection may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Makes connections to one file.
pub(crate) struct Connector {
    file: PathBuf,
    access: Access,
    place: Place,
    set_up: String,
    counters: Arc<Counters>,
    slow: Option<Duration>,
}

/// A pool of connections of one kind.
pub(crate) fn pool(
    file: &std::path::Path,
    options: &DatabaseOptions,
    counters: &Arc<Counters>,
    connections: usize,
    access: Access,
    place: Place,
) -> Result<Pool, OpenError> {
    let connector = Connector {
        file: file.to_owned(),
        access,
        place,
        set_up: set_up(options, access),
        counters: Arc::clone(counters),
        slow: options.slow_statement,
    };
    Pool::builder(connector)
        .max_size(connections)
        .wait_timeout(Some(options.wait_timeout))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(OpenError::Pool)
}

/// A connection of a pool.
pub(crate) async fn lease(pool: &Pool) -> RepositoryResult<Lease<Connector>> {
    pool.get().await.map(Lease::new).map_err(no_connection)
}

/// One connection that may write, outside of the pools.
pub(crate) fn connect(
    file: &std::path::Path,
    options: &DatabaseOptions,
) -> ConnectionResult<SqliteConnection> {
    establish(file, &set_up(options, Access::Write))
}

fn establish(file: &std::path::Path, set_up: &str) -> ConnectionResult<SqliteConnection> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(set_up).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// The time-out comes first, because the switch to WAL already needs it when several processes begin at once.
fn set_up(options: &DatabaseOptions, access: Access) -> String {
    let synchronous = match options.durability {
        Durability::PowerCut => "FULL",
        Durability::ProcessDeath => "NORMAL",
    };
    // Readers lean on the system's cache of the file, the writer collects the pages of a large unit. No memory map: a file
    // that is cut short or a disk that fails would end the process by a signal, and each reader would map the file anew.
    let (query_only, cache_kib) = match access {
        Access::Read => ("ON", 1_024),
        Access::Write => ("OFF", 8_192),
    };
    format!(
        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib}; \
         PRAGMA query_only = {query_only};",
        options.lock_timeout.as_millis(),
    )
}

impl Manager for Connector {
    type Type = SyncConnectionWrapper<SqliteConnection, Place>;
    type Error = ConnectionError;

    async fn create(&self) -> Result<Self::Type, ConnectionError> {
        let mut connection = establish(&self.file, &self.set_up)?;
        connection.set_instrumentation(Watch::new(Arc::clone(&self.counters), self.slow));
        tracing::debug!(access = ?self.access, "opened a connection to the database file");
        Ok(SyncConnectionWrapper::with_runtime(connection, self.place))
    }

    async fn recycle(&self, connection: &mut Self::Type, _: &Metrics) -> RecycleResult<ConnectionError> {
        if connection.is_broken() {
            return Err(RecycleError::message("the connection is amid a transaction"));
        }
        Ok(())
    }
}

impl Closing for Connector {
    fn close(connection: Self::Type, _busy: bool) {
        drop(connection);
    }
}
