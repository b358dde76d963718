//! Registering and signing in; sessions and what ends them.

mod cookies;
mod keys;
mod recovery;
mod refresh;
mod sessions;
mod suspension;

use madang_tests::{Answer, Client, TestApp, api_test, json};

/// The password of everybody who registers here.
pub const PASSWORD: &str = "산책하는-고양이-7";

/// Registers somebody; the answer holds the account and its tokens.
pub async fn register(app: &TestApp, username: &str) -> Answer {
    let body = json!({"username": username, "password": PASSWORD, "name": "김하늘"});
    app.anonymous().post("/auth/register", body).await.expect(201)
}

/// Signs somebody in.
pub async fn sign_in(app: &TestApp, username: &str, password: &str) -> Answer {
    app.anonymous().post("/auth/login", json!({"username": username, "password": password})).await
}

/// A client with the access token of an answer.
pub fn holder(app: &TestApp, tokens: &Answer) -> Client {
    app.anonymous().with_token(tokens.body["access_token"].as_str().unwrap())
}

/// The refresh token of an answer.
pub fn refresh_token(tokens: &Answer) -> String {
    tokens.body["refresh_token"].as_str().unwrap().to_owned()
}

/// Sends a refresh token.
pub async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.anonymous().post("/auth/refresh", json!({"refresh_token": token})).await
}

api_test! {
    async fn somebody_registers_signs_in_and_is_known(app) {
        let anonymous = app.anonymous();
        let body = json!({"username": "Haneul", "password": "산책하는-고양이-7", "name": "김하늘", "phone": "010-1234-5678"});
        let registered = anonymous.post("/auth/register", body).await.expect(201);
        assert_eq!(registered.body["username"], "haneul");
        assert_eq!(registered.body["auth_type"], "manual");
        assert_eq!(registered.body["authorizations"]["roles"], json!(["learner"]));
        assert_eq!(registered.body["phone"], "+821012345678");
        assert!(!registered.text.contains("password") && !registered.text.contains("$"));
        assert_eq!(registered.header("location"), format!("/api/v1/users/{}", registered.id()));
        assert_eq!((&registered.body["token_type"], &registered.body["expires_in"]), (&json!("bearer"), &json!(1_800)));
        assert_eq!(holder(&app, &registered).get("/auth/me").await.expect(200).id(), registered.id());

        let token = anonymous.post("/auth/login", json!({"username": "HANEUL", "password": "산책하는-고양이-7"})).await.expect(200);
        assert_eq!(token.body["token_type"], "bearer");
        assert_eq!(token.body["expires_in"], 1_800);
        assert_eq!(token.body.as_object().unwrap().len(), 4, "{}", token.text);
        assert!(refresh_token(&token).len() >= 43, "256 bits");
        let client = anonymous.with_token(token.body["access_token"].as_str().unwrap());
        let me = client.get("/auth/me").await.expect(200);
        assert_eq!(me.id(), registered.id());
        assert_eq!(me.body["last_login"], "2026-09-01T01:00:00Z");
    }

    async fn a_wrong_password_and_an_unknown_name_are_answered_alike(app) {
        let anonymous = app.anonymous();
        let body = json!({"username": "haneul", "password": "산책하는-고양이-7", "name": "김하늘"});
        anonymous.post("/auth/register", body).await.expect(201);
        let wrong = anonymous.post("/auth/login", json!({"username": "haneul", "password": "다른-비밀번호-8"})).await;
        let unknown = anonymous.post("/auth/login", json!({"username": "nobody", "password": "다른-비밀번호-8"})).await;
        let wrong = wrong.expect_problem(401, "WRONG_CREDENTIALS");
        let unknown = unknown.expect_problem(401, "WRONG_CREDENTIALS");
        assert_eq!(wrong.body["detail"], unknown.body["detail"]);
    }

    async fn weak_passwords_and_taken_names_are_refused(app) {
        let anonymous = app.anonymous();
        let body = |password: &str| json!({"username": "haneul", "password": password, "name": "김하늘"});
        for weak in ["short", "password", "haneul1234", &"가".repeat(400)] {
            anonymous.post("/auth/register", body(weak)).await.expect_problem(422, "WEAK_PASSWORD");
        }
        anonymous.post("/auth/register", body("산책하는-고양이-7")).await.expect(201);
        anonymous.post("/auth/register", body("산책하는-고양이-7")).await.expect_problem(409, "USERNAME_TAKEN");
    }

    async fn registering_again_with_the_key_makes_no_second_account_and_keeps_no_tokens(app) {
        let body = json!({"username": "haneul", "password": PASSWORD, "name": "김하늘"});
        let first = app.anonymous().post_once("/auth/register", "key", body.clone()).await.expect(201);
        let again = app.anonymous().post_once("/auth/register", "key", body).await.expect(201);
        assert_eq!((again.id(), again.header("idempotent-replayed")), (first.id(), "true".to_owned()));
        assert_ne!(refresh_token(&again), refresh_token(&first));
        holder(&app, &again).get("/auth/me").await.expect(200);
        let kept = app.owner.read("SELECT body AS value FROM idempotency_keys").await.unwrap();
        assert_eq!(kept.len(), 1);
        assert!(!kept[0].contains("token"), "{}", kept[0]);
    }

    async fn a_token_holds_half_an_hour(app) {
        let learner = app.learner("김하늘").await;
        learner.get("/auth/me").await.expect(200);
        app.advance(chrono::TimeDelta::minutes(31));
        learner.get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn the_last_character_of_a_long_hangul_password_counts(app) {
        let anonymous = app.anonymous();
        let password = format!("{}끝", "가나다라마바사아자차카타파하".repeat(5));
        let body = json!({"username": "haneul", "password": password, "name": "김하늘"});
        anonymous.post("/auth/register", body).await.expect(201);
        let other = format!("{}꿑", "가나다라마바사아자차카타파하".repeat(5));
        anonymous.post("/auth/login", json!({"username": "haneul", "password": other})).await.expect_problem(401, "WRONG_CREDENTIALS");
        anonymous.post("/auth/login", json!({"username": "haneul", "password": password})).await.expect(200);
    }
}
