//! `PUT`, `PATCH`, `DELETE` and `GET /courses/{id}`.

use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

api_test! {
    async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_names_null(app) {
        let manager = app.manager().await;
        let body = json!({"title": "수채화", "description": "첫걸음", "keyword": "미술"});
        let id = manager.post("/courses", body).await.expect(201).id();
        let path = format!("/courses/{id}");
        let patched = manager.patch(&path, json!({"description": null, "keyword": "그림"})).await.expect(200);
        assert_eq!(patched.body["title"], "수채화");
        assert_eq!(patched.body["description"], json!(null));
        assert_eq!(patched.body["keyword"], "그림");
        assert_eq!(patched.body["version"], 2);
        assert_eq!(patched.header("etag"), "\"2\"");
        manager.patch(&path, json!({"title": null})).await.expect_problem(422, "VALIDATION_ERROR");
        // Nothing changes, so no version does.
        assert_eq!(manager.patch(&path, json!({})).await.expect(200).body["version"], 2);
    }

    async fn a_put_replaces_everything(app) {
        let manager = app.manager().await;
        let body = json!({"title": "수채화", "description": "첫걸음", "keyword": "미술"});
        let id = manager.post("/courses", body).await.expect(201).id();
        let path = format!("/courses/{id}");
        let put = manager.put(&path, json!({"title": "유화", "is_active": true})).await.expect(200);
        assert_eq!((&put.body["title"], &put.body["description"], &put.body["keyword"]), (&json!("유화"), &json!(null), &json!(null)));
        manager.put(&path, json!({"title": "유화"})).await.expect_problem(422, "VALIDATION_ERROR");
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let manager = app.manager().await;
        let path = format!("/courses/{}", app.course("수채화").await);
        let change = async |etag: &str, title: &str| {
            let request = manager.request(Method::PATCH, &path).header("If-Match", etag).json(&json!({"title": title}));
            Answer::of(request).await
        };
        change("\"1\"", "유화").await.expect(200);
        change("\"1\"", "판화").await.expect_problem(412, "PRECONDITION_FAILED");
        change("\"foreign\"", "판화").await.expect_problem(412, "PRECONDITION_FAILED");
        change("2", "판화").await.expect_problem(400, "MALFORMED_HEADER");
        change("*", "판화").await.expect(200);
        assert_eq!(manager.get(&path).await.body["title"], "판화");
    }

    async fn a_resource_that_has_not_changed_is_not_sent_again(app) {
        let learner = app.learner("김하늘").await;
        let path = format!("/courses/{}", app.course("수채화").await);
        let etag = learner.get(&path).await.expect(200).header("etag");
        let again = Answer::of(learner.request(Method::GET, &path).header("If-None-Match", &etag)).await.expect(304);
        assert!(again.text.is_empty());
        assert_eq!(again.header("etag"), etag);
        Answer::of(learner.request(Method::GET, &path).header("If-None-Match", "\"9\"")).await.expect(200);
    }

    async fn a_course_out_of_the_catalogue_is_hidden_from_learners_only(app) {
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        let path = format!("/courses/{}", app.course("수채화").await);
        let deleted = manager.delete(&path).await.expect(204);
        assert!(deleted.text.is_empty());
        learner.get(&path).await.expect_problem(404, "COURSE_NOT_FOUND");
        assert_eq!(learner.get("/courses").await.body["total"], 0);
        assert_eq!(learner.get("/courses?is_active=false").await.body["total"], 0);
        assert_eq!(manager.get(&path).await.expect(200).body["is_active"], false);
        manager.patch(&path, json!({"is_active": true})).await.expect(200);
        learner.get(&path).await.expect(200);
    }

    async fn a_course_that_does_not_exist_is_not_found(app) {
        let manager = app.manager().await;
        let path = format!("/courses/{}", Uuid::from_u128(7));
        manager.get(&path).await.expect_problem(404, "COURSE_NOT_FOUND");
        manager.patch(&path, json!({"title": "x"})).await.expect_problem(404, "COURSE_NOT_FOUND");
        manager.delete(&path).await.expect_problem(404, "COURSE_NOT_FOUND");
    }

    async fn two_people_who_change_one_course_at_once_lose_nothing(app) {
        let manager = app.manager().await;
        let path = format!("/courses/{}", app.course("수채화").await);
        let changes = (0..10).map(|number| {
            let (manager, path) = (manager.clone(), path.clone());
            async move { manager.patch(&path, json!({"title": format!("강의 {number}")})).await }
        });
        let answers = futures_util::future::join_all(changes).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(manager.get(&path).await.body["version"], 11);
    }
}
