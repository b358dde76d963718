//! The database goes away and comes back: 503 meanwhile, and everything works again by itself.

use madang_persistence::{Database, DatabaseOptions};
use madang_testing::TestDatabase;
use madang_tests::{Proxy, TestApp, json};

#[actix_web::test]
async fn a_database_that_is_away_is_503_and_its_return_needs_nobody() {
    let owner = TestDatabase::postgres().await;
    let address = owner.url().rsplit_once('@').unwrap().1.split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(address.clone()).await;
    let url = owner.url().replace(&address, proxy.address());
    let database = Database::open(&url, DatabaseOptions::default()).unwrap();
    let app = TestApp::reaching(database, owner, &[]).await;
    let manager = app.manager().await;
    let course = app.course("수채화").await;
    let path = format!("/courses/{course}");
    manager.get(&path).await.expect(200);

    proxy.break_networking();
    for _ in 0..3 {
        let answer = manager.get(&path).await.expect_problem(503, "UNAVAILABLE");
        assert_eq!(answer.header("retry-after"), "1");
        manager.post("/courses", json!({"title": "유화"})).await.expect_problem(503, "UNAVAILABLE");
    }
    app.anonymous().get("//health/ready").await.expect_problem(503, "UNAVAILABLE");
    app.anonymous().get("//health").await.expect(200);

    proxy.restore_networking();
    manager.get(&path).await.expect(200);
    manager.post("/courses", json!({"title": "유화"})).await.expect(201);
    assert_eq!(manager.get("/courses").await.body["total"], 2);
    app.anonymous().get("//health/ready").await.expect(200);
}
