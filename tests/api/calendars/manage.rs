//! Making, listing and taking back calendars.

use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn an_address_is_shown_once(app) {
        let learner = app.learner("김하늘").await;
        let made = learner.post("/calendars", json!({})).await.expect(201);
        assert!(made.body["path"].as_str().unwrap().ends_with(".ics"));
        let list = learner.get("/calendars").await.expect(200);
        assert_eq!(list.items()[0]["id"], made.body["id"]);
        assert!(!list.text.contains(".ics"), "{}", list.text);
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}", made.id())).await.expect(200);
        assert_eq!(log.items().len(), 1);
        assert!(!log.text.contains(".ics"));
    }

    async fn a_repeated_request_makes_one_calendar(app) {
        let learner = app.learner("김하늘").await;
        let first = learner.post_once("/calendars", "key", json!({})).await.expect(201);
        let again = learner.post_once("/calendars", "key", json!({})).await.expect(201);
        assert_eq!((first.id(), &again.body["path"]), (again.id(), &json!(null)));
        for held in app.owner.read("SELECT body AS value FROM idempotency_keys WHERE body IS NOT NULL").await.unwrap() {
            assert!(!held.contains(".ics"), "{held}");
        }
        assert_eq!(learner.get("/calendars").await.expect(200).items().len(), 1);
    }

    async fn a_class_in_which_one_has_no_place_looks_like_none(app) {
        let class = app.class().await;
        let learner = app.learner("김하늘").await;
        learner.post("/calendars", json!({"class_id": class.id})).await.expect_problem(404, "CLASS_NOT_FOUND");
        learner.post("/calendars", json!({"class_id": Uuid::nil()})).await.expect_problem(404, "CLASS_NOT_FOUND");
        class.lecturer.post("/calendars", json!({"class_id": class.id})).await.expect(201);
    }

    async fn nobody_takes_back_the_calendar_of_another(app) {
        let (learner, other) = (app.learner("김하늘").await, app.learner("박바다").await);
        let made = learner.post("/calendars", json!({})).await.expect(201).id();
        other.delete(&format!("/calendars/{made}")).await.expect_problem(404, "CALENDAR_NOT_FOUND");
        assert!(other.get("/calendars").await.expect(200).items().is_empty());
        learner.delete(&format!("/calendars/{made}")).await.expect(204);
        learner.delete(&format!("/calendars/{made}")).await.expect_problem(404, "CALENDAR_NOT_FOUND");
    }

    async fn there_is_an_end_to_calendars(app) {
        let learner = app.learner("김하늘").await;
        for _ in 0..20 {
            learner.post("/calendars", json!({})).await.expect(201);
        }
        learner.post("/calendars", json!({})).await.expect_problem(409, "TOO_MANY_CALENDARS");
    }
}
