//! Certifications.

use madang_domain::{
    certification::{Certification, CertificationFilter, CertificationSort, ClassRecord, Snapshot},
    error::{RepositoryError, UniqueKey},
    ids::{CertificationId, ClassId, UserId},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, day, keep, page};

crate::on_both!(
    a_certification_is_read_as_it_was_written,
    a_user_has_one_certification_for_a_course,
    a_certification_needs_its_user,
    lists_are_narrowed_by_each_filter,
    all_certifications_of_a_user_change_hands,
    many_are_found_at_once,
);

async fn a_certification_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let certification = Certification {
        class_ids: vec![hall.class.id, ClassId(maker.id())],
        snapshot: Snapshot {
            user_name: "김\"하늘\"".to_owned(),
            course_title: "수채화".to_owned(),
            rule: "lecture-80".to_owned(),
            classes: vec![ClassRecord {
                class_id: hall.class.id,
                title: "1기".to_owned(),
                begin_date: day("2026-09-01"),
                end_date: day("2026-12-31"),
                numerator: 16,
                denominator: 20,
                percent: Some("80.0".to_owned()),
                policy: None,
            }],
            override_reason: Some("사유\n둘째 줄".to_owned()),
        },
        ..maker.certification(&hall.course, &hall.learners[0])
    };
    keep(db, async |unit| unit.certifications().insert_many(std::slice::from_ref(&certification)).await)
        .await
        .unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.certifications().find(certification.id).await.unwrap(), Some(certification));
    assert_eq!(session.certifications().find(CertificationId(maker.id())).await.unwrap(), None);
}

async fn a_user_has_one_certification_for_a_course(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let certification = || maker.certification(&hall.course, &hall.learners[0]);
    keep(db, async |unit| unit.certifications().insert_many(&[certification()]).await).await.unwrap();
    let outcome = keep(db, async |unit| unit.certifications().insert_many(&[certification()]).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::Certification));

    db.run("UPDATE certifications SET state = 'revoked'").await.unwrap();
    keep(db, async |unit| unit.certifications().insert_many(&[certification()]).await).await.unwrap();
}

async fn a_certification_needs_its_user(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let certification = maker.certification(&hall.course, &maker.user("없음"));
    let outcome = keep(db, async |unit| unit.certifications().insert_many(&[certification]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let other = maker.course("스마트폰");
    let certifications = [
        maker.certification(&hall.course, &hall.learners[0]),
        maker.certification(&hall.course, &hall.learners[1]),
        maker.certification(&other, &hall.learners[1]),
    ];
    keep(db, async |unit| {
        unit.courses().insert_many(std::slice::from_ref(&other)).await?;
        unit.certifications().insert_many(&certifications).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut found = async |filter: CertificationFilter| -> Vec<Certification> {
        let sort = Sort::ascending(CertificationSort::IssuedAt);
        let listed = session.certifications().list(&page(filter, sort)).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items
    };
    let all = CertificationFilter::default;
    assert_eq!(found(all()).await, certifications);
    let course_id = Some(hall.course.id);
    assert_eq!(found(CertificationFilter { course_id, ..all() }).await, certifications[..2]);
    let user_id = Some(hall.learners[1].id);
    assert_eq!(found(CertificationFilter { user_id, ..all() }).await, certifications[1..]);
    let second = Some(certifications[1].issued_at);
    assert_eq!(found(CertificationFilter { from: second, ..all() }).await, certifications[1..]);
    assert_eq!(found(CertificationFilter { to: second, ..all() }).await, certifications[..1]);
}

async fn all_certifications_of_a_user_change_hands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let certification = maker.certification(&hall.course, &hall.learners[0]);
    let mut unit = db.database().begin().await.unwrap();
    unit.certifications().insert_many(std::slice::from_ref(&certification)).await.unwrap();
    let (temp, real) = (hall.learners[0].id, hall.learners[1].id);
    let given = unit.certifications().hand_over(temp, real, None).await.unwrap();
    let mut expected = Certification { user_id: real, ..certification };
    expected.stamps.version = 2;
    assert_eq!(given, [expected]);

    let own = maker.certification(&hall.course, &hall.learners[0]);
    unit.certifications().insert_many(&[own]).await.unwrap();
    let outcome = unit.certifications().hand_over(temp, real, None).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::Certification));
}

async fn many_are_found_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let certification = maker.certification(&hall.course, &hall.learners[0]);
    keep(db, async |unit| unit.certifications().insert_many(std::slice::from_ref(&certification)).await)
        .await
        .unwrap();
    let mut session = db.database().session().await.unwrap();
    let wanted = [hall.learners[1].id, hall.learners[0].id, UserId(maker.id())];
    let found = session.certifications().of_users(hall.course.id, &wanted).await.unwrap();
    assert_eq!(found, [certification]);
}
