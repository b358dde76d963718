//! `POST /enrolments/{id}/transfer`.

use madang_tests::{Client, TestApp, TestClass, api_test, json};
use uuid::Uuid;

/// A new learner's place in a class from 1 June 2026 on.
async fn place(app: &TestApp, class: &TestClass, name: &str) -> (Client, String) {
    let learner = app.learner_in(class, name).await;
    let id = learner.get("/users/me/enrolments").await.items()[0]["id"].as_str().unwrap().to_owned();
    (learner, format!("/enrolments/{id}"))
}

api_test! {
    async fn the_old_place_ends_where_the_new_one_begins_and_marks_stay(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (learner, path) = place(&app, &old, "김하늘").await;
        let lecture = app.lecture(&old, "2026-07-01T10:00:00Z").await;
        let mark = app.mark(&old, lecture, &learner, "present").await;

        let moved = manager.post(&format!("{path}/transfer"), json!({"class_id": new.id, "on": "2026-08-01"})).await.expect(201);
        let (from, to) = (&moved.body["from"], &moved.body["to"]);
        assert_eq!(
            (&from["class_id"], &from["enrolled_on"], &from["left_on"], &from["status"], &from["version"]),
            (&json!(old.id), &json!("2026-06-01"), &json!("2026-08-01"), &json!("transferred"), &json!(2))
        );
        assert_eq!(
            (&to["class_id"], &to["enrolled_on"], &to["left_on"], &to["status"], &to["role"]),
            (&json!(new.id), &json!("2026-08-01"), &json!(null), &json!("active"), &json!("learner"))
        );
        assert_eq!((&from["transferred_from"], &to["transferred_from"]), (&json!(null), &from["id"]));
        assert_eq!(moved.header("location"), format!("/api/v1/enrolments/{}", to["id"].as_str().unwrap()));
        learner.get(moved.header("location").trim_start_matches("/api/v1")).await.expect(200);
        let kept = old.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
        assert_eq!(kept.items().len(), 1);
        assert_eq!((&kept.items()[0]["id"], &kept.items()[0]["status"]), (&mark["id"], &json!("present")));
    }

    async fn without_a_day_today_is_meant(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (_, path) = place(&app, &old, "김하늘").await;
        let moved = manager.post(&format!("{path}/transfer"), json!({"class_id": new.id})).await.expect(201);
        assert_eq!((&moved.body["from"]["left_on"], &moved.body["to"]["enrolled_on"]), (&json!("2026-09-01"), &json!("2026-09-01")));
    }

    async fn a_transfer_that_can_not_be_leaves_everything_as_it_was(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (learner, path) = place(&app, &old, "김하늘").await;
        let transfer = async |client: &Client, body: serde_json::Value| client.post(&format!("{path}/transfer"), body).await;
        let into = |id: Uuid| json!({"class_id": id});
        transfer(&manager, into(old.id)).await.expect_problem(409, "SAME_CLASS");
        transfer(&manager, into(Uuid::nil())).await.expect_problem(404, "CLASS_NOT_FOUND");
        for (body, pointer, code) in [
            (json!({"class_id": new.id, "on": "2026-05-31"}), "/on", "reversed"),
            (json!({"class_id": new.id, "on": "1000-01-01"}), "/on", "out_of_range"),
            (json!({"on": "2026-09-01"}), "/class_id", "missing"),
            (json!({"class_id": new.id, "user_id": learner.id}), "/user_id", "unknown_field"),
        ] {
            let answer = transfer(&manager, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
        // Who teaches the one class does not decide for the other; a learner decides for none.
        transfer(&old.lecturer, into(new.id)).await.expect_problem(403, "FORBIDDEN");
        transfer(&new.lecturer, into(new.id)).await.expect_problem(404, "ENROLMENT_NOT_FOUND");
        transfer(&learner, into(new.id)).await.expect_problem(403, "FORBIDDEN");
        let mine = learner.get("/users/me/enrolments").await.expect(200);
        assert_eq!((mine.items().len(), &mine.items()[0]["status"], &mine.items()[0]["version"]), (1, &json!("active"), &json!(1)));
    }

    async fn a_full_class_and_one_where_the_learner_is_already_take_nobody_in(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (learner, path) = place(&app, &old, "김하늘").await;
        manager.patch(&format!("/classes/{}", new.id), json!({"capacity": 1})).await.expect(200);
        let (_, other) = place(&app, &new, "이가을").await;
        let body = json!({"class_id": new.id});
        manager.post(&format!("{path}/transfer"), body.clone()).await.expect_problem(409, "CLASS_FULL");
        manager.delete(&other).await.expect(204);
        let there = json!({"user_id": learner.id, "enrolled_on": "2026-10-01"});
        manager.patch(&format!("/classes/{}", new.id), json!({"capacity": 5})).await.expect(200);
        manager.post(&format!("/classes/{}/enrolments", new.id), there).await.expect(201);
        manager.post(&format!("{path}/transfer"), body).await.expect_problem(409, "ALREADY_ENROLLED");
        assert_eq!(learner.get(&path).await.body["status"], "active");
    }

    async fn a_place_that_has_ended_does_not_move(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (_, path) = place(&app, &old, "김하늘").await;
        manager.delete(&path).await.expect(204);
        manager.post(&format!("{path}/transfer"), json!({"class_id": new.id})).await.expect_problem(409, "ENROLMENT_ENDED");
    }

    async fn two_who_change_places_at_once_both_get_through(app) {
        let (manager, one) = (app.manager().await, app.class().await);
        let two = app.sister(&one).await;
        for _ in 0..5 {
            let ((_, there), (_, back)) = (place(&app, &one, "김하늘").await, place(&app, &two, "이가을").await);
            let (there, back) = (format!("{there}/transfer"), format!("{back}/transfer"));
            let (first, second) = tokio::join!(
                manager.post(&there, json!({"class_id": two.id})),
                manager.post(&back, json!({"class_id": one.id})),
            );
            assert_eq!((first.status, second.status), (201, 201), "{} {}", first.text, second.text);
        }
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (learner, path) = place(&app, &old, "김하늘").await;
        let path = format!("{path}/transfer");
        let first = manager.post_once(&path, "key-1", json!({"class_id": new.id})).await.expect(201);
        let second = manager.post_once(&path, "key-1", json!({"class_id": new.id})).await.expect(201);
        assert_eq!((first.text.as_str(), second.header("idempotent-replayed")), (second.text.as_str(), "true".to_owned()));
        assert_eq!(learner.get("/users/me/enrolments").await.body["total"], 2);
        let other = json!({"class_id": new.id, "on": "2026-09-02"});
        manager.post_once(&path, "key-1", other).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }

    async fn a_place_moves_within_its_course_only(app) {
        let (manager, old, strange) = (app.manager().await, app.class().await, app.class().await);
        let (learner, path) = place(&app, &old, "김하늘").await;
        manager.post(&format!("{path}/transfer"), json!({"class_id": strange.id})).await.expect_problem(409, "OTHER_COURSE");
        assert_eq!(learner.get(&path).await.body["status"], "active");
    }

    async fn no_move_takes_a_mark_out_of_the_figures(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (learner, path) = place(&app, &old, "김하늘").await;
        let marked = app.lecture(&old, "2026-08-10T01:00:00Z").await;
        app.lecture(&old, "2026-08-20T01:00:00Z").await;
        app.mark(&old, marked, &learner, "present").await;
        let figures = async || old.lecturer.get(&format!("/lectures/{marked}/attendance-stats")).await.expect(200).body;
        let before = figures().await;
        let path = format!("{path}/transfer");
        for day in ["2026-06-01", "2026-08-10"] {
            let refused = manager.post(&path, json!({"class_id": new.id, "on": day})).await.expect_problem(409, "PAST_WOULD_CHANGE");
            assert!(refused.text.contains("2026-08-11"), "{}", refused.text);
        }
        manager.post(&path, json!({"class_id": new.id, "on": "2026-08-11"})).await.expect(201);
        assert_eq!(figures().await, before);
    }

    async fn a_lecture_of_today_that_has_begun_stays_behind(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (learner, path) = place(&app, &old, "김하늘").await;
        let today = app.lecture(&old, "2026-09-01T00:00:00Z").await;
        app.lecture(&old, "2026-09-01T09:00:00Z").await;
        app.mark(&old, today, &learner, "present").await;
        let moved = manager.post(&format!("{path}/transfer"), json!({"class_id": new.id})).await.expect(201);
        assert_eq!((&moved.body["from"]["left_on"], &moved.body["to"]["enrolled_on"]), (&json!("2026-09-02"), &json!("2026-09-02")));
    }

    async fn a_manager_moves_somebody_beyond_the_capacity(app) {
        let (manager, admin, old) = (app.manager().await, app.admin().await, app.class().await);
        let new = app.sister(&old).await;
        let (_, path) = place(&app, &old, "김하늘").await;
        manager.patch(&format!("/classes/{}", new.id), json!({"capacity": 1})).await.expect(200);
        place(&app, &new, "이가을").await;
        let body = json!({"class_id": new.id});
        manager.post(&format!("{path}/transfer"), body.clone()).await.expect_problem(409, "CLASS_FULL");
        let moved = manager.post(&format!("{path}/transfer?over_capacity=true"), body).await.expect(201);
        let log = admin.get(&format!("/admin/audit-log?entity_id={}", moved.body["to"]["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(log.items()[0]["reason"], "over_capacity");
    }

    async fn a_place_left_by_a_move_goes_to_the_first_who_waits(app) {
        let (manager, old) = (app.manager().await, app.class().await);
        let new = app.sister(&old).await;
        let (mover, path) = place(&app, &old, "김하늘").await;
        manager.patch(&format!("/classes/{}", old.id), json!({"capacity": 1})).await.expect(200);
        let waits = app.learner("이가을").await;
        let queued = manager.post(&format!("/classes/{}/enrolments?wait=true", old.id), json!({"user_id": waits.id})).await.expect(201);
        manager.post(&format!("{path}/transfer"), json!({"class_id": new.id, "on": "2026-10-01"})).await.expect(201);
        let served = waits.get(&format!("/enrolments/{}", queued.id())).await.expect(200).body;
        assert_eq!((&served["status"], &served["enrolled_on"]), (&json!("active"), &json!("2026-10-01")));
        assert_eq!(mover.get("/users/me/enrolments").await.body["total"], 2);
        // Who waits has nothing yet that could be moved.
        let third = app.learner("박겨울").await;
        let queued = manager.post(&format!("/classes/{}/enrolments?wait=true", old.id), json!({"user_id": third.id})).await.expect(201);
        let path = format!("/enrolments/{}/transfer", queued.id());
        manager.post(&path, json!({"class_id": new.id})).await.expect_problem(409, "ENROLMENT_WAITING");
    }
}
