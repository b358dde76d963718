//! `/notification-templates`: the words, and what they would look like.

use madang_tests::{api_test, json};

api_test! {
    async fn managers_see_the_words_and_preview_them(app, [("WEB_URL", "https://madang.example"), ("ALIMTALK_TEMPLATES", "absence=KA01TP1")]) {
        let manager = app.manager().await;
        let words = manager.get("/notification-templates").await.expect(200);
        assert_eq!(words.items().len(), 26, "13 kinds in two languages");
        let absence = words.items().iter().find(|one| one["kind"] == "absence" && one["language"] == "en").unwrap();
        assert_eq!(absence["variables"], json!(["class", "lecture", "starts_at"]));
        let preview = manager.get("/notification-templates/preview?kind=absence").await.expect(200);
        assert_eq!(preview.body["title"], "결석으로 기록되었습니다: 1강 붓과 물");
        assert!(preview.string("mail").ends_with("\n\nhttps://madang.example/notifications\n"), "{}", preview.text);
        assert_eq!(preview.body["alimtalk_template"], "KA01TP1");
        let english = manager.get("/notification-templates/preview?kind=absence&language=en").await.expect(200);
        assert_eq!((&english.body["title"], &english.body["body"]), (
            &json!("Marked absent: 1강 붓과 물"),
            &json!("You are marked absent from “1강 붓과 물” of 수채화 기초 3기 (10:00 on Tue 1 Sep). If that is wrong, please tell your lecturer."),
        ));
        app.learner("김하늘").await.get("/notification-templates").await.expect_problem(403, "FORBIDDEN");
    }
}
