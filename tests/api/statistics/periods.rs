//! `GET /stats/attendance`.

use madang_tests::{Client, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::brief;

async fn buckets(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/stats/attendance?{query}")).await.expect(200);
    answer.body["buckets"].as_array().unwrap().clone()
}

fn days(buckets: &[Value]) -> Vec<(&str, &str)> {
    buckets.iter().map(|one| (one["begins_on"].as_str().unwrap(), one["ends_on"].as_str().unwrap())).collect()
}

api_test! {
    async fn without_days_the_last_twelve_weeks_are_told_and_empty_ones_too(app) {
        let manager = app.manager().await;
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.mark(&class, lecture, &learner, "present").await;
        let body = manager.get("/stats/attendance?period=weekly").await.expect(200).body;
        assert_eq!((&body["from"], &body["to"]), (&json!("2026-06-15"), &json!("2026-09-01")));
        assert_eq!((&body["period"], &body["tz"]), (&json!("weekly"), &json!("Asia/Seoul")));
        assert_eq!(brief(&body["figures"]), json!([1, 1, 0, 1, "1/1"]));
        let buckets = body["buckets"].as_array().unwrap();
        assert_eq!(buckets.len(), 12);
        for bucket in buckets {
            let held = bucket["begins_on"] == "2026-08-24";
            let expected = if held { json!([1, 1, 0, 1, "1/1"]) } else { json!([0, 0, 0, 0, null]) };
            assert_eq!(brief(&bucket["figures"]), expected);
            assert_eq!(bucket["complete"], bucket["begins_on"] != "2026-08-31");
        }
    }

    async fn months_are_those_of_the_calendar(app) {
        let buckets = buckets(&app.manager().await, "period=monthly&from=2025-12-31&to=2026-02-01").await;
        assert_eq!(days(&buckets), [("2025-12-01", "2025-12-31"), ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")]);
        let complete: Vec<&Value> = buckets.iter().map(|bucket| &bucket["complete"]).collect();
        assert_eq!(complete, [&json!(false), &json!(true), &json!(false)]);
    }

    async fn the_first_and_the_last_day_are_included_and_no_other(app) {
        let class = app.class().await;
        app.learner_in(&class, "김하늘").await;
        // Half past midnight on Monday and half an hour before midnight on Sunday, in Seoul.
        for starts_at in ["2026-07-05T14:30:00Z", "2026-07-05T15:30:00Z", "2026-07-12T14:30:00Z", "2026-07-12T15:30:00Z"] {
            app.lecture(&class, starts_at).await;
        }
        let buckets = buckets(&app.manager().await, "period=weekly&from=2026-07-06&to=2026-07-12").await;
        assert_eq!(days(&buckets), [("2026-07-06", "2026-07-12")]);
        assert_eq!(buckets[0]["figures"]["lectures"], 2);
    }

    async fn another_time_zone_moves_a_lecture_into_another_week(app) {
        let manager = app.manager().await;
        let class = app.class().await;
        app.learner_in(&class, "김하늘").await;
        app.lecture(&class, "2026-07-05T15:30:00Z").await;
        for (tz, held_in) in [("Asia/Seoul", "2026-07-06"), ("UTC", "2026-06-29"), ("Pacific/Auckland", "2026-07-06")] {
            for bucket in buckets(&manager, &format!("period=weekly&from=2026-06-29&to=2026-07-12&tz={tz}")).await {
                let lectures = u64::from(bucket["begins_on"] == held_in);
                assert_eq!(bucket["figures"]["lectures"], lectures, "{tz} {}", bucket["begins_on"]);
            }
        }
    }

    async fn one_course_can_be_looked_at_alone(app) {
        let manager = app.manager().await;
        let (one, other) = (app.class().await, app.class().await);
        for class in [&one, &other] {
            app.learner_in(class, "김하늘").await;
            app.lecture(class, "2026-08-25T01:00:00Z").await;
        }
        let body = manager.get(&format!("/stats/attendance?period=monthly&course_id={}", one.course)).await.expect(200).body;
        assert_eq!((&body["course_id"], &body["figures"]["lectures"]), (&json!(one.course), &json!(1)));
        assert_eq!(manager.get("/stats/attendance?period=monthly").await.expect(200).body["figures"]["lectures"], 2);
        let nowhere = format!("/stats/attendance?period=monthly&course_id={}", Uuid::from_u128(7));
        manager.get(&nowhere).await.expect_problem(404, "COURSE_NOT_FOUND");
    }

    async fn parameters_that_make_no_sense_are_refused_by_name(app) {
        let manager = app.manager().await;
        for (query, pointer, code) in [
            ("", "?period", "missing"),
            ("period=daily", "?period", "not_one_of"),
            ("period=weekly&from=2026-02-30", "?from", "invalid_format"),
            ("period=weekly&from=2026-03-02T00:00:00Z", "?from", "invalid_format"),
            ("period=weekly&from=2026-03-02&to=2026-03-01", "?to", "reversed"),
            ("period=weekly&from=2021-09-05&to=2026-08-24", "?from", "too_long"),
            ("period=monthly&from=2016-08-31&to=2026-08-01", "?from", "too_long"),
            ("period=monthly&from=0001-01-01", "?from", "out_of_range"),
            ("period=monthly&to=3000-01-01", "?from", "out_of_range"),
            ("period=weekly&tz=KST", "?tz", "invalid_format"),
            ("period=weekly&course_id=1", "?course_id", "invalid_format"),
            ("period=weekly&class_id=1", "?class_id", "invalid_format"),
            ("period=weekly&lecturer_id=1", "?lecturer_id", "invalid_format"),
            ("period=weekly&user_id=1", "?user_id", "unknown_field"),
        ] {
            let answer = manager.get(&format!("/stats/attendance?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{query}");
        }
        for query in ["period=weekly&from=2021-09-06&to=2026-08-24", "period=monthly&from=2016-09-01&to=2026-08-31"] {
            manager.get(&format!("/stats/attendance?{query}")).await.expect(200);
        }
    }
}
