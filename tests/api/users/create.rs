//! `POST /users`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{api_test, json};

const PASSWORD: &str = "산책하는-고양이-7";

api_test! {
    async fn a_manager_makes_an_account_that_can_sign_in(app) {
        let manager = app.manager().await;
        let body = json!({"auth_type": "manual", "username": "Haneul", "password": PASSWORD, "name": "김하늘",
            "email": "haneul@Example.ORG", "phone": "010-1234-5678"});
        let made = manager.post("/users", body).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/users/{}", made.id()));
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(made.body, json!({
            "id": made.id(), "username": "haneul", "auth_type": "manual", "kakao_id": null,
            "authorizations": {"roles": ["learner"], "permissions": [], "classes": {}},
            "name": "김하늘", "email": "haneul@example.org", "email_verified_at": null, "phone": "+821012345678",
            "suspended_at": null, "suspension_reason": null, "created_at": "2026-09-01T01:00:00Z", "updated_at": "2026-09-01T01:00:00Z", "last_login": null,
            "is_active": true, "version": 1,
        }));
        let credentials = json!({"username": "haneul", "password": PASSWORD});
        app.anonymous().post("/auth/login", credentials).await.expect(200);
    }

    async fn somebody_met_at_the_door_needs_a_name_only_and_can_not_sign_in(app) {
        let lecturer = app.user("이강사", Authorizations::of_roles([Role::Lecturer])).await;
        let made = lecturer.post("/users", json!({"auth_type": "temp", "name": "박손님"})).await.expect(201);
        assert_eq!(made.body["auth_type"], "temp");
        assert_eq!(made.body["username"], format!("temp-{}", made.id()));
        let credentials = json!({"username": made.body["username"], "password": PASSWORD});
        app.anonymous().post("/auth/login", credentials).await.expect_problem(401, "WRONG_CREDENTIALS");
    }

    async fn who_teaches_makes_temp_users_only_and_a_learner_none(app) {
        let manual = json!({"auth_type": "manual", "username": "haneul", "password": PASSWORD, "name": "김하늘"});
        let temp = json!({"auth_type": "temp", "name": "박손님"});
        let assistant = app.class().await.lecturer;
        assistant.post("/users", manual.clone()).await.expect_problem(403, "FORBIDDEN");
        assistant.post("/users", temp.clone()).await.expect(201);
        let learner = app.learner("김하늘").await;
        learner.post("/users", manual).await.expect_problem(403, "FORBIDDEN");
        learner.post("/users", temp.clone()).await.expect_problem(403, "FORBIDDEN");
        app.anonymous().post("/users", temp).await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn what_is_given_must_fit_the_type_of_the_account(app) {
        let manager = app.manager().await;
        for body in [
            json!({"auth_type": "manual", "username": "haneul", "name": "김하늘"}),
            json!({"auth_type": "manual", "password": PASSWORD, "name": "김하늘"}),
            json!({"auth_type": "temp", "password": PASSWORD, "name": "김하늘"}),
            json!({"auth_type": "kakao", "username": "haneul", "password": PASSWORD, "name": "김하늘"}),
        ] {
            let answer = manager.post("/users", body.clone()).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/auth_type".to_owned(), "inconsistent".to_owned())], "{body}");
        }
        let answer = manager.post("/users", json!({"auth_type": "myspace", "name": "김하늘"})).await;
        assert_eq!(answer.expect_problem(422, "VALIDATION_ERROR").faults(), [("/auth_type".to_owned(), "not_one_of".to_owned())]);
    }

    async fn everything_that_is_wrong_is_told_at_once(app) {
        let body = json!({"auth_type": "temp", "username": "ab", "name": " ", "email": "nowhere", "phone": "12"});
        let answer = app.manager().await.post("/users", body).await.expect_problem(422, "VALIDATION_ERROR");
        let faults = answer.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
        assert_eq!(faults, [("/username", "too_short"), ("/name", "empty"), ("/email", "invalid_format"), ("/phone", "invalid_format")]);
    }

    async fn nobody_gives_themselves_power_by_an_unknown_field(app) {
        let manager = app.manager().await;
        for field in ["id", "authorizations", "is_active", "kakao_id", "version"] {
            let mut body = json!({"auth_type": "temp", "name": "박손님"});
            body[field] = json!("x");
            let answer = manager.post("/users", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), "unknown_field".to_owned())]);
        }
    }

    async fn a_weak_password_and_a_taken_name_are_refused(app) {
        let manager = app.manager().await;
        let body = |username: &str, password: &str| {
            json!({"auth_type": "manual", "username": username, "password": password, "name": "김하늘"})
        };
        manager.post("/users", body("haneul", "password")).await.expect_problem(422, "WEAK_PASSWORD");
        manager.post("/users", body("haneul", PASSWORD)).await.expect(201);
        manager.post("/users", body("ＨＡＮＥＵＬ", PASSWORD)).await.expect_problem(409, "USERNAME_TAKEN");
    }

    async fn the_same_request_sent_twice_takes_effect_once(app) {
        let manager = app.manager().await;
        let body = json!({"auth_type": "temp", "name": "박손님"});
        let first = manager.post_once("/users", "key-1", body.clone()).await.expect(201);
        let second = manager.post_once("/users", "key-1", body).await.expect(201);
        assert_eq!((first.text, first.headers.get("location")), (second.text.clone(), second.headers.get("location")));
        assert_eq!(second.header("idempotent-replayed"), "true");
        assert_eq!(manager.get("/users?auth_type=temp").await.body["total"], 1);
        let other = json!({"auth_type": "temp", "name": "최손님"});
        manager.post_once("/users", "key-1", other).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
}
