//! What it costs that somebody hears of every mark.

use std::collections::BTreeSet;

use madang_tests::{Receiver, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::{endpoint, told};
use crate::attendances::many_learners;

/// Marks these at a new lecture in one request; tells how many statements that took.
async fn mark(app: &TestApp, class: &TestClass, users: &[Uuid]) -> u64 {
    let lecture = app.lecture(class, "2026-08-25T10:00:00Z").await;
    let items: Vec<Value> = users.iter().map(|user| json!({"user_id": user, "status": "present"})).collect();
    let path = format!("/lectures/{lecture}/attendances/bulk");
    let marks = class.lecturer.post(&path, json!({"items": items}));
    let (answer, cost) = app.costed(&class.lecturer, marks).await;
    answer.expect(201);
    cost
}

/// How many jobs are there that find out who is told.
async fn fan_outs(app: &TestApp) -> usize {
    let query = "SELECT CAST(id AS text) AS value FROM jobs WHERE kind = 'webhooks.fan_out'";
    app.owner.read(query).await.unwrap().len()
}

api_test! {
    async fn many_marks_cost_no_statement_more_and_few_jobs_and_each_is_told_once(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver, class) = (app.admin().await, Receiver::start(), app.class().await);
        let users = many_learners(&app, &class, 300).await;
        let unheard = mark(&app, &class, &users).await;
        let made = endpoint(&admin, &receiver, &["attendance.recorded"]).await;
        app.work().await;
        let before = fan_outs(&app).await;
        assert_eq!([mark(&app, &class, &users[..1]).await, mark(&app, &class, &users).await], [unheard; 2]);
        let jobs = fan_outs(&app).await - before;
        assert!((1..=5).contains(&jobs), "{jobs}");
        app.work().await;
        let received = receiver.received();
        let ids: BTreeSet<&str> = received.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((received.len(), ids.len()), (301, 301));
        assert!(received.iter().all(|one| told(one).0 == "attendance.recorded" && one.is_signed_with(&made.string("secret"))));
        let marked: BTreeSet<Uuid> = received.iter().map(|one| told(one).1["user_id"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(marked, users.into_iter().collect());
    }
}
