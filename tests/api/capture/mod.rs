//! Taking attendance: check-in by code, the times of learners, and what follows.

use madang_tests::{Answer, Client, TestApp, TestClass, json};
use uuid::Uuid;

mod check_in;
mod closing;
mod code;
mod crowd;
mod live;
mod moves;
mod offline;
mod sessions;
mod suspicions;

/// A class with a lecture that begins now and takes an hour, open for check-in.
async fn open_lecture(app: &TestApp) -> (TestClass, Uuid) {
    let class = app.class().await;
    let lecture = app.lecture(&class, "2026-09-01T01:00:00Z").await;
    open(&class, lecture).await;
    (class, lecture)
}

/// Opens check-in.
async fn open(class: &TestClass, lecture: Uuid) -> Answer {
    class.lecturer.post(&format!("/lectures/{lecture}/check-in-session"), json!({})).await.expect(201)
}

/// Payload and digits of the code that is shown now. Whoever asks has just signed in, however far the clock was moved.
async fn code(app: &TestApp, class: &TestClass, lecture: Uuid) -> (String, String) {
    let code = app
        .client_of(class.lecturer.id)
        .await
        .get(&format!("/lectures/{lecture}/check-in-code"))
        .await
        .expect(200)
        .body;
    (code["payload"].as_str().unwrap().to_owned(), code["digits"].as_str().unwrap().to_owned())
}

/// Hands in a code.
async fn check_in(learner: &Client, lecture: Uuid, code: &str) -> Answer {
    learner.post(&format!("/lectures/{lecture}/check-in"), json!({ "code": code })).await
}

/// Checks in with the code that is shown now.
async fn checked_in(app: &TestApp, class: &TestClass, lecture: Uuid, learner: &Client) -> Answer {
    let (payload, _) = code(app, class, lecture).await;
    check_in(&app.client_of(learner.id).await, lecture, &payload).await.expect(201)
}
