//! `POST /classes/{id}/copy`.

use madang_tests::{Answer, Client, api_test, json};
use uuid::Uuid;

async fn lectures(client: &Client, class: Uuid) -> Vec<(serde_json::Value, serde_json::Value)> {
    let list: Answer = client.get(&format!("/classes/{class}/lectures?sort=sequence")).await.expect(200);
    list.items().iter().map(|item| (item["sequence"].clone(), item["lecture_date"].clone())).collect()
}

api_test! {
    async fn a_copy_moves_its_days_and_keeps_the_weekdays_of_its_lectures(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        app.learner_in(&class, "김하늘").await;
        app.lecture(&class, "2026-06-02T10:00:00Z").await;
        app.lecture(&class, "2026-06-09T10:00:00Z").await;
        manager.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);

        let copy = manager.post(&format!("/classes/{}/copy", class.id), json!({"begin_date": "2027-06-01"})).await.expect(201);
        assert_eq!(copy.header("location"), format!("/api/v1/classes/{}", copy.id()));
        assert_eq!(
            (&copy.body["title"], &copy.body["begin_date"], &copy.body["end_date"], &copy.body["closed_at"], &copy.body["version"]),
            (&json!("수채화 기초 1기"), &json!("2027-06-01"), &json!("2027-12-31"), &json!(null), &json!(1))
        );
        assert_eq!(copy.body["course_id"], json!(class.course));
        assert_eq!(lectures(&manager, copy.id()).await, [
            (json!(1), json!("2027-06-01T10:00:00Z")),
            (json!(2), json!("2027-06-08T10:00:00Z")),
        ]);
        // Nobody is carried over, and the original stays as it was.
        assert_eq!(manager.get(&format!("/classes/{}/enrolments", copy.id())).await.body["total"], 0);
        assert_eq!(lectures(&manager, class.id).await[0].1, "2026-06-02T10:00:00Z");
    }

    async fn a_copy_may_have_a_title_of_its_own_and_no_lectures(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        app.lecture(&class, "2026-06-02T10:00:00Z").await;
        let body = json!({"begin_date": "2026-01-01", "title": "수채화 기초 0기", "with_lectures": false});
        let copy = manager.post(&format!("/classes/{}/copy", class.id), body).await.expect(201);
        assert_eq!((&copy.body["title"], &copy.body["end_date"]), (&json!("수채화 기초 0기"), &json!("2026-08-02")));
        assert!(lectures(&manager, copy.id()).await.is_empty());
    }

    async fn a_copy_can_be_shifted_by_days_whatever_weekday_that_is(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        app.lecture(&class, "2026-06-02T10:00:00Z").await;
        let copy = manager.post(&format!("/classes/{}/copy", class.id), json!({"shift_days": 10})).await.expect(201);
        assert_eq!((&copy.body["begin_date"], &copy.body["end_date"], &copy.body["lectures"]), (&json!("2026-06-11"), &json!("2027-01-10"), &json!(1)));
        assert_eq!(lectures(&manager, copy.id()).await[0].1, "2026-06-12T10:00:00Z");
    }

    async fn a_copy_leaves_out_holidays_in_order_and_cancelled_lectures(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        for day in ["2026-06-02", "2026-06-09", "2026-06-16"] {
            app.lecture(&class, &format!("{day}T10:00:00Z")).await;
        }
        let cancelled = app.lecture(&class, "2026-06-23T10:00:00Z").await;
        class.lecturer.post(&format!("/lectures/{cancelled}/cancel"), json!({"reason": "태풍"})).await.expect(200);
        // 2027-02-09 is a substitute day of Seollal, a Tuesday.
        let body = json!({"begin_date": "2027-02-01", "public_holidays": true, "holidays": ["2027-02-16"]});
        let copy = manager.post(&format!("/classes/{}/copy", class.id), body).await.expect(201);
        assert_eq!(lectures(&manager, copy.id()).await, [
            (json!(1), json!("2027-02-02T10:00:00Z")),
            (json!(2), json!("2027-02-23T10:00:00Z")),
            (json!(3), json!("2027-03-02T10:00:00Z")),
        ]);
        assert_eq!(copy.body["lectures"], 3);
        assert_eq!(copy.body["skipped"], json!([
            {"date": "2027-02-09", "reason": "public_holiday", "name": "대체공휴일(설날)"},
            {"date": "2027-02-16", "reason": "closed_day", "name": null},
        ]));
        let late = json!({"begin_date": "2028-02-01", "public_holidays": true});
        let copy = manager.post(&format!("/classes/{}/copy", class.id), late).await.expect(201);
        assert_eq!(copy.body["warnings"][0]["code"], "HOLIDAYS_UNPUBLISHED");
    }

    async fn a_copy_that_runs_on_past_its_end_ends_with_its_last_lecture(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        app.lecture(&class, "2026-12-29T10:00:00Z").await;
        let body = json!({"begin_date": "2027-06-07", "holidays": ["2028-01-04"]});
        let copy = manager.post(&format!("/classes/{}/copy", class.id), body).await.expect(201);
        assert_eq!(lectures(&manager, copy.id()).await[0].1, "2028-01-11T10:00:00Z");
        assert_eq!(copy.body["end_date"], "2028-01-11");
    }

    async fn what_can_not_be_copied_is_refused(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let path = format!("/classes/{}/copy", class.id);
        for (body, pointer, code) in [
            (json!({}), "/begin_date", "missing"),
            (json!({"begin_date": "+9999-01-01"}), "/begin_date", "out_of_range"),
            (json!({"begin_date": "2027-01-01", "shift_days": 7}), "/shift_days", "inconsistent"),
            (json!({"shift_days": 36_501}), "/shift_days", "out_of_range"),
            (json!({"shift_days": -36_500 * 2}), "/shift_days", "out_of_range"),
            (json!({"begin_date": "2027-01-01", "holidays": vec!["2027-01-01"; 401]}), "/holidays", "too_long"),
            (json!({"begin_date": "2027-01-01", "title": ""}), "/title", "empty"),
            (json!({"begin_date": "2027-01-01", "end_date": "2027-02-01"}), "/end_date", "unknown_field"),
        ] {
            let answer = manager.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
        let body = json!({"begin_date": "2027-01-01"});
        class.lecturer.post(&path, body.clone()).await.expect_problem(403, "FORBIDDEN");
        let nowhere = format!("/classes/{}/copy", Uuid::nil());
        manager.post(&nowhere, body).await.expect_problem(404, "CLASS_NOT_FOUND");
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let path = format!("/classes/{}/copy", class.id);
        let first = manager.post_once(&path, "key-1", json!({"begin_date": "2027-01-01"})).await.expect(201);
        let second = manager.post_once(&path, "key-1", json!({"begin_date": "2027-01-01"})).await.expect(201);
        assert_eq!((first.id(), second.header("idempotent-replayed")), (second.id(), "true".to_owned()));
        assert_eq!(manager.get(&format!("/courses/{}/classes", class.course)).await.body["total"], 2);
        manager.post_once(&path, "key-1", json!({"begin_date": "2027-01-02"})).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
}
