//! `GET /users/{id}/history` and `GET /users/me/history`.

use madang_tests::{api_test, json};

use super::brief;

api_test! {
    async fn a_learner_sees_every_class_with_the_rate_and_the_verdict(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        for (day, status) in [("02", "present"), ("09", "late"), ("16", "excused"), ("23", "present"), ("30", "absent")] {
            let lecture = app.lecture(&class, &format!("2026-06-{day}T01:00:00Z")).await;
            app.mark(&class, lecture, &learner, status).await;
        }
        let body = learner.get("/users/me/history").await.expect(200).body;
        assert_eq!((&body["user_id"], &body["as_of"]), (&json!(learner.id), &json!("2026-09-01T01:00:00Z")));
        assert_eq!(brief(&body["figures"]), json!([5, 5, 0, 5, "4/5"]));
        let mut only = body["classes"][0].clone();
        assert_eq!(only["figures"].take()["rate"]["percent"], "80.0");
        let expected = json!({
            "course_id": class.course,
            "course_title": "수채화 기초",
            "class_id": class.id,
            "class_title": "수채화 기초 1기",
            "begin_date": "2026-06-01",
            "end_date": "2026-12-31",
            "enrolled_on": "2026-06-01",
            "left_on": null,
            "figures": null,
            "verdict": "met",
            "absences_in_a_row": 1,
            "last_attended_on": "2026-06-23",
            "certification_id": null,
        });
        assert_eq!(only, expected);
        assert_eq!(app.manager().await.get(&format!("/users/{}/history", learner.id)).await.expect(200).body, body);
    }

    async fn a_certification_stands_beside_the_classes_that_it_rests_on(app) {
        let manager = app.manager().await;
        let (certified, other) = (app.class().await, app.class().await);
        let learner = app.learner_in(&certified, "김하늘").await;
        let place = json!({"user_id": learner.id, "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{}/enrolments", other.id), place).await.expect(201);
        let lecture = app.lecture(&certified, "2026-06-09T01:00:00Z").await;
        app.mark(&certified, lecture, &learner, "present").await;
        let certificate = json!({"course_id": certified.course, "user_id": learner.id});
        let id = manager.post("/certifications", certificate).await.expect(201).id();
        let body = learner.get("/users/me/history").await.expect(200).body;
        let of = |class| {
            let classes = body["classes"].as_array().unwrap();
            classes.iter().find(|one| one["class_id"] == json!(class)).unwrap()
        };
        assert_eq!((&of(certified.id)["certification_id"], &of(certified.id)["verdict"]), (&json!(id), &json!("met")));
        assert_eq!((&of(other.id)["certification_id"], &of(other.id)["verdict"]), (&json!(null), &json!("undecided")));
    }

    async fn who_left_and_came_back_counts_over_both_periods(app) {
        let class = app.class().await;
        let learner = app.learner("김하늘").await;
        for (enrolled_on, left_on) in [("2026-06-01", json!("2026-06-10")), ("2026-07-01", json!(null))] {
            let place = json!({"user_id": learner.id, "enrolled_on": enrolled_on, "left_on": left_on});
            class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        }
        for day in ["06-09", "06-16", "07-07"] {
            app.lecture(&class, &format!("2026-{day}T01:00:00Z")).await;
        }
        let body = learner.get("/users/me/history").await.expect(200).body;
        let classes = body["classes"].as_array().unwrap();
        assert_eq!(classes.len(), 1);
        assert_eq!((&classes[0]["enrolled_on"], &classes[0]["left_on"]), (&json!("2026-06-01"), &json!(null)));
        assert_eq!(brief(&classes[0]["figures"]), json!([0, 2, 2, 2, null]));
    }

    async fn somebody_who_never_took_a_class_has_an_empty_history(app) {
        let learner = app.learner("김하늘").await;
        let body = learner.get("/users/me/history").await.expect(200).body;
        assert_eq!((&body["classes"], brief(&body["figures"])), (&json!([]), json!([0, 0, 0, 0, null])));
    }
}
