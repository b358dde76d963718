//! `/leave-requests` (공결).

mod create;
mod decide;
mod list;
mod rules;

use madang_tests::{Client, TestClass, json};
use serde_json::Value;
use uuid::Uuid;

/// A request for these days, because of an illness.
fn ill(class: &TestClass, first: &str, last: &str) -> Value {
    json!({"class_id": class.id, "reason": "illness", "description": "독감", "first_on": first, "last_on": last})
}

/// The path of a new request of this learner.
async fn asked(learner: &Client, class: &TestClass, first: &str, last: &str) -> String {
    let made = learner.post("/leave-requests", ill(class, first, last)).await.expect(201);
    format!("/leave-requests/{}", made.id())
}

/// A request with another learner.
fn on_behalf(mut body: Value, learner: Uuid) -> Value {
    body["user_id"] = json!(learner);
    body
}
