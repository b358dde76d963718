//! `POST /lectures/{id}/attendances`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn a_lecturer_marks_a_learner(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let body = json!({
            "user_id": learner.id, "status": "late", "detail_type": " 교통 지연 ", "description": "버스 고장\n30분",
            "assignment_id": "hw-1", "checked_at": "2026-08-25T19:31:00.123456789+09:00",
        });
        let made = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), body).await.expect(201);
        let mark = &made.body;
        assert_eq!((&mark["lecture_id"], &mark["user_id"]), (&json!(lecture), &json!(learner.id)));
        assert_eq!((&mark["status"], &mark["detail_type"]), (&json!("late"), &json!("교통 지연")));
        assert_eq!((&mark["description"], &mark["assignment_id"]), (&json!("버스 고장\n30분"), &json!("hw-1")));
        assert_eq!(mark["checked_at"], "2026-08-25T10:31:00.123456Z");
        assert_eq!((&mark["source"], &mark["created_by"]), (&json!("staff"), &json!(class.lecturer.id)));
        assert_eq!((&mark["created_at"], &mark["version"]), (&json!("2026-09-01T01:00:00Z"), &json!(1)));
        assert_eq!(made.header("etag"), "\"1\"");
        let location = made.header("location");
        assert_eq!(location, format!("/api/v1/attendances/{}", made.id()));

        let read = class.lecturer.get(&format!("/{location}")).await.expect(200).body;
        for (field, value) in mark.as_object().unwrap() {
            assert_eq!(&read[field], value, "{field}");
        }
        assert_eq!(read["user"]["name"], "김하늘");
        assert_eq!((&read["class_id"], &read["lecture_date"]), (&json!(class.id), &json!("2026-08-25T10:00:00Z")));
    }

    async fn every_status_can_be_given_and_no_other(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let path = format!("/lectures/{lecture}/attendances");
        for status in ["present", "late", "early_leave", "excused", "absent"] {
            let learner = app.learner_in(&class, status).await;
            let made = class.lecturer.post(&path, json!({"user_id": learner.id, "status": status})).await.expect(201);
            assert_eq!(made.body["status"], status);
        }
        let answer = class.lecturer.post(&path, json!({"user_id": Uuid::nil(), "status": "here"})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(answer.faults(), [("/status".to_owned(), "not_one_of".to_owned())]);
    }

    async fn an_enrolment_holds_from_its_first_day_up_to_but_without_the_day_of_leaving(app) {
        let class = app.class().await;
        let learner = app.learner("김하늘").await;
        let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-10", "left_on": "2026-06-20"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        // Midnight in Seoul is 15:00 UTC the day before.
        for (starts_at, enrolled) in [
            ("2026-06-09T14:59:59Z", false),
            ("2026-06-09T15:00:00Z", true),
            ("2026-06-19T14:59:59Z", true),
            ("2026-06-19T15:00:00Z", false),
            ("2026-06-20T10:00:00Z", false),
        ] {
            let lecture = app.lecture(&class, starts_at).await;
            let mark = json!({"user_id": learner.id, "status": "present"});
            let answer = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await;
            if enrolled {
                assert_eq!(answer.status, 201, "{starts_at}: {}", answer.text);
            } else {
                answer.expect_problem(422, "NOT_ENROLLED");
            }
        }
    }

    async fn who_left_and_came_back_is_marked_in_both_periods_only(app) {
        let class = app.class().await;
        let learner = app.learner("김하늘").await;
        for (from, to) in [("2026-06-10", Some("2026-06-20")), ("2026-07-10", None)] {
            let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": from, "left_on": to});
            class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        }
        for (starts_at, status) in [("2026-06-15T10:00:00Z", 201), ("2026-07-01T10:00:00Z", 422), ("2026-07-15T10:00:00Z", 201)] {
            let lecture = app.lecture(&class, starts_at).await;
            let mark = json!({"user_id": learner.id, "status": "present"});
            let answer = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await;
            assert_eq!(answer.status, status, "{starts_at}: {}", answer.text);
        }
    }

    async fn only_learners_of_the_class_are_marked(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let elsewhere = app.class().await;
        let other = app.learner_in(&elsewhere, "이바다").await;
        for user in [other.id, class.lecturer.id, Uuid::nil()] {
            let mark = json!({"user_id": user, "status": "present"});
            class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect_problem(422, "NOT_ENROLLED");
        }
    }

    async fn a_learner_is_marked_once_at_a_lecture(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.mark(&class, lecture, &learner, "present").await;
        let again = json!({"user_id": learner.id, "status": "absent"});
        class.lecturer.post(&format!("/lectures/{lecture}/attendances"), again).await.expect_problem(409, "ALREADY_MARKED");
        let list = class.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
        assert_eq!(list.items()[0]["status"], "present");
    }

    async fn of_twenty_equal_marks_at_the_same_time_one_is_made(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/lectures/{lecture}/attendances");
        let requests = (0..20).map(|_| class.lecturer.post(&path, json!({"user_id": learner.id, "status": "present"})));
        let answers = futures_util::future::join_all(requests).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.status == 409 && answer.body["code"] == "ALREADY_MARKED").count();
        assert_eq!((made, refused), (1, 19));
        assert_eq!(class.lecturer.get(&path).await.body["total"], 1);
    }

    async fn the_marker_is_the_caller_and_nothing_else_can_be_assigned(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        for field in ["created_by", "updated_by", "marked_by", "source", "id", "lecture_id", "version", "created_at"] {
            let mut body = json!({"user_id": learner.id, "status": "present"});
            body[field] = json!(learner.id);
            let answer = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), "unknown_field".to_owned())]);
        }
    }

    async fn every_value_that_is_not_valid_is_named(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let body = json!({
            "user_id": Uuid::nil(), "status": "present", "detail_type": "x".repeat(101), "description": "x".repeat(2_001),
            "assignment_id": "a\u{0}b", "checked_at": "0001-01-01T00:00:00Z",
        });
        let answer = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), body).await.expect_problem(422, "VALIDATION_ERROR");
        let faults = answer.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!(faults, [
            ("/detail_type", "too_long"), ("/description", "too_long"), ("/assignment_id", "forbidden_character"), ("/checked_at", "out_of_range"),
        ]);
    }

    async fn only_managers_and_staff_of_the_class_mark(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/lectures/{lecture}/attendances");
        let mark = json!({"user_id": learner.id, "status": "present"});
        app.anonymous().post(&path, mark.clone()).await.expect_problem(401, "UNAUTHENTICATED");
        learner.post(&path, mark.clone()).await.expect_problem(403, "FORBIDDEN");
        let elsewhere = app.class().await;
        elsewhere.lecturer.post(&path, mark.clone()).await.expect_problem(403, "FORBIDDEN");
        let manager = app.manager().await;
        let assistant = app.user("조조교", Authorizations::of_roles([Role::Learner])).await;
        let place = json!({"user_id": assistant.id, "role": "assistant", "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        assistant.post(&path, mark.clone()).await.expect(201);
        let other = app.learner_in(&class, "이바다").await;
        manager.post(&path, json!({"user_id": other.id, "status": "present"})).await.expect(201);
        manager.post(&format!("/lectures/{}/attendances", Uuid::nil()), mark).await.expect_problem(404, "LECTURE_NOT_FOUND");
    }

    async fn nobody_marks_in_a_closed_class(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let manager = app.manager().await;
        manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
        let mark = json!({"user_id": learner.id, "status": "present"});
        let path = format!("/lectures/{lecture}/attendances");
        for client in [&class.lecturer, &manager] {
            client.post(&path, mark.clone()).await.expect_problem(409, "CLASS_CLOSED");
            client.post(&format!("{path}/bulk"), json!({"items": [mark]})).await.expect_problem(409, "CLASS_CLOSED");
        }
        manager.post(&format!("/classes/{}/reopen", class.id), json!({"reason": "등록 누락"})).await.expect(200);
        class.lecturer.post(&path, mark).await.expect(201);
    }

    async fn the_same_request_sent_twice_makes_one_mark(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/lectures/{lecture}/attendances");
        let mark = json!({"user_id": learner.id, "status": "present"});
        let first = class.lecturer.post_once(&path, "key-1", mark.clone()).await.expect(201);
        let second = class.lecturer.post_once(&path, "key-1", mark.clone()).await.expect(201);
        assert_eq!((&first.text, first.header("location")), (&second.text, second.header("location")));
        assert_eq!(second.header("idempotent-replayed"), "true");
        class.lecturer.post_once(&path, "key-2", mark).await.expect_problem(409, "ALREADY_MARKED");
    }

    async fn marking_costs_five_statements_and_two_more_with_a_key(app) {
        let class = app.class().await;
        let path = format!("/lectures/{}/attendances", app.lecture(&class, "2026-08-25T10:00:00Z").await);
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let marker = &class.lecturer;
        let mark = |learner: Uuid| json!({"user_id": learner, "status": "present"});
        let (made, cost) = app.costed(marker, marker.post(&path, mark(one.id))).await;
        assert_eq!((made.status, cost), (201, 5));
        let (made, cost) = app.costed(marker, marker.post_once(&path, "key-1", mark(other.id))).await;
        assert_eq!((made.status, cost), (201, 6));
    }
}
