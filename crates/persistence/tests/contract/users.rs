//! Accounts.

use std::collections::{BTreeMap, BTreeSet};

use madang_domain::{
    access::{Authorizations, ClassRole, Permission, Role},
    accounts::{AuthType, PasswordHash, Suspension, SuspensionReason, User, UserFilter, UserSort},
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, UserId},
    learning::enrolments::Enrolment,
    page::Sort,
    store::Store,
    text::{Email, Phone, Username},
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep, page};

crate::on_both!(
    a_user_is_read_as_it_was_written,
    a_username_belongs_to_one_user,
    a_verified_address_belongs_to_one_user,
    an_update_needs_the_version_before,
    a_sign_in_is_noted_without_a_new_version,
    lists_are_narrowed_by_each_filter,
    only_active_admins_are_counted,
    roles_in_classes_hold_on_their_days,
    many_are_found_at_once,
);

async fn a_user_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let user = User {
        auth_type: AuthType::Kakao,
        password: Some(PasswordHash("$2b$04$hash".to_owned())),
        authorizations: Authorizations {
            roles: BTreeSet::from([Role::Manager, Role::Lecturer]),
            permissions: BTreeSet::from([Permission::ReadAuditLog]),
            classes: BTreeMap::from([(ClassId(maker.id()), BTreeSet::from([ClassRole::Assistant]))]),
        },
        email: Some(Email::parse("kim@example.org").unwrap()),
        phone: Some(Phone::parse("010-1234-5678").unwrap()),
        last_login: Some(at("2026-11-21T09:00:00.000001Z")),
        is_active: false,
        email_verified_at: Some(at("2026-11-20T09:00:00.000001Z")),
        suspension: Some(Suspension {
            since: at("2026-11-22T09:00:00.000001Z"),
            reason: SuspensionReason::parse("비방").unwrap(),
        }),
        withdrawn_at: Some(at("2026-11-23T09:00:00.000001Z")),
        ..maker.user("김'하늘\"")
    };
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();

    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.users().find(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(unit.users().find_for_update(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(unit.users().find_by_username(user.username.as_str()).await.unwrap(), Some(user.clone()));
    assert_eq!(unit.users().find_by_username("nobody").await.unwrap(), None);

    let changed = User {
        last_login: None,
        email: None,
        version: 2,
        is_active: true,
        email_verified_at: None,
        suspension: None,
        withdrawn_at: None,
        ..user
    };
    unit.users().update(&changed).await.unwrap();
    assert_eq!(unit.users().find(changed.id).await.unwrap(), Some(changed));
}

async fn a_username_belongs_to_one_user(db: &TestDatabase) {
    let maker = Maker::default();
    let (first, second) = (maker.user("하나"), maker.user("둘"));
    keep(db, async |unit| unit.users().insert_many(&[first.clone(), second.clone()]).await).await.unwrap();

    let same = User { username: first.username.clone(), ..maker.user("셋") };
    let outcome = keep(db, async |unit| unit.users().insert_many(&[same]).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::Username));
    let same = User { username: first.username.clone(), version: 2, ..second };
    let outcome = keep(db, async |unit| unit.users().update(&same).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::Username));
}

async fn a_verified_address_belongs_to_one_user(db: &TestDatabase) {
    let maker = Maker::default();
    let reader = |email: &str, verified: bool| User {
        email: Some(Email::parse(email).unwrap()),
        email_verified_at: verified.then(|| at("2026-11-21T09:00:00Z")),
        ..maker.user("하나")
    };
    let unproved =
        [reader("Kim@example.org", true), reader("kim@example.org", false), reader("kim@example.org", false)];
    keep(db, async |unit| unit.users().insert_many(&unproved).await).await.unwrap();
    let second = reader("kim@EXAMPLE.org", true);
    let outcome = keep(db, async |unit| unit.users().insert_many(&[second]).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::VerifiedEmail));
    let proved =
        User { email_verified_at: Some(at("2026-11-21T09:00:00Z")), version: 2, ..unproved[1].clone() };
    let outcome = keep(db, async |unit| unit.users().update(&proved).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::VerifiedEmail));
}

async fn an_update_needs_the_version_before(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("하나");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();
    let outcome = keep(db, async |unit| unit.users().update(&user).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}

async fn a_sign_in_is_noted_without_a_new_version(db: &TestDatabase) {
    let maker = Maker::default();
    let user = User { password: Some(PasswordHash("old".to_owned())), ..maker.user("하나") };
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();
    let (first, second) = (at("2026-11-21T09:00:00Z"), at("2026-11-22T09:00:00Z"));
    let rehashed = PasswordHash("new".to_owned());

    let mut unit = db.database().begin().await.unwrap();
    unit.users().record_sign_in(user.id, first, None).await.unwrap();
    let noted = unit.users().find(user.id).await.unwrap();
    assert_eq!(noted, Some(User { last_login: Some(first), ..user.clone() }));
    unit.users().record_sign_in(user.id, second, Some(&rehashed)).await.unwrap();
    let noted = unit.users().find(user.id).await.unwrap();
    assert_eq!(noted, Some(User { last_login: Some(second), password: Some(rehashed), ..user }));
    let outcome = unit.users().record_sign_in(UserId(maker.id()), first, None).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let admin = User {
        username: Username::parse("han-admin").unwrap(),
        authorizations: Authorizations::of_roles([Role::Admin, Role::Manager]),
        ..maker.user("한가람")
    };
    let temp = User { auth_type: AuthType::Temp, ..maker.user("나하늘") };
    let gone = User { is_active: false, ..maker.user("가온") };
    keep(db, async |unit| unit.users().insert_many(&[admin, temp, gone]).await).await.unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut names = async |filter: UserFilter| -> Vec<String> {
        let listed = session.users().list(&page(filter, Sort::ascending(UserSort::Name))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items.into_iter().map(|user| user.name.to_string()).collect()
    };
    assert_eq!(names(UserFilter::default()).await, ["가온", "나하늘", "한가람"]);
    let search = |text| madang_domain::search::SearchQuery::parse(text).unwrap();
    assert_eq!(names(UserFilter { search: search("하늘"), ..Default::default() }).await, ["나하늘"]);
    assert_eq!(names(UserFilter { search: search("HAN-ad"), ..Default::default() }).await, ["한가람"]);
    assert_eq!(names(UserFilter { auth_type: Some(AuthType::Temp), ..Default::default() }).await, ["나하늘"]);
    assert_eq!(names(UserFilter { is_active: Some(false), ..Default::default() }).await, ["가온"]);
    assert_eq!(names(UserFilter { role: Some(Role::Manager), ..Default::default() }).await, ["한가람"]);
    assert_eq!(
        names(UserFilter { role: Some(Role::Learner), ..Default::default() }).await,
        ["가온", "나하늘"]
    );
}

async fn only_active_admins_are_counted(db: &TestDatabase) {
    let maker = Maker::default();
    let admin = |is_active| User {
        authorizations: Authorizations::of_roles([Role::Admin]),
        is_active,
        ..maker.user("관리자")
    };
    let manager =
        User { authorizations: Authorizations::of_roles([Role::Manager]), ..maker.user("담당자") };
    let suspension =
        Suspension { since: at("2026-11-21T09:00:00Z"), reason: SuspensionReason::parse("비방").unwrap() };
    let suspended = User { suspension: Some(suspension), ..admin(true) };
    let users = [admin(true), admin(true), admin(false), suspended, manager];
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    assert_eq!(db.database().session().await.unwrap().users().count_admins().await.unwrap(), 2);
}

async fn roles_in_classes_hold_on_their_days(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let user = maker.user("조교");
    let assistant = Enrolment {
        role: ClassRole::Assistant,
        ..maker.enrolment(&hall.class, &user, "2026-09-01", Some("2026-10-01"))
    };
    let learner = maker.enrolment(&hall.class, &user, "2026-10-01", None);
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&user)).await?;
        unit.enrolments().insert_many(&[assistant, learner]).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut roles = async |on| {
        let (found, roles) = session.users().find_with_class_roles(user.id, day(on)).await.unwrap().unwrap();
        assert_eq!(found, user);
        roles
    };
    assert_eq!(roles("2026-08-31").await, []);
    assert_eq!(roles("2026-09-01").await, [(hall.class.id, ClassRole::Assistant)]);
    assert_eq!(roles("2026-09-30").await, [(hall.class.id, ClassRole::Assistant)]);
    assert_eq!(roles("2026-10-01").await, [(hall.class.id, ClassRole::Learner)]);
    let nobody = session.users().find_with_class_roles(UserId(maker.id()), day("2026-10-01")).await;
    assert_eq!(nobody.unwrap(), None);
}

async fn many_are_found_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let users = maker.users(3);
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();

    let wanted = [users[1].id, UserId(maker.id()), users[1].id, users[0].id];
    let mut found = session.users().find_many(&wanted).await.unwrap();
    found.sort_by_key(|user| user.id);
    assert_eq!(found, users[..2]);
    let names = [users[2].username.as_str(), "nobody", "quote\"d", "{}"];
    assert_eq!(session.users().find_by_usernames(&names).await.unwrap(), users[2..]);
    assert_eq!(session.users().find_by_usernames(&[]).await.unwrap(), []);
}
