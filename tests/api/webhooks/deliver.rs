//! What endpoints are told, and what becomes of those that do not listen.

use chrono::TimeDelta;
use madang_tests::{Receiver, api_test, json};

use super::{close, deliveries, endpoint, told};

api_test! {
    async fn an_event_arrives_signed_and_once(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let class = app.class().await;
        let made = endpoint(&admin, &receiver, &[]).await;
        let elsewhere = endpoint(&admin, &receiver, &["certification.issued"]).await;
        close(&app, &class).await;
        app.work().await;
        let received = receiver.received();
        assert_eq!(received.len(), 1);
        assert!(received[0].is_signed_with(&made.string("secret")));
        assert!(!received[0].is_signed_with(&elsewhere.string("secret")));
        assert_eq!(received[0].timestamp, app.now().timestamp());
        assert_eq!(received[0].body(), json!({
            "type": "class.closed",
            "timestamp": "2026-09-01T01:00:00Z",
            "data": {"id": class.id, "user_id": null, "course_id": class.course, "reason": null},
        }));
        let kept = deliveries(&app, &made).await;
        assert_eq!(kept.len(), 1);
        assert_eq!((&kept[0]["status"], &kept[0]["attempts"], &kept[0]["last_status"]), (&json!("delivered"), &json!(1), &json!(204)));
        assert_eq!((&kept[0]["event_id"], &kept[0]["body"]), (&json!(received[0].id), &json!(received[0].text)));
        assert_eq!(deliveries(&app, &elsewhere).await.len(), 0);
    }

    async fn what_is_not_kept_is_not_told(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.lecture(&class, "2026-08-25T01:00:00Z").await;
        endpoint(&admin, &receiver, &[]).await;
        // Somebody is not marked.
        app.manager().await.post(&format!("/classes/{}/close", class.id), json!({})).await.expect_problem(409, "CLASS_HAS_UNMARKED");
        app.work().await;
        assert_eq!(receiver.received().len(), 0);
        drop(learner);
    }

    async fn marks_and_places_are_told_without_what_is_nobodys_business(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let made = endpoint(&admin, &receiver, &["attendance.recorded", "attendance.changed", "attendance.removed", "enrolment.created"]).await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.work().await;
        let mark = json!({"user_id": learner.id, "status": "late", "description": "병원 진료"});
        let mark = class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201);
        let path = format!("/attendances/{}", mark.id());
        // What happens at one moment may arrive in any order.
        app.work().await;
        class.lecturer.patch(&path, json!({"status": "present"})).await.expect(200);
        app.work().await;
        class.lecturer.delete(&path).await.expect(204);
        app.work().await;
        let told: Vec<_> = receiver.received().iter().map(told).collect();
        let data = |status: &str| json!({"id": mark.id(), "user_id": learner.id, "lecture_id": lecture, "status": status});
        assert_eq!(told[1..], [
            ("attendance.recorded".to_owned(), data("late")),
            ("attendance.changed".to_owned(), data("present")),
            ("attendance.removed".to_owned(), data("present")),
        ]);
        assert_eq!((told[0].0.as_str(), &told[0].1["class_id"], &told[0].1["role"]), ("enrolment.created", &json!(class.id), &json!("learner")));
        assert_eq!(deliveries(&app, &made).await.len(), 4);
    }

    async fn an_announcement_is_told_and_that_it_was_taken_back(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver, class) = (app.admin().await, Receiver::start(), app.class().await);
        endpoint(&admin, &receiver, &["announcement.made", "announcement.withdrawn"]).await;
        let text = json!({"title": "휴강", "body": "내일은 쉽니다."});
        let made = class.lecturer.post(&format!("/classes/{}/announcements", class.id), text).await.expect(201);
        app.work().await;
        class.lecturer.delete(&format!("/announcements/{}", made.id())).await.expect(204);
        app.work().await;
        let data = json!({"id": made.id(), "user_id": null, "class_id": class.id});
        let told: Vec<_> = receiver.received().iter().map(told).collect();
        assert_eq!(told, [("announcement.made".to_owned(), data.clone()), ("announcement.withdrawn".to_owned(), data)]);
        assert!(!receiver.received().iter().any(|one| one.text.contains("쉽니다")), "ids, and no words");
    }

    async fn what_is_not_taken_is_tried_again_for_days_and_given_up_in_the_end(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        receiver.answer(std::iter::repeat_n((500, None), 10));
        close(&app, &app.class().await).await;
        let began = app.now();
        let mut attempts = vec![began];
        for _ in 0..9 {
            let next = app.app.services().yard.store.session().await.unwrap().jobs().next_run_at().await.unwrap().unwrap();
            app.advance(next - app.now());
            attempts.push(app.now());
            app.work().await;
        }
        let received = receiver.received();
        assert_eq!(received.len(), 10);
        assert!(received.iter().all(|one| one.id == received[0].id && one.text == received[0].text));
        assert!(attempts[9] - began > TimeDelta::hours(60), "{}", attempts[9] - began);
        let times: Vec<_> = attempts.iter().map(chrono::DateTime::timestamp).collect();
        assert_eq!(received.iter().map(|one| one.timestamp).collect::<Vec<_>>(), times);
        let kept = deliveries(&app, &made).await;
        assert_eq!((&kept[0]["status"], &kept[0]["attempts"], &kept[0]["last_error"]), (&json!("failed"), &json!(10), &json!("the endpoint answered 500")));
        let read = app.admin().await.get(&format!("/webhook-endpoints/{}", made.id())).await.expect(200);
        assert_eq!((&read.body["is_active"], &read.body["failing_since"]), (&json!(true), &json!("2026-09-01T01:00:00Z")));
    }

    async fn a_receiver_that_asks_for_time_is_given_it(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        endpoint(&admin, &receiver, &["class.closed"]).await;
        receiver.answer([(429, Some(3_600))]);
        close(&app, &app.class().await).await;
        app.advance(TimeDelta::minutes(59));
        app.work().await;
        assert_eq!(receiver.received().len(), 1);
        app.advance(TimeDelta::minutes(1));
        app.work().await;
        assert_eq!(receiver.received().len(), 2);
    }

    async fn an_endpoint_that_is_gone_is_told_nothing_any_more(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        receiver.answer([(410, None)]);
        close(&app, &app.class().await).await;
        close(&app, &app.class().await).await;
        assert_eq!(receiver.received().len(), 1);
        let path = format!("/webhook-endpoints/{}", made.id());
        let read = admin.get(&path).await.expect(200);
        assert_eq!((&read.body["is_active"], &read.body["disabled_because"]), (&json!(false), &json!("gone")));
        let log = admin.get(&format!("/admin/audit-log?entity=webhook_endpoint&entity_id={}", made.id())).await.expect(200);
        assert_eq!((&log.items()[0]["reason"], &log.items()[0]["actor"]), (&json!("gone"), &json!(null)));
        admin.patch(&path, json!({"is_active": true})).await.expect(200);
        close(&app, &app.class().await).await;
        assert_eq!(receiver.received().len(), 2);
    }

    async fn an_endpoint_that_takes_nothing_for_five_days_is_disabled_and_what_waits_is_skipped(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        receiver.answer(std::iter::repeat_n((503, None), 100));
        close(&app, &app.class().await).await;
        app.advance(TimeDelta::days(5));
        close(&app, &app.class().await).await;
        let read = app.admin().await.get(&format!("/webhook-endpoints/{}", made.id())).await.expect(200);
        assert_eq!(read.body["disabled_because"], json!("failing"));
        let tried = receiver.received().len();
        app.advance(TimeDelta::days(5));
        app.work().await;
        assert_eq!(receiver.received().len(), tried);
        let kept = deliveries(&app, &made).await;
        assert!(kept.iter().all(|delivery| delivery["status"] == "skipped" || delivery["status"] == "failed"), "{kept:?}");
    }

    async fn an_endpoint_that_is_deleted_is_told_nothing_and_nothing_fails(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        receiver.answer([(500, None)]);
        close(&app, &app.class().await).await;
        admin.delete(&format!("/webhook-endpoints/{}", made.id())).await.expect(204);
        app.advance(TimeDelta::days(1));
        app.work().await;
        assert_eq!(receiver.received().len(), 1);
        let dead = app.admin().await.get("/admin/jobs?status=dead").await.expect(200);
        assert_eq!(dead.items().len(), 0, "{}", dead.text);
    }

    async fn deliveries_that_ended_are_kept_for_a_month(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let made = endpoint(&admin, &receiver, &["class.closed"]).await;
        close(&app, &app.class().await).await;
        app.advance(TimeDelta::days(29));
        app.work().await;
        assert_eq!(deliveries(&app, &made).await.len(), 1);
        app.advance(TimeDelta::days(2));
        app.work().await;
        assert_eq!(deliveries(&app, &made).await.len(), 0);
    }

    async fn telling_costs_the_cause_no_statement(app, [("WEBHOOK_TARGETS", "any")]) {
        let (admin, receiver) = (app.admin().await, Receiver::start());
        let (one, other) = (app.class().await, app.class().await);
        let manager = app.manager().await;
        let close = async |id| {
            let path = format!("/classes/{id}/close?force=true");
            app.costed(&manager, manager.post(&path, json!({}))).await.1
        };
        let before = close(one.id).await;
        endpoint(&admin, &receiver, &[]).await;
        assert_eq!(close(other.id).await, before);
    }
}
