//! The ledger: sealed month by month, append-only, and every tampering found, by the row.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    attendance::{Difference, LedgerDigest, LedgerService, Verification},
    audit::{AuditAction, AuditEntry},
    clock::FixedClock,
    error::UniqueKey,
    ids::{AuditEntryId, SequentialIds, UserId},
    store::Store,
    yard::Yard,
};
use madang_persistence::DatabaseKind;
use madang_testing::TestDatabase;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{at, day, keep};

crate::on_both!(
    months_that_are_over_are_sealed_once_and_chained,
    a_month_is_sealed_in_pieces_and_read_in_pieces,
    both_databases_give_the_same_digest,
    every_tampering_with_a_row_is_found_and_named,
    every_tampering_with_a_digest_is_found,
    what_is_sealed_can_neither_be_changed_nor_removed,
);

/// Noon of 1 November 2026 in Seoul: October rests since twelve hours, September since long.
const NOW: &str = "2026-11-01T03:00:00Z";

fn ledger(db: &TestDatabase, now: &str) -> LedgerService {
    let clock = Arc::new(FixedClock::at(at(now)));
    let store = Arc::new(db.database().clone());
    LedgerService::new(Yard { store, clock, ids: Arc::new(SequentialIds::default()) })
}

fn row(number: u128, at: DateTime<Utc>) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(Uuid::from_u128(number)),
        at,
        actor: Some(UserId(Uuid::from_u128(7))),
        request_id: Some(format!("req-{number}")),
        entity: "attendance".to_owned(),
        entity_id: Uuid::from_u128(1_000 + number),
        action: AuditAction::Update,
        old: Some(json!({"status": "absent", "checked_at": null})),
        new: Some(json!({"status": "late", "description": "버스 \"고장\"\n2호선", "minutes": 12})),
        reason: number.is_multiple_of(2).then(|| "출석부 대조".to_owned()),
        after_closing: number.is_multiple_of(2),
    }
}

/// Five rows in August, three in September, one in October, and rows about other things between them.
async fn kept(db: &TestDatabase) {
    let mut rows: Vec<AuditEntry> =
        (1..=5).map(|number| row(number, at("2026-08-10T00:00:00.000001Z"))).collect();
    rows.extend((6..=8).map(|number| {
        row(number, at("2026-09-10T00:00:00Z") + TimeDelta::days(i64::try_from(number).unwrap()))
    }));
    rows.push(row(9, at("2026-10-10T00:00:00Z")));
    rows.push(AuditEntry { entity: "lecture".to_owned(), ..row(10, at("2026-08-11T00:00:00Z")) });
    keep(db, async |unit| unit.audit().append(&rows).await).await.unwrap();
}

async fn sealed(db: &TestDatabase) -> Vec<LedgerDigest> {
    kept(db).await;
    ledger(db, NOW).seal(&|_, _| {}).await.unwrap()
}

async fn found(db: &TestDatabase) -> Verification {
    ledger(db, NOW).verify(None, &|_, _| {}).await.unwrap()
}

/// Runs a statement as somebody would who owns the database and takes its guards away first.
async fn tamper(db: &TestDatabase, statement: &str) {
    match db.database().kind() {
        DatabaseKind::Postgres => {
            for table in ["audit_log", "ledger_digests", "ledger_segments"] {
                db.run(&format!("ALTER TABLE {table} DISABLE TRIGGER ALL")).await.unwrap();
            }
        }
        DatabaseKind::Sqlite => {
            for trigger in [
                "audit_log_append_only_update",
                "audit_log_append_only_delete",
                "audit_log_append_only_replace",
                "ledger_digests_append_only_update",
                "ledger_digests_append_only_delete",
                "ledger_segments_append_only_update",
                "ledger_segments_append_only_delete",
            ] {
                db.run(&format!("DROP TRIGGER IF EXISTS {trigger}")).await.unwrap();
            }
        }
    }
    db.run(statement).await.unwrap();
}

fn id(number: u128) -> AuditEntryId {
    AuditEntryId(Uuid::from_u128(number))
}

async fn months_that_are_over_are_sealed_once_and_chained(db: &TestDatabase) {
    assert_eq!(ledger(db, NOW).seal(&|_, _| {}).await.unwrap(), []);
    assert_eq!(found(db).await.difference, None);
    let digests = sealed(db).await;
    let told: Vec<_> = digests.iter().map(|one| (one.month, one.entries)).collect();
    // October is over in Seoul for less than a day.
    assert_eq!(told, [(day("2026-08-01"), 5), (day("2026-09-01"), 3)]);
    assert_eq!(
        (digests[0].previous.as_ref(), digests[1].previous.as_ref()),
        (None, Some(&digests[0].digest))
    );
    assert_eq!(ledger(db, NOW).seal(&|_, _| {}).await.unwrap(), []);
    let later = ledger(db, "2026-12-02T00:00:00Z").seal(&|_, _| {}).await.unwrap();
    let told: Vec<_> = later.iter().map(|one| (one.month, one.entries)).collect();
    assert_eq!(told, [(day("2026-10-01"), 1), (day("2026-11-01"), 0)]);
    let whole = found(db).await;
    assert_eq!((whole.months, whole.entries, whole.difference), (4, 9, None));
    assert_eq!(whole.head.as_ref(), later.last());
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.ledger().digests().await.unwrap().len(), 4);
    for (expected, difference) in [
        (digests[0].digest.as_str(), None),
        (&later[1].digest.to_uppercase(), None),
        ("00", Some(Difference::Unexpected)),
    ] {
        let found = ledger(db, NOW).verify(Some(expected), &|_, _| {}).await.unwrap();
        assert_eq!(found.difference, difference, "{expected}");
    }
}

async fn a_month_is_sealed_in_pieces_and_read_in_pieces(db: &TestDatabase) {
    let rows: Vec<_> = (1..=2_500).map(|number| row(number, at("2026-08-10T00:00:00Z"))).collect();
    keep(db, async |unit| unit.audit().append(&rows).await).await.unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let digests = ledger(db, NOW).seal(&|_, rows| told.lock().unwrap().push(rows)).await.unwrap();
    assert_eq!((digests[0].entries, told.into_inner().unwrap()), (2_500, vec![1_000, 2_000, 2_500]));
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.ledger().segments(day("2026-08-01")).await.unwrap(), 3);
    let last = session.ledger().segment(day("2026-08-01"), 2).await.unwrap().unwrap();
    assert_eq!((last.traces.len(), last.traces[499].id), (500, id(2_500)));
    assert_eq!(session.ledger().segment(day("2026-08-01"), 3).await.unwrap(), None);
    assert_eq!(found(db).await.difference, None);
    tamper(db, &format!("DELETE FROM audit_log WHERE id = '{}'", Uuid::from_u128(1_700))).await;
    let removed = Difference::RowRemoved { month: day("2026-08-01"), entry: id(1_700) };
    assert_eq!(found(db).await.difference, Some(removed));
}

async fn both_databases_give_the_same_digest(db: &TestDatabase) {
    let digests = sealed(db).await;
    assert_eq!(digests[0].digest, "874c3fa6e3ce99d7c1a66e94e3552393bbd7b0f64ed47d6bfb425f7b64bfaf9c");
}

async fn every_tampering_with_a_row_is_found_and_named(db: &TestDatabase) {
    sealed(db).await;
    let (august, september) = (day("2026-08-01"), day("2026-09-01"));
    let changes = [
        (
            "UPDATE audit_log SET reason = 'x' WHERE id = '{7}'",
            Difference::RowChanged { month: september, entry: id(7) },
        ),
        (
            "UPDATE audit_log SET new = '{\"status\": \"present\"}' WHERE id = '{6}'",
            Difference::RowChanged { month: september, entry: id(6) },
        ),
        ("DELETE FROM audit_log WHERE id = '{5}'", Difference::RowRemoved { month: august, entry: id(5) }),
        ("DELETE FROM audit_log WHERE id = '{3}'", Difference::RowRemoved { month: august, entry: id(3) }),
        (
            "UPDATE audit_log SET entity = 'other' WHERE id = '{2}'",
            Difference::RowChanged { month: august, entry: id(2) },
        ),
        (
            "UPDATE audit_log SET at = '2026-07-01T00:00:00.000000Z' WHERE id = '{1}'",
            Difference::RowInserted { month: august, entry: id(1) },
        ),
    ];
    // The later the tampering, the earlier in the ledger: each is the first difference when it is looked for.
    for (statement, difference) in changes {
        let statement = (1..=9).fold(statement.to_owned(), |text, number| {
            text.replace(&format!("{{{number}}}"), &Uuid::from_u128(number).to_string())
        });
        tamper(db, &statement).await;
        assert_eq!(found(db).await.difference, Some(difference), "{statement}");
    }
}

async fn every_tampering_with_a_digest_is_found(db: &TestDatabase) {
    sealed(db).await;
    let (august, september) = (day("2026-08-01"), day("2026-09-01"));
    // A row that is slipped in behind the last of its month, and one between two others.
    let inserted = [row(50, at("2026-09-30T00:00:00Z")), row(51, at("2026-09-12T00:00:00Z"))];
    for row in inserted {
        keep(db, async |unit| unit.audit().append(std::slice::from_ref(&row)).await).await.unwrap();
        let difference = Difference::RowInserted { month: september, entry: row.id };
        assert_eq!(found(db).await.difference, Some(difference));
    }
    tamper(db, "UPDATE ledger_digests SET entries = 4 WHERE month = '2026-08-01'").await;
    assert_eq!(found(db).await.difference, Some(Difference::DigestChanged { month: august }));
    tamper(db, "UPDATE ledger_digests SET previous = 'x' WHERE month = '2026-08-01'").await;
    assert_eq!(found(db).await.difference, Some(Difference::ChainBroken { month: august }));
    tamper(db, "DELETE FROM ledger_digests WHERE month = '2026-08-01'").await;
    assert_eq!(found(db).await.difference, Some(Difference::RowInserted { month: september, entry: id(1) }));
}

async fn what_is_sealed_can_neither_be_changed_nor_removed(db: &TestDatabase) {
    let digests = sealed(db).await;
    for statement in [
        "UPDATE ledger_digests SET digest = 'x'",
        "DELETE FROM ledger_digests",
        "UPDATE ledger_segments SET entries = ''",
        "DELETE FROM ledger_segments",
    ] {
        let refusal = db.run(statement).await.unwrap_err();
        assert!(refusal.contains("ledger_append_only"), "{statement}: {refusal}");
    }
    let again = keep(db, async |unit| unit.ledger().keep_digest(&digests[0]).await).await;
    assert_eq!(again.unwrap_err().conflict(), Some(UniqueKey::PrimaryKey));
    let mut session = db.database().session().await.unwrap();
    let segment = session.ledger().segment(day("2026-08-01"), 0).await.unwrap().unwrap();
    let again = keep(db, async |unit| unit.ledger().keep_segment(&segment).await).await;
    assert_eq!(again.unwrap_err().conflict(), Some(UniqueKey::PrimaryKey));
    if db.database().kind() == DatabaseKind::Sqlite {
        let replaced = "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log";
        assert!(db.run(replaced).await.is_err());
        assert!(db.run("INSERT OR REPLACE INTO ledger_digests SELECT * FROM ledger_digests").await.is_err());
    } else {
        assert!(db.run("TRUNCATE ledger_digests").await.is_err());
    }
    assert_eq!(found(db).await.difference, None);
}
