//! What happens when a session ends.

use chrono::TimeDelta;
use madang_tests::api_test;

use super::open_lecture;

api_test! {
    async fn a_session_whose_time_is_over_is_seen_to_once(app) {
        let (class, lecture) = open_lecture(&app).await;
        let capture = app.app.services().capture.clone();
        assert_eq!(capture.settle_due().await.unwrap(), 0);
        app.advance(TimeDelta::minutes(60));
        let (one, other) = futures_util::future::join(capture.settle_due(), capture.settle_due()).await;
        assert_eq!(one.unwrap() + other.unwrap(), 1);
        assert_eq!(capture.settle_due().await.unwrap(), 0);
        let session = app.client_of(class.lecturer.id).await.get(&format!("/lectures/{lecture}/check-in-session")).await.expect(200);
        assert_eq!(session.body["settled_at"], "2026-09-01T02:00:00Z");
    }
}
