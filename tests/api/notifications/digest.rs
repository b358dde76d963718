//! The mail of the day.

use chrono::TimeDelta;
use madang_tests::{api_test, json};

use super::{later, told, wants};

api_test! {
    async fn what_happened_in_a_day_comes_in_one_mail(app, [("DIGEST_AT", "18:00")]) {
        // What was due before the server began.
        app.work().await;
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.reach_by_mail(&learner, "haneul@example.com").await;
        wants(&app, &learner, "digest", &["announcement", "absence"]).await;
        let lecture = app.lecture(&class, "2026-08-31T01:00:00Z").await;
        // Of so many lectures one may be missed without another notice.
        for day in 5..=29 {
            app.lecture(&class, &format!("2026-09-{day:02}T01:00:00Z")).await;
        }
        let mark = app.mark(&class, lecture, &learner, "absent").await;
        let path = format!("/classes/{}/announcements", class.id);
        let first = class.lecturer.post(&path, json!({"title": "준비물", "body": "물통"})).await.expect(201);
        class.lecturer.post(&path, json!({"title": "주차", "body": "뒤편"})).await.expect(201);
        class.lecturer.post(&path, json!({"title": "취소될 것", "body": "없음"})).await.expect(201);
        app.work().await;
        later(&app, TimeDelta::minutes(11)).await;
        assert_eq!(told(&app, &learner).await.len(), 4);
        assert!(app.mails().await.is_empty());

        // Before evening one is taken back, the mark is corrected, and one is read.
        let gone = app.client_of(class.lecturer.id).await.get(&path).await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let manager = app.manager().await;
        manager.delete(&format!("/announcements/{gone}")).await.expect(204);
        manager.patch(&format!("/attendances/{}", mark["id"].as_str().unwrap()), json!({"status": "present"})).await.expect(200);
        later(&app, TimeDelta::hours(8)).await;
        let mails = app.mails().await;
        assert_eq!((mails.len(), mails[0].to(), mails[0].subject()), (1, "haneul@example.com", "오늘의 알림 2건"));
        let text = mails[0].text();
        assert!(text.contains("■ [수채화 기초 1기] 준비물\n물통\n") && text.contains("주차") && !text.contains("취소될 것"), "{text}");
        later(&app, TimeDelta::days(1)).await;
        assert_eq!(app.mails().await.len(), 1, "what was mailed is not mailed again");
        drop(first);
    }

    async fn the_mail_of_the_day_waits_for_the_end_of_quiet_hours(app, [("DIGEST_AT", "18:00")]) {
        // What was due before the server began.
        app.work().await;
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.reach_by_mail(&learner, "haneul@example.com").await;
        let kinds = json!([{"kind": "announcement", "email": "digest", "push": false, "alimtalk": false}]);
        let quiet = json!({"language": "en", "quiet_hours": {"from": "17:00", "to": "19:00"}, "kinds": kinds});
        learner.put("/notification-preferences", quiet).await.expect(200);
        class.lecturer.post(&format!("/classes/{}/announcements", class.id), json!({"title": "준비물", "body": "물통"})).await.expect(201);
        app.work().await;
        later(&app, TimeDelta::hours(8)).await;
        assert!(app.mails().await.is_empty());
        later(&app, TimeDelta::minutes(62)).await;
        assert_eq!(app.mails().await[0].subject(), "Your 1 notifications of the day");
    }
}
