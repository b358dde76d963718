//! `GET`, `PUT`, `PATCH` and `DELETE /users/{id}`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

api_test! {
    async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_names_null(app) {
        let manager = app.manager().await;
        let body = json!({"auth_type": "temp", "username": "guest", "name": "박손님", "email": "guest@example.org", "phone": "010-1234-5678"});
        let path = format!("/users/{}", manager.post("/users", body).await.expect(201).id());
        let patched = manager.patch(&path, json!({"email": null, "name": "박하늘"})).await.expect(200);
        assert_eq!(
            (&patched.body["username"], &patched.body["name"], &patched.body["email"], &patched.body["phone"]),
            (&json!("guest"), &json!("박하늘"), &json!(null), &json!("+821012345678"))
        );
        assert_eq!(patched.header("etag"), "\"2\"");
        for field in ["username", "name", "is_active"] {
            let answer = manager.patch(&path, json!({field: null})).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults()[0].0, format!("/{field}"));
        }
        // Nothing changes, so no version does.
        assert_eq!(manager.patch(&path, json!({"name": "박하늘"})).await.expect(200).body["version"], 2);
    }

    async fn a_put_replaces_everything(app) {
        let manager = app.manager().await;
        let body = json!({"auth_type": "temp", "name": "박손님", "email": "guest@example.org", "phone": "010-1234-5678"});
        let path = format!("/users/{}", manager.post("/users", body).await.expect(201).id());
        let put = manager.put(&path, json!({"username": "guest", "name": "박하늘", "is_active": true})).await.expect(200);
        assert_eq!(
            (&put.body["username"], &put.body["email"], &put.body["phone"]),
            (&json!("guest"), &json!(null), &json!(null))
        );
        let answer = manager.put(&path, json!({"username": "guest", "name": "박하늘"})).await;
        assert_eq!(answer.expect_problem(422, "VALIDATION_ERROR").faults(), [("/is_active".to_owned(), "missing".to_owned())]);
        manager.put(&path, json!({"username": "guest", "name": "박하늘", "is_active": true, "password": "x"}))
            .await
            .expect_problem(422, "VALIDATION_ERROR");
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let manager = app.manager().await;
        let path = format!("/users/{}", app.learner("김하늘").await.id);
        let send = async |method: Method, etag: &str, body: serde_json::Value| {
            Answer::of(manager.request(method, &path).header("If-Match", etag).json(&body)).await
        };
        send(Method::PATCH, "\"1\"", json!({"name": "김가을"})).await.expect(200);
        let whole = json!({"username": "haneul", "name": "김겨울", "is_active": true});
        send(Method::PATCH, "\"1\"", json!({"name": "김겨울"})).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::PUT, "\"1\"", whole).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::DELETE, "\"1\"", json!({})).await.expect_problem(412, "PRECONDITION_FAILED");
        assert_eq!(manager.get(&path).await.body["name"], "김가을");
        send(Method::DELETE, "\"2\"", json!({})).await.expect(204);
    }

    async fn a_user_that_has_not_changed_is_not_sent_again(app) {
        let manager = app.manager().await;
        let path = format!("/users/{}", app.learner("김하늘").await.id);
        let etag = manager.get(&path).await.expect(200).header("etag");
        let again = Answer::of(manager.request(Method::GET, &path).header("If-None-Match", &etag)).await.expect(304);
        assert!(again.text.is_empty());
    }

    async fn one_sees_oneself_and_no_other_learner(app) {
        let (me, other) = (app.learner("김하늘").await, app.learner("이가을").await);
        assert_eq!(me.get(&format!("/users/{}", me.id)).await.expect(200).id(), me.id);
        for id in [other.id, Uuid::nil()] {
            let path = format!("/users/{id}");
            me.get(&path).await.expect_problem(404, "USER_NOT_FOUND");
            me.patch(&path, json!({"name": "x"})).await.expect_problem(404, "USER_NOT_FOUND");
            me.delete(&path).await.expect_problem(404, "USER_NOT_FOUND");
        }
        app.manager().await.get(&format!("/users/{}", Uuid::nil())).await.expect_problem(404, "USER_NOT_FOUND");
    }

    async fn one_changes_ones_own_name_but_not_whether_one_is_active(app) {
        let me = app.learner("김하늘").await;
        let path = format!("/users/{}", me.id);
        me.patch(&path, json!({"name": "김가을"})).await.expect(200);
        me.patch(&path, json!({"is_active": true})).await.expect_problem(403, "FORBIDDEN");
    }

    async fn an_account_that_holds_power_is_the_admins_to_change(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let other = app.user("다른 담당자", Authorizations::of_roles([Role::Manager])).await;
        for id in [admin.id, other.id] {
            let path = format!("/users/{id}");
            manager.patch(&path, json!({"name": "x"})).await.expect_problem(403, "FORBIDDEN");
            manager.delete(&path).await.expect_problem(403, "FORBIDDEN");
        }
        admin.patch(&format!("/users/{}", other.id), json!({"name": "새 담당자"})).await.expect(200);
    }

    async fn who_is_deactivated_is_locked_out_at_once_and_let_in_again(app) {
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        let path = format!("/users/{}", learner.id);
        learner.get("/users/me").await.expect(200);
        manager.delete(&path).await.expect(204);
        learner.get("/users/me").await.expect_problem(401, "TOKEN_INVALID");
        assert_eq!(manager.get(&path).await.expect(200).body["is_active"], false);
        manager.patch(&path, json!({"is_active": true})).await.expect(200);
        learner.get("/users/me").await.expect_problem(401, "TOKEN_INVALID");
        app.client_of(learner.id).await.get("/users/me").await.expect(200);
    }

    async fn the_last_admin_can_not_be_lost(app) {
        let admin = app.admin().await;
        let path = format!("/users/{}", admin.id);
        admin.delete(&path).await.expect_problem(409, "LAST_ADMIN");
        admin.patch(&path, json!({"is_active": false})).await.expect_problem(409, "LAST_ADMIN");
        app.admin().await;
        admin.delete(&path).await.expect(204);
    }

    async fn a_taken_username_is_refused(app) {
        let manager = app.manager().await;
        manager.post("/users", json!({"auth_type": "temp", "username": "haneul", "name": "김하늘"})).await.expect(201);
        let path = format!("/users/{}", app.learner("이가을").await.id);
        manager.patch(&path, json!({"username": "HANEUL"})).await.expect_problem(409, "USERNAME_TAKEN");
    }
}
