//! Imports, and the operations by which they are followed.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    post, web,
};
use chrono::{DateTime, Utc};
use madang_domain::{
    access::{Action, authorize},
    idempotency::StoredAnswer,
    ids::OperationId,
    operations::{Operation, OperationError, OperationStatus},
};
use madang_interchange::Format;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::choices;
use crate::{
    answer::BASE,
    imports::ImportOrder,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Id, Once, Params, upload},
    state::App,
};

/// The kind of operation that an import is.
const IMPORT: &str = "import";

/// The routes of imports and operations.
pub fn routes(config: &mut ServiceConfig) {
    config.service(import_files).service(get_operation).service(get_operation_file);
}

choices! {
    /// How far an operation is. The list may grow.
    OperationStatusValue for OperationStatus { Queued, Running, Succeeded, Failed }
}

/// Whether rows are kept, or only checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportModeValue {
    /// Checks everything and keeps nothing.
    #[default]
    DryRun,
    /// Keeps the rows.
    Apply,
}

/// What uploaded files are. The list may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormatValue {
    /// One file per table, as exports write them.
    Tables,
    /// A OneRoster or School Data Sync bundle.
    Oneroster,
    /// The Korean open-data standard of lifelong-learning courses.
    KoreanStandard,
    /// The Open University Learning Analytics Dataset.
    Oulad,
}

impl From<ImportFormatValue> for Format {
    fn from(format: ImportFormatValue) -> Self {
        match format {
            ImportFormatValue::Tables => Self::Tables,
            ImportFormatValue::Oneroster => Self::OneRoster,
            ImportFormatValue::KoreanStandard => Self::KoreanStandard,
            ImportFormatValue::Oulad => Self::Oulad,
        }
    }
}

/// The query of `POST /imports`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportFilesQuery {
    /// Whether rows are kept, or only checked.
    #[serde(default)]
    #[param(inline = false, default = "dry_run")]
    mode: ImportModeValue,
    /// What the files are; found out by their headers where it is not said.
    #[param(inline = false)]
    format: Option<ImportFormatValue>,
    /// Keeps good rows where others are bad; otherwise one bad row keeps all of them out.
    #[serde(default)]
    #[param(default = false)]
    skip_bad_rows: bool,
}

/// The files of an import: CSV, XLSX, or zip archives of them, 64 MiB in all.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read as a stream")]
pub struct ImportFilesRequest {
    /// The files, each with its name.
    #[schema(value_type = Vec<String>, format = Binary, max_items = 50)]
    files: Vec<Vec<u8>>,
}

/// Long work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub struct OperationResponse {
    /// The id.
    id: Uuid,
    /// What kind of work it is.
    #[serde(rename = "type")]
    #[schema(example = "import")]
    kind: String,
    /// How far it is.
    #[schema(inline = false)]
    status: OperationStatusValue,
    /// Percent done.
    #[schema(minimum = 0, maximum = 100, example = 42)]
    progress: i32,
    /// What came of it; null until then. Of an import: counts per table, and the first 1,000 errors and notices with
    /// file, line, column, code and message.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Where the result is, if it is a file; for 7 days.
    result_url: Option<String>,
    /// Why it failed, as `{code, detail}`; null otherwise. Nothing of failed work was kept.
    #[schema(value_type = Option<Object>, example = json!({"code": "IMPORT_REFUSED", "detail": "오류 3건 (errors: 3)"}))]
    error: Option<Value>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it last moved.
    updated_at: DateTime<Utc>,
}

impl From<Operation> for OperationResponse {
    fn from(operation: Operation) -> Self {
        let has_file = operation.result.as_ref().is_some_and(|result| result.get("file").is_some());
        let result_url = has_file.then(|| format!("{BASE}/operations/{}/file", operation.id));
        Self {
            id: operation.id.0,
            kind: operation.kind,
            status: operation.status.into(),
            progress: operation.progress,
            result: operation.result,
            result_url,
            error: operation.error,
            created_at: operation.created_at,
            updated_at: operation.updated_at,
        }
    }
}

/// Import files.
///
/// Accepts CSV per table, a OneRoster bundle, the Korean standard course list or OULAD, and works on it beside other
/// requests, one import at a time. `mode=dry_run` tells exactly what `mode=apply` would do. Importing the same files
/// again changes nothing. For managers and who may import. 가져오기.
#[utoipa::path(tag = "operations", params(ImportFilesQuery),
    request_body(content = ImportFilesRequest, content_type = "multipart/form-data"),
    responses((status = 202, description = "Accepted: follow the operation at `Location`.", body = OperationResponse,
        headers(("Location" = String, description = "The place of the operation.")))))]
#[post("/imports")]
async fn import_files(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    query: Params<ImportFilesQuery>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    authorize(&caller, Action::Import).map_err(|_| Problem::new(ProblemCode::Forbidden))?;
    let query = query.0;
    let order = ImportOrder {
        format: query.format.map(Into::into),
        keeps: query.mode == ImportModeValue::Apply,
        skip_bad_rows: query.skip_bad_rows,
    };
    let files = upload(&request, payload).await?;
    let services = once.app().services().clone();
    let whose = caller.0.clone();
    once.run(Some(&caller), accepted, async |answering| {
        let operation = services.operations.accept(&whose, IMPORT, answering).await?;
        services.imports.begin(whose.clone(), operation.clone(), files, order);
        Ok::<_, OperationError>(operation)
    })
    .await
}

/// The answer to a request whose work is done beside it.
pub fn accepted(operation: &Operation) -> StoredAnswer {
    let body = OperationResponse::from(operation.clone());
    StoredAnswer {
        status: StatusCode::ACCEPTED.as_u16(),
        location: Some(format!("{BASE}/operations/{}", operation.id)),
        etag: None,
        body: serde_json::to_string(&body).unwrap_or_default(),
    }
}

/// Get an operation.
///
/// One's own, or anybody's for managers. 작업 조회.
#[utoipa::path(tag = "operations", params(("id" = Uuid, Path, description = "The id of the operation.")),
    responses((status = 200, description = "The operation.", body = OperationResponse)))]
#[get("/operations/{id}")]
async fn get_operation(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<OperationId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let services = app.services();
    let operation = services.operations.find(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(OperationResponse::from(services.imports.followed(operation))))
}

/// Get the file of an operation.
///
/// What came of an operation whose `result_url` is set: one's own, or anybody's for managers; for 7 days. 작업 결과 파일.
#[utoipa::path(tag = "operations", params(("id" = Uuid, Path, description = "The id of the operation.")),
    responses((status = 200, description = "The file.", content((Vec<u8> = "application/octet-stream")))))]
#[get("/operations/{id}/file")]
async fn get_operation_file(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<OperationId>,
) -> Result<HttpResponse, Problem> {
    let file = App::of(&request)?.services().operations.file(&caller, id.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(file.content))
}
