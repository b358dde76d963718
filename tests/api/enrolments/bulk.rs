//! `POST /classes/{id}/enrolments/bulk`.

use madang_domain::{accounts::User, ids::UserId, text::Username};
use madang_tests::{TestApp, api_test, json};
use serde_json::Value;
use uuid::Uuid;

async fn learners(app: &TestApp, count: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(app.learner(&format!("수강생 {number}")).await.id);
    }
    ids
}

fn items(ids: &[Uuid]) -> Value {
    json!({"items": ids.iter().map(|id| json!({"user_id": id})).collect::<Vec<_>>()})
}

/// Learners by the thousand, past the API.
async fn crowd(app: &TestApp, count: usize) -> Vec<Uuid> {
    let yard = &app.app.services().yard;
    let one = app.learner("수강생").await.id;
    let mut unit = yard.store.begin().await.unwrap();
    let model = unit.users().find(UserId(one)).await.unwrap().unwrap();
    let users: Vec<User> = (0..count)
        .map(|_| {
            let id = UserId(yard.ids.next());
            User { id, username: Username::parse(format!("user-{id}")).unwrap(), ..model.clone() }
        })
        .collect();
    unit.users().insert_many(&users).await.unwrap();
    unit.commit().await.unwrap();
    users.iter().map(|user| user.id.0).collect()
}

api_test! {
    async fn five_thousand_at_once_get_a_place(app) {
        let class = app.class().await;
        let ids = crowd(&app, 5_000).await;
        let path = format!("/classes/{}/enrolments", class.id);
        let made = class.lecturer.post(&format!("{path}/bulk"), items(&ids)).await.expect(201);
        assert_eq!(made.items().len(), 5_000);
        assert_eq!(class.lecturer.get(&format!("{path}?role=learner")).await.body["total"], 5_000);
    }

    async fn many_get_a_place_in_the_order_of_the_request(app) {
        let class = app.class().await;
        let mut ids = learners(&app, 30).await;
        ids.reverse();
        let path = format!("/classes/{}/enrolments", class.id);
        let made = class.lecturer.post(&format!("{path}/bulk"), items(&ids)).await.expect(201);
        let users: Vec<Value> = made.items().iter().map(|item| item["user_id"].clone()).collect();
        assert_eq!(users, ids.iter().map(|id| json!(id)).collect::<Vec<_>>());
        assert_eq!(class.lecturer.get(&format!("{path}?role=learner")).await.body["total"], 30);
    }

    async fn the_number_of_statements_does_not_depend_on_how_many_they_are(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let ids = learners(&app, 60).await;
        let path = format!("/classes/{}/enrolments/bulk", class.id);
        manager.get("/users/me").await.expect(200);
        let before = app.statements();
        manager.post(&path, items(&ids[..2])).await.expect(201);
        let few = app.statements() - before;
        let before = app.statements();
        manager.post(&path, items(&ids[2..])).await.expect(201);
        assert_eq!(app.statements() - before, few);
    }

    async fn each_refused_item_is_named_and_none_is_kept(app) {
        let class = app.class().await;
        let there = app.learner_in(&class, "김하늘").await;
        let new = app.learner("이가을").await;
        let path = format!("/classes/{}/enrolments", class.id);
        let body = json!({"items": [
            {"user_id": new.id, "enrolled_on": "2026-07-01", "left_on": "2026-08-01"},
            {"user_id": there.id},
            {"user_id": Uuid::nil()},
            {"user_id": new.id, "enrolled_on": "2026-07-31"},
            {"user_id": new.id, "left_on": "2026-08-31"},
            {"user_id": new.id, "enrolled_on": "2026-08-01"},
        ]});
        let answer = class.lecturer.post(&format!("{path}/bulk"), body).await.expect_problem(422, "BULK_REFUSED");
        let faults = answer.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
        assert_eq!(faults, [
            ("/items/1/user_id", "already_enrolled"),
            ("/items/2/user_id", "no_such_thing"),
            ("/items/3/user_id", "twice"),
            ("/items/4/left_on", "reversed"),
        ]);
        assert_eq!(class.lecturer.get(&format!("{path}?role=learner")).await.body["total"], 1);
    }

    async fn faults_of_form_are_told_before_anything_is_looked_up(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/enrolments/bulk", class.id);
        let id = app.learner("김하늘").await.id;
        let of_one = |item: Value| json!({"items": [{"user_id": id}, item]});
        for (body, pointer, code) in [
            (json!({}), "/items", "missing"),
            (json!({"items": []}), "/items", "empty"),
            (items(&vec![id; 5_001]), "/items", "too_long"),
            (of_one(json!({"user_id": id, "is_admin": true})), "/items/1/is_admin", "unknown_field"),
            (of_one(json!({"user_id": id, "role": "king"})), "/items/1/role", "not_one_of"),
            (of_one(json!({"user_id": id, "enrolled_on": "1700-01-01"})), "/items/1/enrolled_on", "out_of_range"),
            (of_one(json!({"user_id": id, "enrolled_on": "2026-09-02", "left_on": "2026-09-01"})), "/items/1/left_on", "reversed"),
        ] {
            let answer = class.lecturer.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
    }

    async fn a_crowd_that_does_not_fit_stays_outside_as_a_whole(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        manager.patch(&format!("/classes/{}", class.id), json!({"capacity": 3})).await.expect(200);
        let ids = learners(&app, 4).await;
        let path = format!("/classes/{}/enrolments", class.id);
        manager.post(&format!("{path}/bulk"), items(&ids)).await.expect_problem(409, "CLASS_FULL");
        assert_eq!(manager.get(&format!("{path}?role=learner")).await.body["total"], 0);
        manager.post(&format!("{path}/bulk"), items(&ids[..3])).await.expect(201);
    }

    async fn one_item_that_is_not_the_callers_to_give_refuses_all(app) {
        let class = app.class().await;
        let ids = learners(&app, 2).await;
        let path = format!("/classes/{}/enrolments/bulk", class.id);
        let body = json!({"items": [{"user_id": ids[0]}, {"user_id": ids[1], "role": "lecturer"}]});
        class.lecturer.post(&path, body.clone()).await.expect_problem(403, "FORBIDDEN");
        app.learner("김하늘").await.post(&path, body.clone()).await.expect_problem(403, "FORBIDDEN");
        app.manager().await.post(&path, body).await.expect(201);
        // Who teaches from today on may do so at once.
        app.client_of(ids[1]).await.get(&format!("/classes/{}/enrolments", class.id)).await.expect(200);
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let class = app.class().await;
        let ids = learners(&app, 3).await;
        let path = format!("/classes/{}/enrolments/bulk", class.id);
        let first = class.lecturer.post_once(&path, "key-1", items(&ids)).await.expect(201);
        let second = class.lecturer.post_once(&path, "key-1", items(&ids)).await.expect(201);
        assert_eq!((first.text.as_str(), second.header("idempotent-replayed")), (second.text.as_str(), "true".to_owned()));
        let other = class.lecturer.post_once(&path, "key-1", items(&ids[..1])).await;
        other.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
}
