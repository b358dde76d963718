//! `GET /calendars/{token}.ics`.

use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;
use serde_json::Value;

async fn subscribe(client: &Client, body: Value) -> String {
    client.post("/calendars", body).await.expect(201).body["path"].as_str().unwrap().to_owned()
}

async fn read(app: &TestApp, path: &str) -> Answer {
    app.anonymous().get(&format!("/{path}")).await
}

fn events(file: &str) -> Vec<&str> {
    file.split("BEGIN:VEVENT\r\n").skip(1).collect()
}

api_test! {
    async fn a_learner_subscribes_to_their_lectures_without_signing_in(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-03T01:00:00Z").await;
        app.lecture(&class, "2026-09-10T01:00:00Z").await;
        let other = app.class().await;
        app.lecture(&other, "2026-09-03T01:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = subscribe(&learner, json!({})).await;
        let file = read(&app, &path).await.expect(200);
        assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
        let found = events(&file.text);
        assert_eq!(found.len(), 2, "{}", file.text);
        for line in [
            &format!("UID:{lecture}@madang"), "SEQUENCE:0", "STATUS:CONFIRMED", "SUMMARY:수채화 기초 1기 차시",
            "DTSTART;TZID=Asia/Seoul:20260903T100000", "DTEND;TZID=Asia/Seoul:20260903T110000",
        ] {
            assert!(found[0].lines().any(|found| found == line), "{line}: {}", found[0]);
        }
    }

    async fn a_moved_lecture_keeps_its_uid_and_a_cancelled_one_says_so(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-09-03T01:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = subscribe(&learner, json!({"class_id": class.id})).await;
        class.lecturer.patch(&format!("/lectures/{lecture}"), json!({"lecture_date": "2026-09-04T02:00:00Z"})).await.expect(200);
        let file = read(&app, &path).await.expect(200).text;
        for line in [&format!("UID:{lecture}@madang"), "SEQUENCE:1", "DTSTART;TZID=Asia/Seoul:20260904T110000"] {
            assert!(file.lines().any(|found| found == line), "{line}: {file}");
        }
        class.lecturer.post(&format!("/lectures/{lecture}/cancel"), json!({"reason": "폭설"})).await.expect(200);
        let file = read(&app, &path).await.expect(200).text;
        for line in ["SEQUENCE:2", "STATUS:CANCELLED"] {
            assert!(file.lines().any(|found| found == line), "{line}: {file}");
        }
    }

    async fn who_has_left_keeps_the_lectures_of_their_own_days(app) {
        let class = app.class().await;
        app.lecture(&class, "2026-08-20T01:00:00Z").await;
        app.lecture(&class, "2026-09-10T01:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = subscribe(&learner, json!({})).await;
        assert_eq!(events(&read(&app, &path).await.expect(200).text).len(), 2);
        let place = class.lecturer.get(&format!("/classes/{}/enrolments?role=learner", class.id)).await.items()[0]["id"].clone();
        class.lecturer.delete(&format!("/enrolments/{}", place.as_str().unwrap())).await.expect(204);
        let file = read(&app, &path).await.expect(200).text;
        assert_eq!(events(&file).len(), 1);
        assert!(file.contains("DTSTART;TZID=Asia/Seoul:20260820T100000"), "{file}");
    }

    async fn what_has_not_changed_is_not_sent_again(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = subscribe(&learner, json!({})).await;
        let etag = read(&app, &path).await.expect(200).header("etag");
        let again = async || {
            let request = app.anonymous().request(Method::GET, &format!("/{path}")).header("If-None-Match", &etag);
            Answer::of(request).await
        };
        let answer = again().await.expect(304);
        assert_eq!((answer.header("etag"), answer.text.as_str()), (etag.clone(), ""));
        app.lecture(&class, "2026-09-10T01:00:00Z").await;
        again().await.expect(200);
    }

    async fn an_address_that_was_taken_back_or_of_nobody_is_not_found(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let made = learner.post("/calendars", json!({})).await.expect(201);
        let path = made.body["path"].as_str().unwrap().to_owned();
        let other = subscribe(&learner, json!({})).await;
        learner.delete(&format!("/calendars/{}", made.id())).await.expect(204);
        read(&app, &path).await.expect_problem(404, "CALENDAR_NOT_FOUND");
        read(&app, "/api/v1/calendars/guess.ics").await.expect_problem(404, "CALENDAR_NOT_FOUND");
        app.manager().await.delete(&format!("/users/{}", learner.id)).await.expect(204);
        read(&app, &other).await.expect_problem(404, "CALENDAR_NOT_FOUND");
    }

    async fn reading_takes_three_statements_however_many_lectures_there_are(app) {
        let class = app.class().await;
        for day in 10..20 {
            app.lecture(&class, &format!("2026-09-{day}T01:00:00Z")).await;
        }
        let learner = app.learner_in(&class, "김하늘").await;
        let path = subscribe(&learner, json!({})).await;
        let before = app.statements();
        assert_eq!(events(&read(&app, &path).await.expect(200).text).len(), 10);
        assert_eq!(app.statements() - before, 3);
    }
}
