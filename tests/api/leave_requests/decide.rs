//! `POST /leave-requests/{id}/approve`, `/reject` and `/withdraw`.

use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

use super::{asked, ill, on_behalf};

api_test! {
    async fn an_approval_stands_beside_the_mark_and_changes_none(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let mark = app.mark(&class, lecture, &learner, "absent").await;
        let path = asked(&learner, &class, "2026-08-25", "2026-08-25").await;
        let approved = class.lecturer.post(&format!("{path}/approve"), json!({"note": "진단서 확인"})).await.expect(200);
        assert_eq!(approved.header("etag"), "\"2\"");
        assert_eq!(
            (&approved.body["status"], &approved.body["decided_by"], &approved.body["decided_at"], &approved.body["decision_note"]),
            (&json!("approved"), &json!(class.lecturer.id), &json!("2026-09-01T01:00:00Z"), &json!("진단서 확인"))
        );
        let kept = learner.get(&format!("/attendances/{}", mark["id"].as_str().unwrap())).await.expect(200).body;
        assert_eq!((&kept["status"], &kept["version"]), (&json!("absent"), &json!(1)));
        assert_eq!(learner.get(&path).await.expect(200).body["decision_note"], "진단서 확인");
    }

    async fn a_refusal_tells_why(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        for (body, code) in [(json!({}), "missing"), (json!({"note": ""}), "empty")] {
            let refused = class.lecturer.post(&format!("{path}/reject"), body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults(), [("/note".to_owned(), code.to_owned())]);
        }
        let rejected = class.lecturer.post(&format!("{path}/reject"), json!({"note": "증빙 없음"})).await.expect(200).body;
        assert_eq!((&rejected["status"], &rejected["decision_note"]), (&json!("rejected"), &json!("증빙 없음")));
        for deed in ["approve", "reject"] {
            class.lecturer.post(&format!("{path}/{deed}"), json!({"note": "다시"})).await.expect_problem(409, "LEAVE_NOT_PENDING");
        }
        class.lecturer.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "LEAVE_NOT_APPROVED");
        learner.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "LEAVE_NOT_PENDING");
    }

    async fn learners_take_back_what_is_pending_and_staff_what_was_approved(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        class.lecturer.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "LEAVE_NOT_APPROVED");
        let taken_back = learner.post(&format!("{path}/withdraw"), json!({})).await.expect(200).body;
        assert_eq!((&taken_back["status"], &taken_back["withdrawn_at"]), (&json!("withdrawn"), &json!("2026-09-01T01:00:00Z")));

        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        manager.post(&format!("{path}/approve"), json!({})).await.expect(200);
        learner.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "LEAVE_NOT_PENDING");
        let taken_back = class.lecturer.post(&format!("{path}/withdraw"), json!({})).await.expect(200).body;
        assert_eq!((&taken_back["status"], &taken_back["decided_by"]), (&json!("withdrawn"), &json!(manager.id)));
        class.lecturer.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "LEAVE_NOT_APPROVED");
    }

    async fn nobody_decides_on_their_own_absence(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        // A learner who assists from October on.
        let both = app.learner("최조교").await;
        let roster = format!("/classes/{}/enrolments", class.id);
        let learns = json!({"user_id": both.id, "enrolled_on": "2026-06-01", "left_on": "2026-08-20"});
        manager.post(&roster, learns).await.expect(201);
        manager.post(&roster, json!({"user_id": both.id, "role": "assistant", "enrolled_on": "2026-08-20"})).await.expect(201);
        let path = asked(&both, &class, "2026-08-10", "2026-08-10").await;
        both.post(&format!("{path}/approve"), json!({})).await.expect_problem(403, "OWN_LEAVE_REQUEST");
        both.post(&format!("{path}/reject"), json!({"note": "시험"})).await.expect_problem(403, "OWN_LEAVE_REQUEST");
        manager.post(&format!("{path}/approve"), json!({})).await.expect(200);
        both.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "LEAVE_NOT_PENDING");
        // Whoever asks for a learner may approve it.
        let learner = app.learner_in(&class, "김하늘").await;
        let asked = class.lecturer.post("/leave-requests", on_behalf(ill(&class, "2026-09-07", "2026-09-07"), learner.id)).await.expect(201);
        class.lecturer.post(&format!("/leave-requests/{}/approve", asked.id()), json!({})).await.expect(200);
    }

    async fn others_know_nothing_of_it(app) {
        let (class, other) = (app.class().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let neighbour = app.learner_in(&class, "이가을").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        for caller in [&neighbour, &other.lecturer] {
            caller.get(&path).await.expect_problem(404, "LEAVE_REQUEST_NOT_FOUND");
            for (deed, body) in [("approve", json!({})), ("reject", json!({"note": "시험"})), ("withdraw", json!({}))] {
                caller.post(&format!("{path}/{deed}"), body).await.expect_problem(404, "LEAVE_REQUEST_NOT_FOUND");
            }
        }
        learner.post(&format!("{path}/approve"), json!({})).await.expect_problem(403, "FORBIDDEN");
        let nowhere = format!("/leave-requests/{}", Uuid::nil());
        app.manager().await.get(&nowhere).await.expect_problem(404, "LEAVE_REQUEST_NOT_FOUND");
    }

    async fn neither_the_audit_log_nor_the_events_tell_why(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        class.lecturer.post(&format!("{path}/approve"), json!({"note": "독감 확인"})).await.expect(200);
        let id = path.rsplit('/').next().unwrap();
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={id}&sort=at")).await.expect(200);
        let statuses: Vec<_> = log.items().iter().map(|entry| entry["new"]["status"].clone()).collect();
        assert_eq!(statuses, [json!("pending"), json!("approved")]);
        assert!(!log.text.contains("독감"), "{}", log.text);
        let mut session = app.app.services().yard.store.session().await.unwrap();
        let told = session.events().of_subject(id.parse().unwrap()).await.unwrap();
        let kinds: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["leave_request.requested", "leave_request.approved"]);
        assert!(told.iter().all(|event| event.user_id.map(|id| id.0) == Some(learner.id)));
        assert!(told.iter().all(|event| !event.payload.to_string().contains("독감") && event.payload["reason"].is_null()));
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        let etag = learner.get(&path).await.expect(200).header("etag");
        Answer::of(learner.request(Method::GET, &path).header("If-None-Match", &etag)).await.expect(304);
        let approve = async |etag: &str| {
            let request = class.lecturer.request(Method::POST, &format!("{path}/approve"));
            Answer::of(request.header("If-Match", etag).json(&json!({}))).await
        };
        approve("\"7\"").await.expect_problem(412, "PRECONDITION_FAILED");
        approve(&etag).await.expect(200);
    }

    async fn of_two_who_decide_at_once_one_does(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        let (approve, reject) = (format!("{path}/approve"), format!("{path}/reject"));
        let (one, two) =
            tokio::join!(manager.post(&approve, json!({})), class.lecturer.post(&reject, json!({"note": "증빙 없음"})));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }

    async fn in_a_closed_class_everything_stands_still(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let path = asked(&learner, &class, "2026-09-07", "2026-09-07").await;
        manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
        manager.post(&format!("{path}/approve"), json!({})).await.expect_problem(409, "CLASS_CLOSED");
        learner.post(&format!("{path}/withdraw"), json!({})).await.expect_problem(409, "CLASS_CLOSED");
        assert_eq!(learner.get(&path).await.expect(200).body["status"], "pending");
    }

    async fn what_a_temp_user_asked_for_goes_with_them(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let temp = manager.post("/users", json!({"auth_type": "temp", "name": "현장 등록"})).await.expect(201).id();
        let place = json!({"user_id": temp, "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        let made = manager.post("/leave-requests", on_behalf(ill(&class, "2026-09-07", "2026-09-07"), temp)).await.expect(201);
        let real = app.learner("김하늘").await;
        manager.post(&format!("/users/{temp}/merge"), json!({"into": real.id})).await.expect(200);
        assert_eq!(real.get(&format!("/leave-requests/{}", made.id())).await.expect(200).body["user_id"], json!(real.id));
    }
}
