//! Lists as files: `?format=csv|xlsx`, or the `Accept` header.

use madang_tests::{Answer, api_test, json};
use reqwest::Method;

const SPREADSHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

api_test! {
    async fn a_list_is_given_whole_as_csv(app) {
        let manager = app.manager().await;
        for number in 0..130 {
            manager.post("/courses", json!({"title": format!("강의 {number:03}")})).await.expect(201);
        }
        manager.post("/courses", json!({"title": "=1+1", "description": "첫 줄\n\"둘째\" 줄, 끝"})).await.expect(201);
        let file = manager.get("/courses?format=csv&sort=title&size=5").await.expect(200);
        assert!(file.header("content-type").starts_with("text/csv"));
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"courses.csv\"");
        assert!(file.text.starts_with('\u{feff}'), "no BOM");
        assert_eq!(file.text.lines().filter(|line| line.contains("강의 ")).count(), 130);
        assert!(file.text.contains(",'=1+1,\"첫 줄\n\"\"둘째\"\" 줄, 끝\","), "{}", file.text);
        let by_header = Answer::of(manager.request(Method::GET, "/courses?sort=title").header("Accept", "text/csv")).await;
        assert_eq!(by_header.text, file.text);
    }

    async fn a_list_is_given_whole_as_a_spreadsheet(app) {
        let manager = app.manager().await;
        manager.post("/courses", json!({"title": "수채화"})).await.expect(201);
        let request = manager.request(Method::GET, "/courses?format=xlsx");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], SPREADSHEET);
        assert!(response.bytes().await.unwrap().starts_with(b"PK"));
    }

    async fn a_refused_list_is_a_problem_in_every_form(app) {
        let learner = app.learner("김하늘").await;
        learner.get("/users?format=csv").await.expect_problem(403, "FORBIDDEN");
        learner.get("/users?format=xlsx").await.expect_problem(403, "FORBIDDEN");
    }

    async fn an_empty_list_has_its_header(app) {
        let file = app.manager().await.get("/certifications?format=csv").await.expect(200);
        assert_eq!(file.text.trim_start_matches('\u{feff}').lines().count(), 1, "{}", file.text);
        assert!(file.text.contains("issued_at"));
    }

    async fn filters_hold_for_a_file_too(app) {
        let manager = app.manager().await;
        for title in ["수채화", "유화"] {
            manager.post("/courses", json!({"title": title})).await.expect(201);
        }
        let file = manager.get("/courses?format=csv&q=수채").await.expect(200);
        assert!(file.text.contains("수채화") && !file.text.contains("유화"), "{}", file.text);
    }
}
