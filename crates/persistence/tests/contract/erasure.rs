//! Forgetting a person.

use madang_domain::{
    accounts::User,
    attendance::{
        AttendanceStatus,
        capture::{Evidence, LectureSpan, Presence},
        policy::Times,
    },
    audit::{AuditAction, AuditEntry, AuditFilter, AuditSort, Audited},
    external_ids::ExternalId,
    ids::AuditEntryId,
    page::Sort,
    store::Store,
    text::{Email, PersonName, Phone, Username},
    withdrawal::Pseudonym,
};
use madang_testing::TestDatabase;
use serde_json::json;

use super::fixtures::{Hall, Maker, at, keep, page};
use crate::on_both;

on_both!(
    names_are_taken_out_of_certifications_marks_and_the_log,
    the_log_gives_up_nothing_of_who_is_still_there,
    what_belonged_to_the_person_alone_is_removed,
);

fn pseudonym() -> Pseudonym {
    Pseudonym {
        username: Username::parse("withdrawn-1").unwrap(),
        name: PersonName::parse("탈퇴회원 1").unwrap(),
    }
}

/// The same account, whose owner has told more and has left or not.
fn told(user: &User, left: bool) -> User {
    User {
        email: Some(Email::parse("haneul@example.org").unwrap()),
        phone: Some(Phone::parse("010-1234-5678").unwrap()),
        withdrawn_at: left.then(|| at("2026-09-01T01:00:00Z")),
        version: 2,
        ..user.clone()
    }
}

fn entry<T: Audited>(maker: &Maker, old: Option<&T>, new: &T) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(maker.id()),
        at: at("2026-09-01T01:00:00Z"),
        actor: None,
        request_id: Some("r-1".to_owned()),
        entity: T::ENTITY.to_owned(),
        entity_id: new.audit_id(),
        action: if old.is_some() { AuditAction::Update } else { AuditAction::Create },
        old: old.map(Audited::document),
        new: Some(new.document()),
        reason: None,
        after_closing: false,
    }
}

async fn log(db: &TestDatabase) -> Vec<AuditEntry> {
    let mut session = db.database().session().await.unwrap();
    let listing = page(AuditFilter::default(), Sort::ascending(AuditSort::At));
    session.audit().list(&listing).await.unwrap().items
}

async fn names_are_taken_out_of_certifications_marks_and_the_log(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 2).await;
    let (leaver, other) = (&hall.learners[0], &hall.learners[1]);
    let left = told(leaver, true);
    let certifications =
        [maker.certification(&hall.course, leaver), maker.certification(&hall.course, other)];
    let evidence =
        Evidence { device: Some("d".to_owned()), network: Some("n".to_owned()), ..Evidence::default() };
    let span = LectureSpan::of(&hall.lectures[0]);
    let presence = Presence::begin(span.starts_at, evidence, span, Times::default());
    let mut mark = maker.mark(&hall.lectures[0], leaver, AttendanceStatus::Present);
    mark.presence = Some(presence.clone());
    let entries = [
        entry(&maker, None, leaver),
        entry(&maker, Some(leaver), &left),
        entry(&maker, None, &certifications[0]),
        entry(&maker, None, other),
        entry(&maker, None, &certifications[1]),
    ];
    keep(db, async |unit| {
        unit.certifications().insert_many(&certifications).await?;
        unit.attendances().insert_many(std::slice::from_ref(&mark)).await?;
        unit.users().update(&left).await?;
        unit.audit().append(&entries).await?;
        unit.erasure().take_out_names(leaver.id, &pseudonym()).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let kept = session.certifications().find(certifications[0].id).await.unwrap().unwrap();
    assert_eq!((kept.snapshot.user_name.as_str(), kept.stamps.version), ("탈퇴회원 1", 2));
    assert_eq!(kept.snapshot.course_title, certifications[0].snapshot.course_title);
    assert_eq!(
        session.certifications().find(certifications[1].id).await.unwrap().unwrap(),
        certifications[1]
    );
    let kept = session.attendances().find(mark.id).await.unwrap().unwrap().attendance;
    let nothing = Presence { evidence: Evidence::default(), ..presence };
    assert_eq!(kept.presence, Some(nothing));

    let kept = log(db).await;
    assert_eq!(kept.len(), entries.len());
    let (account, certificate) = (kept[1].old.as_ref().unwrap(), kept[2].new.as_ref().unwrap());
    for (name, value) in [("username", json!("withdrawn-1")), ("name", json!("탈퇴회원 1"))] {
        assert_eq!(account[name], value);
    }
    for gone in ["email", "phone", "kakao_id", "suspension_reason"] {
        for document in [&kept[0].new, &kept[1].old, &kept[1].new] {
            assert!(document.as_ref().unwrap().get(gone).is_none(), "{gone}");
        }
    }
    assert_eq!(account["auth_type"], entries[1].old.as_ref().unwrap()["auth_type"]);
    assert_eq!((&kept[0].old, &kept[2].old), (&None, &None));
    assert_eq!(certificate["snapshot"]["user_name"], "탈퇴회원 1");
    assert_eq!(certificate["snapshot"]["course_title"], json!(certifications[0].snapshot.course_title));
    assert_eq!(kept[3..], entries[3..]);
}

async fn the_log_gives_up_nothing_of_who_is_still_there(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let user = &hall.learners[0];
    let first = entry(&maker, None, user);
    keep(db, async |unit| unit.audit().append(std::slice::from_ref(&first)).await).await.unwrap();
    let refused = keep(db, async |unit| unit.erasure().take_out_names(user.id, &pseudonym()).await).await;
    assert!(refused.is_err());
    assert_eq!(log(db).await, [first]);
}

async fn what_belonged_to_the_person_alone_is_removed(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 2).await;
    let (leaver, other) = (hall.learners[0].id, hall.learners[1].id);
    let known = |id: &str, user: madang_domain::ids::UserId| ExternalId {
        entity: "user",
        external_id: id.to_owned(),
        id: user.0,
    };
    keep(db, async |unit| {
        unit.external_ids().insert_many("hr", &[known("l", leaver), known("o", other)]).await
    })
    .await
    .unwrap();
    let lecture = hall.lectures[0].id;
    for user in [leaver, other] {
        let statements = [
            format!(
                "INSERT INTO check_in_guesses VALUES ('{lecture}', '{user}', 1, '2026-09-01T01:00:00.000000Z')"
            ),
            format!(
                "INSERT INTO stream_tickets VALUES ('h-{user}', 's', '{user}', '{user}', '2026-09-01T01:00:00.000000Z', '2026-09-01T01:00:00.000000Z')"
            ),
            format!(
                "INSERT INTO idempotency_keys (principal, key, fingerprint, holds_until) VALUES ('{user}', 'k', 'f', '2026-09-01T01:00:00.000000Z')"
            ),
        ];
        for statement in statements {
            db.run(&statement).await.unwrap();
        }
    }
    let email = Email::parse("haneul@example.org").unwrap();
    keep(db, async |unit| unit.erasure().remove_belongings(leaver, Some(&email)).await).await.unwrap();
    for (table, column) in
        [("check_in_guesses", "user_id"), ("stream_tickets", "user_id"), ("idempotency_keys", "principal")]
    {
        let left = db.read(&format!("SELECT CAST({column} AS text) AS value FROM {table}")).await.unwrap();
        assert_eq!(left, [other.to_string()], "{table}");
    }
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.external_ids().of("hr", "user").await.unwrap(), [known("o", other)]);
}
