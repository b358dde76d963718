//! Tokens that nobody issued, or not for this.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_tests::{TestApp, api_test, json};
use serde_json::Value;
use uuid::Uuid;

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The parts of a good token: header, claims, signature.
fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut next = || parts.next().unwrap();
    (decoded(next()), decoded(next()), next().to_owned())
}

api_test! {
    async fn no_forged_token_opens_anything(app) {
        let (admin, learner) = (app.admin().await, app.learner("김하늘").await);
        let (header, claims, signature) = parts(learner.token());
        let with = |member: &str, value: Value| {
            let mut changed = header.clone();
            changed[member] = value;
            format!("{}.{}.{signature}", encoded(&changed), encoded(&claims))
        };
        let claiming = |member: &str, value: Value| {
            let mut changed = claims.clone();
            changed[member] = value;
            format!("{}.{}.{signature}", encoded(&header), encoded(&changed))
        };
        let unsigned = |alg: &str| {
            let mut changed = header.clone();
            changed["alg"] = json!(alg);
            format!("{}.{}.", encoded(&changed), encoded(&claims))
        };
        let attackers_key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let forged = [
            unsigned("none"), unsigned("None"), unsigned("NONE"), unsigned("HS256"),
            with("alg", json!("HS256")), with("alg", json!("ES256")), with("alg", json!("RS256")),
            with("kid", json!("../../../../dev/null")), with("kid", json!("' OR 1=1 --")), with("kid", json!("k".repeat(10_000))),
            with("kid", json!(null)), with("kid", json!(7)),
            with("jwk", attackers_key), with("jku", json!("https://attacker.example/jwks.json")),
            with("x5u", json!("https://attacker.example/x.pem")), with("crit", json!(["exp"])), with("typ", json!("JWT")),
            claiming("sub", json!(admin.id)), claiming("exp", json!(4_102_444_800_u64)), claiming("exp", json!("never")),
            claiming("iss", json!("https://attacker.example")), claiming("aud", json!(["madang", "other"])),
            format!("{}.{}", encoded(&header), encoded(&claims)), format!("{}.x", learner.token()), "..".to_owned(), "a".repeat(5_000),
        ];
        for token in forged {
            let answer = app.anonymous().with_token(&token).get("/courses").await;
            assert_eq!((answer.status, answer.body["code"].as_str()), (401, Some("TOKEN_INVALID")), "{}", &token[..token.len().min(300)]);
            assert!(answer.header("www-authenticate").contains("invalid_token"));
        }
        learner.get("/courses").await.expect(200);
    }

    async fn the_token_of_somebody_who_is_gone_opens_nothing(app) {
        let (one, other) = (app.learner("김하늘").await, app.learner("박바다").await);
        let issue = |user: Uuid, session: Uuid| {
            app.app.tokens().issue(user, session, Uuid::from_u128(3), app.now()).unwrap().token
        };
        for (user, session) in [
            (Uuid::from_u128(9), one.session),
            (one.id, Uuid::from_u128(9)),
            // The session of another user.
            (one.id, other.session),
        ] {
            let token = issue(user, session);
            app.anonymous().with_token(&token).get("/courses").await.expect_problem(401, "TOKEN_INVALID");
        }
        let token = issue(one.id, one.session);
        app.anonymous().with_token(&token).get("/courses").await.expect(200);
    }
}

#[actix_web::test]
async fn the_token_of_another_installation_opens_nothing_even_where_the_key_is_shared() {
    let secret = ("JWT_SECRET", "2c5bd5ae7c3ae1f1b7e0c1a6f07f8b1d9e4c3a2b");
    let database = || madang_testing::TestDatabase::sqlite();
    let ours = TestApp::on(database().await, &[secret, ("PUBLIC_URL", "https://one.example.org")]).await;
    let theirs = TestApp::on(database().await, &[secret, ("PUBLIC_URL", "https://two.example.org")]).await;
    let learner = ours.learner("김하늘").await;
    learner.get("/courses").await.expect(200);
    // Same ids on both sides, because ids count up: only the issuer tells them apart.
    let foreign = theirs.learner("박바다").await;
    assert_eq!((foreign.id, foreign.session), (learner.id, learner.session));
    ours.anonymous().with_token(foreign.token()).get("/courses").await.expect_problem(401, "TOKEN_INVALID");
}
