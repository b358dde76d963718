//! Every write leaves an entry: who, when, by which request, from what to what.

use madang_tests::{Answer, Client, api_test, json};
use serde_json::Value;

/// The entries of one thing, oldest first.
async fn entries(admin: &Client, entity: &str, id: &Value) -> Vec<Value> {
    let id = id.as_str().unwrap();
    let log =
        admin.get(&format!("/admin/audit-log?entity={entity}&entity_id={id}&sort=at")).await.expect(200);
    log.items().clone()
}

#[track_caller]
fn told(entry: &Value, action: &str, actor: &Client, by: &Answer) {
    assert_eq!(entry["action"], action, "{entry}");
    assert_eq!(entry["actor"], json!(actor.id), "{entry}");
    assert_eq!(entry["request_id"], by.header("x-request-id"), "{entry}");
    assert_eq!(entry["at"], "2026-09-01T01:00:00Z", "{entry}");
    assert_eq!(entry["old"].is_null(), action == "create", "{entry}");
    assert_eq!(entry["new"].is_null(), action == "delete", "{entry}");
}

api_test! {
    async fn every_write_of_a_lecture_is_told(app) {
        let (class, admin) = (app.class().await, app.admin().await);
        let body = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        let lectures = format!("/classes/{}/lectures", class.id);
        let made = class.lecturer.post(&lectures, body).await.expect(201);
        let path = format!("/lectures/{}", made.id());
        let patched = admin.patch(&path, json!({"title": "보강"})).await.expect(200);
        let deleted = class.lecturer.delete(&path).await.expect(204);
        let log = entries(&admin, "lecture", &made.body["id"]).await;
        told(&log[0], "create", &class.lecturer, &made);
        told(&log[1], "update", &admin, &patched);
        told(&log[2], "delete", &class.lecturer, &deleted);
        assert_eq!((&log[1]["old"]["title"], &log[1]["new"]["title"]), (&json!("차시"), &json!("보강")));
        assert_eq!(log.len(), 3);

        let pattern = json!({
            "title": "수채화", "first_day": "2026-09-01", "weekdays": ["tuesday"], "start_time": "19:00", "duration_minutes": 60, "count": 3,
        });
        let many = class.lecturer.post(&format!("{lectures}/recurring"), pattern).await.expect(201);
        for lecture in many.items() {
            let log = entries(&admin, "lecture", &lecture["id"]).await;
            told(&log[0], "create", &class.lecturer, &many);
        }
    }

    async fn every_write_of_a_mark_is_told(app) {
        let (class, admin) = (app.class().await, app.admin().await);
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let path = format!("/lectures/{lecture}/attendances");
        let made = class.lecturer.post(&path, json!({"user_id": one.id, "status": "absent"})).await.expect(201);
        let bulk = json!({"items": [{"user_id": one.id, "status": "late"}, {"user_id": other.id, "status": "present"}]});
        let bulk = admin.post(&format!("{path}/bulk?on_existing=replace"), bulk).await.expect(201);
        let mark = format!("/attendances/{}", made.id());
        let put = admin.put(&mark, json!({"status": "excused"})).await.expect(200);
        let deleted = class.lecturer.delete(&mark).await.expect(204);
        let log = entries(&admin, "attendance", &made.body["id"]).await;
        told(&log[0], "create", &class.lecturer, &made);
        told(&log[1], "update", &admin, &bulk);
        told(&log[2], "update", &admin, &put);
        told(&log[3], "delete", &class.lecturer, &deleted);
        assert_eq!((&log[2]["old"]["status"], &log[2]["new"]["status"]), (&json!("late"), &json!("excused")));
        assert_eq!(log.len(), 4);
        let log = entries(&admin, "attendance", &bulk.items()[1]["id"]).await;
        told(&log[0], "create", &admin, &bulk);
        assert_eq!(log[0]["new"]["user_id"], json!(other.id));
    }

    async fn every_certification_is_told(app) {
        let (class, admin) = (app.class().await, app.admin().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "기관장 승인"});
        let issued = admin.post("/certifications", body).await.expect(201);
        let log = entries(&admin, "certification", &issued.body["id"]).await;
        told(&log[0], "create", &admin, &issued);
        assert_eq!(log[0]["new"]["snapshot"]["override_reason"], "기관장 승인");
    }

    async fn what_is_refused_or_replayed_leaves_no_entry(app) {
        let (class, admin) = (app.class().await, app.admin().await);
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/lectures/{lecture}/attendances");
        let total = async || admin.get("/admin/audit-log").await.expect(200).body["total"].as_u64().unwrap();
        let before = total().await;
        let mark = json!({"user_id": learner.id, "status": "present"});
        class.lecturer.post_once(&path, "key-1", mark.clone()).await.expect(201);
        class.lecturer.post_once(&path, "key-1", mark.clone()).await.expect(201);
        class.lecturer.post(&path, mark.clone()).await.expect_problem(409, "ALREADY_MARKED");
        learner.post(&path, mark.clone()).await.expect_problem(403, "FORBIDDEN");
        let stranger = json!({"items": [{"user_id": app.learner("이바다").await.id, "status": "present"}]});
        class.lecturer.post(&format!("{path}/bulk"), stranger).await.expect_problem(422, "BULK_REFUSED");
        assert_eq!(total().await, before + 1);
    }
}
