//! What a kept policy is, and what a pin is.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    attendance::policy::PolicyDocument,
    audit::Audited,
    ids::{ClassId, PolicyId, UserId},
    page::{Listable, SortKey, sort_fields},
    text::{TextProblem, check_length, text_type},
};

text_type! {
    /// The title of a policy: 1 to 200 characters.
    PolicyTitle, max = 200
}
text_type! {
    /// What a policy does, in words: up to 2,000 characters, several lines.
    PolicyDescription, max = 2_000, lines = Many
}
text_type! {
    /// Why a class goes by another policy: 1 to 1,000 characters, several lines.
    PinReason, max = 1_000, lines = Many
}

/// The policy that every class has until it pins another: 80 % of the lectures held. The migration makes it.
pub const DEFAULT_POLICY: PolicyId = PolicyId(Uuid::from_u128(0x7000_8000_0000_0000_0080));

/// What the versions of one policy have in common: 1 to 50 of `a-z 0-9 - .`, e.g. `lecture-80`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyFamily(String);

impl PolicyFamily {
    /// The family of this name.
    ///
    /// # Errors
    /// A [`TextProblem`] when it is no such name.
    pub fn parse(text: impl Into<String>) -> Result<Self, TextProblem> {
        let text = text.into();
        check_length(&text, 1..=50)?;
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        if text.bytes().all(allowed) { Ok(Self(text)) } else { Err(TextProblem::Malformed) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// What its versions have in common.
    pub family: PolicyFamily,
    /// From 1.
    pub version: i32,
    /// What it is called.
    pub title: PolicyTitle,
    /// What it does, in words.
    pub description: Option<PolicyDescription>,
    /// What it says.
    pub document: Arc<PolicyDocument>,
    /// The digest of the document.
    pub digest: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom; `None` for the system itself.
    pub created_by: Option<UserId>,
}

impl Audited for Policy {
    const ENTITY: &'static str = "attendance_policy";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "family": self.family.as_str(),
            "version": self.version,
            "title": self.title.as_str(),
            "description": self.description.as_ref().map(PolicyDescription::as_str),
            "document": *self.document,
            "digest": self.digest,
        })
    }
}

/// A version to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPolicy {
    /// What its versions have in common; one that exists gets another version.
    pub family: PolicyFamily,
    /// What it is called.
    pub title: PolicyTitle,
    /// What it does, in words.
    pub description: Option<PolicyDescription>,
    /// What it says.
    pub document: PolicyDocument,
}

/// That a class goes by a policy, from a moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyPin {
    /// The class.
    pub class_id: ClassId,
    /// From 1, without gaps; the highest is the one that holds.
    pub number: i32,
    /// The policy.
    pub policy_id: PolicyId,
    /// When it was pinned.
    pub pinned_at: DateTime<Utc>,
    /// By whom; `None` for the system itself.
    pub pinned_by: Option<UserId>,
    /// Why; `None` for the first pin of a class.
    pub reason: Option<PinReason>,
}

impl Audited for PolicyPin {
    const ENTITY: &'static str = "class_policy_pin";

    fn audit_id(&self) -> Uuid {
        self.class_id.0
    }

    fn document(&self) -> Value {
        json!({ "number": self.number, "policy_id": self.policy_id })
    }
}

/// Which policies are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicyFilter {
    /// Versions of this policy.
    pub family: Option<PolicyFamily>,
}

sort_fields! {
    /// What policies can be sorted by.
    PolicySort { Family = "family", CreatedAt = "created_at" }
}

impl Listable<PolicySort> for Policy {
    fn sort_key(&self, field: PolicySort) -> SortKey {
        match field {
            PolicySort::Family => SortKey::Text(self.family.as_str().to_owned()),
            PolicySort::CreatedAt => SortKey::Time(self.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
