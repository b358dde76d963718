//! `GET` and `PUT /classes/{id}/attendance-policy`.

use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::preset;

/// Twenty lectures, all held.
async fn twenty(app: &TestApp, class: &TestClass) -> Vec<Uuid> {
    let mut lectures = Vec::new();
    for day in 1..=20 {
        lectures.push(app.lecture(class, &format!("2026-08-{day:02}T01:00:00Z")).await);
    }
    lectures
}

async fn mark(
    app: &TestApp,
    class: &TestClass,
    lectures: &[Uuid],
    learner: &Client,
    marks: &[(&str, usize)],
) {
    let statuses = marks.iter().flat_map(|(status, times)| std::iter::repeat_n(*status, *times));
    for (lecture, status) in lectures.iter().zip(statuses) {
        app.mark(class, *lecture, learner, status).await;
    }
}

async fn put(client: &Client, class: Uuid, etag: &str, body: &Value) -> Answer {
    let request = client.request(Method::PUT, &format!("/classes/{class}/attendance-policy"));
    Answer::of(request.header("If-Match", etag).json(body)).await
}

api_test! {
    async fn a_class_begins_with_the_plain_rule(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let pinned = learner.get(&format!("/classes/{}/attendance-policy", class.id)).await.expect(200);
        assert_eq!(pinned.header("etag"), "\"1\"");
        assert_eq!((&pinned.body["policy"]["family"], &pinned.body["reason"]), (&json!("lecture-80"), &json!(null)));
        let nowhere = format!("/classes/{}/attendance-policy", Uuid::from_u128(9));
        learner.get(&nowhere).await.expect_problem(404, "CLASS_NOT_FOUND");
    }

    async fn a_change_tells_whose_figures_it_changes_and_certificates_stay(app) {
        let class = app.class().await;
        let lectures = twenty(&app, &class).await;
        let (punctual, late) = (app.learner_in(&class, "가람").await, app.learner_in(&class, "나래").await);
        mark(&app, &class, &lectures, &punctual, &[("present", 18), ("absent", 2)]).await;
        mark(&app, &class, &lectures, &late, &[("present", 10), ("late", 7), ("absent", 3)]).await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": late.id});
        let issued = manager.post("/certifications", body).await.expect(201);
        let change = json!({"policy_id": preset(&manager, "late3-pooled").await, "reason": "운영위원회 결정"});

        let dry = format!("/classes/{}/attendance-policy?dry_run=true", class.id);
        let told = manager.put(&dry, change.clone()).await.expect(200);
        let shift = json!([{
            "user": told.body["changed"][0]["user"],
            "before": {"rate": "17/20", "percent": "85.0", "verdict": "met"},
            "after": {"rate": "15/20", "percent": "75.0", "verdict": "not_met"},
        }]);
        assert_eq!((&told.body["changed"], &told.body["unchanged"], &told.body["number"]), (&shift, &json!(1), &json!(1)));
        assert_eq!(told.body["changed"][0]["user"]["id"], json!(late.id));
        let path = format!("/classes/{}/attendance-policy", class.id);
        assert_eq!(manager.get(&path).await.expect(200).body["number"], json!(1));

        let pinned = put(&manager, class.id, "\"1\"", &change).await.expect(200);
        assert_eq!((&pinned.body["changed"], &pinned.body["number"]), (&shift, &json!(2)));
        assert_eq!(pinned.header("etag"), "\"2\"");
        let stats = manager.get(&format!("/classes/{}/attendance-stats", class.id)).await.expect(200);
        assert_eq!(stats.body["figures"]["rate"]["numerator"], json!(18 + 15));
        assert_eq!(stats.body["figures"]["rate"]["rule"]["name"], json!("late3-pooled"));
        let history = late.get("/users/me/history").await.expect(200);
        assert_eq!(history.body["classes"][0]["verdict"], json!("not_met"));
        let kept = manager.get(&format!("/certifications/{}", issued.id())).await.expect(200);
        assert_eq!(kept.body, issued.body);

        let pins = class.lecturer.get(&format!("{path}/pins")).await.expect(200);
        let reasons: Vec<&Value> = pins.items().iter().map(|pin| &pin["reason"]).collect();
        assert_eq!(reasons, [&json!("운영위원회 결정"), &json!(null)]);
        assert_eq!(pins.items()[0]["pinned_by"], json!(manager.id));
        late.get(&format!("{path}/pins")).await.expect_problem(403, "FORBIDDEN");
        let log = app.admin().await.get("/admin/audit-log?entity=class_policy_pin").await.expect(200);
        assert_eq!((log.items().len(), &log.items()[0]["reason"]), (1, &json!("운영위원회 결정")));
    }

    async fn a_change_needs_the_pin_that_one_knows_and_an_open_class(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        let change = json!({"policy_id": preset(&manager, "late3-pooled").await, "reason": "결정"});
        let path = format!("/classes/{}/attendance-policy", class.id);
        manager.put(&path, change.clone()).await.expect_problem(428, "PRECONDITION_REQUIRED");
        put(&manager, class.id, "\"7\"", &change).await.expect_problem(412, "PRECONDITION_FAILED");
        put(&class.lecturer, class.id, "\"1\"", &change).await.expect_problem(403, "FORBIDDEN");
        let strange = json!({"policy_id": Uuid::from_u128(9), "reason": "결정"});
        let refused = put(&manager, class.id, "\"1\"", &strange).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(refused.faults(), [("/policy_id".to_owned(), "no_such_thing".to_owned())]);
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        put(&manager, class.id, "\"1\"", &change).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn of_two_changes_at_once_one_is_made(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        let first = json!({"policy_id": preset(&manager, "late3-pooled").await, "reason": "하나"});
        let second = json!({"policy_id": preset(&manager, "half-for-late").await, "reason": "둘"});
        let (one, other) = tokio::join!(
            put(&manager, class.id, "\"1\"", &first),
            put(&manager, class.id, "\"1\"", &second)
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    }

    async fn a_copied_class_goes_by_the_policy_of_its_original(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        let change = json!({"policy_id": preset(&manager, "half-for-late").await, "reason": "결정"});
        put(&manager, class.id, "\"1\"", &change).await.expect(200);
        let copy = manager.post(&format!("/classes/{}/copy", class.id), json!({"begin_date": "2027-01-04"})).await.expect(201);
        let pinned = manager.get(&format!("/classes/{}/attendance-policy", copy.id())).await.expect(200);
        assert_eq!((&pinned.body["policy"]["family"], &pinned.body["number"]), (&json!("half-for-late"), &json!(1)));
    }

    async fn figures_of_several_policies_together_say_so(app) {
        let (one, other) = (app.class().await, app.class().await);
        let learner = app.learner_in(&one, "김하늘").await;
        let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-01"});
        other.lecturer.post(&format!("/classes/{}/enrolments", other.id), place).await.expect(201);
        for class in [&one, &other] {
            let lecture = app.lecture(class, "2026-08-03T01:00:00Z").await;
            app.mark(class, lecture, &learner, "late").await;
        }
        let manager = app.manager().await;
        let change = json!({"policy_id": preset(&manager, "half-for-late").await, "reason": "결정"});
        put(&manager, other.id, "\"1\"", &change).await.expect(200);
        let history = learner.get("/users/me/history").await.expect(200);
        let rate = &history.body["figures"]["rate"];
        // One late is a whole lecture by the plain rule and a half by the other.
        assert_eq!((&rate["numerator"], &rate["denominator"], &rate["percent"]), (&json!(3), &json!(4), &json!("75.0")));
        assert_eq!((&rate["rule"]["name"], &rate["rule"]["policy_id"]), (&json!("mixed"), &json!(null)));
        let weeks = manager.get("/stats/attendance?period=monthly&from=2026-08-01&to=2026-08-31").await.expect(200);
        assert_eq!(weeks.body["figures"]["rate"], *rate);
    }
}
