//! `GET`, `PUT`, `PATCH` and `DELETE /classes/{id}`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;
use uuid::Uuid;

/// A class with everything set.
async fn full(app: &TestApp, manager: &Client) -> String {
    let body = json!({"title": "1기", "lecturer_info": "김하늘", "date_info": "화요일", "begin_date": "2026-09-01",
        "end_date": "2026-11-30", "capacity": 20});
    let course = app.course("수채화").await;
    format!("/classes/{}", manager.post(&format!("/courses/{course}/classes"), body).await.expect(201).id())
}

api_test! {
    async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_names_null(app) {
        let manager = app.manager().await;
        let path = full(&app, &manager).await;
        let body = json!({"lecturer_info": null, "capacity": null, "end_date": "2026-12-15"});
        let patched = manager.patch(&path, body).await.expect(200).body;
        assert_eq!((&patched["lecturer_info"], &patched["capacity"]), (&json!(null), &json!(null)));
        assert_eq!(
            (&patched["title"], &patched["date_info"], &patched["begin_date"], &patched["end_date"], &patched["version"]),
            (&json!("1기"), &json!("화요일"), &json!("2026-09-01"), &json!("2026-12-15"), &json!(2))
        );
        for field in ["title", "begin_date", "end_date", "is_active"] {
            let answer = manager.patch(&path, json!({field: null})).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults()[0].0, format!("/{field}"));
        }
        assert_eq!(manager.patch(&path, json!({})).await.expect(200).body["version"], 2);
    }

    async fn one_new_day_must_fit_the_one_that_stays(app) {
        let manager = app.manager().await;
        let path = full(&app, &manager).await;
        for body in [json!({"end_date": "2026-08-31"}), json!({"begin_date": "2026-12-01"})] {
            let answer = manager.patch(&path, body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/end_date".to_owned(), "reversed".to_owned())]);
        }
    }

    async fn a_put_replaces_everything(app) {
        let manager = app.manager().await;
        let path = full(&app, &manager).await;
        let body = json!({"title": "2기", "begin_date": "2027-03-01", "end_date": "2027-03-01", "is_active": true});
        let put = manager.put(&path, body).await.expect(200);
        assert_eq!(put.header("etag"), "\"2\"");
        for field in ["lecturer_info", "date_info", "capacity"] {
            assert_eq!(put.body[field], json!(null), "{field}");
        }
        assert_eq!((&put.body["title"], &put.body["begin_date"]), (&json!("2기"), &json!("2027-03-01")));
        let answer = manager.put(&path, json!({"title": "2기", "begin_date": "2027-03-01", "is_active": true})).await;
        assert_eq!(answer.expect_problem(422, "VALIDATION_ERROR").faults(), [("/end_date".to_owned(), "missing".to_owned())]);
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let manager = app.manager().await;
        let path = full(&app, &manager).await;
        let send = async |method: Method, path: &str, etag: &str, body: serde_json::Value| {
            Answer::of(manager.request(method, path).header("If-Match", etag).json(&body)).await
        };
        send(Method::PATCH, &path, "\"1\"", json!({"title": "2기"})).await.expect(200);
        let whole = json!({"title": "3기", "begin_date": "2027-03-01", "end_date": "2027-03-01", "is_active": true});
        send(Method::PATCH, &path, "\"1\"", json!({"title": "3기"})).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::PUT, &path, "\"1\"", whole).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::DELETE, &path, "\"1\"", json!({})).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::POST, &format!("{path}/close"), "\"1\"", json!({})).await.expect_problem(412, "PRECONDITION_FAILED");
        let class = manager.get(&path).await.expect(200).body;
        assert_eq!((&class["title"], &class["is_active"], &class["closed_at"]), (&json!("2기"), &json!(true), &json!(null)));
        send(Method::POST, &format!("{path}/close"), "\"2\"", json!({})).await.expect(200);
        send(Method::POST, &format!("{path}/reopen"), "\"2\"", json!({"reason": "등록 누락"})).await.expect_problem(412, "PRECONDITION_FAILED");
        send(Method::DELETE, &path, "\"3\"", json!({})).await.expect(204);
    }

    async fn a_class_that_has_not_changed_is_not_sent_again(app) {
        let learner = app.learner("김하늘").await;
        let path = format!("/classes/{}", app.class().await.id);
        let etag = learner.get(&path).await.expect(200).header("etag");
        let again = Answer::of(learner.request(Method::GET, &path).header("If-None-Match", &etag)).await.expect(304);
        assert!(again.text.is_empty());
    }

    async fn a_deactivated_class_is_hidden_from_all_but_its_staff(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let other = app.user("다른 강사", Authorizations::of_roles([Role::Lecturer])).await;
        let path = format!("/classes/{}", class.id);
        learner.get(&path).await.expect(200);
        manager.delete(&path).await.expect(204);
        for caller in [&learner, &other] {
            caller.get(&path).await.expect_problem(404, "CLASS_NOT_FOUND");
        }
        for caller in [&manager, &class.lecturer] {
            assert_eq!(caller.get(&path).await.expect(200).body["is_active"], false);
        }
        manager.patch(&path, json!({"is_active": true})).await.expect(200);
        learner.get(&path).await.expect(200);
    }

    async fn who_does_not_manage_the_catalogue_changes_nothing(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let path = format!("/classes/{}", class.id);
        for caller in [&learner, &class.lecturer] {
            caller.patch(&path, json!({"title": "x"})).await.expect_problem(403, "FORBIDDEN");
            caller.delete(&path).await.expect_problem(403, "FORBIDDEN");
            caller.post(&format!("{path}/close"), json!({})).await.expect_problem(403, "FORBIDDEN");
        }
        let nowhere = format!("/classes/{}", Uuid::nil());
        let manager = app.manager().await;
        manager.get(&nowhere).await.expect_problem(404, "CLASS_NOT_FOUND");
        manager.patch(&nowhere, json!({"title": "x"})).await.expect_problem(404, "CLASS_NOT_FOUND");
        manager.delete(&nowhere).await.expect_problem(404, "CLASS_NOT_FOUND");
    }
}
