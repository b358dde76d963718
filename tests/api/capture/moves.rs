//! `…/step-out`, `…/return`, `…/check-out`: the times of a learner, and the status that follows.

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::{checked_in, code, open_lecture};

/// A lecture that began five minutes ago, and a learner who was there from the beginning.
async fn five_minutes_in(app: &TestApp) -> (TestClass, Uuid, Client) {
    let (class, lecture) = open_lecture(app).await;
    let learner = app.learner_in(&class, "김하늘").await;
    checked_in(app, &class, lecture, &learner).await;
    app.advance(TimeDelta::minutes(5));
    (class, lecture, learner)
}

async fn step_out(app: &TestApp, learner: &Client, lecture: Uuid) -> Answer {
    app.client_of(learner.id).await.post(&format!("/lectures/{lecture}/step-out"), json!({})).await
}

async fn with_code(app: &TestApp, class: &TestClass, lecture: Uuid, learner: &Client, what: &str) -> Answer {
    let (_, digits) = code(app, class, lecture).await;
    app.client_of(learner.id)
        .await
        .post(&format!("/lectures/{lecture}/{what}"), json!({"code": digits}))
        .await
}

fn facts(body: &Value) -> (&str, &str, i64) {
    let presence = &body["presence"];
    (
        body["status"].as_str().unwrap(),
        presence["derived_status"].as_str().unwrap(),
        presence["minutes"].as_i64().unwrap(),
    )
}

api_test! {
    async fn time_outside_is_kept_and_not_counted(app) {
        let (class, lecture, learner) = five_minutes_in(&app).await;
        let out = step_out(&app, &learner, lecture).await.expect(200);
        assert_eq!(facts(&out.body), ("early_leave", "early_leave", 5));
        app.advance(TimeDelta::minutes(15));
        assert_eq!(step_out(&app, &learner, lecture).await.expect(200).body, out.body);
        let back = with_code(&app, &class, lecture, &learner, "return").await.expect(200);
        assert_eq!(facts(&back.body), ("present", "present", 45));
        assert_eq!(back.body["presence"]["away"], json!([{"left_at": "2026-09-01T01:05:00Z", "returned_at": "2026-09-01T01:20:00Z"}]));
        with_code(&app, &class, lecture, &learner, "return").await.expect_problem(409, "NOT_AWAY");
        let history = learner.get(&format!("/attendances/{}/history", back.id())).await.expect(200);
        assert_eq!(history.items().len(), 3);
    }

    async fn who_checks_out_before_the_end_leaves_early(app) {
        let (class, lecture, learner) = five_minutes_in(&app).await;
        let out = with_code(&app, &class, lecture, &learner, "check-out").await.expect(200);
        assert_eq!(facts(&out.body), ("early_leave", "early_leave", 5));
        assert_eq!(out.body["presence"]["checked_out_at"], "2026-09-01T01:05:00Z");
        app.advance(TimeDelta::minutes(1));
        assert_eq!(with_code(&app, &class, lecture, &learner, "check-out").await.expect(200).body, out.body);
        step_out(&app, &learner, lecture).await.expect_problem(409, "ALREADY_CHECKED_OUT");
        with_code(&app, &class, lecture, &learner, "return").await.expect_problem(409, "ALREADY_CHECKED_OUT");
    }

    async fn who_checks_out_after_the_end_was_there(app) {
        let (class, lecture, learner) = five_minutes_in(&app).await;
        let slow = app.learner_in(&class, "이바다").await;
        app.advance(TimeDelta::minutes(60));
        let out = with_code(&app, &class, lecture, &learner, "check-out").await.expect(200);
        assert_eq!(facts(&out.body), ("present", "present", 60));
        with_code(&app, &class, lecture, &slow, "check-out").await.expect_problem(409, "NOT_CHECKED_IN");
    }

    async fn an_hour_after_the_end_nobody_checks_out_any_more(app) {
        let (class, lecture, learner) = five_minutes_in(&app).await;
        app.advance(TimeDelta::minutes(116));
        with_code(&app, &class, lecture, &learner, "check-out").await.expect_problem(409, "CHECK_IN_OVER");
    }

    async fn coming_back_and_leaving_need_the_code(app) {
        let (_, lecture, learner) = five_minutes_in(&app).await;
        step_out(&app, &learner, lecture).await.expect(200);
        for what in ["return", "check-out"] {
            let path = format!("/lectures/{lecture}/{what}");
            learner.post(&path, json!({"code": "MADANG:1"})).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
            learner.post(&path, json!({})).await.expect_problem(422, "VALIDATION_ERROR");
        }
    }

    async fn who_has_not_checked_in_goes_nowhere(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        step_out(&app, &learner, lecture).await.expect_problem(409, "NOT_CHECKED_IN");
        app.mark(&class, lecture, &learner, "present").await;
        step_out(&app, &learner, lecture).await.expect_problem(409, "NOT_CHECKED_IN");
        step_out(&app, &app.learner("박나무").await, lecture).await.expect_problem(422, "NOT_ENROLLED");
    }
}
