//! `POST /classes/{id}/enrolments`.

use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn a_learner_gets_a_place_from_today_on(app) {
        let class = app.class().await;
        let learner = app.learner("김하늘").await;
        let made = class.lecturer.post(&format!("/classes/{}/enrolments", class.id), json!({"user_id": learner.id})).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/enrolments/{}", made.id()));
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(made.body, json!({
            "id": made.id(), "class_id": class.id, "class_title": null, "user_id": learner.id, "user": null, "role": "learner",
            "enrolled_on": "2026-09-01", "left_on": null, "status": "active", "waiting_place": null, "transferred_from": null,
            "created_at": "2026-09-01T01:00:00Z", "created_by": class.lecturer.id,
            "updated_at": "2026-09-01T01:00:00Z", "updated_by": class.lecturer.id, "version": 1,
        }));
        let seen = learner.get(&format!("/enrolments/{}", made.id())).await.expect(200).body;
        assert_eq!(seen["class_title"], "수채화 기초 1기");
        assert_eq!(seen["user"], json!({"id": learner.id, "username": format!("user-{}", learner.id), "name": "김하늘"}));
    }

    async fn today_is_the_day_in_seoul(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner("김하늘").await;
        // 16:00 in London is 01:00 of the next day in Seoul.
        app.advance(chrono::TimeDelta::hours(15));
        let manager = app.client_of(manager.id).await;
        let made = manager.post(&format!("/classes/{}/enrolments", class.id), json!({"user_id": learner.id})).await.expect(201);
        assert_eq!(made.body["enrolled_on"], "2026-09-02");
    }

    async fn who_teaches_enrols_learners_and_only_managers_say_who_teaches(app) {
        let (manager, class, other) = (app.manager().await, app.class().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}/enrolments", class.id);
        let place = |role: &str| json!({"user_id": Uuid::nil(), "role": role});
        for caller in [&learner, &other.lecturer] {
            caller.post(&path, place("learner")).await.expect_problem(403, "FORBIDDEN");
        }
        for role in ["lecturer", "assistant"] {
            class.lecturer.post(&path, place(role)).await.expect_problem(403, "FORBIDDEN");
        }
        let helper = app.learner("최조교").await;
        helper.get(&path).await.expect_problem(403, "FORBIDDEN");
        manager.post(&path, json!({"user_id": helper.id, "role": "assistant"})).await.expect(201);
        // It holds at once.
        helper.get(&path).await.expect(200);
        let nowhere = format!("/classes/{}/enrolments", Uuid::nil());
        manager.post(&nowhere, place("learner")).await.expect_problem(404, "CLASS_NOT_FOUND");
    }

    async fn what_can_not_be_is_refused_by_its_place(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let id = app.learner("김하늘").await.id;
        for (body, pointer, code) in [
            (json!({}), "/user_id", "missing"),
            (json!({"user_id": "nobody"}), "/user_id", "invalid_format"),
            (json!({"user_id": Uuid::nil()}), "/user_id", "no_such_thing"),
            (json!({"user_id": id, "role": "king"}), "/role", "not_one_of"),
            (json!({"user_id": id, "enrolled_on": "2026-09-01", "left_on": "2026-08-31"}), "/left_on", "reversed"),
            // Today is meant where no day is given.
            (json!({"user_id": id, "left_on": "2026-08-31"}), "/left_on", "reversed"),
            (json!({"user_id": id, "enrolled_on": "0001-01-01"}), "/enrolled_on", "out_of_range"),
            (json!({"user_id": id, "status": "active"}), "/status", "unknown_field"),
        ] {
            let answer = manager.post(&format!("/classes/{}/enrolments", class.id), body.clone()).await;
            assert_eq!(answer.expect_problem(422, "VALIDATION_ERROR").faults(), [(pointer.to_owned(), code.to_owned())], "{body}");
        }
    }

    async fn the_periods_of_a_user_in_a_class_never_overlap(app) {
        let class = app.class().await;
        let learner = app.learner("김하늘").await;
        let enrol = async |from: &str, to: Option<&str>| {
            let place = json!({"user_id": learner.id, "enrolled_on": from, "left_on": to});
            class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await
        };
        enrol("2026-07-01", Some("2026-08-01")).await.expect(201);
        for (from, to) in [
            ("2026-07-01", Some("2026-08-01")),
            ("2026-06-01", Some("2026-07-02")),
            ("2026-07-31", None),
            ("2026-06-01", None),
            ("2026-07-10", Some("2026-07-11")),
        ] {
            enrol(from, to).await.expect_problem(409, "ALREADY_ENROLLED");
        }
        // The day of leaving is the first that is free again.
        enrol("2026-08-01", Some("2026-09-01")).await.expect(201);
        enrol("2026-06-01", Some("2026-07-01")).await.expect(201);
        // Whoever is there as a learner can't teach at the same time.
        let teaches = json!({"user_id": learner.id, "role": "lecturer", "enrolled_on": "2026-08-15"});
        app.manager().await.post(&format!("/classes/{}/enrolments", class.id), teaches).await.expect_problem(409, "ALREADY_ENROLLED");
        // Another class has nothing to do with it.
        let other = app.class().await;
        let place = json!({"user_id": learner.id, "enrolled_on": "2026-07-01"});
        other.lecturer.post(&format!("/classes/{}/enrolments", other.id), place).await.expect(201);
    }

    async fn a_full_class_takes_no_learner_but_still_a_teacher(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        manager.patch(&format!("/classes/{}", class.id), json!({"capacity": 1})).await.expect(200);
        let path = format!("/classes/{}/enrolments", class.id);
        let place = async |name: &str, more: serde_json::Value| {
            let mut body = json!({"user_id": app.learner(name).await.id});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            manager.post(&path, body).await
        };
        let first = place("김하늘", json!({})).await.expect(201).id();
        place("이가을", json!({})).await.expect_problem(409, "CLASS_FULL");
        place("이가을", json!({"enrolled_on": "2026-12-01"})).await.expect_problem(409, "CLASS_FULL");
        place("최조교", json!({"role": "assistant"})).await.expect(201);
        // A place that has ended already takes none today.
        place("박겨울", json!({"enrolled_on": "2026-06-01", "left_on": "2026-07-01"})).await.expect(201);
        manager.delete(&format!("/enrolments/{first}")).await.expect(204);
        place("이가을", json!({})).await.expect(201);
        // Nobody loses a place by a smaller capacity.
        manager.patch(&format!("/classes/{}", class.id), json!({"capacity": 2})).await.expect(200);
        place("정봄", json!({})).await.expect(201);
        manager.patch(&format!("/classes/{}", class.id), json!({"capacity": 1})).await.expect(200);
        assert_eq!(manager.get(&format!("{path}?on=2026-09-01&role=learner")).await.body["total"], 2);
    }

    async fn of_two_who_want_the_last_place_at_once_exactly_one_gets_it(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        manager.patch(&format!("/classes/{}", class.id), json!({"capacity": 1})).await.expect(200);
        let path = format!("/classes/{}/enrolments", class.id);
        let (one, two) = (app.learner("김하늘").await, app.learner("이가을").await);
        let (first, second) = tokio::join!(
            manager.post(&path, json!({"user_id": one.id})),
            manager.post(&path, json!({"user_id": two.id})),
        );
        let (won, lost) = if first.status == 201 { (first, second) } else { (second, first) };
        let won = won.expect(201);
        lost.expect_problem(409, "CLASS_FULL");
        let taken = manager.get(&format!("{path}?role=learner")).await.expect(200);
        assert_eq!((taken.items().len(), taken.items()[0]["id"].clone()), (1, json!(won.id())));
    }

    async fn the_same_place_given_twice_at_once_is_given_once(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let path = format!("/classes/{}/enrolments", class.id);
        let learner = app.learner("김하늘").await;
        let (first, second) = tokio::join!(
            manager.post(&path, json!({"user_id": learner.id})),
            manager.post(&path, json!({"user_id": learner.id})),
        );
        let (won, lost) = if first.status == 201 { (first, second) } else { (second, first) };
        assert_eq!(won.status, 201);
        lost.expect_problem(409, "ALREADY_ENROLLED");
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let path = format!("/classes/{}/enrolments", class.id);
        let (learner, other) = (app.learner("김하늘").await, app.learner("이가을").await);
        let first = manager.post_once(&path, "key-1", json!({"user_id": learner.id})).await.expect(201);
        let second = manager.post_once(&path, "key-1", json!({"user_id": learner.id})).await.expect(201);
        assert_eq!((first.text.as_str(), second.header("idempotent-replayed")), (second.text.as_str(), "true".to_owned()));
        assert_eq!(first.header("location"), second.header("location"));
        manager.post_once(&path, "key-1", json!({"user_id": other.id})).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }

    async fn an_enrolment_is_seen_by_its_user_and_staff_only(app) {
        let (manager, class, other) = (app.manager().await, app.class().await, app.class().await);
        let (me, neighbour) = (app.learner("김하늘").await, app.learner_in(&class, "이가을").await);
        let place = json!({"user_id": me.id});
        let id = manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201).id();
        let path = format!("/enrolments/{id}");
        for caller in [&me, &manager, &class.lecturer] {
            caller.get(&path).await.expect(200);
        }
        for caller in [&neighbour, &other.lecturer] {
            caller.get(&path).await.expect_problem(404, "ENROLMENT_NOT_FOUND");
            caller.patch(&path, json!({})).await.expect_problem(404, "ENROLMENT_NOT_FOUND");
            caller.delete(&path).await.expect_problem(404, "ENROLMENT_NOT_FOUND");
        }
        me.delete(&path).await.expect_problem(403, "FORBIDDEN");
        manager.get(&format!("/enrolments/{}", Uuid::nil())).await.expect_problem(404, "ENROLMENT_NOT_FOUND");
    }
}
