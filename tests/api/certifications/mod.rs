//! Certifications.

use madang_tests::{Answer, Client, TestApp, TestClass, json};

mod cohorts;
mod credentials;
mod endings;
mod issue;
mod list;
mod papers;
mod rules;
mod story;
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

/// A learner of this name with a certification, and its class.
async fn certified(app: &TestApp, name: &str) -> (TestClass, Client, Answer) {
    let class = app.class().await;
    let learner = app.learner_in(&class, name).await;
    let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
    let issued = app.manager().await.post("/certifications", body).await.expect(201);
    (class, learner, issued)
}
