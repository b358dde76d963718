//! `GET …/live`: who is in and who is missing, as it happens.

use chrono::TimeDelta;
use madang_tests::{Events, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::{checked_in, open_lecture};

fn path(lecture: Uuid) -> String {
    format!("/lectures/{lecture}/live")
}

api_test! {
    async fn a_list_is_shown_whole_and_then_as_it_changes(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        checked_in(&app, &class, lecture, &one).await;
        let mut events = Events::of(&class.lecturer, &path(lecture)).await;
        let (_, whole) = events.named("snapshot").await;
        assert_eq!(whole["counts"], json!({"expected": 2, "in": 1, "away": 0, "missing": 1}));
        let learners = whole["learners"].as_array().unwrap();
        assert_eq!((&learners[0]["user"]["name"], &learners[0]["attendance"]["status"]), (&json!("김하늘"), &json!("present")));
        assert_eq!((&learners[1]["user"]["name"], &learners[1]["attendance"]), (&json!("이바다"), &json!(null)));

        let made = checked_in(&app, &class, lecture, &other).await;
        let (_, mark) = events.named("mark").await;
        assert_eq!((&mark["user"]["id"], &mark["counts"]["missing"]), (&json!(other.id), &json!(0)));
        assert_eq!(mark["attendance"], made.body);

        one.post(&format!("/lectures/{lecture}/step-out"), json!({})).await.expect(200);
        let (_, away) = events.named("mark").await;
        assert_eq!((&away["counts"]["away"], &away["counts"]["in"]), (&json!(1), &json!(1)));

        class.lecturer.delete(&format!("/attendances/{}", made.id())).await.expect(204);
        let (_, gone) = events.named("mark").await;
        assert_eq!((&gone["user"]["id"], &gone["attendance"], &gone["counts"]["missing"]), (&json!(other.id), &json!(null), &json!(1)));
    }

    async fn who_comes_back_is_told_what_happened_since(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        let third = app.learner_in(&class, "박나무").await;
        checked_in(&app, &class, lecture, &one).await;
        let (id, _) = Events::of(&class.lecturer, &path(lecture)).await.named("snapshot").await;
        app.advance(TimeDelta::minutes(5));
        checked_in(&app, &class, lecture, &other).await;
        app.advance(TimeDelta::minutes(5));
        let request = class.lecturer.request(Method::GET, &path(lecture)).header("Last-Event-ID", &id);
        let by_query = class.lecturer.request(Method::GET, &format!("{}?last_event_id={id}", path(lecture)));
        for request in [request, by_query] {
            let mut events = Events::from(request.send().await.unwrap());
            let (_, resumed) = events.named("resume").await;
            assert!(resumed["missing"].as_array().unwrap().iter().any(|user| user["id"] == third.id.to_string()));
            let (_, first) = events.named("mark").await;
            let (latest, second) = events.named("mark").await;
            let told: Vec<&Value> = vec![&first["user"]["id"], &second["user"]["id"]];
            assert_eq!(told, [&json!(one.id), &json!(other.id)]);
            assert_eq!(second["counts"], json!({"expected": 3, "in": 2, "away": 0, "missing": 1}));
            assert_eq!(latest, (app.now() - TimeDelta::minutes(5)).timestamp_micros().to_string());
        }
        // Long after the event only what is new is told.
        let request = class.lecturer.request(Method::GET, &path(lecture)).header("Last-Event-ID", app.now().timestamp_micros().to_string());
        let mut events = Events::from(request.send().await.unwrap());
        events.named("resume").await;
        checked_in(&app, &class, lecture, &third).await;
        assert_eq!(events.named("mark").await.1["user"]["id"], third.id.to_string());
    }

    async fn who_comes_back_to_a_server_where_nobody_watches_resumes_too(app) {
        let (class, lecture) = open_lecture(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        checked_in(&app, &class, lecture, &learner).await;
        let id = app.now().timestamp_micros().to_string();
        let request = class.lecturer.request(Method::GET, &path(lecture)).header("Last-Event-ID", id);
        let mut events = Events::from(request.send().await.unwrap());
        assert_eq!(events.named("resume").await.1["learner_ids"], json!([learner.id]));
        assert_eq!(events.named("mark").await.1["user"]["id"], json!(learner.id));
    }

    async fn who_comes_back_is_told_who_left_and_whose_mark_was_removed(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (stays, marked, leaves) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await, app.learner("박나무").await);
        let place = json!({"user_id": leaves.id, "role": "learner", "enrolled_on": "2026-06-01"});
        let place = class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201).id();
        for learner in [&stays, &leaves] {
            checked_in(&app, &class, lecture, learner).await;
        }
        let removed = checked_in(&app, &class, lecture, &marked).await.id();
        let mut others = Events::of(&class.lecturer, &path(lecture)).await;
        let (id, whole) = others.named("snapshot").await;
        assert_eq!(whole["counts"]["in"], json!(3));
        // Somebody else still watches, and shows by what they are told that the list was read since.
        class.lecturer.delete(&format!("/attendances/{removed}")).await.expect(204);
        others.named("mark").await;
        class.lecturer.patch(&format!("/enrolments/{place}"), json!({"left_on": "2026-09-01"})).await.expect(200);
        others.named("left").await;
        let request = class.lecturer.request(Method::GET, &path(lecture)).header("Last-Event-ID", &id);
        let (_, resumed) = Events::from(request.send().await.unwrap()).named("resume").await;
        assert_eq!(resumed["counts"], json!({"expected": 2, "in": 1, "away": 0, "missing": 1}));
        assert_eq!(resumed["learner_ids"], json!([stays.id, marked.id]));
        let missing: Vec<&Value> = resumed["missing"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
        assert_eq!(missing, [&json!(marked.id)]);
    }

    async fn a_browser_comes_in_with_a_ticket_that_works_once(app) {
        let (class, lecture) = open_lecture(&app).await;
        let ticket = class.lecturer.post(&format!("/lectures/{lecture}/live-ticket"), json!({})).await.expect(200);
        let address = format!("{}?ticket={}", path(lecture), ticket.body["ticket"].as_str().unwrap());
        let browser = app.anonymous();
        Events::of(&browser, &address).await.named("snapshot").await;
        browser.get(&address).await.expect_problem(401, "TOKEN_INVALID");
        browser.get(&path(lecture)).await.expect_problem(401, "UNAUTHENTICATED");

        let other = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        let ticket = class.lecturer.post(&format!("/lectures/{lecture}/live-ticket"), json!({})).await.expect(200);
        let ticket = ticket.body["ticket"].as_str().unwrap();
        browser.get(&format!("{}?ticket={ticket}", path(other))).await.expect_problem(401, "TOKEN_INVALID");
        let ticket = class.lecturer.post(&format!("/lectures/{lecture}/live-ticket"), json!({})).await.expect(200);
        app.advance(TimeDelta::seconds(30));
        let ticket = ticket.body["ticket"].as_str().unwrap();
        browser.get(&format!("{}?ticket={ticket}", path(lecture))).await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn a_stream_ends_with_the_sign_in_or_the_right(app) {
        let (class, lecture) = open_lecture(&app).await;
        let mut events = Events::of(&class.lecturer, &path(lecture)).await;
        events.named("snapshot").await;
        app.advance(TimeDelta::minutes(31));
        assert_eq!(events.named("end").await.1["reason"], "signed_out");
        assert!(events.next().await.is_none());

        let manager = app.manager().await;
        let mut events = Events::of(&manager, &path(lecture)).await;
        events.named("snapshot").await;
        app.admin().await.put(&format!("/users/{}/authorizations", manager.id), json!({"roles": ["learner"]})).await.expect(200);
        assert_eq!(events.named("end").await.1["reason"], "forbidden");
    }

    async fn only_staff_of_the_class_watch(app) {
        let (class, lecture) = open_lecture(&app).await;
        for client in [app.learner_in(&class, "김하늘").await, app.class().await.lecturer] {
            client.get(&path(lecture)).await.expect_problem(403, "FORBIDDEN");
            client.post(&format!("/lectures/{lecture}/live-ticket"), json!({})).await.expect_problem(403, "FORBIDDEN");
        }
        class.lecturer.get(&path(class.id)).await.expect_problem(404, "LECTURE_NOT_FOUND");
    }
}
