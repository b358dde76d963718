//! `POST /users/{id}/merge`: somebody met at the door becomes a real user.

use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

/// A temp user with a place in this class over these days.
async fn guest(app: &TestApp, class: &TestClass, from: &str, to: Option<&str>) -> Client {
    let body = json!({"auth_type": "temp", "name": "박손님"});
    let guest = app.client_of(class.lecturer.post("/users", body).await.expect(201).id()).await;
    enrol(class, &guest, from, to).await;
    guest
}

async fn enrol(class: &TestClass, user: &Client, from: &str, to: Option<&str>) {
    let place = json!({"user_id": user.id, "enrolled_on": from, "left_on": to});
    class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
}

async fn merge(manager: &Client, temp: &Client, into: &Client) -> Answer {
    manager.post(&format!("/users/{}/merge", temp.id), json!({"into": into.id})).await
}

/// The periods of a user in a class, earliest first.
async fn periods(class: &TestClass, user: &Client) -> Vec<(Value, Value, Value)> {
    let path = format!("/classes/{}/enrolments?role=learner&sort=enrolled_on&size=100", class.id);
    let list = class.lecturer.get(&path).await.expect(200);
    let of_user = list.items().iter().filter(|item| item["user_id"] == json!(user.id));
    of_user
        .map(|item| (item["enrolled_on"].clone(), item["left_on"].clone(), item["status"].clone()))
        .collect()
}

/// Who is marked at a lecture.
async fn marked(class: &TestClass, lecture: Uuid) -> Vec<(Value, Value)> {
    let list = class.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
    list.items().iter().map(|item| (item["user_id"].clone(), item["status"].clone())).collect()
}

api_test! {
    async fn every_mark_and_place_changes_hands_and_the_temp_account_stays_behind(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = guest(&app, &class, "2026-06-01", None).await;
        let real = app.learner("김하늘").await;
        let first = app.lecture(&class, "2026-07-01T10:00:00Z").await;
        let second = app.lecture(&class, "2026-07-08T10:00:00Z").await;
        app.mark(&class, first, &temp, "present").await;
        app.mark(&class, second, &temp, "late").await;

        let merged = merge(&manager, &temp, &real).await.expect(200);
        assert_eq!((merged.id(), &merged.body["name"]), (real.id, &json!("김하늘")));
        assert_eq!(marked(&class, first).await, [(json!(real.id), json!("present"))]);
        assert_eq!(marked(&class, second).await, [(json!(real.id), json!("late"))]);
        assert_eq!(periods(&class, &real).await, [(json!("2026-06-01"), json!(null), json!("active"))]);
        assert_eq!(periods(&class, &temp).await, []);
        let behind = manager.get(&format!("/users/{}", temp.id)).await.expect(200);
        assert_eq!(behind.body["is_active"], false);
        // It is done once and for all.
        merge(&manager, &temp, &real).await.expect_problem(409, "NOT_MERGEABLE");
    }

    async fn overlapping_places_become_one_that_covers_both(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = guest(&app, &class, "2026-06-15", Some("2026-08-15")).await;
        let real = app.learner("김하늘").await;
        enrol(&class, &real, "2026-07-01", None).await;
        let lecture = app.lecture(&class, "2026-06-20T10:00:00Z").await;
        app.mark(&class, lecture, &temp, "present").await;

        merge(&manager, &temp, &real).await.expect(200);
        let held: Vec<_> = periods(&class, &real).await.into_iter().filter(|(from, to, _)| from != to).collect();
        assert_eq!(held, [(json!("2026-06-15"), json!(null), json!("active"))]);
        assert_eq!(marked(&class, lecture).await, [(json!(real.id), json!("present"))]);
        // The place really is the user's: nobody else can be enrolled over it.
        let again = json!({"user_id": real.id, "enrolled_on": "2026-06-16", "left_on": "2026-06-17"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), again).await.expect_problem(409, "ALREADY_ENROLLED");
    }

    async fn places_apart_from_each_other_stay_apart(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = guest(&app, &class, "2026-06-01", Some("2026-07-01")).await;
        let real = app.learner("김하늘").await;
        enrol(&class, &real, "2026-08-01", None).await;
        merge(&manager, &temp, &real).await.expect(200);
        assert_eq!(periods(&class, &real).await, [
            (json!("2026-06-01"), json!("2026-07-01"), json!("left")),
            (json!("2026-08-01"), json!(null), json!("active")),
        ]);
    }

    async fn where_both_are_marked_nothing_changes_before_staff_has_decided(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = guest(&app, &class, "2026-06-01", None).await;
        let real = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-07-01T10:00:00Z").await;
        app.mark(&class, lecture, &temp, "present").await;
        app.mark(&class, lecture, &real, "absent").await;
        merge(&manager, &temp, &real).await.expect_problem(409, "MERGE_CONFLICT");
        assert_eq!(marked(&class, lecture).await.len(), 2);
        assert_eq!(periods(&class, &temp).await, [(json!("2026-06-01"), json!(null), json!("active"))]);
        assert_eq!(manager.get(&format!("/users/{}", temp.id)).await.body["is_active"], true);
    }

    async fn only_a_temp_user_merges_and_only_into_a_real_one(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = guest(&app, &class, "2026-06-01", None).await;
        let other = guest(&app, &class, "2026-06-01", None).await;
        let real = app.learner("김하늘").await;
        merge(&manager, &real, &temp).await.expect_problem(409, "NOT_MERGEABLE");
        merge(&manager, &temp, &other).await.expect_problem(409, "NOT_MERGEABLE");
        merge(&manager, &temp, &temp).await.expect_problem(409, "NOT_MERGEABLE");
        merge(&manager, &temp, &app.anonymous()).await.expect_problem(404, "USER_NOT_FOUND");
        merge(&class.lecturer, &temp, &real).await.expect_problem(403, "FORBIDDEN");
        merge(&real, &temp, &real).await.expect_problem(403, "FORBIDDEN");
        manager.delete(&format!("/users/{}", real.id)).await.expect(204);
        merge(&manager, &temp, &real).await.expect_problem(409, "NOT_MERGEABLE");
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = guest(&app, &class, "2026-06-01", None).await;
        let (real, other) = (app.learner("김하늘").await, app.learner("이가을").await);
        let path = format!("/users/{}/merge", temp.id);
        let first = manager.post_once(&path, "key-1", json!({"into": real.id})).await.expect(200);
        let second = manager.post_once(&path, "key-1", json!({"into": real.id})).await.expect(200);
        assert_eq!((first.text, second.header("idempotent-replayed")), (second.text.clone(), "true".to_owned()));
        manager.post_once(&path, "key-1", json!({"into": other.id})).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
}
