//! What the server knows of its own routes, from the document that was made of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest,
    http::header::{ALLOW, HeaderValue},
    web::Bytes,
};
use serde_json::{Value, json};

use crate::{
    answer::BASE,
    document::api_document,
    problem::{FieldFault, Problem, ProblemCode},
    request::bad_parameter,
    routes,
};

/// The document as it is committed; a test sees to it that it is what [`api_document`] collects.
static COMMITTED: &str = include_str!("../../../docs/openapi.json");

/// Collecting the document takes a tenth of a second and seventy megabytes, which stay with the process. A release has been through the
/// tests and takes what is committed; a build for development may have routes that nobody has generated a document of.
static PUBLISHED: LazyLock<(Bytes, Routes)> = LazyLock::new(|| {
    if cfg!(debug_assertions) {
        let document = api_document();
        return (Bytes::from(document.to_string()), Routes::of(&document));
    }
    let document = serde_json::from_str(COMMITTED).unwrap_or_default();
    (Bytes::from_static(COMMITTED.as_bytes()), Routes::of(&document))
});

/// The document as it is sent.
pub fn published_document() -> Bytes {
    PUBLISHED.0.clone()
}

/// The routes of the API: which addresses there are, which methods each knows, and which query parameters those take.
#[derive(Clone)]
pub struct Routes(Arc<Vec<Route>>);

struct Route {
    segments: Vec<String>,
    /// The methods, and the query parameters of each.
    operations: BTreeMap<String, BTreeSet<String>>,
}

impl Route {
    fn of(path: &str, item: &Value) -> Self {
        let operations = item.as_object().into_iter().flatten().map(|(method, operation)| {
            let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
            let query =
                parameters.filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"));
            let names = query.filter_map(|parameter| parameter.get("name")?.as_str().map(str::to_owned));
            (method.to_uppercase(), names.collect())
        });
        let mut operations: BTreeMap<String, BTreeSet<String>> = operations.collect();
        if let Some(parameters) = operations.get("GET").cloned() {
            operations.insert("HEAD".to_owned(), parameters);
        }
        Self { segments: path.split('/').map(str::to_owned).collect(), operations }
    }
}

impl Routes {
    /// All of them.
    pub fn all() -> Self {
        PUBLISHED.1.clone()
    }

    fn of(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object).cloned().unwrap_or_default();
        let api = paths.iter().map(|(path, item)| Route::of(path.strip_prefix(BASE).unwrap_or(path), item));
        let system = routes::SYSTEM_PATHS.iter().map(|path| Route::of(path, &json!({"get": {}})));
        Self(Arc::new(api.chain(system).collect()))
    }

    /// Why nothing answers at this address: there is none, or it does not know the method.
    pub fn missing(&self, request: &HttpRequest) -> Problem {
        match self.best(request) {
            Some(route) => {
                let problem = Problem::new(ProblemCode::MethodNotAllowed);
                let methods: Vec<&str> = route.operations.keys().map(String::as_str).collect();
                match HeaderValue::from_str(&methods.join(", ")) {
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
        self.best(request).is_none_or(|route| route.operations.contains_key(method))
    }

    /// Refuses a query parameter that the operation does not take, so that a misspelt one is not passed over.
    pub fn check_query(&self, request: &HttpRequest) -> Result<(), Problem> {
        let query = request.query_string();
        let Some(route) = (!query.is_empty()).then(|| self.best(request)).flatten() else { return Ok(()) };
        let Some(known) = route.operations.get(request.method().as_str()) else { return Ok(()) };
        match form_urlencoded::parse(query.as_bytes()).find(|(name, _)| !known.contains(name.as_ref())) {
            Some((name, _)) => Err(bad_parameter(&name, FieldFault::Unknown)),
            None => Ok(()),
        }
    }

    fn best(&self, request: &HttpRequest) -> Option<&Route> {
        let path: Vec<&str> = unmounted(request.path()).trim_end_matches('/').split('/').collect();
        // A fixed segment fits better than a placeholder: `/users/me` is not `/users/{id}`.
        let fits = |route: &&Route| {
            route.segments.len() == path.len()
                && route.segments.iter().zip(&path).all(|(known, given)| match placeholder(known) {
                    Some(suffix) => given.ends_with(suffix),
                    None => known == given,
                })
        };
        let fixedness = |route: &&Route| route.segments.iter().map(|segment| fixed(segment)).sum::<u32>();
        self.0.iter().filter(fits).max_by_key(fixedness)
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

/// What stands behind the placeholder of a segment, e.g. `.ics`; `None` where there is no placeholder.
fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.split_once('}').map(|(_, suffix)| suffix)
}

/// How much a segment says: a placeholder least, one with something behind it more, a fixed one most.
fn fixed(segment: &str) -> u32 {
    match placeholder(segment) {
        Some("") => 0,
        Some(_) => 1,
        None => 2,
    }
}

/// An address without the mount that it was called at.
fn unmounted(path: &str) -> &str {
    let stripped = path.strip_prefix(BASE).or_else(|| path.strip_prefix("/api"));
    stripped.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}
