//! The waiting list of a class: `?wait=true`, `?over_capacity=true`, and who is served when.

use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

/// A class for this many learners.
async fn small_class(app: &TestApp, capacity: i32) -> TestClass {
    let class = app.class().await;
    let path = format!("/classes/{}", class.id);
    app.manager().await.patch(&path, json!({"capacity": capacity})).await.expect(200);
    class
}

/// A new learner who gets a place, or waits for one.
async fn comes(app: &TestApp, class: &TestClass, name: &str) -> (Client, Answer) {
    let learner = app.learner(name).await;
    let path = format!("/classes/{}/enrolments?wait=true", class.id);
    let made = class.lecturer.post(&path, json!({"user_id": learner.id})).await.expect(201);
    (learner, made)
}

async fn seen(client: &Client, place: Uuid) -> (Value, Value, Value, Value) {
    let body = client.get(&format!("/enrolments/{place}")).await.expect(200).body;
    (
        body["status"].clone(),
        body["waiting_place"].clone(),
        body["enrolled_on"].clone(),
        body["left_on"].clone(),
    )
}

fn active_from(day: &str) -> (Value, Value, Value, Value) {
    (json!("active"), json!(null), json!(day), json!(null))
}

fn waits_at(place: u64) -> (Value, Value, Value, Value) {
    (json!("waiting"), json!(place), json!("2026-09-01"), json!("2026-09-01"))
}

api_test! {
    async fn who_finds_a_full_class_waits_in_the_order_of_coming(app) {
        let class = small_class(&app, 1).await;
        let (_, first) = comes(&app, &class, "김하늘").await;
        assert_eq!((&first.body["status"], &first.body["waiting_place"]), (&json!("active"), &json!(null)));
        let (second, place) = comes(&app, &class, "이가을").await;
        assert_eq!((&place.body["status"], &place.body["waiting_place"]), (&json!("waiting"), &json!(1)));
        let (third, last) = comes(&app, &class, "박겨울").await;
        assert_eq!(seen(&second, place.id()).await, waits_at(1));
        assert_eq!(seen(&third, last.id()).await, waits_at(2));
        let queue = class.lecturer.get(&format!("/classes/{}/enrolments?status=waiting&sort=created_at", class.id)).await.expect(200);
        let places: Vec<_> = queue.items().iter().map(|one| (one["user_id"].clone(), one["waiting_place"].clone())).collect();
        assert_eq!(places, [(json!(second.id), json!(1)), (json!(third.id), json!(2))]);
        // Who waits is not in the class yet: no mark, no figure.
        let lecture = app.lecture(&class, "2026-09-01T00:00:00Z").await;
        let mark = json!({"user_id": second.id, "status": "present"});
        class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect_problem(422, "NOT_ENROLLED");
    }

    async fn the_first_who_waits_gets_the_place_of_who_leaves(app) {
        let class = small_class(&app, 1).await;
        let (_, place) = comes(&app, &class, "김하늘").await;
        let (second, waiting) = comes(&app, &class, "이가을").await;
        let (third, last) = comes(&app, &class, "박겨울").await;
        let answer = class.lecturer.delete(&format!("/enrolments/{}", place.id())).await;
        answer.expect(204);
        assert_eq!(seen(&second, waiting.id()).await, active_from("2026-09-01"));
        assert_eq!(seen(&third, last.id()).await, waits_at(1));
        // In the audit log it is told why.
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}&sort=at", waiting.id())).await.expect(200);
        let told: Vec<_> = log.items().iter().map(|entry| (entry["action"].clone(), entry["reason"].clone())).collect();
        assert_eq!(told, [(json!("create"), json!(null)), (json!("update"), json!("waiting_list"))]);
        let mut session = app.app.services().yard.store.session().await.unwrap();
        let events = session.events().of_subject(waiting.id()).await.unwrap();
        assert_eq!((events.len(), events[0].kind.as_str()), (1, "enrolment.promoted"));
        assert_eq!(events[0].user_id.map(|id| id.0), Some(second.id));
    }

    async fn a_place_that_will_be_left_is_given_on_from_that_day(app) {
        let class = small_class(&app, 1).await;
        let (_, place) = comes(&app, &class, "김하늘").await;
        let (second, waiting) = comes(&app, &class, "이가을").await;
        let path = format!("/enrolments/{}", place.id());
        class.lecturer.patch(&path, json!({"left_on": "2026-10-01"})).await.expect(200);
        assert_eq!(seen(&second, waiting.id()).await, active_from("2026-10-01"));
        // The place is given on: its holder can't stay longer any more.
        class.lecturer.patch(&path, json!({"left_on": "2026-10-02"})).await.expect_problem(409, "CLASS_FULL");
        class.lecturer.patch(&path, json!({"left_on": null})).await.expect_problem(409, "CLASS_FULL");
        class.lecturer.patch(&path, json!({"left_on": "2026-09-15"})).await.expect(200);
    }

    async fn a_larger_class_takes_in_as_many_as_it_holds(app) {
        let (manager, class) = (app.manager().await, small_class(&app, 1).await);
        comes(&app, &class, "김하늘").await;
        let mut queue = Vec::new();
        for name in ["이가을", "박겨울", "정봄"] {
            queue.push(comes(&app, &class, name).await);
        }
        let path = format!("/classes/{}", class.id);
        manager.patch(&path, json!({"capacity": 3})).await.expect(200);
        for (number, (learner, place)) in queue.iter().enumerate() {
            let expected = if number < 2 { active_from("2026-09-01") } else { waits_at(1) };
            assert_eq!(seen(learner, place.id()).await, expected);
        }
        manager.patch(&path, json!({"capacity": null})).await.expect(200);
        assert_eq!(seen(&queue[2].0, queue[2].1.id()).await, active_from("2026-09-01"));
    }

    async fn who_stops_waiting_makes_room_in_the_queue(app) {
        let class = small_class(&app, 1).await;
        comes(&app, &class, "김하늘").await;
        let (second, waiting) = comes(&app, &class, "이가을").await;
        let (third, last) = comes(&app, &class, "박겨울").await;
        let path = format!("/enrolments/{}", waiting.id());
        class.lecturer.patch(&path, json!({"enrolled_on": "2026-10-01"})).await.expect_problem(409, "ENROLMENT_WAITING");
        class.lecturer.delete(&path).await.expect(204);
        assert_eq!(seen(&second, waiting.id()).await.0, "left");
        assert_eq!(seen(&third, last.id()).await, waits_at(1));
        class.lecturer.delete(&path).await.expect_problem(404, "ENROLMENT_NOT_FOUND");
        // One may queue again, behind the others.
        let again = class.lecturer.post(&format!("/classes/{}/enrolments?wait=true", class.id), json!({"user_id": second.id})).await.expect(201);
        assert_eq!(again.body["waiting_place"], 2);
    }

    async fn nobody_waits_twice_or_for_a_class_where_they_are(app) {
        let class = small_class(&app, 1).await;
        let (first, _) = comes(&app, &class, "김하늘").await;
        let (second, _) = comes(&app, &class, "이가을").await;
        let path = format!("/classes/{}/enrolments", class.id);
        let of = |client: &Client| json!({"user_id": client.id});
        class.lecturer.post(&format!("{path}?wait=true"), of(&first)).await.expect_problem(409, "ALREADY_ENROLLED");
        for query in ["", "?wait=true"] {
            class.lecturer.post(&format!("{path}{query}"), of(&second)).await.expect_problem(409, "ALREADY_WAITING");
        }
        app.manager().await.post(&format!("{path}?over_capacity=true"), of(&second)).await.expect_problem(409, "ALREADY_WAITING");
        let bulk = json!({"items": [of(&second), of(&first)]});
        let refused = class.lecturer.post(&format!("{path}/bulk?wait=true"), bulk).await.expect_problem(422, "BULK_REFUSED");
        assert_eq!(refused.faults(), [
            ("/items/0/user_id".to_owned(), "already_waiting".to_owned()),
            ("/items/1/user_id".to_owned(), "already_enrolled".to_owned()),
        ]);
        let end = json!({"user_id": app.learner("박겨울").await.id, "left_on": "2026-10-01"});
        let refused = class.lecturer.post(&format!("{path}?wait=true"), end).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(refused.faults(), [("/left_on".to_owned(), "inconsistent".to_owned())]);
    }

    async fn of_many_the_first_get_the_places_and_the_others_wait_in_order(app) {
        let class = small_class(&app, 2).await;
        let mut users = Vec::new();
        for name in ["김하늘", "이가을", "박겨울", "정봄"] {
            users.push(app.learner(name).await);
        }
        users.reverse();
        let items: Vec<Value> = users.iter().map(|user| json!({"user_id": user.id})).collect();
        let made = class.lecturer.post(&format!("/classes/{}/enrolments/bulk?wait=true", class.id), json!({"items": items})).await.expect(201);
        let places: Vec<_> = made.items().iter().map(|one| (one["status"].clone(), one["waiting_place"].clone())).collect();
        assert_eq!(places, [
            (json!("active"), json!(null)),
            (json!("active"), json!(null)),
            (json!("waiting"), json!(1)),
            (json!("waiting"), json!(2)),
        ]);
        assert_eq!(seen(&users[3], made.items()[3]["id"].as_str().unwrap().parse().unwrap()).await, waits_at(2));
    }

    async fn a_manager_goes_beyond_the_capacity_and_it_is_noted(app) {
        let (manager, class) = (app.manager().await, small_class(&app, 1).await);
        let (_, first) = comes(&app, &class, "김하늘").await;
        let (waits, waiting) = comes(&app, &class, "이가을").await;
        let path = format!("/classes/{}/enrolments", class.id);
        let guest = json!({"user_id": app.learner("박겨울").await.id});
        class.lecturer.post(&format!("{path}?over_capacity=true"), guest.clone()).await.expect_problem(403, "FORBIDDEN");
        manager.post(&format!("{path}?over_capacity=true&wait=true"), guest.clone()).await.expect_problem(400, "MALFORMED_QUERY");
        let extra = manager.post(&format!("{path}?over_capacity=true"), guest).await.expect(201);
        assert_eq!(extra.body["status"], "active");
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}", extra.id())).await.expect(200);
        assert_eq!(log.items()[0]["reason"], "over_capacity");
        // Nobody is served until the class is no longer overfull.
        manager.delete(&format!("/enrolments/{}", first.id())).await.expect(204);
        assert_eq!(seen(&waits, waiting.id()).await, waits_at(1));
        manager.delete(&format!("/enrolments/{}", extra.id())).await.expect(204);
        assert_eq!(seen(&waits, waiting.id()).await, active_from("2026-09-01"));
    }

    async fn of_many_who_come_at_once_one_gets_the_last_place_and_the_queue_has_no_gap(app) {
        let class = small_class(&app, 1).await;
        let path = format!("/classes/{}/enrolments?wait=true", class.id);
        let mut users = Vec::new();
        for number in 0..8 {
            users.push(app.learner(&format!("수강생 {number}")).await.id);
        }
        let answers = futures_util::future::join_all(users.iter().map(|id| class.lecturer.post(&path, json!({"user_id": id})))).await;
        let mut places: Vec<Option<u64>> = answers.into_iter().map(|answer| answer.expect(201).body["waiting_place"].as_u64()).collect();
        places.sort_unstable();
        assert_eq!(places, [None, Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), Some(7)]);
        assert_eq!(class.lecturer.get(&format!("/classes/{}/enrolments?on=2026-09-01&role=learner", class.id)).await.body["total"], 1);
    }

    async fn of_many_who_leave_at_once_each_place_is_given_once(app) {
        let class = small_class(&app, 4).await;
        let mut places = Vec::new();
        for number in 0..4 {
            places.push(comes(&app, &class, &format!("수강생 {number}")).await.1.id());
        }
        let mut queue = Vec::new();
        for number in 0..6 {
            queue.push(comes(&app, &class, &format!("대기자 {number}")).await);
        }
        // Some leave while one of those who wait gives up.
        let mut gone: Vec<String> = places[..3].iter().map(|id| format!("/enrolments/{id}")).collect();
        gone.push(format!("/enrolments/{}", queue[5].1.id()));
        let answers = futures_util::future::join_all(gone.iter().map(|path| class.lecturer.delete(path))).await;
        for answer in answers {
            answer.expect(204);
        }
        for (number, (learner, place)) in queue[..5].iter().enumerate() {
            let expected = if number < 3 { active_from("2026-09-01") } else { waits_at(number as u64 - 2) };
            assert_eq!(seen(learner, place.id()).await, expected);
        }
    }

    async fn a_closed_class_gives_no_place_until_it_is_open_again(app) {
        let (manager, class) = (app.manager().await, small_class(&app, 1).await);
        comes(&app, &class, "김하늘").await;
        let (second, waiting) = comes(&app, &class, "이가을").await;
        let path = format!("/classes/{}", class.id);
        manager.post(&format!("{path}/close?force=true"), json!({})).await.expect(200);
        manager.patch(&path, json!({"capacity": 2})).await.expect(200);
        assert_eq!(seen(&second, waiting.id()).await, waits_at(1));
        manager.post(&format!("{path}/reopen"), json!({"reason": "등록 누락"})).await.expect(200);
        assert_eq!(seen(&second, waiting.id()).await, active_from("2026-09-01"));
    }

    async fn staff_take_no_places_and_never_wait(app) {
        let (manager, class) = (app.manager().await, small_class(&app, 1).await);
        let (_, place) = comes(&app, &class, "김하늘").await;
        let (second, waiting) = comes(&app, &class, "이가을").await;
        let assistant = json!({"user_id": app.learner("최조교").await.id, "role": "assistant"});
        let made = manager.post(&format!("/classes/{}/enrolments?wait=true", class.id), assistant).await.expect(201);
        assert_eq!(made.body["status"], "active");
        // A learner who becomes an assistant leaves a place.
        manager.patch(&format!("/enrolments/{}", place.id()), json!({"role": "assistant"})).await.expect(200);
        assert_eq!(seen(&second, waiting.id()).await, active_from("2026-09-01"));
        manager.patch(&format!("/enrolments/{}", place.id()), json!({"role": "learner"})).await.expect_problem(409, "CLASS_FULL");
    }
}
