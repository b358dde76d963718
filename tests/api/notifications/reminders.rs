//! `/classes/{id}/reminders`.

use chrono::TimeDelta;
use madang_tests::{api_test, json};

use super::{later, told};

api_test! {
    async fn a_class_says_when_it_reminds(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}/reminders", class.id);
        let first = learner.get(&path).await.expect(200);
        assert_eq!(first.body, json!({"before_start_minutes": 60, "check_in_after_minutes": 10, "marking_after_minutes": 30, "version": 0}));
        learner.put(&path, json!({})).await.expect_problem(403, "FORBIDDEN");
        let refused = class.lecturer.put(&path, json!({"before_start_minutes": 0, "marking_after_minutes": 1441})).await.expect(422);
        assert_eq!(refused.faults().len(), 2);
        let changed = class.lecturer.put(&path, json!({"before_start_minutes": 15})).await.expect(200);
        assert_eq!((&changed.body["check_in_after_minutes"], &changed.body["version"]), (&json!(null), &json!(1)));

        app.lecture(&class, "2026-09-01T02:00:00Z").await;
        app.work().await;
        later(&app, TimeDelta::minutes(44)).await;
        assert!(told(&app, &learner).await.is_empty());
        later(&app, TimeDelta::minutes(1)).await;
        assert_eq!(told(&app, &learner).await, ["lecture_start"]);
        // Nobody is marked, but the class reminds nobody of that.
        later(&app, TimeDelta::minutes(45)).await;
        assert_eq!(told(&app, &class.lecturer).await, ["lecture_start"]);
    }
}
