//! `GET /courses/{id}/classes`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{Client, api_test, json};
use serde_json::Value;
use uuid::Uuid;

async fn planned(manager: &Client, course: Uuid, title: &str, begin: &str, end: &str) -> Uuid {
    let body = json!({"title": title, "begin_date": begin, "end_date": end});
    manager.post(&format!("/courses/{course}/classes"), body).await.expect(201).id()
}

fn titles(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

api_test! {
    async fn filters_narrow_the_list(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        planned(&manager, course, "봄 1기", "2026-03-01", "2026-05-31").await;
        planned(&manager, course, "여름 2기", "2026-06-01", "2026-08-31").await;
        let gone = planned(&manager, course, "가을 3기", "2026-09-01", "2026-11-30").await;
        planned(&manager, app.course("유화").await, "봄 유화", "2026-03-01", "2026-05-31").await;
        manager.delete(&format!("/classes/{gone}")).await.expect(204);
        for (query, found) in [
            ("", vec!["가을 3기", "여름 2기", "봄 1기"]),
            ("sort=begin_date", vec!["봄 1기", "여름 2기", "가을 3기"]),
            ("q=봄", vec!["봄 1기"]),
            ("q=ㅇㄹ2", vec!["여름 2기"]),
            ("is_active=true", vec!["여름 2기", "봄 1기"]),
            ("is_active=false", vec!["가을 3기"]),
            ("from=2026-05-31", vec!["가을 3기", "여름 2기", "봄 1기"]),
            ("from=2026-06-01", vec!["가을 3기", "여름 2기"]),
            ("to=2026-05-31", vec!["봄 1기"]),
            ("from=2026-06-01&to=2026-08-31", vec!["여름 2기"]),
        ] {
            let list = manager.get(&format!("/courses/{course}/classes?{query}")).await.expect(200);
            assert_eq!(titles(list.items()), found, "{query}");
            assert_eq!(list.body["total"], found.len(), "{query}");
        }
    }

    async fn a_walk_by_cursor_sees_what_the_pages_show(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        for number in 0..9 {
            let day = format!("2026-09-0{}", number % 3 + 1);
            planned(&manager, course, &format!("{}기", number % 4), &day, "2026-12-31").await;
        }
        for sort in ["title", "-title", "begin_date,title", "-end_date", "-created_at"] {
            let path = format!("/courses/{course}/classes?sort={sort}");
            let all = manager.get(&format!("{path}&size=100")).await.expect(200);
            assert_eq!(all.items().len(), 9);
            assert_eq!(&manager.walk(&path, 2).await, all.items(), "{sort}");
        }
    }

    async fn unreadable_parameters_are_refused_by_name(app) {
        let learner = app.learner("김하늘").await;
        let course = app.course("수채화").await;
        for (query, name) in [
            ("capacity=3", "?capacity"),
            ("from=yesterday", "?from"),
            ("to=%2B99999-01-01", "?to"),
            ("from=2026-09-02&to=2026-09-01", "?to"),
            ("sort=capacity", "?sort"),
        ] {
            let answer = learner.get(&format!("/courses/{course}/classes?{query}")).await.expect_problem(400, "MALFORMED_QUERY");
            assert_eq!(answer.faults()[0].0, name, "{query}");
        }
    }

    async fn a_learner_sees_active_classes_only(app) {
        let (manager, course) = (app.manager().await, app.course("수채화").await);
        planned(&manager, course, "1기", "2026-03-01", "2026-05-31").await;
        let gone = planned(&manager, course, "2기", "2026-06-01", "2026-08-31").await;
        manager.delete(&format!("/classes/{gone}")).await.expect(204);
        let learner = app.learner("김하늘").await;
        for query in ["", "?is_active=false"] {
            let list = learner.get(&format!("/courses/{course}/classes{query}")).await.expect(200);
            assert_eq!(titles(list.items()), ["1기"]);
        }
        learner.get(&format!("/courses/{}/classes", Uuid::nil())).await.expect_problem(404, "COURSE_NOT_FOUND");
    }

    async fn the_classes_of_a_deactivated_course_stay_in_sight_of_staff(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        manager.delete(&format!("/courses/{}", class.course)).await.expect(204);
        let path = format!("/courses/{}/classes", class.course);
        let lecturer = app.user("다른 강사", Authorizations::of_roles([Role::Lecturer])).await;
        for staff in [&manager, &class.lecturer, &lecturer] {
            assert_eq!(staff.get(&path).await.expect(200).items().len(), 1);
        }
        class.lecturer.get(&format!("/classes/{}", class.id)).await.expect(200);
        app.learner("김하늘").await.get(&path).await.expect_problem(404, "COURSE_NOT_FOUND");
    }
}
