//! The keys that sign access tokens.

use madang_domain::{
    accounts::signing_keys::{KeyState, StoredKey},
    error::{RepositoryError, UniqueKey},
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{at, keep};

crate::on_both!(
    keys_are_read_as_they_were_written,
    one_key_signs_and_one_comes_next,
    keys_change_from_what_they_were
);

fn key(kid: &str, state: KeyState) -> StoredKey {
    let ends_at = (state == KeyState::Retiring).then(|| at("2026-09-01T02:00:00Z"));
    StoredKey {
        kid: kid.to_owned(),
        state,
        pkcs8: vec![0, 1, 255],
        created_at: at("2026-09-01T01:00:00Z"),
        ends_at,
    }
}

async fn keys_are_read_as_they_were_written(db: &TestDatabase) {
    let keys = [key("a", KeyState::Retiring), key("b", KeyState::Active), key("c", KeyState::Next)];
    let mut unit = db.database().begin().await.unwrap();
    for key in &keys {
        unit.signing_keys().insert(key).await.unwrap();
    }
    assert_eq!(unit.signing_keys().all().await.unwrap(), keys);
    assert_eq!(unit.signing_keys().remove_ended(at("2026-09-01T01:59:59Z")).await.unwrap(), 0);
    assert_eq!(unit.signing_keys().remove_ended(at("2026-09-01T02:00:00Z")).await.unwrap(), 1);
    assert_eq!(unit.signing_keys().all().await.unwrap(), keys[1..]);
}

async fn one_key_signs_and_one_comes_next(db: &TestDatabase) {
    for state in [KeyState::Active, KeyState::Next] {
        let keys = [key(&format!("{state:?}-1"), state), key(&format!("{state:?}-2"), state)];
        let outcome = keep(db, async |unit| {
            unit.signing_keys().insert(&keys[0]).await?;
            unit.signing_keys().insert(&keys[1]).await
        })
        .await;
        assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::SigningKeyState));
    }
}

async fn keys_change_from_what_they_were(db: &TestDatabase) {
    let mut unit = db.database().begin().await.unwrap();
    unit.signing_keys().insert(&key("a", KeyState::Active)).await.unwrap();
    let retired = key("a", KeyState::Retiring);
    unit.signing_keys()
        .change_state("a", KeyState::Active, KeyState::Retiring, retired.ends_at)
        .await
        .unwrap();
    assert_eq!(unit.signing_keys().all().await.unwrap(), [retired]);
    let outcome = unit.signing_keys().change_state("a", KeyState::Active, KeyState::Retiring, None).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}
