//! Attendance statistics (통계): counts and rates of a lecture, a class, a course, a learner, and by week or month.

mod completions;
mod counters;
mod figures;
mod overview;
mod shapes;

pub(super) use self::{
    figures::{StatusCounts, VerdictValue},
    shapes::PeriodValue,
};

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use madang_domain::{
    calendar::TimeZone,
    ids::{ClassId, CourseId, LectureId, UserId},
};
use madang_reporting::statistics::PeriodQuery;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use self::shapes::{
    ClassStatsResponse, CourseStatsResponse, HistoryResponse, LectureStatsResponse, PeriodStatsResponse,
};
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Id, Params, bad_parameter},
    state::App,
};

/// The routes of statistics.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(get_lecture_attendance_stats)
        .service(get_class_attendance_stats)
        .service(get_course_attendance_stats)
        .service(get_my_history)
        .service(get_user_history)
        .service(get_attendance_by_period)
        .service(completions::get_completions)
        .service(completions::compare_classes);
    config
        .service(overview::get_overview)
        .service(overview::get_class_learner_stats)
        .service(overview::list_unmarked_lectures)
        .service(overview::list_my_unmarked_lectures)
        .service(counters::get_counter_state)
        .service(counters::rebuild_statistics);
}

/// The query of `GET /stats/attendance`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttendanceByPeriodQuery {
    /// Weeks or months.
    #[param(inline = false)]
    pub(super) period: PeriodValue,
    /// The first day; without it the twelve weeks or months that end with `to`. At most 260 weeks or 120 months.
    #[param(example = "2026-03-02")]
    pub(super) from: Option<NaiveDate>,
    /// The last day, included; today, where it is absent.
    #[param(example = "2026-05-31")]
    pub(super) to: Option<NaiveDate>,
    /// Of this course only.
    pub(super) course_id: Option<Uuid>,
    /// This class only.
    pub(super) class_id: Option<Uuid>,
    /// Classes that this user teaches or taught only.
    pub(super) lecturer_id: Option<Uuid>,
    /// Of courses with this keyword only.
    #[param(max_length = 500, example = "취미, 생활")]
    pub(super) keyword: Option<String>,
    /// Where the days are lived, as an IANA name.
    #[param(max_length = 64, default = "Asia/Seoul", example = "Asia/Seoul")]
    pub(super) tz: Option<String>,
}

impl AttendanceByPeriodQuery {
    /// The query as it is asked of the figures.
    pub(super) fn into_domain(self) -> Result<PeriodQuery, Problem> {
        let time_zone = self.tz.as_deref().map_or(Ok(TimeZone::default()), TimeZone::parse);
        Ok(PeriodQuery {
            period: self.period.into(),
            from: self.from,
            to: self.to,
            filter: completions::filter(self.course_id, self.class_id, self.lecturer_id, self.keyword)?,
            time_zone: time_zone.map_err(|_| bad_parameter("tz", FieldFault::InvalidFormat))?,
        })
    }
}

/// Get the attendance statistics of a lecture.
///
/// Everything is zero and the rate null until the lecture begins. For staff of the class, managers and who may read statistics. 차시 출석 통계.
#[utoipa::path(tag = "statistics", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The figures of the lecture.", body = LectureStatsResponse)))]
#[get("/lectures/{id}/attendance-stats")]
async fn get_lecture_attendance_stats(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let stats = App::of(&request)?.services().statistics.lecture_stats(&caller, id.0).await?;
    answer::told(&request, &LectureStatsResponse::from(stats))
}

/// Get the attendance statistics of a class.
///
/// Learners count at the lectures of their own enrolment periods only. For staff of the class, managers and who may read statistics. 수업 출석 통계.
#[utoipa::path(tag = "statistics", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "The figures of the class and its lectures.", body = ClassStatsResponse)))]
#[get("/classes/{id}/attendance-stats")]
async fn get_class_attendance_stats(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let stats = App::of(&request)?.services().statistics.class_report(&caller, id.0).await?;
    Ok(answer::report(&request, stats.tag, &ClassStatsResponse::from(stats.report)))
}

/// Get the attendance statistics of a course.
///
/// For managers and who may read statistics. 강의 출석 통계.
#[utoipa::path(tag = "statistics", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "The figures of the course and its classes.", body = CourseStatsResponse)))]
#[get("/courses/{id}/attendance-stats")]
async fn get_course_attendance_stats(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    let stats = App::of(&request)?.services().statistics.course_report(&caller, id.0).await?;
    Ok(answer::report(&request, stats.tag, &CourseStatsResponse::from(stats.report)))
}

/// Get one's own history.
///
/// Every class in which one is or was a learner: what was attended, the rate, and whether that is enough. 내 수강 이력.
#[utoipa::path(tag = "statistics", responses((status = 200, description = "The history.", body = HistoryResponse)))]
#[get("/users/me/history")]
async fn get_my_history(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    history(&request, &caller, caller.id()?).await
}

/// Get the history of a user.
///
/// One's own, or anybody's for managers and who may read users. 수강 이력.
#[utoipa::path(tag = "statistics", params(("id" = Uuid, Path, description = "The id of the user.")),
    responses((status = 200, description = "The history.", body = HistoryResponse)))]
#[get("/users/{id}/history")]
async fn get_user_history(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
) -> Result<HttpResponse, Problem> {
    history(&request, &caller, id.0).await
}

async fn history(
    request: &HttpRequest,
    caller: &Authenticated,
    user: UserId,
) -> Result<HttpResponse, Problem> {
    let history = App::of(request)?.services().statistics.history(caller, user).await?;
    answer::told(request, &HistoryResponse::from(history))
}

/// Get attendance statistics by week or month.
///
/// One row for each week or month that has a day of the span, empty ones too, each with its change. For managers and who may read statistics. 기간별 출석 통계.
#[utoipa::path(tag = "statistics", params(AttendanceByPeriodQuery),
    responses((status = 200, description = "The figures of each week or month.", body = PeriodStatsResponse)))]
#[get("/stats/attendance")]
async fn get_attendance_by_period(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<AttendanceByPeriodQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.0.into_domain()?;
    let stats = App::of(&request)?.services().statistics.period_report(&caller, query).await?;
    Ok(answer::report(&request, stats.tag, &PeriodStatsResponse::from(stats.report)))
}
