//! `/users/me` and what hangs below it.

use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;

const PASSWORD: &str = "산책하는-고양이-7";

async fn registered(app: &TestApp) -> Client {
    let body =
        json!({"username": "haneul", "password": PASSWORD, "name": "김하늘", "email": "haneul@example.org"});
    app.client_of(app.anonymous().post("/auth/register", body).await.expect(201).id()).await
}

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    app.anonymous().post("/auth/login", json!({"username": "haneul", "password": password})).await
}

api_test! {
    async fn one_reads_and_changes_ones_own_account(app) {
        let me = registered(&app).await;
        let mine = me.get("/users/me").await.expect(200);
        assert_eq!((mine.id(), &mine.body["username"]), (me.id, &json!("haneul")));
        let etag = mine.header("etag");
        Answer::of(me.request(Method::GET, "/users/me").header("If-None-Match", &etag)).await.expect(304);
        let patched = me.patch("/users/me", json!({"email": null, "phone": "010-1234-5678", "current_password": PASSWORD})).await.expect(200);
        assert_eq!(
            (&patched.body["name"], &patched.body["email"], &patched.body["phone"]),
            (&json!("김하늘"), &json!(null), &json!("+821012345678"))
        );
        let stale = me.request(Method::PATCH, "/users/me").header("If-Match", &etag).json(&json!({"name": "x"}));
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        app.anonymous().get("/users/me").await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn what_is_not_ones_own_to_say_is_unknown_here(app) {
        let me = app.learner("김하늘").await;
        for field in ["username", "is_active", "authorizations", "password", "auth_type"] {
            let answer = me.patch("/users/me", json!({field: "x"})).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), "unknown_field".to_owned())]);
        }
    }

    async fn the_address_knows_its_own_methods_and_not_those_of_a_user(app) {
        let me = app.learner("김하늘").await;
        let body = json!({"username": "haneul", "name": "김하늘", "is_active": true});
        let answer = me.put("/users/me", body).await.expect_problem(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "DELETE, GET, HEAD, PATCH");
    }

    async fn a_password_is_changed_by_who_knows_it(app) {
        let me = registered(&app).await;
        let change = async |current: &str, new: &str| {
            me.patch("/users/me/password", json!({"current_password": current, "new_password": new})).await
        };
        change("다른-비밀번호-1", "낮잠자는-강아지-8").await.expect_problem(422, "WRONG_PASSWORD");
        let weak = change(PASSWORD, "short").await.expect_problem(422, "WEAK_PASSWORD");
        assert_eq!(weak.faults(), [("/new_password".to_owned(), "too_short".to_owned())]);
        sign_in(&app, PASSWORD).await.expect(200);
        change(PASSWORD, "낮잠자는-강아지-8").await.expect(204);
        sign_in(&app, PASSWORD).await.expect_problem(401, "WRONG_CREDENTIALS");
        sign_in(&app, "낮잠자는-강아지-8").await.expect(200);
    }

    async fn an_account_without_a_password_has_none_to_change(app) {
        let body = json!({"current_password": PASSWORD, "new_password": "낮잠자는-강아지-8"});
        app.learner("김하늘").await.patch("/users/me/password", body).await.expect_problem(422, "WRONG_PASSWORD");
    }

    async fn one_lists_ones_own_enrolments_only(app) {
        let (first, second) = (app.class().await, app.class().await);
        let me = app.learner_in(&first, "김하늘").await;
        app.learner_in(&first, "이가을").await;
        let later = json!({"user_id": me.id, "enrolled_on": "2026-08-01", "left_on": "2026-08-15"});
        second.lecturer.post(&format!("/classes/{}/enrolments", second.id), later).await.expect(201);
        let mine = me.get("/users/me/enrolments").await.expect(200);
        let seen: Vec<_> = mine.items().iter().map(|item| (item["class_id"].clone(), item["user"]["name"].clone())).collect();
        assert_eq!(seen, [(json!(second.id), json!("김하늘")), (json!(first.id), json!("김하늘"))]);
        assert_eq!(mine.items()[0]["class_title"], "수채화 기초 1기");
        assert_eq!(me.get("/users/me/enrolments?status=left").await.expect(200).body["total"], 1);
        assert_eq!(me.get("/users/me/enrolments?on=2026-09-01").await.expect(200).items()[0]["class_id"], json!(first.id));
        assert_eq!(me.walk("/users/me/enrolments?sort=enrolled_on", 1).await.len(), 2);
    }
}
