//! `GET /stats/completions`, `/stats/overview`, `/courses/{id}/class-comparison`, `/classes/{id}/learner-stats`, and unmarked lectures.

use madang_tests::{TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

/// Ten lectures that were held, four that are to come, and learners: one always there, one with two absences, one who missed half,
/// one who left, and one of whom nothing is recorded.
async fn room(app: &TestApp) -> (TestClass, Vec<Uuid>) {
    let class = app.class().await;
    let mut lectures = Vec::new();
    for day in ["06-02", "06-09", "06-16", "06-23", "06-30", "07-07", "07-14", "07-21", "07-28", "08-04"] {
        lectures.push(app.lecture(&class, &format!("2026-{day}T01:00:00Z")).await);
    }
    for day in ["10-06", "10-13", "10-20", "10-27"] {
        app.lecture(&class, &format!("2026-{day}T01:00:00Z")).await;
    }
    let always = app.learner_in(&class, "가람").await;
    let twice = app.learner_in(&class, "나래").await;
    let half = app.learner_in(&class, "다솜").await;
    let left = app.learner("라온").await;
    let place = json!({"user_id": left.id, "enrolled_on": "2026-06-01", "left_on": "2026-06-20"});
    class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
    app.learner_in(&class, "마루").await;
    for (number, lecture) in lectures.iter().enumerate() {
        app.mark(&class, *lecture, &always, "present").await;
        app.mark(&class, *lecture, &twice, if number >= 8 { "absent" } else { "present" }).await;
        app.mark(&class, *lecture, &half, if number % 2 == 0 { "present" } else { "absent" }).await;
    }
    (class, lectures)
}

fn counts(counts: &Value) -> Value {
    let one = |name: &str| counts[name].clone();
    json!([
        one("enrolled"),
        one("active"),
        one("at_risk"),
        one("unreachable"),
        one("meets_policy"),
        one("certified"),
        one("dropped"),
        one("unrated")
    ])
}

api_test! {
    async fn the_dashboard_counts_how_far_learners_are(app) {
        let (class, _) = room(&app).await;
        let other = app.class().await;
        app.learner_in(&other, "김하늘").await;
        let manager = app.manager().await;
        let expected = json!([5, 4, 1, 1, 2, 0, 1, 2]);
        let path = format!("/stats/completions?course_id={}", class.course);
        let body = manager.get(&path).await.expect(200).body;
        assert_eq!(counts(&body["total"]), expected, "{body}");
        assert_eq!((&body["behind"], &body["as_of"]), (&json!(0), &json!("2026-09-01T01:00:00Z")));
        assert_eq!(counts(&body["by_course"][0]["by_class"][0]["counts"]), expected);
        let funnel: Vec<(&Value, &Value)> =
            body["total"]["funnel"].as_array().unwrap().iter().map(|one| (&one["step"], &one["learners"])).collect();
        let steps = [("enrolled", 5), ("stayed", 4), ("meets_policy", 2), ("eligible", 2), ("certified", 0)].map(|(step, count)| (json!(step), json!(count)));
        assert_eq!(funnel, steps.iter().map(|(step, count)| (step, count)).collect::<Vec<_>>());
        let bands: Vec<&Value> = body["total"]["histogram"].as_array().unwrap().iter().map(|one| &one["learners"]).collect();
        assert_eq!(json!(bands), json!([0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1]));

        let certificate = json!({"course_id": class.course, "user_id": manager.get(&format!("/classes/{}/learner-stats", class.id)).await.expect(200).body["learners"][0]["user"]["id"]});
        manager.post("/certifications", certificate).await.expect(201);
        app.keep_up().await;
        let body = manager.get(&path).await.expect(200).body;
        assert_eq!((&body["total"]["certified"], &body["total"]["time_to_certificate"]["median_days"]), (&json!(1), &json!(92)));
        for filter in [format!("class_id={}", class.id), format!("lecturer_id={}", class.lecturer.id)] {
            let body = manager.get(&format!("/stats/completions?{filter}")).await.expect(200).body;
            assert_eq!(body["total"]["enrolled"], 5, "{filter}");
        }
        assert_eq!(manager.get("/stats/completions").await.expect(200).body["total"]["classes"], 2);
        assert_eq!(manager.get("/stats/completions?keyword=없음").await.expect(200).body["by_course"], json!([]));
        let nowhere = format!("/stats/completions?class_id={}", Uuid::from_u128(7));
        manager.get(&nowhere).await.expect_problem(404, "CLASS_NOT_FOUND");
    }

    async fn learners_are_told_one_by_one_with_their_last_day_and_absences_in_a_row(app) {
        let (class, _) = room(&app).await;
        let path = format!("/classes/{}/learner-stats", class.id);
        let before = class.lecturer.get(&path).await.expect(200).body;
        let brief: Vec<Value> = before["learners"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| json!([one["user"]["name"], one["verdict"], one["absences_in_a_row"], one["last_attended_on"], one["unreachable_since"].is_null()]))
            .collect();
        assert_eq!(json!(brief), json!([
            ["가람", "met", 0, "2026-08-04", true],
            ["나래", "met", 2, "2026-07-21", true],
            ["다솜", "not_met", 1, "2026-07-28", false],
            ["라온", "undecided", 0, null, true],
            ["마루", "undecided", 0, null, true],
        ]));
        // What is kept says the same as what is assessed as it is read.
        app.keep_up().await;
        assert_eq!(class.lecturer.get(&path).await.expect(200).body, before);
    }

    async fn the_classes_of_a_course_stand_side_by_side(app) {
        let (class, _) = room(&app).await;
        let sister = app.sister(&class).await;
        let manager = app.manager().await;
        let body = manager.get(&format!("/courses/{}/class-comparison", class.course)).await.expect(200).body;
        let classes = body["classes"].as_array().unwrap();
        assert_eq!(classes.len(), 2);
        let of = |id: Uuid| classes.iter().find(|one| one["class_id"] == json!(id)).unwrap();
        let figures = manager.get(&format!("/classes/{}/attendance-stats", class.id)).await.expect(200).body["figures"].clone();
        assert_eq!(of(class.id)["figures"], figures);
        assert_eq!((counts(&of(class.id)["counts"])[0].clone(), counts(&of(sister.id)["counts"])[0].clone()), (json!(5), json!(0)));
        class.lecturer.get(&format!("/courses/{}/class-comparison", class.course)).await.expect_problem(403, "FORBIDDEN");
    }

    async fn the_overview_compares_four_weeks_with_the_four_before(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        for (day, status) in [("07-14", "absent"), ("07-21", "present"), ("08-11", "present"), ("08-18", "present")] {
            let lecture = app.lecture(&class, &format!("2026-{day}T01:00:00Z")).await;
            app.mark(&class, lecture, &learner, status).await;
        }
        let manager = app.manager().await;
        let behind = manager.get("/stats/overview").await.expect(200).body;
        assert_eq!(behind["behind"], 1);
        app.keep_up().await;
        let body = manager.get("/stats/overview").await.expect(200).body;
        assert_eq!((&body["behind"], &body["running_classes"], &body["change_points"]), (&json!(0), &json!(1), &json!("+50.0")));
        assert_eq!((&body["recent"]["rate"]["percent"], &body["before"]["rate"]["percent"]), (&json!("100.0"), &json!("50.0")));
        assert_eq!(body["completions"]["active"], 1);
        learner.get("/stats/overview").await.expect_problem(403, "FORBIDDEN");
    }

    async fn lecturers_see_which_of_their_lectures_nobody_has_marked(app) {
        let (class, other) = (app.class().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        app.learner_in(&other, "박바다").await;
        let marked = app.lecture(&class, "2026-08-18T01:00:00Z").await;
        let unmarked = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let elsewhere = app.lecture(&other, "2026-08-26T01:00:00Z").await;
        app.lecture(&class, "2026-09-08T01:00:00Z").await;
        app.mark(&class, marked, &learner, "present").await;
        let ids = |body: &Value| json!(body["lectures"].as_array().unwrap().iter().map(|one| &one["lecture_id"]).collect::<Vec<_>>());
        for _ in 0..2 {
            let own = class.lecturer.get("/users/me/unmarked-lectures").await.expect(200).body;
            assert_eq!(ids(&own), json!([unmarked]));
            assert_eq!((&own["lectures"][0]["expected"], &own["lectures"][0]["unmarked"]), (&json!(1), &json!(1)));
            let all = app.manager().await.get("/stats/unmarked-lectures").await.expect(200).body;
            assert_eq!(ids(&all), json!([elsewhere, unmarked]));
            app.keep_up().await;
        }
        class.lecturer.get("/stats/unmarked-lectures").await.expect_problem(403, "FORBIDDEN");
        app.mark(&class, unmarked, &learner, "absent").await;
        assert_eq!(ids(&class.lecturer.get("/users/me/unmarked-lectures").await.expect(200).body), json!([]));
    }

    async fn admins_see_how_the_counters_stand_and_have_them_remade(app) {
        let (_, lectures) = room(&app).await;
        let admin = app.admin().await;
        let state = admin.get("/admin/stats").await.expect(200).body;
        assert!(state["noted"].as_u64().unwrap() > 0, "{state}");
        let operation = admin.post("/admin/statistics/rebuild", json!({})).await.expect(202);
        let path = format!("/operations/{}", operation.id());
        let mut followed = admin.get(&path).await.expect(200).body;
        while followed["status"] == "queued" || followed["status"] == "running" {
            followed = admin.get(&path).await.expect(200).body;
        }
        assert_eq!((&followed["status"], &followed["result"]), (&json!("succeeded"), &json!({"classes": 1})), "{followed}");
        let state = admin.get("/admin/stats").await.expect(200).body;
        assert_eq!(state, json!({"noted": 0, "lectures": lectures.len() + 4, "classes": 1, "unassessed": 0}));
        app.manager().await.post("/admin/statistics/rebuild", json!({})).await.expect_problem(403, "FORBIDDEN");
    }
}
