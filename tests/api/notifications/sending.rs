//! What goes out by mail: once, in time, and only while it is true.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use madang_domain::{
    ids::JobId,
    jobs::{JobFailure, JobOutcome},
    mail::{MailMessage, Mailer},
    notifications::NoticeKind,
};
use madang_tests::{Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::{later, told, wants};

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// A mail server that puts everything off.
struct Down;

#[async_trait]
impl Mailer for Down {
    async fn send(&self, _: JobId, _: &MailMessage) -> JobOutcome {
        Err(JobFailure::temporary("451"))
    }
}

/// A mail server that takes the first mail, but of which nobody hears that it did.
#[derive(Default)]
struct Forgetful(Mutex<Vec<JobId>>);

#[async_trait]
impl Mailer for Forgetful {
    async fn send(&self, id: JobId, _: &MailMessage) -> JobOutcome {
        let taken = {
            let mut taken = self.0.lock().unwrap();
            taken.push(id);
            taken.len()
        };
        assert!(taken > 1, "the process dies here");
        Ok(())
    }
}

/// The subjects of all mails so far.
async fn subjects(app: &TestApp) -> Vec<String> {
    app.mails().await.iter().map(|mail| mail.subject().to_owned()).collect()
}

async fn marked(app: &TestApp, lecture: Uuid, learner: &Client, status: &str) -> Uuid {
    let mark = json!({"user_id": learner.id, "status": status});
    app.manager().await.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201).id()
}

/// A learner whom mail reaches, who wants to be mailed this at once, and nothing else.
async fn reader(app: &TestApp, class: &TestClass, kind: &str) -> Client {
    let learner = app.learner_in(class, "김하늘").await;
    app.reach_by_mail(&learner, "haneul@example.com").await;
    let choice = |one: &NoticeKind| {
        let email = if one.as_str() == kind { "at_once" } else { "off" };
        json!({"kind": one.as_str(), "email": email, "push": false, "alimtalk": false})
    };
    let kinds: Vec<Value> = NoticeKind::ALL.iter().map(choice).collect();
    let body = json!({"language": "ko", "quiet_hours": null, "kinds": kinds});
    learner.put("/notification-preferences", body).await.expect(200);
    learner
}

/// Something is planned while no mail goes out; then this happens; then mail goes out again.
async fn changed_before_it_is_sent(
    app: &TestApp,
    learner: &Client,
    kind: &str,
    method: &str,
    path: &str,
    body: Value,
) {
    app.work_with(Arc::new(Down)).await;
    assert!(told(app, learner).await.contains(&kind.to_owned()), "planned");
    let manager = app.manager().await;
    let answer = match method {
        "POST" => manager.post(path, body).await,
        "DELETE" => manager.delete(path).await,
        _ => manager.patch(path, body).await,
    };
    assert!(answer.status < 300, "{}", answer.text);
    app.advance(MINUTE);
    assert_eq!(subjects(app).await, [""; 0]);
    assert!(!told(app, learner).await.contains(&kind.to_owned()), "it left the inbox too");
}

api_test! {
    async fn a_notice_is_mailed_once_in_the_reader_s_language(app, [("WEB_URL", "https://madang.example")]) {
        let class = app.class().await;
        let learner = reader(&app, &class, "lecture_start").await;
        let silent = app.learner_in(&class, "박바다").await;
        wants(&app, &silent, "at_once", &["lecture_start"]).await;
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let mails = app.mails().await;
        assert_eq!((mails.len(), mails[0].to(), mails[0].subject()), (1, "haneul@example.com", "곧 수업이 시작됩니다: 차시"));
        assert_eq!(mails[0].text(), "수채화 기초 1기 「차시」 차시가 9월 1일(화) 10:30에 시작합니다.\n\nhttps://madang.example/notifications\n");
        later(&app, MINUTE).await;
        assert_eq!(app.mails().await.len(), 1);
        drop(learner);
    }

    async fn a_lecture_that_is_cancelled_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "lecture_start").await;
        let lecture = app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let path = format!("/lectures/{lecture}/cancel");
        changed_before_it_is_sent(&app, &learner, "lecture_start", "POST", &path, json!({"reason": "강사 사정"})).await;
    }

    async fn a_lecture_that_is_moved_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "lecture_start").await;
        let lecture = app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let path = format!("/lectures/{lecture}");
        changed_before_it_is_sent(&app, &learner, "lecture_start", "PATCH", &path, json!({"lecture_date": "2026-09-03T01:00:00Z"})).await;
    }

    async fn a_mark_that_is_corrected_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "absence").await;
        let lecture = app.lecture(&class, "2026-08-31T01:00:00Z").await;
        let mark = marked(&app, lecture, &learner, "absent").await;
        app.advance(MINUTE * 11);
        let path = format!("/attendances/{mark}");
        changed_before_it_is_sent(&app, &learner, "absence", "PATCH", &path, json!({"status": "present"})).await;
    }

    async fn a_mark_that_is_removed_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "absence").await;
        let lecture = app.lecture(&class, "2026-08-31T01:00:00Z").await;
        let mark = marked(&app, lecture, &learner, "absent").await;
        app.advance(MINUTE * 11);
        let path = format!("/attendances/{mark}");
        changed_before_it_is_sent(&app, &learner, "absence", "DELETE", &path, Value::Null).await;
    }

    async fn leave_that_is_approved_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "absence").await;
        let lecture = app.lecture(&class, "2026-08-31T01:00:00Z").await;
        marked(&app, lecture, &learner, "absent").await;
        let leave = json!({"class_id": class.id, "user_id": learner.id, "reason": "illness", "first_on": "2026-08-31", "last_on": "2026-08-31"});
        let leave = class.lecturer.post("/leave-requests", leave).await.expect(201).id();
        app.advance(MINUTE * 11);
        let path = format!("/leave-requests/{leave}/approve");
        changed_before_it_is_sent(&app, &learner, "absence", "POST", &path, json!({})).await;
    }

    async fn leave_that_is_taken_back_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "leave_approved").await;
        let leave = json!({"class_id": class.id, "reason": "exam", "first_on": "2026-09-07", "last_on": "2026-09-07"});
        let leave = learner.post("/leave-requests", leave).await.expect(201).id();
        class.lecturer.post(&format!("/leave-requests/{leave}/approve"), json!({})).await.expect(200);
        let path = format!("/leave-requests/{leave}/withdraw");
        changed_before_it_is_sent(&app, &learner, "leave_approved", "POST", &path, json!({})).await;
    }

    async fn who_leaves_the_class_is_not_told_any_more(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "announcement").await;
        let text = json!({"title": "준비물", "body": "물통"});
        class.lecturer.post(&format!("/classes/{}/announcements", class.id), text).await.expect(201);
        let places = class.lecturer.get(&format!("/classes/{}/enrolments?role=learner", class.id)).await.expect(200);
        let place = places.items()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/enrolments/{place}");
        changed_before_it_is_sent(&app, &learner, "announcement", "PATCH", &path, json!({"left_on": "2026-09-01"})).await;
    }

    async fn an_announcement_that_is_taken_back_is_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "announcement").await;
        let text = json!({"title": "준비물", "body": "물통"});
        let made = class.lecturer.post(&format!("/classes/{}/announcements", class.id), text).await.expect(201).id();
        let path = format!("/announcements/{made}");
        changed_before_it_is_sent(&app, &learner, "announcement", "DELETE", &path, Value::Null).await;
    }

    async fn a_certificate_that_is_revoked_cancels_what_was_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "certificate_issued").await;
        let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
        let issued = app.manager().await.post("/certifications", body).await.expect(201);
        app.work_with(Arc::new(Down)).await;
        assert_eq!(told(&app, &learner).await, ["certificate_issued"]);
        let request = app.manager().await.request(reqwest::Method::POST, &format!("/certifications/{}/revoke", issued.id()));
        let request = request.header("If-Match", issued.header("etag")).json(&json!({"reason_code": "other", "reason": "시험"}));
        madang_tests::Answer::of(request).await.expect(200);
        app.advance(MINUTE);
        assert_eq!(subjects(&app).await, [""; 0]);
    }

    async fn who_is_no_longer_at_risk_is_not_told(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "at_risk").await;
        let mut marks = Vec::new();
        for day in 22..=31 {
            let lecture = app.lecture(&class, &format!("2026-08-{day}T01:00:00Z")).await;
            marks.push(marked(&app, lecture, &learner, if day < 30 { "present" } else { "absent" }).await);
        }
        app.lecture(&class, "2026-09-20T01:00:00Z").await;
        app.work_with(Arc::new(Down)).await;
        app.advance(MINUTE);
        app.work_with(Arc::new(Down)).await;
        assert!(told(&app, &learner).await.contains(&"at_risk".to_owned()));
        for mark in &marks[8..] {
            app.manager().await.patch(&format!("/attendances/{mark}"), json!({"status": "present"})).await.expect(200);
        }
        app.advance(MINUTE * 3);
        assert_eq!(subjects(&app).await, [""; 0]);
        assert!(!told(&app, &learner).await.contains(&"at_risk".to_owned()));
    }

    async fn what_was_read_meanwhile_is_not_sent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "lecture_start").await;
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        app.work_with(Arc::new(Down)).await;
        learner.patch("/notifications/read-all", json!({})).await.expect(200);
        app.advance(MINUTE);
        assert_eq!(subjects(&app).await, [""; 0]);
    }

    async fn quiet_hours_put_off_what_is_not_urgent(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "lecture_start").await;
        let kinds = json!([{"kind": "lecture_start", "email": "at_once", "push": false, "alimtalk": false}]);
        let quiet = json!({"language": "ko", "quiet_hours": {"from": "09:00", "to": "12:00"}, "kinds": kinds});
        learner.put("/notification-preferences", quiet).await.expect(200);
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let path = format!("/classes/{}/announcements", class.id);
        class.lecturer.post(&path, json!({"title": "준비물", "body": "물통"})).await.expect(201);
        class.lecturer.post(&path, json!({"title": "대피", "body": "지금", "is_urgent": true})).await.expect(201);
        let mut first = subjects(&app).await;
        first.sort();
        assert_eq!(first, ["[수채화 기초 1기] 대피", "곧 수업이 시작됩니다: 차시"]);
        app.advance(TimeDelta::minutes(119));
        assert_eq!(subjects(&app).await.len(), 2);
        app.advance(MINUTE);
        assert_eq!(subjects(&app).await[2..], ["[수채화 기초 1기] 준비물"]);
    }

    async fn mail_goes_to_verified_addresses_only(app) {
        let class = app.class().await;
        let learner = reader(&app, &class, "lecture_start").await;
        learner.patch("/users/me", json!({"email": "other@example.com"})).await.expect(200);
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        assert_eq!(subjects(&app).await, [""; 0]);
        assert_eq!(told(&app, &learner).await, ["lecture_start"]);
    }

    async fn a_mail_whose_sending_was_broken_off_goes_out_under_the_same_id(app) {
        let class = app.class().await;
        reader(&app, &class, "lecture_start").await;
        app.lecture(&class, "2026-09-01T01:50:00Z").await;
        let server = Arc::new(Forgetful::default());
        for _ in 0..4 {
            app.work_with(server.clone()).await;
            app.advance(MINUTE);
        }
        let taken = server.0.lock().unwrap().clone();
        assert_eq!((taken.len(), taken[0]), (2, taken[1]), "the mailbox can tell that it is one mail");
    }
}
