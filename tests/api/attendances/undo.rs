//! `POST …/attendances/all-present` and `POST /attendance-batches/{id}/undo`.

use madang_tests::{Answer, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::many_learners;

async fn statuses(class: &TestClass, lecture: Uuid) -> Vec<(String, String)> {
    let list = class.lecturer.get(&format!("/lectures/{lecture}/attendances?size=100")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> =
        list.items().iter().map(|mark| (text(&mark["user_id"]), text(&mark["status"]))).collect();
    found.sort();
    found
}

fn batch(answer: &Answer) -> String {
    answer.body["batch_id"].as_str().unwrap().to_owned()
}

api_test! {
    async fn everybody_is_present_except_a_few(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let users = many_learners(&app, &class, 5).await;
        let path = format!("/lectures/{lecture}/attendances");
        class.lecturer.post(&path, json!({"user_id": users[0], "status": "late"})).await.expect(201);
        let except = json!({"except": [{"user_id": users[1], "status": "absent", "description": "연락 없음"}]});
        let done = class.lecturer.post(&format!("{path}/all-present"), except.clone()).await.expect(201);
        assert_eq!(done.items().len(), 5);
        let expected = ["late", "absent", "present", "present", "present"];
        let mut expected: Vec<_> = users.iter().zip(expected).map(|(user, status)| (user.to_string(), status.to_owned())).collect();
        expected.sort();
        assert_eq!(statuses(&class, lecture).await, expected);
        let again = class.lecturer.post(&format!("{path}/all-present"), except).await.expect(201);
        assert_eq!(again.body["batch_id"], json!(null));
        let stranger = json!({"except": [{"user_id": app.learner("박나무").await.id, "status": "absent"}]});
        let refused = class.lecturer.post(&format!("{path}/all-present"), stranger).await.expect_problem(422, "BULK_REFUSED");
        assert_eq!(refused.faults(), [("/items/0/user_id".to_owned(), "not_enrolled".to_owned())]);
        app.learner_in(&class, "김하늘").await.post(&format!("{path}/all-present"), json!({"except": []})).await.expect_problem(403, "FORBIDDEN");
    }

    async fn a_bulk_request_is_undone_as_if_it_had_not_been(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let users = many_learners(&app, &class, 4).await;
        let path = format!("/lectures/{lecture}/attendances");
        let first = class.lecturer.post(&path, json!({"user_id": users[0], "status": "late", "description": "버스"})).await.expect(201);
        let before = statuses(&class, lecture).await;
        let done = class.lecturer.post(&format!("{path}/all-present?on_existing=replace"), json!({"except": []})).await.expect(201);
        assert_eq!(statuses(&class, lecture).await.len(), 4);
        let undo = format!("/attendance-batches/{}/undo", batch(&done));
        app.learner_in(&class, "김하늘").await.post(&undo, json!({})).await.expect_problem(404, "ATTENDANCE_BATCH_NOT_FOUND");
        let undone = class.lecturer.post(&undo, json!({})).await.expect(200);
        let mut outcomes: Vec<&str> = undone.items().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["removed", "removed", "removed", "restored"]);
        assert_eq!(statuses(&class, lecture).await, before);
        let restored = class.lecturer.get(&format!("/attendances/{}", first.id())).await.expect(200);
        assert_eq!((&restored.body["description"], &restored.body["version"]), (&json!("버스"), &json!(3)));
        class.lecturer.post(&undo, json!({})).await.expect_problem(409, "ALREADY_UNDONE");
        let history = class.lecturer.get(&format!("/attendances/{}/history", first.id())).await.expect(200);
        assert_eq!(history.items().len(), 3);
        class.lecturer.post(&format!("/attendance-batches/{}/undo", Uuid::nil()), json!({})).await.expect_problem(404, "ATTENDANCE_BATCH_NOT_FOUND");
    }

    async fn what_was_changed_since_is_refused_and_told(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let users = many_learners(&app, &class, 3).await;
        let items: Vec<Value> = users.iter().map(|user| json!({"user_id": user, "status": "present"})).collect();
        let done = class.lecturer.post(&format!("/lectures/{lecture}/attendances/bulk"), json!({"items": items})).await.expect(201);
        class.lecturer.patch(&format!("/attendances/{}", done.items()[1]["id"].as_str().unwrap()), json!({"status": "late"})).await.expect(200);
        class.lecturer.delete(&format!("/attendances/{}", done.items()[2]["id"].as_str().unwrap())).await.expect(204);
        let undo = format!("/attendance-batches/{}/undo", batch(&done));
        let refused = class.lecturer.post(&undo, json!({})).await.expect_problem(422, "BULK_REFUSED");
        let changed = |index: usize| (format!("/items/{index}/user_id"), "changed".to_owned());
        assert_eq!(refused.faults(), [changed(1), changed(2)]);
        assert_eq!(statuses(&class, lecture).await.len(), 2);
        let partial = class.lecturer.post(&format!("{undo}?mode=partial"), json!({})).await.expect(200);
        let outcomes: Vec<&str> = partial.items().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["removed", "refused", "refused"]);
        assert_eq!(partial.items()[1]["problem"]["code"], "MARK_CHANGED");
        assert_eq!(statuses(&class, lecture).await, [(users[1].to_string(), "late".to_owned())]);
    }
}
