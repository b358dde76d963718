//! NHN Cloud: Alimtalk of `KakaoTalk` Bizmessage v2.3.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Value, json};

use super::{FakeServer, Held, Reaction, Request, lock};

/// What NHN Cloud holds: what it was sent, and what became of it.
#[derive(Default)]
struct State {
    messages: Vec<Value>,
    says: VecDeque<Reaction>,
    /// What it makes of messages: status, result and fallback.
    result: Option<(&'static str, &'static str, &'static str)>,
    /// Whether its lists do not have yet what it has taken.
    is_behind: bool,
}

/// NHN Cloud's server, for the application `app` with the secret `secret` and the sender `sender`.
pub struct FakeNhn {
    server: FakeServer,
    state: Held<State>,
}

impl FakeNhn {
    /// A server that takes every message, and has not delivered any yet.
    pub async fn start() -> Self {
        let state = Held::<State>::default();
        let held = state.clone();
        let server = FakeServer::start(move |request| {
            assert_eq!(request.header("x-secret-key"), "secret");
            let mut state = lock(&held);
            let path = request.path.strip_prefix("/alimtalk/v2.3/appkeys/app/messages").unwrap();
            match (request.method.as_str(), path) {
                ("POST", "") => take(&mut state, request),
                ("GET", "") => list(&state, request),
                ("GET", reference) => {
                    let named = |one: &&Value| {
                        format!("/{}/{}", one["requestId"].as_str().unwrap(), one["recipientSeq"])
                            == reference
                    };
                    match state.messages.iter().find(named) {
                        Some(one) => Self::answer(0, &json!({"message": shown(&state, one)})),
                        None => Self::answer(-9_996, &json!({})),
                    }
                }
                other => panic!("{other:?}"),
            }
        })
        .await;
        Self { server, state }
    }

    /// How often it was asked for anything.
    pub fn count(&self) -> usize {
        self.server.count()
    }

    /// From now on every answer takes so long.
    pub fn slow_down(&self, delay: Duration) {
        self.server.slow_down(delay);
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// The next messages are answered so. What is answered is not taken; what breaks off, is.
    pub fn say(&self, reactions: impl IntoIterator<Item = Reaction>) {
        lock(&self.state).says.extend(reactions);
    }

    /// This has become of all messages: their status, the result at Kakao, and that of the text message in its place.
    pub fn end(&self, status: &'static str, result: &'static str, fallback: &'static str) {
        lock(&self.state).result = Some((status, result, fallback));
    }

    /// Whether its lists do not have yet what it has taken.
    pub fn fall_behind(&self, is_behind: bool) {
        lock(&self.state).is_behind = is_behind;
    }

    /// The messages that it has taken.
    pub fn taken(&self) -> Vec<Value> {
        lock(&self.state).messages.clone()
    }

    /// What has arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// An answer of this code: a failure has the status of a success.
    pub fn answer(code: i64, more: &Value) -> Reaction {
        let header = json!({"resultCode": code, "resultMessage": "…", "isSuccessful": code == 0});
        let mut body = json!({"header": header});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Reaction::Answer(200, body)
    }
}

fn take(state: &mut State, request: &Request) -> Reaction {
    let key = request.header("x-nc-api-idempotency-key").to_owned();
    let says = state.says.pop_front();
    if let Some(Reaction::Answer(..) | Reaction::AnswerWith(..)) = says {
        return says.unwrap();
    }
    if state.messages.iter().any(|one| one["key"] == json!(key)) {
        return FakeNhn::answer(-1_005, &json!({}));
    }
    let body = request.json();
    assert_eq!(body["senderKey"], "sender");
    assert!(body["templateCode"].as_str().is_some_and(|code| (1..=20).contains(&code.len())));
    let recipient = &body["recipientList"][0];
    assert!(recipient["templateParameter"].as_object().unwrap().values().all(Value::is_string));
    let request_id = format!("20260901100000abc{}", state.messages.len() + 1);
    state.messages.push(json!({
        "key": key,
        "requestId": request_id,
        "recipientSeq": 1,
        "recipientNo": recipient["recipientNo"],
        "recipientGroupingKey": recipient["recipientGroupingKey"],
    }));
    let result = json!({
        "recipientSeq": 1, "recipientNo": recipient["recipientNo"], "resultCode": 0, "resultMessage": "success",
        "recipientGroupingKey": recipient["recipientGroupingKey"],
    });
    let taken = json!({"message": {"requestId": request_id, "sendResults": [result]}});
    says.unwrap_or_else(|| FakeNhn::answer(0, &taken))
}

fn list(state: &State, request: &Request) -> Reaction {
    assert!(request.query["startCreateDate"] < request.query["endCreateDate"]);
    let key = &request.query["recipientGroupingKey"];
    let ours =
        state.messages.iter().filter(|one| !state.is_behind && one["recipientGroupingKey"] == json!(key));
    let found: Vec<Value> = ours.map(|one| shown(state, one)).collect();
    let list = json!({"messages": found, "totalCount": found.len()});
    FakeNhn::answer(0, &json!({"messageSearchResultResponse": list}))
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
