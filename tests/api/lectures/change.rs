//! `PUT` and `PATCH /lectures/{id}`.

use madang_domain::access::{Authorizations, Role};
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

api_test! {
    async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_names_null(app) {
        let class = app.class().await;
        let body = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60, "place": "강당"});
        let made = class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201);
        let path = format!("/lectures/{}", made.id());
        let patched = class.lecturer.patch(&path, json!({"lecture_date": "2026-09-09T19:00:00+09:00", "place": null})).await.expect(200);
        assert_eq!(patched.body["lecture_date"], "2026-09-09T10:00:00Z");
        assert_eq!((&patched.body["title"], &patched.body["place"]), (&json!("차시"), &json!(null)));
        assert_eq!((&patched.body["version"], patched.header("etag").as_str()), (&json!(2), "\"2\""));
        assert_eq!(class.lecturer.get(&path).await.body, patched.body);
        for field in ["title", "sequence", "attendance_type", "lecture_date", "duration_minutes"] {
            let answer = class.lecturer.patch(&path, json!({field: null})).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults()[0].0, format!("/{field}"));
        }
        assert_eq!(class.lecturer.patch(&path, json!({})).await.expect(200).body["version"], 2);
    }

    async fn a_put_replaces_everything(app) {
        let class = app.class().await;
        let body = json!({"title": "차시", "lecture_date": "2026-09-08T10:00:00Z", "duration_minutes": 60, "place": "강당"});
        let made = class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201);
        let path = format!("/lectures/{}", made.id());
        let whole = json!({
            "title": "보강", "sequence": 3, "attendance_type": "recorded", "lecture_date": "2026-09-10T10:00:00Z", "duration_minutes": 30,
        });
        let put = class.lecturer.put(&path, whole.clone()).await.expect(200).body;
        for (field, value) in whole.as_object().unwrap() {
            assert_eq!(&put[field], value, "{field}");
        }
        assert_eq!(put["place"], json!(null));
        let answer = class.lecturer.put(&path, json!({"title": "보강"})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(answer.faults()[0].1, "missing");
    }

    async fn two_lectures_never_share_a_number(app) {
        let class = app.class().await;
        app.lecture(&class, "2026-09-08T10:00:00Z").await;
        let second = app.lecture(&class, "2026-09-15T10:00:00Z").await;
        class.lecturer.patch(&format!("/lectures/{second}"), json!({"sequence": 1})).await.expect_problem(409, "SEQUENCE_TAKEN");
        assert_eq!(class.lecturer.get(&format!("/lectures/{second}")).await.body["sequence"], 2);
    }

    async fn who_read_another_version_is_told_before_anything_is_lost(app) {
        let class = app.class().await;
        let path = format!("/lectures/{}", app.lecture(&class, "2026-09-08T10:00:00Z").await);
        let change = async |etag: &str| {
            let request = class.lecturer.request(Method::PATCH, &path).header("If-Match", etag);
            Answer::of(request.json(&json!({"title": format!("{etag} 다음")}))).await
        };
        change("\"1\"").await.expect(200);
        change("\"1\"").await.expect_problem(412, "PRECONDITION_FAILED");
        let delete = class.lecturer.request(Method::DELETE, &path).header("If-Match", "\"1\"");
        Answer::of(delete).await.expect_problem(412, "PRECONDITION_FAILED");
        assert_eq!(class.lecturer.get(&path).await.expect(200).body["version"], 2);
    }

    async fn only_managers_and_the_lecturer_of_the_class_change_a_lecture(app) {
        let class = app.class().await;
        let path = format!("/lectures/{}", app.lecture(&class, "2026-09-08T10:00:00Z").await);
        let change = json!({"title": "바뀐 차시"});
        let learner = app.learner_in(&class, "김하늘").await;
        let stranger = app.user("박강사", Authorizations::of_roles([Role::Lecturer])).await;
        for client in [&learner, &stranger] {
            client.patch(&path, change.clone()).await.expect_problem(403, "FORBIDDEN");
            client.delete(&path).await.expect_problem(403, "FORBIDDEN");
        }
        let manager = app.manager().await;
        manager.patch(&path, change.clone()).await.expect(200);
        manager.patch(&format!("/lectures/{}", Uuid::nil()), change.clone()).await.expect_problem(404, "LECTURE_NOT_FOUND");
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        manager.patch(&path, change).await.expect_problem(409, "CLASS_CLOSED");
        manager.delete(&path).await.expect_problem(409, "CLASS_CLOSED");
    }
}
