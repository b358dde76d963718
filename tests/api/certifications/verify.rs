//! `GET /verify/{code}`.

use chrono::TimeDelta;
use madang_testing::TestDatabase;
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use serde_json::Value;

/// A class whose learner is certified, by a reason.
async fn certified(app: &TestApp, name: &str) -> (Client, TestClass, Answer) {
    let class = app.class().await;
    let learner = app.learner_in(&class, name).await;
    let manager = app.manager().await;
    let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "기관장 승인"});
    let issued = manager.post("/certifications", body).await.expect(201);
    (manager, class, issued)
}

fn path(issued: &Answer) -> String {
    format!("/verify/{}", issued.body["code"].as_str().unwrap())
}

fn fields(answer: &Answer) -> Vec<&String> {
    answer.body.as_object().unwrap().keys().collect()
}

api_test! {
    async fn anybody_sees_that_a_certificate_holds_and_little_of_its_holder(app) {
        let (_, _, issued) = certified(&app, "홍길동").await;
        let seen = app.anonymous().get(&path(&issued)).await.expect(200);
        assert_eq!((&seen.body["state"], &seen.body["name"], &seen.body["number"]), (&json!("valid"), &json!("홍*동"), &json!(null)));
        assert_eq!((&seen.body["course_title"], &seen.body["issued_on"]), (&json!("수채화 기초"), &json!("2026-09-01")));
        assert_eq!((&seen.body["issuer"], &seen.body["is_disclosed"]), (&json!("마당"), &json!(false)));
        assert_eq!(seen.header("cache-control"), "no-store");
        assert!(!seen.text.contains("홍길동") && !seen.text.contains("2026-0001"));

        let code = issued.body["code"].as_str().unwrap();
        for typed in [code.to_lowercase(), code.replace('-', ""), code.replace('0', "o")] {
            assert_eq!(app.anonymous().get(&format!("/verify/{typed}")).await.expect(200).body, seen.body);
        }
    }

    async fn who_knows_the_number_sees_the_whole_name(app) {
        let (_, _, issued) = certified(&app, "홍길동").await;
        let asked = async |query: &str| app.anonymous().get(&format!("{}?{query}", path(&issued))).await;
        let seen = asked("number=2026-0001").await.expect(200);
        assert_eq!((&seen.body["name"], &seen.body["number"], &seen.body["is_disclosed"]), (&json!("홍길동"), &json!("제2026-0001호"), &json!(true)));
        for wrong in ["number=2026-0002", "birth_date=1990-05-15", "number=2026-0001&birth_date=1990-05-15"] {
            let hidden = asked(wrong).await.expect(200);
            assert_eq!((&hidden.body["name"], &hidden.body["number"], &hidden.body["state"]), (&json!("홍*동"), &json!(null), &json!("valid")));
        }
        asked("number=x").await.expect_problem(400, "MALFORMED_QUERY");
        asked("name=x").await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn a_code_that_does_not_exist_is_answered_in_the_same_form(app) {
        let (_, _, issued) = certified(&app, "홍길동").await;
        let seen = app.anonymous().get(&path(&issued)).await.expect(200);
        let before = app.statements();
        let slip = app.anonymous().get("/verify/0000-0000-0000-0000-1").await.expect(200);
        assert_eq!(app.statements() - before, 0, "a wrong check symbol is not looked up");
        let before = app.statements();
        let unknown = app.anonymous().get("/verify/0000-0000-0000-0000-0").await.expect(200);
        assert_eq!(app.statements() - before, 1);
        for answer in [slip, unknown] {
            assert_eq!((answer.status, fields(&answer)), (seen.status, fields(&seen)));
            assert_eq!(answer.body["state"], "unknown");
            let told = answer.body.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
            assert_eq!(told.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["is_disclosed", "state"]);
        }
    }

    async fn a_certificate_is_verified_in_one_statement_after_its_course_and_holder_are_gone(app) {
        let (manager, class, issued) = certified(&app, "홍길동").await;
        let seen = app.anonymous().get(&path(&issued)).await.expect(200);
        manager.delete(&format!("/classes/{}", class.id)).await.expect(204);
        manager.delete(&format!("/courses/{}", class.course)).await.expect(204);
        let user = issued.body["user_id"].as_str().unwrap();
        manager.patch(&format!("/users/{user}"), json!({"name": "김길동"})).await.expect(200);
        manager.delete(&format!("/users/{user}")).await.expect(204);
        let before = app.statements();
        assert_eq!(app.anonymous().get(&path(&issued)).await.expect(200).body, seen.body);
        assert_eq!(app.statements() - before, 1);
        // Nothing of the certificate hangs on the rows themselves.
        for table in ["enrolments", "class_policy_pins", "classes", "courses"] {
            app.owner.run(&format!("DELETE FROM {table}")).await.unwrap();
        }
        assert_eq!(app.anonymous().get(&path(&issued)).await.expect(200).body, seen.body);
    }
}

async fn limited(limits: &[(&str, &str)]) -> TestApp {
    TestApp::on(TestDatabase::sqlite().await, limits).await
}

#[actix_web::test]
async fn codes_are_not_found_by_trying() {
    let app = limited(&[("LIMIT_UNKNOWN_CERTIFICATES", "3")]).await;
    let (_, _, issued) = certified(&app, "홍길동").await;
    for _ in 0..10 {
        app.anonymous().get(&path(&issued)).await.expect(200);
    }
    for code in ["0000-0000-0000-0000-0", "0000-0000-0000-0000-1", "x"] {
        app.anonymous().get(&format!("/verify/{code}")).await.expect(200);
    }
    let refused = app.anonymous().get(&path(&issued)).await.expect_problem(429, "TOO_MANY_REQUESTS");
    assert_eq!(refused.body["violated-policies"], json!(["unknown-certificates"]));
    app.advance(TimeDelta::minutes(15));
    app.anonymous().get(&path(&issued)).await.expect(200);
}

#[actix_web::test]
async fn the_birth_date_of_a_holder_is_not_found_by_trying() {
    let app = limited(&[("LIMIT_GUESSES", "3"), ("LIMIT_GUESSES_AT_ACCOUNT", "5")]).await;
    let (_, _, issued) = certified(&app, "홍길동").await;
    let asked = async |day: u32| -> Answer {
        app.anonymous().get(&format!("{}?birth_date=1990-05-{day:02}", path(&issued))).await
    };
    let answers: Vec<Value> = vec![asked(1).await.body, asked(2).await.body, asked(3).await.body];
    assert!(answers.iter().all(|body| body["name"] == "홍*동"));
    asked(4).await.expect_problem(429, "TOO_MANY_REQUESTS");
    app.anonymous().get(&path(&issued)).await.expect(200);
}
