//! Units of work: kept whole or not at all, whatever becomes of the one who began them.

use std::time::Duration;

use madang_domain::{
    error::{RepositoryError, UniqueKey},
    ids::CourseId,
    learning::courses::{Course, CourseTitle},
    store::Store,
};
use madang_persistence::{Database, DatabaseOptions};
use madang_testing::TestDatabase;
use tokio::sync::oneshot;

use crate::fixtures::{Maker, keep, touched};

crate::on_both!(
    what_is_rolled_back_is_gone,
    nobody_sees_a_unit_before_it_is_kept,
    an_abandoned_unit_keeps_nothing_and_blocks_nobody,
    an_abandoned_unit_lets_its_locks_go_at_once,
    aborted_units_keep_nothing_and_block_nobody,
    a_unit_waits_for_the_row_that_another_holds,
    a_unit_with_a_failed_statement_is_not_kept,
    a_session_does_not_write,
    who_waits_too_long_for_a_connection_is_told_so,
    an_aborted_read_leaves_the_database_usable,
    many_readers_and_writers_get_along,
);

async fn title(db: &TestDatabase, id: CourseId) -> Option<String> {
    let mut session = db.database().session().await.unwrap();
    session.courses().find(id).await.unwrap().map(|course| course.title.to_string())
}

async fn kept_course(db: &TestDatabase, maker: &Maker) -> Course {
    let course = maker.course("처음");
    keep(db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    course
}

fn renamed(course: &Course, title: &str) -> Course {
    Course { title: CourseTitle::parse(title).unwrap(), stamps: touched(course.stamps), ..course.clone() }
}

async fn what_is_rolled_back_is_gone(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let mut unit = db.database().begin().await.unwrap();
    unit.courses().insert_many(std::slice::from_ref(&course)).await.unwrap();
    assert!(unit.courses().find(course.id).await.unwrap().is_some());
    unit.rollback().await.unwrap();
    assert_eq!(title(db, course.id).await, None);
}

async fn nobody_sees_a_unit_before_it_is_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let mut unit = db.database().begin().await.unwrap();
    unit.courses().insert_many(std::slice::from_ref(&course)).await.unwrap();
    assert_eq!(title(db, course.id).await, None);
    unit.commit().await.unwrap();
    assert_eq!(title(db, course.id).await.as_deref(), Some("수채화"));
}

async fn an_abandoned_unit_keeps_nothing_and_blocks_nobody(db: &TestDatabase) {
    let maker = Maker::default();
    let course = kept_course(db, &maker).await;
    for _ in 0..20 {
        let mut unit = db.database().begin().await.unwrap();
        unit.courses().update(&renamed(&course, "둘째")).await.unwrap();
        drop(unit);
    }
    assert_eq!(title(db, course.id).await.as_deref(), Some("처음"));
    keep(db, async |unit| unit.courses().update(&renamed(&course, "셋째")).await).await.unwrap();
    assert_eq!(title(db, course.id).await.as_deref(), Some("셋째"));
}

async fn an_abandoned_unit_lets_its_locks_go_at_once(db: &TestDatabase) {
    let course = kept_course(db, &Maker::default()).await;
    let mut unit = db.database().begin().await.unwrap();
    unit.courses().update(&renamed(&course, "둘째")).await.unwrap();
    drop(unit);
    // Through a pool of its own, which never meets the connection that was abandoned.
    let options = DatabaseOptions { lock_timeout: Duration::from_secs(3), ..DatabaseOptions::default() };
    let other = Database::open(db.url(), options).unwrap();
    let mut unit = other.begin().await.unwrap();
    unit.courses().update(&renamed(&course, "셋째")).await.unwrap();
    unit.commit().await.unwrap();
    other.close();
    assert_eq!(title(db, course.id).await.as_deref(), Some("셋째"));
}

async fn aborted_units_keep_nothing_and_block_nobody(db: &TestDatabase) {
    let maker = Maker::default();
    let course = kept_course(db, &maker).await;
    for number in 0..40 {
        let (store, mine) = (db.store(), renamed(&course, "둘째"));
        let others: Vec<Course> = (0..50).map(|_| maker.course("많이")).collect();
        let (begun, has_begun) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut unit = store.begin().await.unwrap();
            unit.courses().update(&mine).await.unwrap();
            begun.send(()).unwrap();
            loop {
                unit.courses().insert_many(&others).await.unwrap();
                let ids: Vec<CourseId> = others.iter().map(|course| course.id).collect();
                unit.courses().find_many(&ids).await.unwrap();
                unit.courses().update(&mine).await.unwrap_err();
            }
        });
        has_begun.await.unwrap();
        // Somewhere amid the statements, each time elsewhere.
        for _ in 0..number {
            tokio::task::yield_now().await;
        }
        task.abort();
        assert!(task.await.is_err());
        let next = renamed(&course, "셋째");
        let mut unit = db.database().begin().await.unwrap();
        unit.courses().update(&next).await.unwrap();
        unit.rollback().await.unwrap();
    }
    assert_eq!(title(db, course.id).await.as_deref(), Some("처음"));
}

async fn a_unit_waits_for_the_row_that_another_holds(db: &TestDatabase) {
    let maker = Maker::default();
    let course = kept_course(db, &maker).await;
    let mut first = db.database().begin().await.unwrap();
    let held = first.courses().find_for_update(course.id).await.unwrap().unwrap();

    let (store, id) = (db.store(), course.id);
    let second = tokio::spawn(async move {
        let mut unit = store.begin().await.unwrap();
        let found = unit.courses().find_for_update(id).await.unwrap().unwrap();
        unit.commit().await.unwrap();
        found
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!second.is_finished());
    first.courses().update(&renamed(&held, "둘째")).await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap().title.as_str(), "둘째");
}

async fn a_unit_with_a_failed_statement_is_not_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let (course, other) = (kept_course(db, &maker).await, maker.course("둘째"));
    let mut unit = db.database().begin().await.unwrap();
    unit.courses().insert_many(std::slice::from_ref(&other)).await.unwrap();
    let outcome = unit.courses().insert_many(std::slice::from_ref(&course)).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::PrimaryKey));
    assert!(matches!(unit.commit().await, Err(RepositoryError::Backend(_))));
    assert_eq!(title(db, other.id).await, None);
}

async fn a_session_does_not_write(db: &TestDatabase) {
    let course = Maker::default().course("수채화");
    let mut session = db.database().session().await.unwrap();
    assert!(session.courses().insert_many(std::slice::from_ref(&course)).await.is_err());
    drop(session);
    let mut session = db.database().long_session().await.unwrap();
    assert!(session.courses().insert_many(std::slice::from_ref(&course)).await.is_err());
    assert_eq!(title(db, course.id).await, None);
}

async fn who_waits_too_long_for_a_connection_is_told_so(db: &TestDatabase) {
    let options = DatabaseOptions {
        connections: 1,
        wait_timeout: Duration::from_millis(20),
        ..DatabaseOptions::default()
    };
    let small = Database::open(db.url(), options).unwrap();
    let held = small.begin().await.unwrap();
    let outcome = small.begin().await;
    assert!(matches!(outcome, Err(RepositoryError::Unavailable(_))));
    held.rollback().await.unwrap();
    small.begin().await.unwrap().rollback().await.unwrap();
    small.close();
}

async fn an_aborted_read_leaves_the_database_usable(db: &TestDatabase) {
    let maker = Maker::default();
    let courses: Vec<Course> = (0..500).map(|_| maker.course("많이")).collect();
    keep(db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    let ids: Vec<CourseId> = courses.iter().map(|course| course.id).collect();
    for number in 0..30 {
        let (store, ids) = (db.store(), ids.clone());
        let (begun, has_begun) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut session = store.long_session().await.unwrap();
            begun.send(()).unwrap();
            loop {
                session.courses().find_many(&ids).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        has_begun.await.unwrap();
        for _ in 0..number {
            tokio::task::yield_now().await;
        }
        task.abort();
        assert!(task.await.is_err());
    }
    let mut session = db.database().long_session().await.unwrap();
    assert_eq!(session.courses().find_many(&ids).await.unwrap().len(), courses.len());
}

async fn many_readers_and_writers_get_along(db: &TestDatabase) {
    let maker = Maker::default();
    let course = kept_course(db, &maker).await;
    let writers: Vec<_> = (0..24)
        .map(|_| {
            let (store, id) = (db.store(), course.id);
            tokio::spawn(async move {
                let mut unit = store.begin().await.unwrap();
                let found = unit.courses().find_for_update(id).await.unwrap().unwrap();
                let next = Course { stamps: touched(found.stamps), ..found };
                unit.courses().update(&next).await.unwrap();
                unit.commit().await.unwrap();
                let mut session = store.session().await.unwrap();
                assert!(session.courses().find(id).await.unwrap().is_some());
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.courses().find(course.id).await.unwrap().unwrap().stamps.version, 25);
}
