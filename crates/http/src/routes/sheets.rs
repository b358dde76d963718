//! The attendance sheet (출석부) of a class: learners by lectures, as JSON or a file, and a filled one back.

use std::io::{Read, Seek};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    post, web,
};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    access::{Action, authorize},
    attendance::sheet::{
        AttendanceSheet, CellFault, CellFaultKind, CellPlace, FilledSheet, MAX_CELLS, SheetReport, SheetRow,
    },
    ids::ClassId,
};
use madang_interchange::{
    Bundle, Limits, SourceFile,
    sheet::{SheetError, read_sheet, write_sheet},
    write::{Chunks, CsvWriter, TableWriter, WriteError, XlsxWriter},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    attendances::AttendanceStatusValue,
    shapes::UserSummaryResponse,
    statistics::{StatusCounts, VerdictValue},
};
use crate::{
    list_file::{CSV, XLSX},
    problem::{FieldFault, FieldProblem, Problem, ProblemCode},
    request::{Authenticated, Id, ListFormat, Params, format_of, upload},
    state::App,
};

/// The routes of attendance sheets.
pub fn routes(config: &mut ServiceConfig) {
    config.service(get_attendance_sheet).service(fill_attendance_sheet);
}

/// The query of `GET /classes/{id}/attendance-sheet`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttendanceSheetQuery {
    /// The form: JSON, CSV or XLSX (the `Accept` header does the same).
    #[param(inline = false)]
    format: Option<ListFormat>,
}

/// Get the attendance sheet of a class.
///
/// Learners by lectures with their marks and the figures of the engine, in one answer. A file can be filled in and sent back to
/// `POST` on the same address. For staff of the class. 출석부.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the class."), AttendanceSheetQuery),
    responses((status = 200, description = "The sheet.", body = SheetResponse)))]
#[get("/classes/{id}/attendance-sheet")]
async fn get_attendance_sheet(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<AttendanceSheetQuery>,
) -> Result<HttpResponse, Problem> {
    let sheet = App::of(&request)?.services().attendances.sheet(&caller, id.0).await?;
    let format = format_of(&request, query.0.format);
    let (kind, extension) = match format {
        ListFormat::Json => return Ok(HttpResponse::Ok().json(SheetResponse::from(sheet))),
        ListFormat::Csv => (CSV, "csv"),
        ListFormat::Xlsx => (XLSX, "xlsx"),
    };
    let written = web::block(move || file_of(&sheet, format)).await;
    let bytes = written.map_err(|_| Problem::new(ProblemCode::Internal))?.map_err(|error| {
        tracing::error!(%error, "an attendance sheet could not be written");
        Problem::new(ProblemCode::Internal)
    })?;
    let name = format!("attachment; filename=\"attendance-sheet.{extension}\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}

fn file_of(sheet: &AttendanceSheet, format: ListFormat) -> Result<Vec<u8>, WriteError> {
    if format == ListFormat::Xlsx {
        let mut file = tempfile::tempfile()?;
        let mut writer: Box<dyn TableWriter> = Box::new(XlsxWriter::new(file.try_clone()?)?);
        write_sheet(sheet, &mut *writer)?;
        writer.finish()?;
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let chunks = Chunks::new();
    let mut writer: Box<dyn TableWriter> = Box::new(CsvWriter::new(chunks.clone())?);
    write_sheet(sheet, &mut *writer)?;
    writer.finish()?;
    Ok(chunks.take())
}

/// The query of `POST /classes/{id}/attendance-sheet`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FillSheetQuery {
    /// Only tells what would be kept, and everything that is wrong.
    #[param(default = false, example = true)]
    dry_run: Option<bool>,
}

/// A filled sheet.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only described: parts are read as they come")]
pub struct FillSheetRequest {
    /// A CSV or XLSX file with a column `user_id` and columns such as `3차시`; other columns are passed over.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Fill in the attendance sheet of a class.
///
/// Keeps all marks of the file, or none if a single cell is wrong: then `errors` names each cell as `/D5`. Empty cells leave the mark as
/// it is; one that says the same stays untouched. With `dry_run=true` nothing is kept and the report tells the same. For staff of the
/// class. 출석부 올리기.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the class."), FillSheetQuery),
    request_body(content = FillSheetRequest, content_type = "multipart/form-data"),
    responses((status = 200, description = "What was kept, or would be.", body = SheetReportResponse)))]
#[post("/classes/{id}/attendance-sheet")]
async fn fill_attendance_sheet(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<FillSheetQuery>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let is_dry_run = query.0.dry_run.unwrap_or_default();
    let attendances = App::of(&request)?.services().attendances.clone();
    if authorize(&caller, Action::Mark(id.0)).is_err() {
        // Who may not fill it in is told so before the file is read.
        attendances.fill_sheet(&caller, id.0, FilledSheet::default(), true).await?;
    }
    let mut files = Vec::new();
    for file in upload(&request, payload).await? {
        let name = file.name.clone();
        let bytes = file.read().await.map_err(|_| Problem::new(ProblemCode::Internal))?;
        files.push(SourceFile { name, bytes });
    }
    let read = web::block(move || {
        let bundle = Bundle::from_uploads(files, &Limits::default()).map_err(|_| SheetError::Unreadable)?;
        read_sheet(&bundle)
    });
    let filled = match read.await {
        Ok(Ok(filled)) => filled,
        Ok(Err(SheetError::Unreadable)) => return Err(Problem::new(ProblemCode::UploadInvalid)),
        Ok(Err(SheetError::NoSheet)) => return Err(Problem::new(ProblemCode::ImportFormatUnknown)),
        Err(_) => return Err(Problem::new(ProblemCode::Internal)),
    };
    if filled.cells.len() > MAX_CELLS {
        let detail = format!("cells: {MAX_CELLS}");
        return Err(Problem::new(ProblemCode::BodyTooLarge).with_detail(detail));
    }
    let report = attendances.fill_sheet(&caller, id.0, filled, is_dry_run).await?;
    if !is_dry_run && !report.is_kept {
        let errors = report.faults.iter().map(|fault| FieldProblem {
            pointer: format!("/{}", fault.place.name()),
            fault: fault.kind.into(),
        });
        return Err(Problem::new(ProblemCode::SheetRefused).with_errors(errors.collect()));
    }
    Ok(HttpResponse::Ok().json(SheetReportResponse::from(report)))
}

impl From<CellFaultKind> for FieldFault {
    fn from(kind: CellFaultKind) -> Self {
        match kind {
            CellFaultKind::UnknownStatus => Self::NotOneOf {
                allowed: "출석, 지각, 조퇴, 공결, 결석, present, late, early_leave, excused, absent"
                    .to_owned(),
            },
            CellFaultKind::UnknownUser => Self::InvalidFormat,
            CellFaultKind::WrongWidth => Self::Inconsistent,
            CellFaultKind::NotALearner | CellFaultKind::NotEnrolled => Self::NotEnrolled,
            CellFaultKind::UnknownLecture | CellFaultKind::LectureCancelled => Self::NoSuchThing,
            CellFaultKind::Twice => Self::Twice,
        }
    }
}

/// The attendance sheet of a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceSheet)]
pub struct SheetResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    class_title: String,
    /// The version of the attendance policy that made the figures.
    policy_id: Uuid,
    /// Its name.
    #[schema(example = "lecture-80")]
    policy_name: String,
    /// Its version.
    #[schema(minimum = 1, example = 1)]
    policy_version: i32,
    /// The columns: the lectures, by sequence.
    lectures: Vec<SheetLectureResponse>,
    /// The rows: everybody who is or was a learner, by name.
    learners: Vec<SheetRowResponse>,
    /// Up to when lectures counted.
    as_of: DateTime<Utc>,
}

impl From<AttendanceSheet> for SheetResponse {
    fn from(sheet: AttendanceSheet) -> Self {
        let row = |row: SheetRow| {
            let assessment = row.assessment;
            SheetRowResponse {
                user: row.user.into(),
                marks: row.marks.into_iter().map(|mark| mark.map(Into::into)).collect(),
                counts: assessment.counts.into(),
                unmarked: assessment.counts.unmarked(),
                rate: assessment.rate.map(|rate| rate.to_string()),
                percent: assessment.rate.map(|rate| sheet.policy.document.percent(rate)),
                verdict: assessment.verdict.into(),
                absences_left: assessment.forecast.absences_left,
                at_risk: assessment.forecast.at_risk,
                unreachable_since: assessment.forecast.unreachable_since,
            }
        };
        Self {
            class_id: sheet.class.id.0,
            class_title: sheet.class.title.into(),
            policy_id: sheet.policy.id.0,
            policy_name: sheet.policy.family.to_string(),
            policy_version: sheet.policy.version,
            learners: sheet.rows.into_iter().map(row).collect(),
            lectures: sheet
                .lectures
                .into_iter()
                .map(|lecture| SheetLectureResponse {
                    id: lecture.id.0,
                    sequence: lecture.sequence,
                    day: lecture.day(),
                    lecture_date: lecture.starts_at,
                    is_cancelled: lecture.is_cancelled(),
                    title: lecture.title.into(),
                })
                .collect(),
            as_of: sheet.as_of,
        }
    }
}

/// A column of an attendance sheet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceSheetLecture)]
pub struct SheetLectureResponse {
    /// The lecture.
    id: Uuid,
    /// Its number in the class.
    #[schema(minimum = 1, example = 3)]
    sequence: i32,
    /// Its title.
    #[schema(example = "3차시: 번지기")]
    title: String,
    /// When it starts.
    lecture_date: DateTime<Utc>,
    /// Its day, in Seoul.
    #[schema(example = "2026-09-08")]
    day: NaiveDate,
    /// Whether it was called off.
    is_cancelled: bool,
}

/// A row of an attendance sheet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceSheetRow)]
pub struct SheetRowResponse {
    /// The learner.
    user: UserSummaryResponse,
    /// The mark at each lecture, in the order of `lectures`; null where there is none.
    marks: Vec<Option<AttendanceStatusValue>>,
    /// Marks by status at lectures that have begun.
    counts: StatusCounts,
    /// Lectures that have begun without a mark.
    #[schema(minimum = 0, example = 1)]
    unmarked: u64,
    /// The exact rate; null while nothing is recorded.
    #[schema(pattern = r"^\d+/\d+$", example = "16/20")]
    rate: Option<String>,
    /// The rate for people.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "80.0")]
    percent: Option<String>,
    /// Whether that is enough, so far.
    verdict: VerdictValue,
    /// So many lectures or days left may be missed.
    #[schema(minimum = 0, example = 2)]
    absences_left: u64,
    /// Whether few absences are left.
    at_risk: bool,
    /// When the threshold went out of reach; null while it can be met.
    unreachable_since: Option<DateTime<Utc>>,
}

/// What became of a filled sheet, or would.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceSheetReport)]
pub struct SheetReportResponse {
    /// Whether it was kept.
    is_kept: bool,
    /// Cells with new marks.
    created: Vec<String>,
    /// Cells with marks that say something else than before.
    replaced: Vec<String>,
    /// How many cells say what is marked already.
    #[schema(minimum = 0, example = 40)]
    unchanged: usize,
    /// What is wrong, cell by cell.
    errors: Vec<CellErrorResponse>,
}

/// What is wrong with a cell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceSheetError)]
pub struct CellErrorResponse {
    /// The cell.
    #[schema(example = "D5")]
    cell: String,
    /// What is wrong, as a program reads it.
    #[schema(example = "not_enrolled")]
    code: &'static str,
}

impl From<SheetReport> for SheetReportResponse {
    fn from(report: SheetReport) -> Self {
        let names = |places: &[CellPlace]| places.iter().map(CellPlace::name).collect();
        let error = |fault: &CellFault| CellErrorResponse {
            cell: fault.place.name(),
            code: FieldFault::from(fault.kind).code(),
        };
        Self {
            is_kept: report.is_kept,
            created: names(&report.created),
            replaced: names(&report.replaced),
            unchanged: report.unchanged,
            errors: report.faults.iter().map(error).collect(),
        }
    }
}
