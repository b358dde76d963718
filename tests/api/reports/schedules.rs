//! Reports by mail: who gets which, and when.

use chrono::TimeDelta;
use madang_domain::{
    access::{Authorizations, Role},
    store::{Store, finish},
};
use madang_tests::{Client, TestApp, api_test, json};
use uuid::Uuid;

/// A manager whose address is proven.
async fn reachable(app: &TestApp, name: &str, address: &str) -> Client {
    let manager = app.user(name, Authorizations::of_roles([Role::Manager])).await;
    let id = madang_domain::ids::UserId(manager.id);
    let mut unit = app.database.begin().await.unwrap();
    let outcome = async {
        let mut user = unit.users().find_for_update(id).await?.unwrap();
        user.email = Some(madang_domain::text::Email::parse(address).unwrap());
        user.email_verified_at = Some(app.now());
        user.version += 1;
        unit.users().update(&user).await
    }
    .await;
    finish::<_, madang_domain::error::RepositoryError>(unit, outcome).await.unwrap();
    manager
}

api_test! {
    async fn a_schedule_is_made_changed_paused_and_removed(app) {
        let manager = app.manager().await;
        let course = app.course("수채화").await;
        let made = manager
            .post("/report-schedules", json!({"period": "weekly", "course_id": course, "recipients": [manager.id]}))
            .await
            .expect(201);
        let path = format!("/report-schedules/{}", made.id());
        assert_eq!(made.header("location"), format!("/api/v1{path}"));
        let found = manager.get(&path).await.expect(200);
        assert_eq!(found.body, made.body);
        assert_eq!((&found.body["course_id"], &found.body["is_active"]), (&json!(course), &json!(true)));
        let changed = manager.patch(&path, json!({"course_id": null, "period": "monthly", "is_active": false})).await.expect(200);
        assert_eq!((&changed.body["course_id"], &changed.body["version"]), (&json!(null), &json!(2)));
        for (query, count) in [("", 1), ("?period=monthly", 1), ("?period=weekly", 0), ("?is_active=true", 0)] {
            assert_eq!(manager.get(&format!("/report-schedules{query}")).await.expect(200).body["total"], count, "{query}");
        }
        manager.delete(&path).await.expect(204);
        manager.get(&path).await.expect_problem(404, "REPORT_SCHEDULE_NOT_FOUND");
        let log = app.admin().await.get("/admin/audit-log?entity=report_schedule").await.expect(200);
        assert_eq!(log.items().len(), 3);
    }

    async fn only_who_may_see_the_figures_is_told_and_only_of_courses_that_exist(app) {
        let manager = app.manager().await;
        let learner = app.learner("김하늘").await;
        let nobody = Uuid::from_u128(7);
        for (body, pointer) in [
            (json!({"period": "weekly", "recipients": [manager.id, learner.id]}), format!("/recipients/{}", learner.id)),
            (json!({"period": "weekly", "recipients": [nobody]}), format!("/recipients/{nobody}")),
            (json!({"period": "weekly", "recipients": []}), "/recipients".to_owned()),
            (json!({"period": "weekly", "recipients": [manager.id], "course_id": nobody}), "/course_id".to_owned()),
        ] {
            let refused = manager.post("/report-schedules", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.body["errors"][0]["pointer"], pointer);
        }
        learner.post("/report-schedules", json!({"period": "weekly", "recipients": [learner.id]})).await.expect_problem(403, "FORBIDDEN");
        learner.get("/report-schedules").await.expect_problem(403, "FORBIDDEN");
        assert_eq!(manager.get("/report-schedules").await.expect(200).body["total"], 0);
    }

    async fn each_recipient_gets_one_mail_on_the_monday_after_the_week(app) {
        let first = reachable(&app, "이담당", "first@example.org").await;
        let second = reachable(&app, "박담당", "second@example.org").await;
        let unproven = app.manager().await;
        let recipients = [first.id, second.id, unproven.id];
        let schedule = first.post("/report-schedules", json!({"period": "weekly", "recipients": recipients})).await.expect(201).id();
        let service = app.app.services().report_schedules.clone();
        let monday = "2026-08-31".parse().unwrap();
        assert_eq!(service.announce("2026-09-01".parse().unwrap()).await.unwrap(), 0);
        assert_eq!(service.announce(monday).await.unwrap(), 2);
        // A job that runs again tells nobody twice.
        assert_eq!(service.announce(monday).await.unwrap(), 0);
        app.work().await;
        let mails = app.mails().await;
        let mut told: Vec<&str> = mails.iter().map(|mail| mail.to()).collect();
        told.sort_unstable();
        assert_eq!(told, ["first@example.org", "second@example.org"]);
        assert_eq!(mails[0].subject(), "[마당] 주간 출석 보고서 2026-08-24 ~ 2026-08-30");
        let link = "/reports/attendance?period=weekly&from=2026-08-24&to=2026-08-30";
        assert!(mails[0].text().contains(link) && mails[0].text().contains("전체 강의"), "{}", mails[0].text());

        // Who may not see the figures any more is passed over, and so is everybody once it is paused.
        app.admin().await.put(&format!("/users/{}/authorizations", second.id), json!({"roles": ["learner"]})).await.expect(200);
        assert_eq!(service.announce("2026-09-07".parse().unwrap()).await.unwrap(), 1);
        first.patch(&format!("/report-schedules/{schedule}"), json!({"is_active": false})).await.expect(200);
        assert_eq!(service.announce("2026-09-14".parse().unwrap()).await.unwrap(), 0);
    }

    async fn the_worker_announces_by_itself_each_morning(app) {
        let manager = reachable(&app, "이담당", "first@example.org").await;
        manager.post("/report-schedules", json!({"period": "monthly", "recipients": [manager.id]})).await.expect(201);
        // The worker comes by after seven on the first of October.
        while app.now() < "2026-09-30T22:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() {
            app.advance(TimeDelta::hours(12));
        }
        app.work().await;
        let subjects: Vec<String> = app.mails().await.iter().map(|mail| mail.subject().to_owned()).collect();
        assert_eq!(subjects, ["[마당] 월간 출석 보고서 2026-09-01 ~ 2026-09-30"]);
    }
}
