//! Rows of `completion_rules`.

use chrono::{DateTime, Utc};
use madang_domain::{
    certification::rules::{CompletionRule, RuleReason},
    ids::{CompletionRuleId, CourseId, UserId},
};
use serde_json::Value;

use super::{optional, parsed, row};
use crate::error::Corrupt;

row!(CompletionRuleRow, completion_rules, {
    id: CompletionRuleId,
    course_id: CourseId,
    version: i32,
    document: Value,
    digest: String,
    reason: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    created_by: Option<UserId>,
});

impl TryFrom<&CompletionRule> for CompletionRuleRow {
    type Error = serde_json::Error;

    fn try_from(rule: &CompletionRule) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: rule.id,
            course_id: rule.course_id,
            version: rule.version,
            document: serde_json::to_value(&rule.document)?,
            digest: rule.digest.clone(),
            reason: rule.reason.as_ref().map(ToString::to_string),
            created_at: rule.created_at,
            created_by: rule.created_by,
        })
    }
}

impl TryFrom<CompletionRuleRow> for CompletionRule {
    type Error = Corrupt;

    fn try_from(row: CompletionRuleRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            course_id: row.course_id,
            version: row.version,
            document: parsed(serde_json::from_value(row.document), "completion_rules.document")?,
            digest: row.digest,
            reason: optional(row.reason, RuleReason::parse, "completion_rules.reason")?,
            created_at: row.created_at,
            created_by: row.created_by,
        })
    }
}
