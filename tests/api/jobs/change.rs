//! `POST /admin/jobs/{id}/retry` and `/cancel`.

use madang_domain::jobs::JobStatus;
use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn what_was_given_up_is_tried_again_with_all_its_attempts(app) {
        let admin = app.admin().await;
        let dead = app.job_of("a", JobStatus::Dead).await;
        let job = admin.post(&format!("/admin/jobs/{dead}/retry"), json!(null)).await.expect(200);
        assert_eq!((&job.body["status"], &job.body["attempts"], &job.body["finished_at"]), (&"queued".into(), &0.into(), &json!(null)));
        admin.post(&format!("/admin/jobs/{dead}/retry"), json!(null)).await.expect_problem(409, "JOB_NOT_CHANGEABLE");
        let log = admin.get(&format!("/admin/audit-log?entity_id={dead}")).await.expect(200);
        assert_eq!(log.items()[0]["old"]["status"], "dead");
        assert!(!log.text.contains("열쇠"));
    }

    async fn what_has_not_begun_is_taken_back(app) {
        let admin = app.admin().await;
        let queued = app.job_of("a", JobStatus::Queued).await;
        let job = admin.post(&format!("/admin/jobs/{queued}/cancel"), json!(null)).await.expect(200);
        assert_eq!(job.body["status"], "cancelled");
        admin.post(&format!("/admin/jobs/{queued}/cancel"), json!(null)).await.expect_problem(409, "JOB_NOT_CHANGEABLE");
        admin.post(&format!("/admin/jobs/{queued}/retry"), json!(null)).await.expect_problem(409, "JOB_NOT_CHANGEABLE");
    }

    async fn what_is_not_there_or_not_allowed_is_told(app) {
        let (admin, manager) = (app.admin().await, app.manager().await);
        let dead = app.job_of("a", JobStatus::Dead).await;
        for verb in ["retry", "cancel"] {
            admin.post(&format!("/admin/jobs/{}/{verb}", Uuid::nil()), json!(null)).await.expect_problem(404, "JOB_NOT_FOUND");
            manager.post(&format!("/admin/jobs/{dead}/{verb}"), json!(null)).await.expect_problem(403, "FORBIDDEN");
        }
    }
}
