//! `PUT`, `PATCH` and `DELETE /attendances/{id}`.

use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use uuid::Uuid;

/// A learner who is marked late, and the address of the mark.
async fn late(app: &TestApp) -> (TestClass, Client, String) {
    let class = app.class().await;
    let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
    let learner = app.learner_in(&class, "김하늘").await;
    let body =
        json!({"user_id": learner.id, "status": "late", "detail_type": "교통", "description": "버스 고장"});
    let made = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), body).await.expect(201);
    (class, learner, format!("/attendances/{}", made.id()))
}

api_test! {
    async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_names_null(app) {
        let (class, _, path) = late(&app).await;
        let manager = app.manager().await;
        let patch = json!({"status": "present", "detail_type": null, "checked_at": "2026-08-25T19:00:00+09:00"});
        let patched = manager.patch(&path, patch).await.expect(200);
        assert_eq!((&patched.body["status"], &patched.body["detail_type"]), (&json!("present"), &json!(null)));
        assert_eq!((&patched.body["description"], &patched.body["checked_at"]), (&json!("버스 고장"), &json!("2026-08-25T10:00:00Z")));
        assert_eq!((&patched.body["version"], patched.header("etag").as_str()), (&json!(2), "\"2\""));
        assert_eq!((&patched.body["created_by"], &patched.body["updated_by"]), (&json!(class.lecturer.id), &json!(manager.id)));
        let read = manager.get(&path).await.expect(200).body;
        for (field, value) in patched.body.as_object().unwrap() {
            assert_eq!(&read[field], value, "{field}");
        }
        manager.patch(&path, json!({"status": null})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(manager.patch(&path, json!({"status": "present"})).await.expect(200).body["version"], 2);
    }

    async fn a_put_replaces_everything(app) {
        let (class, _, path) = late(&app).await;
        let put = class.lecturer.put(&path, json!({"status": "excused"})).await.expect(200).body;
        assert_eq!(put["status"], "excused");
        for field in ["detail_type", "description", "assignment_id", "checked_at"] {
            assert_eq!(put[field], json!(null), "{field}");
        }
        let answer = class.lecturer.put(&path, json!({})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(answer.faults(), [("/status".to_owned(), "missing".to_owned())]);
    }

    async fn what_a_mark_belongs_to_and_who_made_it_can_not_be_changed(app) {
        let (class, learner, path) = late(&app).await;
        for field in ["user_id", "lecture_id", "created_by", "updated_by", "source", "version"] {
            for method in [Method::PUT, Method::PATCH] {
                let request = class.lecturer.request(method, &path).json(&json!({"status": "present", field: learner.id}));
                let answer = Answer::of(request).await.expect_problem(422, "VALIDATION_ERROR");
                assert_eq!(answer.faults(), [(format!("/{field}"), "unknown_field".to_owned())]);
            }
        }
        assert_eq!(class.lecturer.get(&path).await.body["status"], "late");
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let (class, _, path) = late(&app).await;
        let send = async |method: Method, etag: &str| {
            let request = class.lecturer.request(method, &path).header("If-Match", etag);
            Answer::of(request.json(&json!({"status": "present"}))).await
        };
        send(Method::PATCH, "\"1\"").await.expect(200);
        for method in [Method::PATCH, Method::PUT, Method::DELETE] {
            send(method, "\"1\"").await.expect_problem(412, "PRECONDITION_FAILED");
        }
        send(Method::DELETE, "\"2\"").await.expect(204);
    }

    async fn two_people_who_correct_one_mark_at_once_lose_nothing(app) {
        let (class, _, path) = late(&app).await;
        let changes = (0..10).map(|number| class.lecturer.patch(&path, json!({"description": format!("수정 {number}")})));
        let answers = futures_util::future::join_all(changes).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(class.lecturer.get(&path).await.body["version"], 11);
        assert_eq!(class.lecturer.get(&format!("{path}/history")).await.body["total"], 11);
    }

    async fn a_learner_does_not_change_their_mark_and_others_do_not_know_of_it(app) {
        let (_, learner, path) = late(&app).await;
        let change = json!({"status": "present"});
        learner.patch(&path, change.clone()).await.expect_problem(403, "FORBIDDEN");
        learner.delete(&path).await.expect_problem(403, "FORBIDDEN");
        let elsewhere = app.class().await;
        for client in [&elsewhere.lecturer, &app.learner("이바다").await] {
            client.patch(&path, change.clone()).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
            client.put(&path, change.clone()).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
            client.delete(&path).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        }
        app.manager().await.patch(&format!("/attendances/{}", Uuid::nil()), change).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
    }

    async fn marks_of_a_closed_class_stand_still(app) {
        let (class, _, path) = late(&app).await;
        let manager = app.manager().await;
        manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
        for client in [&class.lecturer, &manager] {
            client.patch(&path, json!({"status": "present"})).await.expect_problem(409, "CLASS_CLOSED");
            client.delete(&path).await.expect_problem(409, "CLASS_CLOSED");
        }
        assert_eq!(manager.get(&path).await.expect(200).body["status"], "late");
    }

    async fn a_mark_that_was_deleted_can_be_made_anew(app) {
        let (class, learner, path) = late(&app).await;
        let lecture = class.lecturer.get(&path).await.body["lecture_id"].as_str().unwrap().to_owned();
        assert!(class.lecturer.delete(&path).await.expect(204).text.is_empty());
        class.lecturer.get(&path).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        class.lecturer.delete(&path).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        app.mark(&class, lecture.parse().unwrap(), &learner, "present").await;
    }

    async fn changing_and_deleting_cost_five_statements(app) {
        let (class, _, path) = late(&app).await;
        let change = class.lecturer.patch(&path, json!({"status": "present"}));
        let (changed, cost) = app.costed(&class.lecturer, change).await;
        assert_eq!((changed.status, cost), (200, 5));
        let (deleted, cost) = app.costed(&class.lecturer, class.lecturer.delete(&path)).await;
        assert_eq!((deleted.status, cost), (204, 5));
    }
}
