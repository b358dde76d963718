//! Endpoints that take their time hold up themselves, and nobody else.

use std::time::{Duration, Instant};

use madang_domain::jobs::LANE_WIDTH;
use madang_testing::{FakeServer, Reaction};
use madang_tests::{Receiver, TestApp, api_test, json};

use super::endpoint;

/// Closes a new class, which is an event.
async fn happen(app: &TestApp) {
    let class = app.class().await;
    let path = format!("/classes/{}/close?force=true", class.id);
    app.manager().await.post(&path, json!({})).await.expect(200);
}

api_test! {
    async fn an_endpoint_that_hangs_does_not_keep_another_waiting(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let hanging = FakeServer::start(|_| Reaction::Silence).await;
        let url = format!("{}/hooks", hanging.url);
        admin.post("/webhook-endpoints", json!({"url": url, "kinds": ["class.closed"]})).await.expect(201);
        endpoint(&admin, &receiver, &["class.closed"]).await;
        // More than a worker has hands.
        for _ in 0..12 {
            happen(&app).await;
        }
        let took = app.work_until(async {
            receiver.has_received(12).await;
            let began = Instant::now();
            happen(&app).await;
            receiver.has_received(13).await;
            began.elapsed()
        }).await;
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert_eq!(hanging.requests().len(), usize::try_from(LANE_WIDTH).unwrap());
    }
}
