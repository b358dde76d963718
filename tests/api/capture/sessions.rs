//! `…/check-in-session`: opened, closed, opened again.

use chrono::TimeDelta;
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

use super::{check_in, code, open, open_lecture};

api_test! {
    async fn a_session_opens_at_once_and_ends_with_the_lecture(app) {
        let (class, lecture) = open_lecture(&app).await;
        let path = format!("/lectures/{lecture}/check-in-session");
        let session = class.lecturer.get(&path).await.expect(200);
        assert_eq!(session.body["opens_at"], "2026-09-01T01:00:00Z");
        assert_eq!(session.body["closes_at"], "2026-09-01T02:00:00Z");
        assert_eq!((&session.body["is_open"], &session.body["version"]), (&json!(true), &json!(1)));
        let again = class.lecturer.request(Method::GET, &path).header("If-None-Match", session.header("etag"));
        Answer::of(again).await.expect(304);
        class.lecturer.post(&path, json!({})).await.expect_problem(409, "CHECK_IN_ALREADY_OPEN");
    }

    async fn a_session_that_is_made_ahead_opens_ten_minutes_before_the_lecture(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-01T05:00:00Z").await;
        let session = open(&class, lecture).await;
        assert_eq!(session.body["opens_at"], "2026-09-01T04:50:00Z");
        let learner = app.learner_in(&class, "김하늘").await;
        let (payload, _) = code(&app, &class, lecture).await;
        let early = check_in(&learner, lecture, &payload).await.expect_problem(409, "CHECK_IN_TOO_EARLY");
        assert!(early.body["detail"].as_str().unwrap().contains("2026-09-01T04:50:00Z"), "{}", early.text);
        app.advance(TimeDelta::minutes(231));
        let learner = app.client_of(learner.id).await;
        let (payload, _) = code(&app, &class, lecture).await;
        check_in(&learner, lecture, &payload).await.expect(201);
    }

    async fn the_times_can_be_chosen_but_not_the_wrong_way_round(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-01T05:00:00Z").await;
        let path = format!("/lectures/{lecture}/check-in-session");
        for closes_at in ["2026-09-01T01:30:00Z", "2026-09-01T00:30:00Z"] {
            let body = json!({"opens_at": "2026-09-01T10:30:00+09:00", "closes_at": closes_at});
            let refused = class.lecturer.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults(), [("/closes_at".to_owned(), "reversed".to_owned())]);
        }
        let body = json!({"opens_at": "2026-09-01T10:30:00+09:00", "closes_at": "2026-09-01T11:00:00+09:00"});
        let made = class.lecturer.post(&path, body).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1{path}"));
        assert_eq!(made.body["opens_at"], "2026-09-01T01:30:00Z");
    }

    async fn a_lecture_that_is_over_needs_a_time_until_when(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let path = format!("/lectures/{lecture}/check-in-session");
        class.lecturer.post(&path, json!({})).await.expect_problem(422, "VALIDATION_ERROR");
        class.lecturer.post(&path, json!({"closes_at": "2026-09-01T01:10:00Z"})).await.expect(201);
    }

    async fn closing_ends_check_in_and_reopening_lets_it_go_on(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/lectures/{lecture}/check-in-session");
        class.lecturer.post(&format!("{path}/reopen"), json!({})).await.expect_problem(409, "CHECK_IN_ALREADY_OPEN");
        app.advance(TimeDelta::minutes(2));
        let closed = class.lecturer.post(&format!("{path}/close"), json!({})).await.expect(200);
        assert_eq!((&closed.body["closes_at"], &closed.body["version"]), (&json!("2026-09-01T01:02:00Z"), &json!(2)));
        let again = class.lecturer.post(&format!("{path}/close"), json!({})).await.expect(200);
        assert_eq!(again.body["version"], 2);
        let (payload, _) = code(&app, &class, lecture).await;
        check_in(&learner, lecture, &payload).await.expect_problem(409, "CHECK_IN_OVER");
        let stale = class.lecturer.request(Method::POST, &format!("{path}/reopen")).header("If-Match", "\"1\"").json(&json!({}));
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        let reopened = class.lecturer.post(&format!("{path}/reopen"), json!({})).await.expect(200);
        assert_eq!((&reopened.body["closes_at"], &reopened.body["version"]), (&json!("2026-09-01T02:00:00Z"), &json!(3)));
        // The closing made the learner absent; coming takes that back.
        assert_eq!(check_in(&learner, lecture, &payload).await.expect(200).body["status"], "present");
    }

    async fn what_happens_to_a_session_is_in_the_audit_log(app) {
        let (class, lecture) = open_lecture(&app).await;
        let path = format!("/lectures/{lecture}/check-in-session");
        class.lecturer.post(&format!("{path}/close"), json!({})).await.expect(200);
        let log = app.admin().await.get("/admin/audit-log?entity=check_in_session").await.expect(200);
        let actions: Vec<&str> = log.items().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions.iter().filter(|action| **action == "create").count(), 1);
        assert_eq!(actions.iter().filter(|action| **action == "update").count(), 1);
        assert!(log.items().iter().all(|entry| entry["actor"] == class.lecturer.id.to_string()));
    }

    async fn only_staff_of_the_class_open_and_show_the_code(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (learner, other) = (app.learner_in(&class, "김하늘").await, app.class().await.lecturer);
        for client in [&learner, &other] {
            client.post(&format!("/lectures/{lecture}/check-in-session/close"), json!({})).await.expect_problem(403, "FORBIDDEN");
            client.get(&format!("/lectures/{lecture}/check-in-code")).await.expect_problem(403, "FORBIDDEN");
        }
        learner.get(&format!("/lectures/{lecture}/check-in-session")).await.expect(200);
        let unknown = Uuid::from_u128(9);
        class.lecturer.get(&format!("/lectures/{unknown}/check-in-code")).await.expect_problem(404, "LECTURE_NOT_FOUND");
        let unopened = app.lecture(&class, "2026-09-02T01:00:00Z").await;
        class.lecturer.get(&format!("/lectures/{unopened}/check-in-session")).await.expect_problem(404, "CHECK_IN_SESSION_NOT_FOUND");
        class.lecturer.get(&format!("/lectures/{unopened}/check-in-code")).await.expect_problem(404, "CHECK_IN_SESSION_NOT_FOUND");
    }

    async fn a_lecture_is_removed_together_with_its_session(app) {
        let (class, lecture) = open_lecture(&app).await;
        class.lecturer.delete(&format!("/lectures/{lecture}")).await.expect(204);
        class.lecturer.get(&format!("/lectures/{lecture}/check-in-session")).await.expect_problem(404, "LECTURE_NOT_FOUND");
    }

    async fn nobody_opens_check_in_in_a_closed_class(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        app.manager().await.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        class.lecturer.post(&format!("/lectures/{lecture}/check-in-session"), json!({})).await.expect_problem(409, "CLASS_CLOSED");
    }
}
