//! Who may have reports: whoever may see their figures.

use madang_tests::api_test;
use uuid::Uuid;

use super::marked_class;

api_test! {
    async fn a_report_is_for_who_may_see_its_figures(app) {
        let (class, learners) = marked_class(&app).await;
        let stranger = app.class().await.lecturer;
        for path in [format!("/classes/{}/closing-report", class.id), format!("/classes/{}/chart?kind=funnel", class.id)] {
            class.lecturer.get(&path).await.expect(200);
            app.manager().await.get(&path).await.expect(200);
            for other in [&stranger, &learners[0]] {
                other.get(&path).await.expect_problem(403, "FORBIDDEN");
            }
            app.anonymous().get(&path).await.expect_problem(401, "UNAUTHENTICATED");
        }
        for path in [
            format!("/courses/{}/chart?kind=bars", class.course),
            "/stats/attendance/chart?kind=bars&period=weekly".to_owned(),
            "/stats/attendance/report?period=weekly".to_owned(),
        ] {
            class.lecturer.get(&path).await.expect_problem(403, "FORBIDDEN");
            app.manager().await.get(&path).await.expect(200);
        }
        let nowhere = Uuid::from_u128(7);
        let manager = app.manager().await;
        manager.get(&format!("/classes/{nowhere}/closing-report")).await.expect_problem(404, "CLASS_NOT_FOUND");
        manager.get(&format!("/classes/{nowhere}/chart?kind=bars")).await.expect_problem(404, "CLASS_NOT_FOUND");
        manager.get(&format!("/courses/{nowhere}/chart?kind=bars")).await.expect_problem(404, "COURSE_NOT_FOUND");
    }

    async fn a_statement_is_its_owners_and_the_managers(app) {
        let (class, learners) = marked_class(&app).await;
        let path = format!("/users/{}/statement", learners[0].id);
        let own = learners[0].get("/users/me/statement").await.expect(200);
        assert_eq!(own.body["subject"], "김하늘");
        assert_eq!(learners[0].get(&path).await.expect(200).body["tables"], own.body["tables"]);
        app.manager().await.get(&path).await.expect(200);
        for stranger in [&learners[1], &class.lecturer] {
            stranger.get(&path).await.expect_problem(404, "USER_NOT_FOUND");
        }
    }
}
