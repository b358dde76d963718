//! NHN Cloud, `KakaoTalk` Bizmessage v2.3.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use madang_domain::{
    channels::{Channel, Message, MessageChannel, Outcome},
    clock::Clock,
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{OUR_KEY, later, parts, refused, unknown};
use crate::{
    outgoing::{Heard, Outgoing, code_of, send},
    webhooks::retry_after,
};

const NAME: &str = "nhn";
/// The same key came a second time within ten minutes: the first request was taken.
const REPEATED: [i64; 2] = [-1_005, 400_305];
/// Keys, senders and quotas: settings that somebody mends.
const OUR_SETTINGS: [i64; 10] =
    [-1_000, -1_001, -1_002, -1_003, -1_006, -1_027, 400_300, 400_301, 400_306, 400_309];
/// A message that the list does not have after so long was not taken.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(10);
/// The most bytes (EUC-KR) of a short text message.
const SMS_BYTES: usize = 90;
/// The most characters of the title of a long one.
const LMS_TITLE: usize = 20;

/// An application at NHN Cloud.
#[derive(Clone)]
pub struct NhnSettings {
    /// Its key.
    pub app_key: String,
    /// Its secret key.
    pub secret_key: String,
    /// The key of the Kakao channel that sends.
    pub sender_key: String,
    /// The number that text messages come from; without one none are sent.
    pub sms_from: Option<String>,
    /// Where the server is.
    pub host: String,
}

impl NhnSettings {
    /// Where NHN Cloud's server is.
    pub const HOST: &str = "https://kakaotalk-bizmessage.api.nhncloudservice.com";
}

impl fmt::Debug for NhnSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NhnSettings").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Sends Alimtalk through NHN Cloud.
pub struct NhnAlimtalk {
    settings: NhnSettings,
    outgoing: Outgoing,
    clock: Arc<dyn Clock>,
}

impl NhnAlimtalk {
    /// Sends with these settings; a call takes `within` at most.
    ///
    /// # Errors
    /// When the system has no certificates to go by.
    pub fn new(
        settings: NhnSettings,
        clock: Arc<dyn Clock>,
        within: Option<Duration>,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { settings, outgoing: Outgoing::new(within)?, clock })
    }

    fn url(&self) -> String {
        format!("{}/alimtalk/v2.3/appkeys/{}/messages", self.settings.host, self.settings.app_key)
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("X-Secret-Key", &self.settings.secret_key)
    }

    fn body_of(&self, message: &Message) -> Result<Value, Outcome> {
        let (number, template) = parts(message)?;
        let fallback = match &self.settings.sms_from {
            None => json!({"isResend": false}),
            Some(from) => {
                let kind = if euc_kr_bytes(&message.text) <= SMS_BYTES { "SMS" } else { "LMS" };
                json!({
                    "isResend": true,
                    "resendType": kind,
                    "resendTitle": message.title.chars().take(LMS_TITLE).collect::<String>(),
                    "resendContent": message.text,
                    "resendSendNo": from,
                })
            }
        };
        Ok(json!({
            "senderKey": self.settings.sender_key,
            "templateCode": template.code,
            "recipientList": [{
                "recipientNo": number,
                "templateParameter": template.variables,
                "resendParameter": fallback,
                "recipientGroupingKey": message.key,
            }],
        }))
    }

    async fn find(&self, message: &Message, reference: Option<&str>) -> Heard {
        let by_reference = reference.filter(|reference| !reference.starts_with(OUR_KEY));
        let request = if let Some(reference) = by_reference {
            self.outgoing.get(&format!("{}/{reference}", self.url()))
        } else {
            let (from, to) = (message.asked_at - SETTLED_AFTER, self.clock.now() + SETTLED_AFTER);
            self.outgoing.get(&self.url()).query(&[
                ("startCreateDate", in_seoul(from)),
                // A list reaches over thirty days at most.
                ("endCreateDate", in_seoul(to.min(from + TimeDelta::days(30)))),
                ("recipientGroupingKey", message.key.to_string()),
            ])
        };
        send(NAME, self.signed(request)).await
    }
}

#[async_trait]
impl MessageChannel for NhnAlimtalk {
    fn channel(&self) -> Channel {
        Channel::Alimtalk
    }

    async fn send(&self, message: &Message) -> Outcome {
        let body = match self.body_of(message) {
            Ok(body) => body,
            Err(outcome) => return outcome,
        };
        let request = self.signed(self.outgoing.post(&self.url()));
        let request = request.header("X-NC-API-IDEMPOTENCY-KEY", message.key.to_string()).json(&body);
        match send(NAME, request).await {
            Heard::NotSent => later("NHN Cloud can't be reached", None),
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
        let Heard::Answer { status: 200, body, .. } = self.find(message, reference).await else {
            return waiting();
        };
        if body.pointer("/header/isSuccessful") != Some(&json!(true)) {
            return waiting();
        }
        let found = body.get("message").or_else(|| body.pointer("/messageSearchResultResponse/messages/0"));
        match found {
            Some(found) => result(found).unwrap_or_else(waiting),
            None if self.clock.now() - message.asked_at < SETTLED_AFTER => waiting(),
            None => later("NHN Cloud knows no such message", None),
        }
    }
}

/// What the answer to a request means: failures come with HTTP 200.
fn taken(message: &Message, status: u16, body: &Value, wait: Option<Duration>) -> Outcome {
    let code = body.pointer("/header/resultCode").and_then(Value::as_i64);
    match (status, code) {
        (200..=299, Some(0)) => {
            let result = body.pointer("/message/sendResults/0");
            let refusal = result.and_then(|result| result.get("resultCode")).and_then(Value::as_i64);
            let place = result.and_then(|result| result.get("recipientSeq")).and_then(Value::as_i64);
            let request = body.pointer("/message/requestId").and_then(Value::as_str);
            match (refusal, request, place) {
                (Some(0), Some(request), Some(place)) => {
                    Outcome::Pending { reference: format!("{request}/{place}") }
                }
                (Some(code), ..) if code != 0 => refused(format!("NHN Cloud refused the recipient: {code}")),
                _ => unknown(message),
            }
        }
        (_, Some(code)) if REPEATED.contains(&code) => unknown(message),
        (_, Some(code)) if OUR_SETTINGS.contains(&code) => {
            later(format!("NHN Cloud refused our settings: {code}"), wait)
        }
        (401 | 403 | 429 | 503, _) => later(format!("NHN Cloud answered {status}"), wait),
        (200..=499, Some(code)) => refused(format!("NHN Cloud refused the message: {code}")),
        (400..=499, None) => refused(format!("NHN Cloud answered {status}")),
        // A success that says nothing, or a server that broke down on the way.
        _ => unknown(message),
    }
}

/// What became of a message that NHN Cloud has; `None` while it is under way.
fn result(found: &Value) -> Option<Outcome> {
    let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
    let reference =
        format!("{}/{}", text("requestId"), found.get("recipientSeq").map(code_of).unwrap_or_default());
    let failed =
        || refused(format!("not delivered: {}", code_of(found.get("resultCode").unwrap_or(&Value::Null))));
    match (text("messageStatus"), text("resultCode"), text("resendStatus")) {
        // RSC04: the text message in its place arrived.
        (_, _, "RSC04") | ("COMPLETED", "MRC01", _) => Some(Outcome::Accepted { reference }),
        // RSC03, or RSC02 after a failure: it is on its way, or still to come.
        (_, _, "RSC03") | ("FAILED", _, "RSC02") | ("COMPLETED", "MRC02", "RSC02") => None,
        ("CANCEL" | "FAILED", ..) | ("COMPLETED", "MRC02", _) => Some(failed()),
        _ => None,
    }
}

fn in_seoul(at: DateTime<Utc>) -> String {
    let seoul = FixedOffset::east_opt(9 * 3_600).map(|zone| at.with_timezone(&zone).naive_local());
    seoul.unwrap_or_else(|| at.naive_utc()).format("%Y-%m-%d %H:%M").to_string()
}

fn euc_kr_bytes(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}
