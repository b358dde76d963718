//! Reports, each in four forms: JSON, CSV, XLSX, PDF.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    web,
};
use chrono::NaiveDate;
use madang_documents::{FontsUnreadable, PrintError, Printer};
use madang_domain::{
    access::Caller,
    ids::{ClassId, UserId},
};
use madang_interchange::{
    report::{workbook, write_table},
    write::{Chunks, CsvWriter, TableWriter, WriteError},
};
use madang_reporting::reports::{Report, ReportOrder};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::shapes::ReportResponse;
use crate::{
    answer,
    list_file::{CSV, XLSX},
    problem::{FieldFault, Problem, ProblemCode},
    request::{Authenticated, Id, Params, bad_parameter},
    routes::statistics::{AttendanceByPeriodQuery, PeriodValue},
    state::App,
};

/// Spreadsheets and papers with more cells take so long that they are asked for as an operation.
const MOST_CELLS: usize = 30_000;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// For programs.
    #[default]
    Json,
    /// One table of it.
    Csv,
    /// A spreadsheet with charts.
    Xlsx,
    /// On paper, with charts.
    Pdf,
}

impl ReportFormat {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => CSV,
            Self::Xlsx => XLSX,
            Self::Pdf => "application/pdf",
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
        }
    }
}

/// Why a report has no such form.
#[derive(Debug, thiserror::Error)]
pub(super) enum WritingError {
    #[error("a table can't be written")]
    Table(#[from] WriteError),
    #[error("a report can't be printed")]
    Print(#[from] PrintError),
    #[error("a report can't be printed")]
    Fonts(#[from] FontsUnreadable),
    #[error("a report can't be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The query of reports that say by themselves what they are of.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The form.
    #[serde(default)]
    #[param(inline = false, default = "json")]
    format: ReportFormat,
    /// The table that CSV has, by its `key`; the main one, where it is absent.
    #[param(max_length = 50, example = "learners")]
    table: Option<String>,
}

/// The query of `GET /stats/attendance/report`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttendanceReportQuery {
    /// The form.
    #[serde(default)]
    #[param(inline = false, default = "json")]
    format: ReportFormat,
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

/// Get the closing report of a class.
///
/// 출석부·수료 결과 보고서: facts, the result of each learner (`learners`), the attendance sheet (`roster`) and each lecture (`lectures`), as JSON,
/// CSV (one table), XLSX or PDF with charts. For staff of the class. 마감 보고서.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the class."), ReportQuery),
    responses((status = 200, description = "The report.", body = ReportResponse)))]
#[get("/classes/{id}/closing-report")]
pub(super) async fn get_class_closing_report(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    given(&request, &caller, ReportOrder::ClassClosing(id.0), query.0).await
}

/// Get the weekly or monthly attendance report.
///
/// The figures of every week or month with their sum, as JSON, CSV, XLSX or PDF with charts. For managers and who may read statistics.
/// 주간·월간 출석 보고서.
#[utoipa::path(tag = "reports", params(AttendanceReportQuery),
    responses((status = 200, description = "The report.", body = ReportResponse)))]
#[get("/stats/attendance/report")]
pub(super) async fn get_attendance_report(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<AttendanceReportQuery>,
) -> Result<HttpResponse, Problem> {
    let AttendanceReportQuery { format, period, from, to, course_id, class_id, lecturer_id, keyword, tz } =
        query.0;
    let query = AttendanceByPeriodQuery { period, from, to, course_id, class_id, lecturer_id, keyword, tz };
    let order = ReportOrder::Period(query.into_domain()?);
    given(&request, &caller, order, ReportQuery { format, table: None }).await
}

/// Get one's own statement.
///
/// Every class in which one is or was a learner, what was attended and whether it was completed, as JSON, CSV, XLSX or PDF. 내 수강 이력 확인서.
#[utoipa::path(tag = "reports", params(ReportQuery),
    responses((status = 200, description = "The statement.", body = ReportResponse)))]
#[get("/users/me/statement")]
pub(super) async fn get_my_statement(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    given(&request, &caller, ReportOrder::LearnerStatement(caller.id()?), query.0).await
}

/// Get the statement of a user.
///
/// One's own, or anybody's for managers and who may read users. 수강 이력 확인서.
#[utoipa::path(tag = "reports", params(("id" = Uuid, Path, description = "The id of the user."), ReportQuery),
    responses((status = 200, description = "The statement.", body = ReportResponse)))]
#[get("/users/{id}/statement")]
pub(super) async fn get_user_statement(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    query: Params<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    given(&request, &caller, ReportOrder::LearnerStatement(id.0), query.0).await
}

async fn given(
    request: &HttpRequest,
    caller: &Caller,
    order: ReportOrder,
    query: ReportQuery,
) -> Result<HttpResponse, Problem> {
    let report = App::of(request)?.services().reports.make(caller, order).await?;
    let ReportQuery { format, table } = query;
    if format == ReportFormat::Json {
        return answer::told(request, &ReportResponse::from(report));
    }
    if report.cells() > MOST_CELLS && format != ReportFormat::Csv {
        return Err(Problem::new(ProblemCode::ReportTooLarge));
    }
    let unknown = table.as_deref().is_some_and(|key| report.table(key).is_none());
    if unknown {
        let allowed: Vec<&str> = report.tables.iter().map(|table| table.key).collect();
        return Err(bad_parameter("table", FieldFault::NotOneOf { allowed: allowed.join(", ") }));
    }
    let name = format!("attachment; filename=\"{}.{}\"", report.kind.as_str(), format.extension());
    let written = web::block(move || written(report, format, table.as_deref())).await;
    let bytes = written.map_err(|_| Problem::new(ProblemCode::Internal))?.map_err(|error| {
        tracing::error!(%error, "a report could not be written");
        Problem::new(ProblemCode::Internal)
    })?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.media_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(bytes))
}

/// A report in a form; CSV has the table of this key, or the main one.
pub(super) fn written(
    report: Report,
    format: ReportFormat,
    table: Option<&str>,
) -> Result<Vec<u8>, WritingError> {
    match format {
        ReportFormat::Json => Ok(serde_json::to_vec(&ReportResponse::from(report))?),
        ReportFormat::Csv => {
            let chunks = Chunks::new();
            let mut writer: Box<dyn TableWriter> = Box::new(CsvWriter::new(chunks.clone())?);
            if let Some(table) = table.and_then(|key| report.table(key)).or(report.tables.first()) {
                write_table(table, &mut *writer)?;
            }
            writer.finish()?;
            Ok(chunks.take())
        }
        ReportFormat::Xlsx => Ok(workbook(&report)?),
        ReportFormat::Pdf => Ok(Printer::shared()?.report(&report)?),
    }
}
