//! `POST /courses`.

use madang_tests::{api_test, json};

api_test! {
    async fn a_manager_puts_a_course_into_the_catalogue(app) {
        let manager = app.manager().await;
        let body = json!({"title": "  수채화 기초  ", "description": "첫걸음\n둘째 줄", "keyword": "미술"});
        let created = manager.post("/courses", body).await.expect(201);
        assert_eq!(created.body["title"], "수채화 기초");
        assert_eq!(created.body["is_active"], true);
        assert_eq!(created.body["created_by"], manager.id.to_string());
        assert_eq!(created.body["created_at"], "2026-09-01T01:00:00Z");
        assert_eq!(created.header("etag"), "\"1\"");
        let location = created.header("location");
        assert_eq!(location, format!("/api/v1/courses/{}", created.id()));
        let got = manager.get(&format!("/{location}")).await.expect(200);
        assert_eq!(got.body, created.body);
    }

    async fn a_learner_cannot_create_a_course(app) {
        let learner = app.learner("김하늘").await;
        learner.post("/courses", json!({"title": "수채화"})).await.expect_problem(403, "FORBIDDEN");
        assert!(learner.get("/courses").await.expect(200).items().is_empty());
    }

    async fn every_value_that_is_not_valid_is_named(app) {
        let body = json!({"title": " ", "description": "x".repeat(10_001), "keyword": "a\u{0}b"});
        let answer = app.manager().await.post("/courses", body).await.expect_problem(422, "VALIDATION_ERROR");
        let faults = answer.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
        assert_eq!(faults, [("/title", "empty"), ("/description", "too_long"), ("/keyword", "forbidden_character")]);
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let manager = app.manager().await;
        let body = json!({"title": "수채화 기초"});
        let first = manager.post_once("/courses", "key-1", body.clone()).await.expect(201);
        let second = manager.post_once("/courses", "\"key-1\"", body.clone()).await.expect(201);
        assert_eq!(first.text, second.text);
        assert_eq!(first.header("location"), second.header("location"));
        assert_eq!(first.header("idempotent-replayed"), "");
        assert_eq!(second.header("idempotent-replayed"), "true");
        assert_eq!(manager.get("/courses").await.body["total"], 1);

        manager.post_once("/courses", "key-1", json!({"title": "다른 강의"})).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
        // Keys belong to who sent them.
        app.manager().await.post_once("/courses", "key-1", body).await.expect(201);
    }

    async fn a_refused_request_leaves_its_key_free(app) {
        let manager = app.manager().await;
        manager.post_once("/courses", "key-1", json!({"title": ""})).await.expect_problem(422, "VALIDATION_ERROR");
        manager.post_once("/courses", "key-1", json!({"title": "수채화"})).await.expect(201);
    }

    async fn a_key_is_forgotten_after_a_day(app) {
        let manager = app.manager().await;
        manager.post_once("/courses", "key-1", json!({"title": "수채화"})).await.expect(201);
        app.advance(chrono::TimeDelta::hours(25));
        app.client_of(manager.id).await.post_once("/courses", "key-1", json!({"title": "유화"})).await.expect(201);
    }

    async fn requests_with_one_key_at_the_same_time_take_effect_once(app) {
        let manager = app.manager().await;
        let requests = (0..8).map(|_| manager.post_once("/courses", "key-1", json!({"title": "수채화"})));
        let answers = futures_util::future::join_all(requests).await;
        assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)), "{answers:?}");
        assert!(answers.iter().any(|answer| answer.status == 201));
        assert_eq!(manager.get("/courses").await.body["total"], 1);
    }
}
