//! Whose an account at a provider is: linked by itself where that is safe, by its owner otherwise; and unlinked again.

use madang_domain::jobs::{JobFilter, JobHandler, JobSort};
use madang_tests::{
    Client, TestApp, json,
    providers::{FakeProviders, Person},
};
use serde_json::Value;

use super::{Browser, me, signed_in, social_test};

const PASSWORD: &str = "산책하는-고양이-7";

/// Somebody who has registered with a password and this address, which nobody has verified.
async fn with_password(app: &TestApp, email: &str) -> Client {
    let body = json!({"username": "haneul", "password": PASSWORD, "name": "김하늘", "email": email});
    app.client_of(app.anonymous().post("/auth/register", body).await.expect(201).id()).await
}

/// Links an identity on the way of a browser.
async fn link(
    browser: &Browser,
    fakes: &FakeProviders,
    client: &Client,
    provider: &str,
) -> madang_tests::Answer {
    let begun =
        browser.post_as(client, "/users/me/identities/authorization", json!({"provider": provider})).await;
    let sent = fakes.consent(&begun.expect(200).string("authorization_url")).await;
    browser.come_back(&sent).await
}

/// The identities of a client, by provider.
async fn identities(client: &Client) -> Vec<(Value, String)> {
    let answer = client.get("/users/me/identities").await.expect(200);
    answer
        .items()
        .iter()
        .map(|item| (item["provider"].clone(), item["id"].as_str().unwrap().to_owned()))
        .collect()
}

social_test! {
    async fn accounts_with_one_address_that_both_sides_have_verified_are_one(app, fakes) {
        let kakao = me(&app, &Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200)).await;
        fakes.meet("google", Person::consenting("g-1", "HONG@gmail.com"));
        let google = me(&app, &Browser::of(&app).sign_in(&fakes, "google").await.expect(200)).await;
        assert_eq!(google.id(), kakao.id());
        assert_eq!((&google.body["auth_type"], &google.body["kakao_id"]), (&json!("kakao"), &kakao.body["kakao_id"]));
        assert_ne!(google.header("etag"), kakao.header("etag"));
    }

    async fn an_address_that_one_side_has_not_verified_links_nothing(app, fakes) {
        with_password(&app, "hong@gmail.com").await;
        for provider in ["kakao", "naver", "google", "apple"] {
            let answer = Browser::of(&app).sign_in(&fakes, provider).await;
            answer.expect_problem(409, "ACCOUNT_LINK_REQUIRED");
        }
    }

    async fn an_unverified_address_of_the_provider_links_nothing(app, fakes) {
        Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
        let unverified = Person { email_verified: false, ..Person::consenting("88", "hong@gmail.com") };
        fakes.meet("apple", unverified);
        Browser::of(&app).sign_in(&fakes, "apple").await.expect_problem(409, "ACCOUNT_LINK_REQUIRED");
        // Google does not vouch for addresses of others.
        fakes.meet("kakao", Person::consenting("99", "kim@example.org"));
        Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
        fakes.meet("google", Person::consenting("g-2", "kim@example.org"));
        Browser::of(&app).sign_in(&fakes, "google").await.expect_problem(409, "ACCOUNT_LINK_REQUIRED");
    }

    async fn who_was_met_at_the_door_stands_in_nobodys_way(app, fakes) {
        let temp = json!({"auth_type": "temp", "name": "현장 등록", "email": "hong@gmail.com"});
        app.manager().await.post("/users", temp).await.expect(201);
        Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
    }

    async fn a_user_links_after_signing_in_and_comes_in_by_it_from_then_on(app, fakes) {
        let client = with_password(&app, "hong@gmail.com").await;
        let browser = Browser::of(&app);
        browser.sign_in(&fakes, "kakao").await.expect_problem(409, "ACCOUNT_LINK_REQUIRED");
        let before = client.get("/auth/me").await.expect(200);
        let linked = link(&browser, &fakes, &client, "kakao").await.expect(200);
        assert_eq!(linked.body["provider"], "kakao");
        let after = client.get("/auth/me").await.expect(200);
        assert_eq!((&after.body["auth_type"], &after.body["kakao_id"]), (&json!("manual"), &linked.body["subject"]));
        assert_ne!(after.header("etag"), before.header("etag"));
        assert_eq!(me(&app, &browser.sign_in(&fakes, "kakao").await.expect(200)).await.id(), client.id);
        // Once more changes nothing.
        assert_eq!(link(&browser, &fakes, &client, "kakao").await.expect(200).id(), linked.id());
        link(&browser, &fakes, &client, "naver").await.expect(200);
        assert_eq!(identities(&client).await.len(), 2);
    }

    async fn a_link_is_made_in_the_browser_that_began_it_only(app, fakes) {
        let client = app.learner("김하늘").await;
        let browser = Browser::of(&app);
        let begun = browser.post_as(&client, "/users/me/identities/authorization", json!({"provider": "kakao"})).await;
        let sent = fakes.consent(&begun.expect(200).string("authorization_url")).await;
        Browser::of(&app).come_back(&sent).await.expect_problem(401, "SIGN_IN_EXPIRED");
        assert!(identities(&client).await.is_empty());
        app.anonymous().post("/users/me/identities/authorization", json!({"provider": "kakao"})).await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn an_identity_of_another_user_is_not_taken(app, fakes) {
        Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200);
        let client = app.learner("김하늘").await;
        link(&Browser::of(&app), &fakes, &client, "kakao").await.expect_problem(409, "IDENTITY_TAKEN");
    }

    async fn a_user_has_one_identity_of_each_provider(app, fakes) {
        let client = app.learner("김하늘").await;
        let browser = Browser::of(&app);
        link(&browser, &fakes, &client, "kakao").await.expect(200);
        fakes.meet("kakao", Person::silent("31"));
        link(&browser, &fakes, &client, "kakao").await.expect_problem(409, "PROVIDER_ALREADY_LINKED");
    }

    async fn the_last_way_in_is_not_unlinked_and_others_are_undone_at_the_provider(app, fakes) {
        let browser = Browser::of(&app);
        let client = signed_in(&app, &browser.sign_in(&fakes, "kakao").await.expect(200));
        let only = identities(&client).await.remove(0).1;
        client.delete(&format!("/users/me/identities/{only}")).await.expect_problem(409, "LAST_SIGN_IN_METHOD");
        link(&browser, &fakes, &client, "apple").await.expect(200);
        let stranger = app.learner("박바다").await;
        stranger.delete(&format!("/users/me/identities/{only}")).await.expect_problem(404, "IDENTITY_NOT_FOUND");
        client.delete(&format!("/users/me/identities/{only}")).await.expect(204);
        client.delete(&format!("/users/me/identities/{only}")).await.expect_problem(404, "IDENTITY_NOT_FOUND");
        assert_eq!(client.get("/auth/me").await.expect(200).body["kakao_id"], json!(null));
        let apple = identities(&client).await.remove(0).1;
        client.delete(&format!("/users/me/identities/{apple}")).await.expect_problem(409, "LAST_SIGN_IN_METHOD");
        release(&app).await;
        assert_eq!(fakes.unlinked().len(), 1);
    }

    async fn who_leaves_is_unlinked_at_the_providers(app, fakes) {
        let browser = Browser::of(&app);
        let client = signed_in(&app, &browser.sign_in(&fakes, "kakao").await.expect(200));
        link(&browser, &fakes, &client, "apple").await.expect(200);
        client.delete("/users/me").await.expect(204);
        client.get("/users/me").await.expect_problem(401, "TOKEN_INVALID");
        release(&app).await;
        assert_eq!((fakes.unlinked().len(), fakes.revoked().len()), (1, 1));
        let anew = signed_in(&app, &Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200));
        assert_eq!(identities(&anew).await.len(), 1, "a new account");
        let log = app.admin().await.get("/admin/audit-log?entity=identity").await.expect(200);
        assert!(!log.text.contains("4242"), "{}", log.text);
    }

    async fn the_token_of_apple_is_revoked_when_the_identity_goes(app, fakes) {
        let client = with_password(&app, "other@example.org").await;
        let browser = Browser::of(&app);
        let linked = link(&browser, &fakes, &client, "apple").await.expect(200).id();
        client.delete(&format!("/users/me/identities/{linked}")).await.expect(204);
        assert!(identities(&client).await.is_empty());
        release(&app).await;
        assert_eq!(fakes.revoked().len(), 1);
        assert!(fakes.revoked()[0].starts_with("refresh-"));
        client.get("/auth/me").await.expect(200);
    }
}

/// Does the jobs that undo links, as the worker does.
async fn release(app: &TestApp) {
    let handler = app.app.services().identities.release_job();
    let mut session = app.app.services().yard.store.session().await.unwrap();
    let filter = JobFilter { kind: Some(handler.kind().to_owned()), ..JobFilter::default() };
    let listing = madang_domain::page::Listing {
        filter,
        sort: madang_domain::page::Sort::ascending(JobSort::CreatedAt),
        window: madang_domain::page::Window::Page { number: 1, size: madang_domain::page::PageSize::DEFAULT },
    };
    for job in session.jobs().list(&listing).await.unwrap().items {
        handler.run(&job).await.unwrap();
    }
}
