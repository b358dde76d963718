//! Reports read from a streaming replica: a real one, which these tests hold up as they please.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use madang_domain::{
    ids::CourseId,
    learning::courses::Course,
    store::{LocalMarks, Store},
};
use madang_persistence::{Database, DatabaseOptions, OpenError};
use madang_testing::TestDatabase;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::fixtures::Maker;

const WRITER: Uuid = Uuid::from_u128(1);
const STRANGER: Uuid = Uuid::from_u128(2);

/// A server with a replica, both gone with this.
struct Servers {
    script: Child,
    primary: String,
    replica: String,
}

impl Servers {
    fn start() -> Self {
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/with-services.sh"))
            .args(["--replica", "bash", "-c"])
            .arg("echo $MADANG_TEST_POSTGRES_URL $MADANG_TEST_REPLICA_URL; cat >/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (primary, replica) = line.trim().split_once(' ').unwrap();
        Self { primary: primary.to_owned(), replica: replica.to_owned(), script }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The script ends when nobody can write to it any more.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn keep(database: &Database, course: &Course) {
    let mut unit = database.begin().await.unwrap();
    unit.courses().insert_many(std::slice::from_ref(course)).await.unwrap();
    unit.commit().await.unwrap();
}

async fn sees(database: &Database, reader: Uuid, course: CourseId) -> bool {
    let mut session = database.report_session(reader).await.unwrap();
    session.courses().find(course).await.unwrap().is_some()
}

/// Until the replica has replayed all that the primary has written.
async fn caught_up(primary: &Client, replica: &Client) {
    let written: String =
        primary.query_one("SELECT pg_current_wal_flush_lsn()::text", &[]).await.unwrap().get(0);
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let sql = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
        if replica.query_one(&sql, &[]).await.unwrap().get(0) {
            return;
        }
        assert!(Instant::now() < until, "the replica does not catch up");
    }
}

/// Until the replica replays nothing more.
async fn pause(replica: &Client) {
    replica.batch_execute("SELECT pg_wal_replay_pause()").await.unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let state: String =
            replica.query_one("SELECT pg_get_wal_replay_pause_state()", &[]).await.unwrap().get(0);
        if state == "paused" {
            return;
        }
        assert!(Instant::now() < until, "the replica does not pause");
    }
}

#[tokio::test]
async fn a_report_comes_from_the_replica_but_never_older_than_what_its_reader_wrote_last() {
    let servers = Servers::start();
    let options = DatabaseOptions::default();
    let database = Database::open(&servers.primary, options.clone())
        .unwrap()
        .with_replica(&servers.replica, &options, Arc::new(LocalMarks::default()))
        .unwrap();
    database.migrations().run_pending().await.unwrap();
    let (primary, replica) = (connect(&servers.primary).await, connect(&servers.replica).await);
    let maker = Maker::default();
    let courses = [maker.course("하나"), maker.course("둘"), maker.course("셋")];

    // Whoever may have written before this process began has to wait for the replica once.
    caught_up(&primary, &replica).await;
    assert!(!sees(&database, STRANGER, courses[0].id).await);
    keep(&database, &maker.course("영")).await;
    caught_up(&primary, &replica).await;

    pause(&replica).await;
    keep(&database, &courses[0]).await;
    database.wrote(WRITER).await;
    assert!(sees(&database, WRITER, courses[0].id).await, "the writer is served by the primary");
    assert!(!sees(&database, STRANGER, courses[0].id).await, "others are served by the replica");

    replica.batch_execute("SELECT pg_wal_replay_resume()").await.unwrap();
    primary.batch_execute("CHECKPOINT").await.unwrap();
    caught_up(&primary, &replica).await;
    pause(&replica).await;
    keep(&database, &courses[1]).await;
    assert!(sees(&database, WRITER, courses[0].id).await);
    assert!(!sees(&database, WRITER, courses[1].id).await, "what others write may come later");
    database.wrote(WRITER).await;
    assert!(sees(&database, WRITER, courses[1].id).await, "who writes again is served by the primary again");

    // A replica that is away, or none at all, is passed over.
    for wrong in ["postgres://postgres@127.0.0.1:9/postgres", servers.primary.as_str()] {
        let options = DatabaseOptions { connect_timeout: Duration::from_millis(500), ..options.clone() };
        let database = Database::open(&servers.primary, options.clone())
            .unwrap()
            .with_replica(wrong, &options, Arc::new(LocalMarks::default()))
            .unwrap();
        keep(&database, &maker.course("넷")).await;
        assert!(sees(&database, STRANGER, courses[1].id).await);
        assert!(sees(&database, WRITER, courses[1].id).await);
    }
}

#[tokio::test]
async fn a_file_has_no_replica() {
    let db = TestDatabase::sqlite().await;
    let options = DatabaseOptions::default();
    let outcome =
        db.database().clone().with_replica("postgres://x/y", &options, Arc::new(LocalMarks::default()));
    assert!(matches!(outcome, Err(OpenError::NoReplica)));
    let mut session = db.database().report_session(STRANGER).await.unwrap();
    assert!(session.courses().find(CourseId(STRANGER)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_database_that_is_maintained_is_read_and_not_written() {
    for db in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let course = Maker::default().course("수채화");
        keep(db.database(), &course).await;
        let options = DatabaseOptions { read_only: true, ..DatabaseOptions::default() };
        let store = Database::open(db.url(), options).unwrap().store();
        assert!(store.is_read_only());
        assert!(store.session().await.unwrap().courses().find(course.id).await.unwrap().is_some());
        assert!(matches!(store.begin().await.err(), Some(madang_domain::error::RepositoryError::ReadOnly)));
    }
}
