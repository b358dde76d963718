//! `/courses/{id}/completion-rule` and what the rule decides.

use madang_tests::{Answer, Client, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::{attends, twenty_lectures};

async fn put(client: &Client, course: Uuid, version: &str, document: Value) -> Answer {
    let request = client.request(Method::PUT, &format!("/courses/{course}/completion-rule"));
    Answer::of(
        request.header("If-Match", version).json(&json!({"document": document, "reason": "운영위원회 결정"})),
    )
    .await
}

api_test! {
    async fn a_course_goes_by_the_plain_rule_until_it_has_one_of_its_own(app) {
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        let course = app.course("수채화").await;
        let path = format!("/courses/{course}/completion-rule");
        let plain = learner.get(&path).await.expect(200);
        assert_eq!((plain.header("etag").as_str(), &plain.body["id"], &plain.body["document"]["classes"]["kind"]), ("\"0\"", &json!(null), &json!("all")));
        let first = put(&manager, course, "\"0\"", json!({"min_hours": 16})).await.expect(200);
        assert_eq!((first.header("etag").as_str(), &first.body["version"], &first.body["document"]["min_hours"]), ("\"1\"", &json!(1), &json!(16)));
        assert_eq!(learner.get(&path).await.expect(200).body, first.body);
        let second = put(&manager, course, "\"1\"", json!({"approval": true, "valid_months": 12})).await.expect(200);
        let list = learner.get(&format!("/courses/{course}/completion-rules")).await.expect(200);
        assert_eq!(list.body["items"], json!([second.body, first.body]));
    }

    async fn a_rule_is_changed_by_managers_who_know_the_one_that_holds(app) {
        let manager = app.manager().await;
        let course = app.course("수채화").await;
        let body = json!({"document": {}});
        let path = format!("/courses/{course}/completion-rule");
        manager.put(&path, body.clone()).await.expect_problem(428, "PRECONDITION_REQUIRED");
        put(&manager, course, "\"1\"", json!({})).await.expect_problem(412, "PRECONDITION_FAILED");
        put(&app.learner("김하늘").await, course, "\"0\"", json!({})).await.expect_problem(403, "FORBIDDEN");
        put(&manager, Uuid::nil(), "\"0\"", json!({})).await.expect_problem(404, "COURSE_NOT_FOUND");
        let elsewhere = app.class().await;
        for (document, at, code) in [
            (json!({"classes": {"kind": "any", "count": 0}}), "/document/classes", "empty"),
            (json!({"classes": {"kind": "listed", "class_ids": [elsewhere.id]}}), "/document/classes/class_ids", "no_such_thing"),
            (json!({"min_hours": 0}), "/document/min_hours", "out_of_range"),
            (json!({"valid_months": 601}), "/document/valid_months", "out_of_range"),
            (json!({"template": "../x"}), "/document/template", "invalid_format"),
        ] {
            let refused = put(&manager, course, "\"0\"", document).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults(), [(at.to_owned(), code.to_owned())]);
        }
        let answers = futures_util::future::join_all((0..5).map(|_| put(&manager, course, "\"0\"", json!({})))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 4);
    }

    async fn hours_are_counted_by_the_engine(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 16).await;
        let manager = app.manager().await;
        put(&manager, class.course, "\"0\"", json!({"min_hours": 17})).await.expect(200);
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let refused = manager.post("/certifications", body.clone()).await.expect_problem(409, "NOT_ELIGIBLE");
        assert_eq!(refused.faults(), [("/hours".to_owned(), "too_few_hours".to_owned())]);
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("960") && message.contains("1020"), "{message}");
        put(&manager, class.course, "\"1\"", json!({"min_hours": 16})).await.expect(200);
        let issued = manager.post("/certifications", body).await.expect(201);
        let snapshot = &issued.body["snapshot"];
        assert_eq!((&snapshot["planned_minutes"], &snapshot["attended_minutes"]), (&json!(1_200), &json!(960)));
        assert_eq!(snapshot["rate"], json!({"numerator": 16, "denominator": 20, "percent": "80.0"}));
        assert_eq!((&snapshot["completion"]["version"], &snapshot["completion"]["document"]["min_hours"]), (&json!(2), &json!(16)));
        assert_eq!((&snapshot["classes"][0]["policy_version"], &snapshot["issuer"]), (&json!(1), &json!("마당")));
    }

    async fn any_of_the_classes_is_enough_or_these_must_be_met(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let sister = app.sister(&class).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-01"});
        sister.lecturer.post(&format!("/classes/{}/enrolments", sister.id), place).await.expect(201);
        attends(&class, &lectures, &learner, 20).await;
        let missed = app.lecture(&sister, "2026-08-25T01:00:00Z").await;
        app.mark(&sister, missed, &learner, "absent").await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let refused = manager.post("/certifications", body.clone()).await.expect_problem(409, "NOT_ELIGIBLE");
        assert_eq!(refused.faults(), [(format!("/classes/{}", sister.id), "rate_too_low".to_owned())]);

        put(&manager, class.course, "\"0\"", json!({"classes": {"kind": "any", "count": 2}})).await.expect(200);
        let refused = manager.post("/certifications", body.clone()).await.expect_problem(409, "NOT_ELIGIBLE");
        assert_eq!(refused.faults()[0], ("/classes".to_owned(), "too_few_classes".to_owned()));
        let third = app.sister(&class).await;
        put(&manager, class.course, "\"1\"", json!({"classes": {"kind": "listed", "class_ids": [class.id, third.id]}})).await.expect(200);
        let refused = manager.post("/certifications", body.clone()).await.expect_problem(409, "NOT_ELIGIBLE");
        assert_eq!(refused.faults(), [(format!("/classes/{}", third.id), "class_missing".to_owned())]);
        put(&manager, class.course, "\"2\"", json!({"classes": {"kind": "any", "count": 1}})).await.expect(200);
        let issued = manager.post("/certifications", body).await.expect(201);
        assert_eq!(issued.body["class_ids"], json!([class.id]));
    }

    async fn what_the_rule_leaves_to_a_person_a_person_decides(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let manager = app.manager().await;
        put(&manager, class.course, "\"0\"", json!({"approval": true})).await.expect(200);
        let mut body = json!({"course_id": class.course, "user_id": learner.id});
        let refused = manager.post("/certifications", body.clone()).await.expect_problem(409, "NOT_ELIGIBLE");
        assert_eq!(refused.faults(), [("/approve".to_owned(), "needs_decision".to_owned())]);
        body["approve"] = json!(true);
        let issued = manager.post("/certifications", body).await.expect(201);
        assert_eq!((&issued.body["snapshot"]["approved_by"], &issued.body["snapshot"]["override_reason"]), (&json!(manager.id), &json!(null)));
    }
}
