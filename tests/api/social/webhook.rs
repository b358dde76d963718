//! Notices of Kakao that an account was unlinked.

use madang_tests::{
    Answer, TestApp, json,
    providers::{KAKAO_ADMIN_KEY, KAKAO_APP_ID, Person},
};
use reqwest::Method;

use super::{Browser, me, signed_in, social_test};

async fn notice(app: &TestApp, key: &str, app_id: i64, user: &str) -> Answer {
    let form = [
        ("app_id", app_id.to_string()),
        ("user_id", user.to_owned()),
        ("referrer_type", "UNLINK_FROM_APPS".to_owned()),
    ];
    let request = app.anonymous().request(Method::POST, "/auth/kakao/unlink-webhook").form(&form);
    Answer::of(request.header("authorization", format!("KakaoAK {key}"))).await
}

social_test! {
    async fn kakao_unlinks_an_account_and_the_user_stays(app, fakes) {
        fakes.meet("kakao", Person::consenting("4242", "hong@gmail.com"));
        let tokens = Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
        notice(&app, KAKAO_ADMIN_KEY, KAKAO_APP_ID, "4242").await.expect(200);
        let user = me(&app, &tokens).await;
        assert_eq!((&user.body["kakao_id"], &user.body["is_active"]), (&json!(null), &json!(true)));
        assert!(signed_in(&app, &tokens).get("/users/me/identities").await.expect(200).items().is_empty());
        let entries = app.admin().await.get("/admin/audit-log?entity=identity").await.expect(200);
        assert_eq!(entries.items()[0]["action"], "delete");
        assert_eq!(entries.items()[0]["actor"], json!(null));
        // Kakao knows it already.
        assert!(fakes.unlinked().is_empty());
    }

    async fn only_kakao_is_believed_and_only_about_our_application(app, fakes) {
        fakes.meet("kakao", Person::silent("4242"));
        let tokens = Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
        notice(&app, "another-key", KAKAO_APP_ID, "4242").await.expect_problem(401, "UNAUTHENTICATED");
        notice(&app, KAKAO_ADMIN_KEY, 999, "4242").await.expect_problem(401, "UNAUTHENTICATED");
        let bare = app.anonymous().request(Method::POST, "/auth/kakao/unlink-webhook").form(&[("user_id", "4242")]);
        Answer::of(bare).await.expect_problem(401, "UNAUTHENTICATED");
        assert_eq!(me(&app, &tokens).await.body["kakao_id"], "4242");
    }

    async fn who_is_not_known_is_noted_all_the_same_and_so_is_a_notice_by_get(app, fakes) {
        notice(&app, KAKAO_ADMIN_KEY, KAKAO_APP_ID, "1").await.expect(200);
        fakes.meet("kakao", Person::silent("4242"));
        let tokens = Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
        let path = format!("/auth/kakao/unlink-webhook?app_id={KAKAO_APP_ID}&user_id=4242&referrer_type=ACCOUNT_DELETE&group_user_token=x");
        let request = app.anonymous().request(Method::GET, &path).header("authorization", format!("KakaoAK {KAKAO_ADMIN_KEY}"));
        Answer::of(request).await.expect(200);
        assert_eq!(me(&app, &tokens).await.body["kakao_id"], json!(null));
    }
}
