//! How many SQL statements a request takes: every operation of the document, done once by somebody who may, as one table.
//!
//! `BEGIN` and `COMMIT` are not counted, and who calls is known already: roles are believed for five seconds. An operation that is new has
//! no row in the table, and none may take more than [`MOST`].

use std::fmt::Write;

use madang_testing::TestDatabase;
use madang_tests::{Answer, Client, TestApp, api_test, json, providers::FakeProviders};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::{
    access_matrix::{Operation, Stage, operations},
    social::registered,
};

mod scenes;

/// The most statements of a request.
const MOST: u64 = 5;

/// What takes more: how many, and with an `Idempotency-Key`. No amount of data raises it.
const EXCEPTIONS: [(&str, u64, u64); 20] = [
    // Numbers without gaps, and everything that the engine is given: candidate, places, ways, marks, number, certificate, journal.
    ("issue_certification", 7, 8),
    ("issue_class_certifications", 9, 10),
    ("issue_course_certifications", 9, 10),
    ("reissue_certification", 6, 7),
    ("renew_certification", 6, 7),
    // Two classes and a place are held, one after the other, and two places are written.
    ("transfer_enrolment", 9, 10),
    // The class with its lectures is read, and written with its policy and lectures.
    ("copy_class", 6, 7),
    // The engine is given the class twice over: by the policy before and by the one after. Once in the life of a class.
    ("replace_class_attendance_policy", 6, 6),
    // With a key one more than without.
    ("create_recurring_lectures", 5, 6),
    ("create_leave_request", 5, 6),
    ("mark_all_present", 5, 6),
    // First ways in: the flow, who has the account, who has the address, the user, the journal, the session.
    ("finish_social_sign_in", 6, 6),
    ("finish_posted_sign_in", 8, 8),
    ("reset_password", 7, 7),
    // While the counters have not caught up with the learner's classes.
    ("get_my_statement", 6, 6),
    ("get_user_statement", 6, 6),
    // A single pass over every table that knows a user.
    ("merge_user", 19, 20),
    ("preview_user_merge", 7, 7),
    ("undo_user_merge", 13, 13),
    ("withdraw_me", 30, 30),
];

/// Streams are read by the clock, and these go on beside the request: what is counted would depend on the moment.
const BESIDE: [&str; 5] =
    ["watch_lecture", "watch_notifications", "import_files", "order_report", "rebuild_statistics"];

/// Who is asked, first whoever may do the least.
const ROLES: [&str; 5] = ["anonymous", "learner", "lecturer", "manager", "admin"];

/// The answer, and how many statements it took of somebody who is known.
async fn counted(app: &TestApp, client: &Client, request: impl Future<Output = Answer>) -> (Answer, u64) {
    if !client.token().is_empty() {
        // Looked up anew, so that the five seconds do not end between this request and the next.
        app.app.forget_caller(client.id.into());
        client.get("/notifications/unread-count").await;
    }
    let before = app.statements();
    let answer = request.await;
    (answer, app.statements() - before)
}

fn with(request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
    match key {
        Some(key) => request.header("Idempotency-Key", key),
        None => request,
    }
}

/// How many statements an operation takes that succeeds; what is refused before takes no more than is allowed.
async fn cost(
    app: &TestApp,
    fakes: &FakeProviders,
    shared: &Stage,
    operation: &Operation,
    key: Option<&str>,
) -> u64 {
    let own;
    let stage = if operation.method == Method::GET {
        shared
    } else {
        own = Stage::prepared(app, &operation.id).await;
        &own
    };
    if let Some((client, request)) = scenes::scene(app, fakes, stage, operation, key).await {
        let (answer, cost) = counted(app, &client, request).await;
        assert!(answer.status < 300, "{}: {} {}", operation.id, answer.status, answer.text);
        return cost;
    }
    let path = stage.path(&operation.id, &operation.path);
    for role in ROLES {
        let request = Answer::of(with(stage.request(operation, role, &path), key));
        let (answer, cost) = counted(app, stage.client(role), request).await;
        if answer.status < 300 {
            return cost;
        }
        assert!(cost <= MOST, "{} as {role} is refused after {cost}", operation.id);
    }
    panic!("{} succeeds for nobody", operation.id)
}

/// Every operation on this database, with and without a key.
async fn costs(database: TestDatabase) -> Vec<(String, u64, Option<u64>)> {
    let (app, fakes) = registered(database).await;
    let shared = Stage::set(&app).await;
    // The connections for long reading greet the database once.
    shared.manager.get(&format!("/classes/{}/closing-report", shared.class.id)).await.expect(200);
    let mut rows = Vec::new();
    for operation in operations() {
        if BESIDE.contains(&operation.id.as_str()) {
            continue;
        }
        let bare = cost(&app, &fakes, &shared, &operation, None).await;
        let keyed = match operation.takes_key {
            true => Some(cost(&app, &fakes, &shared, &operation, Some("key")).await),
            false => None,
        };
        rows.push((operation.id, bare, keyed));
    }
    rows
}

async fn every_operation_takes_few_statements(database: TestDatabase) {
    let rows = costs(database).await;
    let mut table = format!("{:<36} {:>10} {:>10}\n", "operation", "statements", "with a key");
    for (id, bare, keyed) in &rows {
        let keyed = keyed.map(|keyed| keyed.to_string()).unwrap_or_default();
        writeln!(table, "{}", format!("{id:<36} {bare:>10} {keyed:>10}").trim_end()).unwrap();
    }
    for (id, bare, keyed) in &rows {
        let exception = EXCEPTIONS.iter().find(|(known, ..)| known == id);
        let (most, most_keyed) = exception.map_or((MOST, MOST), |(_, bare, keyed)| (*bare, *keyed));
        let is_few = *bare <= most && keyed.is_none_or(|keyed| keyed <= most_keyed);
        assert!(is_few, "{id}: {bare} statements, {keyed:?} with a key");
        let is_exact = *bare == most && keyed.is_none_or(|keyed| keyed == most_keyed);
        assert!(
            exception.is_none() || is_exact,
            "{id} takes fewer than its exception says: {bare}, {keyed:?}"
        );
    }
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("statements", table);
    });
}

#[actix_web::test]
async fn every_operation_takes_few_statements_on_sqlite() {
    every_operation_takes_few_statements(TestDatabase::sqlite().await).await;
}

#[actix_web::test]
async fn every_operation_takes_few_statements_on_postgres() {
    every_operation_takes_few_statements(TestDatabase::postgres().await).await;
}

api_test! {
    async fn one_and_two_hundred_cost_the_same(app) {
        let (class, manager) = (app.class().await, app.manager().await);
        let mut costs: Vec<[u64; 3]> = Vec::new();
        for count in [1, 200] {
            let mut learners = Vec::new();
            for _ in 0..count {
                learners.push(app.learner("김하늘").await.id);
            }
            let of_each = |fields: Value| -> Vec<Value> {
                let item = |user| {
                    let mut item = fields.clone();
                    item["user_id"] = json!(user);
                    item
                };
                learners.iter().map(item).collect()
            };
            let places = of_each(json!({"role": "learner", "enrolled_on": "2026-06-01"}));
            let path = format!("/classes/{}/enrolments/bulk", class.id);
            let (enrolled, enrolling) = counted(&app, &manager, manager.post(&path, json!({"items": places}))).await;
            assert_eq!(enrolled.status, 201, "{}", enrolled.text);
            let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
            let path = format!("/lectures/{lecture}/attendances/bulk");
            let marks = json!({"items": of_each(json!({"status": "late"}))});
            let (marked, marking) = counted(&app, &manager, manager.post(&path, marks)).await;
            assert_eq!(marked.status, 201, "{}", marked.text);
            let undo = format!("/attendance-batches/{}/undo", marked.string("batch_id"));
            let undo = Answer::of(manager.request(Method::POST, &undo));
            let (undone, undoing) = counted(&app, &manager, undo).await;
            assert_eq!(undone.status, 200, "{}", undone.text);
            costs.push([enrolling, marking, undoing]);
        }
        assert_eq!(costs[0], costs[1]);
        assert!(costs[0].iter().all(|cost| *cost <= MOST), "{costs:?}");
    }
}
