//! Links in mails.

use madang_domain::{
    accounts::{
        User,
        recovery::{MailPurpose, MailToken},
    },
    opaque::TokenHash,
    store::Store,
    text::Email,
};
use madang_testing::TestDatabase;

use super::fixtures::{Maker, at, keep};
use crate::on_both;

on_both!(
    a_link_is_found_by_its_hash_and_purpose,
    a_newer_link_takes_the_place_of_the_one_before,
    a_link_is_taken_once,
    of_two_who_take_a_link_at_once_one_gets_it,
    the_links_of_a_user_are_forgotten_together,
    links_are_forgotten_once_their_time_is_over,
);

async fn kept_user(db: &TestDatabase, maker: &Maker) -> User {
    let user = maker.user("김하늘");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();
    user
}

fn link(user: &User, purpose: MailPurpose, hash: &str) -> MailToken {
    MailToken {
        user_id: user.id,
        purpose,
        hash: TokenHash(hash.to_owned()),
        email: Email::parse("haneul@example.org").unwrap(),
        created_at: at("2026-09-01T01:00:00.123456Z"),
        ends_at: at("2026-09-01T01:30:00.123456Z"),
    }
}

async fn kept(db: &TestDatabase, links: &[&MailToken]) {
    keep(db, async |unit| {
        for link in links {
            unit.mail_tokens().keep(link).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn find(db: &TestDatabase, purpose: MailPurpose, hash: &str) -> Option<MailToken> {
    let mut session = db.database().session().await.unwrap();
    session.mail_tokens().find(purpose, &TokenHash(hash.to_owned())).await.unwrap()
}

async fn a_link_is_found_by_its_hash_and_purpose(db: &TestDatabase) {
    let user = kept_user(db, &Maker::default()).await;
    let reset = link(&user, MailPurpose::ResetPassword, "a");
    kept(db, &[&reset]).await;
    assert_eq!(find(db, MailPurpose::ResetPassword, "a").await, Some(reset));
    assert_eq!(find(db, MailPurpose::VerifyEmail, "a").await, None);
    assert_eq!(find(db, MailPurpose::ResetPassword, "A").await, None);
}

async fn a_newer_link_takes_the_place_of_the_one_before(db: &TestDatabase) {
    let maker = Maker::default();
    let (user, other) = (kept_user(db, &maker).await, kept_user(db, &maker).await);
    let verifying = link(&user, MailPurpose::VerifyEmail, "v");
    let others = link(&other, MailPurpose::ResetPassword, "o");
    let (first, second) =
        (link(&user, MailPurpose::ResetPassword, "1"), link(&user, MailPurpose::ResetPassword, "2"));
    kept(db, &[&verifying, &others, &first, &second]).await;
    assert_eq!(find(db, MailPurpose::ResetPassword, "1").await, None);
    assert_eq!(find(db, MailPurpose::ResetPassword, "2").await, Some(second));
    assert_eq!(find(db, MailPurpose::VerifyEmail, "v").await, Some(verifying));
    assert_eq!(find(db, MailPurpose::ResetPassword, "o").await, Some(others));
}

async fn a_link_is_taken_once(db: &TestDatabase) {
    let user = kept_user(db, &Maker::default()).await;
    let reset = link(&user, MailPurpose::ResetPassword, "a");
    kept(db, &[&reset]).await;
    let mut unit = db.database().begin().await.unwrap();
    let hash = TokenHash("a".to_owned());
    assert_eq!(unit.mail_tokens().take(MailPurpose::VerifyEmail, &hash).await.unwrap(), None);
    assert_eq!(
        unit.mail_tokens().take(MailPurpose::ResetPassword, &hash).await.unwrap(),
        Some(reset.clone())
    );
    assert_eq!(unit.mail_tokens().take(MailPurpose::ResetPassword, &hash).await.unwrap(), None);
    unit.rollback().await.unwrap();
    // Taken is taken only where the unit of work was kept.
    assert_eq!(find(db, MailPurpose::ResetPassword, "a").await, Some(reset));
}

async fn of_two_who_take_a_link_at_once_one_gets_it(db: &TestDatabase) {
    let user = kept_user(db, &Maker::default()).await;
    kept(db, &[&link(&user, MailPurpose::ResetPassword, "a")]).await;
    let take = || {
        keep(db, async |unit| {
            unit.mail_tokens().take(MailPurpose::ResetPassword, &TokenHash("a".to_owned())).await
        })
    };
    let (first, second) = tokio::join!(take(), take());
    let got = [first.unwrap(), second.unwrap()];
    assert_eq!(got.iter().flatten().count(), 1);
}

async fn the_links_of_a_user_are_forgotten_together(db: &TestDatabase) {
    let maker = Maker::default();
    let (user, other) = (kept_user(db, &maker).await, kept_user(db, &maker).await);
    let links = [
        link(&user, MailPurpose::ResetPassword, "a"),
        link(&user, MailPurpose::VerifyEmail, "b"),
        link(&other, MailPurpose::ResetPassword, "c"),
    ];
    kept(db, &links.each_ref()).await;
    keep(db, async |unit| unit.mail_tokens().forget(user.id).await).await.unwrap();
    assert_eq!(find(db, MailPurpose::ResetPassword, "a").await, None);
    assert_eq!(find(db, MailPurpose::VerifyEmail, "b").await, None);
    assert!(find(db, MailPurpose::ResetPassword, "c").await.is_some());
}

async fn links_are_forgotten_once_their_time_is_over(db: &TestDatabase) {
    let user = kept_user(db, &Maker::default()).await;
    let reset = link(&user, MailPurpose::ResetPassword, "a");
    kept(db, &[&reset]).await;
    let purge = async |before| keep(db, async |unit| unit.mail_tokens().purge(before).await).await.unwrap();
    assert_eq!(purge(reset.ends_at).await, 0);
    assert_eq!(purge(at("2026-09-01T01:30:00.123457Z")).await, 1);
    assert_eq!(find(db, MailPurpose::ResetPassword, "a").await, None);
}
