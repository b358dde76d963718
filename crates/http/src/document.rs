//! The OpenAPI document, collected from the routes themselves, and what the server knows of its routes from it.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    App, HttpRequest,
    http::header::{ALLOW, HeaderValue},
};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::{AppExt, scope};

use crate::{
    answer::BASE,
    problem::{Problem, ProblemCode, ProblemDocument},
    request::ListFormat,
    routes::{self, BulkModeValue, OnExistingValue},
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
        (name = "courses", description = "Programmes in the catalogue. 강의."),
        (name = "classes", description = "Runs of a course. 수업."),
        (name = "lectures", description = "Sessions of a class. 차시."),
        (name = "enrolments", description = "Who is in a class, from when to when. 수강 등록."),
        (name = "attendances", description = "Marks of users at lectures. 출석."),
        (name = "certifications", description = "Records that a user completed a course. 수료."),
        (name = "statistics", description = "Rates and counts, with the rule that made them. 통계."),
        (name = "operations", description = "Imports and other long work. 가져오기와 작업."),
        (name = "audit", description = "Who changed what, when. 변경 이력."),
    ),
    components(schemas(ProblemDocument, ListFormat, BulkModeValue, OnExistingValue)),
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
                "description": "An access token from `POST /auth/login`."}}),
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

fn complete_operation(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let public = operation.get("security").is_some();
    operation.insert("security".to_owned(), if public { json!([]) } else { json!([{"bearer": []}]) });
    if operation.get("description").is_none() {
        let summary = operation.get("summary").cloned().unwrap_or_default();
        operation.insert("description".to_owned(), summary);
    }
    let has_body = operation.contains_key("requestBody");
    let creates = method == "post"
        && (path.ends_with("/merge")
            || operation
                .get("responses")
                .is_some_and(|responses| ["201", "202", "207"].iter().any(|status| responses.get(*status).is_some())));
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
    let takes_parameters =
        operation.get("parameters").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else { continue };
        if status == "201" {
            response.insert("headers".to_owned(), json!({
                "Location": {"$ref": "#/components/headers/Location"}, "ETag": {"$ref": "#/components/headers/ETag"},
            }));
        }
    }
    let mut refuse = |status: &str| {
        responses.entry(status).or_insert_with(|| json!({"$ref": "#/components/responses/Problem"}));
    };
    if has_body || takes_parameters {
        refuse("400");
    }
    if !public {
        refuse("401");
        refuse("403");
    }
    if path.contains("{id}") {
        refuse("404");
    }
    if method != "get" {
        refuse("409");
    }
    if changes {
        refuse("412");
    }
    if has_body {
        refuse("413");
        refuse("415");
        refuse("422");
    }
    refuse("default");
}

/// The routes of the API: which addresses there are, and which methods each knows.
#[derive(Clone)]
pub struct Routes(Arc<Vec<Route>>);

struct Route {
    segments: Vec<String>,
    methods: String,
}

impl Routes {
    /// All of them, from the document.
    pub fn all() -> Self {
        let document = api_document();
        let paths = document.get("paths").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut routes = BTreeMap::<String, Vec<String>>::new();
        for (path, item) in paths {
            let path = path.strip_prefix(BASE).unwrap_or(&path).to_owned();
            let methods =
                item.as_object().map(|item| item.keys().map(|method| method.to_uppercase()).collect());
            routes.entry(path).or_default().extend::<Vec<String>>(methods.unwrap_or_default());
        }
        for path in routes::SYSTEM_PATHS {
            routes.entry((*path).to_owned()).or_default().push("GET".to_owned());
        }
        let routes = routes.into_iter().map(|(path, mut methods)| {
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".to_owned());
            }
            Route { segments: path.split('/').map(str::to_owned).collect(), methods: methods.join(", ") }
        });
        Self(Arc::new(routes.collect()))
    }

    /// Why nothing answers at this address: there is none, or it does not know the method.
    pub fn missing(&self, request: &HttpRequest) -> Problem {
        match self.best(request) {
            Some(route) => {
                let problem = Problem::new(ProblemCode::MethodNotAllowed);
                match HeaderValue::from_str(&route.methods) {
                    Ok(methods) => problem.with_header(ALLOW, methods),
                    Err(_) => problem,
                }
            }
            None => Problem::new(ProblemCode::NotFound),
        }
    }

    /// Whether the address that fits best knows the method. `PUT /users/me` is served as `PUT /users/{id}`, but it is
    /// `/users/me` that was meant.
    pub fn know_method(&self, request: &HttpRequest) -> bool {
        let method = request.method().as_str();
        self.best(request).is_none_or(|route| route.methods.split(", ").any(|known| known == method))
    }

    fn best(&self, request: &HttpRequest) -> Option<&Route> {
        let path: Vec<&str> = unmounted(request.path()).trim_end_matches('/').split('/').collect();
        // A fixed segment fits better than a placeholder: `/users/me` is not `/users/{id}`.
        let fits = |route: &&Route| {
            route.segments.len() == path.len()
                && route
                    .segments
                    .iter()
                    .zip(&path)
                    .all(|(known, given)| known.starts_with('{') || known == given)
        };
        let fixed =
            |route: &&Route| route.segments.iter().filter(|segment| !segment.starts_with('{')).count();
        self.0.iter().filter(fits).max_by_key(fixed)
    }

    /// The pattern that served a request, the same at every mount.
    #[expect(clippy::unused_self, reason = "a question about the routes")]
    pub fn pattern(&self, request: &HttpRequest) -> String {
        match request.match_pattern() {
            Some(pattern) => unmounted(&pattern).to_owned(),
            None => "unmatched".to_owned(),
        }
    }
}

/// An address without the mount that it was called at.
fn unmounted(path: &str) -> &str {
    let stripped = path.strip_prefix(BASE).or_else(|| path.strip_prefix("/api"));
    stripped.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}
