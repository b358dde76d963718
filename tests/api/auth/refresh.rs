//! Refreshing a session.

use std::collections::HashSet;

use chrono::TimeDelta;
use madang_tests::{Answer, TestApp, api_test, json};
use reqwest::Method;

use super::{PASSWORD, holder, refresh, refresh_token, register, sign_in};

/// The `sid` of the access token in an answer.
fn session_of(answer: &Answer) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let payload = answer.body["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims["sid"].as_str().unwrap().to_owned()
}

async fn audited(app: &TestApp, reason: &str) -> usize {
    let query = format!("SELECT entity AS value FROM audit_log WHERE reason = '{reason}'");
    app.owner.read(&query).await.unwrap().len()
}

api_test! {
    async fn a_refresh_token_gives_new_tokens_of_the_same_session_and_is_used_up(app) {
        let first = register(&app, "haneul").await;
        app.advance(TimeDelta::minutes(31));
        holder(&app, &first).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        let second = refresh(&app, &refresh_token(&first)).await.expect(200);
        assert_eq!((&second.body["token_type"], &second.body["expires_in"]), (&json!("bearer"), &json!(1_800)));
        assert_eq!(session_of(&second), session_of(&first));
        assert_ne!(refresh_token(&second), refresh_token(&first));
        holder(&app, &second).get("/auth/me").await.expect(200);
        let kept = app.owner.read("SELECT hash AS value FROM refresh_tokens").await.unwrap();
        assert_eq!(kept.len(), 2);
        assert!(!kept.contains(&refresh_token(&first)) && !kept.contains(&refresh_token(&second)), "kept as hashes");
    }

    async fn a_token_that_comes_again_within_ten_seconds_gives_tokens_of_the_same_session(app) {
        let first = register(&app, "haneul").await;
        let second = refresh(&app, &refresh_token(&first)).await.expect(200);
        app.advance(TimeDelta::seconds(10));
        let again = refresh(&app, &refresh_token(&first)).await.expect(200);
        assert_eq!(session_of(&again), session_of(&second));
        refresh(&app, &refresh_token(&second)).await.expect(200);
        refresh(&app, &refresh_token(&again)).await.expect(200);
        assert_eq!(audited(&app, "refresh_token_reused").await, 0);
    }

    async fn a_token_that_comes_again_later_ends_the_whole_family_and_is_audited(app) {
        let first = register(&app, "haneul").await;
        let elsewhere = sign_in(&app, "haneul", PASSWORD).await.expect(200);
        let second = refresh(&app, &refresh_token(&first)).await.expect(200);
        app.advance(TimeDelta::seconds(11));
        refresh(&app, &refresh_token(&first)).await.expect_problem(401, "REFRESH_TOKEN_REUSED");
        refresh(&app, &refresh_token(&second)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        refresh(&app, &refresh_token(&first)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        holder(&app, &second).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        assert_eq!(audited(&app, "refresh_token_reused").await, 1);
        refresh(&app, &refresh_token(&elsewhere)).await.expect(200);
    }

    async fn of_twenty_who_refresh_at_once_with_one_token_all_stay_in_one_family(app) {
        let first = register(&app, "haneul").await;
        let token = refresh_token(&first);
        let answers = futures_util::future::join_all((0..20).map(|_| refresh(&app, &token))).await;
        let mut tokens = HashSet::new();
        for answer in answers {
            let answer = answer.expect(200);
            assert_eq!(session_of(&answer), session_of(&first));
            tokens.insert(refresh_token(&answer));
        }
        assert_eq!(tokens.len(), 20, "each has a token of its own");
        assert_eq!(app.owner.read("SELECT address AS value FROM sessions").await.unwrap().len(), 1, "one family");
        app.advance(TimeDelta::minutes(5));
        let one = tokens.iter().next().unwrap();
        refresh(&app, one).await.expect(200);
        app.advance(TimeDelta::seconds(11));
        refresh(&app, one).await.expect_problem(401, "REFRESH_TOKEN_REUSED");
        for token in &tokens {
            refresh(&app, token).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        }
    }

    async fn a_session_ends_after_seven_days_without_a_refresh(app) {
        let first = register(&app, "haneul").await;
        app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        let second = refresh(&app, &refresh_token(&first)).await.expect(200);
        app.advance(TimeDelta::days(7));
        refresh(&app, &refresh_token(&second)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
    }

    async fn a_session_ends_after_thirty_days_however_often_it_is_refreshed(app) {
        let mut tokens = register(&app, "haneul").await;
        for _ in 0..5 {
            app.advance(TimeDelta::days(6) - TimeDelta::seconds(1));
            tokens = refresh(&app, &refresh_token(&tokens)).await.expect(200);
        }
        holder(&app, &tokens).get("/auth/me").await.expect(200);
        app.advance(TimeDelta::seconds(5));
        refresh(&app, &refresh_token(&tokens)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        holder(&app, &tokens).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn one_kind_of_token_is_not_taken_for_the_other(app) {
        let tokens = register(&app, "haneul").await;
        let access = tokens.body["access_token"].as_str().unwrap().to_owned();
        for wrong in [access.as_str(), "", "mdr_", &"x".repeat(10_000), "mdr_\u{0}", "한글"] {
            let answer = refresh(&app, wrong).await;
            answer.expect_problem(401, "REFRESH_TOKEN_INVALID");
        }
        let refresh_as_access = app.anonymous().with_token(&refresh_token(&tokens));
        refresh_as_access.get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        holder(&app, &tokens).get("/auth/me").await.expect(200);
    }

    async fn what_is_no_refresh_request_is_refused(app) {
        let anonymous = app.anonymous();
        for (body, pointer, code) in [
            (json!({}), "/refresh_token", "missing"),
            (json!({"refresh_token": 5}), "/refresh_token", "wrong_type"),
            (json!({"refresh_token": null}), "/refresh_token", "wrong_type"),
            (json!({"refresh_token": "x", "user_id": "y"}), "/user_id", "unknown_field"),
        ] {
            let answer = anonymous.post("/auth/refresh", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
        let empty = Answer::of(anonymous.request(Method::POST, "/auth/refresh")).await;
        empty.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
    }

    async fn what_is_over_is_forgotten_with_its_tokens(app) {
        register(&app, "haneul").await;
        app.advance(TimeDelta::days(6));
        let other = sign_in(&app, "haneul", PASSWORD).await.expect(200);
        app.advance(TimeDelta::days(2));
        assert_eq!(app.app.services().sessions.purge().await.unwrap(), 1);
        refresh(&app, &refresh_token(&other)).await.expect(200);
        assert_eq!(app.owner.read("SELECT address AS value FROM sessions").await.unwrap().len(), 1);
        assert_eq!(app.owner.read("SELECT hash AS value FROM refresh_tokens").await.unwrap().len(), 2);
    }
}
