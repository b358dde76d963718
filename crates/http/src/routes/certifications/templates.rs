//! Templates of certificates: those of courses, and the built-in ones.

use actix_web::{HttpRequest, HttpResponse, get, post, put};
use chrono::{DateTime, Utc};
use madang_documents::{BuiltIn, Template};
use madang_domain::{certification::templates::CertificateTemplate, ids::CourseId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::documents::{pdf_answer, printed};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Id, if_match},
    state::App,
};

/// The template of a course, in one version; versions never change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificateTemplate)]
pub struct CertificateTemplateResponse {
    /// The course.
    course_id: Uuid,
    /// From 1, without gaps; 0 where the course never had a template of its own. The `ETag`.
    #[schema(minimum = 0, example = 1)]
    version: i32,
    /// Whether the course goes by the built-in template.
    is_built_in: bool,
    /// The elements, as `docs/CERTIFICATES.md` describes them; those of the built-in template where the course goes by it.
    #[schema(value_type = Object, example = json!({"orientation": "portrait", "elements": [{"type": "text", "text": "수료증", "x": 30, "y": 48, "width": 150, "height": 24, "size": 48}]}))]
    document: Value,
    /// When it was made; null where the course never had one.
    created_at: Option<DateTime<Utc>>,
    /// By whom; null for the system itself.
    created_by: Option<Uuid>,
}

impl CertificateTemplateResponse {
    fn new(course: CourseId, template: Option<CertificateTemplate>) -> Self {
        let (version, created_at, created_by, document) = match template {
            Some(kept) => (kept.version, Some(kept.created_at), kept.created_by, kept.document),
            None => (0, None, None, None),
        };
        Self {
            course_id: course.0,
            version,
            is_built_in: document.is_none(),
            document: document.unwrap_or_else(|| BuiltIn::Portrait.document().clone()),
            created_at,
            created_by: created_by.map(|id| id.0),
        }
    }
}

/// Another template for a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceCertificateTemplateRequest {
    /// The elements, as `docs/CERTIFICATES.md` describes them; null goes back to the built-in template.
    #[schema(value_type = Option<Object>, example = json!({"orientation": "portrait", "elements": [{"type": "text", "text": "수료증", "x": 30, "y": 48, "width": 150, "height": 24, "size": 48}]}))]
    document: Option<Value>,
}

/// A template to be looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewCertificateTemplateRequest {
    /// The elements to print; null prints those that the course goes by.
    #[schema(value_type = Option<Object>, example = json!({"orientation": "landscape", "elements": []}))]
    document: Option<Value>,
}

/// A template that comes with the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuiltInTemplate {
    /// Its name; completion rules may name it.
    #[schema(example = "landscape")]
    name: &'static str,
    /// Its elements.
    #[schema(value_type = Object)]
    document: &'static Value,
}

/// The templates that come with the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuiltInTemplateList {
    /// The templates.
    #[schema(max_items = 100)]
    items: Vec<BuiltInTemplate>,
}

/// List the built-in templates.
///
/// To begin one's own with. The first is what courses go by that have none. 기본 수료증 양식.
#[utoipa::path(tag = "certifications",
    responses((status = 200, description = "The built-in templates.", body = BuiltInTemplateList)))]
#[get("/certificate-templates")]
pub(super) async fn list_certificate_templates(_caller: Authenticated) -> HttpResponse {
    let built_in = |one: BuiltIn| BuiltInTemplate { name: one.name(), document: one.document() };
    HttpResponse::Ok().json(BuiltInTemplateList { items: BuiltIn::ALL.into_iter().map(built_in).collect() })
}

/// Get the template of a course.
///
/// The version by which its certificates are printed from now on; its `ETag` is the number of the version. For managers. 수료증 양식 조회.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "The template.", body = CertificateTemplateResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/courses/{id}/certificate-template")]
pub(super) async fn get_certificate_template(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    let (_, template) = App::of(&request)?.services().templates.of_course(&caller, id.0).await?;
    let body = CertificateTemplateResponse::new(id.0, template);
    Ok(answer::resource(&request, body.version, &body))
}

/// Change the template of a course.
///
/// Makes the next version, by which certificates are printed that are issued from now on; those that were issued before look as they did. Each
/// fault of the elements is told with its place. For managers. 수료증 양식 변경.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    request_body = ReplaceCertificateTemplateRequest,
    responses((status = 200, description = "The new version.", body = CertificateTemplateResponse)))]
#[put("/courses/{id}/certificate-template")]
pub(super) async fn replace_certificate_template(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<ReplaceCertificateTemplateRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match(&request)?;
    let templates = App::of(&request)?.services().templates.clone();
    let document = body.0.document;
    if let Some(document) = &document {
        Template::parse(document)?;
    }
    let kept = templates.change(&caller, id.0, expected, document).await?;
    let body = CertificateTemplateResponse::new(id.0, Some(kept));
    Ok(answer::changed(body.version, &body))
}

/// Preview a template.
///
/// A PDF with facts of nobody, and 견본 across it. Nothing is kept. For managers. 수료증 양식 미리 보기.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    request_body = PreviewCertificateTemplateRequest,
    responses((status = 200, description = "The preview.", content((Vec<u8> = "application/pdf")))))]
#[post("/courses/{id}/certificate-template/preview")]
pub(super) async fn preview_certificate_template(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<PreviewCertificateTemplateRequest>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let (course, kept) = app.services().templates.of_course(&caller, id.0).await?;
    let document = body.0.document.or_else(|| kept.and_then(|kept| kept.document));
    let template = Template::parse(document.as_ref().unwrap_or_else(|| BuiltIn::Portrait.document()))?;
    let (papers, issuer) = (app.papers().clone(), app.services().certifications.issuer().name.clone());
    let pdf = printed(move || papers.preview(&template, course.title.as_str(), &issuer)).await?;
    Ok(pdf_answer(pdf, "inline; filename=\"preview.pdf\""))
}
