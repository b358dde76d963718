//! How much anybody may do, and what is answered to who wants more.

use std::time::Duration;

use madang_testing::TestDatabase;
use madang_tests::{Answer, Client, Proxy, TestApp};
use reqwest::Method;

async fn app(limits: &[(&str, &str)]) -> TestApp {
    TestApp::on(TestDatabase::sqlite().await, limits).await
}

/// Databases of the Redis server that `make test` starts; each test has one of its own.
#[expect(clippy::disallowed_methods, reason = "tests have no settings to take the address from")]
pub fn redis() -> String {
    std::env::var("MADANG_TEST_REDIS_URL")
        .expect("run `make test`, which starts a Redis server for the tests")
}

async fn from(client: &Client, forwarded: &str) -> Answer {
    Answer::of(client.request(Method::GET, "/courses").header("X-Forwarded-For", forwarded)).await
}

#[actix_web::test]
async fn who_is_not_signed_in_has_so_many_requests_and_is_told_how_many_are_left() {
    let app = app(&[("LIMIT_ANONYMOUS", "2")]).await;
    let anonymous = app.anonymous();
    let first = anonymous.get("/courses").await.expect_problem(401, "UNAUTHENTICATED");
    assert_eq!(first.header("ratelimit-policy"), "\"anonymous\";q=2;w=900");
    assert_eq!(first.header("ratelimit"), "\"anonymous\";r=1;t=900");
    app.advance(chrono::TimeDelta::minutes(5));
    assert_eq!(anonymous.get("/courses").await.header("ratelimit"), "\"anonymous\";r=0;t=600");

    let refused = anonymous.get("/courses").await.expect_problem(429, "TOO_MANY_REQUESTS");
    assert_eq!(refused.header("retry-after"), "600");
    assert_eq!(refused.header("ratelimit"), "\"anonymous\";r=0;t=600");
    assert_eq!(refused.body["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!(refused.body["violated-policies"], madang_tests::json!(["anonymous"]));
    for free in ["//health", "//health/ready", "//metrics", "//openapi.json", "//docs/", "//"] {
        let answer = anonymous.get(free).await;
        assert!(answer.status < 400, "{free}: {}", answer.status);
        assert_eq!(answer.header("ratelimit"), "", "{free}");
    }

    app.advance(chrono::TimeDelta::minutes(10));
    anonymous.get("/courses").await.expect_problem(401, "UNAUTHENTICATED");
}

#[actix_web::test]
async fn each_user_has_a_budget_of_their_own_however_many_share_an_address() {
    let app = app(&[("LIMIT_ANONYMOUS", "1"), ("LIMIT_USER", "2")]).await;
    for name in ["김하늘", "박바다", "최나무"] {
        let learner = app.learner(name).await;
        assert_eq!(learner.get("/courses").await.expect(200).header("ratelimit"), "\"user\";r=1;t=900");
        learner.get("/courses").await.expect(200);
        let refused = learner.get("/courses").await.expect_problem(429, "TOO_MANY_REQUESTS");
        assert_eq!(refused.header("ratelimit-policy"), "\"user\";q=2;w=900");
    }
    app.anonymous().get("/courses").await.expect_problem(401, "UNAUTHENTICATED");
    // A token that proves nothing is no way around the limit of the address.
    let forged = app.anonymous().with_token("eyJhbGciOiJub25lIn0.e30.");
    forged.get("/courses").await.expect_problem(429, "TOO_MANY_REQUESTS");
}

#[actix_web::test]
async fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let app_alone = app(&[("LIMIT_ANONYMOUS", "1")]).await;
    let untrusting = app_alone.anonymous();
    from(&untrusting, "198.51.100.1").await.expect(401);
    from(&untrusting, "198.51.100.2").await.expect(429);

    let app_behind = app(&[("LIMIT_ANONYMOUS", "1"), ("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.1")]).await;
    let trusting = app_behind.anonymous();
    from(&trusting, "198.51.100.1").await.expect(401);
    from(&trusting, "198.51.100.1, 10.0.0.1").await.expect(429);
    // What stands to the left of it may be made up.
    from(&trusting, "203.0.113.7, 198.51.100.1").await.expect(429);
    from(&trusting, "198.51.100.2").await.expect(401);
    from(&trusting, "2001:db8:1:2::1").await.expect(401);
    from(&trusting, "2001:db8:1:2:ffff::9").await.expect(429);
}

#[actix_web::test]
async fn a_browser_may_read_that_it_was_too_much_and_may_ask_what_is_allowed() {
    let app = app(&[("LIMIT_ANONYMOUS", "1")]).await;
    let anonymous = app.anonymous();
    let cross = |method| {
        let request = anonymous.request(method, "/courses").header("Origin", "https://app.example.org");
        Answer::of(request.header("Access-Control-Request-Method", "GET"))
    };
    cross(Method::GET).await.expect(401);
    let refused = cross(Method::GET).await.expect(429);
    assert_eq!(refused.header("access-control-allow-origin"), "https://app.example.org");
    assert!(refused.header("access-control-expose-headers").contains("ratelimit"));
    cross(Method::OPTIONS).await.expect(200);
}

#[actix_web::test]
async fn with_redis_all_nodes_count_together() {
    let url = format!("{}/1", redis());
    let limits = [("LIMIT_ANONYMOUS", "4"), ("REDIS_URL", url.as_str())];
    let (one, two) = (app(&limits).await, app(&limits).await);
    for (node, left) in [(&one, 3), (&two, 2), (&one, 1), (&two, 0)] {
        let answer = node.anonymous().get("/courses").await.expect(401);
        assert!(answer.header("ratelimit").starts_with(&format!("\"anonymous\";r={left};t=")), "{answer:?}");
    }
    for node in [&one, &two] {
        let refused = node.anonymous().get("/courses").await.expect_problem(429, "TOO_MANY_REQUESTS");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((800..=900).contains(&wait), "{wait}");
    }
}

#[actix_web::test]
async fn while_redis_is_away_each_node_counts_for_itself_and_no_request_fails() {
    let server = redis();
    let proxy = Proxy::to(server.trim_start_matches("redis://").to_owned()).await;
    let url = format!("redis://{}/2", proxy.address());
    let app = app(&[("LIMIT_ANONYMOUS", "3"), ("REDIS_URL", &url)]).await;
    let anonymous = app.anonymous();
    let left = async || anonymous.get("/courses").await.expect(401).header("ratelimit").chars().nth(14);
    assert_eq!(left().await, Some('2'));

    proxy.break_networking();
    assert_eq!(left().await, Some('2'));
    assert_eq!(left().await, Some('1'));
    assert_eq!(left().await, Some('0'));
    anonymous.get("/courses").await.expect_problem(429, "TOO_MANY_REQUESTS");

    // What Redis counted is there again as soon as it is.
    proxy.restore_networking();
    let back = async {
        while anonymous.get("/courses").await.status == 429 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("Redis is asked again");
    assert_eq!(left().await, Some('0'));
}

#[actix_web::test]
async fn a_redis_that_is_not_there_at_all_stops_nobody() {
    let app = app(&[("LIMIT_ANONYMOUS", "1"), ("REDIS_URL", "redis://127.0.0.1:1/0")]).await;
    app.anonymous().get("/courses").await.expect(401);
    app.anonymous().get("/courses").await.expect(429);
}
