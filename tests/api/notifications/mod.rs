//! Notices: what is planned, what the inbox shows, what is sent, and what is not.

mod alimtalk;
mod announcements;
mod digest;
mod inbox;
mod planning;
mod preferences;
mod push;
mod reminders;
mod sending;
mod stream;
mod templates;

use chrono::TimeDelta;
use madang_tests::{Client, TestApp, json};
use serde_json::Value;

/// The kinds in somebody's inbox, latest first. By somebody who has just signed in: hours go by in these stories.
async fn told(app: &TestApp, client: &Client) -> Vec<String> {
    let inbox = app.client_of(client.id).await.get("/notifications").await.expect(200);
    inbox.items().iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

/// This much later, everything that is due is done.
async fn later(app: &TestApp, by: TimeDelta) {
    app.advance(by);
    app.work().await;
}

/// Somebody is mailed these kinds this way, and never kept waiting.
async fn wants(app: &TestApp, client: &Client, email: &str, kinds: &[&str]) {
    let kinds: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({"kind": kind, "email": email, "push": true, "alimtalk": false}))
        .collect();
    let body = json!({"language": "ko", "quiet_hours": null, "kinds": kinds});
    app.client_of(client.id).await.put("/notification-preferences", body).await.expect(200);
}
