//! Calls to providers of messages: bounded in time and size, never redirected, and told apart by whether they can have had an effect.
//!
//! What providers write about errors repeats addresses and texts; only their codes are told.

use std::time::Duration;

use reqwest::{RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_BYTES: usize = 256 * 1024;

/// Calls the servers of providers.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing(reqwest::Client);

/// What became of a call.
pub(crate) enum Heard {
    /// There is an answer; the body is null where it is no JSON.
    Answer { status: u16, headers: HeaderMap, body: Value },
    /// Nobody was reached, so nothing has happened.
    NotSent,
    /// The call may have had its effect, or not.
    Unknown,
}

impl Outgoing {
    /// With so much time for an answer, or else for as long as a message may take.
    ///
    /// # Errors
    /// When the system has no certificates to go by.
    pub(crate) fn new(within: Option<Duration>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(within.unwrap_or(TOTAL_TIMEOUT))
            .redirect(Policy::none())
            .user_agent("Madang")
            .build()?;
        Ok(Self(client))
    }

    pub(crate) fn get(&self, url: &str) -> RequestBuilder {
        self.0.get(url)
    }

    pub(crate) fn post(&self, url: &str) -> RequestBuilder {
        self.0.post(url)
    }
}

/// Sends a request and reads its answer.
pub(crate) async fn send(provider: &'static str, request: RequestBuilder) -> Heard {
    let failed = |error: &reqwest::Error| {
        let (timeout, connect) = (error.is_timeout(), error.is_connect());
        tracing::warn!(provider, timeout, connect, "{provider} gives no answer");
        if connect || error.is_builder() { Heard::NotSent } else { Heard::Unknown }
    };
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return failed(&error),
    };
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut text = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if text.len() + chunk.len() > MAX_BYTES => return Heard::Unknown,
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return failed(&error),
        }
    }
    if status >= 400 {
        tracing::warn!(provider, http.status = status, "{provider} answers {status}");
    }
    Heard::Answer { status, headers, body: serde_json::from_slice(&text).unwrap_or_default() }
}

/// A code of a provider, as text without anything that could carry more than a code.
pub(crate) fn code_of(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(40).collect()
}
