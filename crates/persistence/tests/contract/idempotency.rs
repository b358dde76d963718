//! Idempotency keys.

use madang_domain::{
    error::RepositoryError,
    idempotency::{IdempotencyKey, KeyRecord, StoredAnswer},
    store::{Store, finish},
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, at, keep};

crate::on_both!(
    a_key_is_claimed_once,
    of_claims_at_once_one_is_granted,
    an_answer_is_kept_once_and_read_as_it_was_written,
    a_claim_without_an_answer_can_be_released,
    keys_are_forgotten_when_their_time_is_over,
);

fn key(maker: &Maker, key: &str) -> IdempotencyKey {
    IdempotencyKey { principal: maker.id(), key: key.to_owned() }
}

fn answer() -> StoredAnswer {
    StoredAnswer {
        status: 201,
        location: Some("/api/v1/courses/1".to_owned()),
        etag: Some("\"1\"".to_owned()),
        body: "{\"title\":\"수채화\"}".to_owned(),
    }
}

async fn a_key_is_claimed_once(db: &TestDatabase) {
    let maker = Maker::default();
    let (key, until) = (key(&maker, "k-1"), at("2026-11-21T09:01:00Z"));
    assert!(keep(db, async |unit| unit.idempotency().claim(&key, "print", until).await).await.unwrap());
    assert!(!keep(db, async |unit| unit.idempotency().claim(&key, "other", until).await).await.unwrap());
    let elsewhere = IdempotencyKey { principal: maker.id(), ..key.clone() };
    assert!(keep(db, async |unit| unit.idempotency().claim(&elsewhere, "print", until).await).await.unwrap());

    let mut session = db.database().session().await.unwrap();
    let record = KeyRecord { fingerprint: "print".to_owned(), holds_until: until, answer: None };
    assert_eq!(session.idempotency().find(&key).await.unwrap(), Some(record));
    let unknown = IdempotencyKey { principal: maker.id(), ..key };
    assert_eq!(session.idempotency().find(&unknown).await.unwrap(), None);
}

async fn of_claims_at_once_one_is_granted(db: &TestDatabase) {
    let key = key(&Maker::default(), "k-1");
    let attempts: Vec<_> = (0..8)
        .map(|number| {
            let (store, key) = (db.store(), key.clone());
            tokio::spawn(async move {
                let mut unit = store.begin().await?;
                let until = at("2026-11-21T09:01:00Z");
                let outcome = unit.idempotency().claim(&key, &number.to_string(), until).await;
                finish(unit, outcome).await
            })
        })
        .collect();
    let mut granted = 0;
    for attempt in attempts {
        granted += u8::from(attempt.await.unwrap().unwrap());
    }
    assert_eq!(granted, 1);
}

async fn an_answer_is_kept_once_and_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let (key, until) = (key(&maker, "k-1"), at("2026-11-22T09:00:00Z"));
    let unclaimed = keep(db, async |unit| unit.idempotency().keep(&key, &answer(), until).await).await;
    assert!(matches!(unclaimed, Err(RepositoryError::Stale)));

    keep(db, async |unit| {
        unit.idempotency().claim(&key, "print", at("2026-11-21T09:01:00Z")).await?;
        unit.idempotency().keep(&key, &answer(), until).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let record = KeyRecord { fingerprint: "print".to_owned(), holds_until: until, answer: Some(answer()) };
    assert_eq!(session.idempotency().find(&key).await.unwrap(), Some(record));
    let again = keep(db, async |unit| unit.idempotency().keep(&key, &answer(), until).await).await;
    assert!(matches!(again, Err(RepositoryError::Stale)));
}

async fn a_claim_without_an_answer_can_be_released(db: &TestDatabase) {
    let maker = Maker::default();
    let (open, answered) = (key(&maker, "open"), key(&maker, "answered"));
    let (now, until) = (at("2026-11-21T09:00:00Z"), at("2026-11-21T09:01:00Z"));
    let mut unit = db.database().begin().await.unwrap();
    for key in [&open, &answered] {
        assert!(unit.idempotency().claim(key, "print", until).await.unwrap());
    }
    unit.idempotency().keep(&answered, &answer(), until).await.unwrap();
    for key in [&open, &answered] {
        unit.idempotency().release(key, now).await.unwrap();
    }
    assert_eq!(unit.idempotency().find(&open).await.unwrap(), None);
    assert!(unit.idempotency().find(&answered).await.unwrap().is_some());
    unit.idempotency().release(&answered, until).await.unwrap();
    assert_eq!(unit.idempotency().find(&answered).await.unwrap(), None);
}

async fn keys_are_forgotten_when_their_time_is_over(db: &TestDatabase) {
    let maker = Maker::default();
    let keys = ["a", "b", "c"].map(|name| key(&maker, name));
    let mut unit = db.database().begin().await.unwrap();
    for (key, minute) in keys.iter().zip(1..) {
        let until = at(&format!("2026-11-21T09:0{minute}:00Z"));
        assert!(unit.idempotency().claim(key, "print", until).await.unwrap());
    }
    assert_eq!(unit.idempotency().purge(at("2026-11-21T09:02:00Z")).await.unwrap(), 2);
    assert_eq!(unit.idempotency().find(&keys[1]).await.unwrap(), None);
    assert!(unit.idempotency().find(&keys[2]).await.unwrap().is_some());
}
