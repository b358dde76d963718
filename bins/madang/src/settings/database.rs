//! Where the data is, and how patient one is with it.

use std::{fmt, time::Duration};

use madang_persistence::{DatabaseOptions, Durability};

use super::reader::Reader;

/// The address of a server; never shown with its password.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(pub String);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.split_once("://"), self.0.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, place))) => write!(f, "{scheme}://…@{place}"),
            _ => f.write_str(&self.0),
        }
    }
}

pub(super) fn url(reader: &mut Reader) -> SecretUrl {
    let url = reader.text("DATABASE_URL").unwrap_or_else(|| "sqlite://data/madang.db".to_owned());
    let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    if !known {
        reader.problems.push("DATABASE_URL must begin with sqlite:// or postgres://".to_owned());
    }
    SecretUrl(url)
}

pub(super) fn replica_url(reader: &mut Reader) -> Option<SecretUrl> {
    let url = reader.text("DATABASE_REPLICA_URL")?;
    let is_postgres = |url: &str| url.starts_with("postgres://") || url.starts_with("postgresql://");
    if !is_postgres(&url) {
        reader.problems.push("DATABASE_REPLICA_URL must begin with postgres://".to_owned());
    } else if !reader.text("DATABASE_URL").is_some_and(|url| is_postgres(&url)) {
        reader.problems.push("DATABASE_REPLICA_URL needs PostgreSQL in DATABASE_URL".to_owned());
    }
    Some(SecretUrl(url))
}

pub(super) fn options(reader: &mut Reader) -> DatabaseOptions {
    let default = DatabaseOptions::default();
    let connections = |n: &usize| (1..=1_000).contains(n);
    let wants = "a number from 1 to 1000";
    DatabaseOptions {
        connections: reader.parsed("DATABASE_CONNECTIONS", default.connections, wants, connections),
        long_connections: reader.parsed(
            "DATABASE_LONG_CONNECTIONS",
            default.long_connections,
            wants,
            connections,
        ),
        replica_connections: reader.parsed(
            "DATABASE_REPLICA_CONNECTIONS",
            default.replica_connections,
            wants,
            connections,
        ),
        wait_timeout: reader.millis("DATABASE_WAIT_MS", default.wait_timeout),
        connect_timeout: reader.millis("DATABASE_CONNECT_TIMEOUT_MS", default.connect_timeout),
        statement_timeout: reader.millis("DATABASE_STATEMENT_TIMEOUT_MS", default.statement_timeout),
        long_statement_timeout: reader
            .millis("DATABASE_LONG_STATEMENT_TIMEOUT_MS", default.long_statement_timeout),
        lock_timeout: reader.millis("DATABASE_LOCK_TIMEOUT_MS", default.lock_timeout),
        idle_in_transaction_timeout: reader
            .millis("DATABASE_IDLE_TRANSACTION_TIMEOUT_MS", default.idle_in_transaction_timeout),
        slow_statement: slow_statement(reader, default.slow_statement),
        read_only: reader.switch("READ_ONLY"),
        durability: match reader.text("SQLITE_DURABILITY").as_deref() {
            None | Some("power_cut") => Durability::PowerCut,
            Some("process_death") => Durability::ProcessDeath,
            Some(other) => {
                reader
                    .problems
                    .push(format!("SQLITE_DURABILITY must be power_cut or process_death, not `{other}`"));
                Durability::PowerCut
            }
        },
    }
}

fn slow_statement(reader: &mut Reader, default: Option<Duration>) -> Option<Duration> {
    let default = default.map_or(0, |slow| u64::try_from(slow.as_millis()).unwrap_or(u64::MAX));
    let wants = "milliseconds from 1 to 3600000, or 0 for none";
    let slow = reader.parsed("SLOW_STATEMENT_MS", default, wants, |value| *value <= 3_600_000);
    (slow > 0).then(|| Duration::from_millis(slow))
}
