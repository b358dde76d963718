//! API keys.

use chrono::TimeDelta;
use madang_domain::{
    access::Permission,
    accounts::{
        User,
        api_keys::{ApiKey, ApiKeyFilter, ApiKeyName, ApiKeySort},
    },
    error::RepositoryError,
    ids::{ApiKeyId, UserId},
    opaque::TokenHash,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, at, keep, page, sorts, walk};

crate::on_both!(
    a_key_is_read_as_it_was_written,
    a_key_is_found_by_its_hash_with_its_owner,
    two_keys_of_one_hash_are_refused,
    a_key_is_revoked_once,
    revoking_all_leaves_what_is_over_and_what_is_others,
    the_last_use_is_kept,
    lists_are_of_one_owner_or_of_all,
);

const BEGIN: &str = "2026-09-01T01:00:00.000001Z";

fn key(maker: &Maker, owner: &User, hash: &str) -> ApiKey {
    ApiKey {
        id: ApiKeyId(maker.id()),
        owner_id: owner.id,
        name: ApiKeyName::parse("출석 단말기").unwrap(),
        hash: TokenHash(hash.to_owned()),
        permissions: [Permission::MarkAttendance, Permission::ReadRosters].into(),
        created_at: at(BEGIN),
        expires_at: at(BEGIN) + TimeDelta::days(30),
        last_used_at: None,
        revoked_at: None,
    }
}

async fn kept(db: &TestDatabase, owners: &[User], keys: &[ApiKey]) {
    keep(db, async |unit| {
        unit.users().insert_many(owners).await?;
        for key in keys {
            unit.api_keys().insert(key).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn find(db: &TestDatabase, key: &ApiKey) -> Option<ApiKey> {
    db.database().session().await.unwrap().api_keys().find(key.id).await.unwrap()
}

async fn a_key_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let owner = maker.user("하나");
    let used = ApiKey {
        last_used_at: Some(at("2026-09-02T01:00:00Z")),
        revoked_at: Some(at("2026-09-03T01:00:00.5Z")),
        permissions: Permission::ALL.iter().copied().collect(),
        ..key(&maker, &owner, "one")
    };
    let fresh = key(&maker, &owner, "two");
    kept(db, std::slice::from_ref(&owner), &[used.clone(), fresh.clone()]).await;
    assert_eq!(find(db, &used).await, Some(used));
    assert_eq!(find(db, &fresh).await, Some(fresh));
    assert_eq!(find(db, &key(&maker, &owner, "three")).await, None);
}

async fn a_key_is_found_by_its_hash_with_its_owner(db: &TestDatabase) {
    let maker = Maker::default();
    let owner = maker.user("하나");
    let known = key(&maker, &owner, "one");
    kept(db, std::slice::from_ref(&owner), std::slice::from_ref(&known)).await;
    let mut read = db.database().session().await.unwrap();
    let found = read.api_keys().find_by_hash(&known.hash).await.unwrap();
    assert_eq!(found, Some((known, owner)));
    assert_eq!(read.api_keys().find_by_hash(&TokenHash("ONE".to_owned())).await.unwrap(), None);
}

async fn two_keys_of_one_hash_are_refused(db: &TestDatabase) {
    let maker = Maker::default();
    let owner = maker.user("하나");
    kept(db, std::slice::from_ref(&owner), &[key(&maker, &owner, "one")]).await;
    let second = key(&maker, &owner, "one");
    let refused = keep(db, async |unit| unit.api_keys().insert(&second).await).await.unwrap_err();
    assert!(matches!(refused, RepositoryError::Backend(_)), "{refused:?}");
    assert_eq!(find(db, &second).await, None);
}

async fn a_key_is_revoked_once(db: &TestDatabase) {
    let maker = Maker::default();
    let owner = maker.user("하나");
    let good = key(&maker, &owner, "one");
    kept(db, std::slice::from_ref(&owner), std::slice::from_ref(&good)).await;
    let revoke = async |at| keep(db, async |unit| unit.api_keys().revoke(good.id, at).await).await.unwrap();
    let first = at("2026-09-02T01:00:00Z");
    assert!(revoke(first).await);
    assert!(!revoke(at("2026-09-03T01:00:00Z")).await);
    assert_eq!(find(db, &good).await, Some(ApiKey { revoked_at: Some(first), ..good }));
}

async fn revoking_all_leaves_what_is_over_and_what_is_others(db: &TestDatabase) {
    let maker = Maker::default();
    let (owner, other) = (maker.user("하나"), maker.user("두리"));
    let now = at("2026-09-10T01:00:00Z");
    let good = [key(&maker, &owner, "one"), key(&maker, &owner, "two")];
    let over = ApiKey { expires_at: now, ..key(&maker, &owner, "three") };
    let revoked = ApiKey { revoked_at: Some(at("2026-09-02T01:00:00Z")), ..key(&maker, &owner, "four") };
    let others = key(&maker, &other, "five");
    let all = [good[0].clone(), good[1].clone(), over.clone(), revoked.clone(), others.clone()];
    kept(db, &[owner.clone(), other], &all).await;
    let revoke = async |owner: UserId| {
        keep(db, async |unit| unit.api_keys().revoke_all(owner, now).await).await.unwrap()
    };
    let mut ended = revoke(owner.id).await;
    ended.sort_by_key(|key| key.id);
    let expected = good.map(|key| ApiKey { revoked_at: Some(now), ..key });
    assert_eq!(ended, expected);
    assert_eq!(revoke(owner.id).await, []);
    for untouched in [over, revoked, others] {
        assert_eq!(find(db, &untouched).await, Some(untouched));
    }
}

async fn the_last_use_is_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let owner = maker.user("하나");
    let good = key(&maker, &owner, "one");
    kept(db, std::slice::from_ref(&owner), std::slice::from_ref(&good)).await;
    let now = at("2026-09-02T01:00:00.000001Z");
    keep(db, async |unit| unit.api_keys().note_use(good.id, now).await).await.unwrap();
    assert_eq!(find(db, &good).await, Some(ApiKey { last_used_at: Some(now), ..good }));
}

async fn lists_are_of_one_owner_or_of_all(db: &TestDatabase) {
    let maker = Maker::default();
    let (owner, other) = (maker.user("하나"), maker.user("두리"));
    let keys: Vec<ApiKey> = (0..7)
        .map(|number| ApiKey {
            created_at: at(BEGIN) + TimeDelta::hours(number % 3),
            expires_at: at(BEGIN) + TimeDelta::days(30 - number % 4),
            ..key(&maker, if number % 2 == 0 { &owner } else { &other }, &number.to_string())
        })
        .collect();
    kept(db, &[owner.clone(), other], &keys).await;
    let mine = ApiKeyFilter { owner_id: Some(owner.id) };
    for sort in sorts(&[ApiKeySort::CreatedAt, ApiKeySort::ExpiresAt]) {
        let mut read = db.database().session().await.unwrap();
        let listed = read.api_keys().list(&page(mine.clone(), sort.clone())).await.unwrap();
        assert_eq!((listed.total, listed.items.len()), (Some(4), 4));
        assert!(listed.items.iter().all(|key| key.owner_id == owner.id));
        let all = read.api_keys().list(&page(ApiKeyFilter::default(), sort.clone())).await.unwrap();
        assert_eq!(all.items.len(), 7);
        let times: Vec<_> = all.items.iter().map(|key| (key.created_at, key.expires_at)).collect();
        let walked = walk(ApiKeyFilter::default(), sort.clone(), 3, async |listing| {
            db.database().session().await.unwrap().api_keys().list(&listing).await.unwrap()
        })
        .await;
        assert_eq!(walked.iter().map(|key| (key.created_at, key.expires_at)).collect::<Vec<_>>(), times);
    }
}
