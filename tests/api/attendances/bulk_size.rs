//! `POST /lectures/{id}/attendances/bulk`: how many marks there can be, and what they cost.

use madang_tests::{Answer, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::many_learners;

fn full_marks(users: &[Uuid], status: &str) -> Value {
    let items: Vec<Value> = users
        .iter()
        .map(|user| {
            json!({
                "user_id": user, "status": status, "detail_type": "교통 지연", "description": "버스 고장으로 늦게 도착함",
                "assignment_id": "hw-2026-08-25", "checked_at": "2026-08-25T19:02:00+09:00",
            })
        })
        .collect();
    json!({ "items": items })
}

api_test! {
    async fn five_thousand_full_marks_fit_and_cost_as_many_statements_as_five(app) {
        let class = app.class().await;
        let mut costs = Vec::new();
        for number in [5, 5_000] {
            let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
            let users = many_learners(&app, &class, number).await;
            let (old, new) = users.split_at(number / 2);
            let path = format!("/lectures/{lecture}/attendances/bulk?on_existing=replace");
            for (some, status) in [(old, "late"), (&users[..], "present")] {
                let request = class.lecturer.post(&path, full_marks(some, status));
                let (made, cost) = app.costed(&class.lecturer, request).await;
                costs.push(cost);
                assert_eq!(made.status, 201, "{}", made.text);
                assert_eq!(made.items().len(), some.len());
                assert!(made.items().iter().all(|item| item["status"] == status));
            }
            let list = class.lecturer.get(&format!("/lectures/{lecture}/attendances?size=1")).await.expect(200);
            assert_eq!(list.body["total"], number);
            let versions = class.lecturer.walk(&format!("/lectures/{lecture}/attendances"), 100).await;
            assert_eq!(versions.iter().filter(|mark| mark["version"] == 2).count(), old.len());
            assert_eq!(versions.iter().filter(|mark| mark["version"] == 1).count(), new.len());
        }
        // New marks alone, then new and replaced ones.
        assert_eq!(costs, [5, 5, 5, 5]);
    }

    async fn nothing_and_more_than_five_thousand_are_refused(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let path = format!("/lectures/{lecture}/attendances/bulk");
        for (number, code) in [(0, "empty"), (5_001, "too_long")] {
            let users: Vec<Uuid> = (0..number).map(Uuid::from_u128).collect();
            let answer = class.lecturer.post(&path, full_marks(&users, "present")).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [("/items".to_owned(), code.to_owned())]);
        }
        let large = format!("{{\"items\":[],\"x\":\"{}\"}}", "x".repeat(8 * 1024 * 1024));
        let request = class.lecturer.request(Method::POST, &path).header("Content-Type", "application/json").body(large);
        Answer::of(request).await.expect_problem(413, "BODY_TOO_LARGE");
    }
}
