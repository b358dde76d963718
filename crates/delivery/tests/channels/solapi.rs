//! Solapi: messages v4.

use std::sync::Arc;

use chrono::TimeDelta;
use madang_delivery::{SolapiAlimtalk, SolapiSettings};
use madang_domain::{
    channels::{MessageChannel, Outcome},
    clock::FixedClock,
};
use madang_testing::{FakeSolapi, Reaction};
use serde_json::json;

use super::{KEY, PATIENCE, clock, name, to_phone};

/// Solapi, and the time there.
struct Solapi {
    server: FakeSolapi,
    clock: Arc<FixedClock>,
}

impl Solapi {
    async fn start() -> Self {
        Self { server: FakeSolapi::start().await, clock: clock() }
    }

    fn channel(&self, sms_from: Option<&str>) -> SolapiAlimtalk {
        let settings = SolapiSettings {
            api_key: "NCSAYU7YDBXYORXC".to_owned(),
            api_secret: "s3cret".to_owned(),
            pf_id: "KA01PF".to_owned(),
            sms_from: sms_from.map(str::to_owned),
            host: self.server.url().to_owned(),
        };
        assert!(!format!("{settings:?}").contains("s3cret"));
        SolapiAlimtalk::new(settings, self.clock.clone(), Some(PATIENCE)).unwrap()
    }
}

fn pending() -> Outcome {
    Outcome::Pending { reference: "M4V20260901100000000000000000001".to_owned() }
}

#[tokio::test]
async fn a_message_is_taken_and_its_result_is_looked_up() {
    let solapi = Solapi::start().await;
    let channel = solapi.channel(Some("0212345678"));
    assert_eq!(channel.send(&to_phone()).await, pending());
    let sent = solapi.server.requests()[0].json();
    assert_eq!(
        sent["messages"],
        json!([{
            "to": "01012345678",
            "from": "0212345678",
            "text": "내일 수채화 기초 3차시는 쉽니다.",
            "kakaoOptions": {"pfId": "KA01PF", "templateId": "LECTURE_CANCELLED", "variables": {"#{강의}": "수채화 기초"}, "disableSms": false},
            "customFields": {"madang_key": KEY},
        }])
    );
    let Outcome::Pending { reference } = pending() else { panic!("pending") };
    for (code, expected) in [
        ("2000", "pending"),
        ("3000", "pending"),
        ("4000", "accepted"),
        ("3104", "refused"),
        ("1030", "refused"),
    ] {
        solapi.server.end(code);
        let outcome = channel.look_up(&to_phone(), Some(&reference)).await;
        assert_eq!(name(&outcome), expected, "{code}");
    }
}

#[tokio::test]
async fn what_was_taken_without_a_word_is_found_by_its_key_among_others_to_the_same_phone() {
    for reaction in [Reaction::Cut, Reaction::Silence] {
        let solapi = Solapi::start().await;
        let channel = solapi.channel(None);
        let mut other = to_phone();
        other.key = uuid::Uuid::from_u128(7);
        channel.send(&other).await;
        solapi.server.say([reaction]);
        let Outcome::Pending { reference } = channel.send(&to_phone()).await else { panic!("unknown") };
        solapi.server.end("4000");
        let accepted = Outcome::Accepted { reference: "M4V20260901100000000000000000002".to_owned() };
        assert_eq!(channel.look_up(&to_phone(), Some(&reference)).await, accepted);
        assert_eq!(channel.look_up(&to_phone(), None).await, accepted);
        assert_eq!(solapi.server.taken().len(), 2);
    }
}

#[tokio::test]
async fn what_was_never_taken_is_sent_again_once_that_is_sure() {
    let solapi = Solapi::start().await;
    let channel = solapi.channel(None);
    assert_eq!(name(&channel.look_up(&to_phone(), None).await), "pending");
    solapi.clock.advance(TimeDelta::minutes(10));
    assert_eq!(name(&channel.look_up(&to_phone(), None).await), "later");
}

#[tokio::test]
async fn what_solapi_refuses_is_given_up_and_what_somebody_can_mend_is_not() {
    for (says, expected) in [
        (
            Reaction::Answer(
                200,
                json!({
                    "groupInfo": {"groupId": "G4V1"}, "messageList": [],
                    "failedMessageList": [{"to": "01012345678", "statusCode": "1062", "statusMessage": "발신번호 미등록"}],
                }),
            ),
            "refused",
        ),
        (
            Reaction::Answer(200, json!({"groupInfo": {"groupId": "G4V1"}, "failedMessageList": []})),
            "pending",
        ),
        (Reaction::Answer(200, json!({})), "pending"),
        (
            Reaction::Answer(400, json!({"errorCode": "ValidationError", "errorMessage": "01012345678"})),
            "refused",
        ),
        (
            Reaction::Answer(402, json!({"errorCode": "NotEnoughBalance", "errorMessage": "잔액 부족"})),
            "later",
        ),
        (Reaction::Answer(403, json!({"errorCode": "SignatureDoesNotMatch", "errorMessage": "…"})), "later"),
        (Reaction::AnswerWith(429, vec![("retry-after", "5")], ""), "later"),
        (Reaction::AnswerWith(500, vec![], "<html>"), "pending"),
        (Reaction::AnswerWith(503, vec![], ""), "later"),
    ] {
        let solapi = Solapi::start().await;
        solapi.server.say([says]);
        let outcome = solapi.channel(None).send(&to_phone()).await;
        assert_eq!(name(&outcome), expected, "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("01012345678"), "{outcome:?}");
    }
}
