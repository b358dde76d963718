//! `DELETE /lectures/{id}`.

use madang_tests::{api_test, json};

api_test! {
    async fn a_lecture_without_marks_is_deleted_by_its_lecturer(app) {
        let class = app.class().await;
        let path = format!("/lectures/{}", app.lecture(&class, "2026-09-08T10:00:00Z").await);
        assert!(class.lecturer.delete(&path).await.expect(204).text.is_empty());
        class.lecturer.get(&path).await.expect_problem(404, "LECTURE_NOT_FOUND");
        class.lecturer.delete(&path).await.expect_problem(404, "LECTURE_NOT_FOUND");
    }

    async fn a_lecture_with_marks_is_kept_unless_a_manager_says_force(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let path = format!("/lectures/{lecture}");
        let mut marks = Vec::new();
        for name in ["김하늘", "이바다", "박나무"] {
            let learner = app.learner_in(&class, name).await;
            marks.push(app.mark(&class, lecture, &learner, "present").await);
        }
        let (admin, manager) = (app.admin().await, app.manager().await);
        let kept = manager.delete(&path).await.expect_problem(409, "LECTURE_HAS_MARKS");
        assert!(kept.body["detail"].as_str().unwrap().contains('3'), "{}", kept.text);
        manager.delete(&format!("{path}?force=false")).await.expect_problem(409, "LECTURE_HAS_MARKS");
        class.lecturer.delete(&format!("{path}?force=true")).await.expect_problem(403, "FORBIDDEN");
        manager.delete(&format!("{path}?force=perhaps")).await.expect_problem(400, "MALFORMED_QUERY");
        manager.get(&path).await.expect(200);

        let deleted = manager.delete(&format!("{path}?force=true")).await.expect(204);
        manager.get(&path).await.expect_problem(404, "LECTURE_NOT_FOUND");
        for mark in &marks {
            let id = mark["id"].as_str().unwrap();
            manager.get(&format!("/attendances/{id}")).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
            let log = admin.get(&format!("/admin/audit-log?entity=attendance&entity_id={id}")).await.expect(200);
            let last = &log.items()[0];
            assert_eq!((&last["action"], &last["actor"]), (&json!("delete"), &json!(manager.id)));
            assert_eq!((&last["old"]["status"], &last["new"]), (&json!("present"), &json!(null)));
            assert_eq!(last["request_id"], deleted.header("x-request-id"));
            assert!(last["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        }
        let log = admin.get(&format!("/admin/audit-log?entity=lecture&entity_id={lecture}")).await.expect(200);
        assert_eq!(log.items()[0]["action"], "delete");
    }

    async fn deleting_with_force_costs_five_statements_at_any_number_of_marks(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        let mut costs = Vec::new();
        for learners in [1, 12] {
            let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
            for number in 0..learners {
                let learner = app.learner_in(&class, &format!("수강생 {number}")).await;
                app.mark(&class, lecture, &learner, "late").await;
            }
            let path = format!("/lectures/{lecture}?force=true");
            let (deleted, cost) = app.costed(&manager, manager.delete(&path)).await;
            costs.push((deleted.status, cost));
        }
        assert_eq!(costs, [(204, 5), (204, 5)]);
    }
}
