//! Who may see figures.

use madang_domain::access::{Authorizations, Permission, Role};
use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn staff_see_the_figures_of_their_own_classes_only(app) {
        let (own, other) = (app.class().await, app.class().await);
        let lecture = app.lecture(&own, "2026-08-25T01:00:00Z").await;
        let learner = app.learner_in(&own, "김하늘").await;
        for path in [format!("/lectures/{lecture}/attendance-stats"), format!("/classes/{}/attendance-stats", own.id)] {
            own.lecturer.get(&path).await.expect(200);
            other.lecturer.get(&path).await.expect_problem(403, "FORBIDDEN");
            learner.get(&path).await.expect_problem(403, "FORBIDDEN");
            app.anonymous().get(&path).await.expect_problem(401, "UNAUTHENTICATED");
        }
        for path in [format!("/courses/{}/attendance-stats", own.course), "/stats/attendance?period=weekly".to_owned()] {
            own.lecturer.get(&path).await.expect_problem(403, "FORBIDDEN");
            learner.get(&path).await.expect_problem(403, "FORBIDDEN");
            app.manager().await.get(&path).await.expect(200);
        }
    }

    async fn who_may_read_statistics_sees_all_of_them_but_no_history(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let permissions = [Permission::ReadStatistics].into();
        let rights = Authorizations { permissions, ..Authorizations::of_roles([Role::Learner]) };
        let reader = app.user("통계 담당", rights).await;
        for path in [
            format!("/lectures/{lecture}/attendance-stats"),
            format!("/classes/{}/attendance-stats", class.id),
            format!("/courses/{}/attendance-stats", class.course),
            "/stats/attendance?period=monthly".to_owned(),
        ] {
            reader.get(&path).await.expect(200);
        }
        reader.get(&format!("/users/{}/history", learner.id)).await.expect_problem(404, "USER_NOT_FOUND");
    }

    async fn a_history_is_its_owners_and_the_managers(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/users/{}/history", learner.id);
        learner.get(&path).await.expect(200);
        app.manager().await.get(&path).await.expect(200);
        let missing = format!("/users/{}/history", Uuid::from_u128(7));
        for stranger in [&class.lecturer, &app.learner("박바다").await] {
            let hidden = stranger.get(&path).await.expect_problem(404, "USER_NOT_FOUND");
            let nobody = stranger.get(&missing).await.expect_problem(404, "USER_NOT_FOUND");
            assert_eq!(hidden.body["detail"], nobody.body["detail"]);
        }
        app.manager().await.get(&missing).await.expect_problem(404, "USER_NOT_FOUND");
        app.anonymous().get("/users/me/history").await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn what_was_taken_out_of_the_catalogue_is_hidden_from_strangers_and_counted_for_staff(app) {
        let manager = app.manager().await;
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}/attendance-stats", class.id);
        manager.patch(&format!("/classes/{}", class.id), json!({"is_active": false})).await.expect(200);
        learner.get(&path).await.expect_problem(404, "CLASS_NOT_FOUND");
        class.lecturer.get(&path).await.expect(200);
        manager.get(&path).await.expect(200);
        for (resource, code) in [("lectures", "LECTURE_NOT_FOUND"), ("classes", "CLASS_NOT_FOUND"), ("courses", "COURSE_NOT_FOUND")] {
            let nowhere = format!("/{resource}/{}/attendance-stats", Uuid::from_u128(7));
            manager.get(&nowhere).await.expect_problem(404, code);
        }
    }
}
