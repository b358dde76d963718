//! `POST /lectures/{id}/cancel` and `/restore` (휴강).

use chrono::TimeDelta;
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

api_test! {
    async fn a_cancelled_lecture_stays_with_its_marks_and_counts_nowhere_until_it_is_restored(app) {
        let class = app.class().await;
        let (held, cancelled) = (app.lecture(&class, "2026-08-18T10:00:00Z").await, app.lecture(&class, "2026-08-25T10:00:00Z").await);
        let learner = app.learner_in(&class, "김하늘").await;
        app.mark(&class, held, &learner, "present").await;
        let mark = app.mark(&class, cancelled, &learner, "absent").await;
        let manager = app.manager().await;
        let month = "/stats/attendance?period=monthly&from=2026-08-01&to=2026-08-31";
        let figures = async || {
            let paths = [
                format!("/classes/{}/attendance-stats", class.id),
                format!("/courses/{}/attendance-stats", class.course),
                format!("/users/{}/history", learner.id),
                month.to_owned(),
            ];
            let mut figures = Vec::new();
            for path in paths {
                let answer = manager.get(&path).await.expect(200);
                let one = &answer.body["figures"];
                let rate = &one["rate"];
                figures.push(json!([one["recorded"], one["expected"], one["lectures"], rate["numerator"], rate["denominator"]]));
            }
            figures
        };
        assert_eq!(figures().await, vec![json!([2, 2, 2, 1, 2]); 4]);

        let path = format!("/lectures/{cancelled}");
        let answer = class.lecturer.post(&format!("{path}/cancel"), json!({"reason": " 강사 사정 "})).await.expect(200);
        assert_eq!((&answer.body["cancelled_at"], &answer.body["cancel_reason"]), (&json!("2026-09-01T01:00:00Z"), &json!("강사 사정")));
        assert_eq!((&answer.body["version"], answer.header("etag").as_str()), (&json!(2), "\"2\""));
        let mut lecture = answer.body.clone();
        assert_eq!(lecture["warnings"][0]["code"], "MARKS_NOT_COUNTED");
        lecture.as_object_mut().unwrap().remove("warnings");
        assert_eq!(class.lecturer.get(&path).await.body, lecture);
        assert_eq!(figures().await, vec![json!([1, 1, 1, 1, 1]); 4]);
        let alone = manager.get(&format!("{path}/attendance-stats")).await.expect(200);
        assert_eq!((&alone.body["figures"]["expected"], &alone.body["figures"]["rate"]), (&json!(0), &json!(null)));
        assert_eq!(manager.get(&format!("/attendances/{}", mark["id"].as_str().unwrap())).await.expect(200).body["status"], "absent");

        let restored = class.lecturer.post(&format!("{path}/restore"), json!({})).await.expect(200);
        assert_eq!((&restored.body["cancelled_at"], &restored.body["cancel_reason"]), (&json!(null), &json!(null)));
        assert_eq!(figures().await, vec![json!([2, 2, 2, 1, 2]); 4]);
    }

    async fn nobody_is_marked_at_a_cancelled_lecture(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/lectures/{lecture}");
        class.lecturer.post(&format!("{path}/cancel"), json!({"reason": "태풍"})).await.expect(200);
        let mark = json!({"user_id": learner.id, "status": "present"});
        class.lecturer.post(&format!("{path}/attendances"), mark.clone()).await.expect_problem(409, "LECTURE_CANCELLED");
        for mode in ["atomic", "partial"] {
            let bulk = format!("{path}/attendances/bulk?mode={mode}");
            class.lecturer.post(&bulk, json!({"items": [mark]})).await.expect_problem(409, "LECTURE_CANCELLED");
        }
        class.lecturer.post(&format!("{path}/restore"), json!({})).await.expect(200);
        class.lecturer.post(&format!("{path}/attendances"), mark).await.expect(201);
    }

    async fn a_cancellation_says_why_and_stands_in_the_audit_log(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-08T10:00:00Z").await;
        let (path, admin) = (format!("/lectures/{lecture}"), app.admin().await);
        for (body, code) in [(json!({}), "missing"), (json!({"reason": " "}), "empty"), (json!({"reason": "x".repeat(501)}), "too_long")] {
            let answer = class.lecturer.post(&format!("{path}/cancel"), body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/reason".to_owned(), code.to_owned())]);
        }
        class.lecturer.post(&format!("{path}/restore"), json!({})).await.expect_problem(409, "LECTURE_NOT_CANCELLED");
        class.lecturer.post(&format!("{path}/cancel"), json!({"reason": "태풍"})).await.expect(200);
        class.lecturer.post(&format!("{path}/cancel"), json!({"reason": "태풍"})).await.expect_problem(409, "LECTURE_CANCELLED");
        app.advance(TimeDelta::minutes(1));
        class.lecturer.post(&format!("{path}/restore"), json!({})).await.expect(200);
        let log = admin.get(&format!("/admin/audit-log?entity_id={lecture}&sort=at")).await.expect(200);
        let told: Vec<_> = log.items().iter().map(|one| json!([one["action"], one["new"]["cancel_reason"], one["reason"]])).collect();
        assert_eq!(told, [json!(["create", null, null]), json!(["update", "태풍", "태풍"]), json!(["update", null, null])]);
    }

    async fn only_who_plans_the_class_cancels_its_lectures_and_only_while_it_is_open(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-08T10:00:00Z").await;
        let (path, reason) = (format!("/lectures/{lecture}/cancel"), json!({"reason": "태풍"}));
        let (manager, elsewhere) = (app.manager().await, app.class().await);
        for client in [&app.learner_in(&class, "김하늘").await, &elsewhere.lecturer] {
            client.post(&path, reason.clone()).await.expect_problem(403, "FORBIDDEN");
            client.post(&format!("/lectures/{lecture}/restore"), json!({})).await.expect_problem(403, "FORBIDDEN");
        }
        manager.post(&format!("/lectures/{}/cancel", Uuid::nil()), reason.clone()).await.expect_problem(404, "LECTURE_NOT_FOUND");
        let stale = manager.request(Method::POST, &path).header("If-Match", "\"9\"").json(&reason);
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        manager.post(&path, reason).await.expect_problem(409, "CLASS_CLOSED");
    }
}
