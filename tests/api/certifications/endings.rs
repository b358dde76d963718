//! `POST /certifications/{id}/revoke`, `/reissue`, `/renew`, expiry, and what the public is told afterwards.

use chrono::TimeDelta;
use madang_domain::store::Store;
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

async fn certified(app: &TestApp, valid_months: Option<u16>) -> (Client, TestClass, Client, Answer) {
    let class = app.class().await;
    let learner = app.learner_in(&class, "홍길동").await;
    let manager = app.manager().await;
    if let Some(months) = valid_months {
        let rule = manager.request(Method::PUT, &format!("/courses/{}/completion-rule", class.course));
        let body = json!({"document": {"valid_months": months}});
        Answer::of(rule.header("If-Match", "\"0\"").json(&body)).await.expect(200);
    }
    let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "기관장 승인"});
    let issued = manager.post("/certifications", body).await.expect(201);
    (manager, class, learner, issued)
}

async fn act(client: &Client, issued: &Answer, verb: &str, version: &str, body: Value) -> Answer {
    let request = client.request(Method::POST, &format!("/certifications/{}/{verb}", issued.id()));
    let request = if version.is_empty() { request } else { request.header("If-Match", version) };
    Answer::of(request.json(&body)).await
}

async fn verified(app: &TestApp, issued: &Answer) -> Value {
    let code = issued.body["code"].as_str().unwrap();
    app.anonymous().get(&format!("/verify/{code}")).await.expect(200).body
}

async fn events(app: &TestApp, subject: Uuid) -> Vec<String> {
    let mut session = app.database.session().await.unwrap();
    session.events().of_subject(subject).await.unwrap().into_iter().map(|event| event.kind).collect()
}

fn revocation() -> Value {
    json!({"reason_code": "misconduct", "reason": "출석부 확인 결과 대리 출석"})
}

api_test! {
    async fn a_revoked_certificate_tells_when_and_why(app) {
        let (manager, class, learner, issued) = certified(&app, None).await;
        app.advance(TimeDelta::days(3));
        let manager = app.client_of(manager.id).await;
        let revoked = act(&manager, &issued, "revoke", "\"1\"", revocation()).await.expect(200);
        assert_eq!((&revoked.body["state"], &revoked.body["reason_code"], revoked.header("etag").as_str()), (&json!("revoked"), &json!("misconduct"), "\"2\""));
        assert_eq!((&revoked.body["snapshot"], &revoked.body["number"]), (&issued.body["snapshot"], &issued.body["number"]));
        let seen = verified(&app, &issued).await;
        assert_eq!((&seen["state"], &seen["reason_code"], &seen["ended_at"]), (&json!("revoked"), &json!("misconduct"), &json!("2026-09-04T01:00:00Z")));
        assert!(!seen.to_string().contains("대리"), "the words are for the record");
        assert_eq!(events(&app, issued.id()).await, ["certification.issued", "certification.revoked"]);
        act(&manager, &issued, "revoke", "\"2\"", revocation()).await.expect_problem(409, "CERTIFICATION_ENDED");
        act(&manager, &issued, "reissue", "\"2\"", json!({"reason": "개명"})).await.expect_problem(409, "CERTIFICATION_ENDED");

        // Another one is issued only if a person decides so.
        let mut body = json!({"course_id": class.course, "user_id": learner.id});
        let evaluation = Answer::of(manager.request(Method::POST, &format!("/classes/{}/certifications/evaluate", class.id))).await.expect(200);
        assert_eq!(evaluation.body["learners"][0]["decisions"], json!(["revoked_before"]));
        body["override_reason"] = json!("재심사");
        let second = manager.post("/certifications", body).await.expect(201);
        assert_eq!((&second.body["number"], verified(&app, &second).await["state"].clone()), (&json!("2026-0002"), json!("valid")));
    }

    async fn whoever_ends_a_certificate_knows_it(app) {
        let (manager, class, learner, issued) = certified(&app, Some(12)).await;
        let reason = json!({"reason": "개명"});
        for (verb, body) in [("revoke", revocation()), ("reissue", reason.clone()), ("renew", reason.clone())] {
            act(&manager, &issued, verb, "", body.clone()).await.expect_problem(428, "PRECONDITION_REQUIRED");
            act(&manager, &issued, verb, "\"9\"", body.clone()).await.expect_problem(412, "PRECONDITION_FAILED");
            act(&learner, &issued, verb, "\"1\"", body.clone()).await.expect_problem(403, "FORBIDDEN");
            act(&class.lecturer, &issued, verb, "\"1\"", body.clone()).await.expect_problem(404, "CERTIFICATION_NOT_FOUND");
            let nothing = manager.request(Method::POST, &format!("/certifications/{}/{verb}", Uuid::nil()));
            Answer::of(nothing.header("If-Match", "\"1\"").json(&body)).await.expect_problem(404, "CERTIFICATION_NOT_FOUND");
            act(&manager, &issued, verb, "\"1\"", json!({"reason": " ", "reason_code": "other"})).await.expect(422);
        }
        act(&manager, &issued, "revoke", "\"1\"", json!({"reason_code": "whim", "reason": "x"})).await.expect_problem(422, "VALIDATION_ERROR");
        let answers = futures_util::future::join_all((0..6).map(|_| act(&manager, &issued, "reissue", "\"1\"", reason.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 5, "{answers:?}");
    }

    async fn a_corrected_name_is_another_certificate_and_the_old_code_leads_there(app) {
        let (manager, _, learner, issued) = certified(&app, None).await;
        manager.patch(&format!("/users/{}", learner.id), json!({"name": "홍길순"})).await.expect(200);
        let details = json!({"name_roman": "Hong Gilsun", "birth_date": "1990-05-15"});
        learner.put(&format!("/users/{}/certificate-details", learner.id), details).await.expect(200);
        app.advance(TimeDelta::days(1));
        let manager = app.client_of(manager.id).await;
        let new = act(&manager, &issued, "reissue", "\"1\"", json!({"reason": "개명"})).await.expect(201);
        assert_eq!((&new.body["number"], &new.body["supersedes"]), (&json!("2026-0002"), &json!(issued.id())));
        let snapshot = &new.body["snapshot"];
        assert_eq!((&snapshot["user_name"], &snapshot["user_name_roman"], &snapshot["birth_date"]), (&json!("홍길순"), &json!("Hong Gilsun"), &json!("1990-05-15")));
        assert_eq!((&snapshot["replaces"], &snapshot["issued_on"]), (&json!("2026-0001"), &json!("2026-09-02")));
        assert_eq!(snapshot["classes"], issued.body["snapshot"]["classes"]);
        let old = manager.get(&format!("/certifications/{}", issued.id())).await.expect(200);
        assert_eq!((&old.body["state"], &old.body["superseded_by"]), (&json!("superseded"), &json!(new.id())));
        assert_eq!(old.body["snapshot"], issued.body["snapshot"]);
        let seen = verified(&app, &issued).await;
        assert_eq!((&seen["state"], &seen["superseded_by"]["code"], &seen["name"]), (&json!("superseded"), &new.body["code"], &json!("홍*동")));
        assert_eq!(seen["superseded_by"]["number"], json!(null));
        let code = new.body["code"].as_str().unwrap();
        let whole = app.anonymous().get(&format!("/verify/{code}?birth_date=1990-05-15")).await.expect(200);
        assert_eq!((&whole.body["state"], &whole.body["name"], &whole.body["name_roman"]), (&json!("valid"), &json!("홍길순"), &json!("Hong Gilsun")));
        assert_eq!(events(&app, issued.id()).await, ["certification.issued", "certification.superseded"]);
        assert_eq!(events(&app, new.id()).await, ["certification.issued"]);
        let given = json!({"name": "홍길자", "name_roman": "Hong Gilja", "reason": "오기"});
        let third = act(&manager, &new, "reissue", "\"1\"", given).await.expect(201);
        assert_eq!(third.body["snapshot"]["user_name"], "홍길자");
        let list = manager.get("/certifications?state=issued").await.expect(200);
        assert_eq!((list.items().len(), &list.items()[0]["id"]), (1, &json!(third.id())));
        assert_eq!(manager.get("/certifications?state=superseded&sort=number").await.expect(200).items().len(), 2);
    }

    async fn a_certificate_expires_is_told_of_before_and_renewed(app) {
        let (manager, class, learner, issued) = certified(&app, Some(12)).await;
        assert_eq!((&issued.body["expires_at"], &issued.body["snapshot"]["valid_until"]), (&json!("2027-08-31T15:00:00Z"), &json!("2027-08-31")));
        app.advance(TimeDelta::days(330));
        app.work().await;
        assert_eq!(events(&app, issued.id()).await, ["certification.issued"]);
        app.advance(TimeDelta::days(10));
        app.work().await;
        app.advance(TimeDelta::hours(2));
        app.work().await;
        assert_eq!(events(&app, issued.id()).await, ["certification.issued", "certification.expiring"]);
        app.advance(TimeDelta::days(30));
        // It is over at its moment, not when a job finds it.
        let manager = app.client_of(manager.id).await;
        let path = format!("/certifications/{}", issued.id());
        assert_eq!(verified(&app, &issued).await["state"], "expired");
        // Before it was written down, too.
        let expired = manager.get("/certifications?state=expired").await.expect(200).body;
        assert_eq!((&expired["total"], &expired["items"][0]["state"]), (&json!(1), &json!("expired")));
        let one = manager.get(&format!("/certifications/{}", issued.id())).await.expect(200).body;
        assert_eq!((&one["state"], &one["ended_at"]), (&json!("expired"), &json!("2027-08-31T15:00:00Z")));
        let known = manager.request(Method::GET, &path).header("If-None-Match", "\"1\"");
        Answer::of(known).await.expect(200);
        app.work().await;
        let over = manager.get(&path).await.expect(200);
        assert_eq!(over.body, one, "writing it down changes nothing");
        assert_eq!((&over.body["state"], &over.body["ended_at"], over.header("etag").as_str()), (&json!("expired"), &json!("2027-08-31T15:00:00Z"), "\"2\""));
        assert_eq!(verified(&app, &issued).await["state"], "expired");
        act(&manager, &issued, "reissue", "\"2\"", json!({"reason": "개명"})).await.expect_problem(409, "CERTIFICATION_ENDED");
        let refused = manager.post("/certifications", json!({"course_id": class.course, "user_id": learner.id})).await.expect_problem(409, "NOT_ELIGIBLE");
        assert!(refused.faults().contains(&("/approve".to_owned(), "needs_decision".to_owned())));
        let renewed = act(&manager, &issued, "renew", "\"2\"", json!({"reason": "보수교육"})).await.expect(201);
        assert_eq!((&renewed.body["state"], &renewed.body["snapshot"]["replaces"]), (&json!("issued"), &json!("2026-0001")));
        assert_eq!((&renewed.body["number"], &renewed.body["snapshot"]["valid_until"]), (&json!("2027-0001"), &json!("2028-09-05")));
        assert_eq!(verified(&app, &issued).await["superseded_by"]["code"], renewed.body["code"]);
        assert_eq!(events(&app, issued.id()).await.last().unwrap(), "certification.superseded");
    }

    async fn what_is_over_is_renewed_before_a_job_has_found_it(app) {
        let (manager, _, _, issued) = certified(&app, Some(12)).await;
        app.advance(TimeDelta::days(400));
        let manager = app.client_of(manager.id).await;
        let reason = json!({"reason": "보수교육"});
        act(&manager, &issued, "reissue", "\"2\"", reason.clone()).await.expect_problem(409, "CERTIFICATION_ENDED");
        act(&manager, &issued, "renew", "\"1\"", reason.clone()).await.expect_problem(412, "PRECONDITION_FAILED");
        act(&manager, &issued, "renew", "\"2\"", reason).await.expect(201);
        let old = manager.get(&format!("/certifications/{}", issued.id())).await.expect(200);
        assert_eq!((&old.body["state"], old.header("etag").as_str()), (&json!("superseded"), "\"3\""));
    }

    async fn what_does_not_expire_is_not_renewed(app) {
        let (manager, _, _, issued) = certified(&app, None).await;
        act(&manager, &issued, "renew", "\"1\"", json!({"reason": "x"})).await.expect_problem(409, "CERTIFICATION_NOT_EXPIRING");
    }

    async fn people_say_how_they_are_named_on_certificates(app) {
        let (learner, other, manager) = (app.learner("김하늘").await, app.learner("이바다").await, app.manager().await);
        let path = format!("/users/{}/certificate-details", learner.id);
        let empty = learner.get(&path).await.expect(200);
        assert_eq!((empty.header("etag").as_str(), &empty.body["name_roman"]), ("\"0\"", &json!(null)));
        let said = learner.put(&path, json!({"name_roman": "Kim Haneul", "birth_date": "1990-05-15"})).await.expect(200);
        assert_eq!((said.header("etag").as_str(), &said.body["birth_date"]), ("\"1\"", &json!("1990-05-15")));
        let stale = manager.request(Method::PUT, &path).header("If-Match", "\"0\"").json(&json!({}));
        Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        let cleared = manager.put(&path, json!({"name_roman": "Kim Ha-neul"})).await.expect(200);
        assert_eq!((&cleared.body["version"], &cleared.body["birth_date"]), (&json!(2), &json!(null)));
        other.get(&path).await.expect_problem(404, "USER_NOT_FOUND");
        other.put(&path, json!({})).await.expect_problem(404, "USER_NOT_FOUND");
        let refused = learner.put(&path, json!({"name_roman": " ", "birth_date": "0001-01-01"})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(refused.faults().len(), 2);
    }
}
