//! `GET /courses?q=…`: the search that people expect of Korean text.

use madang_tests::{TestApp, api_test, json};

const TITLES: [&str; 8] = [
    "스마트폰 활용",
    "AI 시대의 글쓰기",
    "수채화 기초",
    "100% 성공하는 요가",
    "snake_case 로 배우는 프로그래밍",
    "경로 C:\\temp 정리",
    "카페 라떼 아트",
    "Ｃ언어 입문",
];

async fn found(app: &TestApp, typed: &str) -> Vec<String> {
    let learner = app.learner("김하늘").await;
    let query: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = learner.get(&format!("/courses?sort=title&q={query}")).await.expect(200);
    assert_eq!(answer.body["total"], answer.items().len());
    answer.items().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

api_test! {
    async fn any_part_of_a_title_or_keyword_is_found(app) {
        let manager = app.manager().await;
        for title in TITLES {
            manager.post("/courses", json!({"title": title})).await.expect(201);
        }
        manager.post("/courses", json!({"title": "무제", "keyword": "도예, 물레"})).await.expect(201);
        for (typed, title) in [
            ("스마트 폰", "스마트폰 활용"),
            ("폰활", "스마트폰 활용"),
            ("채", "수채화 기초"),
            ("ＡＩ", "AI 시대의 글쓰기"),
            ("ai시대", "AI 시대의 글쓰기"),
            ("ㅅㅊㅎ", "수채화 기초"),
            ("ㅅㅊㅎㄱㅊ", "수채화 기초"),
            ("100%", "100% 성공하는 요가"),
            ("0%성", "100% 성공하는 요가"),
            ("e_c", "snake_case 로 배우는 프로그래밍"),
            ("C:\\t", "경로 C:\\temp 정리"),
            ("\u{110f}\u{1161}\u{1111}\u{1166}", "카페 라떼 아트"),
            ("c언어", "Ｃ언어 입문"),
            ("물레", "무제"),
        ] {
            assert_eq!(found(&app, typed).await, [title], "{typed}");
        }
    }

    async fn what_is_nowhere_is_not_found_and_wildcards_are_ordinary_characters(app) {
        let manager = app.manager().await;
        for title in TITLES {
            manager.post("/courses", json!({"title": title})).await.expect(201);
        }
        for typed in ["쀍뛟", "수_화", "수%화", "화수", "'", "\"", "\\\\", "채수", "라떼 카페"] {
            assert!(found(&app, typed).await.is_empty(), "{typed}");
        }
        assert_eq!(found(&app, "  ").await.len(), TITLES.len());
    }

    async fn a_changed_title_is_found_by_its_new_words_only(app) {
        let manager = app.manager().await;
        let id = manager.post("/courses", json!({"title": "수채화"})).await.expect(201).id();
        manager.patch(&format!("/courses/{id}"), json!({"title": "유화"})).await.expect(200);
        assert!(found(&app, "수채").await.is_empty());
        assert_eq!(found(&app, "유화").await, ["유화"]);
    }

    async fn a_query_that_is_too_long_is_refused(app) {
        let learner = app.learner("김하늘").await;
        learner.get(&format!("/courses?q={}", "a".repeat(101))).await.expect_problem(400, "MALFORMED_QUERY");
    }
}
