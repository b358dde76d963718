//! Who is at risk is told once, and who can no longer reach the threshold too.

use chrono::TimeDelta;
use madang_domain::attendance::policies::WarningService;
use madang_tests::{Client, TestApp, TestClass, api_test, json};
use uuid::Uuid;

/// Ten lectures, one a day from 31 August on; two may be missed.
async fn ten(app: &TestApp, class: &TestClass) -> Vec<Uuid> {
    let mut lectures = vec![app.lecture(class, "2026-08-31T01:00:00Z").await];
    for day in 1..=9 {
        lectures.push(app.lecture(class, &format!("2026-09-{day:02}T00:00:00Z")).await);
    }
    lectures
}

async fn told(app: &TestApp, class: &TestClass) -> Vec<(String, Option<Uuid>)> {
    let yard = app.app.services().yard.clone();
    let mut session = yard.store.session().await.unwrap();
    let events = session.events().of_subject(class.id).await.unwrap();
    events
        .into_iter()
        .filter(|event| event.kind.starts_with("attendance."))
        .map(|event| (event.kind, event.user_id.map(|user| user.0)))
        .collect()
}

/// Marks by somebody who has just signed in: days go by between the marks.
async fn mark(app: &TestApp, lecture: Uuid, learner: &Client, status: &str) {
    let mark = json!({"user_id": learner.id, "status": status});
    app.manager().await.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201);
}

api_test! {
    async fn at_risk_and_unreachable_are_told_once_each(app) {
        let class = app.class().await;
        let lectures = ten(&app, &class).await;
        let (learner, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "박바다").await);
        let warnings = WarningService::new(app.app.services().yard.clone());
        let day = TimeDelta::days(1);
        mark(&app, lectures[0], &other, "present").await;
        mark(&app, lectures[1], &other, "present").await;
        mark(&app, lectures[0], &learner, "present").await;
        mark(&app, lectures[1], &learner, "present").await;
        assert_eq!(warnings.sweep(day).await.unwrap(), 0);

        // One is missed, so that one more may be: at risk, and told once, however often it is looked.
        app.advance(day);
        mark(&app, lectures[2], &learner, "absent").await;
        mark(&app, lectures[2], &other, "present").await;
        assert_eq!(warnings.sweep(day).await.unwrap(), 1);
        assert_eq!(warnings.sweep(day).await.unwrap(), 0);
        assert_eq!(told(&app, &class).await, [("attendance.at_risk".to_owned(), Some(learner.id))]);

        // The third absence is one too many.
        for lecture in [lectures[3], lectures[4]] {
            app.advance(day);
            mark(&app, lecture, &learner, "absent").await;
            mark(&app, lecture, &other, "present").await;
            warnings.sweep(day).await.unwrap();
        }
        assert_eq!(warnings.sweep(day).await.unwrap(), 0);
        let kinds: Vec<String> = told(&app, &class).await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["attendance.at_risk", "attendance.unreachable"]);
        let path = format!("/classes/{}/learners/{}/explain", class.id, learner.id);
        let forecast = &app.client_of(learner.id).await.get(&path).await.expect(200).body["assessment"]["forecast"];
        assert_eq!(forecast["unreachable_since"], json!("2026-09-04T00:00:00Z"));
    }
}
