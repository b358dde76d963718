//! Policies, pins and warnings.

use std::sync::Arc;

use chrono::TimeDelta;
use madang_domain::{
    access::Caller,
    attendance::{
        AttendanceStatus,
        policies::{
            DEFAULT_POLICY, PinReason, Policy, PolicyFamily, PolicyFilter, PolicyPin, PolicySort,
            PolicyTitle, Warning, WarningKind,
        },
        policy::presets,
        records::PlaceScope,
    },
    audit::AuditPen,
    clock::FixedClock,
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, CourseId, PolicyId, SequentialIds, UserId},
    learning::classes::Class,
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, keep, page, touched};

crate::on_both!(
    the_policy_of_the_migration_is_the_plain_preset,
    a_policy_is_read_as_it_was_written,
    a_version_of_a_family_is_made_once,
    a_policy_never_changes,
    a_class_is_pinned_to_the_plain_rule_when_it_comes_to_be,
    the_last_pin_holds_and_two_changes_at_once_are_one,
    a_copy_inherits_what_its_original_goes_by,
    a_warning_is_told_once,
    classes_are_stirred_by_lectures_marks_and_pins,
);

fn policy(maker: &Maker, preset: &str, version: i32) -> Policy {
    let preset = presets::find(preset).unwrap();
    Policy {
        id: PolicyId(maker.id()),
        family: PolicyFamily::parse(preset.name).unwrap(),
        version,
        title: PolicyTitle::parse(preset.title).unwrap(),
        description: None,
        digest: preset.document.digest(),
        document: Arc::new(preset.document),
        created_at: at("2026-09-01T01:00:00.123456Z"),
        created_by: None,
    }
}

fn pin(class: ClassId, number: i32, policy: &Policy) -> PolicyPin {
    PolicyPin {
        class_id: class,
        number,
        policy_id: policy.id,
        pinned_at: at("2026-09-02T01:00:00.654321Z"),
        pinned_by: None,
        reason: Some(PinReason::parse("운영위원회\n결정").unwrap()),
    }
}

async fn the_policy_of_the_migration_is_the_plain_preset(db: &TestDatabase) {
    let mut session = db.database().session().await.unwrap();
    let kept = session.policies().find(DEFAULT_POLICY).await.unwrap().unwrap();
    let preset = presets::find(presets::DEFAULT).unwrap();
    assert_eq!((kept.family.as_str(), kept.version), (preset.name, 1));
    assert_eq!(kept.title.as_str(), preset.title);
    assert_eq!(kept.description.unwrap().as_str(), preset.description);
    assert_eq!(*kept.document, preset.document);
    assert_eq!(kept.digest, preset.document.digest());
}

async fn a_policy_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let all: Vec<Policy> = presets::all().iter().map(|preset| policy(&maker, preset.name, 2)).collect();
    keep(db, async |unit| {
        for one in &all {
            unit.policies().insert(one).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    for one in &all {
        assert_eq!(session.policies().find(one.id).await.unwrap().as_ref(), Some(one));
        assert_eq!(one.document.digest(), one.digest);
        let filter = PolicyFilter { family: Some(one.family.clone()) };
        let listed =
            session.policies().list(&page(filter, Sort::ascending(PolicySort::CreatedAt))).await.unwrap();
        assert!(listed.items.contains(one) && listed.items.iter().all(|other| other.family == one.family));
    }
    assert_eq!(session.policies().find(PolicyId(maker.id())).await.unwrap(), None);
}

async fn a_version_of_a_family_is_made_once(db: &TestDatabase) {
    let maker = Maker::default();
    let family = PolicyFamily::parse("late3-pooled").unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.policies().last_version(&family).await.unwrap(), 0);
    keep(db, async |unit| unit.policies().insert(&policy(&maker, "late3-pooled", 1)).await).await.unwrap();
    assert_eq!(session.policies().last_version(&family).await.unwrap(), 1);
    let outcome =
        keep(db, async |unit| unit.policies().insert(&policy(&maker, "late3-pooled", 1)).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::PolicyVersion));
}

async fn a_policy_never_changes(db: &TestDatabase) {
    assert!(db.run("UPDATE attendance_policies SET title = 'x'").await.is_err());
    assert!(db.run("DELETE FROM attendance_policies WHERE version = 1").await.is_err());
}

async fn a_class_is_pinned_to_the_plain_rule_when_it_comes_to_be(db: &TestDatabase) {
    let hall = Hall::kept(db, &Maker::default(), 0, 0).await;
    let mut session = db.database().session().await.unwrap();
    let pins = session.policies().pins_of(hall.class.id).await.unwrap();
    let (pin, policy) = &pins[0];
    assert_eq!((pins.len(), pin.number, pin.policy_id, policy.id), (1, 1, DEFAULT_POLICY, DEFAULT_POLICY));
    assert_eq!((pin.pinned_at, pin.pinned_by), (hall.class.stamps.created_at, hall.class.stamps.created_by));
    assert_eq!(pin.reason, None);
}

async fn the_last_pin_holds_and_two_changes_at_once_are_one(db: &TestDatabase) {
    let maker = Maker::default();
    let (hall, other) = (Hall::kept(db, &maker, 0, 0).await, Hall::kept(db, &maker, 0, 0).await);
    let pooled = policy(&maker, "late3-pooled", 1);
    let second = pin(hall.class.id, 2, &pooled);
    keep(db, async |unit| {
        unit.policies().insert(&pooled).await?;
        unit.policies().pin(&second).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let pins = session.policies().pins_of(hall.class.id).await.unwrap();
    assert_eq!((pins.len(), &pins[0]), (2, &(second.clone(), pooled.clone())));
    let ruled = session.records().ruled(&[hall.class.id, other.class.id]).await.unwrap();
    let mut pinned: Vec<_> = ruled.iter().map(|ruled| (ruled.class.id, ruled.policy.id)).collect();
    pinned.sort_unstable();
    assert_eq!(pinned, [(hall.class.id, pooled.id), (other.class.id, DEFAULT_POLICY)]);
    let (course, of_course) = session.records().ruled_course(hall.course.id).await.unwrap().unwrap();
    assert_eq!((course, of_course.len(), &*of_course[0].policy), (hall.course, 1, &pooled));
    assert!(session.records().ruled_course(CourseId(maker.id())).await.unwrap().is_none());
    let places = session.records().places(UserId(maker.id()), PlaceScope::All).await.unwrap();
    assert_eq!(places, []);

    let outcome = keep(db, async |unit| unit.policies().pin(&second).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::PolicyPin));
    let strange = pin(ClassId(maker.id()), 1, &pooled);
    let outcome = keep(db, async |unit| unit.policies().pin(&strange).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
}

async fn a_copy_inherits_what_its_original_goes_by(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let (pooled, copy) = (policy(&maker, "late3-pooled", 1), maker.class(&hall.course, "2기"));
    keep(db, async |unit| {
        unit.policies().insert(&pooled).await?;
        unit.policies().pin(&pin(hall.class.id, 2, &pooled)).await?;
        unit.classes().insert_many(std::slice::from_ref(&copy)).await?;
        unit.policies().inherit(hall.class.id, copy.id).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let pins = session.policies().pins_of(copy.id).await.unwrap();
    assert_eq!((pins.len(), pins[0].0.number, pins[0].1.id), (1, 1, pooled.id));
}

async fn a_warning_is_told_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let warning = |learner: usize, kind| Warning {
        class_id: hall.class.id,
        user_id: hall.learners[learner].id,
        kind,
        at: at("2026-09-02T01:00:00Z"),
    };
    let first = [warning(0, WarningKind::AtRisk)];
    let told = keep(db, async |unit| unit.policies().warn(&first).await).await.unwrap();
    assert_eq!(told, first);
    let both = [first[0], warning(0, WarningKind::Unreachable), warning(1, WarningKind::AtRisk)];
    let mut told = keep(db, async |unit| unit.policies().warn(&both).await).await.unwrap();
    told.sort_by_key(|one| (one.user_id, one.kind.as_str()));
    assert_eq!(told, [both[1], both[2]]);
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.policies().warnings_of(&[hall.class.id]).await.unwrap().len(), 3);
    assert_eq!(keep(db, async |unit| unit.policies().warn(&[]).await).await.unwrap(), []);
}

async fn classes_are_stirred_by_lectures_marks_and_pins(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 3, 1).await;
    let mut session = db.database().session().await.unwrap();
    // The second lecture begins on 8 September at 01:00.
    let lecture = at("2026-09-08T01:00:00Z");
    let hour = TimeDelta::hours(1);
    let within = session.policies().stirred(lecture - hour, lecture + hour).await.unwrap();
    assert_eq!(within, [hall.class.id]);
    // It is under way for an hour more, and ends at 03:00.
    let minute = TimeDelta::minutes(1);
    assert_eq!(session.policies().stirred(lecture + minute, lecture + hour).await.unwrap(), []);
    assert_eq!(
        session.policies().stirred(lecture + hour * 2, lecture + hour * 3).await.unwrap(),
        [hall.class.id]
    );
    assert_eq!(
        session.policies().stirred(lecture + hour * 2 + minute, lecture + hour * 3).await.unwrap(),
        []
    );

    let mark = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Absent);
    let now = at("2026-10-20T01:00:00Z");
    let (clock, ids) = (FixedClock::at(now), SequentialIds::default());
    let (caller, pinned) = (Caller::system(), pin(hall.class.id, 1, &policy(&maker, "lecture-80", 1)));
    for entry in [
        AuditPen::new(&caller, &clock, &ids).created(&mark),
        AuditPen::new(&caller, &clock, &ids).created(&hall.lectures[0]),
        AuditPen::new(&caller, &clock, &ids).created(&hall.enrolments[0]),
        AuditPen::new(&caller, &clock, &ids).created(&pinned),
    ] {
        let other = entry.entity.clone();
        keep(db, async |unit| {
            if entry.entity == "attendance" {
                unit.attendances().insert_many(std::slice::from_ref(&mark)).await?;
            }
            unit.audit().append(std::slice::from_ref(&entry)).await
        })
        .await
        .unwrap();
        assert_eq!(session.policies().stirred(now - hour, now).await.unwrap(), [hall.class.id], "{other}");
        assert_eq!(session.policies().stirred(now + hour, now + hour * 2).await.unwrap(), []);
    }

    // A mark that is gone is known by the log alone; a class that was closed meanwhile had been open.
    let later = now + TimeDelta::days(1);
    let gone = maker.mark(&hall.lectures[1], &hall.learners[0], AttendanceStatus::Present);
    let removed = AuditPen::new(&caller, &FixedClock::at(later), &ids).deleted(&gone, None);
    keep(db, async |unit| unit.audit().append(&[removed]).await).await.unwrap();
    assert_eq!(session.policies().stirred(later - hour, later).await.unwrap(), [hall.class.id]);
    let closed = Class { closed_at: Some(later), stamps: touched(hall.class.stamps), ..hall.class.clone() };
    keep(db, async |unit| unit.classes().update(&closed).await).await.unwrap();
    assert_eq!(session.policies().stirred(later - hour, later).await.unwrap(), [hall.class.id]);
    assert_eq!(session.policies().stirred(later, later + hour).await.unwrap(), [hall.class.id]);
    assert_eq!(session.policies().stirred(later + minute, later + hour).await.unwrap(), []);
}
