//! Attendance policies.

mod create;
mod explain;
mod pin;
mod simulate;
mod warnings;

use madang_tests::{Client, json};
use uuid::Uuid;

/// A new policy from a preset.
async fn preset(manager: &Client, name: &str) -> Uuid {
    manager.post("/attendance-policies", json!({"preset": name})).await.expect(201).id()
}
