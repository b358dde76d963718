//! Enrolments (수강 등록): their shapes here, the requests that write them in `requests`, the handlers in `handlers`.

mod handlers;
mod requests;

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::learning::enrolments::{Enrolled, Enrolment, EnrolmentStatus, EnrolmentView, Transferred};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    shapes::{UserSummaryResponse, choices, page_of},
    users::ClassRoleValue,
};

pub use handlers::routes;

choices! {
    /// Whether an enrolment holds, is waited for, or why it ended. The list may grow.
    EnrolmentStatusValue for EnrolmentStatus { Active, Left, Transferred, Waiting }
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
    /// The first day on which it no longer holds; null while there is no end. Equal to `enrolled_on` while it is waited for.
    #[schema(example = "2026-11-27")]
    left_on: Option<NaiveDate>,
    /// Whether it holds, is waited for, or why it ended.
    status: EnrolmentStatusValue,
    /// How many are served before and with this one, from 1; null unless it waits, and in the answer to a change.
    #[schema(minimum = 1, example = 3)]
    waiting_place: Option<u64>,
    /// The enrolment in another class of the course that this one goes on from, after a move: lectures of that class, with their
    /// marks, count here too.
    transferred_from: Option<Uuid>,
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
            waiting_place: None,
            transferred_from: enrolment.transferred_from.map(|id| id.0),
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
            waiting_place: view.waiting_place,
            ..Self::from(view.enrolment)
        }
    }
}

impl From<Enrolled> for EnrolmentResponse {
    fn from(enrolled: Enrolled) -> Self {
        Self { waiting_place: enrolled.waiting_place, ..Self::from(enrolled.enrolment) }
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

impl From<Vec<Enrolled>> for EnrolmentBulkResponse {
    fn from(enrolled: Vec<Enrolled>) -> Self {
        Self { items: enrolled.into_iter().map(Into::into).collect() }
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
