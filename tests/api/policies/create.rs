//! `POST` and `GET /attendance-policies`, and the presets.

use madang_tests::{api_test, json};

api_test! {
    async fn each_creation_is_a_new_version(app) {
        let manager = app.manager().await;
        let rule = json!({"family": "our-rule", "title": "우리 기준", "document": {"unit": "day", "threshold": {"share": "8/10", "when": "reached"}}});
        let first = manager.post("/attendance-policies", rule.clone()).await.expect(201);
        assert_eq!((&first.body["version"], &first.body["family"]), (&json!(1), &json!("our-rule")));
        assert_eq!(first.body["document"]["threshold"], json!({"share": "4/5", "when": "reached"}));
        assert_eq!(first.body["document"]["unmarked"], json!("absent"));
        assert_eq!(first.header("location"), format!("/api/v1/attendance-policies/{}", first.id()));
        let second = manager.post("/attendance-policies", rule).await.expect(201);
        assert_eq!(second.body["version"], json!(2));
        assert_eq!(second.body["digest"], first.body["digest"]);
        let learner = app.learner("김하늘").await;
        assert_eq!(learner.get(&format!("/attendance-policies/{}", first.id())).await.expect(200).body, first.body);
        let listed = learner.get("/attendance-policies?family=our-rule&sort=created_at").await.expect(200);
        assert_eq!(listed.items().len(), 2);
        let all = learner.get("/attendance-policies").await.expect(200);
        assert!(all.items().iter().any(|one| one["family"] == "lecture-80"));
    }

    async fn every_preset_can_be_made_a_policy(app) {
        let manager = app.manager().await;
        let presets = manager.get("/attendance-policy-presets").await.expect(200);
        assert_eq!(presets.items().len(), 9);
        for preset in presets.items() {
            let made = manager.post("/attendance-policies", json!({"preset": preset["name"]})).await.expect(201);
            assert_eq!(made.body["document"], preset["document"]);
            assert_eq!((&made.body["title"], &made.body["description"]), (&preset["title"], &preset["description"]));
            assert!(preset["source"].as_str().is_some_and(|source| !source.is_empty()));
        }
    }

    async fn what_a_policy_must_not_say_is_refused_where_it_stands(app) {
        let manager = app.manager().await;
        let document = json!({
            "credits": {"late": "1/2"},
            "conversion": {"statuses": ["late"], "every": 1, "counting": "pooled", "resets": {"kind": "whole_class"}},
            "rounding": {"decimals": 9, "mode": "down"},
        });
        let body = json!({"family": "our-rule", "title": "우리 기준", "document": document});
        let refused = manager.post("/attendance-policies", body).await.expect_problem(422, "VALIDATION_ERROR");
        let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(refused.faults(), [
            fault("/document/conversion/every", "out_of_range"),
            fault("/document/credits/late", "inconsistent"),
            fault("/document/rounding/decimals", "out_of_range"),
        ]);
        for (document, pointer, code) in [
            (json!({"credits": {"late": "3/2"}}), "/document/credits/late", "invalid_format"),
            (json!({"threshold": {"share": 0.8, "when": "reached"}}), "/document/threshold/share", "wrong_type"),
            (json!({"treshold": {}}), "/document/treshold", "unknown_field"),
            (json!({"unit": "week"}), "/document/unit", "not_one_of"),
        ] {
            let body = json!({"family": "our-rule", "title": "우리 기준", "document": document});
            let refused = manager.post("/attendance-policies", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults(), [fault(pointer, code)]);
        }
        for (body, faults) in [
            (json!({"preset": "nothing"}), vec![fault("/preset", "no_such_thing"), fault("/family", "missing"), fault("/title", "missing")]),
            (json!({"preset": "late3-pooled", "document": {}}), vec![fault("/document", "inconsistent")]),
            (json!({"family": "Our Rule", "title": "x"}), vec![fault("/document", "missing"), fault("/family", "invalid_format")]),
        ] {
            let refused = manager.post("/attendance-policies", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults(), faults);
        }
        let learner = app.learner("김하늘").await;
        learner.post("/attendance-policies", json!({"preset": "late3-pooled"})).await.expect_problem(403, "FORBIDDEN");
    }
}
