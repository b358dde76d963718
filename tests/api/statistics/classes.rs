//! `GET /lectures|classes|courses/{id}/attendance-stats`: who is counted, and when.

use chrono::TimeDelta;
use madang_tests::{Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::brief;

/// Past lectures, on Tuesdays at 10:00 in Seoul.
const JUNE: &str = "2026-06-09T01:00:00Z";
const JULY: &str = "2026-07-07T01:00:00Z";
const AUGUST: &str = "2026-08-04T01:00:00Z";

async fn learner_from(app: &TestApp, class: &TestClass, place: Value) -> Client {
    let learner = app.learner("김하늘").await;
    let mut place = place;
    place["user_id"] = json!(learner.id);
    class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
    learner
}

async fn of_lecture(class: &TestClass, lecture: Uuid) -> Value {
    let stats = class.lecturer.get(&format!("/lectures/{lecture}/attendance-stats")).await.expect(200);
    brief(&stats.body["figures"])
}

async fn of_class(class: &TestClass) -> Value {
    let stats = class.lecturer.get(&format!("/classes/{}/attendance-stats", class.id)).await.expect(200);
    brief(&stats.body["figures"])
}

api_test! {
    async fn a_lecture_tells_its_counts_its_rate_and_the_rule_that_made_it(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, JUNE).await;
        for status in ["present", "present", "late", "early_leave", "excused", "absent"] {
            let learner = app.learner_in(&class, "김하늘").await;
            app.mark(&class, lecture, &learner, status).await;
        }
        app.learner_in(&class, "박바다").await;
        let stats = class.lecturer.get(&format!("/lectures/{lecture}/attendance-stats")).await.expect(200);
        let expected = json!({
            "lecture_id": lecture,
            "title": "차시",
            "sequence": 1,
            "lecture_date": JUNE,
            "class_id": class.id,
            "figures": {
                "counts": {"present": 2, "late": 1, "early_leave": 1, "excused": 1, "absent": 1},
                "recorded": 6,
                "expected": 7,
                "unmarked": 1,
                "lectures": 1,
                "rate": {
                    "numerator": 5,
                    "denominator": 7,
                    "percent": "71.4",
                    "rule": {"policy_id": "00000000-0000-7000-8000-000000000080", "name": "lecture-80", "version": 1, "title": "차시 기준 80%"},
                },
            },
            "as_of": "2026-09-01T01:00:00Z",
        });
        assert_eq!(stats.body, expected);
    }

    async fn late_joiners_and_leavers_count_over_their_own_lectures_only(app) {
        let class = app.class().await;
        let mut lectures = Vec::new();
        for starts_at in [JUNE, JULY, AUGUST] {
            lectures.push(app.lecture(&class, starts_at).await);
        }
        let early = learner_from(&app, &class, json!({"enrolled_on": "2026-06-01", "left_on": "2026-07-07"})).await;
        let late = learner_from(&app, &class, json!({"enrolled_on": "2026-07-08"})).await;
        app.mark(&class, lectures[0], &early, "present").await;
        app.mark(&class, lectures[2], &late, "absent").await;
        // Who leaves on the day of a lecture is not expected at it any more.
        assert_eq!(of_lecture(&class, lectures[0]).await, json!([1, 1, 0, 1, "1/1"]));
        assert_eq!(of_lecture(&class, lectures[1]).await, json!([0, 0, 0, 0, null]));
        assert_eq!(of_lecture(&class, lectures[2]).await, json!([1, 1, 0, 1, "0/1"]));
        assert_eq!(of_class(&class).await, json!([2, 2, 0, 2, "1/2"]));
    }

    async fn a_learner_who_is_moved_keeps_every_mark_in_both_classes(app) {
        let (manager, from) = (app.manager().await, app.class().await);
        let to = app.sister(&from).await;
        let before = app.lecture(&from, JUNE).await;
        let after = [app.lecture(&from, AUGUST).await, app.lecture(&to, AUGUST).await];
        let learner = app.learner_in(&from, "김하늘").await;
        let other = app.learner_in(&from, "박바다").await;
        app.mark(&from, before, &learner, "late").await;
        app.mark(&from, before, &other, "present").await;
        let unmoved = of_lecture(&from, before).await;

        let places = manager.get(&format!("/classes/{}/enrolments?role=learner&sort=created_at", from.id)).await.expect(200);
        let place = places.items()[0]["id"].as_str().unwrap();
        let transfer = json!({"class_id": to.id, "on": "2026-07-15"});
        manager.post(&format!("/enrolments/{place}/transfer"), transfer).await.expect(201);
        app.mark(&to, after[1], &learner, "present").await;

        assert_eq!(of_lecture(&from, before).await, unmoved);
        assert_eq!(of_lecture(&from, after[0]).await, json!([0, 1, 1, 1, null]));
        assert_eq!(of_lecture(&to, after[1]).await, json!([1, 1, 0, 1, "1/1"]));
        assert_eq!(of_class(&from).await, json!([2, 3, 1, 2, "2/3"]));
    }

    async fn without_a_mark_there_is_no_rate_and_not_nought(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, JUNE).await;
        assert_eq!(of_lecture(&class, lecture).await, json!([0, 0, 0, 0, null]));
        app.learner_in(&class, "김하늘").await;
        assert_eq!(of_lecture(&class, lecture).await, json!([0, 1, 1, 1, null]));
        assert_eq!(of_class(&class).await, json!([0, 1, 1, 1, null]));
    }

    async fn a_lecture_counts_from_the_moment_at_which_it_begins(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-09-01T01:30:00Z").await;
        app.mark(&class, lecture, &learner, "present").await;
        assert_eq!(of_lecture(&class, lecture).await, json!([0, 0, 0, 0, null]));
        assert_eq!(of_class(&class).await, json!([0, 0, 0, 0, null]));
        app.advance(TimeDelta::minutes(30));
        assert_eq!(of_lecture(&class, lecture).await, json!([1, 1, 0, 1, "1/1"]));
        assert_eq!(of_class(&class).await, json!([1, 1, 0, 1, "1/1"]));
    }

    async fn staff_of_a_class_are_never_expected(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, JUNE).await;
        let manager = app.manager().await;
        let assistant = app.learner("최나무").await;
        let place = json!({"user_id": assistant.id, "role": "assistant", "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        assert_eq!(of_lecture(&class, lecture).await, json!([0, 0, 0, 0, null]));
    }

    async fn a_course_adds_up_its_classes_and_names_each(app) {
        let manager = app.manager().await;
        let class = app.class().await;
        let second = json!({"title": "수채화 기초 2기", "begin_date": "2026-07-01", "end_date": "2026-12-31"});
        let id = manager.post(&format!("/courses/{}/classes", class.course), second).await.expect(201).id();
        let second = TestClass { course: class.course, id, lecturer: manager.clone() };
        for (class, status) in [(&second, "present"), (&class, "absent")] {
            let lecture = app.lecture(class, AUGUST).await;
            let learner = app.learner_in(class, "김하늘").await;
            app.mark(class, lecture, &learner, status).await;
        }
        let stats = manager.get(&format!("/courses/{}/attendance-stats", class.course)).await.expect(200);
        assert_eq!(brief(&stats.body["figures"]), json!([2, 2, 0, 2, "1/2"]));
        let by_class: Vec<(&Value, Value)> =
            stats.body["by_class"].as_array().unwrap().iter().map(|one| (&one["title"], brief(&one["figures"]))).collect();
        let expected = [
            (&json!("수채화 기초 1기"), json!([1, 1, 0, 1, "0/1"])),
            (&json!("수채화 기초 2기"), json!([1, 1, 0, 1, "1/1"])),
        ];
        assert_eq!(by_class, expected);
    }
}
