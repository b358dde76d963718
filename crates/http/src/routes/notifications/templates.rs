//! The words of notices, for those who want to see them before others do.

use actix_web::{HttpRequest, HttpResponse, get};
use madang_domain::notifications::{Template, TextPreview};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{NotificationKindValue, preferences::LanguageValue};
use crate::{
    problem::Problem,
    request::{Authenticated, Params},
    state::App,
};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list_notification_templates).service(preview_notification);
}

/// The words of one kind of notice in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationTemplate)]
pub struct TemplateResponse {
    /// Which kind.
    kind: NotificationKindValue,
    /// In which language.
    language: LanguageValue,
    /// The title, with names in braces.
    #[schema(example = "곧 수업이 시작됩니다: {lecture}")]
    title: String,
    /// The text, with names in braces.
    #[schema(example = "{class} 「{lecture}」 차시가 {starts_at}에 시작합니다.{place}")]
    body: String,
    /// The names: what a template of Alimtalk can hold too.
    #[schema(max_items = 20)]
    variables: Vec<String>,
}

impl From<Template> for TemplateResponse {
    fn from(template: Template) -> Self {
        Self {
            kind: template.kind.into(),
            language: template.language.into(),
            title: template.title.to_owned(),
            body: template.body.to_owned(),
            variables: template.names().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The words of all notices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationTemplates)]
pub struct TemplatesResponse {
    /// Kind by kind, Korean before English.
    #[schema(max_items = 100)]
    items: Vec<TemplateResponse>,
}

/// What a notice would look like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreview)]
pub struct PreviewResponse {
    /// What the inbox shows in one line, and the subject of the mail.
    #[schema(example = "곧 수업이 시작됩니다: 1강 붓과 물")]
    title: String,
    /// What the inbox shows.
    #[schema(example = "수채화 기초 3기 「1강 붓과 물」 차시가 9월 1일(화) 10:00에 시작합니다.")]
    body: String,
    /// The text of the mail.
    #[schema(
        example = "수채화 기초 3기 「1강 붓과 물」 차시가 9월 1일(화) 10:00에 시작합니다.\n\nhttps://madang.example/notifications\n"
    )]
    mail: String,
    /// What the Alimtalk at the provider is called; null where none is set, so that none is sent.
    #[schema(example = "lecture-start-1")]
    alimtalk_template: Option<String>,
}

impl From<TextPreview> for PreviewResponse {
    fn from(preview: TextPreview) -> Self {
        Self {
            title: preview.text.title,
            body: preview.text.body,
            mail: preview.mail,
            alimtalk_template: preview.alimtalk_template,
        }
    }
}

/// Which notice is previewed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// Of which kind.
    #[param(inline = false, example = "lecture_start")]
    kind: NotificationKindValue,
    /// In which language; Korean where nothing is said.
    #[param(inline = false)]
    language: Option<LanguageValue>,
}

/// List the words of notices.
///
/// Every kind in Korean and in English. For managers. 알림 문구 목록.
#[utoipa::path(tag = "notifications", responses((status = 200, description = "The words.", body = TemplatesResponse)))]
#[get("/notification-templates")]
async fn list_notification_templates(
    request: HttpRequest,
    caller: Authenticated,
) -> Result<HttpResponse, Problem> {
    let templates = App::of(&request)?.services().notifications.templates(&caller)?;
    let items = templates.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(TemplatesResponse { items }))
}

/// Preview a notice.
///
/// What a notice of this kind says of a made-up class, in the inbox and in a mail. For managers. 알림 미리보기.
#[utoipa::path(tag = "notifications", params(PreviewQuery), responses((status = 200, description = "What it would look like.", body = PreviewResponse)))]
#[get("/notification-templates/preview")]
async fn preview_notification(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<PreviewQuery>,
) -> Result<HttpResponse, Problem> {
    let language = query.0.language.unwrap_or(LanguageValue::Korean).into();
    let notifications = &App::of(&request)?.services().notifications.clone();
    let preview = notifications.preview(&caller, query.0.kind.into(), language)?;
    Ok(HttpResponse::Ok().json(PreviewResponse::from(preview)))
}
