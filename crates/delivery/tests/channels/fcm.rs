//! Firebase Cloud Messaging.

use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use madang_delivery::{FcmAccount, FcmChannel, FcmHosts};
use madang_domain::{
    channels::{MessageChannel, Outcome},
    clock::FixedClock,
};
use serde_json::{Value, json};

use super::{
    KEY, PATIENCE, clock, name,
    server::{Reaction, Request, Server},
    to_device, to_phone,
};

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

/// Google's servers: tokens are given for good assertions, and hold until they are revoked.
struct Google {
    server: Server,
    token: Arc<AtomicUsize>,
    clock: Arc<FixedClock>,
}

impl Google {
    /// That answers messages so, one after the other and the last one over and over.
    async fn answering(answers: Vec<Reaction>) -> Self {
        let token = Arc::new(AtomicUsize::new(1));
        let (given, answers) = (token.clone(), Mutex::new(answers));
        let server = Server::start(move |request| match request.path.as_str() {
            "/token" => give_token(request, given.load(Ordering::SeqCst)),
            "/v1/projects/madang-test/messages:send" => {
                let bearer = format!("Bearer ya29.{}", given.load(Ordering::SeqCst));
                if request.header("authorization") != bearer {
                    return error(401, "UNAUTHENTICATED", None);
                }
                if let Some(fault) = fault(&request.json()) {
                    panic!("{fault}");
                }
                let mut answers = answers.lock().unwrap();
                if answers.is_empty() { accepted() } else { answers.remove(0) }
            }
            other => panic!("nobody asks for {other}"),
        })
        .await;
        Self { server, token, clock: clock() }
    }

    fn channel(&self) -> FcmChannel {
        let hosts = FcmHosts {
            messages: self.server.url.clone(),
            tokens: Some(format!("{}/token", self.server.url)),
        };
        let account = FcmAccount::parse(&ACCOUNT.0).unwrap();
        FcmChannel::new(account, &hosts, self.clock.clone(), Some(PATIENCE)).unwrap()
    }

    fn asked(&self, path: &str) -> usize {
        self.server.requests().iter().filter(|request| request.path.ends_with(path)).count()
    }
}

fn accepted() -> Reaction {
    Reaction::Answer(200, json!({"name": "projects/madang-test/messages/0:1500415314455276%31bd1c96"}))
}

fn error(status: u16, kind: &str, code: Option<&str>) -> Reaction {
    let details: Vec<Value> = code
        .iter()
        .map(
            |code| json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}),
        )
        .collect();
    let message = "The registration token fGh-1:APA91b_x is not a valid FCM registration token";
    Reaction::Answer(
        status,
        json!({"error": {"code": status, "message": message, "status": kind, "details": details}}),
    )
}

fn give_token(request: &Request, number: usize) -> Reaction {
    let form: std::collections::HashMap<String, String> =
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
    Reaction::Answer(
        200,
        json!({"access_token": format!("ya29.{number}"), "expires_in": 3_599, "token_type": "Bearer"}),
    )
}

/// What FCM would refuse.
fn fault(body: &Value) -> Option<String> {
    let message = &body["message"];
    let data = message["data"].as_object()?;
    if !data.values().all(Value::is_string) {
        return Some(format!("data that is no text: {data:?}"));
    }
    let size = message["notification"].to_string().len() + message["data"].to_string().len();
    (size > 4_096).then(|| format!("{size} bytes"))
}

#[tokio::test]
async fn a_message_reaches_every_kind_of_device_under_one_tag() {
    let google = Google::answering(Vec::new()).await;
    let outcome = google.channel().send(&to_device()).await;
    let reference = "projects/madang-test/messages/0:1500415314455276%31bd1c96".to_owned();
    assert_eq!(outcome, Outcome::Accepted { reference });
    let sent = google.server.requests()[1].json();
    let message = &sent["message"];
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
    assert_eq!((google.asked("/token"), google.asked("messages:send")), (1, 5));
    google.clock.advance(TimeDelta::minutes(58));
    assert_eq!(name(&channel.send(&message).await), "accepted");
    assert_eq!(google.asked("/token"), 2);
    google.token.store(2, Ordering::SeqCst);
    assert_eq!(name(&channel.send(&message).await), "accepted");
    assert_eq!((google.asked("/token"), google.asked("messages:send")), (3, 8));
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
        let google = Google::answering(vec![error(status, kind, code), error(status, kind, code)]).await;
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
        let sent: Vec<Value> = google.server.requests().iter().skip(1).map(Request::json).collect();
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
    let account = FcmAccount::parse(&ACCOUNT.0).unwrap();
    let channel = FcmChannel::new(account, &nowhere, clock(), Some(PATIENCE)).unwrap();
    assert_eq!(name(&channel.send(&to_device()).await), "later");
    assert_eq!(name(&channel.send(&to_phone()).await), "refused");
    assert!(FcmAccount::parse(b"{}").is_err());
    assert!(!format!("{:?}", FcmAccount::parse(&ACCOUNT.0).unwrap()).contains("PRIVATE"));
}

#[tokio::test]
async fn a_text_that_is_too_long_is_cut_between_characters_and_data_that_is_is_refused() {
    let google = Google::answering(Vec::new()).await;
    let mut long = to_device();
    long.text = "가\"\n".repeat(5_000);
    assert_eq!(name(&google.channel().send(&long).await), "accepted");
    let body =
        google.server.requests()[1].json()["message"]["notification"]["body"].as_str().unwrap().to_owned();
    assert!(body.ends_with('…') && body.len() > 1_500, "{}", body.len());
    long.data.insert("more".to_owned(), "x".repeat(4_000));
    assert_eq!(name(&google.channel().send(&long).await), "refused");
}
