//! Solapi: messages v4.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::hmac;
use chrono::TimeDelta;
use madang_delivery::{SolapiAlimtalk, SolapiSettings};
use madang_domain::{
    channels::{MessageChannel, Outcome},
    clock::FixedClock,
    secrets::hex,
};
use serde_json::{Value, json};

use super::{
    KEY, PATIENCE, clock, name,
    server::{Reaction, Request, Server},
    to_phone,
};

#[derive(Default)]
struct State {
    messages: Vec<Value>,
    says: Option<fn() -> Reaction>,
    code: &'static str,
}

struct Solapi {
    server: Server,
    state: Arc<Mutex<State>>,
    clock: Arc<FixedClock>,
}

impl Solapi {
    async fn start() -> Self {
        let state = Arc::new(Mutex::new(State { code: "2000", ..State::default() }));
        let held = state.clone();
        let server = Server::start(move |request| {
            check_signature(request);
            let mut state = held.lock().unwrap();
            match (request.method.as_str(), request.path.as_str()) {
                ("POST", "/messages/v4/send-many/detail") => take(&mut state, request),
                ("GET", "/messages/v4/list") => list(&state, request),
                other => panic!("{other:?}"),
            }
        })
        .await;
        Self { server, state, clock: clock() }
    }

    fn channel(&self, sms_from: Option<&str>) -> SolapiAlimtalk {
        let settings = SolapiSettings {
            api_key: "NCSAYU7YDBXYORXC".to_owned(),
            api_secret: "s3cret".to_owned(),
            pf_id: "KA01PF".to_owned(),
            sms_from: sms_from.map(str::to_owned),
            host: self.server.url.clone(),
        };
        assert!(!format!("{settings:?}").contains("s3cret"));
        SolapiAlimtalk::new(settings, self.clock.clone(), Some(PATIENCE)).unwrap()
    }

    fn say(&self, reaction: fn() -> Reaction) {
        self.state.lock().unwrap().says = Some(reaction);
    }
}

fn check_signature(request: &Request) {
    let value = request.header("authorization").strip_prefix("HMAC-SHA256 ").unwrap();
    let parts: HashMap<&str, &str> = value.split(", ").map(|part| part.split_once('=').unwrap()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
    let expected = hmac::sign(&key, format!("{}{}", parts["date"], parts["salt"]).as_bytes());
    assert_eq!(parts["signature"], hex(expected.as_ref()));
    assert_eq!((parts["apiKey"], parts["salt"].len()), ("NCSAYU7YDBXYORXC", 32));
    assert_eq!(parts["date"].split('.').next().unwrap().len(), 19);
}

fn take(state: &mut State, request: &Request) -> Reaction {
    let says = state.says.take().map(|says| says());
    if let Some(Reaction::Answer(..) | Reaction::AnswerWith(..)) = says {
        return says.unwrap();
    }
    let body = request.json();
    let one = &body["messages"][0];
    assert!(one["kakaoOptions"]["variables"].as_object().unwrap().values().all(Value::is_string));
    let number = state.messages.len() + 1;
    let id = format!("M4V2026090110000000000000000000{number}");
    state.messages.push(json!({
        "messageId": id, "groupId": format!("G4V{number}"), "to": one["to"], "dateCreated": "2026-09-01T01:00:01.000Z",
        "customFields": one["customFields"],
    }));
    says.unwrap_or_else(|| {
        Reaction::Answer(200, json!({
            "groupInfo": {"groupId": format!("G4V{number}"), "count": {"total": 1, "registeredSuccess": 1, "registeredFailed": 0}},
            "failedMessageList": [],
            "messageList": [{"messageId": id, "statusCode": "2000", "statusMessage": "정상 접수"}],
        }))
    })
}

fn list(state: &State, request: &Request) -> Reaction {
    let split = |name: &str| request.query[name].split(',').map(str::to_owned).collect::<Vec<_>>();
    let (criteria, conditions, values) = (split("criteria"), split("cond"), split("value"));
    let fits = |one: &&Value| {
        criteria.iter().zip(&conditions).zip(&values).all(|((name, condition), value)| {
            let held = one[name].as_str().unwrap();
            if condition == "gte" { held >= value.as_str() } else { held == value }
        })
    };
    let found: serde_json::Map<String, Value> = state
        .messages
        .iter()
        .filter(fits)
        .map(|one| {
            let mut one = one.clone();
            one["statusCode"] = json!(state.code);
            (one["messageId"].as_str().unwrap().to_owned(), one)
        })
        .collect();
    Reaction::Answer(200, json!({"startKey": null, "limit": 500, "messageList": found}))
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
        solapi.state.lock().unwrap().code = code;
        let outcome = channel.look_up(&to_phone(), Some(&reference)).await;
        assert_eq!(name(&outcome), expected, "{code}");
    }
}

#[tokio::test]
async fn what_was_taken_without_a_word_is_found_by_its_key_among_others_to_the_same_phone() {
    let silent: [fn() -> Reaction; 2] = [|| Reaction::Cut, || Reaction::Silence];
    for reaction in silent {
        let solapi = Solapi::start().await;
        let channel = solapi.channel(None);
        let mut other = to_phone();
        other.key = uuid::Uuid::from_u128(7);
        channel.send(&other).await;
        solapi.say(reaction);
        let Outcome::Pending { reference } = channel.send(&to_phone()).await else { panic!("unknown") };
        solapi.state.lock().unwrap().code = "4000";
        let accepted = Outcome::Accepted { reference: "M4V20260901100000000000000000002".to_owned() };
        assert_eq!(channel.look_up(&to_phone(), Some(&reference)).await, accepted);
        assert_eq!(channel.look_up(&to_phone(), None).await, accepted);
        assert_eq!(solapi.state.lock().unwrap().messages.len(), 2);
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
            (|| {
                Reaction::Answer(
                    200,
                    json!({
                        "groupInfo": {"groupId": "G4V1"}, "messageList": [],
                        "failedMessageList": [{"to": "01012345678", "statusCode": "1062", "statusMessage": "발신번호 미등록"}],
                    }),
                )
            }) as fn() -> Reaction,
            "refused",
        ),
        (
            || Reaction::Answer(200, json!({"groupInfo": {"groupId": "G4V1"}, "failedMessageList": []})),
            "pending",
        ),
        (|| Reaction::Answer(200, json!({})), "pending"),
        (
            || Reaction::Answer(400, json!({"errorCode": "ValidationError", "errorMessage": "01012345678"})),
            "refused",
        ),
        (
            || Reaction::Answer(402, json!({"errorCode": "NotEnoughBalance", "errorMessage": "잔액 부족"})),
            "later",
        ),
        (
            || Reaction::Answer(403, json!({"errorCode": "SignatureDoesNotMatch", "errorMessage": "…"})),
            "later",
        ),
        (|| Reaction::AnswerWith(429, vec![("retry-after", "5")], ""), "later"),
        (|| Reaction::AnswerWith(500, vec![], "<html>"), "pending"),
        (|| Reaction::AnswerWith(503, vec![], ""), "later"),
    ] {
        let solapi = Solapi::start().await;
        solapi.say(says);
        let outcome = solapi.channel(None).send(&to_phone()).await;
        assert_eq!(name(&outcome), expected, "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("01012345678"), "{outcome:?}");
    }
}
