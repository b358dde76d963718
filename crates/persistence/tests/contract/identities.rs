//! Identities at providers, and sign-ins under way.

use madang_domain::{
    accounts::{
        User,
        identities::{FlowPurpose, Identity, Provider, SignInFlow},
    },
    error::{RepositoryError, UniqueKey},
    ids::{IdentityId, UserId},
    store::Store,
    text::Email,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, at, keep};

crate::on_both!(
    an_identity_is_read_as_it_was_written,
    an_account_at_a_provider_belongs_to_one_user,
    a_user_has_one_identity_of_each_provider,
    a_kakao_identity_shows_with_its_user,
    a_use_is_noted,
    users_are_found_by_their_address_in_any_case,
    a_flow_is_taken_once,
    of_many_who_take_a_flow_one_gets_it,
    flows_whose_time_is_over_are_forgotten,
);

fn identity(maker: &Maker, user: &User, provider: Provider, subject: &str) -> Identity {
    let stamps = maker.stamps();
    Identity {
        id: IdentityId(maker.id()),
        user_id: user.id,
        provider,
        subject: subject.to_owned(),
        email: Some(Email::parse("kim@example.org").unwrap()),
        email_verified: true,
        sealed_token: None,
        linked_at: stamps.created_at,
        last_used_at: stamps.updated_at,
    }
}

async fn kept_user(db: &TestDatabase, maker: &Maker) -> User {
    let user = maker.user("김하늘");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();
    user
}

async fn an_identity_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let user = kept_user(db, &maker).await;
    let google = identity(&maker, &user, Provider::Google, "1098");
    let apple = Identity {
        email: None,
        email_verified: false,
        sealed_token: Some("sealed'\"".to_owned()),
        ..identity(&maker, &user, Provider::Apple, "001234.abc.5678")
    };
    let mut unit = db.database().begin().await.unwrap();
    unit.identities().insert(&google).await.unwrap();
    unit.identities().insert(&apple).await.unwrap();
    let found = unit.identities().find_by_subject(Provider::Apple, "001234.abc.5678").await.unwrap();
    assert_eq!(found, Some(apple.clone()));
    assert_eq!(unit.identities().find_by_subject(Provider::Naver, "1098").await.unwrap(), None);
    assert_eq!(unit.identities().of_user(user.id).await.unwrap(), [google.clone(), apple.clone()]);
    unit.identities().delete(google.id).await.unwrap();
    assert_eq!(unit.identities().of_user(user.id).await.unwrap(), [apple]);
    assert!(matches!(unit.identities().delete(google.id).await, Err(RepositoryError::Stale)));
    assert_eq!(unit.identities().of_user(UserId(maker.id())).await.unwrap(), []);
}

async fn an_account_at_a_provider_belongs_to_one_user(db: &TestDatabase) {
    let maker = Maker::default();
    let (one, other) = (kept_user(db, &maker).await, kept_user(db, &maker).await);
    let outcome = keep(db, async |unit| {
        unit.identities().insert(&identity(&maker, &one, Provider::Naver, "7")).await?;
        unit.identities().insert(&identity(&maker, &other, Provider::Naver, "7")).await
    });
    assert_eq!(outcome.await.unwrap_err().conflict(), Some(UniqueKey::IdentitySubject));
}

async fn a_user_has_one_identity_of_each_provider(db: &TestDatabase) {
    let maker = Maker::default();
    let user = kept_user(db, &maker).await;
    let outcome = keep(db, async |unit| {
        unit.identities().insert(&identity(&maker, &user, Provider::Naver, "7")).await?;
        unit.identities().insert(&identity(&maker, &user, Provider::Naver, "8")).await
    });
    assert_eq!(outcome.await.unwrap_err().conflict(), Some(UniqueKey::IdentityProvider));
}

async fn a_kakao_identity_shows_with_its_user(db: &TestDatabase) {
    let maker = Maker::default();
    let user = kept_user(db, &maker).await;
    let kakao = identity(&maker, &user, Provider::Kakao, "1234567890");
    keep(db, async |unit| {
        unit.identities().insert(&identity(&maker, &user, Provider::Naver, "7")).await?;
        unit.identities().insert(&kakao).await
    })
    .await
    .unwrap();
    let mut unit = db.database().begin().await.unwrap();
    let shown = User { kakao_id: Some("1234567890".to_owned()), ..user.clone() };
    assert_eq!(unit.users().find(user.id).await.unwrap(), Some(shown.clone()));
    assert_eq!(unit.users().find_for_update(user.id).await.unwrap(), Some(shown.clone()));
    let email = Email::parse("nobody@example.org").unwrap();
    assert_eq!(unit.users().find_by_email(&email).await.unwrap(), []);
    unit.identities().delete(kakao.id).await.unwrap();
    assert_eq!(unit.users().find(user.id).await.unwrap(), Some(user));
}

async fn a_use_is_noted(db: &TestDatabase) {
    let maker = Maker::default();
    let user = kept_user(db, &maker).await;
    let first = identity(&maker, &user, Provider::Apple, "7");
    let again = Identity {
        email: None,
        email_verified: false,
        sealed_token: Some("new".to_owned()),
        last_used_at: at("2026-11-21T09:00:00.000001Z"),
        ..first.clone()
    };
    let mut unit = db.database().begin().await.unwrap();
    unit.identities().insert(&first).await.unwrap();
    unit.identities().record_use(&again).await.unwrap();
    assert_eq!(unit.identities().of_user(user.id).await.unwrap(), [again]);
    let unknown = identity(&maker, &user, Provider::Kakao, "8");
    assert!(matches!(unit.identities().record_use(&unknown).await, Err(RepositoryError::Stale)));
}

async fn users_are_found_by_their_address_in_any_case(db: &TestDatabase) {
    let maker = Maker::default();
    let email = |text| Some(Email::parse(text).unwrap());
    let users = [
        User { email: email("Kim@example.org"), ..maker.user("하나") },
        User { email: email("kim@EXAMPLE.org"), ..maker.user("둘") },
        User { email: email("kIm@example.org"), ..maker.user("셋") },
        User { email: email("other@example.org"), ..maker.user("넷") },
        maker.user("다섯"),
    ];
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let found = session.users().find_by_email(&email("KIM@example.org").unwrap()).await.unwrap();
    assert_eq!(found, users[..2]);
}

fn flow(key: &str, expires_at: &str) -> SignInFlow {
    SignInFlow {
        key: key.to_owned(),
        browser: "browser".to_owned(),
        provider: Provider::Kakao,
        purpose: FlowPurpose::Link,
        user_id: Some(UserId(Maker::default().id())),
        redirect_uri: "https://madang.example.org/api/v1/auth/kakao/callback".to_owned(),
        return_to: None,
        expires_at: at(expires_at),
    }
}

async fn a_flow_is_taken_once(db: &TestDatabase) {
    let linking = flow("a", "2026-09-01T01:10:00Z");
    let signing_in = SignInFlow {
        purpose: FlowPurpose::SignIn,
        user_id: None,
        return_to: Some("https://app.example.org/".to_owned()),
        ..flow("b", "2026-09-01T01:10:00Z")
    };
    let mut unit = db.database().begin().await.unwrap();
    unit.sign_in_flows().insert(&linking).await.unwrap();
    unit.sign_in_flows().insert(&signing_in).await.unwrap();
    assert_eq!(unit.sign_in_flows().take("b").await.unwrap(), Some(signing_in));
    assert_eq!(unit.sign_in_flows().take("b").await.unwrap(), None);
    assert_eq!(unit.sign_in_flows().take("a").await.unwrap(), Some(linking));
    assert_eq!(unit.sign_in_flows().take("c").await.unwrap(), None);
}

async fn of_many_who_take_a_flow_one_gets_it(db: &TestDatabase) {
    keep(db, async |unit| unit.sign_in_flows().insert(&flow("a", "2026-09-01T01:10:00Z")).await)
        .await
        .unwrap();
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let database = db.database().clone();
            tokio::spawn(async move {
                let mut unit = database.begin().await.unwrap();
                let taken = unit.sign_in_flows().take("a").await.unwrap();
                unit.commit().await.unwrap();
                taken.is_some()
            })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        got += usize::from(taker.await.unwrap());
    }
    assert_eq!(got, 1);
}

async fn flows_whose_time_is_over_are_forgotten(db: &TestDatabase) {
    let now = at("2026-09-01T01:10:00Z");
    let mut unit = db.database().begin().await.unwrap();
    unit.sign_in_flows().insert(&flow("over", "2026-09-01T01:10:00Z")).await.unwrap();
    unit.sign_in_flows().insert(&flow("holds", "2026-09-01T01:10:00.000001Z")).await.unwrap();
    assert_eq!(unit.sign_in_flows().purge(now).await.unwrap(), 1);
    assert_eq!(unit.sign_in_flows().take("over").await.unwrap(), None);
    assert!(unit.sign_in_flows().take("holds").await.unwrap().is_some());
}
