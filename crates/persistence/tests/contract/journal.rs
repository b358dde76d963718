//! The journal: what a unit of work adds is kept whole, in one statement, when the unit is committed or the rows are looked at.

use std::sync::Arc;

use madang_domain::{
    audit::{AuditAction, AuditEntry},
    clock::FixedClock,
    error::RepositoryError,
    events::Event,
    idempotency::{IdempotencyKey, StoredAnswer},
    ids::{AuditEntryId, EventId, SequentialIds, UserId},
    jobs::{Job, JobStatus, NewJob},
    store::Store,
    yard::Yard,
};
use madang_testing::TestDatabase;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{Maker, at, keep};

crate::on_both!(
    every_column_is_kept,
    what_is_added_is_seen_in_the_same_unit,
    what_is_rolled_back_is_not_written,
    nothing_is_kept_with_an_answer_whose_claim_was_lost,
    a_unit_writes_its_journal_in_one_statement,
);

fn entry(maker: &Maker) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(maker.id()),
        at: at("2026-09-01T01:00:00.123456Z"),
        actor: Some(UserId(maker.id())),
        request_id: Some("req-1".to_owned()),
        entity: "course".to_owned(),
        entity_id: maker.id(),
        action: AuditAction::Update,
        old: Some(json!({"title": "수채화 \"A\"", "tags": ["a", 1.5, true, null]})),
        new: Some(json!({})),
        reason: Some("두 줄\n이유".to_owned()),
        after_closing: true,
    }
}

fn event(maker: &Maker) -> Event {
    Event {
        id: EventId(maker.id()),
        kind: "certification.issued".to_owned(),
        subject_id: maker.id(),
        user_id: Some(UserId(maker.id())),
        payload: json!({"course": "수채화 \"A\"", "none": null}),
        occurred_at: at("2026-09-01T01:00:00.123456Z"),
        request_id: Some("req-1".to_owned()),
    }
}

fn job(db: &TestDatabase) -> Job {
    let clock = Arc::new(FixedClock::at(at("2026-09-01T01:00:00.123456Z")));
    let yard = Yard { store: db.store(), clock, ids: Arc::new(SequentialIds::default()) };
    let new = NewJob::new("mail.send", json!({"to": "김하늘 \"A\"", "list": [1, null]}));
    Job {
        unique_key: Some("unique".to_owned()),
        order_key: Some("order".to_owned()),
        lane: Some("lane".to_owned()),
        status: JobStatus::Dead,
        attempts: 3,
        last_error: Some("이유".to_owned()),
        finished_at: Some(at("2026-09-01T02:00:00Z")),
        ..new.into_job(&yard)
    }
}

fn answer() -> StoredAnswer {
    let body = "{\"title\":\"수채화 'A'\"}".to_owned();
    StoredAnswer { status: 201, location: Some("/api/v1/courses/1".to_owned()), etag: None, body }
}

async fn every_column_is_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let (entries, event, job) = ([entry(&maker), entry(&maker)], event(&maker), job(db));
    let key = IdempotencyKey { principal: maker.id(), key: "k \"1\"".to_owned() };
    let until = at("2026-09-02T01:00:00.123456Z");
    keep(db, async |unit| unit.idempotency().claim(&key, "print", until).await).await.unwrap();
    keep(db, async |unit| {
        unit.audit().append(&entries[..1]).await?;
        unit.events().append(std::slice::from_ref(&event)).await?;
        unit.jobs().add(&[job.clone(), job.clone()]).await?;
        unit.idempotency().keep(&key, &answer(), until).await?;
        unit.audit().append(&entries[1..]).await
    })
    .await
    .unwrap();
    let mut unit = db.database().begin().await.unwrap();
    let ids = entries.each_ref().map(|entry| entry.id);
    assert_eq!(unit.audit().find_many(&ids).await.unwrap(), entries);
    assert_eq!(unit.events().find(event.id).await.unwrap(), Some(event));
    assert_eq!(unit.jobs().find_for_update(job.id).await.unwrap(), Some(job));
    let known = unit.idempotency().find(&key).await.unwrap().unwrap();
    assert_eq!((known.answer, known.holds_until), (Some(answer()), until));
}

async fn what_is_added_is_seen_in_the_same_unit(db: &TestDatabase) {
    let maker = Maker::default();
    let (entry, event, job) = (entry(&maker), event(&maker), job(db));
    let mut unit = db.database().begin().await.unwrap();
    unit.audit().append(std::slice::from_ref(&entry)).await.unwrap();
    unit.events().append(std::slice::from_ref(&event)).await.unwrap();
    assert_eq!(unit.events().of_subject(event.subject_id).await.unwrap(), [event]);
    assert_eq!(unit.audit().find_many(&[entry.id]).await.unwrap(), [entry]);
    unit.jobs().add(std::slice::from_ref(&job)).await.unwrap();
    assert_eq!(unit.jobs().find_for_update(job.id).await.unwrap(), Some(job));
}

async fn what_is_rolled_back_is_not_written(db: &TestDatabase) {
    let maker = Maker::default();
    let (entry, event) = (entry(&maker), event(&maker));
    let mut unit = db.database().begin().await.unwrap();
    unit.audit().append(std::slice::from_ref(&entry)).await.unwrap();
    unit.events().append(std::slice::from_ref(&event)).await.unwrap();
    unit.rollback().await.unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.audit().find_many(&[entry.id]).await.unwrap(), []);
    assert_eq!(session.events().find(event.id).await.unwrap(), None);
}

async fn nothing_is_kept_with_an_answer_whose_claim_was_lost(db: &TestDatabase) {
    let maker = Maker::default();
    let key = IdempotencyKey { principal: Uuid::nil(), key: "k".to_owned() };
    let entry = entry(&maker);
    let outcome = keep(db, async |unit| {
        unit.audit().append(std::slice::from_ref(&entry)).await?;
        unit.idempotency().keep(&key, &answer(), at("2026-09-02T01:00:00Z")).await
    });
    assert!(matches!(outcome.await, Err(RepositoryError::Stale)));
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.audit().find_many(&[entry.id]).await.unwrap(), []);
}

async fn a_unit_writes_its_journal_in_one_statement(db: &TestDatabase) {
    let maker = Maker::default();
    let before = db.database().statements().statements;
    keep(db, async |unit| {
        unit.audit().append(&[entry(&maker)]).await?;
        unit.events().append(&[event(&maker)]).await?;
        unit.jobs().add(&[job(db)]).await?;
        unit.audit().append(&[entry(&maker)]).await
    })
    .await
    .unwrap();
    assert_eq!(db.database().statements().statements - before, 1);
}
