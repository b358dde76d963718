//! `POST /imports`: files that are worked on beside the requests, and the operation that tells how far they are.

use std::{io::Write, time::Duration};

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, api_test};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const USERS: &str = "external_id,username,name\nu1,haneul,김하늘\nu2,sunja,이순자\n";
const BAD: &str = "external_id,course_external_id,title\nc1,k9,1기\n";

fn form(files: &[(&'static str, &str)]) -> Form {
    files.iter().fold(Form::new(), |form, (name, text)| {
        form.part("files", Part::bytes(text.as_bytes().to_vec()).file_name(*name))
    })
}

async fn upload(client: &Client, query: &str, files: &[(&'static str, &str)]) -> Answer {
    Answer::of(client.request(Method::POST, &format!("/imports{query}")).multipart(form(files))).await
}

/// The operation, once it has come to its end.
async fn finished(client: &Client, accepted: &Answer) -> Value {
    let place = accepted.header("location");
    let path = place.strip_prefix("/api/v1").expect("a place in the API").to_owned();
    let ended = async {
        loop {
            let answer = client.get(&path).await.expect(200);
            if !matches!(answer.body["status"].as_str(), Some("queued" | "running")) {
                return answer.body;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("the import comes to its end")
}

async fn users(app: &TestApp) -> usize {
    app.manager().await.get("/users?q=haneul").await.expect(200).items().len()
}

api_test! {
    async fn files_are_accepted_and_worked_on(app) {
        let manager = app.manager().await;
        let accepted = upload(&manager, "?mode=apply", &[("users.csv", USERS)]).await.expect(202);
        assert_eq!((&accepted.body["type"], &accepted.body["status"]), (&json!("import"), &json!("queued")));
        let done = finished(&manager, &accepted).await;
        assert_eq!((&done["status"], &done["progress"], &done["error"]), (&json!("succeeded"), &json!(100), &Value::Null));
        let users = json!({"created": 2, "updated": 0, "unchanged": 0, "refused": 0});
        assert_eq!((&done["result"]["format"], &done["result"]["kept"]), (&json!("tables"), &json!(true)));
        assert_eq!(done["result"]["counts"]["users"], users);

        let again = upload(&manager, "?mode=apply", &[("users.csv", USERS)]).await.expect(202);
        assert_eq!(finished(&manager, &again).await["result"]["counts"]["users"]["unchanged"], 2);
    }

    async fn who_is_deactivated_by_a_file_is_signed_out(app) {
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        let username = learner.get("/users/me").await.expect(200).string("username");
        let file = format!("username,name,is_active\n{username},김하늘,false\n");
        let accepted = upload(&manager, "?mode=apply", &[("users.csv", &file)]).await.expect(202);
        assert_eq!(finished(&manager, &accepted).await["result"]["counts"]["users"]["updated"], 1);
        let standing = format!("SELECT CAST(id AS text) AS value FROM sessions WHERE user_id = '{}' AND ended_at IS NULL", learner.id);
        assert_eq!(app.owner.read(&standing).await.unwrap(), [""; 0]);
        app.advance(chrono::TimeDelta::seconds(5));
        learner.get("/users/me").await.expect_problem(401, "TOKEN_INVALID");
        let log = app.admin().await.get("/admin/audit-log?entity=session&size=100").await.expect(200);
        assert!(log.items().iter().any(|entry| entry["old"]["user_id"] == json!(learner.id) && entry["reason"] == "deactivated"));
    }

    async fn without_a_mode_nothing_is_kept(app) {
        let manager = app.manager().await;
        let accepted = upload(&manager, "", &[("users.csv", USERS)]).await.expect(202);
        let done = finished(&manager, &accepted).await;
        assert_eq!((&done["status"], &done["result"]["kept"]), (&json!("succeeded"), &json!(false)));
        assert_eq!(done["result"]["counts"]["users"]["created"], 2);
        assert_eq!(users(&app).await, 0);
    }

    async fn a_bad_row_fails_the_operation_and_is_named(app) {
        let manager = app.manager().await;
        let files = [("users.csv", USERS), ("classes.csv", BAD)];
        let accepted = upload(&manager, "?mode=apply", &files).await.expect(202);
        let done = finished(&manager, &accepted).await;
        assert_eq!((&done["status"], &done["error"]["code"]), (&json!("failed"), &json!("IMPORT_REFUSED")));
        let first = &done["result"]["errors"]["items"][0];
        assert_eq!(
            (&first["file"], &first["line"], &first["column"], &first["code"]),
            (&json!("classes.csv"), &json!(2), &json!("course_id"), &json!("REFERENCE_UNKNOWN"))
        );
        assert_eq!(users(&app).await, 0);

        let accepted = upload(&manager, "?mode=apply&skip_bad_rows=true", &files).await.expect(202);
        assert_eq!(finished(&manager, &accepted).await["status"], "succeeded");
        assert_eq!(users(&app).await, 1);
    }

    async fn a_zip_archive_is_taken_apart(app) {
        let manager = app.manager().await;
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        archive.start_file("roster/users.csv", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(USERS.as_bytes()).unwrap();
        let bytes = archive.finish().unwrap().into_inner();
        let part = Part::bytes(bytes).file_name("roster.zip");
        let request = manager.request(Method::POST, "/imports?mode=apply&format=tables");
        let accepted = Answer::of(request.multipart(Form::new().part("roster", part))).await.expect(202);
        assert_eq!(finished(&manager, &accepted).await["result"]["counts"]["users"]["created"], 2);
    }

    async fn files_of_no_known_form_fail_with_a_code(app) {
        let manager = app.manager().await;
        for (file, code) in [(("notes.csv", "a,b\n1,2\n"), "IMPORT_FORMAT_UNKNOWN"), (("broken.zip", "PK\u{3}\u{4}oops"), "UPLOAD_INVALID")] {
            let accepted = upload(&manager, "", &[file]).await.expect(202);
            let done = finished(&manager, &accepted).await;
            assert_eq!((&done["status"], &done["error"]["code"]), (&json!("failed"), &json!(code)));
        }
    }

    async fn what_is_no_upload_is_refused_at_once(app) {
        let manager = app.manager().await;
        manager.post("/imports", json!({})).await.expect_problem(415, "UNSUPPORTED_MEDIA_TYPE");
        upload(&manager, "", &[]).await.expect_problem(422, "UPLOAD_INVALID");
        let nameless = manager.request(Method::POST, "/imports").multipart(Form::new().text("note", "x"));
        Answer::of(nameless).await.expect_problem(422, "UPLOAD_INVALID");
        upload(&manager, "?mode=now", &[("users.csv", USERS)]).await.expect_problem(400, "MALFORMED_QUERY");
        let learner = app.learner("김하늘").await;
        upload(&learner, "", &[("users.csv", USERS)]).await.expect_problem(403, "FORBIDDEN");
    }

    async fn an_upload_that_trickles_in_is_given_up(app) {
        let manager = app.manager().await;
        let address = app.base().trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n\
             --x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"users.csv\"\r\n\r\nusername\n",
            manager.token()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_buf(&mut answer);
        tokio::time::timeout(Duration::from_secs(5), read).await.expect("an answer in time").unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    async fn an_upload_that_is_sent_twice_is_one_import(app) {
        let manager = app.manager().await;
        let send = |files: Form| {
            // The boundary is part of the request, and so differs; what counts is the content.
            let request = manager.request(Method::POST, "/imports?mode=apply").header("Idempotency-Key", "roster-1");
            Answer::of(request.multipart(files))
        };
        let first = send(form(&[("users.csv", USERS)])).await.expect(202);
        finished(&manager, &first).await;
        let second = send(form(&[("users.csv", USERS)])).await.expect(202);
        assert_eq!((second.id(), second.header("idempotent-replayed")), (first.id(), "true".to_owned()));
        send(form(&[("classes.csv", BAD)])).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }

    async fn an_import_is_its_owners_and_the_managers_to_see(app) {
        let manager = app.manager().await;
        let accepted = upload(&manager, "", &[("users.csv", USERS)]).await.expect(202);
        finished(&manager, &accepted).await;
        let path = format!("/operations/{}", accepted.id());
        app.admin().await.get(&path).await.expect(200);
        app.learner("김하늘").await.get(&path).await.expect_problem(404, "OPERATION_NOT_FOUND");
    }

    async fn several_imports_wait_for_each_other(app) {
        let manager = app.manager().await;
        let mut accepted = Vec::new();
        for _ in 0..4 {
            accepted.push(upload(&manager, "?mode=apply", &[("users.csv", USERS)]).await.expect(202));
        }
        let mut created = Vec::new();
        for one in &accepted {
            created.push(finished(&manager, one).await["result"]["counts"]["users"]["created"].clone());
        }
        assert_eq!(created, [2, 0, 0, 0]);
    }

    async fn what_a_server_left_behind_has_failed_and_what_one_is_at_has_not(app) {
        let manager = app.manager().await;
        let operations = &app.app.services().operations;
        let caller = madang_domain::access::Caller::user(
            manager.id.into(),
            madang_domain::access::Authorizations::default(),
        );
        let nothing = madang_domain::idempotency::Answering::nothing();
        let operation = operations.accept(&caller, "import", &nothing).await.unwrap();
        operations.advance(&operation, 42).await.unwrap();
        let path = format!("/operations/{}", operation.id);
        assert_eq!(manager.get(&path).await.expect(200).body["progress"], 42);
        // Another server is at it.
        let alive = operations.clone();
        let taken = alive.take(operation.id);
        let services = app.app.services();
        for _ in 0..3 {
            app.clock.advance(TimeDelta::seconds(50));
            assert_eq!(services.vouch_for_operations().await.unwrap(), 0);
        }
        assert_eq!(manager.get(&path).await.expect(200).body["status"], "running");
        // It is gone.
        drop(taken);
        app.clock.advance(TimeDelta::seconds(59));
        assert_eq!(services.vouch_for_operations().await.unwrap(), 0);
        app.clock.advance(TimeDelta::seconds(2));
        assert_eq!(services.vouch_for_operations().await.unwrap(), 1);
        let failed = manager.get(&path).await.expect(200).body;
        assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("OPERATION_INTERRUPTED")));
    }
}
