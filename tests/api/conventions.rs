//! What holds for every request, whatever it asks for.

use std::time::Duration;

use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

api_test! {
    async fn every_response_carries_its_id_its_time_and_the_security_headers(app) {
        for path in ["/courses", "//health", "/nowhere", "//"] {
            let answer = app.anonymous().get(path).await;
            assert!(!answer.header("x-request-id").is_empty(), "{path}");
            assert!(answer.header("x-process-time").parse::<f64>().is_ok(), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", "{path}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        }
    }

    async fn a_fit_request_id_of_the_client_is_kept_and_another_is_replaced(app) {
        let anonymous = app.anonymous();
        let send = async |id: &str| {
            Answer::of(anonymous.request(Method::GET, "/courses").header("X-Request-ID", id)).await
        };
        let kept = send("my-custom-request-id").await.expect_problem(401, "UNAUTHENTICATED");
        assert_eq!(kept.header("x-request-id"), "my-custom-request-id");
        for id in ["with space", "über", &"x".repeat(129)] {
            assert_ne!(send(id).await.header("x-request-id"), id);
        }
    }

    async fn the_api_answers_alike_at_all_three_mounts_and_with_a_trailing_slash(app) {
        let learner = app.learner("김하늘").await;
        let course = app.course("수채화 기초").await;
        for path in ["//api/v1/courses", "//api/courses", "//courses", "//api/v1/courses/"] {
            assert_eq!(learner.get(path).await.expect(200).items().len(), 1, "{path}");
        }
        for path in ["//api/v1/courses/", "//api/courses/", "//courses/"] {
            assert_eq!(learner.get(&format!("{path}{course}")).await.expect(200).id(), course, "{path}");
        }
    }

    async fn an_unknown_address_is_a_problem_and_a_known_one_names_its_methods(app) {
        let admin = app.admin().await;
        for path in ["/nowhere", "//nowhere", "//api/nowhere", "/courses/1/2/3"] {
            admin.get(path).await.expect_problem(404, "NOT_FOUND");
        }
        let answer = Answer::of(admin.request(Method::DELETE, "/courses")).await.expect_problem(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "GET, HEAD, POST");
        let answer = Answer::of(admin.request(Method::POST, "//health")).await.expect_problem(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }

    async fn head_is_get_without_its_body(app) {
        let learner = app.learner("김하늘").await;
        let answer = Answer::of(learner.request(Method::HEAD, "/courses")).await.expect(200);
        assert!(answer.text.is_empty());
        assert_ne!(answer.header("content-length"), "");
    }

    async fn who_is_not_signed_in_is_told_how_to(app) {
        let answer = app.anonymous().get("/courses").await.expect_problem(401, "UNAUTHENTICATED");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        let mut client = app.anonymous();
        for token in ["x", "a.b.c", "", &"x".repeat(10_000)] {
            client = client.with_token(token);
            let answer = client.get("/courses").await;
            assert_eq!(answer.status, 401, "{token}");
        }
        client.with_token("a.b.c").get("/courses").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn a_problem_speaks_korean_and_english_where_that_is_asked_for(app) {
        let anonymous = app.anonymous();
        let korean = anonymous.get("/courses").await.body;
        assert_eq!(korean["detail"], "로그인이 필요합니다.");
        let english = Answer::of(anonymous.request(Method::GET, "/courses").header("Accept-Language", "en-GB,ko;q=0.5")).await;
        assert_eq!(english.body["detail"], "Sign in first.");
        assert_eq!(english.body["instance"], "/api/v1/courses");
        assert_eq!(english.body["type"], "/problems/unauthenticated");
    }

    async fn a_body_that_is_no_json_not_announced_as_such_or_too_large_is_refused(app) {
        let manager = app.manager().await;
        let post = async |body: String, kind: &str| {
            Answer::of(manager.request(Method::POST, "/courses").header("Content-Type", kind).body(body)).await
        };
        post("{".to_owned(), "application/json").await.expect_problem(400, "MALFORMED_JSON");
        post("{}".to_owned(), "text/plain").await.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
        post("{}".to_owned(), "application/merge-patch+json").await.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
        let large = format!("{{\"title\":\"{}\"}}", "x".repeat(1024 * 1024));
        post(large, "application/json").await.expect_problem(413, "BODY_TOO_LARGE");
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(post(deep, "application/json").await.status, 422);
        manager.get("/courses").await.expect(200);
    }

    async fn an_id_that_is_none_is_a_problem(app) {
        app.admin().await.get("/courses/1").await.expect_problem(400, "MALFORMED_PATH");
    }

    async fn unknown_and_unreadable_parameters_are_refused_by_name(app) {
        let learner = app.learner("김하늘").await;
        for (query, name) in [
            ("nonsense=1", "?nonsense"),
            ("page=zero", "?page"),
            ("page=0", "?page"),
            ("size=0", "?size"),
            ("size=101", "?size"),
            ("sort=password", "?sort"),
            ("sort=title,title", "?sort"),
            ("sort=title&order=up", "?order"),
            ("sort=title,created_at&order=desc", "?order"),
            ("is_active=maybe", "?is_active"),
            ("page=1&cursor=", "?cursor"),
            ("format=pdf", "?format"),
        ] {
            let answer = learner.get(&format!("/courses?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name, "{query}");
        }
        let course = app.course("수채화").await;
        learner.get(&format!("/courses/{course}?nonsense=1")).await.expect_problem(400, "MALFORMED_QUERY");
        learner.get("/courses?page=501&size=20").await.expect_problem(400, "PAGE_TOO_DEEP");
        learner.get("/courses?cursor=nonsense").await.expect_problem(400, "CURSOR_INVALID");
    }

    async fn a_browser_of_an_allowed_origin_may_call_and_another_may_not(app) {
        let preflight = async |origin: &str| {
            let request = app.anonymous().request(Method::OPTIONS, "/courses");
            Answer::of(request.header("Origin", origin).header("Access-Control-Request-Method", "POST")).await
        };
        let allowed = preflight("https://app.example.org").await;
        assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example.org");
        assert_eq!(allowed.header("access-control-allow-credentials"), "true");
        assert_eq!(preflight("https://evil.example").await.header("access-control-allow-origin"), "");
    }

    async fn the_server_tells_its_health_and_its_figures(app) {
        app.anonymous().get("//health").await.expect(200);
        app.anonymous().get("//health/ready").await.expect(200);
        app.learner("김하늘").await.get(&format!("/courses/{}", uuid::Uuid::nil())).await.expect(404);
        let metrics = app.anonymous().get("//metrics").await.expect(200).text;
        assert!(metrics.contains(r#"madang_http_requests_total{method="GET",route="/courses/{id}",status="404"} 1"#), "{metrics}");
        app.readiness.stop();
        app.anonymous().get("//health/ready").await.expect_problem(503, "UNAVAILABLE");
        app.anonymous().get("//health").await.expect(200);
    }

    async fn the_document_and_its_viewers_are_served_without_the_internet(app) {
        let document = app.anonymous().get("//openapi.json").await.expect(200);
        assert_eq!(document.body["openapi"], "3.1.0");
        for path in ["//docs/", "//docs/index.html", "//docs/swagger-ui-bundle.js", "//redoc"] {
            app.anonymous().get(path).await.expect(200);
        }
    }

    async fn a_body_that_trickles_in_is_given_up(app) {
        let learner = app.manager().await;
        let address = app.base().trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /api/v1/courses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
            learner.token()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await.expect("an answer in time").unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("REQUEST_TIMEOUT") || read > 0);
    }

    async fn an_unknown_field_can_not_assign_what_is_not_the_clients_to_say(app) {
        let manager = app.manager().await;
        for field in ["id", "created_by", "version", "is_active", "search_text"] {
            let mut body = json!({"title": "수채화"});
            body[field] = json!("x");
            let answer = manager.post("/courses", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), "unknown_field".to_owned())]);
        }
    }
}
