//! Webhooks: endpoints, and what they are told.

mod deliver;
mod endpoints;
mod marks;
mod redeliver;
mod slow;

use madang_tests::{Answer, Client, Received, Receiver, TestApp, TestClass, json};
use serde_json::Value;

/// An endpoint that is told of these kinds of events, or of all.
async fn endpoint(admin: &Client, receiver: &Receiver, kinds: &[&str]) -> Answer {
    admin.post("/webhook-endpoints", json!({"url": receiver.url, "kinds": kinds})).await.expect(201)
}

/// Closes a class, which is an event, and tells whoever is to be told.
async fn close(app: &TestApp, class: &TestClass) -> Value {
    let manager = app.manager().await;
    let closed =
        manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
    app.work().await;
    closed.body
}

/// The kind and the data of what was told.
fn told(received: &Received) -> (String, Value) {
    let body = received.body();
    (body["type"].as_str().unwrap_or_default().to_owned(), body["data"].clone())
}

/// The deliveries of an endpoint, latest first.
async fn deliveries(app: &TestApp, endpoint: &Answer) -> Vec<Value> {
    let admin = app.admin().await;
    admin.get(&format!("/webhook-endpoints/{}/deliveries", endpoint.id())).await.expect(200).items().clone()
}
