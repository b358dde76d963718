//! `GET /admin/jobs`.

use madang_domain::jobs::JobStatus;
use madang_tests::api_test;

api_test! {
    async fn jobs_are_filtered_by_status_and_kind(app) {
        let admin = app.admin().await;
        let (dead, queued) = (app.job_of("a", JobStatus::Dead).await, app.job_of("b", JobStatus::Queued).await);
        let found = async |query: &str| -> Vec<String> {
            let jobs = admin.get(&format!("/admin/jobs?{query}")).await.expect(200);
            jobs.items().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found("").await.len(), 2);
        assert_eq!(found("status=dead").await, [dead.to_string()]);
        assert_eq!(found("kind=b").await, [queued.to_string()]);
        assert_eq!(found("kind=a&status=queued").await, Vec::<String>::new());
        let job = admin.get("/admin/jobs?status=dead").await.expect(200).items()[0].clone();
        assert_eq!((&job["kind"], &job["priority"], &job["last_error"]), (&"a".into(), &"default".into(), &"이유".into()));
        assert!(!job.to_string().contains("열쇠"), "{job}");
        let file = admin.get("/admin/jobs?format=csv").await.expect(200);
        assert!(file.text.contains("dead") && !file.text.contains("열쇠"), "{}", file.text);
        assert_eq!(admin.walk("/admin/jobs", 1).await.len(), 2);
    }

    async fn only_admins_see_jobs(app) {
        app.anonymous().get("/admin/jobs").await.expect_problem(401, "UNAUTHENTICATED");
        for client in [app.learner("김하늘").await, app.manager().await, app.class().await.lecturer] {
            client.get("/admin/jobs").await.expect_problem(403, "FORBIDDEN");
        }
    }

    async fn parameters_that_can_not_be_read_are_named(app) {
        let admin = app.admin().await;
        for (query, name) in [("status=asleep", "?status"), ("sort=kind", "?sort"), (&format!("kind={}", "x".repeat(51)), "?kind")] {
            let answer = admin.get(&format!("/admin/jobs?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name);
        }
    }
}
