//! `GET /admin/audit-log`.

use chrono::TimeDelta;
use madang_domain::access::{Authorizations, Permission, Role};
use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn the_log_is_read_latest_first_and_filtered(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let first = manager.post("/courses", json!({"title": "수채화"})).await.expect(201).id();
        app.advance(TimeDelta::minutes(1));
        admin.patch(&format!("/courses/{first}"), json!({"title": "유화"})).await.expect(200);
        admin.post("/courses", json!({"title": "판화"})).await.expect(201);
        let found = async |filter: &str| {
            let log = admin.get(&format!("/admin/audit-log?{filter}")).await.expect(200);
            let one = |entry: &serde_json::Value| {
                format!("{} {}", entry["action"].as_str().unwrap(), entry["new"]["title"].as_str().unwrap())
            };
            log.items().iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(found("entity=course").await, ["create 판화", "update 유화", "create 수채화"]);
        assert_eq!(found(&format!("entity=course&entity_id={first}&sort=at")).await, ["create 수채화", "update 유화"]);
        assert_eq!(found(&format!("actor={}", manager.id)).await, ["create 수채화"]);
        assert_eq!(found("from=2026-09-01T01:01:00Z").await.len(), 2);
        assert_eq!(found("to=2026-09-01T01:01:00Z&entity=course").await, ["create 수채화"]);
        assert_eq!(found("from=2026-09-02").await, Vec::<String>::new());
        assert_eq!(found("entity=lecture").await, Vec::<String>::new());
        let all = admin.get("/admin/audit-log?size=100").await.expect(200);
        assert_eq!(&admin.walk("/admin/audit-log", 2).await, all.items());
    }

    async fn only_admins_and_who_may_read_the_log_do(app) {
        app.anonymous().get("/admin/audit-log").await.expect_problem(401, "UNAUTHENTICATED");
        for client in [app.learner("김하늘").await, app.manager().await, app.class().await.lecturer] {
            client.get("/admin/audit-log").await.expect_problem(403, "FORBIDDEN");
        }
        app.admin().await.get("/admin/audit-log").await.expect(200);
        let reader = Authorizations { permissions: [Permission::ReadAuditLog].into(), ..Authorizations::of_roles([Role::Learner]) };
        app.user("감사", reader).await.get("/admin/audit-log").await.expect(200);
    }

    async fn parameters_that_can_not_be_read_are_named(app) {
        let admin = app.admin().await;
        for (query, name) in [
            ("entity_id=1", "?entity_id"), ("actor=me", "?actor"), ("from=now", "?from"), ("request_id=x", "?request_id"),
            (&format!("entity={}", "x".repeat(51)), "?entity"), ("sort=actor", "?sort"),
        ] {
            let answer = admin.get(&format!("/admin/audit-log?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name);
        }
        assert_eq!(admin.get(&format!("/admin/audit-log?entity_id={}", Uuid::nil())).await.expect(200).body["total"], 0);
    }
}
