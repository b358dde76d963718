//! `GET …/check-in-code`: the rotating code, in three forms.

use chrono::TimeDelta;
use madang_tests::{Answer, api_test};
use reqwest::Method;

use super::{check_in, code, open, open_lecture};

api_test! {
    async fn the_code_changes_every_fifteen_seconds_and_is_taken_for_one_step_more(app) {
        let (class, lecture) = open_lecture(&app).await;
        let shown = class.lecturer.get(&format!("/lectures/{lecture}/check-in-code")).await.expect(200);
        assert_eq!((shown.body["step_seconds"].as_i64(), shown.body["changes_at"].as_str()), (Some(15), Some("2026-09-01T01:00:15Z")));
        assert_eq!(shown.header("cache-control"), "no-store");
        let (payload, digits) = code(&app, &class, lecture).await;
        assert_eq!(digits.len(), 6);
        app.advance(TimeDelta::seconds(15));
        let (next, _) = code(&app, &class, lecture).await;
        assert_ne!(payload, next);
        check_in(&app.learner_in(&class, "김하늘").await, lecture, &payload).await.expect(201);
        app.advance(TimeDelta::seconds(15));
        let late = app.learner_in(&class, "이바다").await;
        check_in(&late, lecture, &payload).await.expect_problem(422, "CHECK_IN_CODE_EXPIRED");
        check_in(&late, lecture, &digits).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        check_in(&late, lecture, &next).await.expect(201);
    }

    async fn the_code_of_another_lecture_is_told_apart(app) {
        let (class, lecture) = open_lecture(&app).await;
        let other = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        open(&class, other).await;
        let (payload, digits) = code(&app, &class, other).await;
        let learner = app.learner_in(&class, "김하늘").await;
        check_in(&learner, lecture, &payload).await.expect_problem(422, "CHECK_IN_CODE_OF_ANOTHER_LECTURE");
        check_in(&learner, lecture, &digits).await.expect_problem(422, "CHECK_IN_CODE_WRONG");
        check_in(&learner, other, &digits).await.expect(201);
    }

    async fn the_code_comes_as_a_picture_where_that_is_asked_for(app) {
        let (class, lecture) = open_lecture(&app).await;
        let path = format!("/lectures/{lecture}/check-in-code");
        let svg = class.lecturer.get(&format!("{path}?format=svg")).await.expect(200);
        assert_eq!(svg.header("content-type"), "image/svg+xml");
        assert!(svg.text.contains("<svg"), "{}", svg.text);
        let request = class.lecturer.request(Method::GET, &path).header("Accept", "image/png");
        let png = request.send().await.unwrap();
        assert_eq!(png.headers()["content-type"], "image/png");
        let bytes = png.bytes().await.unwrap();
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        let side = u32::from_be_bytes(bytes[16..20].try_into().unwrap());
        assert!(side > 200 && bytes[16..20] == bytes[20..24], "{side}");
        let unknown = class.lecturer.request(Method::GET, &format!("{path}?format=gif"));
        Answer::of(unknown).await.expect_problem(400, "MALFORMED_QUERY");
    }
}
