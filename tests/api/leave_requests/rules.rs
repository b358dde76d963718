//! What the policy of a class says of leave: until when one may ask, and how much of it counts.

use chrono::TimeDelta;
use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::{ill, on_behalf};

/// Lets the class go by a policy that says this of excused absence.
async fn goes_by(app: &TestApp, class: &TestClass, excused: Value) -> Uuid {
    let manager = app.manager().await;
    let rule = json!({"family": "our-rule", "title": "우리 기준", "document": {"excused": excused}});
    let policy = manager.post("/attendance-policies", rule).await.expect(201).id();
    let request = manager.request(Method::PUT, &format!("/classes/{}/attendance-policy", class.id));
    let body = json!({"policy_id": policy, "reason": "운영위원회 결정"});
    Answer::of(request.header("If-Match", "\"1\"").json(&body)).await.expect(200);
    policy
}

api_test! {
    async fn learners_ask_until_the_deadline_and_staff_after_it(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mut lectures = Vec::new();
        for day in [24, 25, 26] {
            lectures.push(app.lecture(&class, &format!("2026-08-{day}T01:00:00Z")).await);
        }
        goes_by(&app, &class, json!({"deadline_days": 7})).await;
        // It is 1 September: the lecture of 25 August is the last for which it is early enough.
        for body in [ill(&class, "2026-08-24", "2026-08-24"), ill(&class, "2026-08-20", "2026-08-30"), json!({"class_id": class.id, "reason": "exam", "lecture_ids": [lectures[0], lectures[2]]})] {
            let refused = learner.post("/leave-requests", body).await.expect_problem(422, "LEAVE_TOO_LATE");
            assert!(refused.text.contains("2026-08-31"), "{}", refused.text);
        }
        learner.post("/leave-requests", ill(&class, "2026-08-25", "2026-08-25")).await.expect(201);
        // Days without a lecture have no deadline, nor have days to come.
        learner.post("/leave-requests", ill(&class, "2026-08-01", "2026-08-02")).await.expect(201);
        learner.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-07")).await.expect(201);
        class.lecturer.post("/leave-requests", on_behalf(ill(&class, "2026-08-24", "2026-08-24"), learner.id)).await.expect(201);
        // Fourteen hours later it is 2 September in Seoul, and eight days after 25 August.
        app.advance(TimeDelta::hours(14));
        let learner = app.client_of(learner.id).await;
        learner.post("/leave-requests", json!({"class_id": class.id, "reason": "exam", "lecture_ids": [lectures[1]]})).await.expect_problem(422, "LEAVE_TOO_LATE");
        learner.post("/leave-requests", ill(&class, "2026-08-26", "2026-08-26")).await.expect(201);
    }

    async fn leave_beyond_the_cap_of_its_reason_counts_as_the_policy_says(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mut lectures = Vec::new();
        for day in ["2026-07-30", "2026-07-31", "2026-08-03", "2026-08-04", "2026-08-05"] {
            lectures.push(app.lecture(&class, &format!("{day}T01:00:00Z")).await);
        }
        app.mark(&class, lectures[4], &learner, "present").await;
        let cap = json!({"at_most": 1, "per": {"kind": "calendar_month"}});
        goes_by(&app, &class, json!({"reason_caps": {"illness": cap}})).await;
        // Ill on two days of July and one of August, and an examination.
        let exam = json!({"class_id": class.id, "reason": "exam", "lecture_ids": [lectures[3]]});
        for body in [ill(&class, "2026-07-30", "2026-08-03"), exam] {
            let path = format!("/leave-requests/{}/approve", learner.post("/leave-requests", body).await.expect(201).id());
            class.lecturer.post(&path, json!({})).await.expect(200);
        }
        let explained = learner.get(&format!("/classes/{}/learners/{}/explain", class.id, learner.id)).await.expect(200).body;
        let assessment = &explained["assessment"];
        let reasons: Vec<&str> = assessment["lectures"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["excused_counts_present", "beyond_cap_counts_absent", "excused_counts_present", "excused_counts_present", "present"]);
        assert_eq!(assessment["rate"]["fraction"], "4/5");
    }

    async fn a_simulation_knows_the_reasons_of_leave(app) {
        let class = app.class().await;
        let cap = json!({"at_most": 1, "per": {"kind": "whole_class"}});
        let policy = goes_by(&app, &class, json!({"cap": {"at_most": 2, "per": {"kind": "whole_class"}}, "reason_caps": {"illness": cap}})).await;
        let ill = json!({"is_excused": true, "leave_reason": "illness"});
        let exam = json!({"is_excused": true, "leave_reason": "exam"});
        let lectures = json!({"lectures": [{"status": "present"}, ill, ill, exam, exam]});
        let answer = class.lecturer.post(&format!("/attendance-policies/{policy}/simulate"), lectures).await.expect(200).body;
        assert_eq!(answer["assessment"]["rate"]["fraction"], "3/5");
        let refused = json!({"lectures": [{"is_excused": true, "leave_reason": "holiday"}]});
        let refused = class.lecturer.post(&format!("/attendance-policies/{policy}/simulate"), refused).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(refused.faults(), [("/lectures/0/leave_reason".to_owned(), "not_one_of".to_owned())]);
    }

    async fn what_a_policy_can_not_say_of_leave_is_refused(app) {
        let manager = app.manager().await;
        let cap = json!({"at_most": 1, "per": {"kind": "whole_class"}});
        for (document, pointer, code) in [
            (json!({"excused": {"reason_caps": {"illness": {"per": {"kind": "whole_class"}}}}}), "/document/excused/reason_caps", "missing"),
            (json!({"excused": {"reason_caps": {"holiday": cap}}}), "/document/excused/reason_caps", "not_one_of"),
            (json!({"unit": "minutes", "excused": {"cap": cap, "reason_caps": {"illness": cap}}}), "/document/excused/reason_caps", "inconsistent"),
            (json!({"excused": {"deadline_days": 400}}), "/document/excused/deadline_days", "out_of_range"),
        ] {
            let body = json!({"family": "our-rule", "title": "우리 기준", "document": document});
            let refused = manager.post("/attendance-policies", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
    }
}
