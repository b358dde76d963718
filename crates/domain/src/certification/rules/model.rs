//! What a kept completion rule is.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::RuleDocument;
use crate::{
    audit::Audited,
    certification::CompletionStamp,
    ids::{CompletionRuleId, CourseId, UserId},
    text::text_type,
};

text_type! {
    /// Why a course goes by another rule: 1 to 1,000 characters, several lines.
    RuleReason, max = 1_000, lines = Many
}

/// One version of the rule of a course; the highest is the one that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletionRule {
    /// Its id.
    pub id: CompletionRuleId,
    /// The course.
    pub course_id: CourseId,
    /// From 1, without gaps.
    pub version: i32,
    /// What it says.
    pub document: RuleDocument,
    /// The digest of the document.
    pub digest: String,
    /// Why it was made.
    pub reason: Option<RuleReason>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom; `None` for the system itself.
    pub created_by: Option<UserId>,
}

impl CompletionRule {
    /// What a certificate says of the rule that decided; of the plain one, where a course has none of its own.
    pub fn stamp(rule: Option<&Self>) -> CompletionStamp {
        match rule {
            Some(rule) => CompletionStamp {
                id: Some(rule.id),
                version: rule.version,
                digest: rule.digest.clone(),
                document: rule.document.clone(),
            },
            None => {
                let document = RuleDocument::default();
                CompletionStamp { id: None, version: 0, digest: document.digest(), document }
            }
        }
    }
}

impl Audited for CompletionRule {
    const ENTITY: &'static str = "completion_rule";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "course_id": self.course_id,
            "version": self.version,
            "document": self.document,
            "digest": self.digest,
        })
    }
}

/// A rule to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRule {
    /// What it says.
    pub document: RuleDocument,
    /// Why.
    pub reason: Option<RuleReason>,
}
