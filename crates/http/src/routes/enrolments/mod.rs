//! Enrolments (수강 등록): their shapes here, the requests that write them in `requests`, the handlers in `handlers`.

mod handlers;
mod requests;

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::learning::enrolments::{Enrolment, EnrolmentStatus, EnrolmentView, Transferred};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    shapes::{UserSummaryResponse, choices, page_of},
    users::ClassRoleValue,
};

pub use handlers::routes;

choices! {
    /// Whether an enrolment holds, or why it ended. The list may grow.
    EnrolmentStatusValue for EnrolmentStatus { Active, Left, Transferred }
}

/// A user's place in a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Enrolment)]
pub struct EnrolmentResponse {
    /// The id.
    id: Uuid,
    /// The class.
    class_id: Uuid,
    /// The title of the class; null in the answer to a change.
    #[schema(example = "수채화 기초 3기")]
    class_title: Option<String>,
    /// The user.
    user_id: Uuid,
    /// Who the user is; null in the answer to a change.
    user: Option<UserSummaryResponse>,
    /// What the user is in the class; only learners are marked and counted.
    role: ClassRoleValue,
    /// The first day on which it holds.
    #[schema(example = "2026-09-01")]
    enrolled_on: NaiveDate,
    /// The first day on which it no longer holds; null while there is no end.
    #[schema(example = "2026-11-27")]
    left_on: Option<NaiveDate>,
    /// Whether it holds, or why it ended.
    status: EnrolmentStatusValue,
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

impl From<Enrolment> for EnrolmentResponse {
    fn from(enrolment: Enrolment) -> Self {
        Self {
            id: enrolment.id.0,
            class_id: enrolment.class_id.0,
            class_title: None,
            user_id: enrolment.user_id.0,
            user: None,
            role: enrolment.role.into(),
            enrolled_on: enrolment.period.enrolled_on(),
            left_on: enrolment.period.left_on(),
            status: enrolment.status.into(),
            created_at: enrolment.stamps.created_at,
            created_by: enrolment.stamps.created_by.map(|id| id.0),
            updated_at: enrolment.stamps.updated_at,
            updated_by: enrolment.stamps.updated_by.map(|id| id.0),
            version: enrolment.stamps.version,
        }
    }
}

impl From<EnrolmentView> for EnrolmentResponse {
    fn from(view: EnrolmentView) -> Self {
        Self {
            class_title: Some(view.class_title),
            user: Some(view.user.into()),
            ..Self::from(view.enrolment)
        }
    }
}

page_of!(EnrolmentPage of EnrolmentResponse, "One page of enrolments.");

/// Enrolments that were made together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnrolmentBulk)]
pub struct EnrolmentBulkResponse {
    /// The enrolments, in the order of the request.
    #[schema(max_items = 5_000)]
    items: Vec<EnrolmentResponse>,
}

impl From<Vec<Enrolment>> for EnrolmentBulkResponse {
    fn from(enrolments: Vec<Enrolment>) -> Self {
        Self { items: enrolments.into_iter().map(Into::into).collect() }
    }
}

/// A move from one class to another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnrolmentTransfer)]
pub struct EnrolmentTransferResponse {
    /// The place that ended.
    from: EnrolmentResponse,
    /// The place that began.
    to: EnrolmentResponse,
}

impl From<Transferred> for EnrolmentTransferResponse {
    fn from(transferred: Transferred) -> Self {
        Self { from: transferred.from.into(), to: transferred.to.into() }
    }
}
