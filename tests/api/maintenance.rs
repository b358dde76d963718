//! Read-only mode: everything can be read, nothing written, and the health says so.

use madang_persistence::{Database, DatabaseOptions};
use madang_testing::TestDatabase;
use madang_tests::{TestApp, api_test, json};

api_test! {
    async fn while_the_server_is_maintained_reads_go_on_and_writes_are_told_to_come_back(app) {
        let manager = app.manager().await;
        let course = app.course("수채화").await;
        let options = DatabaseOptions { read_only: true, ..DatabaseOptions::default() };
        let database = Database::open(app.owner.url(), options).unwrap();
        let maintained = TestApp::reaching(database, TestDatabase::sqlite().await, &[]).await;
        let reader = maintained.anonymous().with_token(manager.token());

        reader.get(&format!("/courses/{course}")).await.expect(200);
        reader.get("/stats/attendance/report?period=weekly&format=pdf").await.expect(200);
        for answer in [
            reader.post("/courses", json!({"title": "유화"})).await,
            reader.post_once("/courses", "key-1", json!({"title": "유화"})).await,
            reader.patch(&format!("/courses/{course}"), json!({"title": "유화"})).await,
            reader.delete(&format!("/courses/{course}")).await,
            reader.post("/auth/logout", json!({})).await,
        ] {
            let refused = answer.expect_problem(503, "READ_ONLY");
            assert_eq!(refused.header("retry-after"), "60");
        }
        for path in ["//health", "//health/ready"] {
            assert_eq!(reader.get(path).await.expect(200).body, json!({"status": "ok", "mode": "read_only"}));
            assert_eq!(manager.get(path).await.expect(200).body, json!({"status": "ok"}));
        }
        assert_eq!(manager.get("/courses").await.expect(200).body["total"], 1);
    }
}
