//! Rows of `attendance_policies`, `class_policy_pins` and `attendance_warnings`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::policies::{
        PinReason, Policy, PolicyDescription, PolicyFamily, PolicyPin, PolicyTitle, Warning, WarningKind,
    },
    ids::{ClassId, PolicyId, UserId},
};
use serde_json::Value;

use super::{known, optional, parsed, row};
use crate::error::Corrupt;

row!(PolicyRow, attendance_policies, {
    id: PolicyId,
    family: String,
    version: i32,
    title: String,
    description: Option<String>,
    document: Value,
    digest: String,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    created_by: Option<UserId>,
});

impl TryFrom<&Policy> for PolicyRow {
    type Error = serde_json::Error;

    fn try_from(policy: &Policy) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: policy.id,
            family: policy.family.to_string(),
            version: policy.version,
            title: policy.title.as_str().to_owned(),
            description: policy.description.as_ref().map(ToString::to_string),
            document: serde_json::to_value(&*policy.document)?,
            digest: policy.digest.clone(),
            created_at: policy.created_at,
            created_by: policy.created_by,
        })
    }
}

impl TryFrom<PolicyRow> for Policy {
    type Error = Corrupt;

    fn try_from(row: PolicyRow) -> Result<Self, Corrupt> {
        let document = parsed(serde_json::from_value(row.document), "attendance_policies.document")?;
        Ok(Self {
            id: row.id,
            family: parsed(PolicyFamily::parse(row.family), "attendance_policies.family")?,
            version: row.version,
            title: parsed(PolicyTitle::parse(row.title), "attendance_policies.title")?,
            description: optional(
                row.description,
                PolicyDescription::parse,
                "attendance_policies.description",
            )?,
            document: Arc::new(document),
            digest: row.digest,
            created_at: row.created_at,
            created_by: row.created_by,
        })
    }
}

row!(PinRow, class_policy_pins, {
    class_id: ClassId,
    number: i32,
    policy_id: PolicyId,
    #[serde(serialize_with = "crate::types::instant")]
    pinned_at: DateTime<Utc>,
    pinned_by: Option<UserId>,
    reason: Option<String>,
});

impl From<&PolicyPin> for PinRow {
    fn from(pin: &PolicyPin) -> Self {
        Self {
            class_id: pin.class_id,
            number: pin.number,
            policy_id: pin.policy_id,
            pinned_at: pin.pinned_at,
            pinned_by: pin.pinned_by,
            reason: pin.reason.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<PinRow> for PolicyPin {
    type Error = Corrupt;

    fn try_from(row: PinRow) -> Result<Self, Corrupt> {
        Ok(Self {
            class_id: row.class_id,
            number: row.number,
            policy_id: row.policy_id,
            pinned_at: row.pinned_at,
            pinned_by: row.pinned_by,
            reason: optional(row.reason, PinReason::parse, "class_policy_pins.reason")?,
        })
    }
}

row!(WarningRow, attendance_warnings, {
    class_id: ClassId,
    user_id: UserId,
    kind: String,
    #[serde(serialize_with = "crate::types::instant")]
    at: DateTime<Utc>,
});

impl From<&Warning> for WarningRow {
    fn from(warning: &Warning) -> Self {
        Self {
            class_id: warning.class_id,
            user_id: warning.user_id,
            kind: warning.kind.as_str().to_owned(),
            at: warning.at,
        }
    }
}

impl TryFrom<WarningRow> for Warning {
    type Error = Corrupt;

    fn try_from(row: WarningRow) -> Result<Self, Corrupt> {
        Ok(Self {
            class_id: row.class_id,
            user_id: row.user_id,
            kind: known(WarningKind::parse(&row.kind), "attendance_warnings.kind")?,
            at: row.at,
        })
    }
}
