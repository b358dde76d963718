//! Figures as pictures: SVG in a light or a dark theme.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use chrono::NaiveDate;
use madang_charts::{Chart, Theme};
use madang_domain::ids::{ClassId, CourseId};
use madang_reporting::reports::ChartKind;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    problem::Problem,
    request::{Authenticated, Id, Params},
    routes::{
        shapes::choices,
        statistics::{AttendanceByPeriodQuery, PeriodValue},
    },
    state::App,
};

choices! {
    /// How figures are drawn. The list may grow.
    ChartKindValue for ChartKind { Bars, Stacked, HeatMap, Funnel, Histogram }
}

choices! {
    /// On what a chart is looked at.
    ChartThemeValue for Theme { Light, Dark }
}

/// The query of the charts of a class or a course.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChartQuery {
    /// How the figures are drawn.
    #[param(inline = false, example = "bars")]
    kind: ChartKindValue,
    /// On what it is looked at.
    #[param(inline = false, default = "light")]
    theme: Option<ChartThemeValue>,
}

/// The query of `GET /stats/attendance/chart`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttendanceChartQuery {
    /// How the figures are drawn: `bars` or `stacked`.
    #[param(inline = false, example = "bars")]
    kind: ChartKindValue,
    /// On what it is looked at.
    #[param(inline = false, default = "light")]
    theme: Option<ChartThemeValue>,
    /// Weeks or months.
    #[param(inline = false)]
    period: PeriodValue,
    /// The first day; without it the twelve weeks or months that end with `to`.
    #[param(example = "2026-03-02")]
    from: Option<NaiveDate>,
    /// The last day, included; today, where it is absent.
    #[param(example = "2026-05-31")]
    to: Option<NaiveDate>,
    /// Of this course only.
    course_id: Option<Uuid>,
    /// This class only.
    class_id: Option<Uuid>,
    /// Classes that this user teaches or taught only.
    lecturer_id: Option<Uuid>,
    /// Of courses with this keyword only.
    #[param(max_length = 500, example = "취미, 생활")]
    keyword: Option<String>,
    /// Where the days are lived, as an IANA name.
    #[param(max_length = 64, default = "Asia/Seoul", example = "Asia/Seoul")]
    tz: Option<String>,
}

/// Get a chart of a class.
///
/// `bars` and `stacked` by lecture, a `heat_map` of learners by lectures, a `funnel` towards the certificate, a `histogram` of rates: SVG with
/// a title and a description. What colours tell is told by letters or hatches too. For staff of the class. 수업 차트.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the class."), ChartQuery),
    responses((status = 200, description = "The chart.", content((String = "image/svg+xml")))))]
#[get("/classes/{id}/chart")]
pub(super) async fn get_class_chart(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<ChartQuery>,
) -> Result<HttpResponse, Problem> {
    let kind = query.0.kind.into();
    let chart = App::of(&request)?.services().reports.class_chart(&caller, id.0, kind).await?;
    Ok(picture(&chart, query.0.theme))
}

/// Get a chart of a course.
///
/// `bars` and `stacked` by class, as SVG. For managers and who may read statistics. 강의 차트.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the course."), ChartQuery),
    responses((status = 200, description = "The chart.", content((String = "image/svg+xml")))))]
#[get("/courses/{id}/chart")]
pub(super) async fn get_course_chart(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    query: Params<ChartQuery>,
) -> Result<HttpResponse, Problem> {
    let kind = query.0.kind.into();
    let chart = App::of(&request)?.services().reports.course_chart(&caller, id.0, kind).await?;
    Ok(picture(&chart, query.0.theme))
}

/// Get a chart of attendance by week or month.
///
/// `bars` of the rates or `stacked` statuses, as SVG. For managers and who may read statistics. 기간별 출석 차트.
#[utoipa::path(tag = "reports", params(AttendanceChartQuery),
    responses((status = 200, description = "The chart.", content((String = "image/svg+xml")))))]
#[get("/stats/attendance/chart")]
pub(super) async fn get_attendance_chart(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<AttendanceChartQuery>,
) -> Result<HttpResponse, Problem> {
    let AttendanceChartQuery { kind, theme, period, from, to, course_id, class_id, lecturer_id, keyword, tz } =
        query.0;
    let query = AttendanceByPeriodQuery { period, from, to, course_id, class_id, lecturer_id, keyword, tz }
        .into_domain()?;
    let chart = App::of(&request)?.services().reports.period_chart(&caller, query, kind.into()).await?;
    Ok(picture(&chart, theme))
}

fn picture(chart: &Chart, theme: Option<ChartThemeValue>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "image/svg+xml; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "inline; filename=\"chart.svg\""))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(chart.svg(theme.map_or(Theme::Light, Into::into)))
}
