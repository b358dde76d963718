//! Who may do what: every operation of the document, called as every role, as one table.
//!
//! An operation that is new has no row in the table, and one with a body has none in `Stage::body`: either way the test fails.

use std::fmt::Write;

use madang_domain::access::{Authorizations, Role};
use madang_http::api_document;
use madang_tests::{api_test, json};
use reqwest::Method;
use serde_json::Value;

mod stage;

pub use stage::{Operation, Stage};

const ROLES: [&str; 8] =
    ["anonymous", "suspended", "learner", "other learner", "lecturer", "other lecturer", "manager", "admin"];

/// What can be done over and over on one stage.
const REPEATABLE: [&str; 9] = [
    "forgot_password",
    "simulate_attendance_policy",
    "create_attendance_policy",
    "create_api_key",
    "create_course",
    "create_report_schedule",
    "order_report",
    "import_files",
    "preview_user_merge",
];

/// Every operation of the document.
pub fn operations() -> Vec<Operation> {
    let document = api_document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let required = |parameter: &&Value| parameter["required"] == true && parameter["in"] == "query";
            let query: Vec<String> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(required)
                .map(|parameter| {
                    format!(
                        "{}={}",
                        parameter["name"].as_str().unwrap(),
                        parameter["example"].as_str().unwrap_or("weekly")
                    )
                })
                .collect();
            let path = path.trim_start_matches("/api/v1");
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) },
                content: operation["requestBody"]["content"]
                    .as_object()
                    .and_then(|content| content.keys().next().cloned()),
                takes_key: operation["parameters"].as_array().is_some_and(|parameters| {
                    let key = "#/components/parameters/IdempotencyKey";
                    parameters.iter().any(|parameter| parameter["$ref"] == key)
                }),
            });
        }
    }
    operations
        .sort_by(|one, other| (&one.path, one.method.as_str()).cmp(&(&other.path, other.method.as_str())));
    operations
}

api_test! {
    async fn every_operation_answers_every_role_as_the_table_says(app) {
        let mut table = format!("{:<28}", "operation");
        for role in ROLES {
            write!(table, " {role:>14}").unwrap();
        }
        table.push('\n');
        // What only reads shares one stage; what changed something is not used again.
        let untouched = Stage::set(&app).await;
        for operation in operations() {
            write!(table, "{:<28}", operation.id).unwrap();
            let mut unchanged = None;
            for role in ROLES {
                let status = if operation.method == Method::GET {
                    untouched.call(&operation, role).await
                } else {
                    let stage = match unchanged.take() {
                        Some(stage) => stage,
                        None => Stage::prepared(&app, &operation.id).await,
                    };
                    let status = stage.call(&operation, role).await;
                    unchanged = (status >= 400 || REPEATABLE.contains(&operation.id.as_str())).then_some(stage);
                    status
                };
                write!(table, " {status:>14}").unwrap();
            }
            table.push('\n');
        }
        insta::with_settings!({prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("access_matrix", table);
        });
    }

    async fn a_deactivated_user_is_nobody(app) {
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        learner.get("/courses").await.expect(200);
        manager.delete(&format!("/users/{}", learner.id)).await.expect(204);
        learner.get("/courses").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn a_role_that_was_taken_away_gives_nothing_any_more(app) {
        let admin = app.admin().await;
        let manager = app.user("담당자", Authorizations::of_roles([Role::Manager])).await;
        manager.post("/courses", json!({"title": "수채화"})).await.expect(201);
        admin.put(&format!("/users/{}/authorizations", manager.id), json!({"roles": ["learner"]})).await.expect(200);
        manager.post("/courses", json!({"title": "유화"})).await.expect_problem(403, "FORBIDDEN");
    }
}
