//! `GET /courses`.

use madang_tests::{api_test, json};
use serde_json::Value;

fn titles(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

api_test! {
    async fn a_list_is_read_by_page_with_its_total(app) {
        let manager = app.manager().await;
        for number in 0..7 {
            manager.post("/courses", json!({"title": format!("강의 {number}")})).await.expect(201);
        }
        let page = manager.get("/courses?page=2&size=3&sort=title").await.expect(200);
        assert_eq!(titles(page.items()), ["강의 3", "강의 4", "강의 5"]);
        assert_eq!((&page.body["total"], &page.body["page"], &page.body["size"], &page.body["pages"]), (&json!(7), &json!(2), &json!(3), &json!(3)));
        assert_eq!(page.header("link"), "</api/v1/courses?size=3&sort=title&page=3>; rel=\"next\"");
        let last = manager.get("/courses?page=3&size=3&sort=title").await.expect(200);
        assert_eq!((last.items().len(), &last.body["next_cursor"]), (1, &Value::Null));
        assert_eq!(last.header("link"), "");
        assert!(manager.get("/courses?page=9&size=3").await.expect(200).items().is_empty());
    }

    async fn a_walk_by_cursor_sees_what_the_pages_show(app) {
        let manager = app.manager().await;
        for number in 0..23 {
            manager.post("/courses", json!({"title": format!("강의 {}", number % 5)})).await.expect(201);
        }
        for sort in ["title", "-title", "-created_at,title", "title,-updated_at"] {
            let all = manager.get(&format!("/courses?size=100&sort={sort}")).await.expect(200);
            let walked = manager.walk(&format!("/courses?sort={sort}"), 4).await;
            assert_eq!(&walked, all.items(), "{sort}");
        }
        let step = manager.get("/courses?cursor=&size=4").await.expect(200);
        assert_eq!((&step.body["total"], &step.body["page"], &step.body["pages"]), (&Value::Null, &Value::Null, &Value::Null));
        assert!(step.header("link").contains("cursor="), "{}", step.header("link"));
    }

    async fn a_cursor_belongs_to_its_sort_order_and_filter(app) {
        let manager = app.manager().await;
        for number in 0..3 {
            manager.post("/courses", json!({"title": format!("강의 {number}")})).await.expect(201);
        }
        let cursor = manager.get("/courses?cursor=&size=1&sort=title").await.body["next_cursor"].as_str().unwrap().to_owned();
        manager.get(&format!("/courses?cursor={cursor}&size=1&sort=-title")).await.expect_problem(400, "CURSOR_MISMATCH");
        manager.get(&format!("/courses?cursor={cursor}&size=1&sort=title&q=강의")).await.expect_problem(400, "CURSOR_MISMATCH");
        manager.get(&format!("/courses?cursor={cursor}&size=2&sort=title")).await.expect(200);
    }

    async fn the_direction_can_stand_beside_a_single_field(app) {
        let manager = app.manager().await;
        for title in ["가", "나", "다"] {
            manager.post("/courses", json!({"title": title})).await.expect(201);
        }
        let list = manager.get("/courses?sort=title&order=desc").await.expect(200);
        assert_eq!(titles(list.items()), ["다", "나", "가"]);
    }

    async fn filters_narrow_the_list(app) {
        let manager = app.manager().await;
        manager.post("/courses", json!({"title": "수채화", "keyword": "미술"})).await.expect(201);
        let gone = manager.post("/courses", json!({"title": "유화", "keyword": "미술"})).await.expect(201).id();
        manager.post("/courses", json!({"title": "요가"})).await.expect(201);
        manager.delete(&format!("/courses/{gone}")).await.expect(204);
        assert_eq!(manager.get("/courses?keyword=미술").await.body["total"], 2);
        assert_eq!(titles(manager.get("/courses?keyword=미술&is_active=true").await.items()), ["수채화"]);
        assert_eq!(titles(manager.get("/courses?is_active=false").await.items()), ["유화"]);
    }

    async fn a_list_costs_two_statements_by_page_and_one_by_cursor(app) {
        let learner = app.learner("김하늘").await;
        app.course("수채화").await;
        learner.get("/courses").await.expect(200);
        let before = app.statements();
        learner.get("/courses").await.expect(200);
        assert_eq!(app.statements() - before, 2);
        let before = app.statements();
        learner.get("/courses?cursor=").await.expect(200);
        assert_eq!(app.statements() - before, 1);
    }
}
