//! Rows of `leave_requests`.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    attendance::leave::{Decision, LeaveNote, LeavePeriod, LeaveReason, LeaveRequest, LeaveStatus},
    ids::{ClassId, LeaveRequestId, UserId},
};
use serde_json::Value;

use super::{known, optional, parsed, row};
use crate::error::Corrupt;

row!(LeaveRequestRow, leave_requests, stamped, {
    id: LeaveRequestId,
    class_id: ClassId,
    user_id: UserId,
    reason: String,
    description: Option<String>,
    first_on: NaiveDate,
    last_on: NaiveDate,
    lecture_ids: Option<Value>,
    evidence: Value,
    status: String,
    #[serde(serialize_with = "crate::types::optional_instant")]
    decided_at: Option<DateTime<Utc>>,
    decided_by: Option<UserId>,
    decision_note: Option<String>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    withdrawn_at: Option<DateTime<Utc>>,
});

impl TryFrom<&LeaveRequest> for LeaveRequestRow {
    type Error = serde_json::Error;

    fn try_from(request: &LeaveRequest) -> Result<Self, serde_json::Error> {
        let decision = request.decision.as_ref();
        Ok(Self {
            id: request.id,
            class_id: request.class_id,
            user_id: request.user_id,
            reason: request.reason.as_str().to_owned(),
            description: request.description.as_ref().map(ToString::to_string),
            first_on: request.period.first_on(),
            last_on: request.period.last_on(),
            lecture_ids: request.period.lectures().map(serde_json::to_value).transpose()?,
            evidence: serde_json::to_value(&request.evidence)?,
            status: request.status.as_str().to_owned(),
            decided_at: decision.map(|decision| decision.at),
            decided_by: decision.and_then(|decision| decision.by),
            decision_note: decision.and_then(|decision| decision.note.as_ref()).map(ToString::to_string),
            withdrawn_at: request.withdrawn_at,
            version: request.stamps.version,
            created_at: request.stamps.created_at,
            created_by: request.stamps.created_by,
            updated_at: request.stamps.updated_at,
            updated_by: request.stamps.updated_by,
        })
    }
}

impl TryFrom<LeaveRequestRow> for LeaveRequest {
    type Error = Corrupt;

    fn try_from(row: LeaveRequestRow) -> Result<Self, Corrupt> {
        let stamps = row.stamps();
        let lectures = row.lecture_ids.map(serde_json::from_value).transpose();
        let lectures = parsed(lectures, "leave_requests.lecture_ids")?;
        let note = optional(row.decision_note, LeaveNote::parse, "leave_requests.decision_note")?;
        Ok(Self {
            stamps,
            id: row.id,
            class_id: row.class_id,
            user_id: row.user_id,
            reason: known(LeaveReason::parse(&row.reason), "leave_requests.reason")?,
            description: optional(row.description, LeaveNote::parse, "leave_requests.description")?,
            period: parsed(LeavePeriod::new(row.first_on, row.last_on, lectures), "leave_requests.last_on")?,
            evidence: parsed(serde_json::from_value(row.evidence), "leave_requests.evidence")?,
            status: known(LeaveStatus::parse(&row.status), "leave_requests.status")?,
            decision: row.decided_at.map(|at| Decision { at, by: row.decided_by, note }),
            withdrawn_at: row.withdrawn_at,
        })
    }
}
