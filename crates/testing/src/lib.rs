//! A database for each test, gone when the test is over; and servers that speak as those do that messages leave for.
//!
//! For tests only. SQLite gets a migrated file in a temporary folder. PostgreSQL gets a copy of one migrated template, on the
//! server that `MADANG_TEST_POSTGRES_URL` names (an administrator's address; `make test` starts such a server). Where the
//! variable is not set, the test fails rather than being passed over.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a test that has no database, or asks a server for what it would refuse, is to fail"
)]

mod providers;
mod smtp;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use madang_domain::store::Store;
use madang_persistence::{Database, DatabaseOptions};
pub use providers::{FakeGoogle, FakeNhn, FakeServer, FakeSolapi, Reaction, Request};
pub use smtp::{FakeSmtpServer, ReceivedMail, SmtpManner};
use tempfile::TempDir;
use tokio_postgres::{Client, Config, NoTls, error::SqlState};

/// The variable with the administrator's address of the PostgreSQL server for tests.
pub const POSTGRES_URL: &str = "MADANG_TEST_POSTGRES_URL";

/// One test at a time makes the template; the others wait.
const TEMPLATE_LOCK: i64 = 7_261_938_504;

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// A migrated database of the test's own.
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(#[expect(dead_code, reason = "dropping it removes the folder")] TempDir),
    Server { admin: String, name: String },
}

impl TestDatabase {
    /// A SQLite file.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(&DatabaseOptions::default()).await
    }

    /// A SQLite file, opened with these options.
    pub async fn sqlite_with(options: &DatabaseOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let database = Database::open(&url, options.clone()).unwrap();
        database.migrations().run_pending().await.unwrap();
        Self { database, url, place: Place::Folder(folder) }
    }

    /// A PostgreSQL database.
    pub async fn postgres() -> Self {
        Self::postgres_with(&DatabaseOptions::default()).await
    }

    /// A PostgreSQL database, opened with these options.
    pub async fn postgres_with(options: &DatabaseOptions) -> Self {
        let admin = admin_url();
        let client = connect(&admin).await;
        let template = template(&admin, &client).await;
        let name = unique_name();
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        let url = with_database(&admin, &name);
        let database = Database::open(&url, options.clone()).unwrap();
        Self { database, url, place: Place::Server { admin, name } }
    }

    /// An empty PostgreSQL database, not migrated.
    pub async fn empty_postgres() -> Self {
        let admin = admin_url();
        let name = unique_name();
        connect(&admin).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let url = with_database(&admin, &name);
        let database = Database::open(&url, DatabaseOptions::default()).unwrap();
        Self { database, url, place: Place::Server { admin, name } }
    }

    /// An empty SQLite file, not migrated.
    pub fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let database = Database::open(&url, DatabaseOptions::default()).unwrap();
        Self { database, url, place: Place::Folder(folder) }
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The store that services work on.
    pub fn store(&self) -> Arc<dyn Store> {
        self.database.store()
    }

    /// The address, for opening the database once more.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements past all ports, to see what the database itself allows.
    ///
    /// # Errors
    /// What the database says when it refuses.
    pub async fn run(&self, sql: &str) -> Result<(), String> {
        match &self.place {
            Place::Folder(_) => {
                let file = self.url.trim_start_matches("sqlite://");
                let mut connection = SqliteConnection::establish(file).unwrap();
                connection.batch_execute(sql).map_err(|error| error.to_string())
            }
            Place::Server { .. } => {
                let outcome = connect(&self.url).await.batch_execute(sql).await;
                outcome.map_err(|error| {
                    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
                })
            }
        }
    }

    /// The first column of the rows of a query, a text called `value`, read past all ports.
    ///
    /// # Errors
    /// What the database says when it refuses.
    pub async fn read(&self, sql: &str) -> Result<Vec<String>, String> {
        match &self.place {
            Place::Folder(_) => {
                let file = self.url.trim_start_matches("sqlite://");
                let mut connection = SqliteConnection::establish(file).unwrap();
                let rows = diesel::sql_query(format!("SELECT value FROM ({sql}) AS rows"));
                let rows: Vec<TextRow> = rows.load(&mut connection).map_err(|error| error.to_string())?;
                Ok(rows.into_iter().map(|row| row.value).collect())
            }
            Place::Server { .. } => {
                let rows =
                    connect(&self.url).await.query(sql, &[]).await.map_err(|error| error.to_string())?;
                Ok(rows.iter().map(|row| row.get(0)).collect())
            }
        }
    }

    /// Ends every connection to the database, as a restart of the server would; nothing happens on SQLite.
    pub async fn end_connections(&self) {
        if let Place::Server { admin, name } = &self.place {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            connect(admin).await.query(end, &[name]).await.unwrap();
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.database.close();
        let Place::Server { admin, name } = &self.place else { return };
        let (admin, name) = (admin.clone(), name.clone());
        // The runtime of the test may have one thread only, and that one is here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connect(&admin).await.batch_execute(&drop).await.unwrap();
            });
        })
        .join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the test database could not be dropped");
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings to take the address from")]
fn admin_url() -> String {
    std::env::var(POSTGRES_URL).unwrap_or_else(|_| {
        panic!("{POSTGRES_URL} is not set: run `make test`, which starts a PostgreSQL server for the tests")
    })
}

/// The template for this state of the migrations; made by the first test that needs it.
async fn template(admin: &str, client: &Client) -> String {
    let name = format!("madang_template_{:x}", migrations_hash());
    client.batch_execute(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await.unwrap();
    let exists = "SELECT 1 FROM pg_database WHERE datname = $1";
    if client.query(exists, &[&name]).await.unwrap().is_empty() {
        // Under another name until it is finished, so that nobody finds half a template after a crash.
        let unfinished = format!("{name}_unfinished");
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {unfinished}")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {unfinished} TEMPLATE template0")).await.unwrap();
        let database =
            Database::open(&with_database(admin, &unfinished), DatabaseOptions::default()).unwrap();
        database.migrations().run_pending().await.unwrap();
        database.close();
        rename(client, &unfinished, &name).await;
    }
    client.batch_execute(&format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await.unwrap();
    name
}

/// A connection that was just closed may linger a moment on the server.
async fn rename(client: &Client, from: &str, to: &str) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    loop {
        client.query(end, &[&from]).await.unwrap();
        match client.batch_execute(&format!("ALTER DATABASE {from} RENAME TO {to}")).await {
            Ok(()) => return,
            Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {}
            Err(error) => panic!("the template can't be renamed: {error}"),
        }
    }
}

/// Tells one state of the migrations from another.
fn migrations_hash() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|migration| migration.unwrap().path().join("up.sql"))
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        (&file.parent().and_then(Path::file_name), std::fs::read(&file).unwrap()).hash(&mut hasher);
    }
    hasher.finish()
}

async fn connect(url: &str) -> Client {
    let config: Config = url.parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The same server, another database.
fn with_database(admin: &str, name: &str) -> String {
    let (address, options) = admin.split_once('?').map_or((admin, None), |(address, o)| (address, Some(o)));
    let server = address.rsplit_once('/').map_or(address, |(server, _)| server);
    match options {
        Some(options) => format!("{server}/{name}?{options}"),
        None => format!("{server}/{name}"),
    }
}

/// Unlike any other test's, in this process and in others.
fn unique_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut hasher = DefaultHasher::new();
    (std::process::id(), std::time::SystemTime::now(), NEXT.fetch_add(1, Ordering::Relaxed))
        .hash(&mut hasher);
    format!("madang_test_{:x}", hasher.finish())
}
