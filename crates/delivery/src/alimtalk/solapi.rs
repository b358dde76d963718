//! Solapi, messages v4.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_lc_rs::{hmac, rand};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use madang_domain::{
    channels::{Channel, Message, MessageChannel, Outcome},
    clock::Clock,
    secrets::hex,
};
use reqwest::{RequestBuilder, header::AUTHORIZATION};
use serde_json::{Map, Value, json};

use super::{OUR_KEY, later, parts, refused, unknown};
use crate::{
    outgoing::{Heard, Outgoing, code_of, send},
    webhooks::retry_after,
};

const NAME: &str = "solapi";
/// The field of our own under which a message carries our key.
const KEY_FIELD: &str = "madang_key";
/// How references begin that are a group, where the answer named no message.
const GROUP: &str = "group:";
/// A message that the list does not have after so long was not taken.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// An account at Solapi.
#[derive(Clone)]
pub struct SolapiSettings {
    /// Its API key.
    pub api_key: String,
    /// The secret of the key.
    pub api_secret: String,
    /// The id of the Kakao channel that sends.
    pub pf_id: String,
    /// The number that text messages come from; without one none are sent.
    pub sms_from: Option<String>,
    /// Where the server is.
    pub host: String,
}

impl SolapiSettings {
    /// Where Solapi's server is.
    pub const HOST: &str = "https://api.solapi.com";
}

impl fmt::Debug for SolapiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SolapiSettings").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Sends Alimtalk through Solapi.
pub struct SolapiAlimtalk {
    settings: SolapiSettings,
    outgoing: Outgoing,
    clock: Arc<dyn Clock>,
}

impl SolapiAlimtalk {
    /// Sends with these settings; a call takes `within` at most.
    ///
    /// # Errors
    /// When the system has no certificates to go by.
    pub fn new(
        settings: SolapiSettings,
        clock: Arc<dyn Clock>,
        within: Option<Duration>,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { settings, outgoing: Outgoing::new(within)?, clock })
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let mut salt = [0; 16];
        if rand::fill(&mut salt).is_err() {
            tracing::error!("the system has no random bytes to give");
        }
        let (date, salt) = (iso(self.clock.now()), hex(&salt));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.settings.api_secret.as_bytes());
        let signature = hex(hmac::sign(&key, format!("{date}{salt}").as_bytes()).as_ref());
        let api_key = &self.settings.api_key;
        let value = format!("HMAC-SHA256 apiKey={api_key}, date={date}, salt={salt}, signature={signature}");
        request.header(AUTHORIZATION, value)
    }

    fn body_of(&self, message: &Message) -> Result<Value, Outcome> {
        let (number, template) = parts(message)?;
        let variables: Map<String, Value> =
            template.variables.iter().map(|(name, value)| (format!("#{{{name}}}"), json!(value))).collect();
        let mut one = json!({
            "to": number,
            "kakaoOptions": {
                "pfId": self.settings.pf_id,
                "templateId": template.code,
                "variables": variables,
                "disableSms": self.settings.sms_from.is_none(),
            },
            "customFields": {KEY_FIELD: message.key},
        });
        if let (Some(from), Some(one)) = (&self.settings.sms_from, one.as_object_mut()) {
            one.insert("from".to_owned(), json!(from));
            one.insert("text".to_owned(), json!(message.text));
        }
        Ok(json!({"messages": [one], "allowDuplicates": false, "showMessageList": true}))
    }

    async fn find(&self, message: &Message, reference: Option<&str>) -> Result<Heard, Outcome> {
        let (criteria, condition, value) = match reference {
            Some(reference) if !reference.starts_with(OUR_KEY) => match reference.strip_prefix(GROUP) {
                Some(group) => ("groupId".to_owned(), "eq".to_owned(), group.to_owned()),
                None => ("messageId".to_owned(), "eq".to_owned(), reference.to_owned()),
            },
            _ => {
                let (number, _) = parts(message)?;
                let from = iso(message.asked_at - SETTLED_AFTER);
                ("to,dateCreated".to_owned(), "eq,gte".to_owned(), format!("{number},{from}"))
            }
        };
        let url = format!("{}/messages/v4/list", self.settings.host);
        let query =
            [("criteria", criteria), ("cond", condition), ("value", value), ("limit", "500".to_owned())];
        Ok(send(NAME, self.signed(self.outgoing.get(&url).query(&query))).await)
    }
}

#[async_trait]
impl MessageChannel for SolapiAlimtalk {
    fn channel(&self) -> Channel {
        Channel::Alimtalk
    }

    async fn send(&self, message: &Message) -> Outcome {
        let body = match self.body_of(message) {
            Ok(body) => body,
            Err(outcome) => return outcome,
        };
        let url = format!("{}/messages/v4/send-many/detail", self.settings.host);
        match send(NAME, self.signed(self.outgoing.post(&url)).json(&body)).await {
            Heard::NotSent => later("Solapi can't be reached", None),
            Heard::Unknown => unknown(message),
            Heard::Answer { status, headers, body } => {
                taken(message, status, &body, retry_after(&headers, self.clock.now()))
            }
        }
    }

    async fn look_up(&self, message: &Message, reference: Option<&str>) -> Outcome {
        let waiting = || Outcome::Pending {
            reference: reference.map_or_else(|| format!("{OUR_KEY}{}", message.key), str::to_owned),
        };
        let heard = match self.find(message, reference).await {
            Ok(heard) => heard,
            Err(outcome) => return outcome,
        };
        let Heard::Answer { status: 200, body, .. } = heard else { return waiting() };
        // An object by message id; a list in newer answers.
        let listed: Vec<&Value> = match body.get("messageList") {
            Some(Value::Object(messages)) => messages.values().collect(),
            Some(Value::Array(messages)) => messages.iter().collect(),
            _ => return waiting(),
        };
        let key = message.key.to_string();
        let ours = listed.into_iter().find(|one| {
            one.pointer(&format!("/customFields/{KEY_FIELD}")).and_then(Value::as_str) == Some(&key)
        });
        match ours {
            Some(one) => result(one).unwrap_or_else(waiting),
            None if self.clock.now() - message.asked_at < SETTLED_AFTER => waiting(),
            None => later("Solapi knows no such message", None),
        }
    }
}

/// What the answer to a request means: failures come with HTTP 200, message by message.
fn taken(message: &Message, status: u16, body: &Value, wait: Option<Duration>) -> Outcome {
    let error = body.get("errorCode").map(code_of).unwrap_or_default();
    match status {
        200..=299 => {
            let failed = body.pointer("/failedMessageList/0/statusCode");
            let taken = body.pointer("/messageList/0/messageId").and_then(Value::as_str);
            let group = body.pointer("/groupInfo/groupId").and_then(Value::as_str);
            match (failed, taken, group) {
                (Some(code), ..) => refused(format!("Solapi refused the message: {}", code_of(code))),
                (None, Some(taken), _) => Outcome::Pending { reference: taken.to_owned() },
                (None, None, Some(group)) => Outcome::Pending { reference: format!("{GROUP}{group}") },
                (None, None, None) => unknown(message),
            }
        }
        // Keys, balance, rights, rates: what somebody, or time, mends.
        401..=403 | 429 | 503 => later(format!("Solapi answered {status} {error}"), wait),
        400..=499 => refused(format!("Solapi answered {status} {error}")),
        _ => unknown(message),
    }
}

/// What became of a message that Solapi has; `None` while it is under way.
fn result(one: &Value) -> Option<Outcome> {
    let code = one.get("statusCode").map(code_of).unwrap_or_default();
    let reference = one.get("messageId").and_then(Value::as_str).unwrap_or_default().to_owned();
    match code.as_str() {
        "4000" => Some(Outcome::Accepted { reference }),
        "" | "2000" | "3000" => None,
        _ => Some(refused(format!("not delivered: {code}"))),
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
