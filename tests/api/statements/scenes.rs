//! Operations that need more than the stage to succeed: proofs, versions, something that was done before.

use std::pin::Pin;

use madang_tests::{
    Answer, Client, TestApp, json,
    providers::{FakeProviders, KAKAO_ADMIN_KEY, KAKAO_APP_ID, Person},
};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::with;
use crate::{
    access_matrix::{Operation, Stage},
    auth::PASSWORD,
    social::Browser,
};

/// Who calls, and the request.
type Scene<'a> = (Client, Pin<Box<dyn Future<Output = Answer> + 'a>>);

/// The scene of an operation, if it needs one.
pub async fn scene<'a>(
    app: &'a TestApp,
    fakes: &'a FakeProviders,
    stage: &'a Stage,
    operation: &'a Operation,
    key: Option<&'a str>,
) -> Option<Scene<'a>> {
    let id = operation.id.as_str();
    let path = stage.path(id, &operation.path);
    let (client, request) = match id {
        "sign_in"
        | "refresh_session"
        | "change_my_password"
        | "request_email_verification"
        | "verify_email"
        | "reset_password"
        | "forgot_password" => of_account(app, stage, id, &path).await,
        "renew_certification" => {
            let rule = format!("/courses/{}/completion-rule", stage.class.course);
            let rule = stage.manager.request(Method::PUT, &rule).header("If-Match", "\"0\"");
            Answer::of(rule.json(&json!({"document": {"valid_months": 12}}))).await.expect(200);
            let learner = app.learner_in(&stage.class, "정하늘").await;
            let body =
                json!({"course_id": stage.class.course, "user_id": learner.id, "override_reason": "시험"});
            let issued = stage.manager.post("/certifications", body).await.expect(201);
            let path = format!("/certifications/{}/renew", issued.id());
            let request = stage.manager.request(Method::POST, &path).header("If-Match", "\"1\"");
            (stage.manager.clone(), request.json(&json!({"reason": "시험"})))
        }
        "reissue_certification" | "revoke_certification" | "replace_class_attendance_policy" => {
            let known = match id {
                "replace_class_attendance_policy" => format!("/classes/{}/attendance-policy", stage.class.id),
                _ => format!("/certifications/{}", stage.certification),
            };
            let version = stage.manager.get(&known).await.expect(200).header("etag");
            let request = stage.request(operation, "manager", &path).header("If-Match", version);
            (stage.manager.clone(), request)
        }
        "replace_completion_rule" => {
            let request = stage.request(operation, "manager", &path).header("If-Match", "\"0\"");
            (stage.manager.clone(), request)
        }
        "issue_class_certifications" | "issue_course_certifications" => {
            let evaluate = path.replace("/issue", "/evaluate");
            complete(app, stage).await;
            let found = Answer::of(stage.manager.request(Method::POST, &evaluate)).await.expect(200);
            let body = json!({"evaluation": found.body["evaluation"]});
            (stage.manager.clone(), stage.manager.request(Method::POST, &path).json(&body))
        }
        "delete_lecture" => {
            (stage.manager.clone(), stage.manager.request(Method::DELETE, &format!("{path}?force=true")))
        }
        "reopen_check_in_session" => {
            let session = format!("/lectures/{}/check-in-session", stage.present_lecture);
            stage.manager.post(&format!("{session}/close"), json!({})).await.expect(200);
            (stage.manager.clone(), stage.request(operation, "manager", &path))
        }
        "check_in" | "check_out" | "step_out" | "come_back" => of_learner(app, stage, id, &path).await,
        "get_operation_file" => {
            let order = json!({"kind": "class_closing", "format": "csv", "class_id": stage.class.id});
            let order = stage.manager.post("/reports", order).await.expect(202);
            let path = order.header("location").trim_start_matches("/api/v1").to_owned();
            while stage.manager.get(&path).await.body["status"] != "succeeded" {}
            let request = stage.manager.request(Method::GET, &format!("{path}/file"));
            (stage.manager.clone(), request)
        }
        "get_status_list" => (app.anonymous(), app.anonymous().request(Method::GET, "/status-lists/2026-1")),
        "withdraw_me" => {
            let client = stage.learner.clone();
            let request = client.request(Method::DELETE, "/users/me").json(&json!({}));
            (client, request)
        }
        "get_kakao_unlink_notice"
        | "post_kakao_unlink_notice"
        | "sign_in_with_provider"
        | "link_identity"
        | "unlink_identity"
        | "begin_identity_link" => of_identity(app, fakes, stage, operation).await,
        "begin_social_sign_in" => (app.anonymous(), app.anonymous().request(Method::GET, "/auth/google")),
        "finish_social_sign_in" | "finish_posted_sign_in" => {
            let provider = if id == "finish_social_sign_in" { "google" } else { "apple" };
            fakes.meet(provider, Person::consenting(&format!("finish-{provider}"), "finish@gmail.com"));
            let browser = Browser::of(app);
            let sent = fakes.consent(&browser.begin(provider).await).await;
            return Some((app.anonymous(), Box::pin(async move { browser.come_back(&sent).await })));
        }
        _ => return None,
    };
    Some((client, Box::pin(Answer::of(with(request, key)))))
}

/// Somebody with a password and an address.
async fn registered(app: &TestApp, stage: &Stage) -> Answer {
    let body = json!({"username": format!("of-{}", stage.temp), "password": PASSWORD, "name": "김하늘", "email": address(stage)});
    app.anonymous().post("/auth/register", body).await.expect(201)
}

fn address(stage: &Stage) -> String {
    format!("of-{}@example.org", stage.temp)
}

/// The token of the link in the newest mail.
async fn newest_token(app: &TestApp) -> String {
    // Nobody listens at the addresses of the stages.
    app.owner.run("UPDATE webhook_endpoints SET disabled = 'by_hand'").await.unwrap();
    app.owner.run("DELETE FROM jobs WHERE kind LIKE 'webhooks.%'").await.unwrap();
    let mails = app.mails().await;
    let text = mails.last().unwrap().text();
    text.split("#token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// Passwords, mail and sessions.
async fn of_account(app: &TestApp, stage: &Stage, id: &str, path: &str) -> (Client, RequestBuilder) {
    let tokens = registered(app, stage).await;
    let client = app.client_of(tokens.id()).await;
    let ask = client.request(Method::POST, "/auth/verify-email/request");
    let anonymous = app.anonymous();
    let post = |body: Value| anonymous.request(Method::POST, path).json(&body);
    let request = match id {
        "sign_in" => post(json!({"username": format!("of-{}", stage.temp), "password": PASSWORD})),
        "refresh_session" => post(json!({"refresh_token": tokens.string("refresh_token")})),
        "change_my_password" => {
            let body = json!({"current_password": PASSWORD, "new_password": "산책하는-고양이-8"});
            return (client.clone(), client.request(Method::PATCH, path).json(&body));
        }
        "request_email_verification" => return (client, ask),
        "verify_email" => {
            Answer::of(ask).await.expect(202);
            post(json!({"token": newest_token(app).await}))
        }
        "forgot_password" => post(json!({"email": address(stage)})),
        _ => {
            anonymous.post("/auth/forgot-password", json!({"email": address(stage)})).await.expect(202);
            post(json!({"token": newest_token(app).await, "new_password": "산책하는-고양이-8"}))
        }
    };
    (anonymous, request)
}

/// Checking in, and what follows.
async fn of_learner(app: &TestApp, stage: &Stage, id: &str, path: &str) -> (Client, RequestBuilder) {
    let client = app.learner_in(&stage.class, "정하늘").await;
    let lecture = format!("/lectures/{}", stage.present_lecture);
    let code = stage.manager.get(&format!("{lecture}/check-in-code")).await.expect(200);
    let body = json!({"code": code.string("payload")});
    if id != "check_in" {
        client.post(&format!("{lecture}/check-in"), body.clone()).await.expect(201);
    }
    if id == "come_back" {
        client.post(&format!("{lecture}/step-out"), json!({})).await.expect(200);
    }
    let request = client.request(Method::POST, path);
    let request = if id == "step_out" { request } else { request.json(&body) };
    (client, request)
}

/// Marks that let the learner of the class complete it.
async fn complete(app: &TestApp, stage: &Stage) {
    let learner = app.learner_in(&stage.class, "정하늘").await;
    for lecture in [stage.lecture, stage.unmarked_lecture, stage.present_lecture] {
        app.mark(&stage.class, lecture, &learner, "present").await;
    }
}

/// Accounts at providers.
async fn of_identity(
    app: &TestApp,
    fakes: &FakeProviders,
    stage: &Stage,
    operation: &Operation,
) -> (Client, RequestBuilder) {
    let subject = stage.temp.as_u128() % 1_000_000_007;
    fakes.meet("kakao", Person::silent(&subject.to_string()));
    let token = || json!({"access_token": fakes.kakao_token(KAKAO_APP_ID)});
    let anonymous = app.anonymous();
    let path = stage.path(&operation.id, &operation.path);
    let request = match operation.id.as_str() {
        "sign_in_with_provider" => anonymous.request(Method::POST, &path).json(&token()),
        "begin_identity_link" => {
            return (stage.learner.clone(), stage.request(operation, "learner", &path));
        }
        "link_identity" | "unlink_identity" => {
            let tokens = registered(app, stage).await;
            let client = app.client_of(tokens.id()).await;
            let body = json!({"provider": "kakao", "credential": token()});
            let request = if operation.id == "link_identity" {
                client.request(Method::POST, "/users/me/identities").json(&body)
            } else {
                let linked = client.post("/users/me/identities", body).await.expect(200);
                client.request(Method::DELETE, &format!("/users/me/identities/{}", linked.id()))
            };
            return (client, request);
        }
        _ => {
            anonymous.post("/auth/social/kakao", token()).await.expect(200);
            let facts = format!("app_id={KAKAO_APP_ID}&user_id={subject}&referrer_type=UNLINK_FROM_APPS");
            let request = if operation.method == Method::GET {
                anonymous.request(Method::GET, &format!("/auth/kakao/unlink-webhook?{facts}"))
            } else {
                let form = [
                    ("app_id", KAKAO_APP_ID.to_string()),
                    ("user_id", subject.to_string()),
                    ("referrer_type", "UNLINK_FROM_APPS".to_owned()),
                ];
                anonymous.request(Method::POST, "/auth/kakao/unlink-webhook").form(&form)
            };
            request.header("authorization", format!("KakaoAK {KAKAO_ADMIN_KEY}"))
        }
    };
    (anonymous, request)
}
