//! `/notification-preferences`.

use madang_tests::{api_test, json};
use reqwest::Method;

api_test! {
    async fn preferences_begin_as_defaults_and_are_replaced_whole(app) {
        let learner = app.learner("김하늘").await;
        let path = "/notification-preferences";
        let first = learner.get(path).await.expect(200);
        assert_eq!((&first.body["language"], &first.body["version"]), (&json!("ko"), &json!(0)));
        assert_eq!(first.body["quiet_hours"], json!({"from": "21:00", "to": "08:00"}));
        let kind = |answer: &madang_tests::Answer, kind: &str| {
            answer.body["kinds"].as_array().unwrap().iter().find(|one| one["kind"] == kind).unwrap().clone()
        };
        assert_eq!(kind(&first, "lecture_start"), json!({"kind": "lecture_start", "email": "off", "push": true, "alimtalk": false}));
        let absence = json!({"kind": "absence", "email": "digest", "push": false, "alimtalk": false});
        let body = json!({"language": "en", "quiet_hours": null, "kinds": [absence]});
        let changed = learner.put(path, body.clone()).await.expect(200);
        assert_eq!((kind(&changed, "absence"), &changed.body["version"]), (absence.clone(), &json!(1)));
        assert_eq!(learner.get(path).await.expect(200).body, changed.body);
        let stale = learner.request(Method::PUT, path).header("If-Match", "\"0\"").json(&body);
        madang_tests::Answer::of(stale).await.expect_problem(412, "PRECONDITION_FAILED");
        let back = learner.put(path, json!({"language": "ko"})).await.expect(200);
        assert_eq!(kind(&back, "absence"), kind(&first, "absence"), "what is not named is as by default");

        let notice = app.notice_to(&learner).await;
        learner.put(path, body).await.expect(200);
        let read = learner.patch(&format!("/notifications/{notice}/read"), json!({})).await.expect(200);
        assert_eq!(read.body["title"], "Your certificate: 수채화");
    }

    async fn what_makes_no_sense_is_refused_where_it_stands(app) {
        let learner = app.learner("김하늘").await;
        let twice = json!({"kind": "absence", "email": "off", "push": false, "alimtalk": false});
        for (body, pointer, code) in [
            (json!({"language": "ko", "quiet_hours": {"from": "21:00", "to": "21:00"}}), "/quiet_hours", "inconsistent"),
            (json!({"language": "ko", "quiet_hours": {"from": "25:00", "to": "21:00"}}), "/quiet_hours", "invalid_format"),
            (json!({"language": "ko", "kinds": [twice, twice]}), "/kinds/1/kind", "twice"),
            (json!({"language": "fr"}), "/language", "not_one_of"),
        ] {
            let refused = learner.put("/notification-preferences", body).await.expect(422);
            assert_eq!(refused.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
    }
}
