//! `GET /users`.

use madang_domain::access::{Authorizations, Permission, Role};
use madang_tests::{api_test, json};
use serde_json::Value;

fn names(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

api_test! {
    async fn filters_narrow_the_list(app) {
        let manager = app.manager().await;
        let gone = app.learner("김가을").await;
        app.learner("김하늘").await;
        app.user("이강사", Authorizations::of_roles([Role::Lecturer])).await;
        manager.post("/users", json!({"auth_type": "temp", "name": "박손님", "username": "guest-01"})).await.expect(201);
        manager.delete(&format!("/users/{}", gone.id)).await.expect(204);
        for (query, found) in [
            ("", vec!["김가을", "김하늘", "담당자", "박손님", "이강사"]),
            ("q=하늘", vec!["김하늘"]),
            ("q=ㄱㅎㄴ", vec!["김하늘"]),
            ("q=GUEST", vec!["박손님"]),
            ("q=김", vec!["김가을", "김하늘"]),
            ("q=김&is_active=true", vec!["김하늘"]),
            ("is_active=false", vec!["김가을"]),
            ("auth_type=temp", vec!["박손님"]),
            ("auth_type=kakao", vec![]),
            ("role=lecturer", vec!["이강사"]),
            ("role=learner&auth_type=manual&is_active=true", vec!["김하늘"]),
        ] {
            let list = manager.get(&format!("/users?sort=name&{query}")).await.expect(200);
            assert_eq!(names(list.items()), found, "{query}");
            assert_eq!(list.body["total"], found.len(), "{query}");
        }
    }

    async fn a_walk_by_cursor_sees_what_the_pages_show(app) {
        let manager = app.manager().await;
        for number in 0..11 {
            app.learner(["김하늘", "이가을", "박겨울"][number % 3]).await;
        }
        for sort in ["name", "-name", "username", "-created_at,name", "name,-updated_at"] {
            let all = manager.get(&format!("/users?size=100&sort={sort}")).await.expect(200);
            assert_eq!(all.items().len(), 12);
            assert_eq!(&manager.walk(&format!("/users?sort={sort}"), 5).await, all.items(), "{sort}");
        }
    }

    async fn the_list_is_for_managers_and_who_may_read_users(app) {
        let reader = Authorizations { permissions: [Permission::ReadUsers].into(), ..Authorizations::of_roles([Role::Learner]) };
        app.user("읽는이", reader).await.get("/users").await.expect(200);
        app.admin().await.get("/users").await.expect(200);
        app.learner("김하늘").await.get("/users").await.expect_problem(403, "FORBIDDEN");
        let lecturer = app.user("이강사", Authorizations::of_roles([Role::Lecturer])).await;
        lecturer.get("/users").await.expect_problem(403, "FORBIDDEN");
    }

    async fn unknown_and_unreadable_parameters_are_refused_by_name(app) {
        let manager = app.manager().await;
        for (query, name) in [("password=x", "?password"), ("role=king", "?role"), ("auth_type=", "?auth_type"), ("sort=email", "?sort")] {
            let answer = manager.get(&format!("/users?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name);
        }
    }
}
