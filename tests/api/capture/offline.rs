//! `captured_at`: what a device without network scanned, and hands in later.

use chrono::TimeDelta;
use madang_testing::TestDatabase;
use madang_tests::{TestApp, api_test, json};

use super::{check_in, code, open_lecture};

api_test! {
    async fn a_scanned_code_counts_for_the_time_when_it_was_scanned(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let (payload, digits) = code(&app, &class, lecture).await;
        app.advance(TimeDelta::minutes(29));
        let path = format!("/lectures/{lecture}/check-in");
        let captured = |code: &str, at: &str| json!({"code": code, "captured_at": at});
        one.post(&path, captured(&payload, "2026-09-01T01:10:00Z")).await.expect_problem(422, "CHECK_IN_CODE_EXPIRED");
        one.post(&path, captured(&digits, "2026-09-01T01:00:03Z")).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        one.post(&path, captured(&payload, "2026-09-01T01:31:00Z")).await.expect_problem(422, "CAPTURED_OUT_OF_WINDOW");
        let made = one.post(&path, captured(&payload, "2026-09-01T10:00:03+09:00")).await.expect(201);
        assert_eq!((&made.body["status"], &made.body["checked_at"]), (&json!("present"), &json!("2026-09-01T01:00:03Z")));
        assert_eq!(made.body["created_at"], "2026-09-01T01:29:00Z");
        app.advance(TimeDelta::minutes(2));
        app.client_of(other.id).await.post(&path, captured(&payload, "2026-09-01T01:00:03Z")).await.expect_problem(422, "CAPTURED_OUT_OF_WINDOW");
    }

    async fn what_was_scanned_in_time_counts_after_the_end_and_takes_the_absence_back(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let (payload, _) = code(&app, &class, lecture).await;
        app.advance(TimeDelta::minutes(10));
        class.lecturer.post(&format!("/lectures/{lecture}/check-in-session/close"), json!({})).await.expect(200);
        check_in(&learner, lecture, &payload).await.expect_problem(409, "CHECK_IN_OVER");
        let body = json!({"code": payload, "captured_at": "2026-09-01T01:00:03Z"});
        let made = learner.post(&format!("/lectures/{lecture}/check-in"), body).await;
        assert_eq!((made.status, &made.body["status"]), (200, &json!("present")), "{}", made.text);
        assert_eq!((&made.body["source"], &made.body["version"]), (&json!("self_check_in"), &json!(2)));
    }
}

#[actix_web::test]
async fn an_operator_can_turn_it_off() {
    let app = TestApp::on(TestDatabase::sqlite().await, &[("CHECK_IN_OFFLINE_MINUTES", "0")]).await;
    let (class, lecture) = open_lecture(&app).await;
    let learner = app.learner_in(&class, "김하늘").await;
    let (payload, _) = code(&app, &class, lecture).await;
    let body = json!({"code": payload, "captured_at": "2026-09-01T01:00:00Z"});
    learner
        .post(&format!("/lectures/{lecture}/check-in"), body)
        .await
        .expect_problem(422, "CAPTURED_OUT_OF_WINDOW");
}
