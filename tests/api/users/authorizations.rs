//! `PUT /users/{id}/authorizations`.

use madang_domain::{
    access::{Authorizations, Caller, Permission, Role},
    accounts::{User, UserError},
    ids::UserId,
    stamps::Expected,
};
use madang_tests::{Answer, Client, api_test, json};
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

    async fn who_may_grant_grants_what_they_hold_and_never_to_themselves(app) {
        let rights = Authorizations { permissions: [Permission::ManageAuthorizations].into(), ..Authorizations::of_roles([Role::Manager]) };
        let granter = app.user("권한 담당", rights).await;
        let (admin, learner) = (app.admin().await, app.learner("김하늘").await);
        let path = format!("/users/{}/authorizations", learner.id);
        granter.put(&path, json!({"roles": ["manager"], "permissions": ["read_statistics"]})).await.expect(200);
        for beyond in [json!({"roles": ["admin"]}), json!({"permissions": ["read_audit_log"]})] {
            granter.put(&path, beyond).await.expect_problem(403, "RIGHTS_NOT_HELD");
        }
        let over = format!("/users/{}/authorizations", admin.id);
        granter.put(&over, json!({"roles": ["learner"]})).await.expect_problem(403, "RIGHTS_NOT_HELD");
        let own = format!("/users/{}/authorizations", granter.id);
        let more = json!({"roles": ["manager"], "permissions": ["manage_authorizations", "read_statistics"]});
        granter.put(&own, more).await.expect_problem(403, "RIGHTS_NOT_HELD");
        // An account that holds power stays the admins' to change: its address would lead to its password.
        granter.patch(&format!("/users/{}", admin.id), json!({"email": "mine@example.org"})).await.expect_problem(403, "FORBIDDEN");
        granter.put(&own, json!({"roles": ["learner"]})).await.expect(200);
        granter.put(&path, json!({"roles": ["learner"]})).await.expect_problem(403, "FORBIDDEN");
    }

    async fn a_role_in_a_class_that_does_not_exist_is_refused(app) {
        let (admin, learner, class) = (app.admin().await, app.learner("김하늘").await, app.class().await);
        let path = format!("/users/{}/authorizations", learner.id);
        let unknown = Uuid::from_u128(9);
        let body = json!({"classes": {class.id.to_string(): ["lecturer"], unknown.to_string(): ["assistant"]}});
        let answer = admin.put(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(answer.faults(), [(format!("/classes/{unknown}"), "no_such_thing".to_owned())]);
        let kept = admin.get(&format!("/users/{}", learner.id)).await.expect(200);
        assert_eq!(kept.body["authorizations"]["classes"], json!({}));
    }

    async fn of_two_admins_who_dethrone_each_other_at_once_one_stays(app) {
        for round in 0..6 {
            let (one, two) = (app.admin().await, app.admin().await);
            let demote = |by: &Client, of: &Client| {
                let (users, by, of) = (app.app.services().users.clone(), by.id, of.id);
                tokio::spawn(async move {
                    let caller = Caller::user(UserId(by), Authorizations::of_roles([Role::Admin]));
                    let rights = Authorizations::of_roles([Role::Learner]);
                    match round % 2 {
                        0 => users.set_authorizations(&caller, UserId(of), Expected::Any, rights).await.map(drop),
                        _ => users.deactivate(&caller, UserId(of), Expected::Any).await,
                    }
                })
            };
            let (first, second) = (demote(&one, &two), demote(&two, &one));
            let outcomes = [first.await.unwrap(), second.await.unwrap()];
            assert!(outcomes.iter().any(Result::is_ok), "{outcomes:?}");
            assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(UserError::LastAdmin))), "{outcomes:?}");
            let mut unit = app.app.services().yard.store.begin().await.unwrap();
            assert_eq!(unit.users().count_admins().await.unwrap(), 1);
            for admin in [&one, &two] {
                let user = unit.users().find(UserId(admin.id)).await.unwrap().unwrap();
                let gone = User { authorizations: Authorizations::default(), version: user.version + 1, ..user };
                unit.users().update(&gone).await.unwrap();
            }
            unit.commit().await.unwrap();
        }
    }

    async fn the_last_admin_can_not_leave_or_be_put_away(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let path = format!("/users/{}", admin.id);
        admin.delete("/users/me").await.expect_problem(409, "LAST_ADMIN");
        admin.delete(&path).await.expect_problem(409, "LAST_ADMIN");
        admin.patch(&path, json!({"is_active": false})).await.expect_problem(409, "LAST_ADMIN");
        admin.put(&format!("{path}/authorizations"), json!({"permissions": ["read_users"]})).await.expect_problem(409, "LAST_ADMIN");
        manager.delete(&path).await.expect_problem(403, "FORBIDDEN");
        // An admin who has been put away does not count.
        let other = app.admin().await;
        admin.delete(&format!("/users/{}", other.id)).await.expect(204);
        admin.delete(&path).await.expect_problem(409, "LAST_ADMIN");
    }
}
