//! Where the data is kept: PostgreSQL, or one SQLite file, behind the same ports.
//!
//! [`Database`] opens either by its address and gives the [`Store`](madang_domain::store::Store) that services work on.
//! Queries are written once, in `repositories`, and compiled for both; each adapter folder holds its pool and what differs.
//! `docs/ARCHITECTURE.md` tells how a request gets here; `migrations/` holds the tables.

#![expect(clippy::duplicate_mod, reason = "the queries are compiled once for each database")]

mod database;
mod error;
mod facts;
mod fragment;
mod lease;
mod listing;
mod migrate;
mod options;
mod postgres;
mod rows;
mod schema;
mod sqlite;
mod types;
mod watch;

pub use database::{Database, DatabaseKind};
pub use error::{Corrupt, OpenError};
pub use facts::Fact;
pub use migrate::{MigrateError, MigrationState, MigrationStatus, Migrations};
pub use options::{DatabaseOptions, Durability};
pub use watch::StatementCounts;
