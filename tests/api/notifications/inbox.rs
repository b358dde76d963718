//! `/notifications`: the list, what was read, what was put away.

use chrono::TimeDelta;
use madang_tests::{api_test, json};
use uuid::Uuid;

use super::later;

api_test! {
    async fn a_notice_is_listed_counted_and_read(app) {
        let learner = app.learner("김하늘").await;
        let first = app.notice_to(&learner).await;
        app.advance(TimeDelta::minutes(1));
        let second = app.notice_to(&learner).await;
        let inbox = learner.get("/notifications").await.expect(200);
        let ids: Vec<_> = inbox.items().iter().map(|one| one["id"].clone()).collect();
        assert_eq!((ids, inbox.body["total"].clone()), (vec![json!(second), json!(first)], json!(2)));
        assert_eq!(inbox.items()[0]["title"], "수료증이 발급되었습니다: 수채화");
        assert_eq!(learner.get("/notifications/unread-count").await.expect(200).body, json!({"unread": 2}));

        let read = learner.patch(&format!("/notifications/{first}/read"), json!({})).await.expect(200);
        assert_eq!(read.body["read_at"], json!(app.now()));
        app.advance(TimeDelta::minutes(1));
        let again = learner.patch(&format!("/notifications/{first}/read"), json!({})).await.expect(200);
        assert_eq!(again.body, read.body, "it was read when it was read first");
        let found = async |query: &str| learner.get(&format!("/notifications?{query}")).await.expect(200).items().clone();
        assert_eq!(found("unread=true").await[0]["id"], json!(second));
        assert_eq!(found("unread=false").await[0]["id"], json!(first));
        assert_eq!((found("kind=certificate_issued").await.len(), found("kind=absence").await.len()), (2, 0));
        assert_eq!(learner.walk("/notifications", 1).await.len(), 2);

        assert_eq!(learner.patch("/notifications/read-all", json!({})).await.expect(200).body, json!({"read": 1}));
        assert_eq!(learner.get("/notifications/unread-count").await.expect(200).body, json!({"unread": 0}));
        learner.delete(&format!("/notifications/{first}")).await.expect(204);
        assert_eq!(found("").await.len(), 1);
        learner.delete(&format!("/notifications/{first}")).await.expect_problem(404, "NOTIFICATION_NOT_FOUND");
    }

    async fn an_inbox_is_its_owner_s_alone(app) {
        let (learner, other, admin) = (app.learner("김하늘").await, app.learner("박바다").await, app.admin().await);
        let notice = app.notice_to(&learner).await;
        for stranger in [&other, &admin] {
            assert!(stranger.get("/notifications").await.expect(200).items().is_empty());
            let path = format!("/notifications/{notice}");
            stranger.patch(&format!("{path}/read"), json!({})).await.expect_problem(404, "NOTIFICATION_NOT_FOUND");
            stranger.delete(&path).await.expect_problem(404, "NOTIFICATION_NOT_FOUND");
        }
        assert_eq!(other.patch("/notifications/read-all", json!({})).await.expect(200).body, json!({"read": 0}));
        learner.patch(&format!("/notifications/{}/read", Uuid::nil()), json!({})).await.expect_problem(404, "NOTIFICATION_NOT_FOUND");
        assert_eq!(learner.get("/notifications/unread-count").await.expect(200).body, json!({"unread": 1}));
    }

    async fn notices_are_kept_for_thirty_days(app) {
        let learner = app.learner("김하늘").await;
        app.notice_to(&learner).await;
        later(&app, TimeDelta::days(30)).await;
        let inbox = async || app.client_of(learner.id).await.get("/notifications").await.expect(200).items().len();
        assert_eq!(inbox().await, 1);
        later(&app, TimeDelta::hours(1)).await;
        assert_eq!(inbox().await, 0);
    }

    async fn requests_about_an_inbox_take_few_statements(app) {
        let learner = app.learner("김하늘").await;
        for _ in 0..30 {
            app.notice_to(&learner).await;
        }
        let (_, listed) = app.costed(&learner, learner.get("/notifications?size=100")).await;
        let (_, counted) = app.costed(&learner, learner.get("/notifications/unread-count")).await;
        let (_, read) = app.costed(&learner, learner.patch("/notifications/read-all", json!({}))).await;
        assert!(listed <= 4 && counted <= 2 && read <= 2, "{listed} {counted} {read}");
    }
}
