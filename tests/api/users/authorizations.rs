//! `PUT /users/{id}/authorizations`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

api_test! {
    async fn an_admin_says_what_a_user_may_do_and_it_holds_at_once(app) {
        let (admin, learner) = (app.admin().await, app.learner("김하늘").await);
        let path = format!("/users/{}/authorizations", learner.id);
        learner.get("/users").await.expect_problem(403, "FORBIDDEN");
        let body = json!({"roles": ["manager", "learner"], "permissions": ["read_audit_log"]});
        let changed = admin.put(&path, body).await.expect(200);
        let held = json!({"roles": ["manager", "learner"], "permissions": ["read_audit_log"], "classes": {}});
        assert_eq!((&changed.body["authorizations"], changed.header("etag")), (&held, "\"2\"".to_owned()));
        learner.get("/users").await.expect(200);
        admin.put(&path, json!({})).await.expect(200);
        learner.get("/users").await.expect_problem(403, "FORBIDDEN");
    }

    async fn a_role_in_one_class_gives_power_there_only(app) {
        let (admin, helper) = (app.admin().await, app.learner("최조교").await);
        let (mine, other) = (app.class().await, app.class().await);
        let roster = |id: Uuid| format!("/classes/{id}/enrolments");
        helper.get(&roster(mine.id)).await.expect_problem(403, "FORBIDDEN");
        let body = json!({"roles": ["learner"], "classes": {mine.id.to_string(): ["assistant"]}});
        admin.put(&format!("/users/{}/authorizations", helper.id), body).await.expect(200);
        helper.get(&roster(mine.id)).await.expect(200);
        helper.get(&roster(other.id)).await.expect_problem(403, "FORBIDDEN");
    }

    async fn only_an_admin_gives_power(app) {
        let learner = app.learner("김하늘").await;
        let path = format!("/users/{}/authorizations", learner.id);
        let lecturer = app.user("이강사", Authorizations::of_roles([Role::Lecturer])).await;
        for caller in [app.manager().await, lecturer, learner] {
            caller.put(&path, json!({"roles": ["admin"]})).await.expect_problem(403, "FORBIDDEN");
        }
    }

    async fn what_is_unknown_is_refused_and_what_is_stale_too(app) {
        let (admin, learner) = (app.admin().await, app.learner("김하늘").await);
        let path = format!("/users/{}/authorizations", learner.id);
        for (body, pointer, code) in [
            (json!({"roles": ["king"]}), "/roles/0", "not_one_of"),
            (json!({"permissions": ["fly"]}), "/permissions/0", "not_one_of"),
            (json!({"roles": "admin"}), "/roles", "wrong_type"),
            (json!({"powers": []}), "/powers", "unknown_field"),
        ] {
            let answer = admin.put(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
        let stale = admin.request(Method::PUT, &path).header("If-Match", "\"7\"").json(&json!({"roles": ["manager"]}));
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        let nobody = format!("/users/{}/authorizations", Uuid::nil());
        admin.put(&nobody, json!({})).await.expect_problem(404, "USER_NOT_FOUND");
    }

    async fn the_last_admin_can_not_give_up_power(app) {
        let admin = app.admin().await;
        let path = format!("/users/{}/authorizations", admin.id);
        admin.put(&path, json!({"roles": ["manager"]})).await.expect_problem(409, "LAST_ADMIN");
        admin.get("/users").await.expect(200);
    }
}
