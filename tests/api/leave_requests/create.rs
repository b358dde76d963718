//! `POST /leave-requests`.

use madang_tests::{api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::{ill, on_behalf};

api_test! {
    async fn a_learner_asks_with_reason_days_and_papers(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let hash = "AB".repeat(32);
        let body = json!({
            "class_id": class.id, "reason": "reserve_forces", "description": "동원 훈련", "first_on": "2026-09-07", "last_on": "2026-09-09",
            "evidence": [{"name": "통지서.pdf", "content_type": "application/pdf", "size_bytes": 1024, "sha256": hash}],
        });
        let made = learner.post("/leave-requests", body).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/leave-requests/{}", made.id()));
        assert_eq!(made.body, json!({
            "id": made.id(), "class_id": class.id, "class_title": null, "user_id": learner.id, "user": null,
            "reason": "reserve_forces", "reason_name": "예비군·민방위", "description": "동원 훈련",
            "first_on": "2026-09-07", "last_on": "2026-09-09", "lecture_ids": null,
            "evidence": [{"name": "통지서.pdf", "content_type": "application/pdf", "size_bytes": 1024, "sha256": "ab".repeat(32)}],
            "status": "pending", "decided_at": null, "decided_by": null, "decision_note": null, "withdrawn_at": null,
            "created_at": "2026-09-01T01:00:00Z", "created_by": learner.id, "updated_at": "2026-09-01T01:00:00Z", "updated_by": learner.id, "version": 1,
        }));
        let seen = class.lecturer.get(&format!("/leave-requests/{}", made.id())).await.expect(200).body;
        assert_eq!((&seen["class_title"], &seen["user"]["name"]), (&json!("수채화 기초 1기"), &json!("김하늘")));
    }

    async fn single_lectures_can_be_named(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mut lectures = Vec::new();
        for day in ["2026-09-10", "2026-09-08"] {
            lectures.push(app.lecture(&class, &format!("{day}T01:00:00Z")).await);
        }
        let body = |ids: Value| json!({"class_id": class.id, "reason": "exam", "lecture_ids": ids});
        let made = learner.post("/leave-requests", body(json!(lectures))).await.expect(201).body;
        assert_eq!((&made["first_on"], &made["last_on"]), (&json!("2026-09-08"), &json!("2026-09-10")));
        lectures.sort_unstable();
        assert_eq!(made["lecture_ids"], json!(lectures));
        // A lecture of another class, one before the learner came, and one that does not exist.
        let elsewhere = app.lecture(&app.class().await, "2026-09-08T01:00:00Z").await;
        let early = app.lecture(&class, "2026-05-01T01:00:00Z").await;
        let refused = learner.post("/leave-requests", body(json!([lectures[0], elsewhere, early, Uuid::nil()]))).await;
        let faults: Vec<String> = refused.expect_problem(422, "VALIDATION_ERROR").faults().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(faults, ["/lecture_ids/1", "/lecture_ids/2", "/lecture_ids/3"]);
    }

    async fn staff_ask_for_a_learner_and_nobody_else_does(app) {
        let (manager, class, other) = (app.manager().await, app.class().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let neighbour = app.learner_in(&class, "이가을").await;
        let body = on_behalf(ill(&class, "2026-09-07", "2026-09-07"), learner.id);
        for caller in [&neighbour, &other.lecturer] {
            caller.post("/leave-requests", body.clone()).await.expect_problem(403, "FORBIDDEN");
        }
        let made = class.lecturer.post("/leave-requests", body).await.expect(201).body;
        assert_eq!((&made["user_id"], &made["created_by"]), (&json!(learner.id), &json!(class.lecturer.id)));
        let body = on_behalf(ill(&class, "2026-09-14", "2026-09-14"), learner.id);
        manager.post("/leave-requests", body).await.expect(201);
    }

    async fn only_who_learns_there_on_one_of_the_days_is_missed(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let stranger = app.learner("박겨울").await;
        stranger.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-07")).await.expect_problem(422, "NOT_ON_LEAVE_DAYS");
        let learner = app.learner_in(&class, "김하늘").await;
        learner.post("/leave-requests", ill(&class, "2026-05-01", "2026-05-31")).await.expect_problem(422, "NOT_ON_LEAVE_DAYS");
        // Who teaches is not marked, so not excused either.
        let body = on_behalf(ill(&class, "2026-09-07", "2026-09-07"), class.lecturer.id);
        manager.post("/leave-requests", body).await.expect_problem(422, "NOT_ON_LEAVE_DAYS");
        let nowhere = json!({"class_id": Uuid::nil(), "reason": "illness", "first_on": "2026-09-07", "last_on": "2026-09-07"});
        let refused = learner.post("/leave-requests", nowhere).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(refused.faults(), [("/class_id".to_owned(), "no_such_thing".to_owned())]);
        manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
        learner.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-07")).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn what_can_not_be_is_refused_by_its_place(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let paper = |name: &str, kind: &str, size: i64, hash: &str| json!({"name": name, "content_type": kind, "size_bytes": size, "sha256": hash});
        let hash = "0".repeat(64);
        let good = ill(&class, "2026-09-07", "2026-09-07");
        let with = |field: &str, value: Value| {
            let mut body = good.clone();
            body[field] = value;
            body
        };
        for (body, pointer, code) in [
            (with("reason", json!("holiday")), "/reason", "not_one_of"),
            (with("first_on", json!("2026-09-08")), "/last_on", "reversed"),
            (with("last_on", json!("2027-09-08")), "/last_on", "too_long"),
            (with("first_on", json!(null)), "/first_on", "missing"),
            (with("last_on", json!(null)), "/last_on", "missing"),
            (with("first_on", json!("0001-01-01")), "/first_on", "out_of_range"),
            (with("lecture_ids", json!([Uuid::nil()])), "/lecture_ids", "inconsistent"),
            (with("description", json!(" ")), "/description", "empty"),
            (with("status", json!("approved")), "/status", "unknown_field"),
            (with("evidence", json!([paper("", "a/b", 1, &hash)])), "/evidence/0/name", "empty"),
            (with("evidence", json!([paper("a", "pdf", 1, &hash)])), "/evidence/0/content_type", "invalid_format"),
            (with("evidence", json!([paper("a", "a/b", 0, &hash)])), "/evidence/0/size_bytes", "out_of_range"),
            (with("evidence", json!([paper("a", "a/b", 1, "00")])), "/evidence/0/sha256", "invalid_format"),
            (with("evidence", json!(vec![paper("a", "a/b", 1, &hash); 11])), "/evidence", "too_long"),
            (json!({"class_id": class.id, "reason": "exam", "lecture_ids": []}), "/lecture_ids", "empty"),
        ] {
            let answer = learner.post("/leave-requests", body.clone()).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{body}");
        }
    }

    async fn one_absence_is_asked_for_once(app) {
        let class = app.class().await;
        let (learner, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이가을").await);
        let lecture = app.lecture(&class, "2026-09-09T01:00:00Z").await;
        let first = learner.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-09")).await.expect(201).id();
        for body in [
            ill(&class, "2026-09-09", "2026-09-11"),
            ill(&class, "2026-09-07", "2026-09-09"),
            json!({"class_id": class.id, "reason": "exam", "lecture_ids": [lecture]}),
        ] {
            let refused = learner.post("/leave-requests", body).await.expect_problem(409, "LEAVE_OVERLAPS");
            assert!(refused.text.contains(&first.to_string()));
        }
        learner.post("/leave-requests", ill(&class, "2026-09-10", "2026-09-11")).await.expect(201);
        other.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-09")).await.expect(201);
        // What was taken back or refused stands in nobody's way.
        learner.post(&format!("/leave-requests/{first}/withdraw"), json!({})).await.expect(200);
        let again = learner.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-09")).await.expect(201).id();
        class.lecturer.post(&format!("/leave-requests/{again}/reject"), json!({"note": "증빙 없음"})).await.expect(200);
        learner.post("/leave-requests", json!({"class_id": class.id, "reason": "exam", "lecture_ids": [lecture]})).await.expect(201);
    }

    async fn of_two_requests_for_one_day_sent_at_once_one_is_kept(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let (one, two) = tokio::join!(
            learner.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-07")),
            learner.post("/leave-requests", ill(&class, "2026-09-07", "2026-09-08")),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let body = ill(&class, "2026-09-07", "2026-09-07");
        let first = learner.post_once("/leave-requests", "key-1", body.clone()).await.expect(201);
        let second = learner.post_once("/leave-requests", "key-1", body).await.expect(201);
        assert_eq!((first.text.as_str(), second.header("idempotent-replayed")), (second.text.as_str(), "true".to_owned()));
    }
}
