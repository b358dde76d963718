//! Firebase Cloud Messaging.

use std::sync::Arc;

use chrono::TimeDelta;
use madang_delivery::{FcmAccount, FcmChannel, FcmHosts};
use madang_domain::{
    channels::{MessageChannel, Outcome},
    clock::FixedClock,
};
use madang_testing::{FakeGoogle, Reaction};
use serde_json::json;

use super::{KEY, PATIENCE, clock, name, to_device, to_phone};

/// Google's servers, and the time at them.
struct Google {
    server: FakeGoogle,
    clock: Arc<FixedClock>,
}

impl Google {
    /// That answers messages so, one after the other.
    async fn answering(answers: Vec<Reaction>) -> Self {
        let server = FakeGoogle::start().await;
        server.say(answers);
        Self { server, clock: clock() }
    }

    fn channel(&self) -> FcmChannel {
        let hosts = FcmHosts {
            messages: self.server.url().to_owned(),
            tokens: Some(format!("{}/token", self.server.url())),
        };
        let account = FcmAccount::parse(FakeGoogle::account()).unwrap();
        FcmChannel::new(account, &hosts, self.clock.clone(), Some(PATIENCE)).unwrap()
    }

    fn asked(&self) -> (usize, usize) {
        (self.server.tokens_asked(), self.server.messages().len())
    }
}

#[tokio::test]
async fn a_message_reaches_every_kind_of_device_under_one_tag() {
    let google = Google::answering(Vec::new()).await;
    let outcome = google.channel().send(&to_device()).await;
    let reference = "projects/madang-test/messages/0:1500415314455276%31bd1c96".to_owned();
    assert_eq!(outcome, Outcome::Accepted { reference });
    let message = &google.server.messages()[0];
    assert_eq!(message["token"], "fGh-1:APA91b_x");
    assert_eq!(
        message["notification"],
        json!({"title": "휴강 안내", "body": "내일 수채화 기초 3차시는 쉽니다."})
    );
    let link = "https://app.example.org/lectures/3";
    assert_eq!(message["data"], json!({"kind": "lecture.cancelled", "message_id": KEY, "link": link}));
    assert_eq!(message["android"]["notification"]["tag"], KEY);
    assert_eq!(message["apns"]["headers"]["apns-collapse-id"], KEY);
    assert_eq!(message["webpush"]["notification"]["tag"], KEY);
    assert_eq!(message["webpush"]["fcm_options"]["link"], link);
    assert!(message["webpush"]["headers"]["Topic"].as_str().unwrap().len() <= 32);
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_before_it_ends_or_when_it_was_revoked() {
    let google = Google::answering(Vec::new()).await;
    let channel = google.channel();
    let message = to_device();
    let sent = futures_util::future::join_all((0..5).map(|_| channel.send(&message))).await;
    assert!(sent.iter().all(|outcome| name(outcome) == "accepted"));
    assert_eq!(google.asked(), (1, 5));
    google.clock.advance(TimeDelta::minutes(58));
    assert_eq!(name(&channel.send(&message).await), "accepted");
    assert_eq!(google.server.tokens_asked(), 2);
    google.server.revoke_tokens();
    assert_eq!(name(&channel.send(&message).await), "accepted");
    assert_eq!(google.asked(), (3, 8));
}

#[tokio::test]
async fn only_a_token_that_is_no_more_is_forgotten() {
    for (status, kind, code, expected) in [
        (404, "NOT_FOUND", Some("UNREGISTERED"), "refused and forgotten"),
        (404, "NOT_FOUND", None, "later"),
        (400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT"), "refused"),
        (403, "PERMISSION_DENIED", Some("SENDER_ID_MISMATCH"), "refused"),
        (401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR"), "later"),
        (429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED"), "later"),
        (500, "INTERNAL", Some("INTERNAL"), "later"),
        (503, "UNAVAILABLE", Some("UNAVAILABLE"), "later"),
    ] {
        let google = Google::answering(vec![
            FakeGoogle::error(status, kind, code),
            FakeGoogle::error(status, kind, code),
        ])
        .await;
        let outcome = google.channel().send(&to_device()).await;
        assert_eq!(name(&outcome), expected, "{status} {code:?}: {outcome:?}");
        // Google's words repeat the token.
        assert!(!format!("{outcome:?}").contains("APA91b"), "{outcome:?}");
    }
}

#[tokio::test]
async fn how_long_to_wait_is_google_to_say() {
    let wait = |seconds| Reaction::AnswerWith(429, vec![("retry-after", seconds)], "{}");
    for (answer, expected) in [(wait("37"), 37), (Reaction::Answer(429, json!({})), 60)] {
        let google = Google::answering(vec![answer]).await;
        let Outcome::Later { after, .. } = google.channel().send(&to_device()).await else { panic!("later") };
        assert_eq!(after.unwrap().as_secs(), expected);
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_sent_again_because_devices_show_it_once() {
    for reaction in [Reaction::Cut, Reaction::Silence] {
        let google = Google::answering(vec![reaction]).await;
        let channel = google.channel();
        assert_eq!(name(&channel.send(&to_device()).await), "later");
        assert_eq!(name(&channel.look_up(&to_device(), None).await), "later");
        assert_eq!(name(&channel.send(&to_device()).await), "accepted");
        let sent = google.server.messages();
        assert_eq!(sent[0], sent[1]);
    }
}

#[tokio::test]
async fn a_page_of_html_a_server_that_is_away_and_a_wrong_key_are_tried_again_later() {
    let html = Reaction::AnswerWith(502, vec![("content-type", "text/html")], "<html>");
    let google = Google::answering(vec![html]).await;
    assert_eq!(name(&google.channel().send(&to_device()).await), "later");
    let nowhere =
        FcmHosts { messages: "http://127.0.0.1:1".to_owned(), tokens: Some("http://127.0.0.1:1".to_owned()) };
    let account = FcmAccount::parse(FakeGoogle::account()).unwrap();
    let channel = FcmChannel::new(account, &nowhere, clock(), Some(PATIENCE)).unwrap();
    assert_eq!(name(&channel.send(&to_device()).await), "later");
    assert_eq!(name(&channel.send(&to_phone()).await), "refused");
    assert!(FcmAccount::parse(b"{}").is_err());
    assert!(!format!("{:?}", FcmAccount::parse(FakeGoogle::account()).unwrap()).contains("PRIVATE"));
}

#[tokio::test]
async fn a_text_that_is_too_long_is_cut_between_characters_and_data_that_is_is_refused() {
    let google = Google::answering(Vec::new()).await;
    let mut long = to_device();
    long.text = "가\"\n".repeat(5_000);
    assert_eq!(name(&google.channel().send(&long).await), "accepted");
    let body = google.server.messages()[0]["notification"]["body"].as_str().unwrap().to_owned();
    assert!(body.ends_with('…') && body.len() > 1_500, "{}", body.len());
    long.data.insert("more".to_owned(), "x".repeat(4_000));
    assert_eq!(name(&google.channel().send(&long).await), "refused");
}
