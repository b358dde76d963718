//! A database of either kind, opened by its address.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_domain::{
    error::{RepositoryError, RepositoryResult},
    jobs::WakeUps,
    store::{Repositories, Store, UnitOfWork, WriteMarks},
};
use uuid::Uuid;

use crate::{
    DatabaseOptions, Fact, Migrations, OpenError, StatementCounts, migrate::Target, postgres::PostgresStore,
    sqlite::SqliteStore, watch::Counters,
};

/// How long the writer of SQLite is left to others between units of work that nobody waits for.
const LET_OTHERS_WRITE: Duration = Duration::from_millis(20);

/// Which product keeps the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatabaseKind {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// A database; clones share its connections.
#[derive(Clone)]
pub struct Database {
    adapter: Adapter,
    counters: Arc<Counters>,
    is_read_only: bool,
}

#[derive(Clone)]
enum Adapter {
    Postgres(PostgresStore),
    Sqlite(SqliteStore),
}

impl Database {
    /// Opens the database at `postgres://…` or `sqlite://path/of/the/file`.
    ///
    /// PostgreSQL is connected to when it is first needed, so that a server starts even while its database is away. The SQLite
    /// file and its folder are made where they are missing. Neither is migrated: see [`Self::migrations`].
    ///
    /// # Errors
    /// When the address can't be read, or the file can't be opened.
    pub fn open(url: &str, options: DatabaseOptions) -> Result<Self, OpenError> {
        if let Some(file) = url.strip_prefix("sqlite://") {
            return Self::sqlite(Path::new(file), options);
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(OpenError::UnknownScheme);
        }
        let counters = Arc::default();
        let store = PostgresStore::open(url, &options, &counters)?;
        Ok(Self { adapter: Adapter::Postgres(store), counters, is_read_only: options.read_only })
    }

    /// Opens a SQLite file.
    ///
    /// # Errors
    /// When the file or its folder can't be made or opened.
    pub fn sqlite(file: &Path, options: DatabaseOptions) -> Result<Self, OpenError> {
        let (counters, is_read_only) = (Arc::default(), options.read_only);
        let store = SqliteStore::open(file, options, &counters)?;
        Ok(Self { adapter: Adapter::Sqlite(store), counters, is_read_only })
    }

    /// The same database, whose reports are read from the replica at `postgres://…` as far as it has seen what their readers wrote.
    ///
    /// # Errors
    /// When the address can't be read, or the database is not PostgreSQL.
    pub fn with_replica(
        self,
        url: &str,
        options: &DatabaseOptions,
        marks: Arc<dyn WriteMarks>,
    ) -> Result<Self, OpenError> {
        let adapter = match self.adapter {
            Adapter::Postgres(store) => {
                Adapter::Postgres(store.with_replica(url, options, &self.counters, marks)?)
            }
            Adapter::Sqlite(_) => return Err(OpenError::NoReplica),
        };
        Ok(Self { adapter, ..self })
    }

    /// Which product it is.
    pub fn kind(&self) -> DatabaseKind {
        match &self.adapter {
            Adapter::Postgres(_) => DatabaseKind::Postgres,
            Adapter::Sqlite(_) => DatabaseKind::Sqlite,
        }
    }

    /// The store that services work on.
    pub fn store(&self) -> Arc<dyn Store> {
        if self.is_read_only {
            return Arc::new(self.clone());
        }
        match &self.adapter {
            Adapter::Postgres(store) => Arc::new(store.clone()),
            Adapter::Sqlite(store) => Arc::new(store.clone()),
        }
    }

    /// The migrations of this database.
    pub fn migrations(&self) -> Migrations {
        Migrations::of(match &self.adapter {
            Adapter::Postgres(store) => Target::Postgres(Box::new(store.config.clone())),
            Adapter::Sqlite(store) => Target::Sqlite(store.file.clone(), store.options.clone()),
        })
    }

    /// The secret of this name; `make` makes it when it is first asked for.
    ///
    /// Of several servers that ask at once, all get the same one.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn server_secret(
        &self,
        name: &str,
        make: impl FnOnce() -> Vec<u8> + Send,
    ) -> RepositoryResult<Vec<u8>> {
        match &self.adapter {
            Adapter::Postgres(store) => store.server_secret(name, make).await,
            Adapter::Sqlite(store) => store.server_secret(name, make).await,
        }
    }

    /// What an operator who looks for trouble wants to know.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn facts(&self) -> RepositoryResult<Vec<Fact>> {
        match &self.adapter {
            Adapter::Postgres(store) => store.facts().await,
            Adapter::Sqlite(store) => store.facts().await,
        }
    }

    /// How many statements were run since it was opened; migrations are not counted.
    pub fn statements(&self) -> StatementCounts {
        self.counters.counts()
    }

    /// Closes all connections that rest; nobody gets one any more.
    pub fn close(&self) {
        match &self.adapter {
            Adapter::Postgres(store) => store.close(),
            Adapter::Sqlite(store) => store.close(),
        }
    }
}

/// Says nothing of the address, which may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Database {
    async fn session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        match &self.adapter {
            Adapter::Postgres(store) => store.session().await,
            Adapter::Sqlite(store) => store.session().await,
        }
    }

    async fn long_session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        match &self.adapter {
            Adapter::Postgres(store) => store.long_session().await,
            Adapter::Sqlite(store) => store.long_session().await,
        }
    }

    async fn report_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        match &self.adapter {
            Adapter::Postgres(store) => store.report_session(reader).await,
            Adapter::Sqlite(store) => store.report_session(reader).await,
        }
    }

    async fn figure_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        match &self.adapter {
            Adapter::Postgres(store) => store.figure_session(reader).await,
            Adapter::Sqlite(store) => store.figure_session(reader).await,
        }
    }

    async fn wrote(&self, writer: Uuid) {
        match &self.adapter {
            Adapter::Postgres(store) => store.wrote(writer).await,
            Adapter::Sqlite(store) => store.wrote(writer).await,
        }
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    async fn begin(&self) -> RepositoryResult<Box<dyn UnitOfWork>> {
        if self.is_read_only {
            return Err(RepositoryError::ReadOnly);
        }
        match &self.adapter {
            Adapter::Postgres(store) => store.begin().await,
            Adapter::Sqlite(store) => store.begin().await,
        }
    }

    async fn begin_unhurried(&self) -> RepositoryResult<Box<dyn UnitOfWork>> {
        if let Adapter::Sqlite(_) = &self.adapter {
            tokio::time::sleep(LET_OTHERS_WRITE).await;
        }
        self.begin().await
    }

    fn wake_ups(&self) -> Box<dyn WakeUps> {
        match &self.adapter {
            Adapter::Postgres(store) => store.wake_ups(),
            Adapter::Sqlite(store) => store.wake_ups(),
        }
    }

    async fn ping(&self) -> RepositoryResult<()> {
        match &self.adapter {
            Adapter::Postgres(store) => store.ping().await,
            Adapter::Sqlite(store) => store.ping().await,
        }
    }
}
