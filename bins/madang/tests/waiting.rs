//! A worker that starts before its database.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use madang_testing::TestDatabase;
use madang_tests::Proxy;

/// Killed if the test fails.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_waits_for_its_database_and_says_so() {
    let db = TestDatabase::postgres().await;
    let server = db.url().split('@').nth(1).unwrap().split('/').next().unwrap();
    let proxy = Proxy::to(server.to_owned()).await;
    proxy.break_networking();
    let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
    command
        .arg("worker")
        .env_clear()
        .env("DATABASE_URL", db.url().replace(server, proxy.address()))
        .stdout(Stdio::piped());
    let mut worker = Worker(command.spawn().unwrap());
    let mut lines = BufReader::new(worker.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.find(|line| line.contains("trying again in")).unwrap();
    assert!(said.contains("the database can't be reached"), "{said}");
    proxy.restore_networking();
    assert!(lines.any(|line| line.contains("Madang does jobs")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_database_goes_away_while_it_starts_tries_again() {
    let db = TestDatabase::postgres().await;
    // Another server migrates, so that ours has to wait for it.
    let migrating = db.run("SELECT pg_advisory_lock(7261938503); SELECT pg_sleep(60)");
    let waiting = async {
        let (url, waits) =
            (db.url().to_owned(), "SELECT 'waits' AS value FROM pg_locks WHERE locktype = 'advisory'");
        while db.read(waits).await.unwrap().is_empty() {}
        let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
        command.arg("worker").env_clear().env("DATABASE_URL", url).stdout(Stdio::piped());
        let mut worker = Worker(command.spawn().unwrap());
        while db.read(&format!("{waits} AND NOT granted")).await.unwrap().is_empty() {}
        db.end_connections().await;
        let mut lines = BufReader::new(worker.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let said = lines.find(|line| line.contains("trying again in")).unwrap();
        assert!(said.contains("the connection to the database was lost"), "{said}");
        assert!(lines.any(|line| line.contains("Madang does jobs")));
    };
    let (ended, ()) = tokio::join!(migrating, waiting);
    ended.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_waits_stops_when_it_is_told() {
    let proxy = Proxy::to("127.0.0.1:1".to_owned()).await;
    proxy.break_networking();
    let url = format!("postgres://madang@{}/madang", proxy.address());
    let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
    command.arg("worker").env_clear().env("DATABASE_URL", url).stdout(Stdio::piped());
    let mut worker = Worker(command.spawn().unwrap());
    let mut lines = BufReader::new(worker.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.contains("trying again in")).unwrap();
    Command::new("kill").args(["-TERM", &worker.0.id().to_string()]).status().unwrap();
    assert!(lines.any(|line| line.contains("Stopped.")));
    assert!(worker.0.wait().unwrap().success());
}
