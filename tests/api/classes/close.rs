//! `POST /classes/{id}/close` and `/reopen` (마감).

use madang_tests::{api_test, json};

api_test! {
    async fn a_closed_class_takes_nobody_in_until_it_is_open_again(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner("김하늘").await;
        let path = format!("/classes/{}", class.id);
        let closed = manager.post(&format!("{path}/close"), json!({})).await.expect(200);
        assert_eq!((&closed.body["closed_at"], closed.header("etag")), (&json!("2026-09-01T01:00:00Z"), "\"2\"".to_owned()));
        let place = json!({"user_id": learner.id});
        manager.post(&format!("{path}/enrolments"), place.clone()).await.expect_problem(409, "CLASS_CLOSED");
        manager.post(&format!("{path}/enrolments/bulk"), json!({"items": [place]})).await.expect_problem(409, "CLASS_CLOSED");
        manager.post(&format!("{path}/close"), json!({})).await.expect_problem(409, "CLASS_CLOSED");

        let open = manager.post(&format!("{path}/reopen"), json!({})).await.expect(200);
        assert_eq!((&open.body["closed_at"], &open.body["version"]), (&json!(null), &json!(3)));
        manager.post(&format!("{path}/enrolments"), place).await.expect(201);
        manager.post(&format!("{path}/reopen"), json!({})).await.expect_problem(409, "CLASS_NOT_CLOSED");
    }

    async fn the_places_in_a_closed_class_stand_still(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner("김하늘").await;
        let place = json!({"user_id": learner.id});
        let place = manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201).id();
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        let path = format!("/enrolments/{place}");
        manager.patch(&path, json!({"left_on": "2026-10-01"})).await.expect_problem(409, "CLASS_CLOSED");
        manager.delete(&path).await.expect_problem(409, "CLASS_CLOSED");
        let target = app.sister(&class).await.id;
        manager.post(&format!("{path}/transfer"), json!({"class_id": target})).await.expect_problem(409, "CLASS_CLOSED");
        assert_eq!(learner.get(&path).await.expect(200).body["status"], "active");
    }
}
