//! `POST /classes/{id}/lectures/recurring`.

use madang_tests::{api_test, json};
use serde_json::Value;

fn evenings() -> Value {
    json!({
        "title": "수채화 기초", "first_day": "2026-09-01", "weekdays": ["tuesday", "thursday"],
        "start_time": "19:00", "duration_minutes": 120, "count": 4,
    })
}

fn dates(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["lecture_date"].as_str().unwrap()).collect()
}

api_test! {
    async fn a_weekly_pattern_gives_numbered_lectures_but_none_on_holidays(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let mut body = evenings();
        body["holidays"] = json!(["2026-09-03"]);
        body["place"] = json!("3층 미술실");
        let made = class.lecturer.post(&format!("{path}/recurring"), body).await.expect(201);
        assert_eq!(dates(made.items()), [
            "2026-09-01T10:00:00Z", "2026-09-08T10:00:00Z", "2026-09-10T10:00:00Z", "2026-09-15T10:00:00Z",
        ]);
        let titles: Vec<&str> = made.items().iter().map(|item| item["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["수채화 기초 2", "수채화 기초 3", "수채화 기초 4", "수채화 기초 5"]);
        assert!(made.items().iter().all(|item| item["place"] == "3층 미술실" && item["duration_minutes"] == 120));
        let listed = class.lecturer.get(&path).await.expect(200);
        assert_eq!(&listed.items()[1..], &made.items()[..]);
    }

    async fn a_pattern_ends_on_its_last_day_in_its_time_zone(app) {
        let class = app.class().await;
        let mut body = evenings();
        body["count"] = Value::Null;
        body["until"] = json!("2026-09-08");
        body["tz"] = json!("Europe/Berlin");
        let made = class.lecturer.post(&format!("/classes/{}/lectures/recurring", class.id), body).await.expect(201);
        assert_eq!(dates(made.items()), ["2026-09-01T17:00:00Z", "2026-09-03T17:00:00Z", "2026-09-08T17:00:00Z"]);
    }

    async fn exactly_one_of_count_and_until_ends_a_pattern(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures/recurring", class.id);
        let mut both = evenings();
        both["until"] = json!("2026-12-31");
        let mut neither = evenings();
        neither["count"] = Value::Null;
        for (body, at, code) in [(both, "/until", "inconsistent"), (neither, "/count", "missing")] {
            let answer = class.lecturer.post(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(at.to_owned(), code.to_owned())]);
        }
    }

    async fn a_pattern_that_makes_no_sense_is_refused_and_makes_nothing(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        for (field, value, code) in [
            ("weekdays", json!([]), "empty"),
            ("weekdays", json!(["someday"]), "not_one_of"),
            ("start_time", json!("7:00"), "invalid_format"),
            ("start_time", json!("24:00"), "invalid_format"),
            ("start_time", json!("19:00:00"), "invalid_format"),
            ("duration_minutes", json!(0), "out_of_range"),
            ("count", json!(0), "out_of_range"),
            ("count", json!(501), "out_of_range"),
            ("tz", json!("Mars/Olympus"), "invalid_format"),
            ("first_day", json!("2026-02-30"), "invalid_format"),
            ("title", json!("x".repeat(200)), "too_long"),
            ("holidays", json!(vec!["2026-09-03"; 401]), "too_long"),
            ("created_by", json!("x"), "unknown_field"),
        ] {
            let mut body = evenings();
            body[field] = value;
            let answer = class.lecturer.post(&format!("{path}/recurring"), body).await.expect_problem(422, "VALIDATION_ERROR");
            let faults = answer.faults();
            assert!(faults[0].0.starts_with(&format!("/{field}")) && faults[0].1 == code, "{field}: {faults:?}");
        }
        for (until, code) in [("2026-08-31", "reversed"), ("2999-12-31", "too_long")] {
            let mut body = evenings();
            body["count"] = Value::Null;
            body["until"] = json!(until);
            let answer = class.lecturer.post(&format!("{path}/recurring"), body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/until".to_owned(), code.to_owned())]);
        }
        assert_eq!(class.lecturer.get(&path).await.body["total"], 0);
    }

    async fn public_holidays_and_closed_days_are_left_out_and_told(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures/recurring", class.id);
        // Chuseok lies on Thursday to Saturday, 24 to 26 September 2026; 3 October is a Saturday with a substitute on Monday.
        let body = json!({
            "title": "수채화", "first_day": "2026-09-21", "weekdays": ["monday", "thursday"], "start_time": "19:00",
            "duration_minutes": 120, "count": 4, "public_holidays": true, "holidays": ["2026-09-28"],
        });
        let made = class.lecturer.post(&path, body.clone()).await.expect(201);
        assert_eq!(dates(made.items()), [
            "2026-09-21T10:00:00Z", "2026-10-01T10:00:00Z", "2026-10-08T10:00:00Z", "2026-10-12T10:00:00Z",
        ]);
        assert_eq!(made.body["skipped"], json!([
            {"date": "2026-09-24", "reason": "public_holiday", "name": "추석"},
            {"date": "2026-09-28", "reason": "closed_day", "name": null},
            {"date": "2026-10-05", "reason": "public_holiday", "name": "대체공휴일(개천절)"},
        ]));
        assert_eq!(made.body["warnings"], json!([]));
        let mut without = body;
        without["public_holidays"] = json!(false);
        let made = class.lecturer.post(&path, without).await.expect(201);
        assert_eq!(made.body["skipped"].as_array().unwrap().len(), 1);
        assert_eq!(dates(made.items())[1], "2026-09-24T10:00:00Z");
    }

    async fn years_whose_holidays_are_not_published_are_a_warning(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures/recurring", class.id);
        let mut body = evenings();
        body["first_day"] = json!("2027-12-30");
        body["public_holidays"] = json!(true);
        let made = class.lecturer.post(&path, body).await.expect(201);
        let warnings = made.body["warnings"].as_array().unwrap();
        assert_eq!((warnings.len(), &warnings[0]["code"]), (1, &json!("HOLIDAYS_UNPUBLISHED")));
        assert!(warnings[0]["message"].as_str().unwrap().contains("2028"));
    }

    async fn a_dry_run_tells_everything_and_keeps_nothing(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let in_the_way = app.lecture(&class, "2026-09-08T10:30:00Z").await;
        let mut body = evenings();
        body["holidays"] = json!(["2026-09-03"]);
        let preview = class.lecturer.post(&format!("{path}/recurring?dry_run=true"), body.clone()).await.expect(200);
        assert_eq!(dates(preview.items()).len(), 4);
        assert_eq!(preview.body["skipped"], json!([{"date": "2026-09-03", "reason": "closed_day", "name": null}]));
        let warned: Vec<_> = preview.items().iter().map(|item| item["warnings"][0]["lecture_id"].clone()).collect();
        assert_eq!(warned, [json!(null), json!(in_the_way), json!(null), json!(null)]);
        assert_eq!(class.lecturer.get(&path).await.body["total"], 1);
        let log = app.admin().await.get("/admin/audit-log?entity=lecture").await.expect(200);
        assert_eq!(log.body["total"], 1);
        let made = class.lecturer.post(&format!("{path}/recurring"), body).await.expect(201);
        assert_eq!(dates(made.items()), dates(preview.items()));
        assert_eq!(made.body["skipped"], preview.body["skipped"]);
    }

    async fn a_learner_plans_nothing(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures/recurring", class.id);
        app.learner_in(&class, "김하늘").await.post(&path, evenings()).await.expect_problem(403, "FORBIDDEN");
    }

    async fn five_hundred_lectures_cost_as_many_statements_as_one_and_are_made_once(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures", class.id);
        let cost = async |count: i32| {
            let mut body = evenings();
            body["count"] = json!(count);
            let recurring = format!("{path}/recurring");
            let (made, cost) = app.costed(&class.lecturer, class.lecturer.post(&recurring, body)).await;
            assert_eq!(made.expect(201).items().len(), usize::try_from(count).unwrap());
            cost
        };
        assert_eq!((cost(1).await, cost(500).await), (6, 6));
        let first = class.lecturer.post_once(&format!("{path}/recurring"), "key-1", evenings()).await.expect(201);
        let second = class.lecturer.post_once(&format!("{path}/recurring"), "key-1", evenings()).await.expect(201);
        assert_eq!(first.text, second.text);
        assert_eq!(class.lecturer.get(&path).await.body["total"], 505);
    }
}
