//! The OpenAPI document, collected from the routes themselves.

use actix_web::App;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::{AppExt, scope};

use crate::{
    answer::BASE,
    event_catalogue::webhooks,
    problem::ProblemDocument,
    request::ListFormat,
    routes::{
        self, BadgeFormat, BulkModeValue, ChartKindValue, ChartThemeValue, CodeFormat, CredentialFormat,
        DeliveryStatusValue, DisabledBecauseValue, ImportFormatValue, ImportModeValue, IssuerMethodValue,
        JobStatusValue, OnExistingValue, PlatformValue, ReportFormat,
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Madang",
        description = "The backend of an organisation that runs programmes for its members: courses (강의), classes (수업), \
            lectures (차시), attendance (출석), completion and certificates (수료).\n\n\
            Every error is a problem document (RFC 9457) with a stable `code`. Lists are read by page or walked by cursor. \
            Enumerations may grow: a client should accept values that it does not know.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Madang", url = "https://example.org/madang", email = "madang@example.org"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "auth", description = "Registering and signing in. 가입과 로그인."),
        (name = "users", description = "Accounts and what they may do. 사용자와 권한."),
        (name = "api-keys", description = "How machines call. API 키."),
        (name = "courses", description = "Programmes in the catalogue. 강의."),
        (name = "classes", description = "Runs of a course. 수업."),
        (name = "lectures", description = "Sessions of a class. 차시."),
        (name = "enrolments", description = "Who is in a class, from when to when. 수강 등록."),
        (name = "policies", description = "By which rule marks become a rate, and why a rate is what it is. 출석 인정 기준."),
        (name = "attendances", description = "Marks of users at lectures. 출석."),
        (name = "leave", description = "Excused absence: asked for, decided, taken back. 공결."),
        (name = "certifications", description = "Records that a user completed a course. 수료."),
        (name = "reports", description = "Reports as documents, and charts. 보고서."),
        (name = "statistics", description = "Rates and counts, with the rule that made them. 통계."),
        (name = "operations", description = "Imports and other long work. 가져오기와 작업."),
        (name = "notifications", description = "Where and how users are told something. 알림."),
        (name = "calendars", description = "One's own lectures for calendar programs. 캘린더 구독."),
        (name = "webhooks", description = "Other systems are told of what happens. 웹훅."),
        (name = "jobs", description = "Work after the requests: mails, notices, cleaning. 작업 대기열."),
        (name = "audit", description = "Who changed what, when. 변경 이력."),
    ),
    components(schemas(
        ProblemDocument,
        ListFormat,
        BadgeFormat,
        BulkModeValue,
        ChartKindValue,
        ChartThemeValue,
        CodeFormat,
        CredentialFormat,
        DeliveryStatusValue,
        DisabledBecauseValue,
        ImportFormatValue,
        ImportModeValue,
        IssuerMethodValue,
        JobStatusValue,
        OnExistingValue,
        PlatformValue,
        ReportFormat
    )),
)]
struct Base;

/// The OpenAPI 3.1 document of the API at `/api/v1`.
pub fn api_document() -> Value {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .service(scope(BASE).configure(routes::all))
        .split_for_parts();
    let mut document = serde_json::to_value(document).unwrap_or_default();
    complete(&mut document);
    document
}

/// Adds to the collected document what holds for every operation by the same rule.
fn complete(document: &mut Value) {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert(
            "securitySchemes".to_owned(),
            json!({"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token from `POST /auth/login`, or the secret of an API key (`mdg_…`)."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-madang_access",
                "description": "The access token in a cookie, where the installation offers `X-Session-Mode: cookie`; what changes something carries that header."}}),
        );
        components.insert(
            "responses".to_owned(),
            json!({"Problem": problem("What went wrong, with a stable `code`. 오류 문서.")}),
        );
        components.insert(
            "parameters".to_owned(),
            json!({
                "IfMatch": {"name": "If-Match", "in": "header", "required": false,
                    "description": "The `ETag` that was read; another version is refused with 412.",
                    "schema": {"type": "string", "maxLength": 100}, "example": "\"3\""},
                "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "required": false,
                    "description": "Names the request, so that sending it again within 24 hours takes effect once and gives the first answer.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 255}, "example": "8e03978e-40d5-43e8-bc93-6894a57f9324"},
            }),
        );
        components.insert(
            "headers".to_owned(),
            json!({
                "ETag": {"description": "The version of the resource.", "schema": {"type": "string"}, "example": "\"3\""},
                "Location": {"description": "The place of the new resource.", "schema": {"type": "string", "format": "uri-reference"}},
            }),
        );
        if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
            schemas
                .iter_mut()
                .filter(|(name, _)| !name.ends_with("Request"))
                .for_each(|(_, schema)| require_all(schema));
        }
    }
    if let Some(document) = document.as_object_mut() {
        document.insert("webhooks".to_owned(), webhooks());
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths.iter_mut() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete_operation(path, method, operation);
            }
        }
    }
}

/// What a response shape declares is always sent, null or not.
fn require_all(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    let names: Option<Vec<Value>> = object
        .get("properties")
        .and_then(Value::as_object)
        .map(|properties| properties.keys().cloned().map(Value::String).collect());
    if let Some(names) = names {
        object.insert("required".to_owned(), Value::Array(names));
    }
}

/// A body that may be left out refers to its schema by name, too, in the place of a choice between that and null.
fn name_optional_body(operation: &mut Map<String, Value>) {
    let body = operation.get_mut("requestBody");
    let Some(schema) = body.and_then(|body| body.pointer_mut("/content/application~1json/schema")) else {
        return;
    };
    if schema.pointer("/oneOf/1/type") == Some(&json!("null"))
        && let Some(named) = schema.pointer("/oneOf/0").cloned()
    {
        *schema = named;
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let public = operation.get("security").is_some();
    operation.insert(
        "security".to_owned(),
        if public { json!([]) } else { json!([{"bearer": []}, {"cookie": []}]) },
    );
    if operation.get("description").is_none() {
        let summary = operation.get("summary").cloned().unwrap_or_default();
        operation.insert("description".to_owned(), summary);
    }
    name_optional_body(operation);
    let has_body = operation.contains_key("requestBody");
    let creates = method == "post"
        && (path.ends_with("/merge")
            || operation.get("responses").is_some_and(|responses| {
                ["201", "202", "207"].iter().any(|status| responses.get(*status).is_some())
            }));
    let changes = (matches!(method, "put" | "patch" | "delete")
        && (path.contains("{id}") || path.ends_with("/users/me")))
        || ["/close", "/reopen", "/transfer"].iter().any(|verb| path.ends_with(verb));
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        if creates {
            parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
        }
        if changes {
            parameters.push(json!({"$ref": "#/components/parameters/IfMatch"}));
        }
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else { continue };
        // Many things at once have no one place and no one version.
        if status == "201" && !path.ends_with("/bulk") && !path.ends_with("/recurring") {
            response.insert("headers".to_owned(), json!({
                "Location": {"$ref": "#/components/headers/Location"}, "ETag": {"$ref": "#/components/headers/ETag"},
            }));
        }
    }
    let mut refuse = |status: &str| {
        responses.entry(status).or_insert_with(|| json!({"$ref": "#/components/responses/Problem"}));
    };
    // A parameter that is unknown is refused everywhere.
    refuse("400");
    if !public {
        refuse("401");
        refuse("403");
    }
    if path.contains("{id}") || path.contains("{provider}") {
        refuse("404");
    }
    if method != "get" {
        refuse("409");
    }
    if changes {
        refuse("412");
    }
    if path.ends_with("/attendance-policy") && method == "put" {
        refuse("428");
    }
    if has_body {
        refuse("413");
        refuse("415");
        refuse("422");
    }
    refuse("default");
}
