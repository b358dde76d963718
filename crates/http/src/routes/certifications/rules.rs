//! Completion rules (수료 기준) of courses.

use actix_web::{HttpRequest, HttpResponse, get, put};
use chrono::{DateTime, Utc};
use madang_domain::{
    certification::rules::{ClassesNeeded, CompletionRule, NewRule, RuleDocument, RuleReason},
    ids::{ClassId, CourseId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, if_match_given},
    state::App,
};

/// What a course asks of who is to be certified. Fields that are absent are those of the plain rule: enough in every class that one
/// attended, nothing more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CompletionRuleDocument)]
pub struct CompletionRuleDocument {
    /// In which classes the attendance policy of the class must be met.
    #[serde(default)]
    classes: ClassesNeededValue,
    /// How many hours must be credited, in the classes that count together; null asks for none.
    #[schema(minimum = 1, maximum = 10_000, example = 30)]
    min_hours: Option<u16>,
    /// Whether a person decides in the end, once everything else is met.
    #[serde(default)]
    #[schema(default = false, example = false)]
    approval: bool,
    /// For how many months a certificate holds; null for good.
    #[schema(minimum = 1, maximum = 600, example = 36)]
    valid_months: Option<u16>,
    /// The template of the document.
    #[serde(default = "default_template")]
    #[schema(pattern = "^[a-z0-9-]{1,50}$", max_length = 50, default = "default", example = "default")]
    template: String,
}

fn default_template() -> String {
    RuleDocument::default().template
}

/// In which classes the attendance policy of the class must be met. A class that a learner went on from into another one counts
/// there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ClassesNeeded)]
pub enum ClassesNeededValue {
    /// In each class of the course in which one is or was a learner.
    #[default]
    All,
    /// In so many classes of the course.
    Any {
        /// How many.
        #[schema(minimum = 1, maximum = 100, example = 2)]
        count: u16,
    },
    /// In each of these.
    Listed {
        /// Which; classes of the course.
        #[schema(min_items = 1, max_items = 100)]
        class_ids: Vec<Uuid>,
    },
}

impl From<RuleDocument> for CompletionRuleDocument {
    fn from(document: RuleDocument) -> Self {
        Self {
            classes: match document.classes {
                ClassesNeeded::All => ClassesNeededValue::All,
                ClassesNeeded::Any { count } => ClassesNeededValue::Any { count },
                ClassesNeeded::Listed { class_ids } => {
                    ClassesNeededValue::Listed { class_ids: class_ids.into_iter().map(|id| id.0).collect() }
                }
            },
            min_hours: document.min_hours,
            approval: document.approval,
            valid_months: document.valid_months,
            template: document.template,
        }
    }
}

impl From<CompletionRuleDocument> for RuleDocument {
    fn from(document: CompletionRuleDocument) -> Self {
        Self {
            classes: match document.classes {
                ClassesNeededValue::All => ClassesNeeded::All,
                ClassesNeededValue::Any { count } => ClassesNeeded::Any { count },
                ClassesNeededValue::Listed { class_ids } => {
                    ClassesNeeded::Listed { class_ids: class_ids.into_iter().map(ClassId).collect() }
                }
            },
            min_hours: document.min_hours,
            approval: document.approval,
            valid_months: document.valid_months,
            template: document.template,
        }
    }
}

/// The rule of a course, in one version; versions never change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompletionRule)]
pub struct CompletionRuleResponse {
    /// The id of the version; null for the plain rule, by which a course goes that has none of its own.
    id: Option<Uuid>,
    /// The course.
    course_id: Uuid,
    /// From 1, without gaps; 0 for the plain rule. The `ETag`.
    #[schema(minimum = 0, example = 1)]
    version: i32,
    /// What it says.
    document: CompletionRuleDocument,
    /// The digest of the document.
    #[schema(min_length = 64, max_length = 64)]
    digest: String,
    /// Why it was made; null where nobody said.
    reason: Option<String>,
    /// When it was made; null for the plain rule.
    created_at: Option<DateTime<Utc>>,
    /// By whom; null for the system itself.
    created_by: Option<Uuid>,
}

impl CompletionRuleResponse {
    fn new(course: CourseId, rule: Option<CompletionRule>) -> Self {
        let stamp = CompletionRule::stamp(rule.as_ref());
        Self {
            id: stamp.id.map(|id| id.0),
            course_id: course.0,
            version: stamp.version,
            document: stamp.document.into(),
            digest: stamp.digest,
            created_at: rule.as_ref().map(|rule| rule.created_at),
            created_by: rule.as_ref().and_then(|rule| rule.created_by).map(|id| id.0),
            reason: rule.and_then(|rule| rule.reason).map(RuleReason::into),
        }
    }
}

/// The versions of the rule of a course, the last first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionRuleList {
    /// The versions; empty where the course goes by the plain rule.
    #[schema(max_items = 10_000)]
    items: Vec<CompletionRuleResponse>,
}

/// Another rule for a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceCompletionRuleRequest {
    /// What it says.
    document: CompletionRuleDocument,
    /// Why.
    #[schema(min_length = 1, max_length = 1_000, example = "운영위원회 결정")]
    reason: Option<String>,
}

/// Get the completion rule of a course.
///
/// The version by which the course goes; its `ETag` is the number of the version. For everybody who may see the course. 수료 기준 조회.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "The rule that holds.", body = CompletionRuleResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/courses/{id}/completion-rule")]
pub(super) async fn get_completion_rule(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    let rule = App::of(&request)?.services().completion_rules.of_course(&caller, id.0).await?;
    let body = CompletionRuleResponse::new(id.0, rule);
    Ok(answer::resource(&request, body.version, &body))
}

/// List the completion rules of a course.
///
/// Every version, the last first: that one holds. 수료 기준 이력.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "The versions.", body = CompletionRuleList)))]
#[get("/courses/{id}/completion-rules")]
pub(super) async fn list_completion_rules(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    let rules = App::of(&request)?.services().completion_rules.history(&caller, id.0).await?;
    let items = rules.into_iter().map(|rule| CompletionRuleResponse::new(id.0, Some(rule))).collect();
    Ok(HttpResponse::Ok().json(CompletionRuleList { items }))
}

/// Change the completion rule of a course.
///
/// Makes the next version, which holds from now on. Needs `If-Match` with the `ETag` of `GET /courses/{id}/completion-rule`.
/// Certifications that were issued stay as they are. For managers. 수료 기준 변경.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    request_body = ReplaceCompletionRuleRequest,
    responses((status = 200, description = "The new version.", body = CompletionRuleResponse)))]
#[put("/courses/{id}/completion-rule")]
pub(super) async fn replace_completion_rule(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<ReplaceCompletionRuleRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match_given(&request)?;
    let mut checks = Checks::new();
    let reason = checks.optional("/reason", body.0.reason, RuleReason::parse);
    let document = body.0.document.into();
    let new = checks.done(|| Some(NewRule { document, reason: reason? }))?;
    let rules = App::of(&request)?.services().completion_rules.clone();
    let rule = rules.change(&caller, id.0, expected, new).await?;
    let body = CompletionRuleResponse::new(id.0, Some(rule));
    Ok(answer::changed(body.version, &body))
}
