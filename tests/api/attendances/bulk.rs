//! `POST /lectures/{id}/attendances/bulk`: what becomes of each mark. How many there can be is in `bulk_size`.

use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::many_learners;

/// A class with a lecture and learners, the first of whom is marked late.
async fn one_marked(app: &TestApp, learners: usize) -> (TestClass, String, Vec<Uuid>) {
    let class = app.class().await;
    let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
    let users = many_learners(app, &class, learners).await;
    let path = format!("/lectures/{lecture}/attendances");
    class.lecturer.post(&path, json!({"user_id": users[0], "status": "late"})).await.expect(201);
    (class, path, users)
}

fn marks(users: &[Uuid], status: &str) -> Value {
    let items: Vec<Value> = users.iter().map(|user| json!({"user_id": user, "status": status})).collect();
    json!({ "items": items })
}

fn outcomes(answer: &Answer) -> Vec<(u64, String, u64)> {
    let one = |item: &Value| {
        let outcome = item["outcome"].as_str().unwrap().to_owned();
        (item["index"].as_u64().unwrap(), outcome, item["status"].as_u64().unwrap())
    };
    answer.items().iter().map(one).collect()
}

fn codes(answer: &Answer) -> Vec<Option<&str>> {
    answer.items().iter().map(|item| item["problem"]["code"].as_str()).collect()
}

async fn statuses(class: &TestClass, path: &str) -> Vec<(Uuid, String)> {
    let list = class.lecturer.get(&format!("{path}?sort=created_at&size=100")).await.expect(200);
    let mut found: Vec<(Uuid, String)> = list
        .items()
        .iter()
        .map(|item| {
            (item["user_id"].as_str().unwrap().parse().unwrap(), item["status"].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

api_test! {
    async fn all_marks_are_made_together_in_order(app) {
        let (class, path, users) = one_marked(&app, 5).await;
        let made = class.lecturer.post(&format!("{path}/bulk"), marks(&users[1..], "present")).await.expect(201);
        let of: Vec<&str> = made.items().iter().map(|item| item["user_id"].as_str().unwrap()).collect();
        assert_eq!(of, users[1..].iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(made.items().iter().all(|item| item["status"] == "present" && item["created_by"] == class.lecturer.id.to_string()));
        for item in made.items() {
            let read = class.lecturer.get(&format!("/attendances/{}", item["id"].as_str().unwrap())).await.expect(200);
            assert_eq!((&read.body["user_id"], &read.body["version"]), (&item["user_id"], &json!(1)));
        }
    }

    async fn one_refused_mark_stops_them_all_unless_partial_is_asked_for(app) {
        let (class, path, users) = one_marked(&app, 3).await;
        let stranger = app.learner("박나무").await.id;
        let body = marks(&[users[1], users[0], stranger, users[2], users[1]], "present");
        let refused = class.lecturer.post(&format!("{path}/bulk"), body.clone()).await.expect_problem(422, "BULK_REFUSED");
        assert_eq!(refused.faults(), [
            ("/items/1/user_id".to_owned(), "already_marked".to_owned()),
            ("/items/2/user_id".to_owned(), "not_enrolled".to_owned()),
            ("/items/4/user_id".to_owned(), "twice".to_owned()),
        ]);
        assert_eq!(statuses(&class, &path).await.len(), 1);

        let partial = class.lecturer.post(&format!("{path}/bulk?mode=partial"), body).await.expect(207);
        let expected = [(0, "created", 201), (1, "refused", 409), (2, "refused", 422), (3, "created", 201), (4, "refused", 422)];
        assert_eq!(outcomes(&partial), expected.map(|(index, outcome, status)| (index, outcome.to_owned(), status)));
        assert_eq!(codes(&partial), [None, Some("ALREADY_MARKED"), Some("NOT_ENROLLED"), None, Some("USER_TWICE")]);
        for item in partial.items() {
            assert_eq!(item["attendance"].is_null(), item["outcome"] == "refused", "{item}");
            assert_eq!(item["problem"]["message"].is_string(), item["outcome"] == "refused", "{item}");
        }
        let mut expected = [(users[0], "late"), (users[1], "present"), (users[2], "present")];
        expected.sort();
        assert_eq!(statuses(&class, &path).await, expected.iter().map(|(user, status)| (*user, (*status).to_owned())).collect::<Vec<_>>());
    }

    async fn a_refusal_speaks_the_language_that_was_asked_for(app) {
        let (class, path, users) = one_marked(&app, 1).await;
        let request = class.lecturer.request(Method::POST, &format!("{path}/bulk?mode=partial")).header("Accept-Language", "en");
        let answer = Answer::of(request.json(&marks(&users, "present"))).await.expect(207);
        assert_eq!(answer.items()[0]["problem"]["message"], "The user is marked at this lecture already.");
        let answer = class.lecturer.post(&format!("{path}/bulk?mode=partial"), marks(&users, "present")).await.expect(207);
        assert_eq!(answer.items()[0]["problem"]["message"], "이미 출석이 기록되어 있습니다.");
    }

    async fn marks_that_exist_are_kept_where_that_is_asked_for(app) {
        let (class, path, users) = one_marked(&app, 2).await;
        let kept = class.lecturer.post(&format!("{path}/bulk?on_existing=keep"), marks(&users, "present")).await.expect(201);
        let found: Vec<&str> = kept.items().iter().map(|item| item["status"].as_str().unwrap()).collect();
        assert_eq!(found, ["late", "present"]);
        let again = class.lecturer.post(&format!("{path}/bulk?on_existing=keep&mode=partial"), marks(&users, "absent")).await.expect(207);
        assert_eq!(outcomes(&again), [(0, "kept".to_owned(), 200), (1, "kept".to_owned(), 200)]);
        assert_eq!(again.items()[0]["attendance"]["version"], 1);
    }

    async fn marks_that_exist_are_replaced_where_that_is_asked_for_and_stay_in_the_history(app) {
        let (class, path, users) = one_marked(&app, 3).await;
        class.lecturer.post(&path, json!({"user_id": users[1], "status": "present"})).await.expect(201);
        let manager = app.manager().await;
        let replaced = manager.post(&format!("{path}/bulk?on_existing=replace&mode=partial"), marks(&users, "present")).await.expect(207);
        // The second says the same as before, so nothing about it changes.
        let expected = [(0, "replaced", 200), (1, "kept", 200), (2, "created", 201)];
        assert_eq!(outcomes(&replaced), expected.map(|(index, outcome, status)| (index, outcome.to_owned(), status)));
        let mark = &replaced.items()[0]["attendance"];
        assert_eq!((&mark["version"], &mark["status"]), (&json!(2), &json!("present")));
        assert_eq!((&mark["created_by"], &mark["updated_by"]), (&json!(class.lecturer.id), &json!(manager.id)));
        let history = manager.get(&format!("/attendances/{}/history", mark["id"].as_str().unwrap())).await.expect(200);
        let last = history.items().last().unwrap();
        assert_eq!((&last["old"]["status"], &last["new"]["status"]), (&json!("late"), &json!("present")));
        assert_eq!(last["request_id"], replaced.header("x-request-id"));
        assert_eq!(replaced.items()[1]["attendance"]["version"], 1);
    }

    async fn a_request_whose_shape_is_wrong_is_refused_whole_in_both_modes(app) {
        let (class, path, users) = one_marked(&app, 2).await;
        let mut body = marks(&users, "present");
        body["items"][1]["description"] = json!("x".repeat(2_001));
        for query in ["", "?mode=partial"] {
            let answer = class.lecturer.post(&format!("{path}/bulk{query}"), body.clone()).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/items/1/description".to_owned(), "too_long".to_owned())]);
        }
        body["items"][1] = json!({"user_id": users[1], "status": "present", "created_by": users[0]});
        let answer = class.lecturer.post(&format!("{path}/bulk"), body).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(answer.faults(), [("/items/1/created_by".to_owned(), "unknown_field".to_owned())]);
        for (query, name) in [("mode=some", "?mode"), ("on_existing=ignore", "?on_existing"), ("dry_run=true", "?dry_run")] {
            let answer = class.lecturer.post(&format!("{path}/bulk?{query}"), marks(&users, "present")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name);
        }
        assert_eq!(statuses(&class, &path).await.len(), 1);
    }

    async fn only_staff_of_the_class_mark_in_bulk(app) {
        let (_, path, users) = one_marked(&app, 2).await;
        let elsewhere = app.class().await;
        for client in [app.client_of(users[0]).await, elsewhere.lecturer] {
            client.post(&format!("{path}/bulk"), marks(&users[1..], "present")).await.expect_problem(403, "FORBIDDEN");
        }
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let (class, path, users) = one_marked(&app, 4).await;
        let path = format!("{path}/bulk?mode=partial");
        let first = class.lecturer.post_once(&path, "key-1", marks(&users, "present")).await.expect(207);
        let second = class.lecturer.post_once(&path, "key-1", marks(&users, "present")).await.expect(207);
        assert_eq!(first.text, second.text);
        assert_eq!(second.header("idempotent-replayed"), "true");
        class.lecturer.post_once(&path, "key-1", marks(&users, "late")).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }

    async fn requests_that_mark_the_same_people_at_the_same_time_each_get_their_results(app) {
        let (class, path, users) = one_marked(&app, 40).await;
        let mut reversed = users.clone();
        reversed.reverse();
        let path = format!("{path}/bulk?mode=partial");
        let requests = (0..6).map(|number| {
            let order = if number % 2 == 0 { &users } else { &reversed };
            class.lecturer.post(&path, marks(order, "present"))
        });
        let answers = futures_util::future::join_all(requests).await;
        let made: usize = answers
            .into_iter()
            .map(|answer| outcomes(&answer.expect(207)).iter().filter(|(_, outcome, _)| outcome == "created").count())
            .sum();
        assert_eq!(made, 39);
    }

    async fn requests_that_replace_the_same_marks_at_the_same_time_lose_no_change(app) {
        let (class, lecture, users) = one_marked(&app, 200).await;
        class.lecturer.post(&format!("{lecture}/bulk"), marks(&users[1..], "absent")).await.expect(201);
        let mut reversed = users.clone();
        reversed.reverse();
        let path = format!("{lecture}/bulk?on_existing=replace");
        let requests = (0..6).map(|number| {
            let mut body = marks(if number % 2 == 0 { &users } else { &reversed }, "present");
            for item in body["items"].as_array_mut().unwrap() {
                item["description"] = json!(format!("{number}번째 수정"));
            }
            class.lecturer.post(&path, body)
        });
        let answers = futures_util::future::join_all(requests).await;
        let done = answers.iter().filter(|answer| answer.status == 201).count();
        assert!(done > 0 && answers.iter().all(|answer| matches!(answer.status, 201 | 412)), "{answers:?}");
        // The first version was made before; each request that succeeded made one more of every mark.
        for mark in class.lecturer.walk(&lecture, 100).await {
            assert_eq!(mark["version"], 1 + done, "{mark}");
        }
    }
}
