//! Long-running operations, external ids and the server's own secrets.

use chrono::TimeDelta;
use madang_domain::{
    error::{RepositoryError, UniqueKey},
    external_ids::ExternalId,
    ids::{OperationId, UserId},
    operations::{Operation, OperationStatus},
    store::Store,
};
use madang_testing::TestDatabase;
use serde_json::{Value, json};

use crate::fixtures::{Maker, at, keep};

crate::on_both!(
    an_operation_is_read_as_it_was_written,
    what_nobody_vouches_for_has_failed,
    external_ids_are_read_as_they_were_written,
    an_external_id_stands_for_one_thing,
    a_secret_is_made_once,
);

fn operation(maker: &Maker, status: OperationStatus) -> Operation {
    let stamps = maker.stamps();
    Operation {
        id: OperationId(maker.id()),
        kind: "import".to_owned(),
        status,
        progress: 0,
        requested_by: None,
        result: None,
        error: None,
        created_at: stamps.created_at,
        updated_at: stamps.updated_at,
    }
}

async fn an_operation_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let queued =
        Operation { requested_by: Some(UserId(maker.id())), ..operation(&maker, OperationStatus::Queued) };
    let mut unit = db.database().begin().await.unwrap();
    unit.operations().insert(&queued).await.unwrap();
    assert_eq!(unit.operations().find(queued.id).await.unwrap(), Some(queued.clone()));
    for result in [json!({"rows": [1, "둘"]}), json!("done"), json!(7), json!([])] {
        let done = Operation {
            status: OperationStatus::Succeeded,
            progress: 100,
            result: Some(result),
            updated_at: at("2026-11-21T09:00:00Z"),
            ..queued.clone()
        };
        unit.operations().update(&done).await.unwrap();
        assert_eq!(unit.operations().find(queued.id).await.unwrap(), Some(done));
    }
    let unknown = operation(&maker, OperationStatus::Running);
    assert!(matches!(unit.operations().update(&unknown).await, Err(RepositoryError::Stale)));
    assert_eq!(unit.operations().find(unknown.id).await.unwrap(), None);
}

async fn what_nobody_vouches_for_has_failed(db: &TestDatabase) {
    let maker = Maker::default();
    let operations = OperationStatus::ALL.map(|status| operation(&maker, status));
    let error: Value = json!({"code": "INTERRUPTED", "detail": "…"});
    let now = at("2026-11-21T09:00:00Z");
    let mut unit = db.database().begin().await.unwrap();
    for operation in &operations {
        unit.operations().insert(operation).await.unwrap();
    }
    let alive = operation(&maker, OperationStatus::Running);
    unit.operations().insert(&alive).await.unwrap();
    let vouched: Vec<OperationId> = operations[1..].iter().chain([&alive]).map(|one| one.id).collect();
    unit.operations().vouch_for(&vouched, now).await.unwrap();
    assert_eq!(unit.operations().find(alive.id).await.unwrap(), Some(Operation { updated_at: now, ..alive }));
    assert_eq!(unit.operations().fail_forsaken(operations[0].updated_at, &error, now).await.unwrap(), 0);
    assert_eq!(unit.operations().fail_forsaken(now, &error, now).await.unwrap(), 1);
    assert_eq!(unit.operations().fail_forsaken(now + TimeDelta::seconds(1), &error, now).await.unwrap(), 2);
    for old in operations {
        let ended = matches!(old.status, OperationStatus::Succeeded | OperationStatus::Failed);
        let expected = if ended {
            old
        } else {
            Operation { status: OperationStatus::Failed, error: Some(error.clone()), updated_at: now, ..old }
        };
        assert_eq!(unit.operations().find(expected.id).await.unwrap(), Some(expected));
    }
}

fn external(maker: &Maker, entity: &'static str, external_id: &str) -> ExternalId {
    ExternalId { entity, external_id: external_id.to_owned(), id: maker.id() }
}

async fn external_ids_are_read_as_they_were_written(db: &TestDatabase) {
    let maker = Maker::default();
    let courses = [external(&maker, "course", "a"), external(&maker, "course", "b")];
    let user = external(&maker, "user", "a");
    let mut unit = db.database().begin().await.unwrap();
    unit.external_ids().insert_many("lms", &courses).await.unwrap();
    unit.external_ids().insert_many("lms", std::slice::from_ref(&user)).await.unwrap();
    unit.external_ids().insert_many("other", &courses[..1]).await.unwrap();
    assert_eq!(unit.external_ids().of("lms", "course").await.unwrap(), courses);
    assert_eq!(unit.external_ids().of("lms", "user").await.unwrap(), [user]);
    assert_eq!(unit.external_ids().of("other", "user").await.unwrap(), []);
}

async fn an_external_id_stands_for_one_thing(db: &TestDatabase) {
    let maker = Maker::default();
    let twice = [external(&maker, "course", "a"), external(&maker, "course", "a")];
    let outcome = keep(db, async |unit| unit.external_ids().insert_many("lms", &twice).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::ExternalId));
}

async fn a_secret_is_made_once(db: &TestDatabase) {
    let attempts: Vec<_> = (0..6_u8)
        .map(|number| {
            let database = db.database().clone();
            tokio::spawn(async move { database.server_secret("key", || vec![number; 32]).await })
        })
        .collect();
    let mut secrets = Vec::new();
    for attempt in attempts {
        secrets.push(attempt.await.unwrap().unwrap());
    }
    secrets.dedup();
    assert_eq!(secrets.len(), 1, "all got the same one");
    let other = db.database().server_secret("other", || vec![9]).await.unwrap();
    assert_eq!(other, [9]);
    let kept = db.database().server_secret("key", || panic!("it is there already")).await.unwrap();
    assert_eq!(kept, secrets[0]);
}
