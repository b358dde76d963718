//! What happens while a database is away, and after it has come back.

use std::time::Duration;

use madang_domain::{error::RepositoryError, store::Store};
use madang_persistence::{Database, DatabaseOptions, OpenError};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, keep};

#[tokio::test]
async fn reads_and_units_after_a_restart_of_the_server_succeed_at_once() {
    let db = TestDatabase::postgres().await;
    let course = Maker::default().course("수채화");
    keep(&db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    // Several connections rest in the pool, and all of them die.
    for _ in 0..5 {
        let mut sessions = Vec::new();
        for _ in 0..8 {
            let mut session = db.database().session().await.unwrap();
            assert!(session.courses().find(course.id).await.unwrap().is_some());
            sessions.push(session);
        }
        drop(sessions);
        db.end_connections().await;
        let mut session = db.database().session().await.unwrap();
        assert!(session.courses().find(course.id).await.unwrap().is_some());
        drop(session);
        db.end_connections().await;
        db.database().begin().await.unwrap().rollback().await.unwrap();
        db.end_connections().await;
        db.database().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_session_whose_connection_dies_goes_on_with_another() {
    let db = TestDatabase::postgres().await;
    let course = Maker::default().course("수채화");
    keep(&db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    assert!(session.courses().find(course.id).await.unwrap().is_some());
    db.end_connections().await;
    assert!(session.courses().find(course.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_unit_whose_connection_dies_is_unavailable_and_keeps_nothing() {
    let db = TestDatabase::postgres().await;
    let maker = Maker::default();
    let courses = [maker.course("하나"), maker.course("둘")];
    let mut unit = db.database().begin().await.unwrap();
    unit.courses().insert_many(&courses[..1]).await.unwrap();
    db.end_connections().await;
    let outcome = unit.courses().insert_many(&courses[1..]).await;
    assert!(matches!(outcome, Err(RepositoryError::Unavailable(_))), "{outcome:?}");
    drop(unit);

    let mut unit = db.database().begin().await.unwrap();
    unit.courses().insert_many(&courses[1..]).await.unwrap();
    db.end_connections().await;
    let outcome = unit.commit().await;
    assert!(matches!(outcome, Err(RepositoryError::Unavailable(_))), "{outcome:?}");

    let mut session = db.database().session().await.unwrap();
    let ids = courses.map(|course| course.id);
    assert_eq!(session.courses().find_many(&ids).await.unwrap(), []);
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_and_no_absence() {
    let options = DatabaseOptions {
        wait_timeout: Duration::from_millis(200),
        connect_timeout: Duration::from_millis(200),
        ..DatabaseOptions::default()
    };
    // Port 1 is nobody's.
    let away = Database::open("postgres://madang@127.0.0.1:1/madang", options).unwrap();
    assert!(matches!(away.session().await.err(), Some(RepositoryError::Unavailable(_))));
    assert!(matches!(away.begin().await.err(), Some(RepositoryError::Unavailable(_))));
    assert!(matches!(away.ping().await, Err(RepositoryError::Unavailable(_))));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_unavailable() {
    let options = DatabaseOptions { lock_timeout: Duration::from_millis(50), ..DatabaseOptions::default() };
    let db = TestDatabase::postgres_with(&options).await;
    let course = Maker::default().course("수채화");
    keep(&db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    let mut holder = db.database().begin().await.unwrap();
    holder.courses().find_for_update(course.id).await.unwrap();
    let mut waiting = db.database().begin().await.unwrap();
    let outcome = waiting.courses().find_for_update(course.id).await;
    assert!(matches!(outcome, Err(RepositoryError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_unit_that_is_given_up_while_it_waits_lets_its_own_locks_go() {
    let db = TestDatabase::postgres().await;
    let maker = Maker::default();
    let courses = [maker.course("하나"), maker.course("둘")];
    keep(&db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    let [wanted, own] = courses.map(|course| course.id);
    let mut holder = db.database().begin().await.unwrap();
    holder.courses().find_for_update(wanted).await.unwrap();

    let (store, (begun, has_begun)) = (db.store(), tokio::sync::oneshot::channel());
    let waiting = tokio::spawn(async move {
        let mut unit = store.begin().await.unwrap();
        unit.courses().find_for_update(own).await.unwrap();
        begun.send(()).unwrap();
        unit.courses().find_for_update(wanted).await.unwrap();
    });
    has_begun.await.unwrap();
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    // The holder still holds: only the end of the abandoned statement can free the other row.
    holder.courses().find_for_update(own).await.unwrap();
    holder.rollback().await.unwrap();
}

#[tokio::test]
async fn a_sqlite_file_that_another_process_writes_is_waited_for() {
    let options = DatabaseOptions { lock_timeout: Duration::from_millis(50), ..DatabaseOptions::default() };
    let db = TestDatabase::sqlite_with(&options).await;
    let other = Database::open(db.url(), options).unwrap();
    let held = other.begin().await.unwrap();
    let outcome = db.database().begin().await;
    assert!(matches!(outcome.err(), Some(RepositoryError::Unavailable(_))));
    db.database().session().await.unwrap().users().count_admins().await.unwrap();
    held.rollback().await.unwrap();
    db.database().begin().await.unwrap().rollback().await.unwrap();
}

#[tokio::test]
async fn an_address_that_can_not_be_opened_is_refused() {
    let open = |url: &str| Database::open(url, DatabaseOptions::default()).unwrap_err();
    assert!(matches!(open("mysql://localhost/x"), OpenError::UnknownScheme));
    assert!(matches!(open("postgres://localhost:port/x"), OpenError::Address(_)));
    assert!(matches!(open("postgres://localhost/x?sslmode=require"), OpenError::TlsUnsupported));
    let folder = std::env::temp_dir();
    let not_a_file = open(&format!("sqlite://{}", folder.display()));
    assert!(matches!(not_a_file, OpenError::File { .. }), "{not_a_file:?}");
    let under_a_file = std::env::current_exe().unwrap().join("x.db");
    assert!(matches!(open(&format!("sqlite://{}", under_a_file.display())), OpenError::Folder { .. }));
}

#[tokio::test]
async fn a_database_tells_what_it_is() {
    for db in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let facts = db.database().facts().await.unwrap();
        for name in ["server_version", "encoding", "size_bytes"] {
            let fact = facts.iter().find(|fact| fact.name == name).unwrap();
            assert!(!fact.value.is_empty());
            assert_eq!(fact.advice, None, "{name}");
        }
    }
}
