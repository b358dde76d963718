//! What goes out to devices, through the real client, to a server that speaks as Google's does.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use madang_delivery::{FcmAccount, FcmChannel, FcmHosts};
use madang_domain::channels::{Channels, MessageChannel};
use madang_testing::{FakeGoogle, Reaction};
use madang_tests::{Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::told;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// How long a client waits for Google here.
const PATIENCE: Duration = Duration::from_millis(400);

fn channels(app: &TestApp, google: &FakeGoogle, patience: Duration) -> Channels {
    let hosts =
        FcmHosts { messages: google.url().to_owned(), tokens: Some(format!("{}/token", google.url())) };
    let account = FcmAccount::parse(FakeGoogle::account()).unwrap();
    let push = FcmChannel::new(account, &hosts, app.clock.clone(), Some(patience)).unwrap();
    Channels::new([Arc::new(push) as Arc<dyn MessageChannel>])
}

/// A learner with these devices, in a class with a lecture that begins in half an hour.
async fn lesson(app: &TestApp, devices: &[&str]) -> (TestClass, Uuid, Client) {
    let class = app.class().await;
    let learner = app.learner_in(&class, "김하늘").await;
    for device in devices {
        let body = json!({"token": device, "platform": "android"});
        learner.post("/devices", body).await.expect(201);
    }
    let lecture = app.lecture(&class, "2026-09-01T01:30:00Z").await;
    (class, lecture, learner)
}

/// To which devices messages went, those that were not taken too.
fn sent_to(google: &FakeGoogle) -> Vec<String> {
    let mut sent: Vec<String> =
        google.messages().iter().map(|message| message["token"].as_str().unwrap().to_owned()).collect();
    sent.sort();
    sent
}

async fn devices(app: &TestApp, learner: &Client) -> usize {
    app.client_of(learner.id).await.get("/devices").await.expect(200).items().len()
}

async fn dead(app: &TestApp) -> Vec<Value> {
    app.admin().await.get("/admin/jobs?status=dead").await.expect(200).items().clone()
}

/// What became of messages, in the order of names.
async fn states(app: &TestApp) -> Vec<String> {
    app.owner.read("SELECT state AS value FROM notice_deliveries ORDER BY state").await.unwrap()
}

api_test! {
    async fn a_cause_reaches_every_device_once(app) {
        let (google, (_, lecture, learner)) = (FakeGoogle::start().await, lesson(&app, &["phone", "tablet"]).await);
        let channels = channels(&app, &google, PATIENCE * 20);
        for _ in 0..3 {
            app.work_over(&channels).await;
            app.advance(MINUTE);
        }
        assert_eq!(sent_to(&google), ["phone", "tablet"]);
        assert_eq!(states(&app).await, ["accepted", "accepted"]);
        let message = &google.messages()[0];
        let notice = app.client_of(learner.id).await.get("/notifications").await.expect(200).items()[0].clone();
        assert_eq!(notice["cause"]["lecture_id"], json!(lecture));
        assert_eq!((&message["notification"]["title"], &message["notification"]["body"]), (&notice["title"], &notice["body"]));
        assert_eq!((&message["data"]["notification_id"], &message["data"]["kind"]), (&notice["id"], &json!("lecture_start")));
        assert_ne!(google.messages()[0]["android"]["notification"]["tag"], google.messages()[1]["android"]["notification"]["tag"]);
    }

    async fn a_device_whose_app_is_gone_is_forgotten_and_the_others_are_told(app) {
        let (google, (_, _, learner)) = (FakeGoogle::start().await, lesson(&app, &["phone", "tablet", "old"]).await);
        google.forget("old");
        let channels = channels(&app, &google, PATIENCE * 20);
        app.work_over(&channels).await;
        assert_eq!(sent_to(&google), ["old", "phone", "tablet"]);
        assert_eq!(states(&app).await, ["accepted", "accepted", "refused"]);
        assert_eq!(devices(&app, &learner).await, 2);
        assert_eq!(dead(&app).await, [] as [Value; 0], "nothing for an operator to look at");
    }

    async fn no_other_failure_makes_a_device_forgotten(app) {
        for (status, kind, code) in [
            (404, "NOT_FOUND", None),
            (400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT")),
            (403, "PERMISSION_DENIED", Some("SENDER_ID_MISMATCH")),
            (401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR")),
            (429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED")),
            (500, "INTERNAL", Some("INTERNAL")),
            (503, "UNAVAILABLE", Some("UNAVAILABLE")),
        ] {
            let (google, (class, lecture, learner)) = (FakeGoogle::start().await, lesson(&app, &["phone"]).await);
            google.say([FakeGoogle::error(status, kind, code), FakeGoogle::error(status, kind, code)]);
            let channels = channels(&app, &google, PATIENCE * 20);
            app.work_over(&channels).await;
            assert!(!google.messages().is_empty());
            assert_eq!(devices(&app, &learner).await, 1, "{status} {code:?}");
            // What comes next is a story of its own.
            class.lecturer.post(&format!("/lectures/{lecture}/cancel"), json!({"reason": "끝"})).await.expect(200);
            app.advance(MINUTE);
        }
        let mut reasons: Vec<String> = dead(&app).await.iter().map(|job| job["last_error"].as_str().unwrap().to_owned()).collect();
        reasons.sort();
        assert_eq!(reasons, ["FCM answered 400 INVALID_ARGUMENT", "FCM answered 403 SENDER_ID_MISMATCH"]);
    }

    async fn a_push_waits_for_as_long_as_google_asks_for(app) {
        let (google, _) = (FakeGoogle::start().await, lesson(&app, &["phone"]).await);
        google.say([Reaction::AnswerWith(429, vec![("retry-after", "300")], "{}")]);
        let channels = channels(&app, &google, PATIENCE * 20);
        app.work_over(&channels).await;
        app.advance(TimeDelta::seconds(299));
        app.work_over(&channels).await;
        assert_eq!(google.messages().len(), 1);
        app.advance(TimeDelta::seconds(1));
        app.work_over(&channels).await;
        assert_eq!((google.messages().len(), states(&app).await), (2, vec!["accepted".to_owned()]));
    }

    async fn what_is_no_longer_true_when_google_wants_it_is_not_sent(app) {
        let (google, (class, lecture, learner)) = (FakeGoogle::start().await, lesson(&app, &["phone"]).await);
        google.say([Reaction::AnswerWith(429, vec![("retry-after", "300")], "{}")]);
        let channels = channels(&app, &google, PATIENCE * 20);
        app.work_over(&channels).await;
        class.lecturer.post(&format!("/lectures/{lecture}/cancel"), json!({"reason": "강사 사정"})).await.expect(200);
        app.advance(MINUTE * 5);
        app.work_over(&channels).await;
        assert_eq!(google.messages().len(), 1);
        assert_eq!(told(&app, &learner).await, [""; 0]);
    }

    async fn servers_that_break_down_are_tried_again_under_one_tag(app) {
        let (google, _) = (FakeGoogle::start().await, lesson(&app, &["phone"]).await);
        google.say([
            FakeGoogle::error(500, "INTERNAL", Some("INTERNAL")),
            Reaction::AnswerWith(502, vec![("content-type", "text/html")], "<html>"),
            Reaction::Cut,
            Reaction::Silence,
        ]);
        let channels = channels(&app, &google, PATIENCE);
        for _ in 0..6 {
            app.work_over(&channels).await;
            app.advance(MINUTE);
        }
        let messages = google.messages();
        assert_eq!((messages.len(), states(&app).await), (5, vec!["accepted".to_owned()]));
        // What had arrived after all is shown once.
        assert!(messages.iter().all(|message| message == &messages[0]));
        assert!(messages[0]["android"]["notification"]["tag"].is_string());
    }

    async fn a_slow_server_is_waited_for(app) {
        let (google, _) = (FakeGoogle::start().await, lesson(&app, &["phone", "tablet"]).await);
        google.slow_down(Duration::from_millis(300));
        let channels = channels(&app, &google, PATIENCE * 20);
        app.work_over(&channels).await;
        app.advance(MINUTE);
        app.work_over(&channels).await;
        assert_eq!((sent_to(&google).len(), states(&app).await), (2, vec!["accepted".to_owned(); 2]));
    }
}
