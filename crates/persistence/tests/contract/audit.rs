//! The audit log, which is only ever appended to.

use madang_domain::{
    audit::{AuditAction, AuditEntry, AuditFilter, AuditSort},
    ids::{AuditEntryId, UserId},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{Maker, keep, page};

crate::on_both!(
    an_entry_is_read_as_it_was_written,
    lists_are_narrowed_by_each_filter,
    no_entry_is_ever_changed_or_removed,
    five_thousand_entries_are_one_statement,
);

fn entry(maker: &Maker, entity: &str, entity_id: Uuid, actor: Option<UserId>) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(maker.id()),
        at: maker.stamps().created_at,
        actor,
        request_id: None,
        entity: entity.to_owned(),
        entity_id,
        action: AuditAction::Create,
        old: None,
        new: Some(json!({"title": "수채화 \"A\"", "capacity": null, "tags": ["a", 1.5, true]})),
        reason: None,
        after_closing: false,
    }
}

async fn an_entry_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let entry = AuditEntry {
        request_id: Some("req-1".to_owned()),
        action: AuditAction::Delete,
        old: Some(json!({})),
        new: None,
        reason: Some("잘못 만듦".to_owned()),
        after_closing: true,
        ..entry(&maker, "course", maker.id(), Some(UserId(maker.id())))
    };
    keep(db, async |unit| unit.audit().append(std::slice::from_ref(&entry)).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let all = page(AuditFilter::default(), Sort::ascending(AuditSort::At));
    assert_eq!(session.audit().list(&all).await.unwrap().items, [entry]);
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let (thing, actor) = (maker.id(), Some(UserId(maker.id())));
    let entries = [
        entry(&maker, "course", thing, actor),
        entry(&maker, "course", maker.id(), None),
        entry(&maker, "class", maker.id(), actor),
    ];
    keep(db, async |unit| unit.audit().append(&entries).await).await.unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut found = async |filter: AuditFilter| -> Vec<AuditEntry> {
        let listed = session.audit().list(&page(filter, Sort::ascending(AuditSort::At))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items
    };
    let all = AuditFilter::default;
    assert_eq!(found(all()).await, entries);
    assert_eq!(found(AuditFilter { entity: Some("course".to_owned()), ..all() }).await, entries[..2]);
    assert_eq!(found(AuditFilter { entity_id: Some(thing), ..all() }).await, entries[..1]);
    assert_eq!(found(AuditFilter { actor, ..all() }).await, [entries[0].clone(), entries[2].clone()]);
    assert_eq!(found(AuditFilter { from: Some(entries[1].at), ..all() }).await, entries[1..]);
    assert_eq!(found(AuditFilter { to: Some(entries[1].at), ..all() }).await, entries[..1]);
}

async fn no_entry_is_ever_changed_or_removed(db: &TestDatabase) {
    let maker = Maker::default();
    let entry = entry(&maker, "course", maker.id(), None);
    keep(db, async |unit| unit.audit().append(std::slice::from_ref(&entry)).await).await.unwrap();
    for statement in ["UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log"] {
        let refusal = db.run(statement).await.unwrap_err();
        assert!(refusal.contains("audit_log_append_only"), "{statement}: {refusal}");
    }
    if db.url().starts_with("postgres") {
        let refusal = db.run("TRUNCATE audit_log").await.unwrap_err();
        assert!(refusal.contains("audit_log_append_only"), "{refusal}");
    }
    let mut session = db.database().session().await.unwrap();
    let all = page(AuditFilter::default(), Sort::ascending(AuditSort::At));
    assert_eq!(session.audit().list(&all).await.unwrap().items, [entry]);
}

async fn five_thousand_entries_are_one_statement(db: &TestDatabase) {
    let maker = Maker::default();
    let entries: Vec<AuditEntry> =
        (0..5_000).map(|_| entry(&maker, "attendance", maker.id(), None)).collect();
    let before = db.database().statements().statements;
    keep(db, async |unit| unit.audit().append(&entries).await).await.unwrap();
    assert_eq!(db.database().statements().statements - before, 1);
}
