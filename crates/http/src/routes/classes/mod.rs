//! Classes (수업): their shapes here, the requests that write them in `requests`, the handlers in `handlers`
//! and, for closing, in `closing`.

mod closing;
mod handlers;
mod requests;

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::learning::classes::{Class, CopiedClass};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    lectures::{SkippedDayResponse, WarningResponse},
    shapes::page_of,
};
use crate::problem::Language;

pub use handlers::routes;

/// One run of a course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Class)]
pub struct ClassResponse {
    /// The id.
    id: Uuid,
    /// The course that it runs.
    course_id: Uuid,
    /// The title.
    #[schema(example = "수채화 기초 3기")]
    title: String,
    /// On the lecturer, in words.
    #[schema(example = "김하늘 (한국수채화협회)")]
    lecturer_info: Option<String>,
    /// On the dates, in words.
    #[schema(example = "매주 화·목 19:00")]
    date_info: Option<String>,
    /// The first day.
    #[schema(example = "2026-09-01")]
    begin_date: NaiveDate,
    /// The last day.
    #[schema(example = "2026-11-26")]
    end_date: NaiveDate,
    /// How many learners it holds; null for as many as come.
    #[schema(minimum = 1, maximum = 100_000, example = 20)]
    capacity: Option<i32>,
    /// When it was closed (마감); null while it is open.
    closed_at: Option<DateTime<Utc>>,
    /// False once it has been deactivated.
    is_active: bool,
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

impl From<Class> for ClassResponse {
    fn from(class: Class) -> Self {
        Self {
            id: class.id.0,
            course_id: class.course_id.0,
            title: class.title.into(),
            lecturer_info: class.lecturer_info.map(Into::into),
            date_info: class.date_info.map(Into::into),
            begin_date: class.dates.begin(),
            end_date: class.dates.end(),
            capacity: class.capacity,
            closed_at: class.closed_at,
            is_active: class.is_active,
            created_at: class.stamps.created_at,
            created_by: class.stamps.created_by.map(|id| id.0),
            updated_at: class.stamps.updated_at,
            updated_by: class.stamps.updated_by.map(|id| id.0),
            version: class.stamps.version,
        }
    }
}

/// A copy of a class, and what became of its lectures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CopiedClass)]
pub struct CopiedClassResponse {
    /// The new class.
    #[serde(flatten)]
    class: ClassResponse,
    /// How many lectures it has.
    #[schema(minimum = 0, example = 24)]
    lectures: usize,
    /// The days on which there would have been one, and why there is none.
    #[schema(max_items = 1_000)]
    skipped: Vec<SkippedDayResponse>,
    /// What to look at.
    #[schema(max_items = 1_000)]
    warnings: Vec<WarningResponse>,
}

impl CopiedClassResponse {
    fn of(copied: CopiedClass, language: Language) -> Self {
        Self {
            class: copied.class.into(),
            lectures: copied.lectures,
            skipped: copied.skipped.into_iter().map(Into::into).collect(),
            warnings: WarningResponse::unpublished(&copied.unpublished, language),
        }
    }
}

page_of!(ClassPage of ClassResponse, "One page of classes.");
