//! `POST /classes/{id}/lectures`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn a_lecturer_adds_a_lecture_to_their_class(app) {
        let class = app.class().await;
        let body = json!({
            "title": " 물감과 붓 ", "lecture_date": "2026-09-08T19:00:00+09:00", "duration_minutes": 90,
            "attendance_type": "online", "place": "3층 미술실", "sequence": 7,
        });
        let created = class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201);
        let lecture = &created.body;
        assert_eq!(lecture["title"], "물감과 붓");
        assert_eq!(lecture["class_id"], class.id.to_string());
        assert_eq!(lecture["lecture_date"], "2026-09-08T10:00:00Z");
        assert_eq!((&lecture["duration_minutes"], &lecture["sequence"]), (&json!(90), &json!(7)));
        assert_eq!((&lecture["attendance_type"], &lecture["place"]), (&json!("online"), &json!("3층 미술실")));
        assert_eq!((&lecture["created_by"], &lecture["version"]), (&json!(class.lecturer.id), &json!(1)));
        assert_eq!(created.header("etag"), "\"1\"");
        let location = created.header("location");
        assert_eq!(location, format!("/api/v1/lectures/{}", created.id()));
        assert_eq!(class.lecturer.get(&format!("/{location}")).await.expect(200).body, created.body);
    }

    async fn a_lecture_without_a_number_comes_after_the_last_one(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let lecture = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        let mut numbered = lecture.clone();
        numbered["sequence"] = json!(5);
        let sequence = async |body| class.lecturer.post(&path, body).await.expect(201).body["sequence"].clone();
        assert_eq!(sequence(lecture.clone()).await, 1);
        assert_eq!(sequence(numbered.clone()).await, 5);
        let implied = class.lecturer.post(&path, lecture).await.expect(201).body;
        assert_eq!((&implied["sequence"], &implied["attendance_type"]), (&json!(6), &json!("in_person")));
        class.lecturer.post(&path, numbered).await.expect_problem(409, "SEQUENCE_TAKEN");
    }

    async fn lectures_added_at_the_same_time_get_different_numbers(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let lecture = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        let requests = (0..8).map(|_| class.lecturer.post(&path, lecture.clone()));
        let answers = futures_util::future::join_all(requests).await;
        let mut numbers: Vec<i64> =
            answers.into_iter().map(|answer| answer.expect(201).body["sequence"].as_i64().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    }

    async fn only_managers_and_the_lecturer_of_the_class_add_lectures(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let lecture = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        app.anonymous().post(&path, lecture.clone()).await.expect_problem(401, "UNAUTHENTICATED");
        app.learner_in(&class, "김하늘").await.post(&path, lecture.clone()).await.expect_problem(403, "FORBIDDEN");
        let stranger = app.user("박강사", Authorizations::of_roles([Role::Lecturer])).await;
        stranger.post(&path, lecture.clone()).await.expect_problem(403, "FORBIDDEN");
        let manager = app.manager().await;
        manager.post(&path, lecture.clone()).await.expect(201);
        manager.post(&format!("/classes/{}/lectures", Uuid::nil()), lecture).await.expect_problem(404, "CLASS_NOT_FOUND");
        assert_eq!(manager.get(&path).await.body["total"], 1);
    }

    async fn a_closed_class_gets_no_more_lectures(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        let lecture = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        manager.post(&format!("/classes/{}/lectures", class.id), lecture).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn every_value_that_is_not_valid_is_named(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let body = json!({
            "title": "", "lecture_date": "3000-01-01T00:00:00Z", "duration_minutes": 1_441,
            "sequence": 0, "place": "x".repeat(201),
        });
        let answer = class.lecturer.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
        let faults = answer.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!(faults, [
            ("/title", "empty"), ("/sequence", "out_of_range"), ("/lecture_date", "out_of_range"),
            ("/duration_minutes", "out_of_range"), ("/place", "too_long"),
        ]);
        for (field, value, code) in [
            ("class_id", json!("x"), "unknown_field"),
            ("created_by", json!("x"), "unknown_field"),
            ("lecture_date", json!("2026-09-08 19:00"), "invalid_format"),
            ("lecture_date", json!("tomorrow"), "invalid_format"),
            ("attendance_type", json!("telepathy"), "not_one_of"),
            ("duration_minutes", json!("60"), "wrong_type"),
        ] {
            let mut body = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
            body[field] = value;
            let answer = class.lecturer.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), code.to_owned())]);
        }
    }

    async fn what_is_read_is_what_was_answered_to_the_microsecond(app) {
        let class = app.class().await;
        let body = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00.123456789Z", "duration_minutes": 60});
        let created = class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201);
        assert_eq!(created.body["lecture_date"], "2026-09-08T10:00:00.123456Z");
        let read = class.lecturer.get(&format!("/lectures/{}", created.id())).await.expect(200);
        assert_eq!(read.body, created.body);
    }

    async fn the_same_request_sent_twice_makes_one_lecture(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let lecture = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        let first = class.lecturer.post_once(&path, "key-1", lecture.clone()).await.expect(201);
        let second = class.lecturer.post_once(&path, "key-1", lecture).await.expect(201);
        assert_eq!((&first.text, first.header("etag")), (&second.text, second.header("etag")));
        assert_eq!(second.header("idempotent-replayed"), "true");
        assert_eq!(class.lecturer.get(&path).await.body["total"], 1);
    }

    async fn adding_a_lecture_costs_five_statements(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let lecture = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60});
        let (made, cost) = app.costed(&class.lecturer, class.lecturer.post(&path, lecture)).await;
        assert_eq!((made.status, cost), (201, 5));
    }
}
