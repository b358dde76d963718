//! `PUT /classes/{id}/lectures/order`.

use madang_tests::{api_test, json};
use serde_json::Value;
use uuid::Uuid;

fn numbers(items: &[Value]) -> Vec<(Value, i64, i64)> {
    items
        .iter()
        .map(|item| {
            (item["id"].clone(), item["sequence"].as_i64().unwrap(), item["version"].as_i64().unwrap())
        })
        .collect()
}

api_test! {
    async fn lectures_take_each_others_numbers_at_once(app) {
        let class = app.class().await;
        let mut lectures = Vec::new();
        for day in 1..=4 {
            lectures.push(app.lecture(&class, &format!("2026-10-0{day}T10:00:00Z")).await);
        }
        let order = [lectures[2], lectures[1], lectures[0], lectures[3]];
        let path = format!("/classes/{}/lectures", class.id);
        let put = class.lecturer.put(&format!("{path}/order"), json!({"lecture_ids": order})).await.expect(200);
        assert_eq!(numbers(put.items()), [
            (json!(lectures[2]), 1, 2), (json!(lectures[1]), 2, 1), (json!(lectures[0]), 3, 2), (json!(lectures[3]), 4, 1),
        ]);
        assert_eq!(class.lecturer.get(&path).await.expect(200).items(), put.items());
        let log = app.admin().await.get(&format!("/admin/audit-log?entity_id={}", lectures[2])).await.expect(200);
        assert_eq!(json!([log.items()[0]["old"]["sequence"], log.items()[0]["new"]["sequence"]]), json!([3, 1]));
        // The same again changes nothing.
        let same = class.lecturer.put(&format!("{path}/order"), json!({"lecture_ids": order})).await.expect(200);
        assert_eq!(same.items(), put.items());
    }

    async fn an_order_closes_gaps_and_names_every_lecture_once(app) {
        let class = app.class().await;
        let (first, second) = (app.lecture(&class, "2026-10-01T10:00:00Z").await, app.lecture(&class, "2026-10-02T10:00:00Z").await);
        class.lecturer.patch(&format!("/lectures/{second}"), json!({"sequence": 9})).await.expect(200);
        let path = format!("/classes/{}/lectures/order", class.id);
        let elsewhere = app.class().await;
        let strange = app.lecture(&elsewhere, "2026-10-01T10:00:00Z").await;
        for (order, pointer, code) in [
            (json!([first]), "/lecture_ids", "missing"),
            (json!([]), "/lecture_ids", "missing"),
            (json!([first, second, first]), "/lecture_ids/2", "twice"),
            (json!([first, strange]), "/lecture_ids/1", "no_such_thing"),
        ] {
            let answer = class.lecturer.put(&path, json!({"lecture_ids": order})).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
        }
        let put = class.lecturer.put(&path, json!({"lecture_ids": [second, first]})).await.expect(200);
        let sequences: Vec<_> = numbers(put.items()).into_iter().map(|one| one.1).collect();
        assert_eq!(sequences, [1, 2]);
    }

    async fn only_who_plans_the_class_orders_its_lectures_while_it_is_open(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-10-01T10:00:00Z").await;
        let (path, order) = (format!("/classes/{}/lectures/order", class.id), json!({"lecture_ids": [lecture]}));
        let manager = app.manager().await;
        app.learner_in(&class, "김하늘").await.put(&path, order.clone()).await.expect_problem(403, "FORBIDDEN");
        let nowhere = format!("/classes/{}/lectures/order", Uuid::nil());
        manager.put(&nowhere, order.clone()).await.expect_problem(404, "CLASS_NOT_FOUND");
        manager.post(&format!("/classes/{}/close", class.id), json!({})).await.expect(200);
        manager.put(&path, order).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn an_order_costs_as_many_statements_for_many_lectures_as_for_two(app) {
        let class = app.class().await;
        let path = format!("/classes/{}/lectures/order", class.id);
        let mut lectures = vec![app.lecture(&class, "2026-10-01T10:00:00Z").await];
        let mut costs = Vec::new();
        for more in [1, 10] {
            for _ in 0..more {
                lectures.push(app.lecture(&class, "2026-10-02T10:00:00Z").await);
            }
            lectures.reverse();
            let put = class.lecturer.put(&path, json!({"lecture_ids": lectures}));
            let (put, cost) = app.costed(&class.lecturer, put).await;
            costs.push((put.status, cost));
        }
        assert_eq!(costs[0], costs[1]);
    }
}
