//! `POST /api-keys`, `GET /api-keys`.

use madang_domain::access::{Authorizations, Permission, Role};
use madang_tests::{api_test, json};

use super::{body, key, machine};

api_test! {
    async fn the_secret_is_shown_once_and_never_kept(app) {
        let manager = app.manager().await;
        let made = manager.post_once("/api-keys", "key-1", body(&["read_users"])).await.expect(201);
        let secret = made.body["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("mdg_") && secret.len() == 53, "{secret}");
        assert_eq!(made.body["permissions"], json!(["read_users"]));
        let again = manager.post_once("/api-keys", "key-1", body(&["read_users"])).await.expect(201);
        assert_eq!((again.id(), &again.body["secret"]), (made.id(), &json!(null)));
        assert_eq!(manager.get("/api-keys").await.body["total"], 1);
        let read = manager.get(&format!("/api-keys/{}", made.id())).await.expect(200);
        assert!(!read.text.contains("mdg_") && !read.text.contains("hash"));
        for table in ["api_keys", "idempotency_keys", "audit_log"] {
            let held = match table {
                "api_keys" => "SELECT hash AS value FROM api_keys",
                "idempotency_keys" => "SELECT body AS value FROM idempotency_keys WHERE body IS NOT NULL",
                _ => "SELECT CAST(new AS text) AS value FROM audit_log WHERE new IS NOT NULL",
            };
            for value in app.owner.read(held).await.unwrap() {
                assert!(!value.contains(&secret[4..47]), "{table}");
            }
        }
    }

    async fn nobody_makes_a_key_that_may_do_more_than_they(app) {
        let manager = app.manager().await;
        for beyond in [&["read_audit_log"][..], &["read_users", "manage_authorizations"]] {
            manager.post("/api-keys", body(beyond)).await.expect_problem(403, "RIGHTS_NOT_HELD");
        }
        app.learner("김하늘").await.post("/api-keys", body(&["read_users"])).await.expect_problem(403, "RIGHTS_NOT_HELD");
        // What a lecturer may do comes with a class, and no key holds that.
        app.class().await.lecturer.post("/api-keys", body(&["mark_attendance"])).await.expect_problem(403, "RIGHTS_NOT_HELD");
        let clerk = Authorizations { permissions: [Permission::ReadStatistics].into(), ..Authorizations::of_roles([Role::Learner]) };
        key(&app.user("통계 담당", clerk).await, &["read_statistics"]).await;
        // A key makes no keys.
        let machine = machine(&app, &key(&app.admin().await, &["manage_api_keys", "read_users"]).await);
        machine.post("/api-keys", body(&["read_users"])).await.expect_problem(403, "FORBIDDEN");
    }

    async fn what_is_wrong_with_a_key_is_told(app) {
        let manager = app.manager().await;
        for (field, value, code) in [
            ("name", json!(" "), "empty"),
            ("permissions", json!([]), "empty"),
            ("permissions", json!(["fly"]), "not_one_of"),
            ("expires_at", json!("2026-09-01T01:00:00Z"), "out_of_time"),
            ("expires_at", json!("2027-09-03T01:00:00Z"), "out_of_time"),
            ("owner_id", json!(manager.id), "unknown_field"),
        ] {
            let mut body = body(&["read_users"]);
            body[field] = value;
            let answer = manager.post("/api-keys", body).await.expect_problem(422, "VALIDATION_ERROR");
            let (pointer, found) = answer.faults()[0].clone();
            assert!(pointer.starts_with(&format!("/{field}")) && found == code, "{pointer} {found}");
        }
    }

    async fn everybody_sees_their_own_keys_and_who_may_manage_keys_all(app) {
        let (one, other, admin) = (app.manager().await, app.manager().await, app.admin().await);
        let mine = key(&one, &["read_users"]).await.id();
        key(&other, &["read_users"]).await;
        assert_eq!(one.get("/api-keys").await.expect(200).items().len(), 1);
        assert_eq!(one.get(&format!("/api-keys?owner_id={}", other.id)).await.items().len(), 1);
        assert_eq!(admin.get("/api-keys").await.items().len(), 2);
        assert_eq!(admin.get(&format!("/api-keys?owner_id={}", one.id)).await.items()[0]["id"], json!(mine));
        other.get(&format!("/api-keys/{mine}")).await.expect_problem(404, "API_KEY_NOT_FOUND");
        admin.get(&format!("/api-keys/{mine}")).await.expect(200);
    }
}
