//! The public keys of access tokens.

use madang_testing::TestDatabase;
use madang_tests::{TestApp, api_test};

api_test! {
    async fn the_keys_that_sign_now_and_next_are_published_without_their_private_parts(app) {
        let published = app.anonymous().get("//.well-known/jwks.json").await.expect(200);
        assert_eq!(published.header("cache-control"), "public, max-age=300");
        let keys = published.body["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "{}", published.text);
        for key in keys {
            let mut members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        }
        assert_eq!(app.anonymous().get("/.well-known/jwks.json").await.expect(200).body, published.body);
    }
}

#[actix_web::test]
async fn a_shared_secret_is_not_published() {
    let secret = [("JWT_SECRET", "9f8a7c6b5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b")];
    let app = TestApp::on(TestDatabase::sqlite().await, &secret).await;
    let published = app.anonymous().get("//.well-known/jwks.json").await.expect(200);
    assert_eq!(published.text, r#"{"keys":[]}"#);
    app.learner("김하늘").await.get("/auth/me").await.expect(200);
}
