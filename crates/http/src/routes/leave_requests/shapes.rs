//! The JSON of requests for leave.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    attendance::leave::{
        Evidence, EvidenceFault, LeaveNote, LeavePeriod, LeaveReason, LeaveRequest, LeaveRequestView,
        LeaveStatus, MAX_EVIDENCE, MAX_LEAVE_LECTURES, NewLeaveRequest, PeriodFault, RequestedPeriod,
    },
    ids::{ClassId, LectureId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::{FieldFault, Problem},
    request::Checks,
    routes::shapes::{UserSummaryResponse, choices, page_of},
};

choices! {
    /// How far a request has come. The list may grow.
    LeaveStatusValue for LeaveStatus { Pending, Approved, Rejected, Withdrawn }
}

choices! {
    /// Why somebody is excused: 병무, 예비군·민방위, 경조사, 질병·부상, 시험, 면접, 공무·기관 행사, 기타. The list may grow.
    LeaveReasonValue for LeaveReason { Military, ReserveForces, FamilyEvent, Illness, Exam, Interview, Official, Other }
}

/// What is known of a paper that proves a reason; the paper itself is not kept here.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeaveEvidence)]
pub struct EvidenceShape {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 255, example = "진단서.pdf")]
    name: String,
    /// Its media type.
    #[schema(max_length = 127, example = "application/pdf")]
    content_type: String,
    /// Its size, up to 100 MiB.
    #[schema(minimum = 1, maximum = 104_857_600, example = 182_044)]
    size_bytes: i64,
    /// Its SHA-256, in hexadecimal digits.
    #[schema(
        pattern = "^[0-9a-fA-F]{64}$",
        example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )]
    sha256: String,
}

impl From<&Evidence> for EvidenceShape {
    fn from(evidence: &Evidence) -> Self {
        Self {
            name: evidence.name().to_owned(),
            content_type: evidence.content_type().to_owned(),
            size_bytes: evidence.size_bytes(),
            sha256: evidence.sha256().to_owned(),
        }
    }
}

/// A request for leave from a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Leave)]
pub struct LeaveRequestResponse {
    /// The id.
    id: Uuid,
    /// The class.
    class_id: Uuid,
    /// The title of the class; null in the answer to a change.
    #[schema(example = "수채화 기초 3기")]
    class_title: Option<String>,
    /// The learner.
    user_id: Uuid,
    /// Who the learner is; null in the answer to a change.
    user: Option<UserSummaryResponse>,
    /// Why.
    reason: LeaveReasonValue,
    /// Why, in Korean.
    #[schema(example = "예비군·민방위")]
    reason_name: String,
    /// Why, in words.
    #[schema(example = "동원 훈련 3일")]
    description: Option<String>,
    /// The first day; of single lectures, the day of the first.
    #[schema(example = "2026-09-07")]
    first_on: NaiveDate,
    /// The last day, included.
    #[schema(example = "2026-09-09")]
    last_on: NaiveDate,
    /// The lectures; null where every lecture on these days is meant.
    #[schema(max_items = 200)]
    lecture_ids: Option<Vec<Uuid>>,
    /// The papers that prove the reason.
    #[schema(max_items = 10)]
    evidence: Vec<EvidenceShape>,
    /// How far it has come.
    status: LeaveStatusValue,
    /// When staff decided; null while nobody has.
    decided_at: Option<DateTime<Utc>>,
    /// Who decided.
    decided_by: Option<Uuid>,
    /// What they said of it.
    #[schema(example = "훈련 필증을 확인했습니다.")]
    decision_note: Option<String>,
    /// When it was taken back.
    withdrawn_at: Option<DateTime<Utc>>,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// Who made it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<LeaveRequest> for LeaveRequestResponse {
    fn from(request: LeaveRequest) -> Self {
        let decision = request.decision;
        Self {
            id: request.id.0,
            class_id: request.class_id.0,
            class_title: None,
            user_id: request.user_id.0,
            user: None,
            reason: request.reason.into(),
            reason_name: request.reason.title().to_owned(),
            description: request.description.map(Into::into),
            first_on: request.period.first_on(),
            last_on: request.period.last_on(),
            lecture_ids: request.period.lectures().map(|ids| ids.iter().map(|id| id.0).collect()),
            evidence: request.evidence.iter().map(Into::into).collect(),
            status: request.status.into(),
            decided_at: decision.as_ref().map(|one| one.at),
            decided_by: decision.as_ref().and_then(|one| one.by).map(|id| id.0),
            decision_note: decision.and_then(|one| one.note).map(Into::into),
            withdrawn_at: request.withdrawn_at,
            created_at: request.stamps.created_at,
            created_by: request.stamps.created_by.map(|id| id.0),
            updated_at: request.stamps.updated_at,
            updated_by: request.stamps.updated_by.map(|id| id.0),
            version: request.stamps.version,
        }
    }
}

impl From<LeaveRequestView> for LeaveRequestResponse {
    fn from(view: LeaveRequestView) -> Self {
        Self { class_title: Some(view.class_title), user: Some(view.user.into()), ..Self::from(view.request) }
    }
}

page_of!(LeaveRequestPage of LeaveRequestResponse, "One page of requests for leave.");

/// Leave that is asked for: either `first_on` and `last_on`, or `lecture_ids`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLeaveRequest {
    /// From this class.
    #[schema(example = "01980000-0000-7000-8000-000000000001")]
    class_id: Uuid,
    /// For this learner; null or absent for oneself.
    user_id: Option<Uuid>,
    /// Why.
    reason: LeaveReasonValue,
    /// Why, in words; seen by the learner and staff of the class only.
    #[schema(max_length = 2_000, example = "동원 훈련 3일")]
    description: Option<String>,
    /// The first day, in the years 1900 to 2999.
    #[schema(example = "2026-09-07")]
    first_on: Option<NaiveDate>,
    /// The last day, included; at most 366 days.
    #[schema(example = "2026-09-09")]
    last_on: Option<NaiveDate>,
    /// Single lectures of the class.
    #[schema(min_items = 1, max_items = 200)]
    lecture_ids: Option<Vec<Uuid>>,
    /// The papers that prove the reason.
    #[serde(default)]
    #[schema(max_items = 10)]
    evidence: Vec<EvidenceShape>,
}

impl CreateLeaveRequest {
    pub(super) fn into_domain(self) -> Result<NewLeaveRequest, Problem> {
        let mut checks = Checks::new();
        let period = self.period(&mut checks);
        let description = checks.optional("/description", self.description, LeaveNote::parse);
        if self.evidence.len() > MAX_EVIDENCE {
            checks.fault("/evidence", FieldFault::TooLong { max: MAX_EVIDENCE });
        }
        let mut evidence = Vec::new();
        for (index, one) in self.evidence.iter().take(MAX_EVIDENCE).enumerate() {
            match Evidence::new(&one.name, &one.content_type, one.size_bytes, &one.sha256) {
                Ok(one) => evidence.push(one),
                Err(fault) => {
                    let (field, fault) = fault_of(fault);
                    checks.fault(&format!("/evidence/{index}/{field}"), fault);
                }
            }
        }
        checks.done(|| {
            Some(NewLeaveRequest {
                class_id: ClassId(self.class_id),
                user_id: self.user_id.map(UserId),
                reason: self.reason.into(),
                description: description?,
                period: period?,
                evidence,
            })
        })
    }

    fn period(&self, checks: &mut Checks) -> Option<RequestedPeriod> {
        let first = checks.optional_day("/first_on", self.first_on)?;
        let last = checks.optional_day("/last_on", self.last_on)?;
        match (&self.lecture_ids, first, last) {
            (None, Some(first), Some(last)) => {
                checks.value("/last_on", LeavePeriod::days(first, last)).map(RequestedPeriod::Days)
            }
            (Some(ids), None, None) => {
                match ids.len() {
                    0 => checks.fault("/lecture_ids", FieldFault::Empty),
                    1..=MAX_LEAVE_LECTURES => {}
                    _ => checks.fault("/lecture_ids", FieldFault::TooLong { max: MAX_LEAVE_LECTURES }),
                }
                Some(RequestedPeriod::Lectures(ids.iter().copied().map(LectureId).collect()))
            }
            (Some(_), _, _) => {
                checks.fault("/lecture_ids", FieldFault::Inconsistent);
                None
            }
            (None, first, _) => {
                let pointer = if first.is_none() { "/first_on" } else { "/last_on" };
                checks.fault(pointer, FieldFault::Missing);
                None
            }
        }
    }
}

fn fault_of(fault: EvidenceFault) -> (&'static str, FieldFault) {
    match fault {
        EvidenceFault::Name(problem) => ("name", problem.into()),
        EvidenceFault::ContentType => ("content_type", FieldFault::InvalidFormat),
        EvidenceFault::Size { max } => ("size_bytes", FieldFault::OutOfRange { min: 1, max }),
        EvidenceFault::Sha256 => ("sha256", FieldFault::InvalidFormat),
    }
}

impl From<PeriodFault> for FieldFault {
    fn from(fault: PeriodFault) -> Self {
        match fault {
            PeriodFault::Reversed => Self::Reversed,
            PeriodFault::TooLong => Self::TooLong { max: 366 },
            PeriodFault::Empty => Self::Empty,
        }
    }
}

/// An approval.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveLeaveRequest {
    /// A remark to the learner.
    #[schema(max_length = 2_000, example = "훈련 필증을 확인했습니다.")]
    note: Option<String>,
}

impl ApproveLeaveRequest {
    pub(super) fn into_domain(self) -> Result<Option<LeaveNote>, Problem> {
        let mut checks = Checks::new();
        let note = checks.optional("/note", self.note, LeaveNote::parse);
        checks.done(|| note)
    }
}

/// A refusal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectLeaveRequest {
    /// Why, for the learner.
    #[schema(min_length = 1, max_length = 2_000, example = "증빙 서류가 없습니다.")]
    note: String,
}

impl RejectLeaveRequest {
    pub(super) fn into_domain(self) -> Result<LeaveNote, Problem> {
        let mut checks = Checks::new();
        let note = checks.value("/note", LeaveNote::parse(self.note));
        checks.done(|| note)
    }
}
