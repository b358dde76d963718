//! Identifiers: one type per entity, so that a class id can't be handed in where a course id is meant.
//!
//! Ids are `UUIDv7` and come from [`IdGenerator`]; they are not secrets.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Makes ids.
pub trait IdGenerator: Send + Sync {
    /// A new `UUIDv7`.
    fn next(&self) -> Uuid;
}

/// Ids that carry the time and randomness of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is the one door to random ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Ids that count up from one, in the shape of a `UUIDv7`.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdGenerator for SequentialIds {
    fn next(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
    }
}

/// Declares id types: `id_types! { /// The id of a course. CourseId }`.
macro_rules! id_types {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

id_types! {
    /// The id of a user.
    UserId,
    /// The id of an identity.
    IdentityId,
    /// The id of an API key.
    ApiKeyId,
    /// The id of a device.
    DeviceId,
    /// The id of a course.
    CourseId,
    /// The id of a class.
    ClassId,
    /// The id of a lecture.
    LectureId,
    /// The id of an enrolment.
    EnrolmentId,
    /// The id of an attendance.
    AttendanceId,
    /// The id of a check-in session.
    CheckInSessionId,
    /// The id of what one bulk request did.
    AttendanceBatchId,
    /// The id of a request for leave.
    LeaveRequestId,
    /// The id of a certification.
    CertificationId,
    /// The id of a version of an attendance policy.
    PolicyId,
    /// The id of a version of a completion rule.
    CompletionRuleId,
    /// The id of a version of a template of certificates.
    CertificateTemplateId,
    /// The id of an entry of the audit log.
    AuditEntryId,
    /// The id of a schedule of reports.
    ReportScheduleId,
    /// The id of a long-running operation.
    OperationId,
    /// The id of a session.
    SessionId,
    /// The id of a notice.
    NoticeId,
    /// The id of an announcement.
    AnnouncementId,
    /// The id of a calendar.
    CalendarId,
    /// The id of an event.
    EventId,
    /// The id of a webhook endpoint.
    WebhookEndpointId,
    /// The id of a delivery to a webhook endpoint.
    WebhookDeliveryId,
    /// The id of a merge of two users.
    MergeId,
    /// The id of a job.
    JobId,
}
