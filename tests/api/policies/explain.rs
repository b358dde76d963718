//! `GET /classes/{id}/learners/{user_id}/explain`.

use madang_tests::{api_test, json};
use uuid::Uuid;

api_test! {
    async fn an_explanation_names_every_lecture_and_sums_to_the_result(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let mut lectures = Vec::new();
        for day in ["2026-08-03", "2026-08-04", "2026-08-05", "2026-08-06", "2026-09-08"] {
            lectures.push(app.lecture(&class, &format!("{day}T01:00:00Z")).await);
        }
        for (lecture, status) in lectures.iter().zip(["present", "late", "absent"]) {
            app.mark(&class, *lecture, &learner, status).await;
        }
        let path = format!("/classes/{}/learners/{}/explain", class.id, learner.id);
        let explained = learner.get(&path).await.expect(200).body;
        let assessment = &explained["assessment"];
        assert_eq!(explained["policy"]["family"], json!("lecture-80"));
        assert_eq!(assessment["rate"], json!({"numerator": 2, "denominator": 4, "fraction": "2/4", "percent": "50.0"}));
        assert_eq!((&assessment["verdict"], &assessment["threshold"]), (&json!("not_met"), &json!("4/5")));
        let reasons: Vec<&str> =
            assessment["lectures"].as_array().unwrap().iter().map(|line| line["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["present", "late", "absent", "unmarked_absent", "not_yet_held"]);
        assert_eq!(assessment["lectures"][0]["lecture_id"], json!(lectures[0]));
        assert_eq!(assessment["lectures"][0]["title"], json!("차시"));
        assert_eq!(assessment["lectures"][4]["counts"], json!(false));
        let sum = |field: &str| -> u64 {
            assessment["lectures"].as_array().unwrap().iter().map(|line| line[field].as_u64().unwrap()).sum()
        };
        assert_eq!((sum("credit"), sum("weight")), (2, 4));
        let forecast = &assessment["forecast"];
        assert_eq!((&forecast["lectures_left"], &forecast["best"]["fraction"]), (&json!(1), &json!("3/5")));
        assert_eq!((&forecast["at_risk"], &forecast["unreachable_since"]), (&json!(false), &json!("2026-08-06T01:00:00Z")));
        let history = learner.get("/users/me/history").await.expect(200);
        let rate = &history.body["classes"][0]["figures"]["rate"];
        assert_eq!((&rate["numerator"], &rate["denominator"]), (&json!(2), &json!(4)));
    }

    async fn nothing_recorded_yet_is_no_rate(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        app.lecture(&class, "2026-08-03T01:00:00Z").await;
        let path = format!("/classes/{}/learners/{}/explain", class.id, learner.id);
        let assessment = &class.lecturer.get(&path).await.expect(200).body["assessment"];
        assert_eq!((&assessment["rate"], &assessment["verdict"]), (&json!(null), &json!("undecided")));
        assert_eq!(assessment["forecast"]["unreachable_since"], json!(null));
    }

    async fn an_explanation_is_for_the_learner_and_staff_of_the_class(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}/learners/{}/explain", class.id, learner.id);
        for client in [&learner, &class.lecturer, &app.manager().await] {
            client.get(&path).await.expect(200);
        }
        for client in [&app.learner_in(&class, "박바다").await, &app.class().await.lecturer] {
            client.get(&path).await.expect_problem(404, "LEARNER_NOT_FOUND");
        }
        let stranger = app.learner("최나무").await;
        let own = format!("/classes/{}/learners/{}/explain", class.id, stranger.id);
        stranger.get(&own).await.expect_problem(404, "LEARNER_NOT_FOUND");
        let nowhere = format!("/classes/{}/learners/{}/explain", Uuid::from_u128(9), learner.id);
        learner.get(&nowhere).await.expect_problem(404, "CLASS_NOT_FOUND");
        learner.get(&format!("/classes/{}/learners/x/explain", class.id)).await.expect_problem(400, "MALFORMED_PATH");
    }

    async fn an_explanation_takes_as_many_statements_at_any_number_of_lectures(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}/learners/{}/explain", class.id, learner.id);
        let (_, few) = app.costed(&learner, learner.get(&path)).await;
        for day in 3..=9 {
            let lecture = app.lecture(&class, &format!("2026-08-{day:02}T01:00:00Z")).await;
            app.mark(&class, lecture, &learner, "present").await;
        }
        let (explained, many) = app.costed(&learner, learner.get(&path)).await;
        assert_eq!((explained.status, many), (200, few));
        assert!(many <= 5, "{many}");
    }
}
