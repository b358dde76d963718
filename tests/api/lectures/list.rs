//! `GET /classes/{id}/lectures` and `GET /lectures/{id}`.

use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use reqwest::Method;
use uuid::Uuid;

/// Lectures at 19:00 in Seoul on the first five days of September, the last two online.
async fn five(app: &TestApp) -> TestClass {
    let class = app.class().await;
    for day in 1..=5 {
        let body = json!({
            "title": format!("{day}일"), "lecture_date": format!("2026-09-0{day}T19:00:00+09:00"), "duration_minutes": 60,
            "sequence": 6 - day, "attendance_type": if day > 3 { "online" } else { "in_person" },
        });
        class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201);
    }
    class
}

async fn titles(client: &madang_tests::Client, path: &str) -> Vec<String> {
    let list = client.get(path).await.expect(200);
    list.items().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

api_test! {
    async fn lectures_are_listed_by_sequence_or_date_and_walked_by_cursor(app) {
        let class = five(&app).await;
        let path = format!("/classes/{}/lectures", class.id);
        let learner = app.learner("김하늘").await;
        assert_eq!(titles(&learner, &path).await, ["5일", "4일", "3일", "2일", "1일"]);
        assert_eq!(titles(&learner, &format!("{path}?sort=-lecture_date&size=2&page=2")).await, ["3일", "2일"]);
        for sort in ["sequence", "-sequence", "lecture_date", "-created_at,sequence"] {
            let all = learner.get(&format!("{path}?sort={sort}")).await.expect(200);
            assert_eq!(&learner.walk(&format!("{path}?sort={sort}"), 2).await, all.items(), "{sort}");
        }
        learner.get(&format!("{path}?sort=title")).await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn a_day_is_a_day_in_seoul_and_a_moment_is_itself(app) {
        let class = five(&app).await;
        let path = format!("/classes/{}/lectures?sort=lecture_date", class.id);
        let listed = async |filter: &str| titles(&class.lecturer, &format!("{path}&{filter}")).await;
        assert_eq!(listed("from=2026-09-04").await, ["4일", "5일"]);
        assert_eq!(listed("from=2026-09-02&to=2026-09-03").await, ["2일", "3일"]);
        assert_eq!(listed("from=2026-09-02T10:00:00Z&to=2026-09-03T10:00:00Z").await, ["2일"]);
        assert_eq!(listed("from=2026-09-02T19:00:00%2B09:00&to=2026-09-02").await, ["2일"]);
        assert_eq!(listed("attendance_type=online&to=2026-09-04").await, ["4일"]);
        assert_eq!(listed("from=2026-09-06").await, Vec::<String>::new());
        for (filter, name) in [
            ("from=yesterday", "?from"), ("to=2026-09-31", "?to"), ("attendance_type=dream", "?attendance_type"), ("q=x", "?q"),
        ] {
            let answer = class.lecturer.get(&format!("{path}&{filter}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name);
        }
    }

    async fn a_cursor_belongs_to_its_class(app) {
        let (one, other) = (five(&app).await, five(&app).await);
        let manager = app.manager().await;
        let step = manager.get(&format!("/classes/{}/lectures?cursor=&size=2", one.id)).await.expect(200);
        let cursor = step.body["next_cursor"].as_str().unwrap();
        manager.get(&format!("/classes/{}/lectures?cursor={cursor}&size=2", other.id)).await.expect_problem(400, "CURSOR_MISMATCH");
        manager.get(&format!("/classes/{}/lectures?cursor={cursor}&size=2", one.id)).await.expect(200);
    }

    async fn lectures_of_a_deactivated_class_are_for_those_who_plan_or_teach_it(app) {
        let class = five(&app).await;
        let lecture = app.lecture(&class, "2026-09-08T10:00:00Z").await;
        let (manager, learner) = (app.manager().await, app.learner("김하늘").await);
        manager.delete(&format!("/classes/{}", class.id)).await.expect(204);
        learner.get(&format!("/lectures/{lecture}")).await.expect_problem(404, "LECTURE_NOT_FOUND");
        learner.get(&format!("/classes/{}/lectures", class.id)).await.expect_problem(404, "CLASS_NOT_FOUND");
        for client in [&manager, &class.lecturer] {
            client.get(&format!("/lectures/{lecture}")).await.expect(200);
            client.get(&format!("/classes/{}/lectures", class.id)).await.expect(200);
        }
    }

    async fn a_lecture_that_has_not_changed_is_not_sent_again(app) {
        let class = app.class().await;
        let path = format!("/lectures/{}", app.lecture(&class, "2026-09-08T10:00:00Z").await);
        let etag = class.lecturer.get(&path).await.expect(200).header("etag");
        Answer::of(class.lecturer.request(Method::GET, &path).header("If-None-Match", etag)).await.expect(304);
    }

    async fn a_lecture_or_class_that_does_not_exist_is_not_found(app) {
        let manager = app.manager().await;
        manager.get(&format!("/lectures/{}", Uuid::nil())).await.expect_problem(404, "LECTURE_NOT_FOUND");
        manager.get(&format!("/classes/{}/lectures", Uuid::nil())).await.expect_problem(404, "CLASS_NOT_FOUND");
    }

    async fn a_list_costs_four_statements_at_any_size(app) {
        let class = five(&app).await;
        let path = format!("/classes/{}/lectures", class.id);
        for size in [1, 100] {
            let path = format!("{path}?size={size}");
            let (list, cost) = app.costed(&class.lecturer, class.lecturer.get(&path)).await;
            assert_eq!((list.status, cost), (200, 4));
        }
    }
}
