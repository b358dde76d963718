//! `GET /classes/{id}/enrolments`.

use madang_tests::{api_test, json};
use serde_json::Value;
use uuid::Uuid;

fn names(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["user"]["name"].as_str().unwrap().to_owned()).collect()
}

api_test! {
    async fn filters_narrow_the_list(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/enrolments", class.id);
        for (name, from, to) in [
            ("김하늘", "2026-06-01", None),
            ("김가을", "2026-06-01", Some("2026-07-01")),
            ("박겨울", "2026-10-01", None),
        ] {
            let place = json!({"user_id": app.learner(name).await.id, "enrolled_on": from, "left_on": to});
            class.lecturer.post(&path, place).await.expect(201);
        }
        for (query, found) in [
            ("", vec!["김가을", "김하늘", "박겨울", "이강사"]),
            ("role=learner", vec!["김가을", "김하늘", "박겨울"]),
            ("role=lecturer", vec!["이강사"]),
            ("role=assistant", vec![]),
            ("status=left", vec!["김가을"]),
            ("status=active&role=learner", vec!["김하늘", "박겨울"]),
            ("on=2026-06-30&role=learner", vec!["김가을", "김하늘"]),
            ("on=2026-07-01&role=learner", vec!["김하늘"]),
            ("on=2026-10-01&role=learner", vec!["김하늘", "박겨울"]),
            ("q=김", vec!["김가을", "김하늘"]),
            ("q=ㄱㅎㄴ", vec!["김하늘"]),
            ("sort=-enrolled_on,name&role=learner", vec!["박겨울", "김가을", "김하늘"]),
        ] {
            let list = class.lecturer.get(&format!("{path}?{query}")).await.expect(200);
            assert_eq!(names(list.items()), found, "{query}");
            assert_eq!(list.body["total"], found.len(), "{query}");
        }
    }

    async fn a_walk_by_cursor_sees_what_the_pages_show(app) {
        let class = app.class().await;
        for number in 0..8 {
            app.learner_in(&class, ["김하늘", "이가을", "박겨울"][number % 3]).await;
        }
        for sort in ["name", "-name", "enrolled_on,-name", "-created_at"] {
            let path = format!("/classes/{}/enrolments?sort={sort}", class.id);
            let all = class.lecturer.get(&format!("{path}&size=100")).await.expect(200);
            assert_eq!(all.items().len(), 9);
            assert_eq!(&class.lecturer.walk(&path, 2).await, all.items(), "{sort}");
        }
    }

    async fn the_list_is_for_the_staff_of_the_class(app) {
        let (class, other) = (app.class().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}/enrolments", class.id);
        for caller in [app.admin().await, app.manager().await] {
            caller.get(&path).await.expect(200);
        }
        for caller in [&learner, &other.lecturer] {
            caller.get(&path).await.expect_problem(403, "FORBIDDEN");
        }
        let nowhere = format!("/classes/{}/enrolments", Uuid::nil());
        learner.get(&nowhere).await.expect_problem(404, "CLASS_NOT_FOUND");
        for (query, name) in [("user=1", "?user"), ("status=gone", "?status"), ("on=today", "?on"), ("sort=role", "?sort")] {
            let answer = class.lecturer.get(&format!("{path}?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name);
        }
    }
}
