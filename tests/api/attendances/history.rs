//! `GET /attendances/{id}/history`.

use chrono::TimeDelta;
use madang_tests::{api_test, json};
use serde_json::Value;
use uuid::Uuid;

api_test! {
    async fn a_history_tells_who_changed_a_mark_when_from_what_to_what(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let manager = app.manager().await;
        let body = json!({"user_id": learner.id, "status": "absent"});
        let made = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), body).await.expect(201);
        let path = format!("/attendances/{}", made.id());
        app.advance(TimeDelta::minutes(1));
        let changed = manager.patch(&path, json!({"status": "excused", "detail_type": "병결"})).await.expect(200);
        // Says what it said before, so it is no change.
        manager.patch(&path, json!({"status": "excused"})).await.expect(200);
        app.advance(TimeDelta::minutes(1));
        let deleted = class.lecturer.delete(&path).await.expect(204);

        let history = manager.get(&format!("{path}/history")).await.expect(200);
        assert_eq!(history.body["total"], 3);
        let told: Vec<[&Value; 6]> = history
            .items()
            .iter()
            .map(|one| [&one["action"], &one["at"], &one["actor"], &one["request_id"], &one["old"]["status"], &one["new"]["status"]])
            .collect();
        let request = |answer: &madang_tests::Answer| json!(answer.header("x-request-id"));
        assert_eq!(told, [
            [&json!("create"), &json!("2026-09-01T01:00:00Z"), &json!(class.lecturer.id), &request(&made), &json!(null), &json!("absent")],
            [&json!("update"), &json!("2026-09-01T01:01:00Z"), &json!(manager.id), &request(&changed), &json!("absent"), &json!("excused")],
            [&json!("delete"), &json!("2026-09-01T01:02:00Z"), &json!(class.lecturer.id), &request(&deleted), &json!("excused"), &json!(null)],
        ]);
        assert!(history.items().iter().all(|one| one["entity"] == "attendance" && one["entity_id"] == json!(made.id())));
        assert_eq!(&manager.walk(&format!("{path}/history"), 2).await, history.items());
        let newest = manager.get(&format!("{path}/history?sort=-at&size=1")).await.expect(200);
        assert_eq!(newest.items()[0]["action"], "delete");
        manager.get(&format!("{path}/history?actor={}", manager.id)).await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn a_history_is_for_the_learner_and_the_staff_of_the_class(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mark = app.mark(&class, lecture, &learner, "late").await;
        let path = format!("/attendances/{}", mark["id"].as_str().unwrap());
        let history = format!("{path}/history");
        let manager = app.manager().await;
        for client in [&learner, &class.lecturer, &manager] {
            assert_eq!(client.get(&history).await.expect(200).body["total"], 1);
        }
        let elsewhere = app.class().await;
        for client in [&elsewhere.lecturer, &app.learner_in(&class, "이바다").await] {
            client.get(&history).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        }
        class.lecturer.delete(&path).await.expect(204);
        manager.get(&history).await.expect(200);
        class.lecturer.get(&history).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        manager.get(&format!("/attendances/{}/history", Uuid::nil())).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
    }
}
