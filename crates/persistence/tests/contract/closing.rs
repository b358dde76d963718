//! Closing a class against marks that are made at the same moment.

use madang_domain::{
    attendance::AttendanceStatus,
    learning::classes::Class,
    store::{Repositories, Store},
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, touched};

crate::on_both!(
    a_mark_that_waited_for_a_closing_finds_the_class_closed,
    a_closing_counts_every_mark_before_it,
);

async fn closed(unit: &mut dyn Repositories, hall: &Hall) {
    let class = unit.classes().find_to_close(hall.class.id).await.unwrap().unwrap();
    let at = Some(class.stamps.created_at);
    let closed = Class { closed_at: at, stamps: touched(class.stamps), ..class };
    unit.classes().update(&closed).await.unwrap();
}

async fn a_mark_that_waited_for_a_closing_finds_the_class_closed(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 0).await;
    let mut closing = db.database().begin().await.unwrap();
    closed(&mut *closing, &hall).await;
    let marking = async {
        let mut unit = db.database().begin().await.unwrap();
        let (_, class) = unit.lectures().find_to_mark(hall.lectures[0].id).await.unwrap().unwrap();
        unit.rollback().await.unwrap();
        class
    };
    let (class, outcome) = tokio::join!(marking, closing.commit());
    outcome.unwrap();
    assert!(class.closed_at.is_some());
}

async fn a_closing_counts_every_mark_before_it(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let mut marking = db.database().begin().await.unwrap();
    let (_, class) = marking.lectures().find_to_mark(hall.lectures[0].id).await.unwrap().unwrap();
    assert!(class.closed_at.is_none());
    let mark = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Present);
    marking.attendances().insert_many(std::slice::from_ref(&mark)).await.unwrap();
    let closing = async {
        let mut unit = db.database().begin().await.unwrap();
        closed(&mut *unit, &hall).await;
        let marks = unit.attendances().of_lecture(hall.lectures[0].id).await.unwrap();
        unit.commit().await.unwrap();
        marks
    };
    let (marks, outcome) = tokio::join!(closing, marking.commit());
    outcome.unwrap();
    assert_eq!(marks, [mark]);
}

#[tokio::test]
async fn marks_hold_a_class_together_and_against_nothing_but_its_closing() {
    let db = TestDatabase::postgres().await;
    let maker = Maker::default();
    let hall = Hall::kept(&db, &maker, 1, 0).await;
    let (mut one, mut other) = (db.database().begin().await.unwrap(), db.database().begin().await.unwrap());
    let held = async |lock: &str| {
        db.run(&format!("SELECT 1 FROM classes WHERE id = '{}' FOR {lock} NOWAIT", hall.class.id))
            .await
            .is_err()
    };
    one.lectures().find_to_mark(hall.lectures[0].id).await.unwrap().unwrap();
    other.lectures().find_to_mark(hall.lectures[0].id).await.unwrap().unwrap();
    assert!(held("UPDATE").await && !held("NO KEY UPDATE").await);
    one.rollback().await.unwrap();
    assert!(held("UPDATE").await);
    other.rollback().await.unwrap();
    assert!(!held("UPDATE").await);
    let mut changing = db.database().begin().await.unwrap();
    changing.lectures().find_for_update(hall.lectures[0].id).await.unwrap().unwrap();
    assert!(held("UPDATE").await && !held("NO KEY UPDATE").await);
    changing.rollback().await.unwrap();
    let mut closing = db.database().begin().await.unwrap();
    closing.classes().find_to_close(hall.class.id).await.unwrap().unwrap();
    assert!(held("KEY SHARE").await);
    closing.rollback().await.unwrap();
}
