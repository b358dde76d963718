//! `POST /courses/{id}/classes`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn a_manager_plans_a_run_of_a_course(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        let body = json!({"title": "수채화 1기", "lecturer_info": "김하늘", "date_info": "매주 화\n19:00",
            "begin_date": "2026-09-01", "end_date": "2026-11-26", "capacity": 20});
        let made = manager.post(&format!("/courses/{course}/classes"), body).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/classes/{}", made.id()));
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(made.body, json!({
            "id": made.id(), "course_id": course, "title": "수채화 1기", "lecturer_info": "김하늘", "date_info": "매주 화\n19:00",
            "begin_date": "2026-09-01", "end_date": "2026-11-26", "capacity": 20, "closed_at": null, "is_active": true,
            "created_at": "2026-09-01T01:00:00Z", "created_by": manager.id, "updated_at": "2026-09-01T01:00:00Z",
            "updated_by": manager.id, "version": 1,
        }));
        assert_eq!(manager.get(&format!("/classes/{}", made.id())).await.expect(200).body, made.body);
    }

    async fn a_course_out_of_the_catalogue_may_still_get_a_class(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        manager.delete(&format!("/courses/{course}")).await.expect(204);
        let body = json!({"title": "1기", "begin_date": "2026-09-01", "end_date": "2026-09-01"});
        manager.post(&format!("/courses/{course}/classes"), body).await.expect(201);
    }

    async fn who_does_not_manage_the_catalogue_plans_nothing(app) {
        let path = format!("/courses/{}/classes", app.course("수채화").await);
        let body = json!({"title": "1기", "begin_date": "2026-09-01", "end_date": "2026-09-30"});
        let lecturer = app.user("이강사", Authorizations::of_roles([Role::Lecturer])).await;
        for caller in [app.learner("김하늘").await, lecturer] {
            caller.post(&path, body.clone()).await.expect_problem(403, "FORBIDDEN");
        }
        let nowhere = format!("/courses/{}/classes", Uuid::nil());
        app.manager().await.post(&nowhere, body).await.expect_problem(404, "COURSE_NOT_FOUND");
    }

    async fn what_can_not_be_is_refused_by_its_place(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        let path = format!("/courses/{course}/classes");
        let with = |field: &str, value: serde_json::Value| {
            let mut body = json!({"title": "1기", "begin_date": "2026-09-01", "end_date": "2026-09-30"});
            body[field] = value;
            body
        };
        for (field, value, code) in [
            ("title", json!("  "), "empty"),
            ("title", json!("가".repeat(201)), "too_long"),
            ("lecturer_info", json!("a\u{0}b"), "forbidden_character"),
            ("date_info", json!("가".repeat(2_001)), "too_long"),
            ("begin_date", json!("2026-02-30"), "invalid_format"),
            ("begin_date", json!("1899-12-31"), "out_of_range"),
            ("end_date", json!("+12026-09-30"), "out_of_range"),
            ("end_date", json!("2026-08-31"), "reversed"),
            ("end_date", json!(null), "wrong_type"),
            ("capacity", json!(0), "out_of_range"),
            ("capacity", json!(100_001), "out_of_range"),
            ("capacity", json!("twenty"), "wrong_type"),
            ("closed_at", json!("2026-09-01T00:00:00Z"), "unknown_field"),
            ("is_active", json!(false), "unknown_field"),
        ] {
            let answer = manager.post(&path, with(field, value)).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), code.to_owned())]);
        }
        let answer = manager.post(&path, json!({"title": "1기", "begin_date": "2026-09-01"})).await;
        assert_eq!(answer.expect_problem(422, "VALIDATION_ERROR").faults(), [("/end_date".to_owned(), "missing".to_owned())]);
        assert_eq!(manager.get(&path).await.expect(200).body["total"], 0);
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        let path = format!("/courses/{course}/classes");
        let body = json!({"title": "1기", "begin_date": "2026-09-01", "end_date": "2026-09-30"});
        let first = manager.post_once(&path, "key-1", body.clone()).await.expect(201);
        let second = manager.post_once(&path, "key-1", body.clone()).await.expect(201);
        assert_eq!((first.text.as_str(), first.header("location")), (second.text.as_str(), second.header("location")));
        assert_eq!(second.header("idempotent-replayed"), "true");
        assert_eq!(manager.get(&path).await.body["total"], 1);
        // The key names the address too, not the body alone.
        let other = format!("/courses/{}/classes", app.course("유화").await);
        manager.post_once(&other, "key-1", body).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
}
