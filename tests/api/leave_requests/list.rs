//! `GET /leave-requests`.

use madang_tests::{Client, api_test, json};

use super::asked;

async fn found(client: &Client, query: &str) -> Vec<String> {
    let listed = client.get(&format!("/leave-requests{query}")).await.expect(200);
    assert_eq!(listed.body["total"], listed.items().len());
    listed.items().iter().map(|item| format!("/leave-requests/{}", item["id"].as_str().unwrap())).collect()
}

api_test! {
    async fn everybody_sees_what_is_theirs_to_see(app) {
        let (manager, class, other) = (app.manager().await, app.class().await, app.class().await);
        let (one, two) = (app.learner_in(&class, "김하늘").await, app.learner_in(&other, "이가을").await);
        let first = asked(&one, &class, "2026-09-07", "2026-09-07").await;
        let second = asked(&two, &other, "2026-09-08", "2026-09-08").await;
        assert_eq!(found(&one, "").await, std::slice::from_ref(&first));
        assert_eq!(found(&class.lecturer, "").await, std::slice::from_ref(&first));
        assert_eq!(found(&other.lecturer, "").await, std::slice::from_ref(&second));
        assert_eq!(found(&manager, "?sort=first_on").await, [first.clone(), second.clone()]);
        // A filter shows no more than one may see.
        assert_eq!(found(&one, &format!("?class_id={}", other.id)).await, [""; 0]);
        assert_eq!(found(&class.lecturer, &format!("?user_id={}", two.id)).await, [""; 0]);
        assert_eq!(found(&app.learner("박겨울").await, "").await, [""; 0]);
    }

    async fn filters_narrow_the_list(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let learner = app.learner_in(&class, "김하늘").await;
        let first = asked(&learner, &class, "2026-09-07", "2026-09-08").await;
        let second = asked(&learner, &class, "2026-10-01", "2026-10-01").await;
        manager.post(&format!("{first}/approve"), json!({})).await.expect(200);
        for (query, wanted) in [
            ("?status=approved", vec![&first]),
            ("?status=pending", vec![&second]),
            ("?reason=illness&sort=-first_on", vec![&second, &first]),
            ("?reason=exam", vec![]),
            ("?from=2026-09-09", vec![&second]),
            ("?to=2026-09-30", vec![&first]),
            ("?from=2026-09-08&to=2026-09-08", vec![&first]),
        ] {
            assert_eq!(found(&manager, query).await.iter().collect::<Vec<_>>(), wanted, "{query}");
        }
        for (query, code) in [("?status=lost", "MALFORMED_QUERY"), ("?from=1000-01-01", "MALFORMED_QUERY"), ("?q=x", "MALFORMED_QUERY")] {
            manager.get(&format!("/leave-requests{query}")).await.expect_problem(400, code);
        }
        assert_eq!(manager.walk("/leave-requests", 1).await.len(), 2);
        let file = manager.get("/leave-requests?format=csv").await.expect(200);
        assert_eq!(file.text.lines().count(), 3, "{}", file.text);
    }
}
