//! `GET`, `PATCH` and `DELETE /enrolments/{id}`.

use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;

/// A new learner's place in a class from today on.
async fn place(app: &TestApp, class: &TestClass, name: &str) -> (Client, String) {
    let learner = app.learner(name).await;
    let body = json!({"user_id": learner.id});
    let made = class.lecturer.post(&format!("/classes/{}/enrolments", class.id), body).await.expect(201);
    (learner, format!("/enrolments/{}", made.id()))
}

api_test! {
    async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_names_null(app) {
        let class = app.class().await;
        let (_, path) = place(&app, &class, "김하늘").await;
        let left = class.lecturer.patch(&path, json!({"left_on": "2026-10-01"})).await.expect(200);
        assert_eq!(
            (&left.body["enrolled_on"], &left.body["left_on"], &left.body["status"], left.header("etag")),
            (&json!("2026-09-01"), &json!("2026-10-01"), &json!("left"), "\"2\"".to_owned())
        );
        let back = class.lecturer.patch(&path, json!({"left_on": null, "enrolled_on": "2026-08-01"})).await.expect(200);
        assert_eq!(
            (&back.body["enrolled_on"], &back.body["left_on"], &back.body["status"]),
            (&json!("2026-08-01"), &json!(null), &json!("active"))
        );
        assert_eq!(class.lecturer.patch(&path, json!({})).await.expect(200).body["version"], 3);
    }

    async fn what_can_not_be_is_refused_by_its_place(app) {
        let class = app.class().await;
        let (_, path) = place(&app, &class, "김하늘").await;
        for (body, pointer, code) in [
            (json!({"left_on": "2026-08-31"}), "/left_on", "reversed"),
            (json!({"enrolled_on": null}), "/enrolled_on", "wrong_type"),
            (json!({"role": null}), "/role", "wrong_type"),
            (json!({"left_on": "3000-01-01"}), "/left_on", "out_of_range"),
            (json!({"status": "active"}), "/status", "unknown_field"),
            (json!({"user_id": class.lecturer.id}), "/user_id", "unknown_field"),
        ] {
            let answer = class.lecturer.patch(&path, body.clone()).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{body}");
        }
        class.lecturer.patch(&path, json!({"role": "assistant"})).await.expect_problem(403, "FORBIDDEN");
        class.lecturer.put(&path, json!({})).await.expect_problem(405, "METHOD_NOT_ALLOWED");
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let class = app.class().await;
        let (learner, path) = place(&app, &class, "김하늘").await;
        let send = async |method: Method, path: &str, etag: &str, body: serde_json::Value| {
            Answer::of(class.lecturer.request(method, path).header("If-Match", etag).json(&body)).await
        };
        let etag = learner.get(&path).await.expect(200).header("etag");
        Answer::of(learner.request(Method::GET, &path).header("If-None-Match", &etag)).await.expect(304);
        send(Method::PATCH, &path, &etag, json!({"enrolled_on": "2026-08-01"})).await.expect(200);
        send(Method::PATCH, &path, &etag, json!({"enrolled_on": "2026-08-02"})).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::DELETE, &path, &etag, json!({})).await.expect_problem(412, "PRECONDITION_FAILED");
        let transfer = json!({"class_id": app.sister(&class).await.id});
        let manager = app.manager().await;
        let stale = manager.request(Method::POST, &format!("{path}/transfer")).header("If-Match", &etag).json(&transfer);
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        assert_eq!(learner.get(&path).await.body["status"], "active");
        send(Method::DELETE, &path, "\"2\"", json!({})).await.expect(204);
    }

    async fn who_leaves_stays_on_record_and_may_come_back(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let roster = format!("/classes/{}/enrolments", class.id);
        let first = learner.get("/users/me/enrolments").await.items()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/enrolments/{first}");
        class.lecturer.delete(&path).await.expect(204);
        let left = learner.get(&path).await.expect(200).body;
        assert_eq!((&left["left_on"], &left["status"]), (&json!("2026-09-01"), &json!("left")));
        // It is over: there is nothing to end.
        class.lecturer.delete(&path).await.expect_problem(404, "ENROLMENT_NOT_FOUND");

        class.lecturer.post(&roster, json!({"user_id": learner.id})).await.expect(201);
        let mine = learner.get("/users/me/enrolments?sort=enrolled_on").await.expect(200);
        let seen: Vec<_> = mine.items().iter().map(|item| (item["enrolled_on"].clone(), item["status"].clone())).collect();
        assert_eq!(seen, [(json!("2026-06-01"), json!("left")), (json!("2026-09-01"), json!("active"))]);
        // The first place can't grow back over the second.
        class.lecturer.patch(&path, json!({"left_on": null})).await.expect_problem(409, "ALREADY_ENROLLED");
    }

    async fn a_planned_end_can_be_brought_forward_by_leaving(app) {
        let class = app.class().await;
        let (learner, path) = place(&app, &class, "김하늘").await;
        class.lecturer.patch(&path, json!({"left_on": "2026-12-01"})).await.expect(200);
        class.lecturer.delete(&path).await.expect(204);
        assert_eq!(learner.get(&path).await.body["left_on"], "2026-09-01");
    }

    async fn who_has_not_come_yet_never_came(app) {
        let class = app.class().await;
        let (learner, path) = place(&app, &class, "김하늘").await;
        class.lecturer.patch(&path, json!({"enrolled_on": "2026-10-01"})).await.expect(200);
        class.lecturer.delete(&path).await.expect(204);
        let left = learner.get(&path).await.expect(200).body;
        assert_eq!((&left["enrolled_on"], &left["left_on"]), (&json!("2026-10-01"), &json!("2026-10-01")));
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), json!({"user_id": learner.id})).await.expect(201);
    }

    async fn coming_back_by_a_patch_needs_a_free_place(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let (_, path) = place(&app, &class, "김하늘").await;
        manager.delete(&path).await.expect(204);
        manager.patch(&format!("/classes/{}", class.id), json!({"capacity": 1})).await.expect(200);
        place(&app, &class, "이가을").await;
        manager.patch(&path, json!({"left_on": null})).await.expect_problem(409, "CLASS_FULL");
        manager.patch(&path, json!({"left_on": "2026-09-02"})).await.expect_problem(409, "CLASS_FULL");
    }

    async fn who_no_longer_teaches_loses_the_power_at_once(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let roster = format!("/classes/{}/enrolments", class.id);
        let place = manager.get(&format!("{roster}?role=lecturer")).await.items()[0]["id"].as_str().unwrap().to_owned();
        class.lecturer.get(&roster).await.expect(200);
        class.lecturer.delete(&format!("/enrolments/{place}")).await.expect_problem(403, "FORBIDDEN");
        manager.delete(&format!("/enrolments/{place}")).await.expect(204);
        class.lecturer.get(&roster).await.expect_problem(403, "FORBIDDEN");
    }
}
