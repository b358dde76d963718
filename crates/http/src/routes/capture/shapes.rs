//! The JSON shapes of check-in sessions and of what learners send.

use chrono::{DateTime, Utc};
use madang_domain::attendance::capture::{CheckIn, CheckInSession, CurrentCode, OpenSession};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::{FieldFault, Problem},
    request::{Checks, moment},
};

/// The longest text that can be a code: that of the QR code has about 80 characters.
const MAX_CODE: usize = 200;
/// The longest name of a device.
const MAX_DEVICE: usize = 200;

/// The time during which the learners of a lecture may check in by themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckInSession)]
pub struct CheckInSessionResponse {
    /// The id.
    id: Uuid,
    /// Of which lecture.
    lecture_id: Uuid,
    /// From when on one may check in.
    #[schema(example = "2026-09-01T09:50:00Z")]
    opens_at: DateTime<Utc>,
    /// From when on one may no longer.
    #[schema(example = "2026-09-01T12:00:00Z")]
    closes_at: DateTime<Utc>,
    /// Whether one may check in now.
    is_open: bool,
    /// Whole minutes that one may be late and still count as present, by the policy of the class.
    #[schema(minimum = 0, example = 9)]
    late_grace_minutes: u16,
    /// The last minute at which one is merely late, after which one is absent; null for never.
    #[schema(minimum = 0, example = 24)]
    absent_after_minutes: Option<u16>,
    /// Whole minutes that one may leave before the end and still count as present.
    #[schema(minimum = 0, example = 9)]
    early_leave_grace_minutes: u16,
    /// Whether who is unmarked at the end becomes absent.
    unmarked_absent: bool,
    /// When that was done; null before.
    settled_at: Option<DateTime<Utc>>,
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

impl CheckInSessionResponse {
    /// A session as it stands at this moment.
    pub(super) fn at(session: &CheckInSession, now: DateTime<Utc>) -> Self {
        Self {
            id: session.id.0,
            lecture_id: session.lecture_id.0,
            opens_at: session.opens_at,
            closes_at: session.closes_at,
            is_open: session.is_open(now),
            late_grace_minutes: session.times.late_grace_minutes,
            absent_after_minutes: session.times.absent_after_minutes,
            early_leave_grace_minutes: session.times.early_leave_grace_minutes,
            unmarked_absent: session.unmarked_absent,
            settled_at: session.settled_at,
            created_at: session.stamps.created_at,
            created_by: session.stamps.created_by.map(|id| id.0),
            updated_at: session.stamps.updated_at,
            updated_by: session.stamps.updated_by.map(|id| id.0),
            version: session.stamps.version,
        }
    }
}

/// When check-in is to be open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCheckInRequest {
    /// From when on, with any offset; absent for the set time before the lecture, or at once where that has come.
    #[schema(example = "2026-09-01T18:50:00+09:00")]
    opens_at: Option<DateTime<Utc>>,
    /// Until when, with any offset; absent for the end of the lecture.
    #[schema(example = "2026-09-01T21:00:00+09:00")]
    closes_at: Option<DateTime<Utc>>,
}

impl OpenCheckInRequest {
    pub(super) fn into_domain(self) -> Result<OpenSession, Problem> {
        let mut checks = Checks::new();
        let opens_at = checks.optional("/opens_at", self.opens_at, moment);
        let closes_at = checks.optional("/closes_at", self.closes_at, moment);
        checks.done(|| Some(OpenSession { opens_at: opens_at?, closes_at: closes_at? }))
    }
}

/// The code that a lecture shows now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckInCode)]
pub struct CheckInCodeResponse {
    /// What the QR code holds; it names the lecture.
    #[schema(
        example = "MADANG:1:01980000000070008000000000000001:118891440:0A1B2C3D4E5F60718293A4B5C6D7E8F9"
    )]
    payload: String,
    /// The same for typing.
    #[schema(min_length = 6, max_length = 6, example = "042917")]
    digits: String,
    /// When the next code takes its place; this one is taken for one step longer.
    #[schema(example = "2026-09-01T10:00:15Z")]
    changes_at: DateTime<Utc>,
    /// How long a code is shown, in seconds.
    #[schema(minimum = 1, example = 15)]
    step_seconds: i64,
}

impl CheckInCodeResponse {
    /// A code, each of which is shown for so long.
    pub(super) fn of(code: CurrentCode, step_seconds: i64) -> Self {
        Self { payload: code.payload, digits: code.digits, changes_at: code.changes_at, step_seconds }
    }
}

/// What a learner hands in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInRequest {
    /// What the QR code holds, or the six digits beside it.
    #[schema(min_length = 1, max_length = 200, example = "042917")]
    code: String,
    /// When a device without network scanned the code, with any offset; absent for now. Only for scanned codes.
    #[schema(example = "2026-09-01T10:00:07Z")]
    captured_at: Option<DateTime<Utc>>,
    /// What the device calls itself, always the same. Kept as a hash that differs from lecture to lecture.
    #[schema(min_length = 1, max_length = 200, example = "4f5c2a1e-phone")]
    device_id: Option<String>,
}

impl CheckInRequest {
    /// What came from this network.
    pub(super) fn into_domain(self, network: Option<String>) -> Result<CheckIn, Problem> {
        let mut checks = Checks::new();
        let code = checks.value("/code", short(self.code, MAX_CODE));
        let captured_at = checks.optional("/captured_at", self.captured_at, moment);
        let device = checks.optional("/device_id", self.device_id, |text| short(text, MAX_DEVICE));
        checks.done(|| Some(CheckIn { code: code?, captured_at: captured_at?, device: device?, network }))
    }
}

/// The code, as proof of being there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInProofRequest {
    /// What the QR code holds, or the six digits beside it.
    #[schema(min_length = 1, max_length = 200, example = "042917")]
    code: String,
}

impl CheckInProofRequest {
    pub(super) fn into_domain(self) -> Result<String, Problem> {
        let mut checks = Checks::new();
        let code = checks.value("/code", short(self.code, MAX_CODE));
        checks.done(|| code)
    }
}

fn short(text: String, max: usize) -> Result<String, FieldFault> {
    match text.trim() {
        "" => Err(FieldFault::Empty),
        trimmed if trimmed.chars().count() > max => Err(FieldFault::TooLong { max }),
        trimmed if trimmed.len() == text.len() => Ok(text),
        trimmed => Ok(trimmed.to_owned()),
    }
}
