//! `madang seal-ledger` and `madang verify-ledger`, run as they are on both databases, on the marks of the sample.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use std::{
    process::{Command, Output},
    sync::Arc,
};

use madang::sample::load_sample;
use madang_domain::{clock::FixedClock, ids::SequentialIds, yard::Yard};
use madang_persistence::DatabaseKind;
use madang_testing::TestDatabase;
use tempfile::TempDir;

/// The day on which the marks are kept: its month is over today.
const KEPT: &str = "2026-09-01";

/// The status of the command, and what it said.
fn run(database: &TestDatabase, arguments: &[&str]) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
    command.current_dir(folder.path()).env_clear().env("DATABASE_URL", database.url()).args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// The last word of what was said: the digest.
fn digest(said: &str) -> &str {
    said.split_whitespace().last().unwrap()
}

async fn a_sealed_ledger_is_verified_until_somebody_changes_it(database: TestDatabase) {
    let clock = FixedClock::at(format!("{KEPT}T01:00:00Z").parse().unwrap());
    let yard =
        Yard { store: database.store(), clock: Arc::new(clock), ids: Arc::new(SequentialIds::default()) };
    let facts = load_sample(&yard, KEPT.parse().unwrap()).await.unwrap().unwrap();

    let (status, said) = run(&database, &["seal-ledger"]);
    let september = said.lines().find(|line| line.starts_with("2026-09")).unwrap();
    assert_eq!(
        (status, september.split_whitespace().nth(1)),
        (0, Some(facts.attendances.to_string().as_str()))
    );
    let sealed = digest(&said).to_owned();
    assert!(run(&database, &["seal-ledger"]).1.contains("No month is to be sealed"));
    let (status, said) = run(&database, &["verify-ledger"]);
    assert_eq!((status, digest(&said)), (0, sealed.as_str()), "{said}");
    assert_eq!(run(&database, &["verify-ledger", "--expect", &sealed]).0, 0);
    assert_eq!(run(&database, &["verify-ledger", "--expect", &"0".repeat(64)]).0, 3);

    // As somebody would who owns the database: the guards are taken away first.
    database
        .run(match database.database().kind() {
            DatabaseKind::Postgres => "ALTER TABLE audit_log DISABLE TRIGGER ALL",
            DatabaseKind::Sqlite => "DROP TRIGGER audit_log_append_only_update",
        })
        .await
        .unwrap();
    let one = "SELECT id FROM audit_log WHERE entity = 'attendance' ORDER BY id LIMIT 1";
    database.run(&format!("UPDATE audit_log SET action = 'delete' WHERE id = ({one})")).await.unwrap();
    let (status, said) = run(&database, &["verify-ledger"]);
    assert!(status == 3 && said.contains("the ledger differs"), "{said}");
}

#[tokio::test]
async fn a_sealed_ledger_is_verified_until_somebody_changes_it_on_sqlite() {
    a_sealed_ledger_is_verified_until_somebody_changes_it(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_sealed_ledger_is_verified_until_somebody_changes_it_on_postgres() {
    a_sealed_ledger_is_verified_until_somebody_changes_it(TestDatabase::postgres().await).await;
}
