//! `DELETE /users/me`: leaving (탈퇴).

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;
use serde_json::Value;

const PASSWORD: &str = "산책하는-고양이-7";

/// A client of somebody who has registered with a password and an address.
async fn registered(app: &TestApp) -> Client {
    let body = json!({"username": "haneul", "password": PASSWORD, "name": "김하늘", "email": "haneul@example.org", "phone": "010-1234-5678"});
    app.client_of(app.anonymous().post("/auth/register", body).await.expect(201).id()).await
}

async fn leave(me: &Client, body: Value) -> Answer {
    Answer::of(me.request(Method::DELETE, "/users/me").json(&body)).await
}

async fn sign_in(app: &TestApp, username: &str) -> Answer {
    app.anonymous().post("/auth/login", json!({"username": username, "password": PASSWORD})).await
}

/// What would tell who it was.
const TELLTALES: [&str; 4] = ["김하늘", "haneul", "+8210", "박손님"];

/// Every text of every table that stays.
async fn everything(app: &TestApp) -> Vec<(String, String)> {
    let tables = [
        (
            "users",
            "username || ' ' || name || ' ' || COALESCE(email, '') || ' ' || COALESCE(phone, '') || search_text",
        ),
        ("certifications", "CAST(snapshot AS text)"),
        (
            "leave_requests",
            "COALESCE(description, '') || COALESCE(decision_note, '') || CAST(evidence AS text)",
        ),
        ("audit_log", "COALESCE(CAST(old AS text), '') || COALESCE(CAST(new AS text), '')"),
        ("events", "CAST(payload AS text)"),
        ("jobs", "CAST(payload AS text)"),
        ("user_merges", "CAST(record AS text)"),
        ("idempotency_keys", "COALESCE(body, '')"),
        ("identities", "subject || COALESCE(email, '')"),
        ("external_ids", "external_id"),
    ];
    let mut texts = Vec::new();
    for (table, columns) in tables {
        for text in app.owner.read(&format!("SELECT {columns} AS value FROM {table}")).await.unwrap() {
            texts.push((table.to_owned(), text));
        }
    }
    texts
}

api_test! {
    async fn who_leaves_leaves_nothing_but_records_under_a_pseudonym(app) {
        let (me, class, manager) = (registered(&app).await, app.class().await, app.manager().await);
        let place = json!({"user_id": me.id, "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        let lecture = app.lecture(&class, "2026-07-01T10:00:00Z").await;
        let mark = app.mark(&class, lecture, &me, "present").await;
        let certificate = json!({"course_id": class.course, "user_id": me.id, "override_reason": "시험"});
        let certificate = manager.post("/certifications", certificate).await.expect(201).id();
        let ask = json!({"class_id": class.id, "reason": "illness", "description": "김하늘의 병원 예약", "first_on": "2026-09-07", "last_on": "2026-09-07"});
        let request = me.post("/leave-requests", ask).await.expect(201).id();
        app.anonymous().post("/auth/forgot-password", json!({"email": "haneul@example.org"})).await.expect(202);
        app.work().await;
        me.post_once("/leave-requests", "mine", json!({"class_id": class.id, "reason": "exam", "first_on": "2026-09-21", "last_on": "2026-09-21"})).await.expect(201);

        leave(&me, json!({"current_password": PASSWORD})).await.expect(204);
        for (table, text) in everything(&app).await {
            for told in TELLTALES {
                assert!(!text.contains(told), "{told} in {table}: {text}");
            }
        }
        let kept = manager.get(&format!("/users/{}", me.id)).await.expect(200);
        let name = kept.string("name");
        assert!(name.starts_with("탈퇴회원 "), "{name}");
        assert!(kept.string("username").starts_with("withdrawn-"));
        assert_eq!((&kept.body["email"], &kept.body["phone"], &kept.body["is_active"]), (&json!(null), &json!(null), &json!(false)));
        // What was recorded stays, and says the pseudonym.
        let list = manager.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
        let seen = &list.items()[0];
        assert_eq!((&seen["id"], &seen["status"], &seen["user"]["name"]), (&mark["id"], &json!("present"), &json!(name)));
        let certificate = manager.get(&format!("/certifications/{certificate}")).await.expect(200);
        assert!(certificate.text.contains(&name), "{}", certificate.text);
        let request = manager.get(&format!("/leave-requests/{request}")).await.expect(200);
        assert_eq!((&request.body["reason"], &request.body["description"]), (&json!("illness"), &json!(null)));
        // The log still tells that it happened, and when.
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}", me.id)).await.expect(200);
        let last = log.items().iter().find(|entry| entry["reason"] == "withdrawn").unwrap();
        assert_eq!((&last["actor"], &last["new"]["is_active"]), (&json!(me.id), &json!(false)));
        for table in ["sessions", "identities", "mail_tokens"] {
            let count = format!("SELECT CAST(count(*) AS text) AS value FROM {table} WHERE user_id = '{}'", me.id);
            assert_eq!(app.owner.read(&count).await.unwrap(), ["0"], "{table}");
        }
    }

    async fn a_sign_in_afterwards_is_answered_as_for_an_unknown_account(app) {
        let me = registered(&app).await;
        sign_in(&app, "haneul").await.expect(200);
        leave(&me, json!({"current_password": PASSWORD})).await.expect(204);
        me.get("/users/me").await.expect_problem(401, "TOKEN_INVALID");
        let (gone, unknown) = (sign_in(&app, "haneul").await, sign_in(&app, "nobody").await);
        let (gone, unknown) = (gone.expect_problem(401, "WRONG_CREDENTIALS"), unknown.expect_problem(401, "WRONG_CREDENTIALS"));
        assert_eq!((&gone.body["detail"], gone.header("www-authenticate")), (&unknown.body["detail"], unknown.header("www-authenticate")));
        app.anonymous().post("/auth/forgot-password", json!({"email": "haneul@example.org"})).await.expect(202);
        app.work().await;
        assert_eq!(app.mails().await.len(), 0);
        // Name and address are free again.
        let anew = registered(&app).await;
        assert_ne!(anew.id, me.id);
    }

    async fn every_session_ends_and_no_token_is_good_any_more(app) {
        let me = registered(&app).await;
        let tokens = sign_in(&app, "haneul").await.expect(200);
        leave(&me, json!({"current_password": PASSWORD})).await.expect(204);
        let refresh = json!({"refresh_token": tokens.string("refresh_token")});
        app.anonymous().post("/auth/refresh", refresh).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        let other = app.anonymous().request(Method::GET, "/users/me").bearer_auth(tokens.string("access_token"));
        Answer::of(other).await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn the_current_password_has_to_be_given(app) {
        let me = registered(&app).await;
        me.delete("/users/me").await.expect_problem(422, "WRONG_PASSWORD");
        leave(&me, json!({"current_password": "다른-비밀번호-1"})).await.expect_problem(422, "WRONG_PASSWORD");
        leave(&me, json!({"password": PASSWORD})).await.expect_problem(422, "VALIDATION_ERROR");
        me.get("/users/me").await.expect(200);
    }

    async fn a_version_that_is_not_the_present_one_is_refused(app) {
        let me = app.learner("이가을").await;
        let stale = me.request(Method::DELETE, "/users/me").header("If-Match", "\"99\"");
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        me.get("/users/me").await.expect(200);
    }

    async fn who_has_no_password_has_just_signed_in(app) {
        let me = app.learner("이가을").await;
        app.advance(TimeDelta::minutes(15));
        me.delete("/users/me").await.expect_problem(403, "FRESH_SIGN_IN_REQUIRED");
        let me = app.client_of(me.id).await;
        me.delete("/users/me").await.expect(204);
        me.get("/users/me").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn the_last_admin_can_not_leave(app) {
        let admin = app.admin().await;
        admin.delete("/users/me").await.expect_problem(409, "LAST_ADMIN");
        admin.get("/users/me").await.expect(200);
        let other = app.admin().await;
        admin.delete("/users/me").await.expect(204);
        other.delete("/users/me").await.expect_problem(409, "LAST_ADMIN");
    }

    async fn nothing_of_the_account_changes_any_more(app) {
        let me = registered(&app).await;
        leave(&me, json!({"current_password": PASSWORD})).await.expect(204);
        let (admin, path) = (app.admin().await, format!("/users/{}", me.id));
        admin.patch(&path, json!({"is_active": true})).await.expect_problem(409, "USER_WITHDRAWN");
        admin.patch(&path, json!({"name": "김하늘"})).await.expect_problem(409, "USER_WITHDRAWN");
        admin.put(&format!("{path}/authorizations"), json!({"roles": ["learner"]})).await.expect_problem(409, "USER_WITHDRAWN");
        admin.patch(&format!("/admin/users/{}/suspend", me.id), json!({"reason": "시험"})).await.expect_problem(409, "USER_WITHDRAWN");
    }

    async fn who_was_merged_in_is_forgotten_too(app) {
        let (me, manager) = (registered(&app).await, app.manager().await);
        let guest = json!({"auth_type": "temp", "name": "박손님", "phone": "010-1234-5678"});
        let guest = manager.post("/users", guest).await.expect(201).id();
        manager.post(&format!("/users/{guest}/merge"), json!({"into": me.id})).await.expect(200);
        leave(&me, json!({"current_password": PASSWORD})).await.expect(204);
        for (table, text) in everything(&app).await {
            for told in TELLTALES {
                assert!(!text.contains(told), "{told} in {table}: {text}");
            }
        }
        manager.post(&format!("/users/{guest}/merge/undo"), json!({})).await.expect_problem(409, "NOT_MERGED");
    }

    async fn the_log_forgets_nobody_who_is_still_there(app) {
        let me = registered(&app).await;
        let update = |set: &str| format!("UPDATE audit_log SET {set} WHERE entity = 'user' AND entity_id = '{}'", me.id);
        assert!(app.owner.run(&update("new = '{}'")).await.is_err());
        leave(&me, json!({"current_password": PASSWORD})).await.expect(204);
        for set in ["actor = NULL", "action = 'delete'", "old = NULL, new = NULL", "request_id = 'x'"] {
            assert!(app.owner.run(&update(set)).await.is_err(), "{set}");
        }
    }
}
