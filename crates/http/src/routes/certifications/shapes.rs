//! What is sent and answered of certifications.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    certification::{
        Certification, CertificationState, ClassRecord, CompletionStamp, NewCertification, OverrideReason,
        RateRecord, RevocationCode, Snapshot, Standing,
    },
    ids::{ClassId, CourseId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::CompletionRuleDocument;
use crate::{
    problem::{FieldFault, Problem},
    request::Checks,
    routes::shapes::page_of,
};

/// The most classes that one certification rests on.
const MAX_CLASSES: usize = 100;

/// How a certification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CertificationState)]
pub enum CertificationStateValue {
    /// It holds.
    Issued,
    /// Another one took its place, after a correction or a renewal.
    Superseded,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl From<CertificationState> for CertificationStateValue {
    fn from(state: CertificationState) -> Self {
        match state {
            CertificationState::Issued => Self::Issued,
            CertificationState::Superseded => Self::Superseded,
            CertificationState::Revoked => Self::Revoked,
            CertificationState::Expired => Self::Expired,
        }
    }
}

impl From<CertificationStateValue> for CertificationState {
    fn from(state: CertificationStateValue) -> Self {
        match state {
            CertificationStateValue::Issued => Self::Issued,
            CertificationStateValue::Superseded => Self::Superseded,
            CertificationStateValue::Revoked => Self::Revoked,
            CertificationStateValue::Expired => Self::Expired,
        }
    }
}

/// Why a certification was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RevocationCode)]
pub enum RevocationCodeValue {
    /// 착오 발급: it should not have been issued.
    IssuedInError,
    /// 부정행위: it was obtained by deceit.
    Misconduct,
    /// 기록 정정: the records on which it rests were corrected.
    RecordsCorrected,
    /// 본인 요청: its holder asked for it.
    HolderRequest,
    /// 기타.
    Other,
}

impl From<RevocationCode> for RevocationCodeValue {
    fn from(code: RevocationCode) -> Self {
        match code {
            RevocationCode::IssuedInError => Self::IssuedInError,
            RevocationCode::Misconduct => Self::Misconduct,
            RevocationCode::RecordsCorrected => Self::RecordsCorrected,
            RevocationCode::HolderRequest => Self::HolderRequest,
            RevocationCode::Other => Self::Other,
        }
    }
}

impl From<RevocationCodeValue> for RevocationCode {
    fn from(code: RevocationCodeValue) -> Self {
        match code {
            RevocationCodeValue::IssuedInError => Self::IssuedInError,
            RevocationCodeValue::Misconduct => Self::Misconduct,
            RevocationCodeValue::RecordsCorrected => Self::RecordsCorrected,
            RevocationCodeValue::HolderRequest => Self::HolderRequest,
            RevocationCodeValue::Other => Self::Other,
        }
    }
}

/// A record that a user completed a course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certification)]
pub struct CertificationResponse {
    /// The id.
    id: Uuid,
    /// The course.
    course_id: Uuid,
    /// The user.
    user_id: Uuid,
    /// The classes that it rests on.
    #[schema(max_items = 100)]
    class_ids: Vec<Uuid>,
    /// Its number: the year, and its place in the register of that year, without gaps.
    #[schema(pattern = r"^\d{4}-\d{4,6}$", example = "2026-0123")]
    number: String,
    /// The number as it is printed.
    #[schema(example = "제2026-0123호")]
    number_text: String,
    /// The code by which anybody verifies it at `GET /verify/{code}`; in groups of four, the last symbol is the check digit.
    #[schema(example = "7ZQ4-K0XW-93HM-T2BD-8")]
    code: String,
    /// How it stands.
    state: CertificationStateValue,
    /// Since when it does not hold any more; null while it does.
    ended_at: Option<DateTime<Utc>>,
    /// Why it was revoked; null unless it was.
    reason_code: Option<RevocationCodeValue>,
    /// Why it was revoked, in words; null unless it was.
    #[schema(max_length = 1_000)]
    reason: Option<String>,
    /// The one that took its place; null unless one did.
    superseded_by: Option<Uuid>,
    /// The one that it took the place of; null where there is none.
    supersedes: Option<Uuid>,
    /// When it was issued.
    #[schema(example = "2026-06-30T09:00:00Z")]
    issued_at: DateTime<Utc>,
    /// When it ceases to hold; null where it holds for good.
    expires_at: Option<DateTime<Utc>>,
    /// What it says, as it was on the day of issue.
    snapshot: CertificationSnapshot,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// Who issued it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<Certification> for CertificationResponse {
    fn from(certification: Certification) -> Self {
        let standing = certification.standing;
        let (reason_code, reason, superseded_by) = match &standing {
            Standing::Issued | Standing::Expired { .. } => (None, None, None),
            Standing::Superseded { at: _, by } => (None, None, Some(by.0)),
            Standing::Revoked { at: _, code, reason } => (Some((*code).into()), Some(reason.clone()), None),
        };
        let snapshot = certification.snapshot;
        Self {
            id: certification.id.0,
            course_id: certification.course_id.0,
            user_id: certification.user_id.0,
            class_ids: certification.class_ids.into_iter().map(|id| id.0).collect(),
            number: snapshot.number.to_string(),
            number_text: snapshot.number.for_people(),
            code: snapshot.code.for_people(),
            state: standing.state().into(),
            ended_at: standing.ended_at(),
            reason_code,
            reason,
            superseded_by,
            supersedes: certification.supersedes.map(|id| id.0),
            issued_at: snapshot.issued_at,
            expires_at: snapshot.expires_at,
            snapshot: snapshot.into(),
            created_at: certification.stamps.created_at,
            created_by: certification.stamps.created_by.map(|id| id.0),
            updated_at: certification.stamps.updated_at,
            updated_by: certification.stamps.updated_by.map(|id| id.0),
            version: certification.stamps.version,
        }
    }
}

/// What a certification says; it does not change with the course, the class or the user.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificationSnapshot {
    /// What the user was called.
    #[schema(example = "김하늘")]
    user_name: String,
    /// The same in Latin letters; null where it is not known.
    #[schema(example = "Kim Haneul")]
    user_name_roman: Option<String>,
    /// When the user was born; null where it is not known.
    #[schema(example = "1990-05-15")]
    birth_date: Option<NaiveDate>,
    /// The title of the course.
    #[schema(example = "수채화 기초")]
    course_title: String,
    /// The names of the attendance policies that decided.
    #[schema(example = "lecture-80")]
    rule: String,
    /// The completion rule that decided; null on records from elsewhere.
    completion: Option<CertifiedRule>,
    /// The classes, with what was reached in each.
    #[schema(max_items = 100)]
    classes: Vec<CertifiedClass>,
    /// What was reached in all of them; null where nothing was recorded, or they count in different units.
    rate: Option<CertifiedRate>,
    /// The planned time of all lectures, in minutes.
    #[schema(minimum = 0, example = 1_200)]
    planned_minutes: u64,
    /// The time credited to the user, in minutes.
    #[schema(minimum = 0, example = 960)]
    attended_minutes: u64,
    /// Who issued it.
    #[schema(example = "마당평생교육원")]
    issuer: String,
    /// The same in Latin letters; null where it is not known.
    issuer_roman: Option<String>,
    /// Who signs for the issuer; null where nobody does.
    #[schema(example = "원장 김하늘")]
    representative: Option<String>,
    /// The day of issue, in Seoul.
    #[schema(example = "2026-06-30")]
    issued_on: NaiveDate,
    /// The last day on which it holds, in Seoul; null where it holds for good.
    valid_until: Option<NaiveDate>,
    /// The number of the certificate that it took the place of; null where there is none.
    replaces: Option<String>,
    /// The template of its document.
    #[schema(example = "default")]
    template: String,
    /// Why it was issued although the rule was not met; null where it was.
    override_reason: Option<String>,
    /// Who decided what the rule leaves to a person; null where it left nothing.
    approved_by: Option<Uuid>,
}

impl From<Snapshot> for CertificationSnapshot {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            issued_on: snapshot.issued_on(),
            valid_until: snapshot.valid_until(),
            user_name: snapshot.user_name,
            user_name_roman: snapshot.user_name_roman,
            birth_date: snapshot.birth_date,
            course_title: snapshot.course_title,
            rule: snapshot.rule,
            completion: snapshot.completion.map(Into::into),
            classes: snapshot.classes.into_iter().map(Into::into).collect(),
            rate: snapshot.rate.map(Into::into),
            planned_minutes: snapshot.planned_minutes,
            attended_minutes: snapshot.attended_minutes,
            issuer: snapshot.issuer.name,
            issuer_roman: snapshot.issuer.name_roman,
            representative: snapshot.issuer.representative,
            replaces: snapshot.replaces.map(Into::into),
            template: snapshot.template,
            override_reason: snapshot.override_reason,
            approved_by: snapshot.approved_by.map(|id| id.0),
        }
    }
}

/// The completion rule that decided, in the version that held then.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedRule {
    /// The id of the version; null where the course had no rule of its own.
    id: Option<Uuid>,
    /// The version; 0 where the course had no rule of its own.
    #[schema(minimum = 0, example = 1)]
    version: i32,
    /// What it says.
    document: CompletionRuleDocument,
    /// The digest of the document.
    #[schema(min_length = 64, max_length = 64)]
    digest: String,
}

impl From<CompletionStamp> for CertifiedRule {
    fn from(stamp: CompletionStamp) -> Self {
        Self {
            id: stamp.id.map(|id| id.0),
            version: stamp.version,
            document: stamp.document.into(),
            digest: stamp.digest,
        }
    }
}

/// An exact rate: `numerator` / `denominator`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedRate {
    /// What was credited.
    #[schema(minimum = 0, example = 16)]
    numerator: u64,
    /// What counted.
    #[schema(minimum = 1, example = 20)]
    denominator: u64,
    /// The rate for people.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "80.0")]
    percent: String,
}

impl From<RateRecord> for CertifiedRate {
    fn from(rate: RateRecord) -> Self {
        Self { numerator: rate.numerator, denominator: rate.denominator, percent: rate.percent }
    }
}

/// What was reached in one class: the rate is `numerator` / `denominator`, exactly.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedClass {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "2026년 봄 1기")]
    title: String,
    /// Its first day.
    #[schema(example = "2026-03-03")]
    begin_date: NaiveDate,
    /// Its last day.
    #[schema(example = "2026-06-23")]
    end_date: NaiveDate,
    /// What was credited, in the parts of the policy.
    #[schema(minimum = 0, example = 16)]
    numerator: u64,
    /// What counted; 0 where nothing was recorded.
    #[schema(minimum = 0, example = 20)]
    denominator: u64,
    /// The rate for people; null where nothing was recorded.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "80.0")]
    percent: Option<String>,
    /// How many lectures were planned, without those that were cancelled.
    #[schema(minimum = 0, example = 20)]
    lectures: u64,
    /// Their time, in minutes.
    #[schema(minimum = 0, example = 1_200)]
    planned_minutes: u64,
    /// The time credited to the user, in minutes.
    #[schema(minimum = 0, example = 960)]
    attended_minutes: u64,
    /// The version of the attendance policy that decided; null on records from elsewhere.
    policy_id: Option<Uuid>,
    /// Its number among the versions of that policy; null on records from elsewhere.
    #[schema(minimum = 1, example = 1)]
    policy_version: Option<i32>,
}

impl From<ClassRecord> for CertifiedClass {
    fn from(record: ClassRecord) -> Self {
        Self {
            class_id: record.class_id.0,
            title: record.title,
            begin_date: record.begin_date,
            end_date: record.end_date,
            numerator: record.numerator,
            denominator: record.denominator,
            percent: record.percent,
            lectures: record.lectures,
            planned_minutes: record.planned_minutes,
            attended_minutes: record.attended_minutes,
            policy_id: record.policy.as_ref().map(|policy| policy.id.0),
            policy_version: record.policy.map(|policy| policy.version),
        }
    }
}

page_of!(CertificationPage of CertificationResponse, "One page of certifications.");

/// A certification to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueCertificationRequest {
    /// The course.
    course_id: Uuid,
    /// The user.
    user_id: Uuid,
    /// The classes that it rests on; absent for those that the completion rule of the course says.
    #[schema(min_items = 1, max_items = 100)]
    class_ids: Option<Vec<Uuid>>,
    /// Why it is issued even if the rule is not met; absent to let the rule decide.
    #[schema(min_length = 1, max_length = 1_000, example = "기관장 승인: 입원으로 마지막 두 차시 결석")]
    override_reason: Option<String>,
    /// Whether what the rule leaves to a person is decided for the learner: an approval that it asks for, or a certification that
    /// was revoked or has expired.
    #[serde(default)]
    #[schema(default = false, example = false)]
    approve: bool,
}

impl IssueCertificationRequest {
    pub(super) fn into_domain(self) -> Result<NewCertification, Problem> {
        let mut checks = Checks::new();
        let class_ids = checks.optional("/class_ids", self.class_ids, |ids| match ids.len() {
            0 => Err(FieldFault::Empty),
            1..=MAX_CLASSES => Ok(ids),
            _ => Err(FieldFault::TooLong { max: MAX_CLASSES }),
        });
        let override_reason =
            checks.optional("/override_reason", self.override_reason, OverrideReason::parse);
        checks.done(|| {
            Some(NewCertification {
                course_id: CourseId(self.course_id),
                user_id: UserId(self.user_id),
                class_ids: class_ids?.unwrap_or_default().into_iter().map(ClassId).collect(),
                override_reason: override_reason?,
                approves: self.approve,
            })
        })
    }
}
