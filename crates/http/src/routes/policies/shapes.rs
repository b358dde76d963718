//! Policies, pins and their changes, as JSON.

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{
        policies::{
            LearnerFigures, LearnerShift, NewPolicy, PinChange, PinReason, Policy, PolicyDescription,
            PolicyFamily, PolicyPin, PolicyTitle, RePin,
        },
        policy::{PolicyDocument, presets},
    },
    ids::PolicyId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::document::PolicyDocumentShape;
use crate::{
    problem::{FieldFault, Problem},
    request::Checks,
    routes::{
        shapes::{UserSummaryResponse, page_of},
        statistics::VerdictValue,
    },
};

/// One version of an attendance policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendancePolicy)]
pub struct PolicyResponse {
    /// The id of the version.
    id: Uuid,
    /// What the versions of one policy have in common.
    #[schema(example = "late3-pooled")]
    family: String,
    /// From 1.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// The title.
    #[schema(example = "지각·조퇴 합산 3회 = 결석 1회")]
    title: String,
    /// What it does, in words.
    description: Option<String>,
    /// What it says.
    #[schema(value_type = PolicyDocumentShape)]
    document: PolicyDocument,
    /// The SHA-256 of the document in its one form: documents that say the same have the same.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Who made it; null for the system itself.
    created_by: Option<Uuid>,
}

impl From<Policy> for PolicyResponse {
    fn from(policy: Policy) -> Self {
        Self {
            id: policy.id.0,
            family: policy.family.to_string(),
            version: policy.version,
            title: policy.title.into(),
            description: policy.description.map(Into::into),
            document: PolicyDocument::clone(&policy.document),
            digest: policy.digest,
            created_at: policy.created_at,
            created_by: policy.created_by.map(|id| id.0),
        }
    }
}

page_of!(PolicyPage of PolicyResponse, "One page of attendance policies.");

/// A policy, or the next version of one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePolicyRequest {
    /// What the versions have in common: letters a to z, digits, `-` and `.`. One that exists gets another version. Absent: the name of the preset.
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9.-]+$", example = "our-rule")]
    family: Option<String>,
    /// The title. Absent: that of the preset.
    #[schema(min_length = 1, max_length = 200, example = "우리 기관 출석 기준")]
    title: Option<String>,
    /// What it does, in words. Absent: as the preset says.
    #[schema(max_length = 2_000, example = "지각 3회를 결석 1회로 봅니다.")]
    description: Option<String>,
    /// The name of a preset to begin with; not together with `document`.
    #[schema(max_length = 50, example = "late3-pooled")]
    preset: Option<String>,
    /// What it says.
    #[schema(value_type = Option<PolicyDocumentShape>)]
    document: Option<PolicyDocument>,
}

impl CreatePolicyRequest {
    pub(super) fn into_domain(self) -> Result<NewPolicy, Problem> {
        let mut checks = Checks::new();
        let preset = self.preset.as_deref().map(|name| presets::find(name).ok_or(FieldFault::NoSuchThing));
        let preset = match preset.transpose() {
            Ok(preset) => preset,
            Err(fault) => {
                checks.fault("/preset", fault);
                None
            }
        };
        let document = match (self.document, &preset) {
            (Some(_), Some(_)) => {
                checks.fault("/document", FieldFault::Inconsistent);
                None
            }
            (Some(document), None) => Some(document),
            (None, Some(preset)) => Some(preset.document.clone()),
            (None, None) => {
                if self.preset.is_none() {
                    checks.fault("/document", FieldFault::Missing);
                }
                None
            }
        };
        let named = |own: Option<String>, of_preset: fn(&presets::Preset) -> &'static str| {
            own.or_else(|| preset.as_ref().map(|preset| of_preset(preset).to_owned()))
        };
        let family =
            required(&mut checks, "/family", named(self.family, |preset| preset.name), PolicyFamily::parse);
        let title =
            required(&mut checks, "/title", named(self.title, |preset| preset.title), PolicyTitle::parse);
        let description = named(self.description, |preset| preset.description);
        let description = checks.optional("/description", description, PolicyDescription::parse);
        checks.done(|| {
            Some(NewPolicy { family: family?, title: title?, description: description?, document: document? })
        })
    }
}

fn required<T, E: Into<FieldFault>>(
    checks: &mut Checks,
    pointer: &str,
    text: Option<String>,
    parse: impl FnOnce(String) -> Result<T, E>,
) -> Option<T> {
    let Some(text) = text else {
        checks.fault(pointer, FieldFault::Missing);
        return None;
    };
    checks.value(pointer, parse(text))
}

/// Rules in use elsewhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendancePolicyPresets)]
pub struct PresetList {
    /// Each preset, the plain rule first.
    #[schema(max_items = 100)]
    items: Vec<PresetResponse>,
}

impl PresetList {
    pub(super) fn all() -> Self {
        let items = presets::all().into_iter().map(|preset| PresetResponse {
            name: preset.name,
            title: preset.title,
            description: preset.description,
            source: preset.source,
            document: preset.document,
        });
        Self { items: items.collect() }
    }
}

/// A policy to begin with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendancePolicyPreset)]
pub struct PresetResponse {
    /// Its stable name.
    #[schema(example = "late3-pooled")]
    name: &'static str,
    /// Its title.
    #[schema(example = "지각·조퇴 합산 3회 = 결석 1회")]
    title: &'static str,
    /// What it does, in words.
    description: &'static str,
    /// Where the rule was found. None is the text of a statute: check it before you go by it.
    #[schema(example = "kpcre.or.kr FAQ 35")]
    source: &'static str,
    /// What it says.
    #[schema(value_type = PolicyDocumentShape)]
    document: PolicyDocument,
}

/// What a class goes by, or went by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassAttendancePolicy)]
pub struct ClassPolicyResponse {
    /// The class.
    class_id: Uuid,
    /// Which pin of the class it is, from 1; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    number: i32,
    /// The policy.
    policy: PolicyResponse,
    /// Since when.
    pinned_at: DateTime<Utc>,
    /// Who pinned it; null for the system itself.
    pinned_by: Option<Uuid>,
    /// Why; null for the first pin of a class.
    reason: Option<String>,
}

impl From<(PolicyPin, Policy)> for ClassPolicyResponse {
    fn from((pin, policy): (PolicyPin, Policy)) -> Self {
        Self {
            class_id: pin.class_id.0,
            number: pin.number,
            policy: policy.into(),
            pinned_at: pin.pinned_at,
            pinned_by: pin.pinned_by.map(|id| id.0),
            reason: pin.reason.map(Into::into),
        }
    }
}

/// What a class goes by and went by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassAttendancePolicyPins)]
pub struct PinList {
    /// The pins, the last first.
    pub(super) items: Vec<ClassPolicyResponse>,
}

/// Another policy for a class.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinPolicyRequest {
    /// The version that the class is to go by.
    policy_id: Uuid,
    /// Why.
    #[schema(min_length = 1, max_length = 1_000, example = "운영위원회 결정 (2026-09-01)")]
    reason: String,
}

impl PinPolicyRequest {
    pub(super) fn into_domain(self, is_dry_run: bool) -> Result<RePin, Problem> {
        let mut checks = Checks::new();
        let reason = checks.value("/reason", PinReason::parse(self.reason));
        checks.done(|| Some(RePin { policy_id: PolicyId(self.policy_id), reason: reason?, is_dry_run }))
    }
}

/// What a change of policy changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendancePolicyChange)]
pub struct PinChangeResponse {
    /// The number of the pin that holds.
    #[schema(minimum = 1, example = 2)]
    number: i32,
    /// What the class went by.
    before: PolicyResponse,
    /// What it goes by; or would, after a dry run.
    after: PolicyResponse,
    /// Every learner whose figures or verdict change, by name.
    changed: Vec<LearnerShiftResponse>,
    /// How many learners stay as they are.
    #[schema(minimum = 0, example = 12)]
    unchanged: u64,
    /// Up to when lectures counted.
    as_of: DateTime<Utc>,
}

impl From<PinChange> for PinChangeResponse {
    fn from(change: PinChange) -> Self {
        Self {
            number: change.pin.number,
            before: change.before.into(),
            after: change.after.into(),
            changed: change.shifts.into_iter().map(Into::into).collect(),
            unchanged: change.unchanged,
            as_of: change.as_of,
        }
    }
}

/// A learner whose figures or verdict change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendancePolicyShift)]
pub struct LearnerShiftResponse {
    /// Who.
    user: UserSummaryResponse,
    /// What they were.
    before: LearnerFiguresResponse,
    /// What they are.
    after: LearnerFiguresResponse,
}

impl From<LearnerShift> for LearnerShiftResponse {
    fn from(shift: LearnerShift) -> Self {
        Self { user: shift.user.into(), before: shift.before.into(), after: shift.after.into() }
    }
}

/// The figures of one learner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LearnerFigures)]
pub struct LearnerFiguresResponse {
    /// The exact rate; null while nothing is recorded.
    #[schema(pattern = r"^\d+/\d+$", example = "16/20")]
    rate: Option<String>,
    /// The rate for people.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "80.0")]
    percent: Option<String>,
    /// Whether that is enough, so far.
    verdict: VerdictValue,
}

impl From<LearnerFigures> for LearnerFiguresResponse {
    fn from(figures: LearnerFigures) -> Self {
        Self {
            rate: figures.rate.map(|rate| rate.to_string()),
            percent: figures.percent,
            verdict: figures.verdict.into(),
        }
    }
}
