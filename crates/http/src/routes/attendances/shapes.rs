//! The JSON shapes of marks.

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{
        AssignmentId, Attendance, AttendanceChanges, AttendanceSource, AttendanceStatus, AttendanceView,
        DetailType, Mark, MarkNote, NewAttendance,
    },
    audit::Reason,
    ids::UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::Problem,
    request::{Checks, clearable, moment, present},
    routes::shapes::{UserSummaryResponse, choices, page_of},
};

choices! {
    /// What was recorded: 출석, 지각, 조퇴, 공결, 결석. The list may grow.
    AttendanceStatusValue for AttendanceStatus { Present, Late, EarlyLeave, Excused, Absent }
}
choices! {
    /// How a mark came in: by the hand of staff, by the learner's own check-in, from a file. The list may grow.
    AttendanceSourceValue for AttendanceSource { Staff, SelfCheckIn, Import }
}

/// The mark of one user at one lecture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendance)]
pub struct AttendanceResponse {
    /// The id.
    id: Uuid,
    /// At which lecture.
    lecture_id: Uuid,
    /// Of whom.
    user_id: Uuid,
    /// What was recorded.
    status: AttendanceStatusValue,
    /// What exactly that means, in the organisation's own words.
    #[schema(example = "병결")]
    detail_type: Option<String>,
    /// A remark.
    #[schema(example = "진단서 제출")]
    description: Option<String>,
    /// What was handed in, where the lecture is attended by an assignment.
    assignment_id: Option<String>,
    /// When the learner came; null where nobody noted it.
    #[schema(example = "2026-03-03T10:02:00Z")]
    checked_at: Option<DateTime<Utc>>,
    /// How it came in.
    source: AttendanceSourceValue,
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

impl From<Attendance> for AttendanceResponse {
    fn from(attendance: Attendance) -> Self {
        Self {
            id: attendance.id.0,
            lecture_id: attendance.lecture_id.0,
            user_id: attendance.user_id.0,
            status: attendance.mark.status.into(),
            detail_type: attendance.mark.detail_type.map(Into::into),
            description: attendance.mark.description.map(Into::into),
            assignment_id: attendance.mark.assignment_id.map(Into::into),
            checked_at: attendance.mark.checked_at,
            source: attendance.source.into(),
            created_at: attendance.stamps.created_at,
            created_by: attendance.stamps.created_by.map(|id| id.0),
            updated_at: attendance.stamps.updated_at,
            updated_by: attendance.stamps.updated_by.map(|id| id.0),
            version: attendance.stamps.version,
        }
    }
}

/// A mark with what one wants to see of its user and lecture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceView)]
pub struct AttendanceViewResponse {
    /// The id.
    id: Uuid,
    /// At which lecture.
    lecture_id: Uuid,
    /// The title of the lecture.
    #[schema(example = "물감과 붓")]
    lecture_title: String,
    /// When the lecture starts.
    #[schema(example = "2026-03-03T10:00:00Z")]
    lecture_date: DateTime<Utc>,
    /// The class of the lecture.
    class_id: Uuid,
    /// Of whom.
    user_id: Uuid,
    /// Who that is.
    user: UserSummaryResponse,
    /// What was recorded.
    status: AttendanceStatusValue,
    /// What exactly that means, in the organisation's own words.
    #[schema(example = "병결")]
    detail_type: Option<String>,
    /// A remark.
    #[schema(example = "진단서 제출")]
    description: Option<String>,
    /// What was handed in, where the lecture is attended by an assignment.
    assignment_id: Option<String>,
    /// When the learner came; null where nobody noted it.
    #[schema(example = "2026-03-03T10:02:00Z")]
    checked_at: Option<DateTime<Utc>>,
    /// How it came in.
    source: AttendanceSourceValue,
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

impl From<AttendanceView> for AttendanceViewResponse {
    fn from(view: AttendanceView) -> Self {
        let mark = AttendanceResponse::from(view.attendance);
        Self {
            id: mark.id,
            lecture_id: mark.lecture_id,
            lecture_title: view.lecture_title,
            lecture_date: view.lecture_date,
            class_id: view.class_id.0,
            user_id: mark.user_id,
            user: view.user.into(),
            status: mark.status,
            detail_type: mark.detail_type,
            description: mark.description,
            assignment_id: mark.assignment_id,
            checked_at: mark.checked_at,
            source: mark.source,
            created_at: mark.created_at,
            created_by: mark.created_by,
            updated_at: mark.updated_at,
            updated_by: mark.updated_by,
            version: mark.version,
        }
    }
}

page_of!(AttendancePage of AttendanceViewResponse, "One page of marks.");

/// A mark to be made. Who makes it is who sends the request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAttendanceRequest {
    /// Of whom.
    user_id: Uuid,
    /// What to record.
    status: AttendanceStatusValue,
    /// What exactly that means, in the organisation's own words.
    #[schema(min_length = 1, max_length = 100, example = "병결")]
    detail_type: Option<String>,
    /// A remark.
    #[schema(min_length = 1, max_length = 2_000, example = "진단서 제출")]
    description: Option<String>,
    /// What was handed in, where the lecture is attended by an assignment.
    #[schema(min_length = 1, max_length = 200, example = "hw-2026-0301")]
    assignment_id: Option<String>,
    /// When the learner came, with any offset.
    #[schema(example = "2026-03-03T19:02:00+09:00")]
    checked_at: Option<DateTime<Utc>>,
}

impl CreateAttendanceRequest {
    pub(super) fn into_domain(self) -> Result<NewAttendance, Problem> {
        let mut checks = Checks::new();
        let new = self.checked(&mut checks, "");
        checks.done(|| new)
    }

    /// The mark, where the item stands at `place` in the body.
    pub(super) fn checked(self, checks: &mut Checks, place: &str) -> Option<NewAttendance> {
        let fields = MarkFields {
            status: self.status,
            detail_type: self.detail_type,
            description: self.description,
            assignment_id: self.assignment_id,
            checked_at: self.checked_at,
        };
        let mark = fields.checked(checks, place)?;
        Some(NewAttendance { user_id: UserId(self.user_id), mark })
    }
}

struct MarkFields {
    status: AttendanceStatusValue,
    detail_type: Option<String>,
    description: Option<String>,
    assignment_id: Option<String>,
    checked_at: Option<DateTime<Utc>>,
}

impl MarkFields {
    fn checked(self, checks: &mut Checks, place: &str) -> Option<Mark> {
        let at = |field: &str| format!("{place}/{field}");
        let detail_type = checks.optional(&at("detail_type"), self.detail_type, DetailType::parse);
        let description = checks.optional(&at("description"), self.description, MarkNote::parse);
        let assignment_id = checks.optional(&at("assignment_id"), self.assignment_id, AssignmentId::parse);
        let checked_at = checks.optional(&at("checked_at"), self.checked_at, moment);
        Some(Mark {
            status: self.status.into(),
            detail_type: detail_type?,
            description: description?,
            assignment_id: assignment_id?,
            checked_at: checked_at?,
        })
    }
}

/// The whole of a mark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceAttendanceRequest {
    /// What to record.
    status: AttendanceStatusValue,
    /// What exactly that means; null or absent for nothing.
    #[schema(min_length = 1, max_length = 100, example = "병결")]
    detail_type: Option<String>,
    /// A remark; null or absent for none.
    #[schema(min_length = 1, max_length = 2_000, example = "진단서 제출")]
    description: Option<String>,
    /// What was handed in; null or absent for nothing.
    #[schema(min_length = 1, max_length = 200, example = "hw-2026-0301")]
    assignment_id: Option<String>,
    /// When the learner came, with any offset; null or absent where nobody noted it.
    #[schema(example = "2026-03-03T19:02:00+09:00")]
    checked_at: Option<DateTime<Utc>>,
}

impl ReplaceAttendanceRequest {
    pub(super) fn into_domain(self) -> Result<AttendanceChanges, Problem> {
        let mut checks = Checks::new();
        let fields = MarkFields {
            status: self.status,
            detail_type: self.detail_type,
            description: self.description,
            assignment_id: self.assignment_id,
            checked_at: self.checked_at,
        };
        let mark = fields.checked(&mut checks, "");
        checks.done(|| {
            mark.map(|mark| AttendanceChanges {
                status: Some(mark.status),
                detail_type: Some(mark.detail_type),
                description: Some(mark.description),
                assignment_id: Some(mark.assignment_id),
                checked_at: Some(mark.checked_at),
            })
        })
    }
}

/// What changes on a mark (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAttendanceRequest {
    /// Another status.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<AttendanceStatusValue>,
    /// Another meaning of it; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "병결")]
    detail_type: Option<Option<String>>,
    /// Another remark; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2_000, example = "진단서 제출")]
    description: Option<Option<String>>,
    /// Another assignment; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    assignment_id: Option<Option<String>>,
    /// Another time, with any offset; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<DateTime<Utc>>, example = "2026-03-03T19:02:00+09:00")]
    checked_at: Option<Option<DateTime<Utc>>>,
    /// Why, for the history. In a closed class a manager must give one, and nobody else corrects there.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 500, nullable = false, example = "출석부 대조")]
    reason: Option<String>,
}

impl UpdateAttendanceRequest {
    pub(super) fn into_domain(self) -> Result<(AttendanceChanges, Option<Reason>), Problem> {
        let mut checks = Checks::new();
        let detail_type = checks.clearable("/detail_type", self.detail_type, DetailType::parse);
        let description = checks.clearable("/description", self.description, MarkNote::parse);
        let assignment_id = checks.clearable("/assignment_id", self.assignment_id, AssignmentId::parse);
        let checked_at = checks.clearable("/checked_at", self.checked_at, moment);
        let reason = checks.optional("/reason", self.reason, Reason::parse);
        checks.done(|| {
            let changes = AttendanceChanges {
                status: self.status.map(Into::into),
                detail_type: detail_type?,
                description: description?,
                assignment_id: assignment_id?,
                checked_at: checked_at?,
            };
            Some((changes, reason?))
        })
    }
}
