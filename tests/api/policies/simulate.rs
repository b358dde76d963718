//! `POST /attendance-policies/{id}/simulate`.

use madang_tests::{api_test, json};
use serde_json::Value;

use super::preset;

/// The learner of the eight answers: 12 present, 4 late, 1 early leave, 1 excused, 1 absent, 1 not marked.
fn eight() -> Value {
    let mut lectures = vec![json!({"status": "present"}); 12];
    lectures.extend(vec![json!({"status": "late"}); 4]);
    lectures.extend([
        json!({"status": "early_leave"}),
        json!({"status": "excused"}),
        json!({"status": "absent"}),
        json!({}),
    ]);
    json!({"lectures": lectures})
}

api_test! {
    async fn the_same_learner_gets_a_figure_from_each_policy(app) {
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        for (name, fraction, percent, verdict) in [
            ("lecture-80", "18/20", "90.0", "met"),
            ("late3-pooled", "17/20", "85.0", "met"),
            ("late3-separate", "17/20", "85.0", "met"),
            ("half-for-late", "31/40", "77.5", "not_met"),
            ("points-2-1-1-0", "30/38", "78.9", "not_met"),
            ("weight-0.8", "80/90", "88.9", "met"),
        ] {
            let policy = preset(&manager, name).await;
            let path = format!("/attendance-policies/{policy}/simulate");
            let assessment = learner.post(&path, eight()).await.expect(200).body["assessment"].take();
            assert_eq!(assessment["rate"]["fraction"], json!(fraction), "{name}");
            assert_eq!(assessment["rate"]["percent"], json!(percent), "{name}");
            assert_eq!(assessment["verdict"], json!(verdict), "{name}");
        }
    }

    async fn a_simulation_explains_itself_and_keeps_nothing(app) {
        let manager = app.manager().await;
        let policy = preset(&manager, "late3-pooled").await;
        let path = format!("/attendance-policies/{policy}/simulate");
        let (answer, cost) = app.costed(&manager, manager.post(&path, eight())).await;
        // The caller, their places, and the policy.
        assert!(cost <= 3, "{cost}");
        let assessment = &answer.expect(200).body["assessment"];
        assert_eq!((&assessment["credited"], &assessment["deducted"]), (&json!(18), &json!(1)));
        assert_eq!(assessment["conversions"][0]["lecture_ids"].as_array().unwrap().len(), 3);
        assert_eq!(assessment["lectures"][19]["reason"], json!("unmarked_absent"));
        assert_eq!(assessment["lectures"][19]["because"], json!("기록이 없어 결석으로 봅니다."));
        let as_of = json!({"lectures": [{"status": "present"}, {"status": "absent"}, {}], "as_of": "2026-03-02T02:30:00Z"});
        let assessment = &manager.post(&path, as_of).await.expect(200).body["assessment"];
        assert_eq!(assessment["rate"]["fraction"], json!("1/1"));
        assert_eq!(assessment["forecast"]["lectures_left"], json!(1));
    }

    async fn what_cannot_be_simulated_is_refused(app) {
        let manager = app.manager().await;
        let policy = preset(&manager, "late3-pooled").await;
        let path = format!("/attendance-policies/{policy}/simulate");
        for (body, pointer) in [
            (json!({"lectures": []}), "/lectures"),
            (json!({"lectures": [{"duration_minutes": 0}]}), "/lectures/0/duration_minutes"),
            (json!({"lectures": [{}], "enrolled_on": "2026-03-02", "left_on": "2026-03-01"}), "/left_on"),
            (json!({"lectures": [{"status": "asleep"}]}), "/lectures/0/status"),
        ] {
            let refused = manager.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults()[0].0, pointer);
        }
        let nowhere = format!("/attendance-policies/{}/simulate", uuid::Uuid::from_u128(9));
        manager.post(&nowhere, json!({"lectures": [{}]})).await.expect_problem(404, "POLICY_NOT_FOUND");
    }
}
