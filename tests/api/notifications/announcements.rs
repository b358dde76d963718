//! `/classes/{id}/announcements`, `/announcements/{id}`.

use chrono::TimeDelta;
use madang_tests::{api_test, json};

use super::{later, told};

api_test! {
    async fn a_class_is_told_once_and_nobody_else(app) {
        let (class, other) = (app.class().await, app.class().await);
        let (learner, stranger) = (app.learner_in(&class, "김하늘").await, app.learner_in(&other, "박바다").await);
        let path = format!("/classes/{}/announcements", class.id);
        let text = json!({"title": "다음 주 준비물", "body": "물통과 앞치마"});
        let made = class.lecturer.post_once(&path, "key-1", text.clone()).await.expect(201);
        class.lecturer.post_once(&path, "key-1", text.clone()).await.expect(201);
        app.work().await;
        later(&app, TimeDelta::minutes(1)).await;
        assert_eq!((told(&app, &learner).await, told(&app, &stranger).await), (vec!["announcement".to_owned()], vec![]));
        assert!(told(&app, &class.lecturer).await.is_empty(), "who announces it knows");
        let notice = learner.get("/notifications").await.expect(200).items()[0].clone();
        assert_eq!((&notice["title"], &notice["body"]), (&json!("[수채화 기초 1기] 다음 주 준비물"), &json!("물통과 앞치마")));
        assert_eq!(notice["cause"]["subject_id"], json!(made.id()));

        let one = format!("/announcements/{}", made.id());
        assert_eq!(learner.get(&one).await.expect(200).body, made.body);
        assert_eq!(learner.get(&path).await.expect(200).items().len(), 1);
        stranger.get(&one).await.expect_problem(404, "ANNOUNCEMENT_NOT_FOUND");
        stranger.get(&path).await.expect_problem(403, "FORBIDDEN");
        learner.post(&path, text).await.expect_problem(403, "FORBIDDEN");
        learner.delete(&one).await.expect_problem(403, "FORBIDDEN");
    }

    async fn one_that_is_taken_back_leaves_the_inboxes(app) {
        let class = app.class().await;
        let (reader, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "박바다").await);
        let path = format!("/classes/{}/announcements", class.id);
        let made = class.lecturer.post(&path, json!({"title": "휴강", "body": "내일"})).await.expect(201);
        app.work().await;
        reader.patch("/notifications/read-all", json!({})).await.expect(200);
        class.lecturer.delete(&format!("/announcements/{}", made.id())).await.expect(204);
        class.lecturer.delete(&format!("/announcements/{}", made.id())).await.expect_problem(404, "ANNOUNCEMENT_NOT_FOUND");
        later(&app, TimeDelta::minutes(5)).await;
        assert_eq!((told(&app, &reader).await.len(), told(&app, &other).await.len()), (1, 0), "who has read it keeps it");
    }

    async fn announcing_takes_few_statements(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/announcements", class.id);
        let announcing = class.lecturer.post(&path, json!({"title": "휴강", "body": "내일"}));
        let (answer, statements) = app.costed(&class.lecturer, announcing).await;
        answer.expect(201);
        assert!(statements <= 5, "{statements}");
    }
}
