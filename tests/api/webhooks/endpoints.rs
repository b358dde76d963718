//! `/webhook-endpoints`.

use chrono::TimeDelta;
use madang_tests::{Receiver, api_test, json};
use reqwest::Method;

use super::{close, endpoint};

api_test! {
    async fn the_secret_is_shown_once_and_kept_nowhere(app) {
        let admin = app.admin().await;
        let body = json!({"url": "https://hooks.example.org/madang", "description": "학사 시스템", "kinds": ["class.closed"]});
        let made = admin.post_once("/webhook-endpoints", "key-1", body.clone()).await.expect(201);
        let secret = made.string("secret");
        assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
        assert_eq!((&made.body["is_active"], &made.body["kinds"]), (&json!(true), &json!(["class.closed"])));
        let again = admin.post_once("/webhook-endpoints", "key-1", body).await.expect(201);
        assert_eq!((again.id(), &again.body["secret"]), (made.id(), &json!(null)));
        let read = admin.get(&format!("/webhook-endpoints/{}", made.id())).await.expect(200);
        assert!(!read.text.contains("whsec_"));
        for (table, held) in [
            ("webhook_endpoints", "SELECT url || coalesce(description, '') AS value FROM webhook_endpoints"),
            ("idempotency_keys", "SELECT body AS value FROM idempotency_keys WHERE body IS NOT NULL"),
            ("audit_log", "SELECT CAST(new AS text) AS value FROM audit_log WHERE new IS NOT NULL"),
        ] {
            for value in app.owner.read(held).await.unwrap() {
                assert!(!value.contains(&secret[6..40]), "{table}");
            }
        }
        // A path is often a secret of the receiver's.
        let log = admin.get(&format!("/admin/audit-log?entity=webhook_endpoint&entity_id={}", made.id())).await.expect(200);
        assert_eq!(log.items()[0]["new"]["host"], "hooks.example.org");
        assert!(!log.text.contains("/madang"), "{}", log.text);
    }

    async fn only_who_manages_webhooks_sees_them(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let made = admin.post("/webhook-endpoints", json!({"url": "https://hooks.example.org/x"})).await.expect(201);
        manager.get("/webhook-endpoints").await.expect_problem(403, "FORBIDDEN");
        manager.get(&format!("/webhook-endpoints/{}", made.id())).await.expect_problem(403, "FORBIDDEN");
        manager.get(&format!("/webhook-endpoints/{}/deliveries", made.id())).await.expect_problem(403, "FORBIDDEN");
        let rights = format!("/users/{}/authorizations", manager.id);
        admin.put(&rights, json!({"roles": ["manager"], "permissions": ["manage_webhooks"]})).await.expect(200);
        assert_eq!(manager.get("/webhook-endpoints").await.expect(200).items().len(), 1);
    }

    async fn webhooks_go_to_the_public_internet_over_tls_only(app) {
        let admin = app.admin().await;
        for url in [
            "http://hooks.example.org/", "https://127.0.0.1/", "https://0x7f000001/", "https://[::1]/", "https://10.0.0.7:8443/x",
            "https://169.254.169.254/latest/meta-data", "https://localhost/", "https://db.internal/", "https://[::ffff:192.168.0.1]/",
        ] {
            let answer = admin.post("/webhook-endpoints", json!({"url": url})).await.expect_problem(422, "WEBHOOK_ADDRESS_REFUSED");
            assert_eq!(answer.faults()[0].0, "/url", "{url}");
        }
        let made = admin.post("/webhook-endpoints", json!({"url": "https://hooks.example.org/x"})).await.expect(201);
        let path = format!("/webhook-endpoints/{}", made.id());
        admin.patch(&path, json!({"url": "https://192.168.0.1/"})).await.expect_problem(422, "WEBHOOK_ADDRESS_REFUSED");
    }

    async fn what_is_wrong_with_an_endpoint_is_told(app) {
        let admin = app.admin().await;
        for (field, value, code) in [
            ("url", json!(" "), "empty"),
            ("url", json!("ftp://hooks.example.org"), "invalid_format"),
            ("url", json!("https://u:p@hooks.example.org"), "invalid_format"),
            ("url", json!(format!("https://hooks.example.org/{}", "x".repeat(500))), "too_long"),
            ("kinds", json!(["class.lost"]), "not_one_of"),
            ("description", json!("가".repeat(201)), "too_long"),
            ("secret", json!("whsec_x"), "unknown_field"),
        ] {
            let mut body = json!({"url": "https://hooks.example.org/x"});
            body[field] = value;
            let answer = admin.post("/webhook-endpoints", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults()[0], (format!("/{field}"), code.to_owned()));
        }
        let made = admin.post("/webhook-endpoints", json!({"url": "https://hooks.example.org/x"})).await.expect(201);
        let path = format!("/webhook-endpoints/{}", made.id());
        admin.post(&format!("{path}/rotate-secret"), json!({"overlap_hours": 169})).await.expect_problem(422, "VALIDATION_ERROR");
        for body in [json!({}), json!({"delivery_ids": []}), json!({"delivery_ids": [made.id()], "missed_since": "2026-09-01T00:00:00Z"})] {
            admin.post(&format!("{path}/redeliver"), body).await.expect_problem(422, "VALIDATION_ERROR");
        }
    }

    async fn an_endpoint_is_changed_by_its_version_and_every_change_is_in_the_log(app) {
        let admin = app.admin().await;
        let made = admin.post("/webhook-endpoints", json!({"url": "https://hooks.example.org/x", "description": "하나"})).await.expect(201);
        let path = format!("/webhook-endpoints/{}", made.id());
        let stale = admin.request(Method::PATCH, &path).header("If-Match", "\"2\"").json(&json!({"kinds": ["class.closed"]}));
        madang_tests::Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        let changed = admin.patch(&path, json!({"kinds": ["class.closed"], "description": null, "is_active": false})).await.expect(200);
        assert_eq!((&changed.body["version"], &changed.body["description"], &changed.body["disabled_because"]), (&json!(2), &json!(null), &json!("by_hand")));
        assert_eq!(changed.header("etag"), "\"2\"");
        let unchanged = admin.patch(&path, json!({"is_active": false})).await.expect(200);
        assert_eq!(unchanged.body["version"], json!(2));
        admin.patch(&path, json!({"is_active": true})).await.expect(200);
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.expect_problem(404, "WEBHOOK_ENDPOINT_NOT_FOUND");
        let log = admin.get(&format!("/admin/audit-log?entity=webhook_endpoint&entity_id={}", made.id())).await.expect(200);
        let actions: Vec<_> = log.items().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["delete", "update", "update", "create"]);
    }

    async fn after_a_rotation_both_secrets_sign_for_a_while(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        let old = made.string("secret");
        let path = format!("/webhook-endpoints/{}/rotate-secret", made.id());
        let new = admin.post(&path, json!({"overlap_hours": 2})).await.expect(200).string("secret");
        assert_ne!(old, new);
        close(&app, &app.class().await).await;
        app.advance(TimeDelta::hours(2));
        close(&app, &app.class().await).await;
        let received = receiver.received();
        let signed: Vec<_> = received.iter().map(|one| (one.is_signed_with(&old), one.is_signed_with(&new))).collect();
        assert_eq!(signed, [(true, true), (false, true)]);
        assert_eq!(received[0].signature.split(' ').count(), 2);
        // At once, where the old one is known to somebody else.
        let admin = app.client_of(admin.id).await;
        let newest = admin.post(&path, json!({"overlap_hours": 0})).await.expect(200).string("secret");
        close(&app, &app.class().await).await;
        let last = receiver.received().pop().unwrap();
        assert_eq!((last.is_signed_with(&new), last.is_signed_with(&newest)), (false, true));
    }
}
