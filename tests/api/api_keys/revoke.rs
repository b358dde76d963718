//! `DELETE /api-keys/{id}`.

use madang_tests::{api_test, json};

use super::{key, machine};

api_test! {
    async fn a_revoked_key_opens_nothing_at_once(app) {
        let manager = app.manager().await;
        let made = key(&manager, &["read_users"]).await;
        let machine = machine(&app, &made);
        machine.get("/users").await.expect(200);
        let path = format!("/api-keys/{}", made.id());
        manager.delete(&path).await.expect(204);
        machine.get("/users").await.expect_problem(401, "TOKEN_INVALID");
        manager.delete(&path).await.expect(204);
        assert_eq!(manager.get(&path).await.body["revoked_at"], "2026-09-01T01:00:00Z");
        let log = app.admin().await.get(&format!("/admin/audit-log?entity=api_key&entity_id={}", made.id())).await.expect(200);
        let actions: Vec<_> = log.items().iter().map(|entry| entry["action"].clone()).collect();
        assert_eq!(actions, [json!("update"), json!("create")]);
    }

    async fn keys_end_with_the_account_of_their_owner_and_do_not_come_back_with_it(app) {
        let (owner, other, admin) = (app.manager().await, app.manager().await, app.admin().await);
        let (made, kept) = (key(&owner, &["read_users"]).await, key(&other, &["read_users"]).await);
        let account = format!("/users/{}", owner.id);
        machine(&app, &made).get("/users").await.expect(200);
        let (deactivated, cost) = app.costed(&admin, admin.delete(&account)).await;
        deactivated.expect(204);
        assert!(cost <= 6, "{cost}");
        machine(&app, &made).get("/users").await.expect_problem(401, "TOKEN_INVALID");
        let read = admin.get(&format!("/api-keys/{}", made.id())).await.expect(200);
        assert_eq!(read.body["revoked_at"], "2026-09-01T01:00:00Z");
        let log = admin.get(&format!("/admin/audit-log?entity=api_key&entity_id={}", made.id())).await.expect(200);
        assert_eq!((&log.items()[0]["actor"], &log.items()[0]["old"]["revoked_at"]), (&json!(admin.id), &json!(null)));
        assert_eq!(log.items()[0]["new"]["revoked_at"], "2026-09-01T01:00:00Z");
        admin.patch(&account, json!({"is_active": true})).await.expect(200);
        machine(&app, &made).get("/users").await.expect_problem(401, "TOKEN_INVALID");
        machine(&app, &kept).get("/users").await.expect(200);
    }

    async fn while_its_owner_is_suspended_a_key_opens_nothing(app) {
        let (owner, admin) = (app.manager().await, app.admin().await);
        let machine = machine(&app, &key(&owner, &["read_users"]).await);
        machine.get("/users").await.expect(200);
        let path = format!("/admin/users/{}/suspend", owner.id);
        admin.patch(&path, json!({"reason": "비방"})).await.expect(200);
        machine.get("/users").await.expect_problem(401, "TOKEN_INVALID");
        admin.patch(&path, json!({"suspended": false})).await.expect(200);
        machine.get("/users").await.expect(200);
    }

    async fn only_its_owner_and_who_may_manage_keys_revoke_it(app) {
        let (owner, other, admin) = (app.manager().await, app.manager().await, app.admin().await);
        let made = key(&owner, &["read_users"]).await;
        let path = format!("/api-keys/{}", made.id());
        other.delete(&path).await.expect_problem(404, "API_KEY_NOT_FOUND");
        machine(&app, &made).delete(&path).await.expect_problem(404, "API_KEY_NOT_FOUND");
        machine(&app, &made).get("/users").await.expect(200);
        admin.delete(&path).await.expect(204);
        machine(&app, &made).get("/users").await.expect_problem(401, "TOKEN_INVALID");
    }
}
