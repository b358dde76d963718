//! The SQLite adapter: the store, the session that all repositories run on, and what differs from PostgreSQL.
//!
//! The queries are in `../repositories`, which this module mounts with its own `Conn`, `Db` and `dialect`.
//! There is one writer, which begins with `BEGIN IMMEDIATE`: nobody ever finds that a lock can't be had amid a unit.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use diesel::{SqliteConnection, connection::AnsiTransactionManager};
use diesel_async::{
    AsyncConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager,
    methods::{ExecuteDsl, LoadQuery},
    sync_connection_wrapper::SyncConnectionWrapper,
};
use madang_domain::{
    error::{Pending, RepositoryError, RepositoryResult},
    jobs::WakeUps,
    page::Window,
    store::{Repositories, Store, UnitOfWork},
};

use crate::{
    DatabaseOptions, OpenError,
    error::{UnitFailed, backend, statement_failed},
    lease::Lease,
    rows::journal::Journal,
    watch::Counters,
};
use tokio::sync::watch;
use uuid::Uuid;

use blocking::Place;
use pool::{Access, Connector, Pool};

mod blocking;
mod constraints;
pub(crate) mod dialect;
mod facts;
pub(crate) mod pool;
#[path = "../repositories/mod.rs"]
mod repositories;
mod wake_ups;

pub(crate) type Db = diesel::sqlite::Sqlite;
pub(crate) type Conn = SyncConnectionWrapper<SqliteConnection, Place>;

/// A database in one file.
#[derive(Clone)]
pub(crate) struct SqliteStore {
    readers: Pool,
    long_readers: Pool,
    writer: Pool,
    pub(crate) file: PathBuf,
    pub(crate) options: DatabaseOptions,
    /// Rings when jobs were kept.
    bell: Arc<watch::Sender<()>>,
}

impl SqliteStore {
    /// Makes the file and its folder where they are missing.
    pub(crate) fn open(
        file: &Path,
        options: DatabaseOptions,
        counters: &Arc<Counters>,
    ) -> Result<Self, OpenError> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })?;
        }
        // Readers can't make the file, and only a writer switches it to WAL.
        drop(
            pool::connect(file, &options)
                .map_err(|source| OpenError::File { file: file.to_owned(), source })?,
        );
        let pool =
            |connections, access, place| pool::pool(file, &options, counters, connections, access, place);
        Ok(Self {
            readers: pool(options.connections, Access::Read, Place::Here)?,
            long_readers: pool(options.long_connections, Access::Read, Place::Aside)?,
            writer: pool(1, Access::Write, Place::Aside)?,
            file: file.to_owned(),
            options,
            bell: Arc::new(watch::Sender::new(())),
        })
    }

    /// The session type itself, for what is not a repository.
    pub(crate) async fn reading(&self) -> RepositoryResult<Session> {
        Ok(Session::new(pool::lease(&self.readers).await?, &self.bell))
    }

    /// An open unit of work.
    pub(crate) async fn writing(&self) -> RepositoryResult<Session> {
        let mut session = Session::new(pool::lease(&self.writer).await?, &self.bell);
        session.begin().await?;
        Ok(session)
    }

    /// See [`crate::Database::server_secret`].
    pub(crate) async fn server_secret(
        &self,
        name: &str,
        make: impl FnOnce() -> Vec<u8> + Send,
    ) -> RepositoryResult<Vec<u8>> {
        if let Some(secret) = self.reading().await?.secret(name).await? {
            return Ok(secret);
        }
        let new = make();
        let mut unit = self.writing().await?;
        unit.keep_secret(name, &new).await?;
        let kept = unit.secret(name).await?;
        unit.end(true).await?;
        Ok(kept.unwrap_or(new))
    }

    /// Closes the connections that rest; nobody gets one any more.
    pub(crate) fn close(&self) {
        self.readers.close();
        self.long_readers.close();
        self.writer.close();
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        Ok(Box::new(self.reading().await?))
    }

    async fn long_session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        Ok(Box::new(Session::new(pool::lease(&self.long_readers).await?, &self.bell)))
    }

    async fn report_session(&self, _: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        self.long_session().await
    }

    async fn figure_session(&self, _: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        self.session().await
    }

    async fn wrote(&self, _: Uuid) {}

    fn is_read_only(&self) -> bool {
        false
    }

    async fn begin(&self) -> RepositoryResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.writing().await?))
    }

    fn wake_ups(&self) -> Box<dyn WakeUps> {
        Box::new(wake_ups::Listener(self.bell.subscribe()))
    }

    async fn ping(&self) -> RepositoryResult<()> {
        self.reading().await?.run("SELECT 1").await
    }
}

/// A connection with all repositories on it.
pub(crate) struct Session {
    lease: Lease<Connector>,
    failed: bool,
    bell: Arc<watch::Sender<()>>,
    jobs_came: bool,
    pub(crate) journal: Journal,
}

impl Session {
    fn new(lease: Lease<Connector>, bell: &Arc<watch::Sender<()>>) -> Self {
        Self { lease, failed: false, bell: Arc::clone(bell), jobs_came: false, journal: Journal::default() }
    }

    /// Reads rows.
    pub(crate) fn rows<'s, 'q, Q, U>(&'s mut self, query: impl Fn() -> Q + Send + 's) -> Pending<'s, Vec<U>>
    where
        'q: 's,
        Q: LoadQuery<'q, Conn, U> + Send + 'q,
        U: Send + 's,
    {
        Box::pin(async move {
            self.lease.busy = true;
            let outcome = query().load(self.lease.connection()?).await;
            self.lease.busy = false;
            outcome.map_err(|error| self.failure(error))
        })
    }

    /// The rows of a list and, where pages are counted, how many there are in all.
    pub(crate) fn listed<'s, 'q, Q, C, U>(
        &'s mut self,
        window: &'s Window,
        rows: impl Fn() -> Q + Send + 's,
        count: impl Fn() -> C + Send + 's,
    ) -> Pending<'s, (Vec<U>, Option<i64>)>
    where
        'q: 's,
        Q: LoadQuery<'q, Conn, U> + Send + 'q,
        C: LoadQuery<'q, Conn, i64> + Send + 'q,
        U: Send + 's,
    {
        Box::pin(async move {
            let total = match window {
                Window::Page { .. } => self.rows(count).await?.into_iter().next(),
                Window::After { .. } => None,
            };
            Ok((self.rows(rows).await?, total))
        })
    }

    /// Runs a statement and tells how many rows it wrote.
    pub(crate) fn execute<'a, Q>(&'a mut self, query: Q) -> Pending<'a, usize>
    where
        Q: ExecuteDsl<Conn> + Send + 'a,
    {
        Box::pin(async move {
            self.lease.busy = true;
            let outcome = query.execute(self.lease.connection()?).await;
            self.lease.busy = false;
            outcome.map_err(|error| self.failure(error))
        })
    }

    fn failure(&mut self, error: diesel::result::Error) -> RepositoryError {
        self.failed |= self.lease.open;
        statement_failed::<constraints::Named>(error)
    }

    async fn begin(&mut self) -> RepositoryResult<()> {
        self.lease.busy = true;
        self.lease
            .connection()?
            .spawn_blocking(|connection| {
                AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
            })
            .await
            .map_err(statement_failed::<constraints::Named>)?;
        self.lease.open = true;
        self.lease.busy = false;
        Ok(())
    }

    pub(crate) async fn end(mut self, commit: bool) -> RepositoryResult<()> {
        type Transactions = <Conn as AsyncConnection>::TransactionManager;
        let outcome = if commit { self.complete().await } else { Ok(()) };
        let connection = self.lease.connection()?;
        // Left open, the lease closes the connection, which leaves nothing of the unit behind either.
        if commit && outcome.is_ok() {
            Transactions::commit_transaction(connection)
                .await
                .map_err(statement_failed::<constraints::Named>)?;
            self.lease.open = false;
            if self.jobs_came {
                self.bell.send_replace(());
            }
            return Ok(());
        }
        Transactions::rollback_transaction(connection)
            .await
            .map_err(statement_failed::<constraints::Named>)?;
        self.lease.open = false;
        outcome
    }

    /// Writes what is left to be written; fails if something failed before.
    async fn complete(&mut self) -> RepositoryResult<()> {
        if self.failed { Err(backend(UnitFailed)) } else { self.write_journal().await }
    }

    /// One statement without parameters or rows.
    pub(crate) async fn run(&mut self, sql: &str) -> RepositoryResult<()> {
        let outcome = self.lease.connection()?.batch_execute(sql).await;
        outcome.map_err(|error| self.failure(error))
    }
}

#[async_trait]
impl UnitOfWork for Session {
    async fn commit(self: Box<Self>) -> RepositoryResult<()> {
        self.end(true).await
    }

    async fn rollback(self: Box<Self>) -> RepositoryResult<()> {
        self.end(false).await
    }
}
