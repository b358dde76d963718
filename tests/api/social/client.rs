//! Clients that go to the provider by themselves and bring a code or a token.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_tests::{
    json,
    providers::{CLIENT_URL, Fault, KAKAO_APP_ID, Person},
};

use super::{Browser, me, social_test};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The address of a sign-in that a client begins by itself.
fn own_request(authorization_url: &str, nonce: &str) -> String {
    let mut url = reqwest::Url::parse(authorization_url).unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .filter(|(name, _)| !["code_challenge", "nonce", "state"].contains(&name.as_str()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs([
        ("code_challenge", challenge.as_str()),
        ("nonce", nonce),
        ("state", "of-the-client"),
    ]);
    url.to_string()
}

social_test! {
    async fn a_client_posts_the_code_that_it_received(app, fakes) {
        for provider in ["kakao", "naver", "google"] {
            fakes.meet(provider, Person::silent("5"));
            let browser = Browser::of(&app);
            let begun = browser.get(&format!("/auth/{provider}?redirect_uri={CLIENT_URL}")).await.expect(200);
            let sent = fakes.consent(&begun.string("authorization_url")).await;
            let body = json!({"code": sent.field("code"), "state": sent.field("state")});
            let stranger = app.anonymous().post(&format!("/auth/social/{provider}"), body.clone()).await;
            stranger.expect_problem(401, "SIGN_IN_EXPIRED");

            let begun = browser.get(&format!("/auth/{provider}?redirect_uri={CLIENT_URL}")).await.expect(200);
            let sent = fakes.consent(&begun.string("authorization_url")).await;
            let body = json!({"code": sent.field("code"), "state": sent.field("state")});
            let tokens = browser.post(&format!("/auth/social/{provider}"), body).await.expect(200);
            assert_eq!(me(&app, &tokens).await.body["auth_type"], provider);
        }
    }

    async fn a_client_that_began_by_itself_brings_its_verifier_and_nonce(app, fakes) {
        let begun = app.anonymous().get(&format!("/auth/google?redirect_uri={CLIENT_URL}")).await.expect(200);
        let request = own_request(&begun.string("authorization_url"), "own-nonce");
        let body = async |verifier: &str, nonce: &str, redirect: &str| {
            let code = fakes.consent(&request).await.field("code");
            json!({"code": code, "code_verifier": verifier, "nonce": nonce, "redirect_uri": redirect})
        };
        let post = async |body| app.anonymous().post("/auth/social/google", body).await;
        let other = "a".repeat(43);
        post(body(&other, "own-nonce", CLIENT_URL).await).await.expect_problem(401, "PROVIDER_REFUSED");
        post(body("short", "own-nonce", CLIENT_URL).await).await.expect_problem(401, "PROVIDER_REFUSED");
        post(body(VERIFIER, "another", CLIENT_URL).await).await.expect_problem(401, "PROVIDER_PROOF_INVALID");
        post(body(VERIFIER, "own-nonce", "https://evil.example.org/").await).await.expect_problem(422, "REDIRECT_NOT_ALLOWED");
        post(body(VERIFIER, "own-nonce", CLIENT_URL).await).await.expect(200);
    }

    async fn what_a_client_brings_is_one_thing_and_whole(app, fakes) {
        drop(fakes);
        let post = async |body| app.anonymous().post("/auth/social/kakao", body).await;
        for (body, pointer, fault) in [
            (json!({}), "/code", "missing"),
            (json!({"code": "x"}), "/code_verifier", "missing"),
            (json!({"code": "x", "code_verifier": VERIFIER}), "/redirect_uri", "missing"),
            (json!({"code": "x", "state": "s", "code_verifier": VERIFIER}), "/code_verifier", "inconsistent"),
            (json!({"code": "x", "id_token": "y"}), "/code", "inconsistent"),
            (json!({"access_token": "x", "user_id": 1}), "/user_id", "unknown_field"),
            (json!({"access_token": "x", "name": ""}), "/name", "empty"),
        ] {
            let answer = post(body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), fault.to_owned())]);
        }
    }

    async fn an_access_token_of_kakao_counts_if_it_was_made_for_us(app, fakes) {
        let post = async |token: String| app.anonymous().post("/auth/social/kakao", json!({"access_token": token})).await;
        let first = me(&app, &post(fakes.kakao_token(KAKAO_APP_ID)).await.expect(200)).await;
        assert_eq!(first.body["auth_type"], "kakao");
        let browser = me(&app, &Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200)).await;
        assert_eq!(browser.id(), first.id());
        post(fakes.kakao_token(999)).await.expect_problem(401, "PROVIDER_PROOF_INVALID");
        post("unknown".to_owned()).await.expect_problem(401, "PROVIDER_REFUSED");
        for provider in ["naver", "google", "apple"] {
            let body = json!({"access_token": "x"});
            let answer = app.anonymous().post(&format!("/auth/social/{provider}"), body).await;
            answer.expect_problem(401, "PROVIDER_PROOF_INVALID");
        }
    }

    async fn an_id_token_counts_with_the_nonce_that_it_carries(app, fakes) {
        for provider in ["kakao", "google", "apple"] {
            fakes.meet(provider, Person::silent("6"));
            let token = fakes.id_token(provider, Some("drawn-by-the-app"));
            let post = async |body| app.anonymous().post(&format!("/auth/social/{provider}"), body).await;
            post(json!({"id_token": token})).await.expect_problem(401, "PROVIDER_PROOF_INVALID");
            post(json!({"id_token": token, "nonce": "another"})).await.expect_problem(401, "PROVIDER_PROOF_INVALID");
            let body = json!({"id_token": token, "nonce": "drawn-by-the-app", "name": "이가을"});
            assert_eq!(me(&app, &post(body).await.expect(200)).await.body["name"], "이가을");
        }
        // A native app gives Apple the hash of the nonce that it drew.
        let hashed = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        let body = json!({"id_token": fakes.id_token("apple", Some(hashed)), "nonce": "foo"});
        app.anonymous().post("/auth/social/apple", body).await.expect(200);
        fakes.fail("google", Some(Fault::WrongAudience));
        let body = json!({"id_token": fakes.id_token("google", None)});
        app.anonymous().post("/auth/social/google", body).await.expect_problem(401, "PROVIDER_PROOF_INVALID");
    }

    async fn the_address_of_kakaos_id_token_links_nothing_because_it_is_not_verified_there(app, fakes) {
        fakes.meet("google", Person::consenting("7", "hong@gmail.com"));
        Browser::of(&app).sign_in(&fakes, "google").await.expect(200);
        let body = json!({"id_token": fakes.id_token("kakao", None)});
        app.anonymous().post("/auth/social/kakao", body).await.expect_problem(409, "ACCOUNT_LINK_REQUIRED");
    }

    async fn a_signed_in_user_links_with_a_token(app, fakes) {
        let client = app.learner("김하늘").await;
        let body = json!({"provider": "kakao", "credential": {"access_token": fakes.kakao_token(KAKAO_APP_ID)}});
        assert_eq!(client.post("/users/me/identities", body.clone()).await.expect(200).body["provider"], "kakao");
        app.anonymous().post("/users/me/identities", body).await.expect_problem(401, "UNAUTHENTICATED");
        let ticket = json!({"provider": "kakao", "credential": {"ticket": "x"}});
        client.post("/users/me/identities", ticket).await.expect_problem(422, "VALIDATION_ERROR");
    }
}
