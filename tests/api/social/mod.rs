//! Signing in through Kakao, Naver, Google and Apple, against fake servers of theirs, from a browser's point of view.

mod client;
mod faults;
mod linking;
mod sign_in;
mod webhook;

use std::{cell::RefCell, collections::BTreeMap};

use madang_tests::{
    Answer, Client, TestApp,
    providers::{FakeProviders, PUBLIC_URL, SentBack},
};
use reqwest::{Method, redirect::Policy};
use serde_json::Value;

/// The providers.
const ALL: [&str; 4] = ["kakao", "naver", "google", "apple"];

/// An application that is registered with the fake servers, on this database.
pub async fn registered(database: madang_testing::TestDatabase) -> (TestApp, FakeProviders) {
    let fakes = FakeProviders::start().await;
    let settings = fakes.settings();
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let app = TestApp::on(database, &settings).await;
    fakes.keep_time(app.clock.clone());
    (app, fakes)
}

/// Runs a story with an application and the fake servers, on both databases.
macro_rules! social_test {
    ($(async fn $name:ident($app:ident, $fakes:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($app: madang_tests::TestApp, $fakes: madang_tests::providers::FakeProviders) $body

            #[actix_web::test]
            async fn on_sqlite() {
                let (app, fakes) = crate::social::registered(madang_testing::TestDatabase::sqlite().await).await;
                story(app, fakes).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                let (app, fakes) = crate::social::registered(madang_testing::TestDatabase::postgres().await).await;
                story(app, fakes).await;
            }
        }
    )+};
}
pub(crate) use social_test;

/// A browser: it keeps cookies, and follows nothing by itself.
pub struct Browser {
    http: reqwest::Client,
    base: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Browser {
    pub fn of(app: &TestApp) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { http, base: app.base().to_owned(), cookies: RefCell::default() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = Answer::of(request.header("cookie", cookies.join("; "))).await;
        for set in answer.headers.get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}/api/v1{path}", self.base))).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.http.post(format!("{}/api/v1{path}", self.base)).json(&body)).await
    }

    /// The same as a signed-in user.
    async fn post_as(&self, client: &Client, path: &str, body: Value) -> Answer {
        self.send(client.request(Method::POST, path).json(&body)).await
    }

    /// Begins a sign-in; gives the address at the provider.
    pub async fn begin(&self, provider: &str) -> String {
        self.get(&format!("/auth/{provider}")).await.expect(200).string("authorization_url")
    }

    /// Comes back to our callback.
    pub async fn come_back(&self, sent: &SentBack) -> Answer {
        let address = sent.address.replace(PUBLIC_URL, &self.base);
        let request = if sent.posted {
            self.http.post(address).header("origin", "https://appleid.apple.com").form(&sent.fields)
        } else {
            self.http.get(address).query(&sent.fields)
        };
        self.send(request).await
    }

    /// The whole way: begins, agrees at the provider, comes back.
    async fn sign_in(&self, fakes: &FakeProviders, provider: &str) -> Answer {
        let sent = fakes.consent(&self.begin(provider).await).await;
        self.come_back(&sent).await
    }
}

/// Whose tokens an answer holds.
async fn me(app: &TestApp, tokens: &Answer) -> Answer {
    signed_in(app, tokens).get("/auth/me").await.expect(200)
}

/// A client with the tokens of an answer.
fn signed_in(app: &TestApp, tokens: &Answer) -> Client {
    app.anonymous().with_token(&tokens.string("access_token"))
}
