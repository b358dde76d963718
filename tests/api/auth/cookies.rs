//! Sessions in cookies (`X-Session-Mode: cookie`), where the installation offers them.

use madang_testing::TestDatabase;
use madang_tests::{Answer, TestApp, json};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

const PASSWORD: &str = "산책하는-고양이-7";
const PAGE: &str = "https://app.example.org";
const ACCESS: &str = "__Host-madang_access";
const REFRESH: &str = "__Host-madang_refresh";

async fn offering(db: TestDatabase) -> TestApp {
    TestApp::on(db, &[("BROWSER_SESSIONS", "on")]).await
}

/// Runs a story where sessions in cookies are offered, on both databases.
macro_rules! cookie_test {
    ($(async fn $name:ident($app:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($app: TestApp) $body

            #[actix_web::test]
            async fn on_sqlite() {
                story(offering(TestDatabase::sqlite().await).await).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                story(offering(TestDatabase::postgres().await).await).await;
            }
        }
    )+};
}

/// A request of a page of ours: it names its origin and carries the header.
fn from_page(app: &TestApp, method: Method, path: &str, cookies: &str) -> RequestBuilder {
    app.anonymous()
        .request(method, path)
        .header("Origin", PAGE)
        .header("X-Session-Mode", "cookie")
        .header("Cookie", cookies)
}

/// Who has registered signs in from a page; what the browser holds then.
async fn signed_in(app: &TestApp) -> (Answer, String) {
    let body = json!({"username": "haneul", "password": PASSWORD, "name": "김하늘"});
    app.anonymous().post("/auth/register", body).await.expect(201);
    let body = json!({"username": "haneul", "password": PASSWORD});
    let answer = Answer::of(from_page(app, Method::POST, "/auth/login", "").json(&body)).await;
    let held = held(&answer);
    (answer, held)
}

/// The cookies that an answer sets, each with its attributes.
fn set(answer: &Answer) -> Vec<String> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

/// The cookies of an answer as a browser sends them back.
fn held(answer: &Answer) -> String {
    set(answer).iter().filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

cookie_test! {
    async fn a_sign_in_from_a_page_leaves_the_tokens_to_the_browser(app) {
        let (answer, held) = signed_in(&app).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        let cookies = set(&answer);
        assert_eq!(cookies.len(), 2);
        for (cookie, (name, age)) in cookies.iter().zip([(ACCESS, 1_800), (REFRESH, 7 * 86_400)]) {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            assert!(pair.starts_with(&format!("{name}=")), "{pair}");
            let mut attributes: Vec<&str> = attributes.split("; ").collect();
            attributes.sort_unstable();
            let age = format!("Max-Age={age}");
            assert_eq!(attributes, ["HttpOnly", age.as_str(), "Path=/", "SameSite=Strict", "Secure"]);
        }
        let me = Answer::of(from_page(&app, Method::GET, "/users/me", &held)).await.expect(200);
        assert_eq!(me.body["username"], "haneul");
        // A browser reads without saying where it comes from.
        Answer::of(app.anonymous().request(Method::GET, "/users/me").header("Cookie", &held)).await.expect(200);
    }

    async fn what_changes_something_comes_from_a_page_of_ours_and_says_so(app) {
        let (_, held) = signed_in(&app).await;
        let change = |name: &str| json!({"name": name});
        let patch = || app.anonymous().request(Method::PATCH, "/users/me").header("Cookie", &held);
        let refused = [
            patch().json(&change("가")),
            patch().header("Origin", PAGE).json(&change("나")),
            patch().header("X-Session-Mode", "cookie").json(&change("다")),
            patch().header("X-Session-Mode", "cookie").header("Origin", "https://evil.example").json(&change("라")),
            patch().header("X-Session-Mode", "cookie").header("Origin", "null").json(&change("마")),
            patch().header("X-Session-Mode", "yes").header("Origin", PAGE).json(&change("바")),
        ];
        for request in refused {
            Answer::of(request).await.expect_problem(403, "CSRF_REFUSED");
        }
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let request = app.anonymous().request(method, "/courses/01980000-0000-7000-8000-000000000001");
            let answer = Answer::of(request.header("Cookie", &held).json(&json!({}))).await;
            assert!([403, 405].contains(&answer.status), "{}", answer.text);
        }
        let changed = Answer::of(from_page(&app, Method::PATCH, "/users/me", &held).json(&change("사"))).await;
        assert_eq!(changed.expect(200).body["name"], "사");
    }

    async fn a_sign_in_is_not_put_into_the_browser_by_another_page(app) {
        signed_in(&app).await;
        let body = json!({"username": "haneul", "password": PASSWORD});
        let login = || app.anonymous().request(Method::POST, "/auth/login").json(&body);
        let from_elsewhere = login().header("X-Session-Mode", "cookie").header("Origin", "https://evil.example");
        Answer::of(from_elsewhere).await.expect_problem(403, "CSRF_REFUSED");
        Answer::of(login().header("X-Session-Mode", "cookie")).await.expect_problem(403, "CSRF_REFUSED");
        // Whoever does not ask for cookies gets none.
        let plain = Answer::of(login()).await.expect(200);
        assert!(set(&plain).is_empty() && plain.body["access_token"].is_string());
    }

    async fn a_session_is_renewed_and_ended_by_its_cookies(app) {
        let (_, first) = signed_in(&app).await;
        app.advance(chrono::TimeDelta::minutes(31));
        Answer::of(from_page(&app, Method::GET, "/users/me", &first)).await.expect_problem(401, "TOKEN_INVALID");
        let renewed = Answer::of(from_page(&app, Method::POST, "/auth/refresh", &first)).await.expect(204);
        let second = held(&renewed);
        assert_ne!(first, second);
        Answer::of(from_page(&app, Method::GET, "/users/me", &second)).await.expect(200);
        app.advance(chrono::TimeDelta::seconds(11));
        Answer::of(from_page(&app, Method::POST, "/auth/refresh", "")).await.expect_problem(401, "REFRESH_TOKEN_INVALID");

        let gone = Answer::of(from_page(&app, Method::POST, "/auth/logout", &second)).await.expect(204);
        let cookies = set(&gone);
        assert_eq!(cookies.len(), 2);
        assert!(cookies.iter().all(|cookie| cookie.contains("=; ") && cookie.contains("Max-Age=0")), "{cookies:?}");
        Answer::of(from_page(&app, Method::GET, "/users/me", &second)).await.expect_problem(401, "TOKEN_INVALID");
        Answer::of(from_page(&app, Method::POST, "/auth/refresh", &second)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
    }

    async fn a_bearer_token_goes_before_the_cookie_and_needs_no_header(app) {
        let (_, held) = signed_in(&app).await;
        let other = app.learner("이가을").await;
        let request = other.request(Method::PATCH, "/users/me").header("Cookie", &held).json(&json!({"name": "이겨울"}));
        assert_eq!(Answer::of(request).await.expect(200).id(), other.id);
    }

    async fn a_page_may_send_the_header_across_origins(app) {
        let asking = app.anonymous().request(Method::OPTIONS, "/auth/login").header("Origin", PAGE);
        let asking = asking.header("Access-Control-Request-Method", "POST");
        let asked = Answer::of(asking.header("Access-Control-Request-Headers", "x-session-mode,content-type")).await;
        assert_eq!((asked.status, asked.header("access-control-allow-credentials").as_str()), (200, "true"));
        assert!(asked.header("access-control-allow-headers").contains("x-session-mode"));
    }
}

#[actix_web::test]
async fn without_the_setting_the_header_and_the_cookies_mean_nothing() {
    let app = TestApp::on_sqlite().await;
    let (answer, _) = signed_in(&app).await;
    let tokens: Value = answer.expect(200).body;
    let held = format!("{ACCESS}={}", tokens["access_token"].as_str().unwrap());
    Answer::of(from_page(&app, Method::GET, "/users/me", &held)).await.expect_problem(401, "UNAUTHENTICATED");
    let held = format!("{REFRESH}={}", tokens["refresh_token"].as_str().unwrap());
    let refresh = Answer::of(from_page(&app, Method::POST, "/auth/refresh", &held)).await;
    refresh.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[actix_web::test]
async fn many_at_one_address_are_counted_each_for_themselves_by_their_cookies() {
    let limits = [("BROWSER_SESSIONS", "on"), ("LIMIT_ANONYMOUS", "3"), ("LIMIT_USER", "5")];
    let app = TestApp::on(TestDatabase::sqlite().await, &limits).await;
    let (_, held) = signed_in(&app).await;
    let answer = Answer::of(from_page(&app, Method::GET, "/users/me", &held)).await.expect(200);
    assert!(
        answer.header("ratelimit-policy").starts_with("\"user\""),
        "{}",
        answer.header("ratelimit-policy")
    );
}
