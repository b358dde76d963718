//! Sessions and their refresh tokens.

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    access::ClassRole,
    accounts::{
        User,
        sessions::{Device, RefreshToken, Session, SessionFilter, SessionSort},
    },
    ids::{SessionId, UserId},
    learning::enrolments::Enrolment,
    opaque::TokenHash,
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep, page};

crate::on_both!(
    a_session_is_read_as_it_was_written,
    the_holder_of_a_session_is_its_user_while_it_stands,
    an_ended_session_is_neither_renewed_nor_ended_again,
    ending_all_leaves_those_of_others,
    lists_show_what_stands,
    the_addresses_of_a_user_are_the_latest_first,
    a_token_is_used_once,
    of_many_who_use_a_token_at_once_one_succeeds,
    what_is_over_is_purged_with_its_tokens,
);

const BEGIN: &str = "2026-09-01T01:00:00.000001Z";

fn session(maker: &Maker, user: &User) -> Session {
    Session {
        id: SessionId(maker.id()),
        user_id: user.id,
        device: Device::new(Some("마당앱/1.0"), Some("2001:db8::7".to_owned())),
        created_at: at(BEGIN),
        last_used_at: at(BEGIN),
        ends_at: at(BEGIN) + TimeDelta::days(7),
        ended_at: None,
    }
}

fn token(session: &Session, hash: &str) -> RefreshToken {
    RefreshToken {
        hash: TokenHash(hash.to_owned()),
        session_id: session.id,
        issued_at: at(BEGIN),
        used_at: None,
    }
}

async fn kept(db: &TestDatabase, user: &User, sessions: &[Session]) {
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(user)).await?;
        for session in sessions {
            unit.sessions().insert(session).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_session_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    let full = session(&maker, &user);
    let bare = Session { device: Device::default(), ended_at: Some(at(BEGIN)), ..session(&maker, &user) };
    kept(db, &user, &[full.clone(), bare.clone()]).await;
    let mut read = db.database().session().await.unwrap();
    assert_eq!(read.sessions().find(full.id).await.unwrap(), Some(full));
    assert_eq!(read.sessions().find(bare.id).await.unwrap(), Some(bare));
    assert_eq!(read.sessions().find(SessionId(maker.id())).await.unwrap(), None);
}

async fn the_holder_of_a_session_is_its_user_while_it_stands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let user = maker.user("조교");
    let (standing, other) = (session(&maker, &user), session(&maker, &user));
    kept(db, &user, &[standing.clone(), other.clone()]).await;
    let place = Enrolment {
        role: ClassRole::Assistant,
        ..maker.enrolment(&hall.class, &user, "2026-09-01", Some("2026-10-01"))
    };
    keep(db, async |unit| unit.enrolments().insert_many(std::slice::from_ref(&place)).await).await.unwrap();

    let mut unit = db.database().begin().await.unwrap();
    let today = day("2026-09-01");
    let found = unit.sessions().holder(standing.id, user.id, at(BEGIN), today).await.unwrap();
    assert_eq!(found, Some((user.clone(), vec![(hall.class.id, ClassRole::Assistant)])));
    let stranger = UserId(maker.id());
    assert_eq!(unit.sessions().holder(standing.id, stranger, at(BEGIN), today).await.unwrap(), None);
    assert_eq!(unit.sessions().holder(standing.id, user.id, standing.ends_at, today).await.unwrap(), None);
    unit.sessions().end(standing.id, user.id, at(BEGIN)).await.unwrap();
    assert_eq!(unit.sessions().holder(standing.id, user.id, at(BEGIN), today).await.unwrap(), None);
    assert!(unit.sessions().holder(other.id, user.id, at(BEGIN), today).await.unwrap().is_some());
}

async fn an_ended_session_is_neither_renewed_nor_ended_again(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    let first = session(&maker, &user);
    kept(db, &user, std::slice::from_ref(&first)).await;
    let mut unit = db.database().begin().await.unwrap();
    let renewed = Session {
        device: Device::default(),
        last_used_at: at("2026-09-02T01:00:00Z"),
        ends_at: at("2026-09-09T01:00:00Z"),
        ..first.clone()
    };
    assert!(unit.sessions().renew(&renewed).await.unwrap());
    assert_eq!(unit.sessions().find(first.id).await.unwrap(), Some(renewed.clone()));
    let stranger = UserId(maker.id());
    assert_eq!(unit.sessions().end(first.id, stranger, at(BEGIN)).await.unwrap(), None);
    let ended = Session { ended_at: Some(at(BEGIN)), ..renewed.clone() };
    assert_eq!(unit.sessions().end(first.id, user.id, at(BEGIN)).await.unwrap(), Some(ended.clone()));
    assert_eq!(unit.sessions().end(first.id, user.id, at(BEGIN)).await.unwrap(), None);
    assert!(!unit.sessions().renew(&renewed).await.unwrap());
    assert_eq!(unit.sessions().find(first.id).await.unwrap(), Some(ended));
}

async fn ending_all_leaves_those_of_others(db: &TestDatabase) {
    let maker = Maker::default();
    let (user, other) = (maker.user("하나"), maker.user("둘"));
    let mine = [session(&maker, &user), session(&maker, &user)];
    let theirs = session(&maker, &other);
    kept(db, &user, &mine).await;
    kept(db, &other, std::slice::from_ref(&theirs)).await;
    let mut unit = db.database().begin().await.unwrap();
    let mut ended: Vec<SessionId> =
        unit.sessions().end_all(user.id, at(BEGIN)).await.unwrap().iter().map(|one| one.id).collect();
    ended.sort();
    assert_eq!(ended, mine.map(|one| one.id));
    assert_eq!(unit.sessions().end_all(user.id, at(BEGIN)).await.unwrap(), []);
    assert_eq!(unit.sessions().find(theirs.id).await.unwrap(), Some(theirs));
}

async fn lists_show_what_stands(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    let old = session(&maker, &user);
    let recent = Session { last_used_at: at("2026-09-03T01:00:00Z"), ..session(&maker, &user) };
    let ended = Session { ended_at: Some(at(BEGIN)), ..session(&maker, &user) };
    kept(db, &user, &[old.clone(), recent.clone(), ended]).await;
    let mut read = db.database().session().await.unwrap();
    let mut listed = async |live_at: DateTime<Utc>, sort| {
        let filter = SessionFilter { user_id: user.id, live_at };
        let listed = read.sessions().list(&page(filter, sort)).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items
    };
    let by_use = || Sort::descending(SessionSort::LastUsedAt);
    assert_eq!(listed(at(BEGIN), by_use()).await, [recent.clone(), old.clone()]);
    assert_eq!(listed(at(BEGIN), Sort::ascending(SessionSort::CreatedAt)).await, [old.clone(), recent]);
    assert_eq!(listed(old.ends_at, by_use()).await, []);
}

async fn the_addresses_of_a_user_are_the_latest_first(db: &TestDatabase) {
    let maker = Maker::default();
    let (user, other) = (maker.user("하나"), maker.user("두리"));
    let from = |place: Option<&str>, day: i64| Session {
        device: Device::new(None, place.map(str::to_owned)),
        last_used_at: at(BEGIN) + TimeDelta::days(day),
        ..session(&maker, &user)
    };
    let ended = Session { ended_at: Some(at(BEGIN)), ..from(Some("198.51.100.2"), 3) };
    kept(db, &user, &[from(Some("198.51.100.1"), 1), from(None, 2), ended]).await;
    kept(db, &other, &[session(&maker, &other)]).await;
    let mut read = db.database().session().await.unwrap();
    let found = read.sessions().addresses(user.username.as_str()).await.unwrap();
    assert_eq!(found, ["198.51.100.2", "198.51.100.1"]);
    assert_eq!(read.sessions().addresses("nobody").await.unwrap(), [""; 0]);
}

async fn a_token_is_used_once(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    let session = session(&maker, &user);
    kept(db, &user, std::slice::from_ref(&session)).await;
    let token = token(&session, "hash");
    let mut unit = db.database().begin().await.unwrap();
    unit.sessions().insert_token(&token).await.unwrap();
    let found = unit.sessions().find_token(&token.hash).await.unwrap();
    assert_eq!(found, Some((token.clone(), session.clone(), user.clone())));
    assert!(unit.sessions().use_token(&token.hash, at(BEGIN)).await.unwrap());
    assert!(!unit.sessions().use_token(&token.hash, at("2026-09-05T01:00:00Z")).await.unwrap());
    let spent = RefreshToken { used_at: Some(at(BEGIN)), ..token };
    assert_eq!(unit.sessions().find_token(&spent.hash).await.unwrap(), Some((spent, session, user)));
    let unknown = TokenHash("unknown".to_owned());
    assert!(!unit.sessions().use_token(&unknown, at(BEGIN)).await.unwrap());
    assert_eq!(unit.sessions().find_token(&unknown).await.unwrap(), None);
}

async fn of_many_who_use_a_token_at_once_one_succeeds(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    let session = session(&maker, &user);
    kept(db, &user, std::slice::from_ref(&session)).await;
    let token = token(&session, "hash");
    keep(db, async |unit| unit.sessions().insert_token(&token).await).await.unwrap();
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let (store, hash) = (db.store(), token.hash.clone());
            tokio::spawn(async move {
                let mut unit = store.begin().await.unwrap();
                let first = unit.sessions().use_token(&hash, at(BEGIN)).await.unwrap();
                unit.commit().await.unwrap();
                first
            })
        })
        .collect();
    let mut successes = 0;
    for attempt in attempts {
        successes += u8::from(attempt.await.unwrap());
    }
    assert_eq!(successes, 1);
}

async fn what_is_over_is_purged_with_its_tokens(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    let over = session(&maker, &user);
    let standing = Session { ends_at: over.ends_at + TimeDelta::days(1), ..session(&maker, &user) };
    kept(db, &user, &[over.clone(), standing.clone()]).await;
    let tokens = [token(&over, "one"), token(&over, "two"), token(&standing, "three")];
    let mut unit = db.database().begin().await.unwrap();
    for token in &tokens {
        unit.sessions().insert_token(token).await.unwrap();
    }
    assert_eq!(unit.sessions().purge(over.ends_at).await.unwrap(), 0);
    assert_eq!(unit.sessions().purge(over.ends_at + TimeDelta::seconds(1)).await.unwrap(), 1);
    assert_eq!(unit.sessions().find(over.id).await.unwrap(), None);
    assert_eq!(unit.sessions().find_token(&tokens[0].hash).await.unwrap(), None);
    assert!(unit.sessions().find_token(&tokens[2].hash).await.unwrap().is_some());
}
