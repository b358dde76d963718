//! Calling with a key.

use chrono::TimeDelta;
use madang_tests::{api_test, json};

use super::{key, machine};

api_test! {
    async fn a_machine_does_what_its_key_names_and_nothing_else(app) {
        let manager = app.manager().await;
        let (class, other) = (app.class().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let terminal = machine(&app, &key(&manager, &["mark_attendance"]).await);
        let mark = json!({"user_id": learner.id, "status": "present"});
        let marked = terminal.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201);
        terminal.get("/courses").await.expect(200);
        for forbidden in ["/users", &format!("/classes/{}/enrolments", other.id), "/admin/audit-log", "/certifications"] {
            let status = terminal.get(forbidden).await.status;
            assert!(matches!(status, 403 | 404), "{forbidden}: {status}");
        }
        terminal.post("/courses", json!({"title": "새 강의"})).await.expect_problem(403, "FORBIDDEN");
        // What it does is done for its owner.
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}", marked.id())).await.expect(200);
        assert_eq!(log.items()[0]["actor"], json!(manager.id));
    }

    async fn a_machine_is_not_its_owner(app) {
        let admin = app.admin().await;
        let machine = machine(&app, &key(&admin, &["read_statistics", "manage_authorizations"]).await);
        for (own, method) in [("/auth/me", "GET"), ("/users/me", "GET"), ("/users/me", "DELETE"), ("/auth/sessions", "GET"),
            ("/auth/logout-all", "POST"), ("/api-keys", "GET"), ("/users/me/attendances", "GET")] {
            let answer = madang_tests::Answer::of(machine.request(method.parse().unwrap(), own)).await;
            answer.expect_problem(403, "FORBIDDEN");
        }
        machine.get(&format!("/users/{}", admin.id)).await.expect_problem(404, "USER_NOT_FOUND");
        let own = format!("/users/{}/authorizations", app.learner("김하늘").await.id);
        machine.put(&own, json!({"roles": ["admin"]})).await.expect_problem(403, "RIGHTS_NOT_HELD");
        admin.get("/auth/me").await.expect(200);
    }

    async fn a_key_loses_what_its_owner_loses_at_once(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let machine = machine(&app, &key(&manager, &["read_users", "read_statistics"]).await);
        machine.get("/users").await.expect(200);
        let rights = format!("/users/{}/authorizations", manager.id);
        admin.put(&rights, json!({"permissions": ["read_statistics"]})).await.expect(200);
        machine.get("/users").await.expect_problem(403, "FORBIDDEN");
        admin.delete(&format!("/users/{}", manager.id)).await.expect(204);
        machine.get("/courses").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn a_key_that_is_mistyped_unknown_or_over_opens_nothing(app) {
        let manager = app.manager().await;
        let made = key(&manager, &["read_users"]).await;
        let good = made.body["secret"].as_str().unwrap().to_owned();
        let mut mistyped = good.clone();
        mistyped.replace_range(10..11, if &good[10..11] == "x" { "y" } else { "x" });
        for bad in [mistyped.as_str(), &good[..good.len() - 1], "mdg_", "mdg_한글한글한글", &good[4..]] {
            let stranger = app.anonymous();
            let request = stranger.request(reqwest::Method::GET, "/users").header("Authorization", format!("Bearer {bad}").into_bytes());
            let answer = madang_tests::Answer::of(request).await;
            assert_eq!(answer.status, 401, "{bad}: {}", answer.text);
        }
        machine(&app, &made).get("/users").await.expect(200);
        app.advance(TimeDelta::days(29) + TimeDelta::hours(23));
        machine(&app, &made).get("/users").await.expect_problem(401, "TOKEN_INVALID");
    }

    async fn a_key_never_does_for_its_owner_what_the_owner_may_not_do_to_themselves(app) {
        let admin = app.admin().await;
        let clerk = app.manager().await;
        let rights = format!("/users/{}/authorizations", clerk.id);
        admin.put(&rights, json!({"roles": ["manager"], "permissions": ["manage_authorizations"]})).await.expect(200);
        let machine = machine(&app, &key(&clerk, &["manage_authorizations", "read_users", "read_statistics"]).await);
        let more = json!({"roles": ["manager"], "permissions": ["manage_authorizations", "read_statistics"]});
        clerk.put(&rights, more.clone()).await.expect_problem(403, "RIGHTS_NOT_HELD");
        machine.put(&rights, more).await.expect_problem(403, "RIGHTS_NOT_HELD");
        let other = format!("/users/{}/authorizations", app.learner("김하늘").await.id);
        machine.put(&other, json!({"roles": ["learner"], "permissions": ["read_statistics"]})).await.expect(200);
        machine.put(&other, json!({"roles": ["manager"]})).await.expect_problem(403, "RIGHTS_NOT_HELD");
        machine.put(&other, json!({"roles": ["learner"], "permissions": ["read_audit_log"]})).await.expect_problem(403, "RIGHTS_NOT_HELD");
    }

    async fn an_answer_that_was_kept_for_its_owner_is_none_for_a_machine(app) {
        let manager = app.manager().await;
        let course = json!({"title": "수채화"});
        manager.post_once("/courses", "key-1", course.clone()).await.expect(201);
        let machine = machine(&app, &key(&manager, &["read_users"]).await);
        machine.post_once("/courses", "key-1", course).await.expect_problem(403, "FORBIDDEN");
    }

    async fn a_machine_follows_what_it_imports_and_no_other_work_of_its_owner(app) {
        let manager = app.manager().await;
        let path = format!("/operations/{}", app.operation_of(manager.id).await);
        machine(&app, &key(&manager, &["import_data"]).await).get(&path).await.expect(200);
        machine(&app, &key(&manager, &["read_users"]).await).get(&path).await.expect_problem(404, "OPERATION_NOT_FOUND");
        let other = app.manager().await;
        let path = format!("/operations/{}", app.operation_of(other.id).await);
        machine(&app, &key(&manager, &["import_data"]).await).get(&path).await.expect_problem(404, "OPERATION_NOT_FOUND");
    }

    async fn requests_of_a_machine_count_for_its_owner(app, [("LIMIT_ANONYMOUS", "3"), ("LIMIT_USER", "4")]) {
        let manager = app.manager().await;
        let machine = machine(&app, &key(&manager, &["read_users"]).await);
        for left in [2, 1] {
            assert_eq!(machine.get("/users").await.expect(200).header("ratelimit"), format!("\"user\";r={left};t=900"));
        }
        assert_eq!(manager.get("/users").await.expect(200).header("ratelimit"), "\"user\";r=0;t=900");
        machine.get("/users").await.expect_problem(429, "TOO_MANY_REQUESTS");
        // A key that opens nothing counts for the place that it comes from.
        let stranger = app.anonymous().with_token("mdg_unknown");
        for _ in 0..3 {
            stranger.get("/users").await.expect_problem(401, "TOKEN_INVALID");
        }
        stranger.get("/users").await.expect_problem(429, "TOO_MANY_REQUESTS");
    }

    async fn a_machine_costs_one_statement_and_once_a_minute_two(app) {
        let machine = machine(&app, &key(&app.manager().await, &["read_users"]).await);
        let cost = async || {
            let before = app.statements();
            machine.get("/courses").await.expect(200);
            app.statements() - before
        };
        let first = cost().await;
        let warm = cost().await;
        app.advance(TimeDelta::seconds(5));
        let cold = cost().await;
        assert_eq!((first, cold), (warm + 2, warm + 1));
        app.advance(TimeDelta::seconds(55));
        assert_eq!(cost().await, first);
    }

    async fn the_last_use_is_noted_once_a_minute(app) {
        let manager = app.manager().await;
        let made = key(&manager, &["read_users"]).await;
        let path = format!("/api-keys/{}", made.id());
        assert_eq!(made.body["last_used_at"], json!(null));
        let machine = machine(&app, &made);
        for (seconds, noted) in [(0, "01:00:00"), (30, "01:00:00"), (25, "01:00:00"), (5, "01:01:00"), (59, "01:01:00"), (600, "01:11:59")] {
            app.advance(TimeDelta::seconds(seconds));
            machine.get("/users").await.expect(200);
            let manager = app.client_of(manager.id).await;
            assert_eq!(manager.get(&path).await.body["last_used_at"], format!("2026-09-01T{noted}Z"), "{seconds}");
        }
    }
}
