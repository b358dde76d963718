//! Seeing one's sessions, ending them, and what ends with them.

use chrono::TimeDelta;
use madang_testing::TestDatabase;
use madang_tests::{Answer, TestApp, api_test, json};
use reqwest::Method;

use super::{PASSWORD, holder, refresh, refresh_token, register, sign_in};

/// Signs in from a device that calls itself this.
async fn sign_in_from(app: &TestApp, user_agent: &str) -> Answer {
    let request = app.anonymous().request(Method::POST, "/auth/login").header("User-Agent", user_agent);
    Answer::of(request.json(&json!({"username": "haneul", "password": PASSWORD}))).await.expect(200)
}

async fn over(app: &TestApp, tokens: &Answer) {
    holder(app, tokens).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
    refresh(app, &refresh_token(tokens)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
}

api_test! {
    async fn one_lists_ones_own_sessions_with_device_address_and_last_use(app) {
        register(&app, "haneul").await;
        register(&app, "bada").await;
        app.advance(TimeDelta::minutes(1));
        let phone = sign_in_from(&app, "마당앱/1.0 (Android)").await;
        app.advance(TimeDelta::minutes(1));
        let phone = refresh(&app, &refresh_token(&phone)).await.expect(200);
        let listed = holder(&app, &phone).get("/auth/sessions").await.expect(200);
        assert_eq!(listed.body["total"], 2, "{}", listed.text);
        let seen = |field: &str| listed.items().iter().map(|item| item[field].clone()).collect::<Vec<_>>();
        assert_eq!(seen("is_current"), [json!(true), json!(false)]);
        assert_eq!(seen("created_at"), [json!("2026-09-01T01:01:00Z"), json!("2026-09-01T01:00:00Z")]);
        assert_eq!(seen("last_used_at"), [json!("2026-09-01T01:02:00Z"), json!("2026-09-01T01:00:00Z")]);
        assert_eq!(seen("ends_at"), [json!("2026-09-08T01:02:00Z"), json!("2026-09-08T01:00:00Z")]);
        assert_eq!(seen("address"), [json!("127.0.0.1"), json!("127.0.0.1")]);
        assert!(!listed.text.contains("mdr_"));
        let walked = holder(&app, &phone).walk("/auth/sessions?sort=created_at", 1).await;
        assert_eq!(walked.len(), 2);
        app.anonymous().get("/auth/sessions").await.expect_problem(401, "UNAUTHENTICATED");
        let csv = holder(&app, &phone).get("/auth/sessions?format=csv").await.expect(200);
        assert_eq!(csv.text.lines().count(), 3);
    }

    async fn the_name_of_a_device_is_kept_as_far_as_it_is_text(app) {
        register(&app, "haneul").await;
        let long = format!("마당앱/{}", "9".repeat(400));
        let phone = sign_in_from(&app, &long).await;
        let listed = holder(&app, &phone).get("/auth/sessions").await.expect(200);
        let current = listed.items().iter().find(|item| item["is_current"] == true).unwrap().clone();
        assert_eq!(current["user_agent"].as_str().unwrap().chars().count(), 300);
        assert!(current["user_agent"].as_str().unwrap().starts_with("마당앱/999"));
    }

    async fn signing_out_ends_this_session_and_no_other(app) {
        let first = register(&app, "haneul").await;
        let second = sign_in(&app, "haneul", PASSWORD).await.expect(200);
        Answer::of(holder(&app, &first).request(Method::POST, "/auth/logout")).await.expect(204);
        over(&app, &first).await;
        holder(&app, &second).get("/auth/me").await.expect(200);
        refresh(&app, &refresh_token(&second)).await.expect(200);
        Answer::of(app.anonymous().request(Method::POST, "/auth/logout")).await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn signing_out_everywhere_ends_all_of_ones_own_sessions(app) {
        let first = register(&app, "haneul").await;
        let second = sign_in(&app, "haneul", PASSWORD).await.expect(200);
        let other = register(&app, "bada").await;
        Answer::of(holder(&app, &first).request(Method::POST, "/auth/logout-all")).await.expect(204);
        over(&app, &first).await;
        over(&app, &second).await;
        holder(&app, &other).get("/auth/me").await.expect(200);
    }

    async fn one_ends_a_session_of_ones_own_and_nobody_elses(app) {
        let first = register(&app, "haneul").await;
        let second = sign_in(&app, "haneul", PASSWORD).await.expect(200);
        let other = register(&app, "bada").await;
        let me = holder(&app, &first);
        let listed = me.get("/auth/sessions").await.expect(200);
        let id = listed.items().iter().find(|item| item["is_current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/auth/sessions/{id}");
        let foreign = holder(&app, &other).delete(&path).await.expect_problem(404, "SESSION_NOT_FOUND");
        let missing = holder(&app, &other).delete(&format!("/auth/sessions/{}", uuid::Uuid::nil())).await;
        assert_eq!(foreign.body["detail"], missing.expect_problem(404, "SESSION_NOT_FOUND").body["detail"]);
        holder(&app, &second).get("/auth/me").await.expect(200);
        me.delete(&path).await.expect(204);
        over(&app, &second).await;
        me.get("/auth/me").await.expect(200);
        me.delete(&path).await.expect_problem(404, "SESSION_NOT_FOUND");
        me.delete("/auth/sessions/1").await.expect_problem(400, "MALFORMED_PATH");
    }

    async fn a_new_password_and_a_deactivation_end_every_session(app) {
        let first = register(&app, "haneul").await;
        let second = sign_in(&app, "haneul", PASSWORD).await.expect(200);
        let body = json!({"current_password": PASSWORD, "new_password": "낮잠자는-강아지-8"});
        holder(&app, &first).patch("/users/me/password", body).await.expect(204);
        over(&app, &first).await;
        over(&app, &second).await;
        let third = sign_in(&app, "haneul", "낮잠자는-강아지-8").await.expect(200);
        let admin = app.admin().await;
        admin.delete(&format!("/users/{}", first.id())).await.expect(204);
        over(&app, &third).await;
        admin.patch(&format!("/users/{}", first.id()), json!({"is_active": true})).await.expect(200);
        over(&app, &third).await;
        sign_in(&app, "haneul", "낮잠자는-강아지-8").await.expect(200);
    }

    async fn the_end_of_a_session_is_audited_without_its_device(app) {
        let first = register(&app, "haneul").await;
        Answer::of(holder(&app, &first).request(Method::POST, "/auth/logout")).await.expect(204);
        let log = app.admin().await.get("/admin/audit-log?entity=session&sort=at").await.expect(200);
        let told: Vec<_> = log.items().iter().map(|entry| (entry["action"].clone(), entry["reason"].clone(), entry["actor"].clone())).collect();
        let user = json!(first.id());
        assert_eq!(told, [(json!("create"), json!(null), user.clone()), (json!("delete"), json!("logout"), user)]);
        assert!(!log.text.contains("127.0.0.1") && !log.text.contains("mdr_"));
    }

    async fn a_warm_request_asks_nothing_about_its_session(app) {
        let learner = app.learner("김하늘").await;
        let request = async || learner.get("/auth/me").await.expect(200);
        let (_, cold) = app.costed(&learner, request()).await;
        let before = app.statements();
        request().await;
        assert_eq!((cold, app.statements() - before), (2, 1), "the caller, then the account alone");
    }
}

/// Two servers on one database, each with a clock of its own.
async fn two_nodes(owner: TestDatabase) -> (TestApp, TestApp) {
    // The address is the issuer of tokens, so both have the same.
    let values = [("PUBLIC_URL", "https://madang.example.org")];
    let database = owner.database().clone();
    let here = TestApp::on(owner, &values).await;
    let there = TestApp::reaching(database, TestDatabase::sqlite().await, &values).await;
    (here, there)
}

#[actix_web::test]
async fn access_ends_within_five_seconds_on_every_node_on_sqlite() {
    access_ends_within_five_seconds_on_every_node(TestDatabase::sqlite().await).await;
}

#[actix_web::test]
async fn access_ends_within_five_seconds_on_every_node_on_postgres() {
    access_ends_within_five_seconds_on_every_node(TestDatabase::postgres().await).await;
}

async fn access_ends_within_five_seconds_on_every_node(owner: TestDatabase) {
    let (here, there) = two_nodes(owner).await;
    let admin = here.admin().await;
    let me = register(&here, "haneul").await.id();
    for deed in ["logout", "logout-all", "password", "suspend", "deactivate"] {
        let tokens = sign_in(&here, "haneul", PASSWORD).await.expect(200);
        holder(&here, &tokens).get("/auth/me").await.expect(200);
        holder(&there, &tokens).get("/auth/me").await.expect(200);
        match deed {
            "logout" | "logout-all" => {
                let request = holder(&here, &tokens).request(Method::POST, &format!("/auth/{deed}"));
                Answer::of(request).await.expect(204);
            }
            "password" => {
                let body = json!({"current_password": PASSWORD, "new_password": PASSWORD});
                holder(&here, &tokens).patch("/users/me/password", body).await.expect(204);
            }
            "suspend" => {
                let path = format!("/admin/users/{me}/suspend");
                admin.patch(&path, json!({"reason": "비방"})).await.expect(200);
            }
            _ => {
                admin.delete(&format!("/users/{me}")).await.expect(204);
            }
        }
        holder(&here, &tokens).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        there.advance(TimeDelta::milliseconds(4_999));
        holder(&there, &tokens).get("/auth/me").await.expect(200);
        there.advance(TimeDelta::milliseconds(1));
        holder(&there, &tokens).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        if deed == "suspend" {
            let path = format!("/admin/users/{me}/suspend");
            admin.patch(&path, json!({"suspended": false})).await.expect(200);
        }
    }
}
