//! What is told of which cause, to whom, once; and what takes it back.

use chrono::TimeDelta;
use futures_util::future::join3;
use madang_domain::{
    access::ClassRole,
    accounts::User,
    channels::Channels,
    ids::{ClassId, EnrolmentId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
    text::Username,
};
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use uuid::Uuid;

use super::{later, told};

const MINUTE: TimeDelta = TimeDelta::minutes(1);

fn none() -> Vec<String> {
    Vec::new()
}

/// Planned by a manager who has just signed in: hours go by in these stories.
async fn change(app: &TestApp, path: &str, body: serde_json::Value) {
    app.manager().await.patch(path, body).await.expect(200);
}

async fn mark(app: &TestApp, lecture: Uuid, learner: &Client, status: &str) -> Uuid {
    let mark = json!({"user_id": learner.id, "status": status});
    app.manager().await.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201).id()
}

/// So many learners more.
async fn crowd(app: &TestApp, class: &TestClass, count: usize) {
    let yard = &app.app.services().yard;
    let model = app.learner("본보기").await;
    let model = {
        let mut session = yard.store.session().await.unwrap();
        session.users().find(UserId(model.id)).await.unwrap().unwrap()
    };
    let users: Vec<User> = (0..count)
        .map(|_| {
            let id = UserId(yard.ids.next());
            User { id, username: Username::parse(format!("crowd-{id}")).unwrap(), ..model.clone() }
        })
        .collect();
    let stamps = madang_domain::stamps::Stamps::new(&madang_domain::access::Caller::system(), app.now());
    let places: Vec<Enrolment> = users
        .iter()
        .map(|user| Enrolment {
            id: EnrolmentId(yard.ids.next()),
            class_id: ClassId(class.id),
            user_id: user.id,
            role: ClassRole::Learner,
            period: EnrolmentPeriod::new("2026-06-01".parse().unwrap(), None).unwrap(),
            status: EnrolmentStatus::Active,
            transferred_from: None,
            stamps,
        })
        .collect();
    let mut unit = yard.store.begin().await.unwrap();
    unit.users().insert_many(&users).await.unwrap();
    unit.enrolments().insert_many(&places).await.unwrap();
    unit.commit().await.unwrap();
}

api_test! {
    async fn that_a_lecture_begins_is_told_in_time_once_and_again_when_it_moves(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-09-01T02:30:00Z").await;
        app.work().await;
        assert_eq!(told(&app, &learner).await, none());
        later(&app, MINUTE * 30).await;
        for _ in 0..3 {
            later(&app, MINUTE).await;
            assert_eq!(told(&app, &learner).await, ["lecture_start"]);
            assert_eq!(told(&app, &class.lecturer).await, ["lecture_start"]);
        }
        let notice = app.client_of(learner.id).await.get("/notifications").await.expect(200).items()[0].clone();
        assert_eq!(notice["body"], "수채화 기초 1기 「차시」 차시가 9월 1일(화) 11:30에 시작합니다.");
        assert_eq!((&notice["cause"]["lecture_id"], &notice["cause"]["lecture_date"]), (&json!(lecture), &json!("2026-09-01T02:30:00Z")));

        change(&app, &format!("/lectures/{lecture}"), json!({"lecture_date": "2026-09-01T08:00:00Z"})).await;
        later(&app, MINUTE * 5).await;
        assert_eq!(told(&app, &learner).await, none(), "it does not begin then");
        later(&app, TimeDelta::hours(6)).await;
        assert_eq!(told(&app, &learner).await, ["lecture_start"]);
        later(&app, TimeDelta::hours(1)).await;
        assert_eq!(told(&app, &learner).await.len(), 1, "what was true stays when time has passed");
    }

    async fn nobody_is_told_of_a_lecture_that_is_cancelled_or_that_they_may_miss(app) {
        let class = app.class().await;
        let (learner, excused) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "박바다").await);
        app.lecture(&class, "2026-09-01T02:00:00Z").await;
        let cancelled = app.lecture(&class, "2026-09-01T01:50:00Z").await;
        class.lecturer.post(&format!("/lectures/{cancelled}/cancel"), json!({"reason": "강사 사정"})).await.expect(200);
        let leave = json!({"class_id": class.id, "reason": "exam", "first_on": "2026-09-01", "last_on": "2026-09-01"});
        let leave = excused.post("/leave-requests", leave).await.expect(201).id();
        class.lecturer.post(&format!("/leave-requests/{leave}/approve"), json!({})).await.expect(200);
        app.work().await;
        assert_eq!(told(&app, &learner).await, ["lecture_start"], "of one lecture only");
        assert_eq!(told(&app, &excused).await, ["leave_approved"]);
    }

    async fn learners_who_are_not_in_are_reminded_while_attendance_is_taken(app) {
        let class = app.class().await;
        let (inside, missing) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "박바다").await);
        let lecture = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        later(&app, MINUTE * 10).await;
        assert_eq!(told(&app, &missing).await, none(), "nobody takes attendance yet");
        mark(&app, lecture, &inside, "present").await;
        later(&app, MINUTE).await;
        assert_eq!((told(&app, &missing).await, told(&app, &inside).await), (vec!["check_in_reminder".to_owned()], none()));
        mark(&app, lecture, &missing, "late").await;
        later(&app, MINUTE * 5).await;
        assert_eq!(told(&app, &missing).await, none());

        // Where learners check in by themselves, from the moment on that they can.
        let online = app.lecture(&class, "2026-09-01T01:20:00Z").await;
        let session = json!({"closes_at": "2026-09-01T01:50:00Z"});
        app.client_of(class.lecturer.id).await.post(&format!("/lectures/{online}/check-in-session"), session).await.expect(201);
        later(&app, MINUTE * 16).await;
        assert!(told(&app, &missing).await.contains(&"check_in_reminder".to_owned()));
    }

    async fn lecturers_are_reminded_while_nobody_is_marked(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        later(&app, MINUTE * 29).await;
        assert_eq!(told(&app, &class.lecturer).await, none());
        later(&app, MINUTE).await;
        assert_eq!(told(&app, &class.lecturer).await, ["marking_reminder"]);
        assert_eq!(told(&app, &learner).await, none());
        mark(&app, lecture, &learner, "present").await;
        later(&app, MINUTE * 5).await;
        assert_eq!(told(&app, &class.lecturer).await, none());
    }

    async fn an_absence_is_told_once_it_has_stood_for_ten_minutes(app) {
        let class = app.class().await;
        let (absent, mistaken) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "박바다").await);
        let lecture = app.lecture(&class, "2026-08-31T01:00:00Z").await;
        // Many more are to come, so that nobody is at risk.
        for day in 5..=29 {
            app.lecture(&class, &format!("2026-09-{day:02}T01:00:00Z")).await;
        }
        let first = mark(&app, lecture, &absent, "absent").await;
        let second = mark(&app, lecture, &mistaken, "absent").await;
        later(&app, MINUTE * 9).await;
        assert_eq!(told(&app, &absent).await, none());
        change(&app, &format!("/attendances/{second}"), json!({"status": "present"})).await;
        later(&app, MINUTE * 2).await;
        assert_eq!((told(&app, &absent).await, told(&app, &mistaken).await), (vec!["absence".to_owned()], none()));
        change(&app, &format!("/attendances/{first}"), json!({"description": "연락 없음"})).await;
        later(&app, MINUTE * 11).await;
        assert_eq!(told(&app, &absent).await.len(), 1, "told of this absence already");

        // Corrected, it is no longer in the inbox; absent after all, it is told again.
        change(&app, &format!("/attendances/{first}"), json!({"status": "present"})).await;
        later(&app, MINUTE * 5).await;
        assert_eq!(told(&app, &absent).await, none());
        change(&app, &format!("/attendances/{first}"), json!({"status": "absent"})).await;
        later(&app, MINUTE * 11).await;
        assert_eq!(told(&app, &absent).await, ["absence"]);
    }

    async fn who_is_at_risk_is_told(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mut lectures = Vec::new();
        for day in 22..=31 {
            lectures.push(app.lecture(&class, &format!("2026-08-{day}T01:00:00Z")).await);
        }
        app.lecture(&class, "2026-09-20T01:00:00Z").await;
        for (index, lecture) in lectures.iter().enumerate() {
            mark(&app, *lecture, &learner, if index < 8 { "present" } else { "absent" }).await;
        }
        app.work().await;
        later(&app, MINUTE).await;
        later(&app, MINUTE).await;
        let at_risk = || async { told(&app, &learner).await.into_iter().filter(|kind| kind == "at_risk" || kind == "unreachable").collect::<Vec<_>>() };
        assert_eq!(at_risk().await, ["at_risk"]);
        later(&app, MINUTE).await;
        assert_eq!(at_risk().await.len(), 1);
    }

    async fn what_became_of_a_request_for_leave_is_told(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let ask = async |day: &str| {
            let body = json!({"class_id": class.id, "reason": "exam", "first_on": day, "last_on": day});
            learner.post("/leave-requests", body).await.expect(201).id()
        };
        let (approved, rejected, withdrawn) = (ask("2026-09-07").await, ask("2026-09-08").await, ask("2026-09-09").await);
        learner.post(&format!("/leave-requests/{withdrawn}/withdraw"), json!({})).await.expect(200);
        class.lecturer.post(&format!("/leave-requests/{approved}/approve"), json!({})).await.expect(200);
        app.work().await;
        app.advance(MINUTE);
        class.lecturer.post(&format!("/leave-requests/{rejected}/reject"), json!({"note": "증빙 없음"})).await.expect(200);
        app.work().await;
        assert_eq!(told(&app, &learner).await, ["leave_rejected", "leave_approved"]);
        class.lecturer.post(&format!("/leave-requests/{approved}/withdraw"), json!({})).await.expect(200);
        later(&app, MINUTE * 5).await;
        assert_eq!(told(&app, &learner).await, ["leave_revoked", "leave_rejected"], "the approval holds no longer");
    }

    async fn what_becomes_of_a_certificate_is_told(app) {
        let (class, manager) = (app.class().await, app.manager().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
        let issued = manager.post("/certifications", body).await.expect(201);
        app.work().await;
        assert_eq!(told(&app, &learner).await, ["certificate_issued"]);
        let notice = learner.get("/notifications").await.expect(200).items()[0].clone();
        assert_eq!(notice["body"], "수채화 기초 수료증(2026-0001)이 발급되었습니다. 축하합니다.");
        let request = manager.request(Method::POST, &format!("/certifications/{}/revoke", issued.id()));
        let request = request.header("If-Match", issued.header("etag")).json(&json!({"reason_code": "other", "reason": "시험"}));
        Answer::of(request).await.expect(200);
        later(&app, MINUTE * 5).await;
        assert_eq!(told(&app, &learner).await, ["certificate_revoked"]);
    }

    async fn a_certificate_that_expires_soon_is_told(app) {
        let (class, manager) = (app.class().await, app.manager().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let rule = manager.request(Method::PUT, &format!("/courses/{}/completion-rule", class.course));
        Answer::of(rule.header("If-Match", "*").json(&json!({"document": {"valid_months": 1}}))).await.expect(200);
        let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
        manager.post("/certifications", body).await.expect(201);
        app.work().await;
        later(&app, MINUTE).await;
        let inbox = learner.get("/notifications?kind=certificate_expiring").await.expect(200);
        assert_eq!((inbox.items().len(), &inbox.items()[0]["cause"]["expires_on"]), (1, &json!("2026-09-30")));
    }

    async fn three_planners_at_once_tell_everybody_once(app) {
        let class = app.class().await;
        crowd(&app, &class, 200).await;
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let planner = || async {
            let notifications = app.app.services().notifications.clone();
            notifications.plan(TimeDelta::days(1), &Channels::default()).await.unwrap()
        };
        let (one, two, three) = join3(planner(), planner(), planner()).await;
        assert_eq!(one + two + three, 201, "200 learners and the lecturer");
    }

    async fn planning_takes_as_many_statements_for_many_people_as_for_few(app) {
        let class = app.class().await;
        let plan = async || {
            let before = app.statements();
            let notifications = app.app.services().notifications.clone();
            let told = notifications.plan(TimeDelta::days(1), &Channels::default()).await.unwrap();
            (told, app.statements() - before)
        };
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let (few, statements) = plan().await;
        assert_eq!(few, 1);
        crowd(&app, &class, 1_000).await;
        let (many, statements_of_many) = plan().await;
        assert_eq!((many, statements_of_many), (1_000, statements));
    }

    async fn temp_users_and_those_who_can_t_sign_in_are_told_nothing(app) {
        let (class, manager) = (app.class().await, app.manager().await);
        let suspended = app.learner_in(&class, "김하늘").await;
        let temp = manager.post("/users", json!({"auth_type": "temp", "name": "현장 등록"})).await.expect(201).id();
        let place = json!({"user_id": temp, "role": "learner", "enrolled_on": "2026-06-01"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        let reason = json!({"suspended": true, "reason": "시험"});
        manager.patch(&format!("/admin/users/{}/suspend", suspended.id), reason).await.expect(200);
        app.lecture(&class, "2026-09-01T01:30:00Z").await;
        let notifications = app.app.services().notifications.clone();
        assert_eq!(notifications.plan(TimeDelta::days(1), &Channels::default()).await.unwrap(), 1, "the lecturer");
    }
}
