//! Fake servers of Kakao, Naver, Google and Apple, which speak as the real ones do: their addresses, their answers, their
//! errors, and their oddities. What they check, they check: codes are good once, PKCE and redirect addresses must fit.
//!
//! `signing` makes their keys and tokens, `servers` has their addresses. A [`Fault`] makes one of them misbehave.

mod servers;
mod signing;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use chrono::{DateTime, Utc};
use madang_domain::clock::{Clock, FixedClock};
use serde_json::Value;

use self::signing::{AppleKey, SigningKeys};

/// What a server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It never answers.
    Hangs,
    /// It answers 503 with a page of HTML.
    Html503,
    /// It answers with two megabytes.
    Oversized,
    /// It redirects elsewhere.
    Redirects,
    /// The ID token is made out to somebody else.
    WrongAudience,
    /// The ID token names another issuer.
    WrongIssuer,
    /// The ID token carries another nonce.
    WrongNonce,
    /// The ID token has expired.
    Expired,
    /// The ID token is not signed and says so.
    AlgNone,
    /// The ID token is signed with the public key as a shared secret.
    AlgConfused,
    /// The ID token has a key's name, but was signed by another key.
    ForeignKey,
    /// The ID token is for several audiences, and made for another one.
    OtherParty,
    /// An error comes with status 200.
    ErrorWith200,
    /// There is no refresh token in the answer.
    NoRefreshToken,
}

/// What somebody is at a provider, and lets it tell.
#[derive(Debug, Clone)]
pub struct Person {
    /// The id of the account.
    pub subject: String,
    /// The name; `None` without consent.
    pub name: Option<String>,
    /// The address; `None` without consent.
    pub email: Option<String>,
    /// Whether the provider has verified it.
    pub email_verified: bool,
    /// The number; `None` without consent.
    pub phone: Option<String>,
}

impl Person {
    /// 홍길동, who consents to everything.
    pub fn consenting(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            name: Some("홍길동".to_owned()),
            email: Some(email.to_owned()),
            email_verified: true,
            phone: None,
        }
    }

    /// Somebody who consents to nothing.
    pub fn silent(subject: &str) -> Self {
        Self { subject: subject.to_owned(), name: None, email: None, email_verified: false, phone: None }
    }
}

/// What a provider sends the browser back with.
#[derive(Debug, Clone)]
pub struct SentBack {
    /// Where.
    pub address: String,
    /// With what.
    pub fields: Vec<(String, String)>,
    /// Whether by a posted form, or else by a redirect.
    pub posted: bool,
}

impl SentBack {
    /// One of the fields, empty where it is missing.
    pub fn field(&self, name: &str) -> String {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }
}

/// A code that was given.
#[derive(Clone)]
struct Grant {
    provider: &'static str,
    person: Person,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
}

/// What the servers remember.
struct State {
    keys: SigningKeys,
    people: HashMap<&'static str, Person>,
    refusing: bool,
    faults: HashMap<&'static str, Fault>,
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, (&'static str, Person, i64)>,
    consented: HashSet<String>,
    key_fetches: usize,
    revoked: Vec<String>,
    unlinked: Vec<String>,
    secret: String,
    counter: u64,
}

impl State {
    fn next(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}-{}", self.counter)
    }
}

/// The four servers, at one address.
pub struct FakeProviders {
    base: String,
    shared: Arc<Shared>,
    http: reqwest::Client,
    server: ServerHandle,
}

struct Shared {
    state: Mutex<State>,
    apple: AppleKey,
    clock: OnceLock<Arc<FixedClock>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the state")
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.get().expect("the servers keep the time of an application").now()
    }
}

/// The id of our application at Kakao.
pub const KAKAO_APP_ID: i64 = 1_234;
/// The admin key of our application at Kakao.
pub const KAKAO_ADMIN_KEY: &str = "admin-key-of-kakao";
/// The address under which browsers reach the application.
pub const PUBLIC_URL: &str = "https://madang.example.org";
/// An address of a web client that may be sent to.
pub const CLIENT_URL: &str = "https://app.example.org/signed-in";

impl FakeProviders {
    /// Starts the servers.
    pub async fn start() -> Self {
        let state = State {
            keys: SigningKeys::new(),
            people: ["kakao", "naver", "google", "apple"]
                .map(|provider| {
                    (provider, Person::consenting(&format!("{}", provider.len() * 1_111), "hong@gmail.com"))
                })
                .into(),
            refusing: false,
            faults: HashMap::new(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            consented: HashSet::new(),
            key_fetches: 0,
            revoked: Vec::new(),
            unlinked: Vec::new(),
            secret: "the-client-secret".to_owned(),
            counter: 0,
        };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), apple: AppleKey::new(), clock: OnceLock::new() });
        let served = shared.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(web::Data::from(served.clone())).configure(servers::routes)
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let base = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { base, shared, http, server: handle }
    }

    /// The settings of an application that is registered with these servers.
    pub fn settings(&self) -> Vec<(String, String)> {
        let secret = self.shared.state().secret.clone();
        let at = |path: &str| format!("{}/{path}", self.base);
        [
            ("PUBLIC_URL", PUBLIC_URL.to_owned()),
            ("SOCIAL_CLIENT_URLS", CLIENT_URL.to_owned()),
            ("KAKAO_REST_API_KEY", "kakao-client".to_owned()),
            ("KAKAO_CLIENT_SECRET", secret.clone()),
            ("KAKAO_APP_ID", KAKAO_APP_ID.to_string()),
            ("KAKAO_ADMIN_KEY", KAKAO_ADMIN_KEY.to_owned()),
            ("KAKAO_SCOPES", "openid,account_email".to_owned()),
            ("NAVER_CLIENT_ID", "naver-client".to_owned()),
            ("NAVER_CLIENT_SECRET", secret.clone()),
            ("GOOGLE_CLIENT_ID", "google-client".to_owned()),
            ("GOOGLE_CLIENT_SECRET", secret),
            ("APPLE_CLIENT_ID", "apple-client".to_owned()),
            ("APPLE_TEAM_ID", "TEAM123456".to_owned()),
            ("APPLE_KEY_ID", "KEY1234567".to_owned()),
            ("APPLE_PRIVATE_KEY", self.shared.apple.pem().replace('\n', "\\n")),
            ("KAKAO_AUTH_URL", at("kakao")),
            ("KAKAO_API_URL", at("kakao-api")),
            ("NAVER_AUTH_URL", at("naver")),
            ("NAVER_API_URL", at("naver-api")),
            ("GOOGLE_AUTH_URL", at("google")),
            ("GOOGLE_TOKEN_URL", at("google-token")),
            ("GOOGLE_KEYS_URL", at("google-keys")),
            ("APPLE_URL", at("apple")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// From now on the servers live in the time of this clock.
    pub fn keep_time(&self, clock: Arc<FixedClock>) {
        self.shared.clock.set(clock).unwrap_or_else(|_| panic!("the time is kept once"));
    }

    /// From now on this is who signs in at this provider.
    pub fn meet(&self, provider: &'static str, person: Person) {
        self.shared.state().people.insert(provider, person);
    }

    /// From now on the user refuses, or no longer does.
    pub fn refuse(&self, refusing: bool) {
        self.shared.state().refusing = refusing;
    }

    /// From now on this server does this wrong, or nothing.
    pub fn fail(&self, provider: &'static str, fault: Option<Fault>) {
        let mut state = self.shared.state();
        match fault {
            Some(fault) => state.faults.insert(provider, fault),
            None => state.faults.remove(provider),
        };
    }

    /// From now on the servers expect another client secret.
    pub fn change_secret(&self) {
        self.shared.state().secret = "another-client-secret".to_owned();
    }

    /// From now on tokens are signed by a new key with a new name.
    pub fn rotate_keys(&self) {
        self.shared.state().keys.rotate();
    }

    /// How often keys were fetched.
    pub fn key_fetches(&self) -> usize {
        self.shared.state().key_fetches
    }

    /// The tokens that were revoked at Apple.
    pub fn revoked(&self) -> Vec<String> {
        self.shared.state().revoked.clone()
    }

    /// The accounts that were unlinked at Kakao.
    pub fn unlinked(&self) -> Vec<String> {
        self.shared.state().unlinked.clone()
    }

    /// What the user's browser does at the address of a sign-in: agrees, or refuses, and is sent back.
    pub async fn consent(&self, authorization_url: &str) -> SentBack {
        let response = self.http.get(authorization_url).send().await.expect("the server answers");
        if let Some(location) = response.headers().get("location") {
            let location = reqwest::Url::parse(location.to_str().expect("text")).expect("an address");
            let fields = location.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
            let fields = fields.collect();
            let address = location.as_str().split('?').next().unwrap_or_default().to_owned();
            return SentBack { address, fields, posted: false };
        }
        let form: Value = response.json().await.expect("a form to be posted");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fields = form["fields"].as_object().expect("fields").iter();
        SentBack {
            address: text(&form["action"]),
            fields: fields.map(|(name, value)| (name.clone(), text(value))).collect(),
            posted: true,
        }
    }

    /// An access token of Kakao that was made for this application.
    pub fn kakao_token(&self, app_id: i64) -> String {
        let mut state = self.shared.state();
        let token = state.next("kakao-native");
        let person = state.people["kakao"].clone();
        state.tokens.insert(token.clone(), ("kakao", person, app_id));
        token
    }

    /// An ID token that a provider gave to a native app.
    pub fn id_token(&self, provider: &'static str, nonce: Option<&str>) -> String {
        let now = self.shared.now();
        let state = self.shared.state();
        let person = state.people[provider].clone();
        servers::id_token(&state, provider, &person, nonce, now)
    }
}

impl Drop for FakeProviders {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
