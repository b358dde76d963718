//! The settings of a database, each with a default that suits a small server.

use std::time::Duration;

/// How safely a commit is kept by SQLite before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// On the disk: a commit survives a power cut (`synchronous=FULL`).
    #[default]
    PowerCut,
    /// With the operating system: a commit survives the death of the process, but a power cut may take the last ones
    /// back; the file stays sound (`synchronous=NORMAL`).
    ProcessDeath,
}

/// The settings of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseOptions {
    /// How many connections serve short requests. SQLite has one writer besides.
    pub connections: usize,
    /// How many connections serve reports and exports.
    pub long_connections: usize,
    /// How long a request waits for a connection.
    pub wait_timeout: Duration,
    /// How long a new connection to PostgreSQL may take.
    pub connect_timeout: Duration,
    /// How long a statement may run on PostgreSQL.
    pub statement_timeout: Duration,
    /// How long a statement of a report or export may run on PostgreSQL.
    pub long_statement_timeout: Duration,
    /// How long a statement waits for the locks of others.
    pub lock_timeout: Duration,
    /// After which time PostgreSQL ends a unit of work that does nothing.
    pub idle_in_transaction_timeout: Duration,
    /// Statements that take longer are logged, without their values; `None` logs none.
    pub slow_statement: Option<Duration>,
    /// How safely SQLite keeps a commit.
    pub durability: Durability,
    /// How many connections serve reports on a replica.
    pub replica_connections: usize,
    /// Whether units of work are refused, for maintenance.
    pub read_only: bool,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            long_connections: 4,
            wait_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            long_statement_timeout: Duration::from_mins(5),
            lock_timeout: Duration::from_secs(5),
            idle_in_transaction_timeout: Duration::from_secs(30),
            slow_statement: Some(Duration::from_millis(500)),
            durability: Durability::PowerCut,
            replica_connections: 4,
            read_only: false,
        }
    }
}
