//! Certifications.

use madang_tests::{Client, TestApp, TestClass, json};

mod cohorts;
mod endings;
mod issue;
mod list;
mod rules;
mod verify;

/// Twenty daily lectures from 1 June 2026, all of them over.
async fn twenty_lectures(app: &TestApp) -> (TestClass, Vec<String>) {
    let class = app.class().await;
    let body = json!({
        "title": "수채화", "first_day": "2026-06-01", "start_time": "10:00", "duration_minutes": 60, "count": 20,
        "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    });
    let made =
        class.lecturer.post(&format!("/classes/{}/lectures/recurring", class.id), body).await.expect(201);
    let lectures = made.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    (class, lectures)
}

/// Marks a learner present at the first so many of these lectures, and absent at the others.
async fn attends(class: &TestClass, lectures: &[String], learner: &Client, present: usize) {
    for (index, lecture) in lectures.iter().enumerate() {
        let status = if index < present { "present" } else { "absent" };
        let mark = json!({"user_id": learner.id, "status": status});
        class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201);
    }
}
