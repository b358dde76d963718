//! `POST /reports`: large reports as operations.

use std::time::Duration;

use madang_tests::{Answer, Client, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::marked_class;

/// The operation, once it has come to its end.
async fn finished(client: &Client, accepted: &Answer) -> Value {
    let path = accepted.header("location").strip_prefix("/api/v1").unwrap().to_owned();
    let ended = async {
        loop {
            let answer = client.get(&path).await.expect(200);
            if !matches!(answer.body["status"].as_str(), Some("queued" | "running")) {
                return answer.body;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap()
}

api_test! {
    async fn a_report_is_made_beside_other_requests_and_fetched_from_its_operation(app) {
        let (class, learners) = marked_class(&app).await;
        let lecturer = &class.lecturer;
        for (format, begins) in [("csv", "\u{FEFF}번호,이름"), ("json", "{\"kind\":\"class_closing\""), ("pdf", "%PDF-"), ("xlsx", "PK")] {
            let order = json!({"kind": "class_closing", "format": format, "class_id": class.id});
            let accepted = lecturer.post("/reports", order).await.expect(202);
            assert_eq!(accepted.body["type"], "report");
            let done = finished(lecturer, &accepted).await;
            assert_eq!((&done["status"], &done["progress"]), (&json!("succeeded"), &json!(100)), "{done}");
            let path = done["result_url"].as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
            let file = lecturer.get(&path).await.expect(200);
            assert!(file.text.starts_with(begins), "{format}");
            assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"class_closing.{format}\""));
            app.manager().await.get(&path).await.expect(200);
            learners[0].get(&path).await.expect_problem(404, "OPERATION_NOT_FOUND");
        }
        let week = json!({"kind": "weekly", "format": "csv", "from": "2026-08-17", "to": "2026-08-30", "class_id": class.id, "lecturer_id": lecturer.id});
        let manager = app.manager().await;
        let accepted = manager.post("/reports", week).await.expect(202);
        let done = finished(&manager, &accepted).await;
        assert_eq!((&done["result"]["file"], &done["result"]["media_type"]), (&json!("weekly.csv"), &json!("text/csv; charset=utf-8; header=present")));
    }

    async fn a_report_that_can_not_be_made_says_why(app) {
        let (class, learners) = marked_class(&app).await;
        let order = json!({"kind": "learner_statement", "format": "pdf", "user_id": Uuid::from_u128(7)});
        let manager = app.manager().await;
        let accepted = manager.post("/reports", order).await.expect(202);
        let failed = finished(&manager, &accepted).await;
        assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("USER_NOT_FOUND")));
        assert!(!failed["error"]["detail"].as_str().unwrap().is_empty() && failed["result_url"].is_null());
        manager.get(&format!("/operations/{}/file", accepted.id())).await.expect_problem(404, "OPERATION_HAS_NO_FILE");
        // One's own statement is anybody's to have made, and nobody else's to fetch.
        let own = json!({"kind": "learner_statement", "format": "pdf", "user_id": learners[0].id});
        let accepted = learners[0].post("/reports", own).await.expect(202);
        assert_eq!(finished(&learners[0], &accepted).await["status"], "succeeded");
        let path = format!("/operations/{}/file", accepted.id());
        learners[0].get(&path).await.expect(200);
        for other in [&learners[1], &class.lecturer] {
            other.get(&path).await.expect_problem(404, "OPERATION_NOT_FOUND");
        }
    }

    async fn a_machine_follows_the_reports_that_it_could_ask_for(app) {
        let manager = app.manager().await;
        let machine = async |permission: &str| {
            let key = json!({"name": "집계기", "permissions": [permission], "expires_at": "2026-10-01T00:00:00Z"});
            let key = manager.post("/api-keys", key).await.expect(201);
            app.anonymous().with_token(key.body["secret"].as_str().unwrap())
        };
        let (reader, importer) = (machine("read_statistics").await, machine("import_data").await);
        let accepted = reader.post("/reports", json!({"kind": "weekly", "format": "csv"})).await.expect(202);
        assert_eq!(finished(&reader, &accepted).await["status"], "succeeded");
        let path = format!("/operations/{}/file", accepted.id());
        reader.get(&path).await.expect(200);
        importer.get(&path).await.expect_problem(404, "OPERATION_NOT_FOUND");
    }

    async fn a_file_is_forgotten_after_seven_days(app) {
        let (class, _) = marked_class(&app).await;
        let order = json!({"kind": "class_closing", "format": "csv", "class_id": class.id});
        let accepted = class.lecturer.post("/reports", order).await.expect(202);
        finished(&class.lecturer, &accepted).await;
        let path = format!("/operations/{}/file", accepted.id());
        let operations = app.app.services().operations.clone();
        assert_eq!(operations.forget_files().await.unwrap(), 0);
        class.lecturer.get(&path).await.expect(200);
        app.advance(chrono::TimeDelta::hours(7 * 24 + 1));
        assert_eq!(operations.forget_files().await.unwrap(), 1);
        let lecturer = app.client_of(class.lecturer.id).await;
        lecturer.get(&path).await.expect_problem(404, "OPERATION_HAS_NO_FILE");
    }

    async fn what_the_caller_may_not_see_or_did_not_name_is_not_begun(app) {
        let (class, learners) = marked_class(&app).await;
        let closing = |id: Uuid| json!({"kind": "class_closing", "format": "pdf", "class_id": id});
        learners[0].post("/reports", closing(class.id)).await.expect_problem(403, "FORBIDDEN");
        class.lecturer.post("/reports", closing(Uuid::from_u128(7))).await.expect_problem(404, "CLASS_NOT_FOUND");
        class.lecturer.post("/reports", json!({"kind": "monthly", "format": "pdf"})).await.expect_problem(403, "FORBIDDEN");
        let other = json!({"kind": "learner_statement", "format": "pdf", "user_id": learners[1].id});
        learners[0].post("/reports", other).await.expect_problem(404, "USER_NOT_FOUND");
        for (order, pointer) in [
            (json!({"kind": "class_closing", "format": "pdf"}), "/class_id"),
            (json!({"kind": "learner_statement", "format": "pdf"}), "/user_id"),
            (json!({"kind": "weekly", "format": "pdf", "tz": "Nowhere"}), "/tz"),
            (json!({"kind": "weekly", "format": "pdf", "keyword": ""}), "/keyword"),
            (json!({"kind": "weekly", "format": "pdf", "from": "2026-09-02", "to": "2026-09-01"}), "/to"),
            (json!({"kind": "monthly", "format": "pdf", "from": "1970-01-01"}), "/from"),
            (json!({"kind": "class_closing", "format": "csv", "class_id": class.id, "table": "periods"}), "/table"),
        ] {
            let refused = app.manager().await.post("/reports", order).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.body["errors"][0]["pointer"], pointer);
        }
    }
}
