//! Endpoints and what is delivered to them.

use std::{collections::BTreeSet, fmt};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    events::is_told_from_audit_log,
    ids::{EventId, WebhookDeliveryId, WebhookEndpointId},
    page::{Listable, SortKey, sort_fields},
    stamps::Stamps,
    text::{TextProblem, text_conversions, text_type},
};

text_type! {
    /// What an endpoint is for: 1 to 200 characters.
    WebhookDescription, max = 200
}

/// An address that begins with `https://` or `http://`: up to 500 visible ASCII characters, without user and fragment.
///
/// Its path may hold a secret, so it is in no log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// The most characters.
    pub const MAX: usize = 500;

    /// Takes an address from outside; whether it may be asked is the transport's to say.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, TextProblem> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(TextProblem::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(TextProblem::TooLong { max: Self::MAX });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TextProblem::ForbiddenCharacter);
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
        if host.is_empty() || host.contains('@') || text.contains('#') {
            return Err(TextProblem::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

text_conversions!(WebhookUrl, Redacted);

/// Why an endpoint is told nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisabledBecause {
    /// It answered 410.
    Gone,
    /// It has not taken anything for days.
    Failing,
    /// Somebody said so.
    ByHand,
}

impl DisabledBecause {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Gone, Self::Failing, Self::ByHand];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::ByHand => "by_hand",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// Somewhere that is told of events.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Where requests go.
    pub url: WebhookUrl,
    /// What it is for.
    pub description: Option<WebhookDescription>,
    /// The kinds of events that it is told of; empty for all.
    pub kinds: BTreeSet<String>,
    /// Why it is told nothing; `None` while it is.
    pub disabled: Option<DisabledBecause>,
    /// Since when nothing was taken; `None` where the last delivery was.
    pub failing_since: Option<DateTime<Utc>>,
    /// The number of the secret that signs; each has one of its own.
    pub secret_number: i32,
    /// Until when the secret before it signs as well.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl WebhookEndpoint {
    /// Whether it is told of anything.
    pub fn is_active(&self) -> bool {
        self.disabled.is_none()
    }

    /// Whether it is told of events of this kind.
    pub fn wants(&self, kind: &str) -> bool {
        self.is_active() && (self.kinds.is_empty() || self.kinds.contains(kind))
    }

    /// Whether it is told of what only the audit log tells.
    pub fn hears_changes(&self) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| is_told_from_audit_log(kind))
    }

    /// The numbers of the secrets that sign at this moment, the newest first.
    pub fn signing_numbers(&self, now: DateTime<Utc>) -> Vec<i32> {
        let old = self.old_secret_until.filter(|until| now < *until).map(|_| self.secret_number - 1);
        std::iter::once(self.secret_number).chain(old).collect()
    }
}

impl Audited for WebhookEndpoint {
    const ENTITY: &'static str = "webhook_endpoint";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            // A path often is a secret of the receiver's.
            "host": self.url.as_str().split('/').nth(2),
            "description": self.description.as_ref().map(WebhookDescription::as_str),
            "kinds": self.kinds,
            "disabled": self.disabled.map(DisabledBecause::as_str),
            "secret_number": self.secret_number,
            "old_secret_until": self.old_secret_until,
        })
    }
}

/// An endpoint to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEndpoint {
    /// Where requests go.
    pub url: WebhookUrl,
    /// What it is for.
    pub description: Option<WebhookDescription>,
    /// The kinds of events that it is told of; empty for all.
    pub kinds: BTreeSet<String>,
}

/// What is to be changed; `None` keeps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointChanges {
    /// Where requests go.
    pub url: Option<WebhookUrl>,
    /// What it is for.
    pub description: Option<Option<WebhookDescription>>,
    /// The kinds of events that it is told of; empty for all.
    pub kinds: Option<BTreeSet<String>>,
    /// Whether it is told of anything.
    pub is_active: Option<bool>,
}

impl EndpointChanges {
    pub(super) fn apply_to(self, old: &WebhookEndpoint) -> WebhookEndpoint {
        let disabled = match self.is_active {
            None => old.disabled,
            Some(true) => None,
            Some(false) => old.disabled.or(Some(DisabledBecause::ByHand)),
        };
        WebhookEndpoint {
            url: self.url.unwrap_or_else(|| old.url.clone()),
            description: self.description.unwrap_or_else(|| old.description.clone()),
            kinds: self.kinds.unwrap_or_else(|| old.kinds.clone()),
            failing_since: old.failing_since.filter(|_| disabled == old.disabled),
            disabled,
            ..old.clone()
        }
    }
}

/// What signs the requests to one endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SigningSecret(pub [u8; 32]);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// An endpoint with its newest secret, which nobody is shown again.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedEndpoint {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// The secret.
    pub secret: SigningSecret,
}

sort_fields! {
    /// What endpoints can be sorted by.
    EndpointSort { CreatedAt = "created_at" }
}

impl Listable<EndpointSort> for WebhookEndpoint {
    fn sort_key(&self, field: EndpointSort) -> SortKey {
        match field {
            EndpointSort::CreatedAt => SortKey::Time(self.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryStatus {
    /// It is, or will be, tried.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// It was given up.
    Failed,
    /// The endpoint was disabled before it was sent.
    Skipped,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Failed, Self::Skipped];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// To where.
    pub endpoint_id: WebhookEndpointId,
    /// The event: the `webhook-id` of every attempt.
    pub event_id: EventId,
    /// What kind of event it is.
    pub kind: String,
    /// What is sent, byte for byte the same at every attempt.
    pub body: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was sent.
    pub attempts: i32,
    /// What the endpoint answered last.
    pub last_status: Option<i32>,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it was last sent.
    pub attempted_at: Option<DateTime<Utc>>,
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// That stand here.
    pub status: Option<DeliveryStatus>,
}

sort_fields! {
    /// What deliveries can be sorted by.
    DeliverySort { CreatedAt = "created_at" }
}

impl Listable<DeliverySort> for Delivery {
    fn sort_key(&self, field: DeliverySort) -> SortKey {
        match field {
            DeliverySort::CreatedAt => SortKey::Time(self.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web_without_user_and_fragment() {
        for good in ["https://hooks.example.org", "https://a.example/x?y=1", "http://127.0.0.1:8080/"] {
            assert_eq!(WebhookUrl::parse(good).unwrap().as_str(), good);
        }
        for bad in
            ["ftp://a.example", "https://", "https://u:p@a.example/", "https://a.example/#x", "a.example"]
        {
            assert_eq!(WebhookUrl::parse(bad), Err(TextProblem::Malformed), "{bad}");
        }
        assert_eq!(WebhookUrl::parse("https://a.example/한"), Err(TextProblem::ForbiddenCharacter));
        assert_eq!(format!("{:?}", WebhookUrl::parse("https://a.example/s3cret").unwrap()), "WebhookUrl(…)");
    }
}
