//! Firebase Cloud Messaging, HTTP v1.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::{FakeServer, Held, Reaction, Request, lock};

/// Drawing a key takes a while, and one is enough.
static ACCOUNT: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = |kind: &str, der: &[u8]| {
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
    };
    let file = json!({
        "type": "service_account",
        "project_id": "madang-test",
        "private_key": pem("PRIVATE KEY", private.as_ref()),
        "client_email": "push@madang-test.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    (file.to_string().into_bytes(), pem("PUBLIC KEY", public.as_ref()))
});

const SEND: &str = "/v1/projects/madang-test/messages:send";

/// What the server makes of messages.
#[derive(Default)]
struct State {
    says: VecDeque<Reaction>,
    gone: BTreeSet<String>,
}

/// Google's servers: access tokens are given for good assertions and hold until they are revoked; messages are taken.
pub struct FakeGoogle {
    server: FakeServer,
    state: Held<State>,
    token: Arc<AtomicUsize>,
}

impl FakeGoogle {
    /// Servers that take every message until they are told otherwise.
    pub async fn start() -> Self {
        let (token, state) = (Arc::new(AtomicUsize::new(1)), Held::<State>::default());
        let (given, held) = (token.clone(), state.clone());
        let server = FakeServer::start(move |request| match request.path.as_str() {
            "/token" => give_token(request, given.load(Ordering::SeqCst)),
            SEND => {
                let bearer = format!("Bearer ya29.{}", given.load(Ordering::SeqCst));
                if request.header("authorization") == bearer {
                    take(&mut lock(&held), request)
                } else {
                    Self::error(401, "UNAUTHENTICATED", None)
                }
            }
            other => panic!("nobody asks for {other}"),
        })
        .await;
        Self { server, state, token }
    }

    /// How often it was asked for anything.
    pub fn count(&self) -> usize {
        self.server.count()
    }

    /// From now on every answer takes so long.
    pub fn slow_down(&self, delay: Duration) {
        self.server.slow_down(delay);
    }

    /// Where messages go; tokens are given at `/token`.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// The file of a service account that may send.
    pub fn account() -> &'static [u8] {
        &ACCOUNT.0
    }

    /// The next messages are answered so, one after the other, whomever they go to.
    pub fn say(&self, reactions: impl IntoIterator<Item = Reaction>) {
        lock(&self.state).says.extend(reactions);
    }

    /// The app of this device was removed.
    pub fn forget(&self, device: &str) {
        lock(&self.state).gone.insert(device.to_owned());
    }

    /// Every access token that was given so far is worth nothing any more.
    pub fn revoke_tokens(&self) {
        self.token.fetch_add(1, Ordering::SeqCst);
    }

    /// The messages that arrived so far, with those that were not taken.
    pub fn messages(&self) -> Vec<Value> {
        self.requests_of(SEND).map(|request| request.json()["message"].clone()).collect()
    }

    /// How often a token was asked for.
    pub fn tokens_asked(&self) -> usize {
        self.requests_of("/token").count()
    }

    fn requests_of(&self, path: &'static str) -> impl Iterator<Item = Request> {
        self.server.requests().into_iter().filter(move |request| request.path == path)
    }

    /// An error as FCM words it; its text repeats the token of the device.
    pub fn error(status: u16, kind: &str, code: Option<&str>) -> Reaction {
        let details: Vec<Value> = code
            .iter()
            .map(|code| json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}))
            .collect();
        let message = "The registration token fGh-1:APA91b_x is not a valid FCM registration token";
        let error = json!({"code": status, "message": message, "status": kind, "details": details});
        Reaction::Answer(status, json!({"error": error}))
    }
}

fn take(state: &mut State, request: &Request) -> Reaction {
    let message = &request.json()["message"];
    let data = message["data"].as_object().unwrap();
    assert!(data.values().all(Value::is_string), "data that is no text: {data:?}");
    let size = message["notification"].to_string().len() + message["data"].to_string().len();
    assert!(size <= 4_096, "{size} bytes");
    if state.gone.contains(message["token"].as_str().unwrap()) {
        return FakeGoogle::error(404, "NOT_FOUND", Some("UNREGISTERED"));
    }
    let name = "projects/madang-test/messages/0:1500415314455276%31bd1c96";
    state.says.pop_front().unwrap_or_else(|| Reaction::Answer(200, json!({"name": name})))
}

fn give_token(request: &Request, number: usize) -> Reaction {
    let form: HashMap<String, String> =
        url::form_urlencoded::parse(request.text.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let mut validation = Validation::new(Algorithm::RS256);
    // The clock of the test stands still, elsewhere.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&["push@madang-test.iam.gserviceaccount.com"]);
    let key = DecodingKey::from_rsa_pem(ACCOUNT.1.as_bytes()).unwrap();
    let claims = jsonwebtoken::decode::<Value>(&form["assertion"], &key, &validation).unwrap().claims;
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/firebase.messaging");
    assert!(claims["aud"].as_str().unwrap().ends_with("/token"));
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 3_600);
    let token = format!("ya29.{number}");
    Reaction::Answer(200, json!({"access_token": token, "expires_in": 3_599, "token_type": "Bearer"}))
}
