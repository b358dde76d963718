//! Reports by mail: who gets which, and when.

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    access::{Authorizations, Role},
    error::RepositoryError,
    ids::UserId,
    mail::MailMessage,
    store::{Store, finish},
    text::Email,
};
use madang_tests::{Client, TestApp, api_test, json};
use reqwest::Method;
use uuid::Uuid;

use super::marked_class;

/// A manager whose address is proven.
async fn reachable(app: &TestApp, name: &str, address: &str) -> Client {
    let manager = app.user(name, Authorizations::of_roles([Role::Manager])).await;
    let mut unit = app.database.begin().await.unwrap();
    let outcome = async {
        let mut user = unit.users().find_for_update(UserId(manager.id)).await?.unwrap();
        user.email = Some(Email::parse(address).unwrap());
        user.email_verified_at = Some(app.now());
        user.version += 1;
        unit.users().update(&user).await
    }
    .await;
    finish::<_, RepositoryError>(unit, outcome).await.unwrap();
    manager
}

async fn scheduled(by: &Client, period: &str, recipients: &[&Client]) -> Uuid {
    let recipients: Vec<Uuid> = recipients.iter().map(|one| one.id).collect();
    by.post("/report-schedules", json!({"period": period, "recipients": recipients})).await.expect(201).id()
}

/// It becomes this moment.
fn at(app: &TestApp, moment: &str) {
    let moment: DateTime<Utc> = moment.parse().unwrap();
    assert!(moment > app.now());
    app.advance(moment - app.now());
}

/// To whom, what about; in the order of the addresses.
fn sent(mails: &[MailMessage]) -> Vec<(&str, &str)> {
    let mut sent: Vec<_> = mails.iter().map(|mail| (mail.to(), mail.subject())).collect();
    sent.sort_unstable();
    sent
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
        let whole = json!({"period": "weekly", "recipients": [manager.id], "is_active": true});
        let replaced = manager.put(&path, whole).await.expect(200);
        assert_eq!((&replaced.body["period"], &replaced.body["is_active"]), (&json!("weekly"), &json!(true)));
        manager.delete(&path).await.expect(204);
        manager.get(&path).await.expect_problem(404, "REPORT_SCHEDULE_NOT_FOUND");
        let log = app.admin().await.get("/admin/audit-log?entity=report_schedule").await.expect(200);
        assert_eq!(log.items().len(), 4);
    }

    async fn a_schedule_is_changed_by_who_knows_it_as_it_is(app) {
        let manager = app.manager().await;
        let path = format!("/report-schedules/{}", scheduled(&manager, "weekly", &[&manager]).await);
        let asked = |method: Method, header: &'static str, tag: String| manager.request(method, &path).header(header, tag);
        let known = manager.get(&path).await.expect(200).header("etag").to_owned();
        assert_eq!(asked(Method::GET, "if-none-match", known.clone()).send().await.unwrap().status(), 304);
        let pause = json!({"is_active": false});
        assert_eq!(asked(Method::PATCH, "if-match", known.clone()).json(&pause).send().await.unwrap().status(), 200);
        let whole = json!({"period": "weekly", "recipients": [manager.id], "is_active": true});
        assert_eq!(asked(Method::PUT, "if-match", known.clone()).json(&whole).send().await.unwrap().status(), 412);
        assert_eq!(asked(Method::DELETE, "if-match", known).send().await.unwrap().status(), 412);
        assert_eq!(manager.get(&path).await.expect(200).body["is_active"], false);
    }

    async fn only_who_may_see_the_figures_is_told_and_only_of_courses_that_exist(app) {
        let manager = app.manager().await;
        let learner = app.learner("김하늘").await;
        let left = app.user("박떠남", Authorizations::of_roles([Role::Manager])).await;
        app.admin().await.delete(&format!("/users/{}", left.id)).await.expect(204);
        let nobody = Uuid::from_u128(7);
        for (body, pointer) in [
            (json!({"period": "weekly", "recipients": [manager.id, learner.id]}), "/recipients/1"),
            (json!({"period": "weekly", "recipients": [left.id, manager.id]}), "/recipients/0"),
            (json!({"period": "weekly", "recipients": [nobody]}), "/recipients/0"),
            (json!({"period": "weekly", "recipients": []}), "/recipients"),
            (json!({"period": "weekly", "recipients": vec![manager.id; 51]}), "/recipients"),
            (json!({"period": "weekly", "recipients": [manager.id], "course_id": nobody}), "/course_id"),
        ] {
            let refused = manager.post("/report-schedules", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.body["errors"][0]["pointer"], pointer);
        }
        let path = format!("/report-schedules/{}", scheduled(&manager, "weekly", &[&manager]).await);
        let refused = manager.patch(&path, json!({"recipients": [manager.id, learner.id]})).await;
        assert_eq!(refused.expect_problem(422, "VALIDATION_ERROR").body["errors"][0]["pointer"], "/recipients/1");
        learner.post("/report-schedules", json!({"period": "weekly", "recipients": [learner.id]})).await.expect_problem(403, "FORBIDDEN");
        learner.get("/report-schedules").await.expect_problem(403, "FORBIDDEN");
        assert_eq!(manager.get("/report-schedules").await.expect(200).body["total"], 1);
    }

    async fn each_recipient_gets_the_report_once_on_the_monday_after_the_week(app) {
        marked_class(&app).await;
        let (first, second) = (reachable(&app, "이담당", "first@example.org").await, reachable(&app, "박담당", "second@example.org").await);
        let unproven = app.manager().await;
        scheduled(&first, "weekly", &[&first, &second, &unproven]).await;
        // Tuesday the first of September; the week ends on Sunday.
        assert!(app.mails().await.is_empty());
        at(&app, "2026-09-06T21:59:00Z");
        assert!(app.mails().await.is_empty(), "it is not seven in Seoul");
        at(&app, "2026-09-06T22:00:00Z");
        let mails = app.mails().await;
        let subject = "[마당] 주간 출석 보고서 2026-08-31 ~ 2026-09-06";
        assert_eq!(sent(&mails), [("first@example.org", subject), ("second@example.org", subject)]);
        let mail = &mails[0];
        assert!(mail.text().contains("/reports/attendance?period=weekly&to=2026-09-06") && mail.text().contains("전체 강의"), "{}", mail.text());
        let [paper] = mail.attachments() else { panic!("{} files", mail.attachments().len()) };
        assert_eq!((paper.name.as_str(), paper.media_type.as_str()), ("weekly.pdf", "application/pdf"));
        assert!(paper.content.starts_with(b"%PDF-"));
        // Every day of the week after it, and long after the jobs of that Monday were forgotten, nobody is told again of that week.
        for _ in 0..6 {
            app.advance(TimeDelta::days(1));
            assert_eq!(app.mails().await.len(), 2);
        }
        app.advance(TimeDelta::days(1));
        assert_eq!(app.mails().await.len(), 4);
    }

    async fn several_nodes_and_repeated_jobs_announce_a_report_once(app) {
        let first = reachable(&app, "이담당", "first@example.org").await;
        scheduled(&first, "monthly", &[&first]).await;
        at(&app, "2026-09-30T22:00:00Z");
        let service = app.app.services().report_schedules.clone();
        let (one, other) = tokio::join!(service.announce(), service.announce());
        assert_eq!(one.unwrap() + other.unwrap(), 1);
        assert_eq!(service.announce().await.unwrap(), 0);
        let mails = app.mails().await;
        assert_eq!(sent(&mails), [("first@example.org", "[마당] 월간 출석 보고서 2026-09-01 ~ 2026-09-30")]);
    }

    async fn after_days_without_a_worker_the_newest_week_is_mailed(app) {
        let first = reachable(&app, "이담당", "first@example.org").await;
        scheduled(&first, "weekly", &[&first]).await;
        // A Wednesday, two weeks after the one that was running.
        at(&app, "2026-09-16T03:00:00Z");
        let mails = app.mails().await;
        assert_eq!(sent(&mails), [("first@example.org", "[마당] 주간 출석 보고서 2026-09-07 ~ 2026-09-13")]);
    }

    async fn who_may_not_see_the_figures_when_a_report_is_sent_gets_none(app) {
        let first = reachable(&app, "이담당", "first@example.org").await;
        let demoted = reachable(&app, "박담당", "second@example.org").await;
        let deactivated = reachable(&app, "최담당", "third@example.org").await;
        let removed = reachable(&app, "정담당", "fourth@example.org").await;
        let path = format!("/report-schedules/{}", scheduled(&first, "weekly", &[&first, &demoted, &deactivated, &removed]).await);
        at(&app, "2026-09-06T22:00:00Z");
        assert_eq!(app.app.services().report_schedules.announce().await.unwrap(), 4);
        // The mails wait in the queue while this happens.
        let admin = app.admin().await;
        admin.put(&format!("/users/{}/authorizations", demoted.id), json!({"roles": ["learner"]})).await.expect(200);
        admin.delete(&format!("/users/{}", deactivated.id)).await.expect(204);
        admin.patch(&path, json!({"recipients": [first.id]})).await.expect(200);
        let mails = app.mails().await;
        assert_eq!(sent(&mails), [("first@example.org", "[마당] 주간 출석 보고서 2026-08-31 ~ 2026-09-06")]);
    }

    async fn what_ends_while_a_schedule_is_paused_is_not_mailed(app) {
        let first = reachable(&app, "이담당", "first@example.org").await;
        let path = format!("/report-schedules/{}", scheduled(&first, "weekly", &[&first]).await);
        first.patch(&path, json!({"is_active": false})).await.expect(200);
        at(&app, "2026-09-07T03:00:00Z");
        assert!(app.mails().await.is_empty());
        let first = app.client_of(first.id).await;
        first.patch(&path, json!({"is_active": true})).await.expect(200);
        at(&app, "2026-09-08T03:00:00Z");
        assert!(app.mails().await.is_empty());
        at(&app, "2026-09-14T03:00:00Z");
        let mails = app.mails().await;
        assert_eq!(sent(&mails), [("first@example.org", "[마당] 주간 출석 보고서 2026-09-07 ~ 2026-09-13")]);
    }

    async fn a_report_of_one_course_says_so(app) {
        let (class, _) = marked_class(&app).await;
        let first = reachable(&app, "이담당", "first@example.org").await;
        let course = first.get(&format!("/classes/{}", class.id)).await.expect(200).body["course_id"].clone();
        let title = first.get(&format!("/courses/{}", course.as_str().unwrap())).await.expect(200).body["title"].clone();
        first.post("/report-schedules", json!({"period": "monthly", "course_id": course, "recipients": [first.id]})).await.expect(201);
        at(&app, "2026-09-30T22:00:00Z");
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text().contains(&format!("대상: {}", title.as_str().unwrap())), "{}", mails[0].text());
        assert!(mails[0].text().contains(&format!("course_id={}", course.as_str().unwrap())));
    }
}
