//! Bringing the tables to the state that this build expects, and back.
//!
//! Several servers may start at once: PostgreSQL is locked by an advisory lock, SQLite by its one write lock. diesel's harness
//! for asynchronous connections needs a runtime with several threads, which actix's workers are not; so migrations always run on
//! a thread, and for PostgreSQL on a runtime, of their own.

use std::path::PathBuf;

use diesel::{
    ConnectionError, SqliteConnection,
    backend::Backend,
    migration::{MigrationSource, MigrationVersion},
};
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use madang_domain::error::BoxedSource;
use thiserror::Error;

use crate::{DatabaseOptions, postgres, sqlite};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Any number does, as long as it is the same everywhere.
const ADVISORY_LOCK: i64 = 7_261_938_503;

/// Why the tables could not be migrated.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The database can't be reached.
    #[error("the database can't be reached")]
    Unreachable(#[source] ConnectionError),
    /// The database went away meanwhile; migrations that were done are kept.
    #[error("the connection to the database was lost")]
    Lost(#[source] BoxedSource),
    /// A migration failed; those before it are kept on PostgreSQL, none on SQLite.
    #[error("a migration failed")]
    Failed(#[source] BoxedSource),
    /// The thread that migrates came to an end.
    #[error("the migration was interrupted")]
    Interrupted(#[source] BoxedSource),
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// The database has it.
    Applied,
    /// This build has it, the database not yet.
    Pending,
    /// The database has it, but this build does not know it: the database was used by a newer one.
    Unknown,
}

/// A migration, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name, which begins with its version; only the version where it is unknown.
    pub name: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// The migrations of one database.
#[derive(Clone)]
pub struct Migrations(Target);

#[derive(Clone)]
pub(crate) enum Target {
    Postgres(Box<tokio_postgres::Config>),
    Sqlite(PathBuf, DatabaseOptions),
}

#[derive(Clone, Copy)]
enum Task {
    Status,
    Run,
    Revert(usize),
}

impl Migrations {
    pub(crate) fn of(target: Target) -> Self {
        Self(target)
    }

    /// Every migration, oldest first, and where it stands.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn status(&self) -> Result<Vec<MigrationStatus>, MigrateError> {
        self.perform(Task::Status).await
    }

    /// The names of those that the database does not have yet, oldest first.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn pending(&self) -> Result<Vec<String>, MigrateError> {
        let status = self.status().await?;
        let pending = status.into_iter().filter(|one| one.state == MigrationState::Pending);
        Ok(pending.map(|one| one.name).collect())
    }

    /// Applies those that the database does not have yet; tells which, oldest first.
    ///
    /// # Errors
    /// When the database can't be reached, or a migration fails.
    pub async fn run_pending(&self) -> Result<Vec<String>, MigrateError> {
        Ok(names(self.perform(Task::Run).await?))
    }

    /// Takes back the last `count` of them, with all data in what they made; tells which, newest first.
    ///
    /// # Errors
    /// When the database can't be reached, or a migration fails.
    pub async fn revert(&self, count: usize) -> Result<Vec<String>, MigrateError> {
        Ok(names(self.perform(Task::Revert(count)).await?))
    }

    async fn perform(&self, task: Task) -> Result<Vec<MigrationStatus>, MigrateError> {
        let target = self.0.clone();
        tokio::task::spawn_blocking(move || match target {
            Target::Postgres(config) => on_postgres(&config, task),
            Target::Sqlite(file, options) => {
                let mut connection =
                    sqlite::pool::connect(&file, &options).map_err(MigrateError::Unreachable)?;
                on_sqlite(&mut connection, task)
            }
        })
        .await
        .map_err(|error| MigrateError::Interrupted(error.into()))?
    }
}

fn names(migrations: Vec<MigrationStatus>) -> Vec<String> {
    migrations.into_iter().map(|migration| migration.name).collect()
}

fn on_postgres(config: &tokio_postgres::Config, task: Task) -> Result<Vec<MigrationStatus>, MigrateError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| MigrateError::Interrupted(error.into()))?;
    runtime.block_on(async {
        let mut connection = postgres::pool::connect(config).await.map_err(MigrateError::Unreachable)?;
        // The lock goes with the connection.
        let locked = connection.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).await;
        let mut harness = AsyncMigrationHarness::new(connection);
        let outcome = locked.map_err(Into::into).and_then(|()| perform(&mut harness, || POSTGRES, task));
        match outcome {
            Ok(status) => Ok(status),
            // The harness does not tell a migration that fails from a server that is gone; the connection does.
            Err(source) if postgres::pool::answers(&mut harness.into_inner()).await => {
                Err(MigrateError::Failed(source))
            }
            Err(source) => Err(MigrateError::Lost(source)),
        }
    })
}

fn on_sqlite(connection: &mut SqliteConnection, task: Task) -> Result<Vec<MigrationStatus>, MigrateError> {
    connection
        .immediate_transaction(|connection| {
            perform(connection, || SQLITE, task).map_err(SqliteFailure::Migration)
        })
        .map_err(|failure| match failure {
            SqliteFailure::Migration(source) => MigrateError::Failed(source),
            SqliteFailure::Transaction(error) => MigrateError::Failed(error.into()),
        })
}

enum SqliteFailure {
    Migration(BoxedSource),
    Transaction(diesel::result::Error),
}

impl From<diesel::result::Error> for SqliteFailure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Transaction(error)
    }
}

fn perform<DB, H>(
    harness: &mut H,
    source: fn() -> EmbeddedMigrations,
    task: Task,
) -> Result<Vec<MigrationStatus>, BoxedSource>
where
    DB: Backend,
    H: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut known = MigrationSource::<DB>::migrations(&source())?;
    known.sort_unstable_by_key(|migration| migration.name().version().as_owned());
    let name_of = |version: &MigrationVersion<'_>| {
        known
            .iter()
            .find(|migration| migration.name().version() == *version)
            .map_or_else(|| version.to_string(), |migration| migration.name().to_string())
    };
    match task {
        Task::Status => {
            let applied = harness.applied_migrations()?;
            let unknown = applied
                .iter()
                .filter(|version| known.iter().all(|one| one.name().version() != **version))
                .map(|version| MigrationStatus { name: version.to_string(), state: MigrationState::Unknown });
            let status = known.iter().map(|migration| {
                let state = if applied.contains(&migration.name().version().as_owned()) {
                    MigrationState::Applied
                } else {
                    MigrationState::Pending
                };
                MigrationStatus { name: migration.name().to_string(), state }
            });
            Ok(status.chain(unknown).collect())
        }
        Task::Run => {
            let run = harness.run_pending_migrations(source())?;
            Ok(run
                .iter()
                .map(|version| MigrationStatus { name: name_of(version), state: MigrationState::Applied })
                .collect())
        }
        Task::Revert(count) => {
            let applied = harness.applied_migrations()?.len();
            let mut reverted = Vec::new();
            for _ in 0..count.min(applied) {
                let version = harness.revert_last_migration(source())?;
                reverted.push(MigrationStatus { name: name_of(&version), state: MigrationState::Pending });
            }
            Ok(reverted)
        }
    }
}
