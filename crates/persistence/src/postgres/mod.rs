//! The PostgreSQL adapter: the store, the session that all repositories run on, and what differs from SQLite.
//!
//! The queries are in `../repositories`, which this module mounts with its own `Conn`, `Db` and `dialect`.

use std::sync::Arc;

use async_trait::async_trait;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager,
    methods::{ExecuteDsl, LoadQuery},
};
use madang_domain::{
    error::{Pending, RepositoryError, RepositoryResult},
    jobs::WakeUps,
    page::Window,
    store::{Repositories, Store, UnitOfWork, WriteMarks},
};
use uuid::Uuid;

use crate::{
    DatabaseOptions, OpenError,
    error::{UnitFailed, backend, connection_lost, statement_failed},
    lease::Lease,
    rows::journal::Journal,
    watch::Counters,
};
use pool::{Connector, Pool};
use replica::Replica;

mod constraints;
pub(crate) mod dialect;
mod facts;
pub(crate) mod pool;
mod replica;
#[path = "../repositories/mod.rs"]
mod repositories;
mod wake_ups;

pub(crate) type Db = diesel::pg::Pg;
pub(crate) type Conn = AsyncPgConnection;

/// A PostgreSQL database.
#[derive(Clone)]
pub(crate) struct PostgresStore {
    pool: Pool,
    long_pool: Pool,
    replica: Option<Replica>,
    pub(crate) config: tokio_postgres::Config,
}

impl PostgresStore {
    /// Connects when it must, not before: a server starts even while its database is away.
    pub(crate) fn open(
        url: &str,
        options: &DatabaseOptions,
        counters: &Arc<Counters>,
    ) -> Result<Self, OpenError> {
        let config = address(url, options)?;
        let pool = pool::pool(&config, options, counters, options.connections, options.statement_timeout)?;
        let long_pool =
            pool::pool(&config, options, counters, options.long_connections, options.long_statement_timeout)?;
        Ok(Self { pool, long_pool, replica: None, config })
    }

    /// The same, whose reports are read from a replica.
    pub(crate) fn with_replica(
        self,
        url: &str,
        options: &DatabaseOptions,
        counters: &Arc<Counters>,
        marks: Arc<dyn WriteMarks>,
    ) -> Result<Self, OpenError> {
        let pool = pool::pool(
            &address(url, options)?,
            options,
            counters,
            options.replica_connections,
            options.long_statement_timeout,
        )?;
        Ok(Self { replica: Some(Replica::new(pool, marks)), ..self })
    }

    /// The session type itself, for what is not a repository.
    pub(crate) async fn reading(&self) -> RepositoryResult<Session> {
        Ok(Session::new(pool::lease(&self.pool).await?, self.pool.clone()))
    }

    /// An open unit of work.
    pub(crate) async fn writing(&self) -> RepositoryResult<Session> {
        let mut session = self.reading().await?;
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

    /// A session of the replica, where there is one that has seen what `reader` wrote last.
    async fn of_replica(&self, reader: Uuid) -> RepositoryResult<Option<Session>> {
        match &self.replica {
            Some(replica) => replica.session(self, reader).await,
            None => Ok(None),
        }
    }

    /// Closes the connections that rest; nobody gets one any more.
    pub(crate) fn close(&self) {
        self.pool.close();
        self.long_pool.close();
        self.replica.iter().for_each(Replica::close);
    }
}

fn address(url: &str, options: &DatabaseOptions) -> Result<tokio_postgres::Config, OpenError> {
    let mut config: tokio_postgres::Config = url.parse().map_err(OpenError::Address)?;
    if config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
        return Err(OpenError::TlsUnsupported);
    }
    config.connect_timeout(options.connect_timeout);
    if config.get_application_name().is_none() {
        config.application_name("madang");
    }
    Ok(config)
}

#[async_trait]
impl Store for PostgresStore {
    async fn session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        Ok(Box::new(self.reading().await?))
    }

    async fn long_session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        let lease = pool::lease(&self.long_pool).await?;
        Ok(Box::new(Session::new(lease, self.long_pool.clone())))
    }

    async fn report_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        match self.of_replica(reader).await? {
            Some(session) => Ok(Box::new(session)),
            None => self.long_session().await,
        }
    }

    async fn figure_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        match self.of_replica(reader).await? {
            Some(session) => Ok(Box::new(session)),
            None => self.session().await,
        }
    }

    async fn wrote(&self, writer: Uuid) {
        if let Some(replica) = &self.replica {
            replica.wrote(writer).await;
        }
    }

    fn is_read_only(&self) -> bool {
        false
    }

    async fn begin(&self) -> RepositoryResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.writing().await?))
    }

    fn wake_ups(&self) -> Box<dyn WakeUps> {
        Box::new(wake_ups::Listener::begin(&self.config))
    }

    async fn ping(&self) -> RepositoryResult<()> {
        pool::verified_lease(&self.pool).await.map(drop)
    }
}

/// A connection with all repositories on it.
pub(crate) struct Session {
    lease: Lease<Connector>,
    pool: Pool,
    failed: bool,
    pub(crate) journal: Journal,
}

impl Session {
    fn new(lease: Lease<Connector>, pool: Pool) -> Self {
        Self { lease, pool, failed: false, journal: Journal::default() }
    }

    /// Reads rows. Outside of a unit of work a statement that finds its connection dead runs once more on another one.
    pub(crate) fn rows<'s, 'q, Q, U>(&'s mut self, query: impl Fn() -> Q + Send + 's) -> Pending<'s, Vec<U>>
    where
        'q: 's,
        Q: LoadQuery<'q, Conn, U> + Send + 'q,
        U: Send + 's,
    {
        Box::pin(async move {
            match self.load(query()).await {
                Err(error) if !self.lease.open && connection_lost(&error) => {
                    self.lease.close();
                    self.lease = pool::verified_lease(&self.pool).await?;
                    self.load(query()).await
                }
                outcome => outcome,
            }
            .map_err(|error| self.failure(error))
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

    async fn load<'a, Q, U>(&mut self, query: Q) -> diesel::QueryResult<Vec<U>>
    where
        Q: LoadQuery<'a, Conn, U> + Send + 'a,
        U: Send,
    {
        self.lease.busy = true;
        let connection =
            self.lease.connection().map_err(|_| diesel::result::Error::BrokenTransactionManager)?;
        let outcome = query.load(connection).await;
        self.lease.busy = false;
        outcome
    }

    fn failure(&mut self, error: diesel::result::Error) -> RepositoryError {
        self.failed |= self.lease.open;
        statement_failed::<constraints::Named>(error)
    }

    async fn begin(&mut self) -> RepositoryResult<()> {
        match self.begin_here().await {
            Err(error) if connection_lost(&error) => {
                self.lease.close();
                self.lease = pool::verified_lease(&self.pool).await?;
                self.begin_here().await
            }
            outcome => outcome,
        }
        .map_err(statement_failed::<constraints::Named>)
    }

    async fn begin_here(&mut self) -> diesel::QueryResult<()> {
        self.lease.busy = true;
        let connection =
            self.lease.connection().map_err(|_| diesel::result::Error::BrokenTransactionManager)?;
        AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN READ WRITE").await?;
        self.lease.open = true;
        self.lease.busy = false;
        Ok(())
    }

    pub(crate) async fn end(mut self, commit: bool) -> RepositoryResult<()> {
        let outcome = if commit { self.complete().await } else { Ok(()) };
        let connection = self.lease.connection()?;
        // Left open or busy, the lease closes the connection, which leaves nothing of the unit behind either.
        if commit && outcome.is_ok() {
            AnsiTransactionManager::commit_transaction(connection)
                .await
                .map_err(statement_failed::<constraints::Named>)?;
            self.lease.open = false;
            return Ok(());
        }
        AnsiTransactionManager::rollback_transaction(connection)
            .await
            .map_err(statement_failed::<constraints::Named>)?;
        self.lease.open = false;
        outcome
    }

    /// Writes what is left to be written; fails if something failed before.
    async fn complete(&mut self) -> RepositoryResult<()> {
        if self.failed { Err(backend(UnitFailed)) } else { self.write_journal().await }
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
