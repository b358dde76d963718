//! Calls to providers: bounded in time and size, never redirected, and logged by code only.
//!
//! What providers write about errors repeats codes, tokens and secrets; only their error codes reach the log.

use std::time::Duration;

use madang_domain::accounts::identities::{Provider, ProviderError};
use oauth2::http;
use reqwest::{Method, StatusCode, header::HeaderMap, redirect::Policy};
use serde::de::DeserializeOwned;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1024 * 1024;

/// Calls the servers of providers.
#[derive(Debug, Clone)]
pub(super) struct Outgoing(reqwest::Client);

/// What a server answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// No answer came, or none that says more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider gives no answer")]
pub(super) struct NoAnswer;

impl Outgoing {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        Self::within(CONNECT_TIMEOUT, TOTAL_TIMEOUT)
    }

    fn within(connect: Duration, total: Duration) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(connect)
            .timeout(total)
            .redirect(Policy::none())
            .user_agent("Madang")
            .build()?;
        Ok(Self(client))
    }

    /// `GET`, with a bearer token where there is one.
    pub(super) async fn get(
        &self,
        provider: Provider,
        url: &str,
        bearer: Option<&str>,
    ) -> Result<Reply, NoAnswer> {
        let request = self.0.get(url);
        let request = match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.send(provider, request).await
    }

    /// `POST` of a form, with this `Authorization` where there is one.
    pub(super) async fn post(
        &self,
        provider: Provider,
        url: &str,
        authorization: Option<String>,
        form: &[(&str, &str)],
    ) -> Result<Reply, NoAnswer> {
        let mut request = self.0.post(url).form(form);
        if let Some(authorization) = authorization {
            request = request.header(reqwest::header::AUTHORIZATION, authorization);
        }
        self.send(provider, request).await
    }

    /// A request of the library for OAuth 2.0.
    ///
    /// An error that comes with status 200, as Naver sends it, is given the status that the library looks at.
    pub(super) async fn call(
        &self,
        provider: Provider,
        request: oauth2::HttpRequest,
    ) -> Result<oauth2::HttpResponse, NoAnswer> {
        let (parts, body) = request.into_parts();
        let method = Method::from_bytes(parts.method.as_str().as_bytes()).map_err(|_| NoAnswer)?;
        let request = self.0.request(method, parts.uri.to_string()).headers(parts.headers).body(body);
        let reply = self.send(provider, request).await?;
        let disguised = reply.status.is_success() && reply.error_code().is_some();
        let status = if disguised { StatusCode::BAD_REQUEST } else { reply.status };
        let mut response = http::Response::builder().status(status);
        if let Some(value) = reply.headers.get(reqwest::header::CONTENT_TYPE) {
            response = response.header(reqwest::header::CONTENT_TYPE, value);
        }
        response.body(reply.body).map_err(|_| NoAnswer)
    }

    async fn send(&self, provider: Provider, request: reqwest::RequestBuilder) -> Result<Reply, NoAnswer> {
        let name = provider.as_str();
        let failed = |error: reqwest::Error| {
            let (timeout, connect) = (error.is_timeout(), error.is_connect());
            tracing::warn!(provider = name, timeout, connect, "{name} gives no answer");
            NoAnswer
        };
        let mut response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BYTES {
                tracing::warn!(provider = name, "an answer of {name} is over {MAX_BYTES} bytes");
                return Err(NoAnswer);
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_server_error() || status.is_redirection() || status == StatusCode::TOO_MANY_REQUESTS {
            tracing::warn!(provider = name, http.status = status.as_u16(), "{name} answers {status}");
            return Err(NoAnswer);
        }
        Ok(Reply { status, headers, body })
    }
}

impl Reply {
    /// The JSON in the body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The code of an OAuth error, if the body is one: Kakao's own code, or else the standard's.
    pub(super) fn error_code(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Error {
            error: Option<String>,
            error_code: Option<String>,
        }
        let Error { error, error_code } = self.json()?;
        error_code.or(error).map(|code| loggable(&code))
    }
}

/// A code without anything that could break a log line or carry more than a code.
pub(super) fn loggable(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(40).collect()
}

/// Logs why a provider refused, and says what that means to a user.
pub(super) fn refused(provider: Provider, code: &str, means: ProviderError) -> ProviderError {
    let (name, code) = (provider.as_str(), loggable(code));
    match means {
        ProviderError::Misconfigured => {
            tracing::error!(provider = name, code, "{name} refuses our settings: {code}");
        }
        ProviderError::NotConfigured(_)
        | ProviderError::Unavailable
        | ProviderError::Refused
        | ProviderError::Untrusted => {
            tracing::info!(provider = name, code, "{name} refuses: {code}");
        }
    }
    means
}

impl From<NoAnswer> for ProviderError {
    fn from(NoAnswer: NoAnswer) -> Self {
        Self::Unavailable
    }
}
