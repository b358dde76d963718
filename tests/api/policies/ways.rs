//! Moves and approved leave in every figure: explanation, statistics, history, sheet and certification say the same.

use madang_tests::{Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

/// A rate as a fraction.
fn rate(value: &Value) -> Value {
    if value.is_null() {
        json!(null)
    } else {
        json!(format!("{}/{}", value["numerator"], value["denominator"]))
    }
}

async fn explained(client: &Client, class: &TestClass, learner: Uuid) -> Value {
    client.get(&format!("/classes/{}/learners/{learner}/explain", class.id)).await.expect(200).body["assessment"].take()
}

async fn stats(client: &Client, path: &str) -> Value {
    client.get(&format!("{path}/attendance-stats")).await.expect(200).body.clone()
}

/// Lectures of July in the old class and of August in the new one, marked in turn; the learner moves on 1 August.
async fn moved(app: &TestApp, old: &TestClass, new: &TestClass, name: &str) -> Client {
    let manager = app.manager().await;
    let learner = app.learner_in(old, name).await;
    let place = learner.get("/users/me/enrolments").await.items()[0]["id"].as_str().unwrap().to_owned();
    let body = json!({"class_id": new.id, "on": "2026-08-01"});
    manager.post(&format!("/enrolments/{place}/transfer"), body).await.expect(201);
    learner
}

async fn lectures(app: &TestApp, class: &TestClass, days: &[&str]) -> Vec<Uuid> {
    let mut lectures = Vec::new();
    for day in days {
        lectures.push(app.lecture(class, &format!("2026-{day}T01:00:00Z")).await);
    }
    lectures
}

api_test! {
    async fn who_moved_is_counted_over_both_classes_and_the_old_figures_stay(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let july = lectures(&app, &old, &["07-01", "07-08", "08-05"]).await;
        let august = lectures(&app, &new, &["07-02", "08-03", "08-04", "08-05", "08-06", "09-20"]).await;
        let learner = moved(&app, &old, &new, "김하늘").await;
        app.mark(&old, july[0], &learner, "present").await;
        let before = explained(&learner, &old, learner.id).await;
        assert_eq!(rate(&before["rate"]), "1/2");
        for lecture in &august[1..5] {
            app.mark(&new, *lecture, &learner, "present").await;
        }
        assert_eq!(explained(&learner, &old, learner.id).await, before);

        let now = explained(&learner, &new, learner.id).await;
        assert_eq!((rate(&now["rate"]), &now["verdict"]), (json!("5/6"), &json!("met")));
        let lines: Vec<Value> = now["lectures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| json!([line["lecture_id"], line["mark"], line["carried_from"]["class_id"]]))
            .collect();
        let mut expected = vec![json!([july[0], "present", old.id]), json!([july[1], null, old.id])];
        expected.extend(august[1..5].iter().map(|lecture| json!([lecture, "present", null])));
        expected.push(json!([august[5], null, null]));
        assert_eq!(lines, expected);
        let title = manager.get(&format!("/classes/{}", old.id)).await.expect(200).body["title"].clone();
        assert_eq!(now["lectures"][0]["carried_from"], json!({"class_id": old.id, "class_title": title}));

        let of_class = async |class: &TestClass| stats(&manager, &format!("/classes/{}", class.id)).await;
        assert_eq!(rate(&of_class(&new).await["figures"]["rate"]), "5/6");
        assert_eq!(of_class(&new).await["figures"]["recorded"], 5);
        assert_eq!(rate(&of_class(&old).await["figures"]["rate"]), "1/2");
        let course = manager.get(&format!("/classes/{}", old.id)).await.expect(200).body["course_id"].clone();
        let course = course.as_str().unwrap();
        let of_course = stats(&manager, &format!("/courses/{course}")).await;
        assert_eq!((rate(&of_course["figures"]["rate"]), &of_course["figures"]["expected"]), (json!("5/6"), &json!(6)));

        let history = learner.get("/users/me/history").await.expect(200).body;
        assert_eq!(rate(&history["figures"]["rate"]), "5/6");
        let of_class = |class: &TestClass| {
            let mut classes = history["classes"].as_array().unwrap().iter();
            rate(&classes.find(|one| one["class_id"] == json!(class.id)).unwrap()["figures"]["rate"])
        };
        assert_eq!((of_class(&old), of_class(&new)), (json!("1/2"), json!("5/6")));
        let sheet = manager.get(&format!("/classes/{}/attendance-sheet", new.id)).await.expect(200);
        assert!(sheet.text.contains("\"5/6\"") || sheet.text.contains("\"numerator\":5,\"denominator\":6"), "{}", sheet.text);

        // The old class alone would not do.
        let issued = manager.post("/certifications", json!({"user_id": learner.id, "course_id": course})).await.expect(201);
        assert_eq!(issued.body["class_ids"], json!([new.id]));
    }

    async fn who_has_just_moved_brings_a_rate_along(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let july = lectures(&app, &old, &["07-01", "07-08"]).await;
        lectures(&app, &new, &["09-20"]).await;
        let learner = moved(&app, &old, &new, "김하늘").await;
        app.mark(&old, july[1], &learner, "late").await;
        assert_eq!(rate(&explained(&learner, &new, learner.id).await["rate"]), "1/2");
        assert_eq!(rate(&stats(&manager, &format!("/classes/{}", new.id)).await["figures"]["rate"]), "1/2");
    }

    async fn approved_leave_counts_everywhere_until_it_is_taken_back(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let held = lectures(&app, &class, &["08-24", "08-25", "08-26", "08-27"]).await;
        let (learner, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이가을").await);
        for (lecture, status) in [(held[0], "present"), (held[1], "absent"), (held[3], "present")] {
            app.mark(&class, lecture, &learner, status).await;
        }
        app.mark(&class, held[1], &other, "present").await;
        let figures = async || {
            let of_class = stats(&manager, &format!("/classes/{}", class.id)).await;
            let second = of_class["by_lecture"][1]["figures"].clone();
            let of_lecture = stats(&manager, &format!("/lectures/{}", held[1])).await["figures"].clone();
            assert_eq!(of_lecture, second);
            let months = manager.get("/stats/attendance?period=monthly&from=2026-08-01&to=2026-08-31").await.expect(200).body;
            assert_eq!(months["figures"]["counts"], of_class["figures"]["counts"]);
            assert_eq!(rate(&months["figures"]["rate"]), rate(&of_class["figures"]["rate"]));
            let explained = explained(&learner, &class, learner.id).await;
            let history = learner.get("/users/me/history").await.expect(200).body;
            assert_eq!(rate(&history["figures"]["rate"]), rate(&explained["rate"]));
            assert_eq!(history["figures"]["counts"], explained["counts"]);
            json!([rate(&explained["rate"]), rate(&of_class["figures"]["rate"]), rate(&second["rate"]), of_class["figures"]["counts"]["excused"]])
        };
        let before = json!(["2/4", "3/8", "1/2", 0]);
        assert_eq!(figures().await, before);
        let body = json!({"class_id": class.id, "reason": "illness", "first_on": "2026-08-25", "last_on": "2026-08-27"});
        let path = format!("/leave-requests/{}", learner.post("/leave-requests", body).await.expect(201).id());
        assert_eq!(figures().await, before);
        class.lecturer.post(&format!("{path}/approve"), json!({})).await.expect(200);
        // Whoever came in time all the same is present.
        assert_eq!(figures().await, json!(["4/4", "5/8", "2/2", 2]));
        let lines = explained(&learner, &class, learner.id).await["lectures"].take();
        let reasons: Vec<&Value> = lines.as_array().unwrap().iter().map(|line| &line["reason"]).collect();
        assert_eq!(reasons, ["present", "excused_counts_present", "excused_counts_present", "present"]);
        assert_eq!((&lines[1]["mark"], &lines[1]["is_excused"]), (&json!("absent"), &json!(true)));
        class.lecturer.post(&format!("{path}/withdraw"), json!({})).await.expect(200);
        assert_eq!(figures().await, before);
    }

    async fn leave_that_was_approved_in_the_old_class_is_carried_over(app) {
        let old = app.class().await;
        let new = app.sister(&old).await;
        let july = lectures(&app, &old, &["07-01", "07-08"]).await;
        let learner = moved(&app, &old, &new, "김하늘").await;
        app.mark(&old, july[0], &learner, "present").await;
        app.mark(&old, july[1], &learner, "absent").await;
        let body = json!({"class_id": old.id, "user_id": learner.id, "reason": "military", "lecture_ids": [july[1]]});
        let asked = old.lecturer.post("/leave-requests", body).await.expect(201).id();
        old.lecturer.post(&format!("/leave-requests/{asked}/approve"), json!({})).await.expect(200);
        for class in [&old, &new] {
            assert_eq!(rate(&explained(&learner, class, learner.id).await["rate"]), "2/2");
        }
    }

    async fn moves_and_leave_take_as_many_statements_at_any_number(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let july = lectures(&app, &old, &["07-01", "07-08"]).await;
        lectures(&app, &new, &["08-03"]).await;
        // A policy never changes, and a server reads it once.
        manager.get(&format!("/classes/{}/attendance-stats", new.id)).await.expect(200);
        let mut costs = Vec::new();
        for round in 0..3 {
            let learner = moved(&app, &old, &new, &format!("수강생 {round}")).await;
            app.mark(&old, july[0], &learner, "present").await;
            let body = json!({"class_id": old.id, "user_id": learner.id, "reason": "exam", "lecture_ids": [july[1]]});
            let asked = manager.post("/leave-requests", body).await.expect(201).id();
            manager.post(&format!("/leave-requests/{asked}/approve"), json!({})).await.expect(200);
            let mut of_round = Vec::new();
            for path in [format!("/classes/{}/attendance-stats", new.id), format!("/lectures/{}/attendance-stats", july[1])] {
                let (answer, cost) = app.costed(&manager, manager.get(&path)).await;
                assert_eq!(answer.status, 200);
                of_round.push(cost);
            }
            costs.push(of_round);
        }
        assert_eq!((&costs[1], &costs[2]), (&costs[0], &costs[0]));
        // One more than five, because the caller is looked up as well.
        assert!(costs[0].iter().all(|cost| *cost <= 6), "{costs:?}");
    }
}
