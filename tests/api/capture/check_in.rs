//! `POST …/check-in`: one learner, one mark.

use chrono::TimeDelta;
use madang_tests::{Answer, api_test, json};
use reqwest::Method;

use super::{check_in, checked_in, code, open, open_lecture};

api_test! {
    async fn a_learner_checks_in_by_qr_code_or_by_digits(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let (payload, digits) = code(&app, &class, lecture).await;
        let made = check_in(&one, lecture, &payload).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/attendances/{}", made.id()));
        assert_eq!((&made.body["status"], &made.body["source"]), (&json!("present"), &json!("self_check_in")));
        assert_eq!((&made.body["user_id"], &made.body["created_by"]), (&json!(one.id), &json!(one.id)));
        assert_eq!(made.body["checked_at"], "2026-09-01T01:00:00Z");
        let presence = &made.body["presence"];
        assert_eq!((&presence["derived_status"], &presence["minutes"]), (&json!("present"), &json!(60)));
        check_in(&other, lecture, &digits).await.expect(201);
        let list = class.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
        assert_eq!(list.items().len(), 2);
        let history = one.get(&format!("/attendances/{}/history", made.id())).await.expect(200);
        assert_eq!((&history.items()[0]["actor"], &history.items()[0]["request_id"]), (&json!(one.id), &json!(made.header("x-request-id"))));
        assert!(!history.text.contains("evidence") && !history.text.contains("network"), "{}", history.text);
    }

    async fn checking_in_again_is_answered_the_mark_that_there_is(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let first = checked_in(&app, &class, lecture, &learner).await;
        app.advance(TimeDelta::minutes(30));
        let (payload, _) = code(&app, &class, lecture).await;
        for code in [payload.as_str(), "000000", "no code at all"] {
            let again = check_in(&learner, lecture, code).await.expect(200);
            assert_eq!(again.body, first.body);
        }
    }

    async fn who_comes_after_the_grace_is_late(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let grace = class.lecturer.get(&format!("/lectures/{lecture}/check-in-session")).await.expect(200).body["late_grace_minutes"].as_i64().unwrap();
        app.advance(TimeDelta::minutes(grace) + TimeDelta::seconds(59));
        assert_eq!(checked_in(&app, &class, lecture, &one).await.body["status"], "present");
        app.advance(TimeDelta::seconds(1));
        assert_eq!(checked_in(&app, &class, lecture, &other).await.body["status"], "late");
    }

    async fn each_reason_not_to_let_somebody_in_has_a_name(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (payload, _) = code(&app, &class, lecture).await;
        let stranger = app.learner("박나무").await;
        check_in(&stranger, lecture, &payload).await.expect_problem(422, "NOT_ENROLLED");
        check_in(&class.lecturer, lecture, &payload).await.expect_problem(422, "NOT_ENROLLED");
        check_in(&app.anonymous(), lecture, &payload).await.expect_problem(401, "UNAUTHENTICATED");
        let learner = app.learner_in(&class, "김하늘").await;
        check_in(&learner, lecture, "MADANG:1:no").await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        let unopened = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        check_in(&learner, unopened, &payload).await.expect_problem(404, "CHECK_IN_SESSION_NOT_FOUND");
        check_in(&learner, class.id, &payload).await.expect_problem(404, "LECTURE_NOT_FOUND");
        let english = learner.request(Method::POST, &format!("/lectures/{lecture}/check-in")).header("Accept-Language", "en");
        let wrong = Answer::of(english.json(&json!({"code": "x"}))).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        assert_eq!(wrong.body["detail"], "The code is wrong.");
        let empty = learner.post(&format!("/lectures/{lecture}/check-in"), json!({"code": " ", "device_id": ""})).await;
        assert_eq!(empty.expect_problem(422, "VALIDATION_ERROR").faults(), [("/code".to_owned(), "empty".to_owned()), ("/device_id".to_owned(), "empty".to_owned())]);
        app.advance(TimeDelta::minutes(60));
        let learner = app.client_of(learner.id).await;
        check_in(&learner, lecture, &payload).await.expect_problem(409, "CHECK_IN_OVER");
        app.manager().await.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
        check_in(&learner, lecture, &payload).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn six_digits_can_be_guessed_a_few_times_only(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (guesser, honest) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let (_, digits) = code(&app, &class, lecture).await;
        let wrong = if digits == "111111" { "222222" } else { "111111" };
        for _ in 0..10 {
            check_in(&guesser, lecture, wrong).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        }
        let refused = check_in(&guesser, lecture, &digits).await.expect_problem(429, "TOO_MANY_GUESSES");
        assert_eq!(refused.header("retry-after"), "601");
        check_in(&honest, lecture, &digits).await.expect(201);
        app.advance(TimeDelta::minutes(10));
        let (_, digits) = code(&app, &class, lecture).await;
        check_in(&guesser, lecture, wrong).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        check_in(&guesser, lecture, &digits).await.expect(201);
    }

    async fn a_mark_by_hand_stands_and_the_times_stand_beside_it(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let by_hand = app.mark(&class, lecture, &learner, "excused").await;
        app.advance(TimeDelta::minutes(20));
        let (payload, _) = code(&app, &class, lecture).await;
        let answer = check_in(&learner, lecture, &payload).await.expect(200);
        assert_eq!((&answer.body["id"], &answer.body["status"], &answer.body["source"]), (&by_hand["id"], &json!("excused"), &json!("staff")));
        assert_eq!((&answer.body["presence"]["derived_status"], &answer.body["presence"]["minutes"]), (&json!("late"), &json!(40)));

        let other = app.learner_in(&class, "이바다").await;
        let late = checked_in(&app, &class, lecture, &other).await;
        let path = format!("/attendances/{}", late.id());
        let corrected = class.lecturer.patch(&path, json!({"status": "present", "description": "지하철 고장"})).await.expect(200);
        assert_eq!((&corrected.body["status"], &corrected.body["source"]), (&json!("present"), &json!("staff")));
        assert_eq!(corrected.body["presence"]["derived_status"], "late");
        let left = other.post(&format!("/lectures/{lecture}/step-out"), json!({})).await.expect(200);
        assert_eq!((&left.body["status"], &left.body["presence"]["minutes"]), (&json!("present"), &json!(0)));
    }

    async fn a_lecture_past_midnight_belongs_to_the_day_on_which_it_began(app) {
        let class = app.class().await;
        // From 23:30 on 1 September to 01:30 on the 2nd, in Seoul.
        let body = json!({"title": "별 보기", "lecture_date": "2026-09-01T23:30:00+09:00", "duration_minutes": 120});
        let lecture = class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201).id();
        assert_eq!(open(&class, lecture).await.body["closes_at"], "2026-09-01T16:30:00Z");
        let (leaver, joiner) = (app.learner("김하늘").await, app.learner("이바다").await);
        let places = format!("/classes/{}/enrolments", class.id);
        class.lecturer.post(&places, json!({"user_id": leaver.id, "role": "learner", "enrolled_on": "2026-06-01", "left_on": "2026-09-02"})).await.expect(201);
        class.lecturer.post(&places, json!({"user_id": joiner.id, "role": "learner", "enrolled_on": "2026-09-02"})).await.expect(201);
        // 00:10 on 2 September in Seoul.
        app.advance(TimeDelta::minutes(14 * 60 + 10));
        let late = checked_in(&app, &class, lecture, &leaver).await;
        assert_eq!((&late.body["status"], &late.body["presence"]["minutes"]), (&json!("late"), &json!(80)));
        let (payload, _) = code(&app, &class, lecture).await;
        check_in(&app.client_of(joiner.id).await, lecture, &payload).await.expect_problem(422, "NOT_ENROLLED");
    }

    async fn the_same_request_sent_twice_with_a_key_is_answered_twice_the_same(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let (payload, _) = code(&app, &class, lecture).await;
        let path = format!("/lectures/{lecture}/check-in");
        let first = learner.post_once(&path, "key-1", json!({"code": payload})).await.expect(201);
        let second = learner.post_once(&path, "key-1", json!({"code": payload})).await.expect(201);
        assert_eq!(first.text, second.text);
    }

    async fn checking_in_costs_three_statements_and_the_look_up_of_the_caller(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let (payload, _) = code(&app, &class, lecture).await;
        learner.get("/courses").await.expect(200);
        let before = app.statements();
        check_in(&learner, lecture, &payload).await.expect(201);
        assert_eq!(app.statements() - before, 3);
        let before = app.statements();
        check_in(&learner, lecture, &payload).await.expect(200);
        assert_eq!(app.statements() - before, 1);
    }
}
