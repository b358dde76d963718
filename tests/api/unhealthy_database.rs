//! The database goes away and comes back: 503 meanwhile, and everything works again by itself.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use madang_persistence::{Database, DatabaseOptions};
use madang_testing::TestDatabase;
use madang_tests::{TestApp, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A connection to the database that can be cut.
struct Proxy {
    address: String,
    broken: Arc<AtomicBool>,
    cut: watch::Sender<u32>,
}

impl Proxy {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let broken = Arc::new(AtomicBool::new(false));
        let (cut, cuts) = watch::channel(0);
        let is_broken = broken.clone();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                if is_broken.load(Ordering::SeqCst) {
                    continue;
                }
                let (target, mut cuts) = (target.clone(), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut server) = TcpStream::connect(target).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Self { address, broken, cut }
    }

    fn break_networking(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    fn restore_networking(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }
}

#[actix_web::test]
async fn a_database_that_is_away_is_503_and_its_return_needs_nobody() {
    let owner = TestDatabase::postgres().await;
    let address = owner.url().rsplit_once('@').unwrap().1.split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(address.clone()).await;
    let url = owner.url().replace(&address, &proxy.address);
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
