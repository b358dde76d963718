//! `GET /lectures/{id}/attendances`, `GET /attendances/{id}`, `GET /users/{id}/attendances` and `/users/me/attendances`.

use madang_domain::access::{Authorizations, Permission, Role};
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use uuid::Uuid;

/// A class with two lectures, at which three learners are marked.
async fn marked(app: &TestApp) -> (TestClass, [Uuid; 2], [Client; 3]) {
    let class = app.class().await;
    let lectures = [
        app.lecture(&class, "2026-08-25T10:00:00Z").await,
        app.lecture(&class, "2026-08-27T10:00:00Z").await,
    ];
    let learners = [
        app.learner_in(&class, "박나무").await,
        app.learner_in(&class, "김하늘").await,
        app.learner_in(&class, "이바다").await,
    ];
    for (lecture, statuses) in
        lectures.iter().zip([["present", "late", "absent"], ["present", "present", "excused"]])
    {
        for (learner, status) in learners.iter().zip(statuses) {
            app.mark(&class, *lecture, learner, status).await;
        }
    }
    (class, lectures, learners)
}

fn names(list: &Answer) -> Vec<&str> {
    list.items().iter().map(|item| item["user"]["name"].as_str().unwrap()).collect()
}

api_test! {
    async fn the_marks_of_a_lecture_are_listed_by_name(app) {
        let (class, [lecture, _], _) = marked(&app).await;
        let path = format!("/lectures/{lecture}/attendances");
        let list = class.lecturer.get(&path).await.expect(200);
        assert_eq!(names(&list), ["김하늘", "박나무", "이바다"]);
        assert_eq!(list.body["total"], 3);
        assert_eq!(names(&class.lecturer.get(&format!("{path}?sort=-name")).await), ["이바다", "박나무", "김하늘"]);
        for sort in ["name", "-name", "created_at", "-updated_at,name"] {
            let all = class.lecturer.get(&format!("{path}?sort={sort}")).await.expect(200);
            assert_eq!(&class.lecturer.walk(&format!("{path}?sort={sort}"), 2).await, all.items(), "{sort}");
        }
        class.lecturer.get(&format!("{path}?sort=status")).await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn marks_are_found_by_status_and_by_any_part_of_a_name(app) {
        let (class, [lecture, _], learners) = marked(&app).await;
        let path = format!("/lectures/{lecture}/attendances");
        let found = async |filter: &str| {
            let list = class.lecturer.get(&format!("{path}?{filter}")).await.expect(200);
            assert_eq!(list.body["total"], list.items().len());
            names(&list).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(found("status=late").await, ["김하늘"]);
        assert_eq!(found("q=바").await, ["이바다"]);
        assert_eq!(found("q=ㄱㅎㄴ").await, ["김하늘"]);
        assert_eq!(found(&format!("q=user-{}", learners[0].id)).await, ["박나무"]);
        assert_eq!(found("q=하늘&status=absent").await, Vec::<String>::new());
        class.lecturer.get(&format!("{path}?status=gone")).await.expect_problem(400, "MALFORMED_QUERY");
        class.lecturer.get(&format!("{path}?user_id={}", learners[0].id)).await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn the_marks_of_a_lecture_are_for_staff_of_the_class(app) {
        let (class, [lecture, _], learners) = marked(&app).await;
        let path = format!("/lectures/{lecture}/attendances");
        learners[0].get(&path).await.expect_problem(403, "FORBIDDEN");
        let elsewhere = app.class().await;
        elsewhere.lecturer.get(&path).await.expect_problem(403, "FORBIDDEN");
        let manager = app.manager().await;
        manager.get(&path).await.expect(200);
        manager.get(&format!("/lectures/{}/attendances", Uuid::nil())).await.expect_problem(404, "LECTURE_NOT_FOUND");
        manager.delete(&format!("/classes/{}", class.id)).await.expect(204);
        elsewhere.lecturer.get(&path).await.expect_problem(404, "LECTURE_NOT_FOUND");
        class.lecturer.get(&path).await.expect(200);
    }

    async fn a_learner_sees_their_own_marks_only(app) {
        let (_, [first, second], learners) = marked(&app).await;
        let mine = learners[1].get("/users/me/attendances").await.expect(200);
        let found: Vec<(&str, &str)> = mine
            .items()
            .iter()
            .map(|item| (item["lecture_id"].as_str().unwrap(), item["status"].as_str().unwrap()))
            .collect();
        assert_eq!(found, [(second.to_string().as_str(), "present"), (first.to_string().as_str(), "late")]);
        let path = format!("/users/{}/attendances", learners[1].id);
        assert_eq!(learners[1].get(&path).await.expect(200).body, mine.body);
        learners[0].get(&path).await.expect_problem(404, "USER_NOT_FOUND");

        let id = mine.items()[0]["id"].as_str().unwrap();
        learners[1].get(&format!("/attendances/{id}")).await.expect(200);
        learners[0].get(&format!("/attendances/{id}")).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        let elsewhere = app.class().await;
        elsewhere.lecturer.get(&format!("/attendances/{id}")).await.expect_problem(404, "ATTENDANCE_NOT_FOUND");
        elsewhere.lecturer.get(&path).await.expect_problem(404, "USER_NOT_FOUND");
        app.manager().await.get(&path).await.expect(200);
        let reader = Authorizations { permissions: [Permission::ReadUsers].into(), ..Authorizations::of_roles([Role::Learner]) };
        app.user("감사", reader).await.get(&path).await.expect(200);
    }

    async fn the_marks_of_a_user_are_filtered_by_class_status_and_day(app) {
        let (class, _, learners) = marked(&app).await;
        let found = async |filter: &str| {
            learners[1].get(&format!("/users/me/attendances?{filter}")).await.expect(200).body["total"].clone()
        };
        assert_eq!(found(&format!("class_id={}", class.id)).await, 2);
        assert_eq!(found(&format!("class_id={}", Uuid::nil())).await, 0);
        assert_eq!(found("status=late").await, 1);
        assert_eq!(found("from=2026-08-26").await, 1);
        assert_eq!(found("to=2026-08-25").await, 1);
        assert_eq!(found("from=2026-08-25T10:00:00Z&to=2026-08-27T10:00:00Z").await, 1);
        let all = learners[1].get("/users/me/attendances?sort=lecture_date").await.expect(200);
        assert_eq!(&learners[1].walk("/users/me/attendances?sort=lecture_date", 1).await, all.items());
        learners[1].get("/users/me/attendances?class_id=1").await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn a_mark_that_has_not_changed_is_not_sent_again(app) {
        let (class, _, learners) = marked(&app).await;
        let mine = learners[0].get("/users/me/attendances").await.expect(200);
        let path = format!("/attendances/{}", mine.items()[0]["id"].as_str().unwrap());
        let etag = learners[0].get(&path).await.expect(200).header("etag");
        let again = async || Answer::of(learners[0].request(Method::GET, &path).header("If-None-Match", &etag)).await;
        assert_eq!(again().await.status, 304);
        class.lecturer.patch(&path, json!({"status": "late"})).await.expect(200);
        assert_eq!(again().await.status, 200);
    }

    async fn lists_cost_four_statements_at_any_size(app) {
        let (class, [lecture, _], learners) = marked(&app).await;
        for (client, path) in [
            (&class.lecturer, format!("/lectures/{lecture}/attendances")), (&learners[0], "/users/me/attendances".to_owned()),
        ] {
            for size in [1, 100] {
                let path = format!("{path}?size={size}");
                let (list, cost) = app.costed(client, client.get(&path)).await;
                assert_eq!((list.status, cost), (200, 4), "{path}");
            }
        }
    }
}
