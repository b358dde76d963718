//! `GET /certifications`, `GET /certifications/{id}`, `GET /users/{id}/certifications` and `/users/me/certifications`.

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

/// Two courses; two learners certified for the first, one of them a day later for the second.
async fn certified(app: &TestApp) -> (Client, [Uuid; 2], [Client; 2]) {
    let manager = app.manager().await;
    let (first, second) = (app.class().await, app.class().await);
    let learners = [app.learner_in(&first, "김하늘").await, app.learner_in(&first, "이바다").await];
    let place = json!({"user_id": learners[0].id, "role": "learner", "enrolled_on": "2026-06-01"});
    second.lecturer.post(&format!("/classes/{}/enrolments", second.id), place).await.expect(201);
    let issue = async |manager: &Client, course: Uuid, user: Uuid| {
        let body = json!({"course_id": course, "user_id": user, "override_reason": "기관장 승인"});
        manager.post("/certifications", body).await.expect(201);
    };
    issue(&manager, first.course, learners[0].id).await;
    issue(&manager, first.course, learners[1].id).await;
    app.advance(TimeDelta::days(1));
    let [one, other] = learners;
    let learners = [app.client_of(one.id).await, app.client_of(other.id).await];
    let manager = app.client_of(manager.id).await;
    issue(&manager, second.course, learners[0].id).await;
    (manager, [first.course, second.course], learners)
}

fn of(list: &Answer) -> Vec<(Value, Value)> {
    list.items().iter().map(|item| (item["course_id"].clone(), item["user_id"].clone())).collect()
}

api_test! {
    async fn managers_list_everybodys_certifications_latest_first(app) {
        let (manager, [first, second], [one, other]) = certified(&app).await;
        let list = manager.get("/certifications").await.expect(200);
        assert_eq!(of(&list)[0], (json!(second), json!(one.id)));
        assert_eq!(list.body["total"], 3);
        assert_eq!(&manager.walk("/certifications", 1).await, list.items());
        let found = async |filter: &str| of(&manager.get(&format!("/certifications?{filter}")).await.expect(200));
        assert_eq!(found(&format!("course_id={first}&sort=issued_at")).await.len(), 2);
        assert_eq!(found(&format!("user_id={}", other.id)).await, [(json!(first), json!(other.id))]);
        // It is ten in the morning of 1 September in Seoul when the first two are issued.
        assert_eq!(found("to=2026-09-01").await.len(), 2);
        assert_eq!(found("from=2026-09-02").await, [(json!(second), json!(one.id))]);
        assert_eq!(found("from=2026-09-01T01:00:00.000001Z").await.len(), 1);
        manager.get("/certifications?status=issued").await.expect_problem(400, "MALFORMED_QUERY");
        manager.get("/certifications?sort=user_id").await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn a_learner_sees_their_own_certifications_only(app) {
        let (manager, _, [one, other]) = certified(&app).await;
        let mine = one.get("/users/me/certifications").await.expect(200);
        assert_eq!(mine.body["total"], 2);
        assert_eq!(one.get("/certifications").await.expect(200).items(), mine.items());
        let path = format!("/users/{}/certifications", one.id);
        for client in [&one, &manager] {
            assert_eq!(client.get(&path).await.expect(200).items(), mine.items());
        }
        other.get(&path).await.expect_problem(404, "USER_NOT_FOUND");
        other.get(&format!("/certifications?user_id={}", one.id)).await.expect_problem(403, "FORBIDDEN");
        let id = mine.items()[0]["id"].as_str().unwrap();
        one.get(&format!("/certifications/{id}")).await.expect(200);
        other.get(&format!("/certifications/{id}")).await.expect_problem(404, "CERTIFICATION_NOT_FOUND");
        manager.get(&format!("/certifications/{}", Uuid::nil())).await.expect_problem(404, "CERTIFICATION_NOT_FOUND");
        manager.get(&format!("/users/{}/certifications", Uuid::nil())).await.expect_problem(404, "USER_NOT_FOUND");
        app.anonymous().get("/users/me/certifications").await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn a_certification_is_not_changed_or_removed(app) {
        let (manager, _, _) = certified(&app).await;
        let list = manager.get("/certifications?size=1").await.expect(200);
        let path = format!("/certifications/{}", list.items()[0]["id"].as_str().unwrap());
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = Answer::of(manager.request(method, &path).json(&json!({}))).await.expect_problem(405, "METHOD_NOT_ALLOWED");
            assert_eq!(answer.header("allow"), "GET, HEAD");
        }
        let etag = manager.get(&path).await.expect(200).header("etag");
        Answer::of(manager.request(Method::GET, &path).header("If-None-Match", etag)).await.expect(304);
    }
}
