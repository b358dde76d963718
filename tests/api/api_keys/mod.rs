//! API keys: how machines call.

mod calling;
mod create;
mod revoke;

use madang_tests::{Answer, Client, TestApp, json};
use serde_json::Value;

/// A key of this user with these permissions, good for a month.
async fn key(owner: &Client, permissions: &[&str]) -> Answer {
    owner.post("/api-keys", body(permissions)).await.expect(201)
}

fn body(permissions: &[&str]) -> Value {
    json!({"name": "출석 단말기", "permissions": permissions, "expires_at": "2026-10-01T00:00:00Z"})
}

/// A machine that sends the secret of this answer.
fn machine(app: &TestApp, key: &Answer) -> Client {
    app.anonymous().with_token(key.body["secret"].as_str().unwrap())
}
