//! What `docs/SECURITY.md` promises is shown by tests that exist, and holds for operations that nobody thought of.

use std::path::Path;

use madang_http::api_document;
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access_matrix::{Operation, Stage, operations},
    social::social_test,
};

#[test]
fn every_test_that_the_security_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = std::fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let mut named = 0;
    for place in document.split('`').skip(1).step_by(2) {
        let Some((file, test)) = place.split_once("::") else { continue };
        let text =
            std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("{file} does not exist"));
        assert!(text.contains(&format!("fn {test}(")), "{file} has no test {test}");
        named += 1;
    }
    assert!(named >= 30, "{named}");
}

/// What everybody who is signed in may know of, unless it was deactivated; whatever else has an id is private.
const CATALOGUE: [&str; 3] = ["courses", "classes", "lectures"];
/// What everybody who is signed in may know of in any case.
const PUBLIC: [&str; 1] = ["attendance-policies"];

/// What a stranger learns from an answer.
fn tells(answer: &Answer) -> (u16, Value, Value, Value, Vec<String>) {
    let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    // It depends on how much of the body had been sent before the answer came.
    headers.retain(|name| name != "connection");
    headers.sort();
    let body = &answer.body;
    (answer.status, body["code"].clone(), body["detail"].clone(), body["errors"].clone(), headers)
}

/// What tells a stranger something there is from something there is not, if anything does.
async fn difference(
    stage: &Stage,
    operation: &Operation,
    stranger: &str,
    placeholder: &str,
) -> Option<String> {
    let missing = operation.path.replace(placeholder, &Uuid::from_u128(9).to_string());
    let foreign = stage.answer(operation, stranger, &stage.path(&operation.id, &operation.path)).await;
    let missing = stage.answer(operation, stranger, &stage.path(&operation.id, &missing)).await;
    let hidden = matches!(foreign.status, 403 | 404) && tells(&foreign) == tells(&missing);
    (!hidden)
        .then(|| format!("{} as {stranger}: {:?} but {:?}", operation.id, tells(&foreign), tells(&missing)))
}

fn resource(operation: &Operation) -> &str {
    operation.path.trim_start_matches('/').split(['/', '?']).next().unwrap()
}

api_test! {
    async fn what_one_may_not_know_looks_exactly_like_what_does_not_exist(app) {
        let stage = Stage::set(&app).await;
        let (mut walked, mut told) = (0, Vec::new());
        for operation in operations() {
            for stranger in ["other learner", "other lecturer"] {
                if operation.path.contains("{user_id}") {
                    told.extend(difference(&stage, &operation, stranger, "{user_id}").await);
                }
                let resource = resource(&operation);
                if operation.path.contains("{id}") && !CATALOGUE.contains(&resource) && !PUBLIC.contains(&resource) {
                    told.extend(difference(&stage, &operation, stranger, "{id}").await);
                    walked += 1;
                }
            }
        }
        assert!(told.is_empty(), "{told:#?}");
        assert!(walked >= 50, "{walked}");
    }

    async fn what_was_deactivated_looks_exactly_like_what_does_not_exist(app) {
        let stage = Stage::set(&app).await;
        let catalogue: Vec<_> = operations().into_iter().filter(|operation| operation.path.contains("{id}") && CATALOGUE.contains(&resource(operation))).collect();
        for id in ["deactivate_class", "deactivate_course"] {
            let operation = catalogue.iter().find(|operation| operation.id == id).unwrap();
            stage.answer(operation, "admin", &stage.path(id, &operation.path)).await.expect(204);
        }
        let mut told = Vec::new();
        for operation in &catalogue {
            told.extend(difference(&stage, operation, "other learner", "{id}").await);
        }
        assert!(told.is_empty(), "{told:#?}");
        assert!(catalogue.len() >= 40, "{}", catalogue.len());
    }
}

social_test! {
    async fn no_write_takes_a_field_that_is_not_its_own(app, _fakes) {
        let stage = Stage::set(&app).await;
        let document = api_document();
        let (mut refused, mut taken) = (0, Vec::new());
        for operation in operations() {
            let Some(known) = fields_of(&document, &operation) else { continue };
            let path = stage.path(&operation.id, &operation.path);
            for field in ["role", "roles", "is_active", "is_admin", "password", "created_by", "id", "user_id", "authorizations", "version"] {
                if known.contains(&field.to_owned()) {
                    continue;
                }
                let mut body = stage.body(&operation.id);
                body[field] = json!("x");
                let request = stage.client("admin").request(operation.method.clone(), &path);
                let answer = Answer::of(request.json(&body)).await;
                if answer.status != 422 || answer.faults() != [(format!("/{field}"), "unknown_field".to_owned())] {
                    taken.push(format!("{} takes {field}: {} {}", operation.id, answer.status, answer.text));
                }
                refused += 1;
            }
        }
        assert!(taken.is_empty(), "{taken:#?}");
        assert!(refused >= 400, "{refused}");
    }
}

/// The names of the fields that the JSON body of an operation may have.
fn fields_of(document: &Value, operation: &Operation) -> Option<Vec<String>> {
    if !matches!(operation.content.as_deref(), Some("application/json")) || operation.method == Method::GET {
        return None;
    }
    let path = operation.path.split('?').next().unwrap();
    let method = operation.method.as_str().to_lowercase();
    let body =
        &document["paths"][format!("/api/v1{path}")][method]["requestBody"]["content"]["application/json"];
    // A body that may be missing is nothing or this.
    let schema = body["schema"]["oneOf"]
        .as_array()
        .and_then(|either| either.iter().find(|one| one["$ref"].is_string()));
    let schema = schema.unwrap_or(&body["schema"]);
    let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    let fields = document["components"]["schemas"][name]["properties"].as_object().unwrap();
    Some(fields.keys().cloned().collect())
}
