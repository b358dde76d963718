//! The tables of both databases: alike, reversible, and indexed where a reference would otherwise be searched for.

#![expect(clippy::unwrap_used, reason = "a test is to fail where it goes wrong")]

use std::{collections::BTreeSet, path::Path};

use madang_domain::{
    certification::{Standing, VerificationCode},
    ids::CertificationId,
    store::Store,
};
use madang_persistence::MigrationState;
use madang_testing::TestDatabase;
use uuid::Uuid;

#[test]
fn both_databases_have_the_same_migrations_each_with_a_way_back() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(database);
        let migrations = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        migrations
            .map(|migration| {
                for file in ["up.sql", "down.sql"] {
                    assert!(migration.join(file).is_file(), "{} has no {file}", migration.display());
                }
                migration.file_name().unwrap().to_string_lossy().into_owned()
            })
            .collect()
    };
    assert!(!names("postgres").is_empty());
    assert_eq!(names("postgres"), names("sqlite"));
}

#[tokio::test]
async fn up_down_and_up_again_changes_nothing_on_sqlite() {
    up_down_and_up_again_changes_nothing(&TestDatabase::empty_sqlite(), SQLITE_SCHEMA).await;
}

#[tokio::test]
async fn up_down_and_up_again_changes_nothing_on_postgres() {
    up_down_and_up_again_changes_nothing(&TestDatabase::empty_postgres().await, POSTGRES_SCHEMA).await;
}

async fn up_down_and_up_again_changes_nothing(db: &TestDatabase, schema: &str) {
    let migrations = db.database().migrations();
    let pending = migrations.pending().await.unwrap();
    assert!(!pending.is_empty());
    let empty = db.read(schema).await.unwrap();
    assert_eq!(migrations.run_pending().await.unwrap(), pending);
    assert_eq!(migrations.run_pending().await.unwrap(), [""; 0]);
    assert_eq!(migrations.pending().await.unwrap(), [""; 0]);
    let up = db.read(schema).await.unwrap();
    assert!(up.len() > empty.len() + 50);

    let mut reverted = migrations.revert(pending.len() + 1).await.unwrap();
    reverted.reverse();
    assert_eq!(reverted, pending);
    assert_eq!(db.read(schema).await.unwrap(), empty);
    let status = migrations.status().await.unwrap();
    assert!(status.iter().all(|migration| migration.state == MigrationState::Pending));

    migrations.run_pending().await.unwrap();
    assert_eq!(db.read(schema).await.unwrap(), up);
}

/// Certifications as they were kept before they had numbers: three in Seoul's 2025, of which the first was kept last, one in 2026.
const FIRST_CERTIFICATIONS: [(u128, &str); 4] = [
    (4, "2025-03-01T00:00:00.000000Z"),
    (1, "2025-06-01T00:00:00.000000Z"),
    (2, "2025-12-31T14:59:59.000000Z"),
    (3, "2025-12-31T15:00:00.000000Z"),
];

async fn certifications_of_the_first_form_get_numbers_and_codes(db: &TestDatabase) {
    let migrations = db.database().migrations();
    migrations.run_pending().await.unwrap();
    let since = migrations.status().await.unwrap().into_iter();
    let since = since.filter(|migration| migration.name.as_str() >= "00000000000017").count();
    migrations.revert(since).await.unwrap();
    let (at, id) = (FIRST_CERTIFICATIONS[0].1, Uuid::from_u128);
    db.run(&format!(
        "INSERT INTO courses (id, title, search_text, search_terms, is_active, version, created_at, updated_at) \
         VALUES ('{}', '수채화', '', '', TRUE, 1, '{at}', '{at}')",
        id(50)
    ))
    .await
    .unwrap();
    for (number, at) in FIRST_CERTIFICATIONS {
        db.run(&format!(
            "INSERT INTO users (id, username, auth_type, authorizations, name, search_text, search_terms, created_at, updated_at, \
             is_active, version) VALUES ('{user}', 'user{number}', 'manual', '{{}}', '홍길동', '', '', '{at}', '{at}', TRUE, 1)",
            user = id(100 + number)
        ))
        .await
        .unwrap();
        let snapshot = r#"{"user_name":"홍길동","course_title":"수채화","rule":"lecture-80","classes":[]}"#;
        db.run(&format!(
            "INSERT INTO certifications (id, course_id, user_id, class_ids, issued_at, snapshot, state, version, created_at, updated_at) \
             VALUES ('{}', '{}', '{}', '[]', '{at}', '{snapshot}', 'issued', 1, '{at}', '{at}')",
            id(number),
            id(50),
            id(100 + number)
        ))
        .await
        .unwrap();
    }
    migrations.run_pending().await.unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut codes = BTreeSet::new();
    let numbers = ["2025-0001", "2025-0002", "2025-0003", "2026-0001"];
    for ((number, at), expected) in FIRST_CERTIFICATIONS.into_iter().zip(numbers) {
        let kept = session.certifications().find(CertificationId(id(number))).await.unwrap().unwrap();
        let snapshot = kept.snapshot;
        assert_eq!((snapshot.form, snapshot.number.to_string().as_str()), (0, expected));
        assert_eq!((snapshot.issued_at, snapshot.user_name.as_str()), (at.parse().unwrap(), "홍길동"));
        assert_eq!(kept.standing, Standing::Issued);
        // Its check symbol is right, and it is found by it.
        let code = VerificationCode::parse(&snapshot.code.for_people()).unwrap();
        assert_eq!(code, snapshot.code);
        codes.insert(snapshot.code.for_people());
    }
    assert_eq!(codes.len(), FIRST_CERTIFICATIONS.len());
    drop(session);
    // What is issued next goes on from there.
    let mut unit = db.database().begin().await.unwrap();
    let next = unit.certifications().take_numbers(2025, 1).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(next.to_string(), "2025-0004");
}

#[tokio::test]
async fn certifications_of_the_first_form_get_numbers_and_codes_on_sqlite() {
    certifications_of_the_first_form_get_numbers_and_codes(&TestDatabase::empty_sqlite()).await;
}

#[tokio::test]
async fn certifications_of_the_first_form_get_numbers_and_codes_on_postgres() {
    certifications_of_the_first_form_get_numbers_and_codes(&TestDatabase::empty_postgres().await).await;
}

#[tokio::test]
async fn of_servers_that_start_at_once_one_migrates() {
    for db in [TestDatabase::empty_sqlite(), TestDatabase::empty_postgres().await] {
        let servers: Vec<_> = (0..6)
            .map(|_| {
                let migrations = db.database().migrations();
                tokio::spawn(async move { migrations.run_pending().await })
            })
            .collect();
        let mut applied = 0;
        for server in servers {
            applied += server.await.unwrap().unwrap().len();
        }
        assert_eq!(applied, db.database().migrations().status().await.unwrap().len());
    }
}

#[tokio::test]
async fn a_migration_that_this_build_does_not_know_is_told() {
    for db in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        db.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')").await.unwrap();
        let status = db.database().migrations().status().await.unwrap();
        let last = status.last().unwrap();
        assert_eq!((last.name.as_str(), last.state), ("99999999999999", MigrationState::Unknown));
    }
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let postgres = TestDatabase::postgres().await;
    let columns_of_postgres = postgres
        .read(
            "SELECT table_name || '.' || column_name AS value FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name <> 'search_vector' ORDER BY 1",
        )
        .await
        .unwrap();
    let sqlite = TestDatabase::sqlite().await;
    let columns_of_sqlite = sqlite
        .read(
            "SELECT tables.name || '.' || columns.name AS value
             FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type IN ('table', 'view') AND tables.name NOT LIKE '%\\_search%' ESCAPE '\\'
                 AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND columns.name <> 'row_id' ORDER BY 1",
        )
        .await
        .unwrap();
    assert!(columns_of_postgres.len() > 100);
    assert_eq!(columns_of_postgres, columns_of_sqlite);
}

#[tokio::test]
async fn every_foreign_key_of_postgres_is_indexed_and_says_what_a_removal_does() {
    let db = TestDatabase::postgres().await;
    let keys = "SELECT conname::text AS value FROM pg_constraint WHERE contype = 'f' ORDER BY 1";
    assert!(db.read(keys).await.unwrap().len() >= 8);
    let silent = "SELECT conname::text AS value FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'a'";
    assert_eq!(db.read(silent).await.unwrap(), [""; 0]);
    let slow = "SELECT conname::text AS value FROM pg_constraint WHERE contype = 'f' AND NOT EXISTS (
        SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
        WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND indpred IS NULL AND amname = 'btree')";
    assert_eq!(db.read(slow).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn every_foreign_key_of_sqlite_is_indexed_and_says_what_a_removal_does() {
    let db = TestDatabase::sqlite().await;
    let keys = "SELECT tables.name AS child, keys.* FROM sqlite_master AS tables,
        pragma_foreign_key_list(tables.name) AS keys WHERE tables.type = 'table'";
    let all = format!("SELECT child || '.' || \"from\" AS value FROM ({keys})");
    assert!(db.read(&all).await.unwrap().len() >= 8);
    assert_eq!(db.read(&format!("{all} WHERE on_delete = 'NO ACTION'")).await.unwrap(), [""; 0]);
    let slow = format!(
        "{all} WHERE NOT EXISTS (SELECT 1 FROM pragma_index_list(child) AS indexes,
         pragma_index_info(indexes.name) AS columns
         WHERE columns.seqno = 0 AND columns.name = \"from\" AND indexes.partial = 0)"
    );
    assert_eq!(db.read(&slow).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn every_constraint_and_index_of_postgres_is_named_after_its_table() {
    let db = TestDatabase::postgres().await;
    let strange = "SELECT conname::text AS value FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE relname || '\\_%'
            AND relname <> '__diesel_schema_migrations'";
    assert_eq!(db.read(strange).await.unwrap(), [""; 0]);
}

/// Everything that makes the schema, one line each.
const POSTGRES_SCHEMA: &str = "
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
        || coalesce(column_default, '') || ' ' || coalesce(collation_name, '') || ' '
        || coalesce(generation_expression, '') AS value
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'
    UNION ALL
    SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = 'public'::regnamespace AND relname <> '__diesel_schema_migrations'
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations'
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(pg_proc.oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
    ORDER BY 1";

/// Everything that makes the schema, one statement each.
const SQLITE_SCHEMA: &str = "
    SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS value FROM sqlite_master
    WHERE name NOT LIKE '%\\_\\_diesel%' ESCAPE '\\' ORDER BY 1";
