//! Connections to PostgreSQL: how one is made, when one is still good, and how one is closed.
//!
//! A connection that has rested is asked whether it still answers before it is given out; one that was just in use is
//! not, because that would cost 40 % of the throughput (measured). What slips through is retried by the session.
//!
//! Each thread that answers requests has connections of its own: a statement whose connection lives on another thread waits
//! until both threads have woken each other up, which costs more than the statement (docs/BENCHMARKS.md). What runs beside
//! requests (jobs, counters) moves from thread to thread and therefore has connections apart.

use std::{
    iter,
    num::NonZero,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool::{
    Runtime,
    managed::{
        self, Manager, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType, Timeouts,
    },
};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, SimpleAsyncConnection, pooled_connection::PoolableConnection,
};
use madang_domain::error::RepositoryResult;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio_postgres::NoTls;

use crate::{
    DatabaseOptions, OpenError,
    error::no_connection,
    lease::{Closing, Lease},
    watch::{Counters, Watch},
};

/// How long a connection may rest before it is asked whether it still answers.
const RESTED: Duration = Duration::from_secs(1);

/// How often, and after what time, the end of an abandoned statement is asked for again.
const CANCEL_ATTEMPTS: u32 = 50;
const CANCEL_INTERVAL: Duration = Duration::from_millis(100);

/// With fewer, a slow statement would make too many others wait.
const LEAST_IN_SHARE: usize = 3;

/// The part of the connections that what runs beside requests has to itself, where there are enough of them.
const BESIDE_REQUESTS: usize = 4;

/// How long a thread waits for a connection of its own before it takes one of another thread.
const PATIENCE: Duration = Duration::from_millis(50);

type Share = managed::Pool<Connector>;

/// Connections in shares, where there are enough of them: one for what runs beside requests, and one for each core.
#[derive(Clone)]
pub(crate) struct Pool {
    beside_requests: Share,
    of_threads: Arc<[Share]>,
}

impl Pool {
    fn shares(&self) -> impl Iterator<Item = &Share> {
        iter::once(&self.beside_requests).chain(self.of_threads.iter())
    }

    /// The share of this thread.
    fn own(&self) -> &Share {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static NUMBER: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        let answers_requests = Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread);
        let own = answers_requests
            .then(|| NUMBER.with(|number| number.checked_rem(self.of_threads.len())))
            .flatten()
            .and_then(|number| self.of_threads.get(number));
        own.unwrap_or(&self.beside_requests)
    }

    async fn get(&self) -> Result<Object<Connector>, PoolError<ConnectionError>> {
        let own = self.own();
        if self.of_threads.is_empty() {
            return own.get().await;
        }
        match own.timeout_get(&Timeouts { wait: Some(PATIENCE), ..own.timeouts() }).await {
            Err(PoolError::Timeout(TimeoutType::Wait)) => {}
            outcome => return outcome,
        }
        self.shares().find(|share| has_room(share)).unwrap_or(own).get().await
    }

    fn size(&self) -> usize {
        self.shares().map(|share| share.status().max_size).sum()
    }

    /// Closes the connections that rest; nobody gets one any more.
    pub(crate) fn close(&self) {
        self.shares().for_each(Share::close);
    }
}

fn has_room(share: &Share) -> bool {
    let status = share.status();
    status.available > 0 || status.size < status.max_size
}

/// Makes connections with the settings that units of work rely on.
#[derive(Clone)]
pub(crate) struct Connector {
    config: tokio_postgres::Config,
    set_up: String,
    counters: Arc<Counters>,
    slow: Option<Duration>,
}

/// A pool whose statements may run for `statement_timeout`.
pub(crate) fn pool(
    config: &tokio_postgres::Config,
    options: &DatabaseOptions,
    counters: &Arc<Counters>,
    connections: usize,
    statement_timeout: Duration,
) -> Result<Pool, OpenError> {
    let connector = Connector {
        config: config.clone(),
        set_up: set_up(options, statement_timeout),
        counters: Arc::clone(counters),
        slow: options.slow_statement,
    };
    let share = |size| {
        Share::builder(connector.clone())
            .max_size(size)
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(OpenError::Pool)
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let of_requests = connections - connections.div_ceil(BESIDE_REQUESTS);
    let shares = (of_requests / LEAST_IN_SHARE).min(cores);
    let size = of_requests.checked_div(shares).unwrap_or(0);
    Ok(Pool {
        beside_requests: share(connections - shares * size)?,
        of_threads: iter::repeat_with(|| share(size)).take(shares).collect::<Result<_, _>>()?,
    })
}

/// A connection that answers, as far as one can tell without asking.
pub(crate) async fn lease(pool: &Pool) -> RepositoryResult<Lease<Connector>> {
    pool.get().await.map(Lease::new).map_err(no_connection)
}

/// A connection that was just asked and answered, after another one turned out to be dead.
pub(crate) async fn verified_lease(pool: &Pool) -> RepositoryResult<Lease<Connector>> {
    // Every connection that rests in the pool may be dead too; the one after them is new.
    for _ in 0..=pool.size() {
        let mut object = pool.get().await.map_err(no_connection)?;
        if answers(&mut object).await {
            return Ok(Lease::new(object));
        }
        drop(Object::take(object));
    }
    lease(pool).await
}

/// One connection outside of the pools, e.g. for migrations, whose statements may take their time.
pub(crate) async fn connect(config: &tokio_postgres::Config) -> ConnectionResult<AsyncPgConnection> {
    let (client, connection) =
        config.connect(NoTls).await.map_err(|error| ConnectionError::BadConnection(chain(&error)))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// Whether the server at the other end is still there.
pub(crate) async fn answers(connection: &mut AsyncPgConnection) -> bool {
    connection.batch_execute("").await.is_ok()
}

/// Sessions read only; units of work say so when they write. Compiling a query takes longer than any of ours runs. The language of messages is the superuser's to choose,
/// but where we may, we ask for English, because messages are all that diesel leaves of some errors.
fn set_up(options: &DatabaseOptions, statement_timeout: Duration) -> String {
    format!(
        "SET TIME ZONE 'UTC'; SET default_transaction_read_only = on; SET jit = off; SET statement_timeout = {}; \
         SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
         DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); \
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$",
        statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
        options.idle_in_transaction_timeout.as_millis(),
    )
}

/// The driver's own text says only what was being done; the reason is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

impl Manager for Connector {
    type Type = AsyncPgConnection;
    type Error = ConnectionError;

    async fn create(&self) -> Result<AsyncPgConnection, ConnectionError> {
        let mut connection = connect(&self.config).await?;
        connection.batch_execute(&self.set_up).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        connection.set_instrumentation(Watch::new(Arc::clone(&self.counters), self.slow));
        Ok(connection)
    }

    async fn recycle(
        &self,
        connection: &mut AsyncPgConnection,
        metrics: &Metrics,
    ) -> RecycleResult<ConnectionError> {
        let good = !connection.is_broken()
            && (metrics.last_used() < RESTED || {
                let answers = answers(connection).await;
                self.counters.forget_one();
                answers
            });
        if good { Ok(()) } else { Err(RecycleError::message("the connection is closed or broken")) }
    }
}

impl Closing for Connector {
    fn close(connection: AsyncPgConnection, busy: bool) {
        // A server that waits for a lock does not notice that nobody waits for its answer.
        if busy && let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(end_statement(connection));
        }
    }
}

/// Cancels the statement under way and undoes its unit. A request to cancel that overtakes its statement is lost, so it
/// is repeated until the connection is at rest.
async fn end_statement(mut connection: AsyncPgConnection) {
    let token = connection.cancel_token();
    let mut undone = pin!(connection.batch_execute("ROLLBACK"));
    for _ in 0..CANCEL_ATTEMPTS {
        if let Err(error) = token.cancel_query(NoTls).await {
            tracing::debug!(error = %error, "an abandoned statement could not be cancelled");
            return;
        }
        if tokio::time::timeout(CANCEL_INTERVAL, &mut undone).await.is_ok() {
            return;
        }
    }
}
