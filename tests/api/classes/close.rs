//! `POST /classes/{id}/close` and `/reopen` (마감).

use madang_domain::store::Store;
use madang_tests::{api_test, json};

api_test! {
    async fn a_closed_class_takes_nobody_in_until_it_is_open_again(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner("김하늘").await;
        let path = format!("/classes/{}", class.id);
        let closed = manager.post(&format!("{path}/close"), json!({})).await.expect(200);
        assert_eq!((&closed.body["closed_at"], closed.header("etag")), (&json!("2026-09-01T01:00:00Z"), "\"2\"".to_owned()));
        let place = json!({"user_id": learner.id});
        manager.post(&format!("{path}/enrolments"), place.clone()).await.expect_problem(409, "CLASS_CLOSED");
        manager.post(&format!("{path}/enrolments/bulk"), json!({"items": [place]})).await.expect_problem(409, "CLASS_CLOSED");
        manager.post(&format!("{path}/close"), json!({})).await.expect_problem(409, "CLASS_CLOSED");

        let reason = json!({"reason": "등록 누락"});
        manager.post(&format!("{path}/reopen"), json!({})).await.expect_problem(422, "VALIDATION_ERROR");
        let open = manager.post(&format!("{path}/reopen"), reason.clone()).await.expect(200);
        assert_eq!((&open.body["closed_at"], &open.body["version"]), (&json!(null), &json!(3)));
        manager.post(&format!("{path}/enrolments"), place).await.expect(201);
        manager.post(&format!("{path}/reopen"), reason).await.expect_problem(409, "CLASS_NOT_CLOSED");
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}&sort=at", class.id)).await.expect(200);
        let told: Vec<_> = log.items().iter().map(|one| json!([one["new"]["closed_at"], one["reason"]])).collect();
        assert_eq!(told, [json!([null, null]), json!(["2026-09-01T01:00:00Z", null]), json!([null, "등록 누락"])]);
        let mut session = app.database.session().await.unwrap();
        let events = session.events().of_subject(class.id).await.unwrap();
        assert_eq!(events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["class.closed", "class.reopened"]);
    }

    async fn what_is_still_unmarked_is_told_before_a_class_is_closed(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let path = format!("/classes/{}", class.id);
        let (first, second) = (app.lecture(&class, "2026-08-18T10:00:00Z").await, app.lecture(&class, "2026-08-25T10:00:00Z").await);
        let cancelled = app.lecture(&class, "2026-08-26T10:00:00Z").await;
        app.lecture(&class, "2026-09-08T10:00:00Z").await;
        let (haneul, bada) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        app.mark(&class, first, &haneul, "present").await;
        for learner in [&haneul, &bada] {
            app.mark(&class, second, learner, "late").await;
        }
        class.lecturer.post(&format!("/lectures/{cancelled}/cancel"), json!({"reason": "태풍"})).await.expect(200);

        let open = class.lecturer.get(&format!("{path}/closing")).await.expect(200).body;
        assert_eq!((&open["unmarked"], &open["closed_at"], &open["as_of"]), (&json!(1), &json!(null), &json!("2026-09-01T01:00:00Z")));
        assert_eq!(open["lectures"], json!([{
            "lecture_id": first, "title": "차시", "sequence": 1, "lecture_date": "2026-08-18T10:00:00Z", "expected": 2, "unmarked": 1,
        }]));
        let who = class.lecturer.get(&format!("{path}/enrolments?unmarked_at={first}")).await.expect(200);
        assert_eq!((who.items().len(), &who.items()[0]["user_id"]), (1, &json!(bada.id)));
        for nothing in [second, cancelled, class.id] {
            let who = class.lecturer.get(&format!("{path}/enrolments?unmarked_at={nothing}")).await.expect(200);
            assert_eq!(who.body["total"], 0);
        }
        haneul.get(&format!("{path}/closing")).await.expect_problem(403, "FORBIDDEN");

        let refused = manager.post(&format!("{path}/close"), json!({})).await.expect_problem(409, "CLASS_HAS_UNMARKED");
        assert!(refused.body["detail"].as_str().unwrap().contains("unmarked: 1"), "{}", refused.text);
        assert_eq!(manager.get(&path).await.body["closed_at"], json!(null));
        manager.post(&format!("{path}/close?force=true"), json!({})).await.expect(200);
        assert_eq!(manager.get(&format!("{path}/closing")).await.expect(200).body["closed_at"], "2026-09-01T01:00:00Z");
    }

    async fn a_class_without_gaps_is_closed_without_force(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let lecture = app.lecture(&class, "2026-08-18T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect_problem(409, "CLASS_HAS_UNMARKED");
        app.mark(&class, lecture, &learner, "absent").await;
        let path = format!("/classes/{}/close", class.id);
        let (closed, cost) = app.costed(&manager, manager.post(&path, json!({}))).await;
        assert_eq!((closed.status, cost), (200, 5));
    }

    async fn a_manager_corrects_a_mark_of_a_closed_class_with_a_reason_and_the_history_shows_it(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let lecture = app.lecture(&class, "2026-08-18T10:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mark = app.mark(&class, lecture, &learner, "absent").await;
        let path = format!("/attendances/{}", mark["id"].as_str().unwrap());
        manager.patch(&path, json!({"status": "late", "reason": "출석부 대조"})).await.expect(200);
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);

        let correction = json!({"status": "present", "reason": "CCTV 확인"});
        class.lecturer.patch(&path, correction.clone()).await.expect_problem(409, "CLASS_CLOSED");
        manager.patch(&path, json!({"status": "present"})).await.expect_problem(409, "CLASS_CLOSED");
        manager.put(&path, json!({"status": "present"})).await.expect_problem(409, "CLASS_CLOSED");
        manager.delete(&path).await.expect_problem(409, "CLASS_CLOSED");
        let empty = manager.patch(&path, json!({"status": "present", "reason": " "})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(empty.faults(), [("/reason".to_owned(), "empty".to_owned())]);
        assert_eq!(manager.patch(&path, correction).await.expect(200).body["status"], "present");

        let history = learner.get(&format!("{path}/history?sort=at")).await.expect(200);
        let told: Vec<_> = history
            .items()
            .iter()
            .map(|one| json!([one["old"]["status"], one["new"]["status"], one["new"]["source"], one["reason"], one["after_closing"]]))
            .collect();
        assert_eq!(told, [
            json!([null, "absent", "staff", null, false]),
            json!(["absent", "late", "staff", "출석부 대조", false]),
            json!(["late", "present", "staff", "CCTV 확인", true]),
        ]);
        // A correction makes no room for new marks.
        let late = app.learner("박나무").await;
        let body = json!({"user_id": late.id, "status": "present"});
        manager.post(&format!("/lectures/{lecture}/attendances"), body).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn no_mark_slips_in_after_a_closing_was_acknowledged(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let lecture = app.lecture(&class, "2026-08-18T10:00:00Z").await;
        let mut learners = Vec::new();
        for number in 0..24 {
            learners.push(app.learner_in(&class, &format!("수강생 {number}")).await);
        }
        let path = format!("/lectures/{lecture}/attendances");
        let count = async || manager.get(&path).await.expect(200).body["total"].as_u64().unwrap();
        let marks = futures_util::future::join_all(learners.iter().map(|learner| {
            class.lecturer.post(&path, json!({"user_id": learner.id, "status": "present"}))
        }));
        let close = async {
            manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
            count().await
        };
        let (marks, when_closed) = futures_util::future::join(marks, close).await;
        let made = marks.iter().filter(|answer| answer.status == 201).count() as u64;
        assert_eq!((count().await, made), (when_closed, when_closed));
        for refused in marks.into_iter().filter(|answer| answer.status != 201) {
            refused.expect_problem(409, "CLASS_CLOSED");
        }
    }

    async fn the_places_in_a_closed_class_stand_still(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner("김하늘").await;
        let place = json!({"user_id": learner.id});
        let place = manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201).id();
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        let path = format!("/enrolments/{place}");
        manager.patch(&path, json!({"left_on": "2026-10-01"})).await.expect_problem(409, "CLASS_CLOSED");
        manager.delete(&path).await.expect_problem(409, "CLASS_CLOSED");
        let target = app.sister(&class).await.id;
        manager.post(&format!("{path}/transfer"), json!({"class_id": target})).await.expect_problem(409, "CLASS_CLOSED");
        assert_eq!(learner.get(&path).await.expect(200).body["status"], "active");
    }
}
