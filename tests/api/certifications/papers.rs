//! Certificates on paper: documents, archives, templates.

use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;

use super::certified;

async fn bytes(client: &madang_tests::Client, path: &str) -> (u16, String, Vec<u8>) {
    let response = client.request(Method::GET, path).send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), kind, response.bytes().await.unwrap().to_vec())
}

async fn revoke(app: &TestApp, id: &str) -> Answer {
    let request = app.manager().await.request(Method::POST, &format!("/certifications/{id}/revoke"));
    let request = request.header("If-Match", "*").json(&json!({"reason_code": "other", "reason": "시험"}));
    Answer::of(request).await.expect(200)
}

fn text(words: &str) -> Value {
    json!({"orientation": "landscape", "elements": [
        {"type": "text", "text": words, "x": 20, "y": 20, "width": 200, "height": 60, "size": 30},
    ]})
}

async fn template(app: &TestApp, class: &TestClass, document: Value) -> Answer {
    let path = format!("/courses/{}/certificate-template", class.course);
    app.manager().await.put(&path, json!({"document": document})).await
}

api_test! {
    async fn a_certificate_is_printed_the_same_each_time_for_its_holder_and_managers(app) {
        let (class, learner, issued) = certified(&app, "김하늘").await;
        let path = format!("/certifications/{}/document", issued.id());
        let (status, kind, first) = bytes(&learner, &path).await;
        assert_eq!((status, kind.as_str()), (200, "application/pdf"));
        assert!(first.starts_with(b"%PDF-"));
        assert!(bytes(&app.manager().await, &path).await.2 == first);
        // Neither another name nor another title changes what was issued.
        let manager = app.manager().await;
        manager.patch(&format!("/users/{}", learner.id), json!({"name": "다른 이름"})).await.expect(200);
        manager.patch(&format!("/courses/{}", class.course), json!({"title": "다른 강의"})).await.expect(200);
        assert!(bytes(&learner, &path).await.2 == first);
        let answer = learner.get(&path).await.expect(200);
        assert_eq!(answer.header("content-disposition"), format!("inline; filename=\"{}.pdf\"", issued.string("number")));

        app.learner("박바다").await.get(&path).await.expect_problem(404, "CERTIFICATION_NOT_FOUND");
        app.anonymous().get(&path).await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn a_revoked_certificate_is_not_printed(app) {
        let (_, learner, issued) = certified(&app, "김하늘").await;
        revoke(&app, &issued.string("id")).await;
        let path = format!("/certifications/{}/document", issued.id());
        learner.get(&path).await.expect_problem(409, "CERTIFICATION_ENDED");
    }

    async fn a_name_that_no_font_has_is_told_with_its_character(app) {
        let (_, learner, issued) = certified(&app, "김하늘😀").await;
        let path = format!("/certifications/{}/document", issued.id());
        let refused = learner.get(&path).await.expect_problem(409, "CERTIFICATE_NOT_PRINTABLE");
        assert!(refused.string("detail").contains("U+1F600"), "{}", refused.text);
    }

    async fn the_certificates_of_a_course_come_in_one_archive(app) {
        let (class, first, _) = certified(&app, "김하늘").await;
        let manager = app.manager().await;
        let mut revoked = String::new();
        for name in ["박/바다", "최나무", "한구름"] {
            let learner = app.learner_in(&class, name).await;
            let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
            revoked = manager.post("/certifications", body).await.expect(201).string("id");
        }
        revoke(&app, &revoked).await;
        let path = format!("/courses/{}/certifications/documents", class.course);
        let (status, kind, archive) = bytes(&manager, &path).await;
        assert_eq!((status, kind.as_str()), (200, "application/zip"));
        let names = |archive: Vec<u8>| {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
            (0..archive.len())
                .map(|index| {
                    let mut file = archive.by_index(index).unwrap();
                    let mut pdf = Vec::new();
                    std::io::Read::read_to_end(&mut file, &mut pdf).unwrap();
                    assert!(pdf.starts_with(b"%PDF-"));
                    file.name().unwrap().into_owned()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(names(archive), ["2026-0001 김하늘.pdf", "2026-0002 박바다.pdf", "2026-0003 최나무.pdf"]);
        let (_, _, archive) = bytes(&manager, &format!("{path}?number_from=2026-0002&number_to=2026-0002")).await;
        assert_eq!(names(archive), ["2026-0002 박바다.pdf"]);
        let (_, _, archive) = bytes(&manager, &format!("{path}?number_from=2026-0009")).await;
        assert_eq!(names(archive), [""; 0]);
        first.get(&path).await.expect_problem(403, "FORBIDDEN");
        manager.get(&format!("{path}?number_from=x")).await.expect(400);
    }

    async fn a_course_without_a_template_goes_by_the_built_in_one(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        let found = manager.get(&format!("/courses/{}/certificate-template", class.course)).await.expect(200);
        assert_eq!((&found.body["version"], &found.body["is_built_in"]), (&json!(0), &json!(true)));
        let built_in = manager.get("/certificate-templates").await.expect(200);
        assert_eq!(built_in.body["items"][0]["document"], found.body["document"]);
        assert_eq!(built_in.items().iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), ["portrait", "landscape"]);
        class.lecturer.get(&format!("/courses/{}/certificate-template", class.course)).await.expect_problem(403, "FORBIDDEN");
    }

    async fn a_new_template_is_for_what_is_issued_from_then_on(app) {
        let (class, learner, issued) = certified(&app, "김하늘").await;
        let path = format!("/certifications/{}/document", issued.id());
        let before = bytes(&learner, &path).await.2;
        app.clock.advance(chrono::TimeDelta::minutes(5));
        let made = template(&app, &class, text("{name}")).await.expect(200);
        assert_eq!((&made.body["version"], made.header("etag").as_str()), (&json!(1), "\"1\""));
        assert!(bytes(&learner, &path).await.2 == before);

        let other = app.learner_in(&class, "박바다").await;
        let body = json!({"course_id": class.course, "user_id": other.id, "override_reason": "시험"});
        let issued = app.manager().await.post("/certifications", body).await.expect(201);
        let path = format!("/certifications/{}/document", issued.id());
        let own = bytes(&other, &path).await.2;
        assert!(own.len() < before.len() / 2);

        app.clock.advance(chrono::TimeDelta::minutes(5));
        assert_eq!(template(&app, &class, Value::Null).await.expect(200).body["is_built_in"], true);
        assert!(bytes(&other, &path).await.2 == own);
        let entries = app.admin().await.get("/admin/audit-log?entity=certificate_template").await.expect(200);
        assert_eq!(entries.items().len(), 2);
    }

    async fn two_who_change_a_template_at_once_do_not_overwrite_each_other(app) {
        let class = app.class().await;
        let path = format!("/courses/{}/certificate-template", class.course);
        let change = async |tag: &str| {
            let request = app.manager().await.request(Method::PUT, &path).header("If-Match", tag);
            Answer::of(request.json(&json!({"document": text("수료증")}))).await
        };
        change("\"0\"").await.expect(200);
        change("\"0\"").await.expect_problem(412, "PRECONDITION_FAILED");
        change("\"1\"").await.expect(200);
    }

    async fn each_fault_of_a_template_is_told_with_its_place(app) {
        let class = app.class().await;
        let document = json!({"orientation": "portrait", "elements": [
            {"type": "text", "text": "{salary}", "x": 1, "y": 1, "width": 10, "height": 10, "size": 10},
            {"type": "qr", "x": 200, "y": 1, "size": 30},
        ]});
        let refused = template(&app, &class, document).await.expect_problem(422, "VALIDATION_ERROR");
        let fault = |pointer: &str| (pointer.to_owned(), "not_printable".to_owned());
        assert_eq!(refused.faults(), [fault("/document/elements/0/text"), fault("/document/elements/1")]);
    }

    async fn a_template_is_looked_at_before_it_is_kept(app) {
        let class = app.class().await;
        let manager = app.manager().await;
        let path = format!("/courses/{}/certificate-template/preview", class.course);
        for document in [Value::Null, text("{course} {issuer}")] {
            let answer = manager.post(&path, json!({"document": document})).await.expect(200);
            assert!(answer.text.starts_with("%PDF-"));
        }
        manager.post(&path, json!({"document": text("😀")})).await.expect_problem(409, "CERTIFICATE_NOT_PRINTABLE");
        class.lecturer.post(&path, json!({})).await.expect_problem(403, "FORBIDDEN");
        let kept = manager.get(&format!("/courses/{}/certificate-template", class.course)).await.expect(200);
        assert_eq!(kept.body["version"], 0);
    }
}
