//! Push to phones and browsers, through Firebase Cloud Messaging (HTTP v1).
//!
//! FCM knows no idempotency key and tells nothing afterwards; but what carries the same tag takes the place of what is shown, so a message
//! of which nobody knows whether it arrived is sent again.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use madang_domain::{
    channels::{Address, Channel, Message, MessageChannel, Outcome},
    clock::Clock,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::{
    outgoing::{Heard, Outgoing, code_of, send},
    webhooks::retry_after,
};

const NAME: &str = "fcm";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// A token is not used when it holds for less.
const MARGIN: TimeDelta = TimeDelta::minutes(2);
/// FCM takes 4,096 bytes of notification and data.
const MAX_BYTES: usize = 4_000;
/// A device that is away for longer is not told.
const KEPT_SECONDS: u32 = 86_400;
/// How long to wait where FCM has had enough and does not say for how long.
const QUOTA_WAIT: Duration = Duration::from_mins(1);

/// Why push can't be sent with these settings.
#[derive(Debug, Error)]
pub enum FcmSetupError {
    /// The file is none of a service account.
    #[error("is not the JSON file of a service account")]
    Account,
    /// Its key can't be read.
    #[error("holds a private key that can't be read")]
    Key,
    /// No call can be made.
    #[error("no call can be made: the system has no certificates")]
    Http(#[from] reqwest::Error),
}

/// A service account of a Firebase project.
#[derive(Clone)]
pub struct FcmAccount {
    project_id: String,
    client_email: String,
    token_uri: String,
    key: EncodingKey,
}

impl FcmAccount {
    /// Reads the JSON file that the Firebase console gives.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(file: &[u8]) -> Result<Self, FcmSetupError> {
        #[derive(Deserialize)]
        struct File {
            project_id: String,
            client_email: String,
            private_key: String,
            token_uri: String,
        }
        let file: File = serde_json::from_slice(file).map_err(|_| FcmSetupError::Account)?;
        let key = EncodingKey::from_rsa_pem(file.private_key.as_bytes()).map_err(|_| FcmSetupError::Key)?;
        Ok(Self {
            project_id: file.project_id,
            client_email: file.client_email,
            token_uri: file.token_uri,
            key,
        })
    }
}

impl fmt::Debug for FcmAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FcmAccount").field("project_id", &self.project_id).finish_non_exhaustive()
    }
}

/// Where Firebase's server is.
#[derive(Debug, Clone)]
pub struct FcmHosts {
    /// That takes messages.
    pub messages: String,
    /// That gives tokens; `None` for the one that the service account names.
    pub tokens: Option<String>,
}

impl Default for FcmHosts {
    fn default() -> Self {
        Self { messages: "https://fcm.googleapis.com".to_owned(), tokens: None }
    }
}

/// Sends push messages.
pub struct FcmChannel {
    account: FcmAccount,
    messages_url: String,
    outgoing: Outgoing,
    clock: Arc<dyn Clock>,
    /// The access token, and until when it holds. Who fetches one holds the others up, so that it is fetched once.
    token: Mutex<Option<(String, DateTime<Utc>)>>,
}

impl FcmChannel {
    /// Sends in the name of this account; a call takes `within` at most.
    ///
    /// # Errors
    /// When no call can be made.
    pub fn new(
        account: FcmAccount,
        hosts: &FcmHosts,
        clock: Arc<dyn Clock>,
        within: Option<Duration>,
    ) -> Result<Self, FcmSetupError> {
        let messages_url = format!("{}/v1/projects/{}/messages:send", hosts.messages, account.project_id);
        let token_uri = hosts.tokens.clone().unwrap_or_else(|| account.token_uri.clone());
        let account = FcmAccount { token_uri, ..account };
        let outgoing = Outgoing::new(within)?;
        Ok(Self { account, messages_url, outgoing, clock, token: Mutex::default() })
    }

    async fn token(&self) -> Result<String, Outcome> {
        let mut held = self.token.lock().await;
        let now = self.clock.now();
        if let Some((token, until)) = &*held
            && now + MARGIN < *until
        {
            return Ok(token.clone());
        }
        let (token, until) = self.fetch_token(now).await?;
        *held = Some((token.clone(), until));
        Ok(token)
    }

    async fn fetch_token(&self, now: DateTime<Utc>) -> Result<(String, DateTime<Utc>), Outcome> {
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            scope: &'a str,
            aud: &'a str,
            iat: i64,
            exp: i64,
        }
        let issued = now.timestamp();
        let claims = Claims {
            iss: &self.account.client_email,
            scope: SCOPE,
            aud: &self.account.token_uri,
            iat: issued,
            exp: issued + 3_600,
        };
        let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.account.key)
            .map_err(|_| later("the service account can't sign", None))?;
        let form = [("grant_type", GRANT), ("assertion", &assertion)];
        match send(NAME, self.outgoing.post(&self.account.token_uri).form(&form)).await {
            Heard::Answer { status: 200, body, .. } => {
                let token = body.get("access_token").and_then(Value::as_str);
                let seconds = body.get("expires_in").and_then(Value::as_i64).unwrap_or(3_600);
                let token = token.ok_or_else(|| later("the token server gives no token", None))?;
                Ok((token.to_owned(), now + TimeDelta::seconds(seconds)))
            }
            Heard::Answer { status, headers, .. } => {
                Err(later(&format!("the token server answered {status}"), retry_after(&headers, now)))
            }
            Heard::NotSent | Heard::Unknown => Err(later("the token server gives no answer", None)),
        }
    }

    async fn send_once(&self, body: &Value) -> Result<Heard, Outcome> {
        let token = self.token().await?;
        let request = self.outgoing.post(&self.messages_url).bearer_auth(token).json(body);
        Ok(send(NAME, request).await)
    }

    async fn send_to(&self, message: &Message, device: &str) -> Result<Outcome, Outcome> {
        let body = body_of(message, device)?;
        let mut heard = self.send_once(&body).await?;
        if matches!(heard, Heard::Answer { status: 401, .. }) {
            // Revoked before its time: once more with a new one.
            *self.token.lock().await = None;
            heard = self.send_once(&body).await?;
        }
        let now = self.clock.now();
        Ok(match heard {
            Heard::Answer { status: 200, body, .. } => {
                let name = body.get("name").and_then(Value::as_str);
                Outcome::Accepted { reference: name.map_or_else(|| message.key.to_string(), str::to_owned) }
            }
            Heard::Answer { status, headers, body } => refusal(status, &body, retry_after(&headers, now)),
            Heard::NotSent => later("FCM can't be reached", None),
            Heard::Unknown => later("FCM did not answer; what arrives twice is shown once", None),
        })
    }
}

#[async_trait]
impl MessageChannel for FcmChannel {
    fn channel(&self) -> Channel {
        Channel::Push
    }

    async fn send(&self, message: &Message) -> Outcome {
        let Address::Device(token) = &message.to else {
            return Outcome::Refused { reason: "not a device".to_owned(), forget_address: false };
        };
        self.send_to(message, token.as_str()).await.unwrap_or_else(|outcome| outcome)
    }

    async fn look_up(&self, _: &Message, _: Option<&str>) -> Outcome {
        later("devices show a repetition once", None)
    }
}

fn later(reason: &str, after: Option<Duration>) -> Outcome {
    Outcome::Later { after, reason: reason.to_owned() }
}

/// What an error means. Only `UNREGISTERED` says that the token is no more.
fn refusal(status: u16, body: &Value, wait: Option<Duration>) -> Outcome {
    let details = body.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let code = details
        .filter(|detail| {
            let kind = detail.get("@type").and_then(Value::as_str);
            kind.is_some_and(|kind| kind.ends_with("google.firebase.fcm.v1.FcmError"))
        })
        .find_map(|detail| detail.get("errorCode"))
        .or_else(|| body.pointer("/error/status"))
        .map(code_of)
        .unwrap_or_default();
    let reason = format!("FCM answered {status} {code}").trim_end().to_owned();
    let refused = |forget_address| Outcome::Refused { reason: reason.clone(), forget_address };
    match (status, code.as_str()) {
        (404, "UNREGISTERED") => refused(true),
        // Their servers, or our settings at Google or Apple, which somebody mends.
        (401 | 404 | 500.., _) | (_, "THIRD_PARTY_AUTH_ERROR") => Outcome::Later { after: wait, reason },
        (429, _) => Outcome::Later { after: Some(wait.unwrap_or(QUOTA_WAIT)), reason },
        _ => refused(false),
    }
}

fn body_of(message: &Message, device: &str) -> Result<Value, Outcome> {
    let key = message.key.to_string();
    let mut data: Map<String, Value> =
        message.data.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    data.insert("message_id".to_owned(), json!(key));
    if let Some(link) = &message.link {
        data.insert("link".to_owned(), json!(link));
    }
    let held = json!({"title": message.title, "data": data}).to_string().len();
    let room = MAX_BYTES.checked_sub(held).ok_or_else(|| Outcome::Refused {
        reason: "the message is too large for FCM".to_owned(),
        forget_address: false,
    })?;
    let mut web = json!({
        "headers": {"TTL": KEPT_SECONDS.to_string(), "Topic": message.key.simple().to_string()},
        "notification": {"tag": key},
    });
    // Browsers are led to pages over TLS only.
    if let Some(link) = message.link.as_ref().filter(|link| link.starts_with("https://"))
        && let Some(web) = web.as_object_mut()
    {
        web.insert("fcm_options".to_owned(), json!({"link": link}));
    }
    Ok(json!({"message": {
        "token": device,
        "notification": {"title": message.title, "body": cut(&message.text, room)},
        "data": data,
        "android": {"priority": "HIGH", "ttl": format!("{KEPT_SECONDS}s"), "notification": {"tag": key}},
        "apns": {
            "headers": {"apns-priority": "10", "apns-collapse-id": key},
            "payload": {"aps": {"sound": "default"}},
        },
        "webpush": web,
    }}))
}

/// As much of a text as has room as JSON, between characters.
fn cut(text: &str, room: usize) -> String {
    const ELLIPSIS: &str = "…";
    let length = |text: &str| json!(text).to_string().len();
    if length(text) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = room.saturating_sub(length(ELLIPSIS));
    for character in text.chars() {
        let needed = length(character.encode_utf8(&mut [0; 4])) - 2;
        if needed > left {
            break;
        }
        left -= needed;
        cut.push(character);
    }
    cut + ELLIPSIS
}
