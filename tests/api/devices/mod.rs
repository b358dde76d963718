//! Devices: registered, listed, removed.

use chrono::TimeDelta;
use madang_domain::{devices, store::finish};
use madang_tests::{Answer, Client, api_test, json};

async fn register(client: &Client, token: &str) -> Answer {
    client.post("/devices", json!({"token": token, "platform": "android"})).await.expect(201)
}

api_test! {
    async fn a_device_is_registered_once_and_its_token_is_told_to_nobody(app) {
        let learner = app.learner("김하늘").await;
        let first = register(&learner, "fGh-1:APA91b_x").await;
        app.advance(TimeDelta::days(1));
        let learner = app.client_of(learner.id).await;
        let again = learner.post("/devices", json!({"token": "fGh-1:APA91b_x", "platform": "ios"})).await.expect(201);
        assert_eq!(again.id(), first.id());
        assert_eq!((&again.body["platform"], &again.body["created_at"], &again.body["seen_at"]),
            (&json!("ios"), &json!("2026-09-01T01:00:00Z"), &json!("2026-09-02T01:00:00Z")));
        let listed = learner.get("/devices").await.expect(200);
        assert_eq!(listed.items().len(), 1);
        let log = app.admin().await.get(&format!("/admin/audit-log?entity=device&entity_id={}", first.id())).await.expect(200);
        assert_eq!(log.items().len(), 2);
        for text in [first.text, again.text, listed.text, log.text] {
            assert!(!text.contains("APA91b"), "{text}");
        }
    }

    async fn a_device_belongs_to_whoever_registered_it_last(app) {
        let (one, other) = (app.learner("김하늘").await, app.learner("박바다").await);
        let device = register(&one, "shared").await.id();
        assert_eq!(register(&other, "shared").await.id(), device);
        assert_eq!(one.get("/devices").await.items().len(), 0);
        assert_eq!(other.get("/devices").await.items().len(), 1);
        one.delete(&format!("/devices/{device}")).await.expect_problem(404, "DEVICE_NOT_FOUND");
        other.delete(&format!("/devices/{device}")).await.expect(204);
        other.delete(&format!("/devices/{device}")).await.expect_problem(404, "DEVICE_NOT_FOUND");
    }

    async fn what_is_wrong_with_a_device_is_told(app) {
        let learner = app.learner("김하늘").await;
        for (body, pointer, code) in [
            (json!({"token": " ", "platform": "web"}), "/token", "empty"),
            (json!({"token": "토큰", "platform": "web"}), "/token", "forbidden_character"),
            (json!({"token": "x".repeat(2_001), "platform": "web"}), "/token", "too_long"),
            (json!({"token": "x", "platform": "windows"}), "/platform", "not_one_of"),
        ] {
            let answer = learner.post("/devices", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults()[0], (pointer.to_owned(), code.to_owned()));
        }
    }

    async fn the_twenty_first_device_takes_the_place_of_the_one_not_seen_longest(app) {
        let learner = app.learner("김하늘").await;
        let first = register(&learner, "device-0").await.id();
        for number in 1..=20 {
            app.advance(TimeDelta::seconds(1));
            register(&learner, &format!("device-{number}")).await;
        }
        let listed = learner.get("/devices?size=100").await.expect(200);
        assert_eq!(listed.items().len(), 20);
        assert!(listed.items().iter().all(|device| device["id"] != json!(first)));
    }

    async fn a_token_that_is_no_more_is_forgotten_and_that_is_in_the_log(app) {
        let learner = app.learner("김하늘").await;
        let device = register(&learner, "gone").await.id();
        let yard = app.app.services().yard.clone();
        let token = devices::DeviceToken::parse("gone").unwrap();
        for _ in 0..2 {
            let mut unit = yard.store.begin().await.unwrap();
            let outcome = devices::forget(&mut *unit, &yard, &token).await;
            finish(unit, outcome).await.unwrap();
        }
        assert_eq!(learner.get("/devices").await.items().len(), 0);
        let log = app.admin().await.get(&format!("/admin/audit-log?entity=device&entity_id={device}")).await;
        assert_eq!((log.items().len(), &log.items()[0]["action"], &log.items()[0]["actor"]), (2, &json!("delete"), &json!(null)));
    }

    async fn whoever_leaves_leaves_no_device_behind(app) {
        let learner = app.learner("김하늘").await;
        register(&learner, "left-behind").await;
        learner.request(reqwest::Method::DELETE, "/users/me").json(&json!({})).send().await.unwrap();
        assert_eq!(app.owner.read("SELECT token AS value FROM devices").await.unwrap(), [""; 0]);
    }

    async fn registering_costs_few_statements(app) {
        let learner = app.learner("김하늘").await;
        let (answer, cost) = app.costed(&learner, learner.post("/devices", json!({"token": "x", "platform": "web"}))).await;
        answer.expect(201);
        assert!(cost <= 5, "{cost}");
    }
}
