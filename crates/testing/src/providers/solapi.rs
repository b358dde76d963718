//! Solapi: messages v4.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use aws_lc_rs::hmac;
use madang_domain::secrets::hex;
use serde_json::{Map, Value, json};

use super::{FakeServer, Held, Reaction, Request, lock};

/// What Solapi holds: what it was sent, and what became of it.
struct State {
    messages: Vec<Value>,
    says: VecDeque<Reaction>,
    code: &'static str,
    is_behind: bool,
}

/// Solapi's server, for the key `NCSAYU7YDBXYORXC` with the secret `s3cret`.
pub struct FakeSolapi {
    server: FakeServer,
    state: Held<State>,
}

impl FakeSolapi {
    /// A server that takes every message, and has not delivered any yet.
    pub async fn start() -> Self {
        let state = State { messages: Vec::new(), says: VecDeque::new(), code: "2000", is_behind: false };
        let state = Held::new(state.into());
        let held = state.clone();
        let server = FakeServer::start(move |request| {
            let date = check_signature(request);
            let mut state = lock(&held);
            match (request.method.as_str(), request.path.as_str()) {
                ("POST", "/messages/v4/send-many/detail") => take(&mut state, request, &date),
                ("GET", "/messages/v4/list") => list(&state, request),
                other => panic!("{other:?}"),
            }
        })
        .await;
        Self { server, state }
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

    /// All messages have this code: `4000` is delivered.
    pub fn end(&self, code: &'static str) {
        lock(&self.state).code = code;
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
}

/// The moment at which the request was signed.
fn check_signature(request: &Request) -> String {
    let value = request.header("authorization").strip_prefix("HMAC-SHA256 ").unwrap();
    let parts: HashMap<&str, &str> = value.split(", ").map(|part| part.split_once('=').unwrap()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
    let expected = hmac::sign(&key, format!("{}{}", parts["date"], parts["salt"]).as_bytes());
    assert_eq!(parts["signature"], hex(expected.as_ref()));
    assert_eq!((parts["apiKey"], parts["salt"].len()), ("NCSAYU7YDBXYORXC", 32));
    assert_eq!(parts["date"].split('.').next().unwrap().len(), 19);
    parts["date"].to_owned()
}

fn take(state: &mut State, request: &Request, date: &str) -> Reaction {
    let says = state.says.pop_front();
    if let Some(Reaction::Answer(..) | Reaction::AnswerWith(..)) = says {
        return says.unwrap();
    }
    let body = request.json();
    let one = &body["messages"][0];
    let variables = one["kakaoOptions"]["variables"].as_object().unwrap();
    assert!(variables.values().all(Value::is_string) && variables.keys().all(|name| name.starts_with("#{")));
    let number = state.messages.len() + 1;
    let id = format!("M4V2026090110000000000000000000{number}");
    state.messages.push(json!({
        "messageId": id, "groupId": format!("G4V{number}"), "to": one["to"], "dateCreated": date,
        "customFields": one["customFields"],
    }));
    let count = json!({"total": 1, "registeredSuccess": 1, "registeredFailed": 0});
    says.unwrap_or_else(|| {
        Reaction::Answer(
            200,
            json!({
                "groupInfo": {"groupId": format!("G4V{number}"), "count": count},
                "failedMessageList": [],
                "messageList": [{"messageId": id, "statusCode": "2000", "statusMessage": "정상 접수"}],
            }),
        )
    })
}

fn list(state: &State, request: &Request) -> Reaction {
    let split = |name: &str| request.query[name].split(',').map(str::to_owned).collect::<Vec<_>>();
    let (criteria, conditions, values) = (split("criteria"), split("cond"), split("value"));
    let fits = |one: &&Value| {
        !state.is_behind
            && criteria.iter().zip(&conditions).zip(&values).all(|((name, condition), value)| {
                let held = one[name].as_str().unwrap();
                if condition == "gte" { held >= value.as_str() } else { held == value }
            })
    };
    let found: Map<String, Value> = state
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
