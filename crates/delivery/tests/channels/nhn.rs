//! NHN Cloud: Alimtalk of `KakaoTalk` Bizmessage v2.3.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use madang_delivery::{NhnAlimtalk, NhnSettings};
use madang_domain::{
    channels::{Address, MessageChannel, Outcome},
    clock::FixedClock,
    text::Phone,
};
use serde_json::{Value, json};

use super::{
    KEY, PATIENCE, clock, message, name,
    server::{Reaction, Request, Server},
    to_device, to_phone,
};

/// What NHN Cloud holds: what it was sent, and what became of it.
#[derive(Default)]
struct State {
    messages: Vec<Value>,
    /// Whether it holds back that it has taken something.
    says: Option<fn() -> Reaction>,
    /// What it makes of a message: status, result and fallback.
    result: Option<(&'static str, &'static str, &'static str)>,
}

struct Nhn {
    server: Server,
    state: Arc<Mutex<State>>,
    clock: Arc<FixedClock>,
}

fn answer(code: i64, more: &Value) -> Reaction {
    let mut body = json!({"header": {"resultCode": code, "resultMessage": "…", "isSuccessful": code == 0}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    // A failure has the status of a success.
    Reaction::Answer(200, body)
}

impl Nhn {
    async fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let held = state.clone();
        let server = Server::start(move |request| {
            assert_eq!(request.header("x-secret-key"), "secret");
            let mut state = held.lock().unwrap();
            match (
                request.method.as_str(),
                request.path.strip_prefix("/alimtalk/v2.3/appkeys/app/messages").unwrap(),
            ) {
                ("POST", "") => take(&mut state, request),
                ("GET", "") => {
                    assert!(request.query["startCreateDate"] < request.query["endCreateDate"]);
                    let key = &request.query["recipientGroupingKey"];
                    let found: Vec<Value> = state
                        .messages
                        .iter()
                        .filter(|one| one["recipientGroupingKey"] == json!(key))
                        .map(|one| shown(&state, one))
                        .collect();
                    let count = found.len();
                    answer(
                        0,
                        &json!({"messageSearchResultResponse": {"messages": found, "totalCount": count}}),
                    )
                }
                ("GET", reference) => {
                    let found = state.messages.iter().find(|one| {
                        format!("/{}/{}", one["requestId"].as_str().unwrap(), one["recipientSeq"])
                            == reference
                    });
                    match found {
                        Some(one) => answer(0, &json!({"message": shown(&state, one)})),
                        None => answer(-9_996, &json!({})),
                    }
                }
                other => panic!("{other:?}"),
            }
        })
        .await;
        Self { server, state, clock: clock() }
    }

    fn channel(&self, sms_from: Option<&str>) -> NhnAlimtalk {
        let settings = NhnSettings {
            app_key: "app".to_owned(),
            secret_key: "secret".to_owned(),
            sender_key: "sender".to_owned(),
            sms_from: sms_from.map(str::to_owned),
            host: self.server.url.clone(),
        };
        NhnAlimtalk::new(settings, self.clock.clone(), Some(PATIENCE)).unwrap()
    }

    /// The next request is taken, or not, and this is said.
    fn say(&self, reaction: fn() -> Reaction) {
        self.state.lock().unwrap().says = Some(reaction);
    }

    fn end(&self, status: &'static str, result: &'static str, fallback: &'static str) {
        self.state.lock().unwrap().result = Some((status, result, fallback));
    }

    fn taken(&self) -> usize {
        self.state.lock().unwrap().messages.len()
    }
}

fn take(state: &mut State, request: &Request) -> Reaction {
    let key = request.header("x-nc-api-idempotency-key").to_owned();
    let says = state.says.take().map(|says| says());
    // What is refused is not taken; what breaks off, is.
    if let Some(Reaction::Answer(..) | Reaction::AnswerWith(..)) = says {
        return says.unwrap();
    }
    if state.messages.iter().any(|one| one["key"] == json!(key)) {
        return answer(-1_005, &json!({}));
    }
    let body = request.json();
    assert_eq!((&body["senderKey"], &body["templateCode"]), (&json!("sender"), &json!("LECTURE_CANCELLED")));
    let recipient = &body["recipientList"][0];
    let number = state.messages.len() + 1;
    state.messages.push(json!({
        "key": key,
        "requestId": format!("20260901100000abc{number}"),
        "recipientSeq": 1,
        "recipientNo": recipient["recipientNo"],
        "recipientGroupingKey": recipient["recipientGroupingKey"],
    }));
    let request_id = state.messages[number - 1]["requestId"].clone();
    says.unwrap_or_else(|| {
        answer(0, &json!({"message": {"requestId": request_id, "sendResults": [
            {"recipientSeq": 1, "recipientNo": recipient["recipientNo"], "resultCode": 0, "resultMessage": "success", "recipientGroupingKey": recipient["recipientGroupingKey"]},
        ]}}))
    })
}

fn shown(state: &State, one: &Value) -> Value {
    let mut one = one.clone();
    if let Some((status, result, fallback)) = state.result {
        one["messageStatus"] = json!(status);
        one["resultCode"] = json!(result);
        one["resendStatus"] = json!(fallback);
    }
    one
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
    nhn.end("COMPLETED", "MRC01", "RSC01");
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
        nhn.end(status, result, fallback);
        let outcome = channel.look_up(&to_phone(), Some("20260901100000abc1/1")).await;
        assert_eq!(name(&outcome), expected, "{status} {result} {fallback}");
    }
}

#[tokio::test]
async fn what_was_taken_without_a_word_is_found_by_its_key_and_never_sent_twice() {
    let silent: [fn() -> Reaction; 3] = [|| Reaction::Cut, || Reaction::Silence, || Reaction::Cut];
    for reaction in silent {
        let nhn = Nhn::start().await;
        let channel = nhn.channel(None);
        nhn.say(reaction);
        let Outcome::Pending { reference } = channel.send(&to_phone()).await else { panic!("unknown") };
        nhn.end("COMPLETED", "MRC01", "RSC01");
        let accepted = Outcome::Accepted { reference: "20260901100000abc1/1".to_owned() };
        assert_eq!(channel.look_up(&to_phone(), Some(&reference)).await, accepted);
        // After a crash, nobody has a reference.
        assert_eq!(channel.look_up(&to_phone(), None).await, accepted);
        // Somebody who sends it nevertheless is told that it is there.
        assert_eq!(name(&channel.send(&to_phone()).await), "pending");
        assert_eq!(nhn.taken(), 1);
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
        ((|| answer(-2_001, &json!({}))) as fn() -> Reaction, "refused"),
        (|| answer(-1_000, &json!({})), "later"),
        (
            || {
                answer(
                    0,
                    &json!({"message": {"requestId": "x", "sendResults": [{"recipientSeq": 1, "resultCode": -3_014}]}}),
                )
            },
            "refused",
        ),
        (|| answer(0, &json!({})), "pending"),
        (|| Reaction::AnswerWith(200, vec![], "<html>점검 중</html>"), "pending"),
        (|| Reaction::AnswerWith(500, vec![], ""), "pending"),
        (|| Reaction::AnswerWith(503, vec![], ""), "later"),
        (|| Reaction::AnswerWith(401, vec![], ""), "later"),
        (|| Reaction::AnswerWith(400, vec![], ""), "refused"),
    ] {
        let nhn = Nhn::start().await;
        nhn.say(says);
        let outcome = nhn.channel(None).send(&to_phone()).await;
        assert_eq!(name(&outcome), expected, "{outcome:?}");
        assert_eq!(nhn.taken(), 0);
    }
}

#[tokio::test]
async fn a_wait_is_heeded_and_a_server_that_is_away_is_tried_later() {
    let nhn = Nhn::start().await;
    nhn.say(|| Reaction::AnswerWith(429, vec![("retry-after", "11")], ""));
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
