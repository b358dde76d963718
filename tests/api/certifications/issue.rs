//! `POST /certifications`.

use madang_domain::access::{Authorizations, Permission, Role};
use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use uuid::Uuid;

use super::{attends, twenty_lectures};

api_test! {
    async fn sixteen_of_twenty_lectures_are_enough_exactly(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 16).await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let issued = manager.post("/certifications", body).await.expect(201);
        assert_eq!((&issued.body["course_id"], &issued.body["user_id"]), (&json!(class.course), &json!(learner.id)));
        assert_eq!(issued.body["class_ids"], json!([class.id]));
        assert_eq!((&issued.body["issued_at"], &issued.body["created_by"]), (&json!("2026-09-01T01:00:00Z"), &json!(manager.id)));
        let rule = &issued.body["snapshot"]["completion"];
        assert_eq!((&rule["id"], &rule["version"]), (&json!(null), &json!(0)));
        assert_eq!(issued.body["snapshot"], json!({
            "user_name": "김하늘", "user_name_roman": null, "birth_date": null, "course_title": "수채화 기초", "rule": "lecture-80",
            "completion": rule, "override_reason": null, "approved_by": null, "replaces": null, "template": "default",
            "issuer": "마당", "issuer_roman": null, "representative": null, "issued_on": "2026-09-01", "valid_until": null,
            "rate": {"numerator": 16, "denominator": 20, "percent": "80.0"}, "planned_minutes": 1_200, "attended_minutes": 960,
            "classes": [{
                "class_id": class.id, "title": "수채화 기초 1기", "begin_date": "2026-06-01", "end_date": "2026-12-31",
                "numerator": 16, "denominator": 20, "percent": "80.0", "lectures": 20, "planned_minutes": 1_200,
                "attended_minutes": 960, "policy_id": "00000000-0000-7000-8000-000000000080", "policy_version": 1,
            }],
        }));
        assert_eq!((&issued.body["number"], &issued.body["number_text"]), (&json!("2026-0001"), &json!("제2026-0001호")));
        assert_eq!((&issued.body["state"], &issued.body["ended_at"]), (&json!("issued"), &json!(null)));
        assert_eq!(issued.header("etag"), "\"1\"");
        let location = issued.header("location");
        assert_eq!(location, format!("/api/v1/certifications/{}", issued.id()));
        assert_eq!(learner.get(&format!("/{location}")).await.expect(200).body, issued.body);
    }

    async fn fifteen_of_twenty_are_not_enough_unless_a_reason_is_given(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 15).await;
        let manager = app.manager().await;
        let mut body = json!({"course_id": class.course, "user_id": learner.id});
        let refused = manager.post("/certifications", body.clone()).await.expect_problem(409, "NOT_ELIGIBLE");
        assert_eq!(refused.faults(), [(format!("/classes/{}", class.id), "rate_too_low".to_owned())]);
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("15/20") && message.contains("4/5"), "{message}");
        assert_eq!(manager.get("/certifications").await.body["total"], 0);

        body["override_reason"] = json!("기관장 승인: 입원");
        let issued = manager.post("/certifications", body).await.expect(201).body;
        assert_eq!(issued["snapshot"]["override_reason"], "기관장 승인: 입원");
        assert_eq!(issued["snapshot"]["classes"][0]["numerator"], 15);
    }

    async fn a_reason_that_was_not_needed_is_not_kept(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "혹시 몰라서"});
        let issued = app.manager().await.post("/certifications", body).await.expect(201).body;
        assert_eq!(issued["snapshot"]["override_reason"], json!(null));
    }

    async fn lectures_to_come_do_not_count_and_missing_marks_do(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        app.lecture(&class, "2026-09-02T01:00:00Z").await;
        let (one, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "이바다").await);
        attends(&class, &lectures[..16], &one, 16).await;
        attends(&class, &lectures[..15], &other, 15).await;
        let manager = app.manager().await;
        let issued = manager.post("/certifications", json!({"course_id": class.course, "user_id": one.id})).await.expect(201).body;
        assert_eq!(issued["snapshot"]["classes"][0]["denominator"], 20);
        let body = json!({"course_id": class.course, "user_id": other.id});
        manager.post("/certifications", body).await.expect_problem(409, "NOT_ELIGIBLE");
    }

    async fn who_came_late_is_judged_by_the_lectures_of_their_own_time(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner("김하늘").await;
        let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-11"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        attends(&class, &lectures[10..], &learner, 8).await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let issued = app.manager().await.post("/certifications", body).await.expect(201).body;
        assert_eq!(issued["snapshot"]["classes"][0]["numerator"], 8);
        assert_eq!(issued["snapshot"]["classes"][0]["denominator"], 10);
    }

    async fn a_course_is_certified_once_even_if_ten_ask_at_the_same_time(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let requests = (0..10).map(|_| manager.post("/certifications", body.clone()));
        let answers = futures_util::future::join_all(requests).await;
        let issued = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.status == 409 && answer.body["code"] == "ALREADY_CERTIFIED").count();
        assert_eq!((issued, refused), (1, 9), "{answers:?}");
        manager.post("/certifications", body).await.expect_problem(409, "ALREADY_CERTIFIED");
        assert_eq!(manager.get("/certifications").await.body["total"], 1);
    }

    async fn a_certification_rests_on_classes_in_which_the_user_was_a_learner(app) {
        let (class, _) = twenty_lectures(&app).await;
        let (learner, stranger) = (app.learner_in(&class, "김하늘").await, app.learner("이바다").await);
        let manager = app.manager().await;
        let elsewhere = app.class().await;
        for (user, classes) in [
            (stranger.id, json!(null)), (class.lecturer.id, json!(null)),
            (learner.id, json!([elsewhere.id])), (learner.id, json!([class.id, Uuid::nil()])),
        ] {
            let body = json!({"course_id": class.course, "user_id": user, "class_ids": classes, "override_reason": "이유"});
            manager.post("/certifications", body).await.expect_problem(422, "NOT_A_LEARNER");
        }
        for (course, user, at) in [(Uuid::nil(), learner.id, "/course_id"), (class.course, Uuid::nil(), "/user_id")] {
            let answer = manager.post("/certifications", json!({"course_id": course, "user_id": user})).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(at.to_owned(), "no_such_thing".to_owned())]);
        }
    }

    async fn only_managers_and_who_may_issue_certifications_do(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        app.anonymous().post("/certifications", body.clone()).await.expect_problem(401, "UNAUTHENTICATED");
        for client in [&learner, &class.lecturer] {
            client.post("/certifications", body.clone()).await.expect_problem(403, "FORBIDDEN");
        }
        let issuer = Authorizations { permissions: [Permission::IssueCertifications].into(), ..Authorizations::of_roles([Role::Learner]) };
        app.user("발급 담당", issuer).await.post("/certifications", body).await.expect(201);
    }

    async fn every_value_that_is_not_valid_is_named(app) {
        let manager = app.manager().await;
        for (field, value, code) in [
            ("class_ids", json!([]), "empty"),
            ("class_ids", json!(vec![Uuid::nil(); 101]), "too_long"),
            ("override_reason", json!(" "), "empty"),
            ("override_reason", json!("x".repeat(1_001)), "too_long"),
            ("issued_at", json!("2026-01-01T00:00:00Z"), "unknown_field"),
            ("snapshot", json!({}), "unknown_field"),
            ("created_by", json!(Uuid::nil()), "unknown_field"),
        ] {
            let mut body = json!({"course_id": Uuid::nil(), "user_id": Uuid::nil()});
            body[field] = value;
            let answer = manager.post("/certifications", body).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(format!("/{field}"), code.to_owned())]);
        }
    }

    async fn the_same_request_sent_twice_issues_one_certification(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let first = manager.post_once("/certifications", "key-1", body.clone()).await.expect(201);
        let second = manager.post_once("/certifications", "key-1", body).await.expect(201);
        assert_eq!(first.text, second.text);
        assert_eq!(second.header("idempotent-replayed"), "true");
    }

    async fn what_a_certification_says_does_not_change_with_anything(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let issued = manager.post("/certifications", body).await.expect(201);
        manager.patch(&format!("/courses/{}", class.course), json!({"title": "유화"})).await.expect(200);
        manager.patch(&format!("/users/{}", learner.id), json!({"name": "김바다"})).await.expect(200);
        let marks = manager.get(&format!("/lectures/{}/attendances", lectures[1])).await.expect(200);
        let mark = format!("/attendances/{}", marks.items()[0]["id"].as_str().unwrap());
        manager.patch(&mark, json!({"status": "absent"})).await.expect(200);
        let policy = manager.post("/attendance-policies", json!({"preset": "late3-pooled"})).await.expect(201).id();
        for (path, body) in [
            (format!("/classes/{}/attendance-policy", class.id), json!({"policy_id": policy, "reason": "시험"})),
            (format!("/courses/{}/completion-rule", class.course), json!({"document": {"min_hours": 100}})),
        ] {
            let request = manager.request(Method::PUT, &path).header("If-Match", "*").json(&body);
            Answer::of(request).await.expect(200);
        }
        manager.delete(&format!("/lectures/{}?force=true", lectures[0])).await.expect(204);
        let path = format!("/certifications/{}", issued.id());
        assert_eq!(learner.get(&path).await.expect(200).body, issued.body);
    }

    async fn issuing_costs_eight_statements_at_any_number_of_classes_and_marks(app) {
        let (class, lectures) = twenty_lectures(&app).await;
        let learner = app.learner_in(&class, "김하늘").await;
        attends(&class, &lectures, &learner, 20).await;
        let manager = app.manager().await;
        let body = json!({"course_id": class.course, "user_id": learner.id});
        let (issued, cost) = app.costed(&manager, manager.post("/certifications", body)).await;
        // The caller; who, for what and by which rule; places, ways and marks; the number, the record, the audit log, the event.
        assert_eq!((issued.status, cost), (201, 8));
    }
}
