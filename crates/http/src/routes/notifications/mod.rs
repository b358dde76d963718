//! Notices: the inbox, its stream, preferences, announcements, reminders of classes, and the words of all of them.

mod announcements;
mod inbox;
mod preferences;
mod reminders;
mod stream;
mod templates;

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::notifications::{InboxItem, NoticeKind};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::{choices, page_of};

/// The routes of notices.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(inbox::routes).configure(stream::routes).configure(preferences::routes);
    config.configure(announcements::routes).configure(reminders::routes).configure(templates::routes);
}

choices! {
    /// What somebody is told.
    NotificationKindValue for NoticeKind {
        LectureStart,
        CheckInReminder,
        MarkingReminder,
        Absence,
        AtRisk,
        Unreachable,
        LeaveApproved,
        LeaveRejected,
        LeaveRevoked,
        CertificateIssued,
        CertificateRevoked,
        CertificateExpiring,
        Announcement,
    }
}

/// Why somebody is told: what is the cause, when, and in which version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationCause)]
pub struct NoticeCauseResponse {
    /// The lecture, the mark, the class, the request for leave, the certificate or the announcement, by kind.
    subject_id: Uuid,
    /// Its version when the notice was made; null where it has none.
    #[schema(minimum = 1, example = 1)]
    version: Option<i32>,
    /// The class; null where none is concerned.
    class_id: Option<Uuid>,
    /// The lecture; null where none is concerned.
    lecture_id: Option<Uuid>,
    /// When the lecture starts.
    #[schema(example = "2026-09-01T01:00:00Z")]
    lecture_date: Option<DateTime<Utc>>,
    /// The last day of the certificate that expires.
    #[schema(example = "2026-12-31")]
    expires_on: Option<NaiveDate>,
}

/// Something that one was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NoticeResponse {
    /// The id.
    id: Uuid,
    /// What it is about.
    kind: NotificationKindValue,
    /// What it says, in one line, in the language that one has chosen.
    #[schema(example = "곧 수업이 시작됩니다: 1강 붓과 물")]
    title: String,
    /// The whole of what it says.
    #[schema(example = "수채화 기초 3기 「1강 붓과 물」 차시가 9월 1일(화) 10:00에 시작합니다.")]
    body: String,
    /// Why one is told.
    cause: NoticeCauseResponse,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When one read it; null before.
    read_at: Option<DateTime<Utc>>,
}

impl From<InboxItem> for NoticeResponse {
    fn from(item: InboxItem) -> Self {
        let (notice, text) = (item.notice, item.text);
        Self {
            id: notice.id.0,
            kind: notice.kind.into(),
            title: text.title,
            body: text.body,
            cause: NoticeCauseResponse {
                subject_id: notice.subject_id,
                version: notice.facts.version,
                class_id: notice.facts.class_id.map(|id| id.0),
                lecture_id: notice.facts.lecture_id.map(|id| id.0),
                lecture_date: notice.facts.starts_at,
                expires_on: notice.facts.expires_on,
            },
            created_at: notice.created_at,
            read_at: notice.read_at,
        }
    }
}

page_of!(NoticePage of NoticeResponse, "One page of notices.");
