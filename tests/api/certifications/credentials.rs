//! Certificates as Open Badges: the credential, its issuer, its status, the badge, and the page for people.

use madang_tests::{Answer, TestApp, api_test, json};
use reqwest::Method;
use serde_json::Value;

use super::certified;

/// What `@digitalbazaar/vc` says of a credential with the documents that the server publishes.
pub async fn verified_elsewhere(app: &TestApp, credential: &Value) -> String {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };

    let list = credential["credentialStatus"]["statusListCredential"].as_str().unwrap();
    let list = list.split("/api/v1").nth(1).unwrap();
    let documents = json!({
        "credential": credential,
        "status_list": app.anonymous().get(list).await.expect(200).body,
        "did_document": app.anonymous().get("//.well-known/did.json").await.expect(200).body,
        "now": "2026-09-01T02:00:00Z",
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/verify.sh");
    let mut verifier =
        Command::new(script).arg("credentials").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    verifier.stdin.take().unwrap().write_all(documents.to_string().as_bytes()).unwrap();
    String::from_utf8(verifier.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

pub async fn page(app: &TestApp, path: &str) -> Answer {
    Answer::of(app.anonymous().request(Method::GET, path).header("Accept", "text/html,*/*;q=0.8")).await
}

api_test! {
    async fn a_credential_verifies_with_what_we_publish_until_it_is_revoked(app) {
        let (_, learner, issued) = certified(&app, "김하늘").await;
        let credential = learner.get(&format!("/certifications/{}/credential", issued.id())).await.expect(200);
        assert_eq!(credential.header("content-type"), "application/vc+ld+json");
        let subject = &credential.body["credentialSubject"];
        assert_eq!(subject["licenseNumber"], issued.body["number_text"]);
        assert!(!credential.text.contains("김하늘"));
        assert_eq!(credential.body["issuer"]["id"], "did:web:127.0.0.1%3A8080");
        assert_eq!(verified_elsewhere(&app, &credential.body).await, "verified");

        let mut changed = credential.body.clone();
        changed["credentialSubject"]["licenseNumber"] = json!("제2026-9999호");
        assert_eq!(verified_elsewhere(&app, &changed).await, "Invalid signature.");

        let request = app.manager().await.request(Method::POST, &format!("/certifications/{}/revoke", issued.id()));
        Answer::of(request.header("If-Match", "*").json(&json!({"reason_code": "other", "reason": "시험"}))).await.expect(200);
        assert_eq!(verified_elsewhere(&app, &credential.body).await, "The credential is revoked.");
        assert_eq!(learner.get(&format!("/certifications/{}/credential", issued.id())).await.expect(200).body, credential.body);
    }

    async fn a_credential_comes_as_json_or_jwt_and_by_did_web_or_did_key(app) {
        let (_, learner, issued) = certified(&app, "김하늘").await;
        let path = format!("/certifications/{}/credential", issued.id());
        let jwt = learner.get(&format!("{path}?format=jwt")).await.expect(200);
        assert_eq!((jwt.header("content-type").as_str(), jwt.text.split('.').count()), ("application/vc+jwt", 3));
        let accepted = Answer::of(learner.request(Method::GET, &path).header("Accept", "application/vc+jwt")).await;
        assert_eq!(accepted.text, jwt.text);
        let by_key = learner.get(&format!("{path}?issuer=did_key")).await.expect(200);
        assert!(by_key.body["issuer"]["id"].as_str().unwrap().starts_with("did:key:z6Mk"));
        let document = app.anonymous().get("/.well-known/did.json").await.expect(200);
        assert_eq!(document.body["alsoKnownAs"][0], by_key.body["issuer"]["id"]);
        assert_eq!(document.header("access-control-allow-origin"), "*");
        learner.get(&format!("{path}?format=xml")).await.expect(400);
        app.learner("박바다").await.get(&path).await.expect_problem(404, "CERTIFICATION_NOT_FOUND");
    }

    async fn a_badge_carries_the_credential(app) {
        let (_, learner, issued) = certified(&app, "김하늘").await;
        let path = format!("/certifications/{}/badge", issued.id());
        let response = learner.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "image/png");
        let png = response.bytes().await.unwrap();
        let key = b"openbadgecredential";
        assert!(png.starts_with(b"\x89PNG") && png.windows(key.len()).any(|window| window == key));
        let svg = learner.get(&format!("{path}?format=svg")).await.expect(200);
        assert!(svg.text.contains("<openbadges:credential>") && svg.header("content-type") == "image/svg+xml");
    }

    async fn a_status_list_is_there_for_every_year_and_for_nothing_else(app) {
        let list = app.anonymous().get("/status-lists/2026-1").await.expect(200);
        assert_eq!(list.body["credentialSubject"]["type"], "BitstringStatusList");
        assert!(list.body["credentialSubject"]["encodedList"].as_str().unwrap().starts_with('u'));
        assert_eq!(list.header("cache-control"), "public, max-age=300");
        for wrong in ["2026", "2026-9", "x", "00000000-0000-0000-0000-000000000000"] {
            app.anonymous().get(&format!("/status-lists/{wrong}")).await.expect_problem(404, "NOT_FOUND");
        }
    }

    async fn a_browser_is_shown_a_page_that_loads_nothing(app) {
        let (class, _, issued) = certified(&app, "<b>김하늘</b>").await;
        let code = issued.string("code");
        let shown = page(&app, &format!("//verify/{code}")).await.expect(200);
        assert_eq!(shown.header("content-type"), "text/html; charset=utf-8");
        let policy = shown.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert!(shown.text.contains("유효한 수료증입니다") && shown.text.contains("This certificate is valid"));
        assert!(!shown.text.contains("<script") && !shown.text.contains("src=") && !shown.text.contains("김하늘"));
        let known = page(&app, &format!("//verify/{code}?number={}", issued.string("number"))).await.expect(200);
        assert!(known.text.contains("&lt;b&gt;김하늘&lt;/b&gt;") && !known.text.contains("<b>김"));
        // Programs are told the same in JSON.
        let told = app.anonymous().get(&format!("//verify/{code}")).await.expect(200);
        assert_eq!(told.body["state"], "valid");
        assert!(told.header("vary").starts_with("Accept"));

        app.manager().await.delete(&format!("/courses/{}", class.course)).await.expect(204);
        assert!(page(&app, &format!("//verify/{code}")).await.text.contains("유효한 수료증입니다"));
        let request = app.manager().await.request(Method::POST, &format!("/certifications/{}/revoke", issued.id()));
        Answer::of(request.header("If-Match", "*").json(&json!({"reason_code": "misconduct", "reason": "비밀"}))).await.expect(200);
        let revoked = page(&app, &format!("//verify/{code}")).await.expect(200);
        assert!(revoked.text.contains("취소된 수료증입니다") && revoked.text.contains("부정행위") && !revoked.text.contains("비밀"));
    }

    async fn a_code_is_typed_into_a_form(app) {
        let (_, _, issued) = certified(&app, "김하늘").await;
        let code = issued.string("code");
        assert!(page(&app, "//verify").await.expect(200).text.contains("name=\"code\""));
        let typed = page(&app, &format!("//verify?code={}", code.to_lowercase().replace('-', "+"))).await;
        assert!(typed.text.contains("유효한 수료증입니다"), "{}", typed.text);
        for wrong in ["", "x", "%3Cscript%3E", "0000"] {
            let shown = page(&app, &format!("//verify?code={wrong}")).await.expect(200);
            assert!(shown.text.contains("코드를 다시 확인해 주세요") && !shown.text.contains("<script"));
        }
        let unknown = page(&app, "//verify/00000000000000000").await.expect(200);
        assert!(unknown.text.contains("확인되지 않는 코드입니다"));
        page(&app, &format!("//verify/{code}?number=x")).await.expect(400);
    }
}
