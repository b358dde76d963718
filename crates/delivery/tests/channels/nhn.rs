//! NHN Cloud: Alimtalk of `KakaoTalk` Bizmessage v2.3.

use std::sync::Arc;

use chrono::TimeDelta;
use madang_delivery::{NhnAlimtalk, NhnSettings};
use madang_domain::{
    channels::{Address, MessageChannel, Outcome},
    clock::FixedClock,
    text::Phone,
};
use madang_testing::{FakeNhn, Reaction};
use serde_json::{Value, json};

use super::{KEY, PATIENCE, clock, message, name, to_device, to_phone};

/// NHN Cloud, and the time there.
struct Nhn {
    server: FakeNhn,
    clock: Arc<FixedClock>,
}

impl Nhn {
    async fn start() -> Self {
        Self { server: FakeNhn::start().await, clock: clock() }
    }

    fn channel(&self, sms_from: Option<&str>) -> NhnAlimtalk {
        let settings = NhnSettings {
            app_key: "app".to_owned(),
            secret_key: "secret".to_owned(),
            sender_key: "sender".to_owned(),
            sms_from: sms_from.map(str::to_owned),
            host: self.server.url().to_owned(),
        };
        NhnAlimtalk::new(settings, self.clock.clone(), Some(PATIENCE)).unwrap()
    }
}

fn answer(code: i64, more: &Value) -> Reaction {
    FakeNhn::answer(code, more)
}

fn reference() -> Outcome {
    Outcome::Pending { reference: "20260901100000abc1/1".to_owned() }
}

#[tokio::test]
async fn a_message_is_taken_and_its_result_is_looked_up() {
    let nhn = Nhn::start().await;
    let channel = nhn.channel(Some("0212345678"));
    assert_eq!(channel.send(&to_phone()).await, reference());
    let sent = nhn.server.requests()[0].json();
    assert_eq!(sent["templateCode"], "LECTURE_CANCELLED");
    assert_eq!(
        sent["recipientList"],
        json!([{
            "recipientNo": "01012345678",
            "templateParameter": {"강의": "수채화 기초"},
            "resendParameter": {
                "isResend": true, "resendType": "SMS", "resendTitle": "휴강 안내",
                "resendContent": "내일 수채화 기초 3차시는 쉽니다.", "resendSendNo": "0212345678",
            },
            "recipientGroupingKey": KEY,
        }])
    );
    assert_eq!(channel.look_up(&to_phone(), Some("20260901100000abc1/1")).await, reference());
    nhn.server.end("COMPLETED", "MRC01", "RSC01");
    let accepted = Outcome::Accepted { reference: "20260901100000abc1/1".to_owned() };
    assert_eq!(channel.look_up(&to_phone(), Some("20260901100000abc1/1")).await, accepted);
}

#[tokio::test]
async fn where_kakao_fails_the_text_message_decides() {
    let nhn = Nhn::start().await;
    let channel = nhn.channel(Some("0212345678"));
    channel.send(&to_phone()).await;
    for (status, result, fallback, expected) in [
        ("COMPLETED", "MRC02", "RSC02", "pending"),
        ("COMPLETED", "MRC02", "RSC03", "pending"),
        ("COMPLETED", "MRC02", "RSC04", "accepted"),
        ("COMPLETED", "MRC02", "RSC05", "refused"),
        ("COMPLETED", "MRC02", "RSC01", "refused"),
        ("FAILED", "", "RSC01", "refused"),
        ("CANCEL", "", "RSC01", "refused"),
    ] {
        nhn.server.end(status, result, fallback);
        let outcome = channel.look_up(&to_phone(), Some("20260901100000abc1/1")).await;
        assert_eq!(name(&outcome), expected, "{status} {result} {fallback}");
    }
}

#[tokio::test]
async fn what_was_taken_without_a_word_is_found_by_its_key_and_never_sent_twice() {
    for reaction in [Reaction::Cut, Reaction::Silence] {
        let nhn = Nhn::start().await;
        let channel = nhn.channel(None);
        nhn.server.say([reaction]);
        let Outcome::Pending { reference } = channel.send(&to_phone()).await else { panic!("unknown") };
        nhn.server.end("COMPLETED", "MRC01", "RSC01");
        let accepted = Outcome::Accepted { reference: "20260901100000abc1/1".to_owned() };
        assert_eq!(channel.look_up(&to_phone(), Some(&reference)).await, accepted);
        // After a crash, nobody has a reference.
        assert_eq!(channel.look_up(&to_phone(), None).await, accepted);
        // Somebody who sends it nevertheless is told that it is there.
        assert_eq!(name(&channel.send(&to_phone()).await), "pending");
        assert_eq!(nhn.server.taken().len(), 1);
    }
}

#[tokio::test]
async fn what_was_never_taken_is_sent_again_once_that_is_sure() {
    let nhn = Nhn::start().await;
    let channel = nhn.channel(None);
    assert_eq!(name(&channel.look_up(&to_phone(), None).await), "pending");
    nhn.clock.advance(TimeDelta::minutes(10));
    assert_eq!(name(&channel.look_up(&to_phone(), None).await), "later");
}

#[tokio::test]
async fn a_failure_in_a_success_is_a_failure() {
    for (says, expected) in [
        (answer(-2_001, &json!({})), "refused"),
        (answer(-1_000, &json!({})), "later"),
        (
            answer(
                0,
                &json!({"message": {"requestId": "x", "sendResults": [{"recipientSeq": 1, "resultCode": -3_014}]}}),
            ),
            "refused",
        ),
        (answer(0, &json!({})), "pending"),
        (Reaction::AnswerWith(200, vec![], "<html>점검 중</html>"), "pending"),
        (Reaction::AnswerWith(500, vec![], ""), "pending"),
        (Reaction::AnswerWith(503, vec![], ""), "later"),
        (Reaction::AnswerWith(401, vec![], ""), "later"),
        (Reaction::AnswerWith(400, vec![], ""), "refused"),
    ] {
        let nhn = Nhn::start().await;
        nhn.server.say([says]);
        let outcome = nhn.channel(None).send(&to_phone()).await;
        assert_eq!(name(&outcome), expected, "{outcome:?}");
        assert_eq!(nhn.server.taken().len(), 0);
    }
}

#[tokio::test]
async fn a_wait_is_heeded_and_a_server_that_is_away_is_tried_later() {
    let nhn = Nhn::start().await;
    nhn.server.say([Reaction::AnswerWith(429, vec![("retry-after", "11")], "")]);
    let Outcome::Later { after, .. } = nhn.channel(None).send(&to_phone()).await else { panic!("later") };
    assert_eq!(after.unwrap().as_secs(), 11);
    let settings = NhnSettings {
        app_key: "app".to_owned(),
        secret_key: "s3cret".to_owned(),
        sender_key: "sender".to_owned(),
        sms_from: None,
        host: "http://127.0.0.1:1".to_owned(),
    };
    assert!(!format!("{settings:?}").contains("s3cret"));
    let away = NhnAlimtalk::new(settings, clock(), Some(PATIENCE)).unwrap();
    assert_eq!(name(&away.send(&to_phone()).await), "later");
    assert_eq!(name(&away.look_up(&to_phone(), None).await), "pending");
}

#[tokio::test]
async fn a_long_text_is_a_long_message_and_none_is_sent_without_a_number() {
    let nhn = Nhn::start().await;
    let mut long = to_phone();
    long.text = "가".repeat(46);
    nhn.channel(Some("0212345678")).send(&long).await;
    long.key = uuid::Uuid::from_u128(7);
    nhn.channel(None).send(&long).await;
    let sent: Vec<Value> = nhn
        .server
        .requests()
        .iter()
        .map(|request| request.json()["recipientList"][0]["resendParameter"].clone())
        .collect();
    assert_eq!(sent[0]["resendType"], "LMS");
    assert_eq!(sent[1], json!({"isResend": false}));
}

#[tokio::test]
async fn what_is_no_korean_phone_or_has_no_template_is_refused() {
    let nhn = Nhn::start().await;
    let channel = nhn.channel(None);
    let abroad = message(Address::Phone(Phone::parse("+81 90-1234-5678").unwrap()));
    let mut bare = to_phone();
    bare.template = None;
    for refused in [abroad, bare, to_device()] {
        assert_eq!(name(&channel.send(&refused).await), "refused");
    }
    assert!(nhn.server.requests().is_empty());
}
