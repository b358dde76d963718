//! What happens when a session ends.

use chrono::TimeDelta;
use madang_tests::{api_test, json};

use super::{checked_in, open_lecture};

api_test! {
    async fn who_has_no_mark_at_the_end_is_absent_and_everybody_else_stays_as_they_are(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (here, excused, missing) =
            (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await, app.learner_in(&class, "박나무").await);
        checked_in(&app, &class, lecture, &here).await;
        app.mark(&class, lecture, &excused, "excused").await;
        let close = format!("/lectures/{lecture}/check-in-session/close");
        for _ in 0..2 {
            class.lecturer.post(&close, json!({})).await.expect(200);
            let marks = class.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
            let found: Vec<_> = marks.items().iter().map(|mark| [&mark["user_id"], &mark["status"], &mark["source"], &mark["version"]].map(Clone::clone)).collect();
            assert_eq!(found, [
                [json!(here.id), json!("present"), json!("self_check_in"), json!(1)],
                [json!(missing.id), json!("absent"), json!("closing"), json!(1)],
                [json!(excused.id), json!("excused"), json!("staff"), json!(1)],
            ]);
        }
    }

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
