//! What statistics answer, as JSON.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::calendar::Period;
use madang_reporting::statistics::{
    BucketFigures, Change, ClassFigures, ClassHistory, ClassStats, CourseStats, HeldCertification, History,
    LectureFigures, LectureStats, PeriodStats,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::figures::{FiguresResponse, VerdictValue};
use crate::routes::shapes::choices;

choices! {
    /// How a span of days is cut: into weeks from Monday to Sunday, or calendar months. The list may grow.
    PeriodValue for Period { Weekly, Monthly }
}

/// The figures of one lecture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LectureAttendanceStats)]
pub struct LectureStatsResponse {
    /// The lecture.
    lecture_id: Uuid,
    /// Its title.
    #[schema(example = "3차시: 번지기")]
    title: String,
    /// Its number in the class.
    #[schema(minimum = 1, example = 3)]
    sequence: i32,
    /// When it starts.
    lecture_date: DateTime<Utc>,
    /// Its class.
    class_id: Uuid,
    /// What was counted; nothing, where the lecture has not begun.
    figures: FiguresResponse,
    /// Up to when.
    as_of: DateTime<Utc>,
}

impl From<LectureStats> for LectureStatsResponse {
    fn from(stats: LectureStats) -> Self {
        Self {
            lecture_id: stats.lecture_id.0,
            title: stats.title,
            sequence: stats.sequence,
            lecture_date: stats.starts_at,
            class_id: stats.class_id.0,
            figures: stats.figures.into(),
            as_of: stats.as_of,
        }
    }
}

/// The figures of one class, and of each of its lectures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassAttendanceStats)]
pub struct ClassStatsResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    title: String,
    /// Its course.
    course_id: Uuid,
    /// What was counted over all lectures.
    figures: FiguresResponse,
    /// Each lecture that was counted, in the order of time.
    by_lecture: Vec<LectureFiguresResponse>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

impl From<ClassStats> for ClassStatsResponse {
    fn from(stats: ClassStats) -> Self {
        Self {
            class_id: stats.class_id.0,
            title: stats.title,
            course_id: stats.course_id.0,
            figures: stats.figures.into(),
            by_lecture: stats.by_lecture.into_iter().map(Into::into).collect(),
            as_of: stats.as_of,
        }
    }
}

/// The figures of a lecture, among those of its class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LectureFigures)]
pub struct LectureFiguresResponse {
    /// The lecture.
    lecture_id: Uuid,
    /// When it starts.
    lecture_date: DateTime<Utc>,
    /// What was counted.
    figures: FiguresResponse,
}

impl From<LectureFigures> for LectureFiguresResponse {
    fn from(one: LectureFigures) -> Self {
        Self { lecture_id: one.lecture_id.0, lecture_date: one.starts_at, figures: one.figures.into() }
    }
}

/// The figures of one course, and of each of its classes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CourseAttendanceStats)]
pub struct CourseStatsResponse {
    /// The course.
    course_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초")]
    title: String,
    /// What was counted over all classes.
    figures: FiguresResponse,
    /// Each class of which a lecture was counted, first begun first.
    by_class: Vec<ClassFiguresResponse>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

impl From<CourseStats> for CourseStatsResponse {
    fn from(stats: CourseStats) -> Self {
        Self {
            course_id: stats.course_id.0,
            title: stats.title,
            figures: stats.figures.into(),
            by_class: stats.by_class.into_iter().map(Into::into).collect(),
            as_of: stats.as_of,
        }
    }
}

/// The figures of a class, among those of its course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassFigures)]
pub struct ClassFiguresResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    title: String,
    /// Its first day.
    begin_date: NaiveDate,
    /// Its last day.
    end_date: NaiveDate,
    /// What was counted.
    figures: FiguresResponse,
}

impl From<ClassFigures> for ClassFiguresResponse {
    fn from(one: ClassFigures) -> Self {
        Self {
            class_id: one.class_id.0,
            title: one.title,
            begin_date: one.begin_date,
            end_date: one.end_date,
            figures: one.figures.into(),
        }
    }
}

/// What one learner attended (수강 이력).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = History)]
pub struct HistoryResponse {
    /// The learner.
    user_id: Uuid,
    /// What was counted over all classes.
    figures: FiguresResponse,
    /// Each class in which the user is or was a learner, latest first.
    classes: Vec<ClassHistoryResponse>,
    /// The certifications that hold, first issued first.
    certifications: Vec<HeldCertificationResponse>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

impl From<History> for HistoryResponse {
    fn from(history: History) -> Self {
        Self {
            user_id: history.user_id.0,
            figures: history.figures.into(),
            classes: history.classes.into_iter().map(Into::into).collect(),
            certifications: history.certifications.into_iter().map(Into::into).collect(),
            as_of: history.as_of,
        }
    }
}

/// A certification that holds, in the history of its holder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldCertification)]
pub struct HeldCertificationResponse {
    /// The id.
    id: Uuid,
    /// Its number, as it is written.
    #[schema(example = "2026-0123")]
    number: String,
    /// The course.
    course_id: Uuid,
    /// The title of the course when it was issued.
    #[schema(example = "수채화 기초")]
    course_title: String,
    /// When it was issued.
    issued_at: DateTime<Utc>,
    /// When it expires; null for never.
    expires_at: Option<DateTime<Utc>>,
}

impl From<HeldCertification> for HeldCertificationResponse {
    fn from(one: HeldCertification) -> Self {
        Self {
            id: one.id.0,
            number: one.number,
            course_id: one.course_id.0,
            course_title: one.course_title,
            issued_at: one.issued_at,
            expires_at: one.expires_at,
        }
    }
}

/// What one learner attended of one class, over the lectures of their own enrolment periods.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassHistory)]
pub struct ClassHistoryResponse {
    /// The course.
    course_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초")]
    course_title: String,
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    class_title: String,
    /// The first day of the class.
    begin_date: NaiveDate,
    /// The last day of the class.
    end_date: NaiveDate,
    /// The learner's first day.
    enrolled_on: NaiveDate,
    /// The learner's first day no more; null while the enrolment holds.
    left_on: Option<NaiveDate>,
    /// What was counted.
    figures: FiguresResponse,
    /// Whether that is enough, so far.
    verdict: VerdictValue,
    /// Lectures missed one after the other, up to the last one that was held.
    #[schema(minimum = 0, example = 0)]
    absences_in_a_row: u64,
    /// The day of the last lecture at which the learner was.
    last_attended_on: Option<NaiveDate>,
    /// The certification that rests on this class and holds; null where there is none.
    certification_id: Option<Uuid>,
}

impl From<ClassHistory> for ClassHistoryResponse {
    fn from(one: ClassHistory) -> Self {
        Self {
            course_id: one.course_id.0,
            course_title: one.course_title,
            class_id: one.class_id.0,
            class_title: one.class_title,
            begin_date: one.begin_date,
            end_date: one.end_date,
            enrolled_on: one.enrolled_on,
            left_on: one.left_on,
            figures: one.figures.into(),
            verdict: one.verdict.into(),
            absences_in_a_row: one.absences_in_a_row,
            last_attended_on: one.last_attended_on,
            certification_id: one.certification_id.map(|id| id.0),
        }
    }
}

/// The figures of a span of days, by week or month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PeriodAttendanceStats)]
pub struct PeriodStatsResponse {
    /// How the days are cut.
    period: PeriodValue,
    /// The first day.
    from: NaiveDate,
    /// The last day, included.
    to: NaiveDate,
    /// Where the days are lived, as an IANA name.
    #[schema(example = "Asia/Seoul")]
    tz: String,
    /// The course that was looked at; null for all.
    course_id: Option<Uuid>,
    /// The class that was looked at; null for all.
    class_id: Option<Uuid>,
    /// The lecturer whose classes were looked at; null for all.
    lecturer_id: Option<Uuid>,
    /// The keyword of the courses that were looked at; null for all.
    keyword: Option<String>,
    /// What was counted over all days.
    figures: FiguresResponse,
    /// Each week or month that has a day of the span, empty ones too, in the order of time.
    #[schema(max_items = 260)]
    buckets: Vec<BucketResponse>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

impl From<PeriodStats> for PeriodStatsResponse {
    fn from(stats: PeriodStats) -> Self {
        Self {
            period: stats.range.period().into(),
            from: stats.range.from(),
            to: stats.range.to(),
            tz: stats.range.time_zone().name().to_owned(),
            course_id: stats.filter.course.map(|id| id.0),
            class_id: stats.filter.class.map(|id| id.0),
            lecturer_id: stats.filter.lecturer.map(|id| id.0),
            keyword: stats.filter.keyword.map(Into::into),
            figures: stats.figures.into(),
            buckets: stats.buckets.into_iter().map(Into::into).collect(),
            as_of: stats.as_of,
        }
    }
}

/// The figures of one week or month; only days of the span count.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PeriodBucket)]
pub struct BucketResponse {
    /// Its first day: a Monday, or the first of a month.
    #[schema(example = "2026-03-02")]
    begins_on: NaiveDate,
    /// Its last day.
    #[schema(example = "2026-03-08")]
    ends_on: NaiveDate,
    /// Whether all of its days are over and lie within the span; others count in part only.
    complete: bool,
    /// What was counted.
    figures: FiguresResponse,
    /// By how much the rate differs from that of the week or month before, in points of a percent; null for the first, and where one
    /// of them has no rate.
    #[schema(pattern = r"^[+-]?\d{1,3}\.\d$", example = "+2.5")]
    change_points: Option<String>,
}

impl From<BucketFigures> for BucketResponse {
    fn from(bucket: BucketFigures) -> Self {
        Self {
            begins_on: bucket.begins_on,
            ends_on: bucket.ends_on,
            complete: bucket.complete,
            figures: bucket.figures.into(),
            change_points: bucket.change.map(Change::points),
        }
    }
}
