//! Suspending accounts and lifting it.

use madang_tests::{api_test, json};

use super::{PASSWORD, holder, refresh, refresh_token, register, sign_in};

api_test! {
    async fn a_suspended_user_is_signed_out_and_told_why_until_it_is_lifted(app) {
        let tokens = register(&app, "haneul").await;
        let manager = app.manager().await;
        let path = format!("/admin/users/{}/suspend", tokens.id());
        let suspended = manager.patch(&path, json!({"reason": "다른 수강생 비방"})).await.expect(200);
        assert_eq!(
            (&suspended.body["suspended_at"], &suspended.body["suspension_reason"], &suspended.body["is_active"]),
            (&json!("2026-09-01T01:00:00Z"), &json!("다른 수강생 비방"), &json!(true))
        );
        holder(&app, &tokens).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        refresh(&app, &refresh_token(&tokens)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        let refused = sign_in(&app, "haneul", PASSWORD).await.expect_problem(403, "ACCOUNT_SUSPENDED");
        assert!(refused.body["detail"].as_str().unwrap().contains("다른 수강생 비방"));
        sign_in(&app, "haneul", "다른-비밀번호-8").await.expect_problem(401, "WRONG_CREDENTIALS");

        let lifted = manager.patch(&path, json!({"suspended": false})).await.expect(200);
        assert_eq!((&lifted.body["suspended_at"], &lifted.body["suspension_reason"]), (&json!(null), &json!(null)));
        refresh(&app, &refresh_token(&tokens)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        sign_in(&app, "haneul", PASSWORD).await.expect(200);
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}", tokens.id())).await.expect(200);
        assert_eq!(log.items()[1]["new"]["suspension_reason"], "다른 수강생 비방");
    }

    async fn another_reason_leaves_the_day_of_the_suspension(app) {
        let learner = app.learner("김하늘").await;
        let manager = app.manager().await;
        let path = format!("/admin/users/{}/suspend", learner.id);
        manager.patch(&path, json!({"suspended": true, "reason": "비방"})).await.expect(200);
        app.advance(chrono::TimeDelta::minutes(1));
        let again = manager.patch(&path, json!({"reason": "비방과 도배"})).await.expect(200);
        assert_eq!((&again.body["suspended_at"], &again.body["version"]), (&json!("2026-09-01T01:00:00Z"), &json!(3)));
    }

    async fn a_suspension_needs_a_reason_and_its_end_none(app) {
        let learner = app.learner("김하늘").await;
        let manager = app.manager().await;
        let path = format!("/admin/users/{}/suspend", learner.id);
        for (body, code) in [
            (json!({}), "missing"),
            (json!({"suspended": true}), "missing"),
            (json!({"reason": ""}), "empty"),
            (json!({"reason": "x".repeat(501)}), "too_long"),
            (json!({"suspended": false, "reason": "x"}), "inconsistent"),
        ] {
            let answer = manager.patch(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/reason".to_owned(), code.to_owned())]);
        }
        manager.patch(&path, json!({"reason": "x", "is_active": false})).await.expect_problem(422, "VALIDATION_ERROR");
        let missing = format!("/admin/users/{}/suspend", uuid::Uuid::nil());
        manager.patch(&missing, json!({"reason": "x"})).await.expect_problem(404, "USER_NOT_FOUND");
    }

    async fn who_holds_power_is_suspended_by_admins_and_the_last_admin_by_nobody(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let path = |id| format!("/admin/users/{id}/suspend");
        let body = json!({"reason": "x"});
        manager.patch(&path(admin.id), body.clone()).await.expect_problem(403, "FORBIDDEN");
        app.learner("김하늘").await.patch(&path(manager.id), body.clone()).await.expect_problem(404, "USER_NOT_FOUND");
        admin.patch(&path(admin.id), body.clone()).await.expect_problem(409, "LAST_ADMIN");
        admin.patch(&path(manager.id), body.clone()).await.expect(200);
        let second = app.admin().await;
        second.patch(&path(admin.id), body.clone()).await.expect(200);
        second.patch(&path(second.id), body).await.expect_problem(409, "LAST_ADMIN");
    }
}
