//! `POST /webhook-endpoints/{id}/redeliver`.

use chrono::TimeDelta;
use madang_tests::{Receiver, api_test, json};

use super::{close, deliveries, endpoint};

api_test! {
    async fn a_delivery_is_sent_again_under_the_same_id(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        close(&app, &app.class().await).await;
        let kept = deliveries(&app, &made).await;
        let path = format!("/webhook-endpoints/{}/redeliver", made.id());
        let body = json!({"delivery_ids": [kept[0]["id"], made.id()]});
        let answer = admin.post_once(&path, "key-1", body.clone()).await.expect(202);
        assert_eq!(answer.body, json!({"redelivered": 1}));
        assert_eq!(admin.post_once(&path, "key-1", body.clone()).await.expect(202).body, answer.body);
        // What is pending is on its way already.
        assert_eq!(admin.post(&path, body).await.expect(202).body["redelivered"], 0);
        app.work().await;
        let received = receiver.received();
        assert_eq!(received.len(), 2);
        assert_eq!((&received[0].id, &received[0].text), (&received[1].id, &received[1].text));
        let kept = deliveries(&app, &made).await;
        assert_eq!((&kept[0]["status"], &kept[0]["attempts"]), (&json!("delivered"), &json!(2)));
    }

    async fn what_was_missed_is_sent_once_the_endpoint_is_back(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        receiver.answer([(410, None)]);
        close(&app, &app.class().await).await;
        let path = format!("/webhook-endpoints/{}", made.id());
        let missed = json!({"missed_since": "2026-09-01T00:00:00Z"});
        admin.post(&format!("{path}/redeliver"), missed.clone()).await.expect_problem(409, "WEBHOOK_ENDPOINT_DISABLED");
        admin.patch(&path, json!({"is_active": true})).await.expect(200);
        assert_eq!(admin.post(&format!("{path}/redeliver"), missed).await.expect(202).body["redelivered"], 1);
        app.work().await;
        assert_eq!(receiver.received().len(), 2);
        assert_eq!(deliveries(&app, &made).await[0]["status"], "delivered");
        app.advance(TimeDelta::seconds(1));
        let later = json!({"missed_since": "2026-09-01T02:00:00Z"});
        assert_eq!(admin.post(&format!("{path}/redeliver"), later).await.expect(202).body["redelivered"], 0);
    }
}
