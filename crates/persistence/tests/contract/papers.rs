//! Templates of certificates, and the keys that sign certificates as credentials.

use madang_domain::{
    certification::{issuer_keys::IssuerKey, templates::CertificateTemplate},
    error::{RepositoryError, UniqueKey},
    ids::{CertificateTemplateId, CourseId},
    store::Store,
};
use madang_testing::TestDatabase;
use serde_json::json;

use crate::fixtures::{Hall, Maker, at, keep};

crate::on_both!(
    a_course_has_the_template_that_held_at_a_moment,
    a_version_of_a_template_is_there_once_and_belongs_to_a_course,
    one_key_of_the_issuer_signs_and_none_is_lost
);

fn template(maker: &Maker, course: CourseId, version: i32, made: &str) -> CertificateTemplate {
    CertificateTemplate {
        id: CertificateTemplateId(maker.id()),
        course_id: course,
        version,
        document: (version != 2)
            .then(|| json!({"orientation": "portrait", "elements": [{"text": "수료증 \u{1F393}"}]})),
        created_at: at(made),
        created_by: None,
    }
}

async fn a_course_has_the_template_that_held_at_a_moment(db: &TestDatabase) {
    let maker = Maker::default();
    let course = Hall::kept(db, &maker, 0, 0).await.course.id;
    let days = ["2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"];
    let templates: Vec<_> =
        (1..).zip(days).map(|(version, made)| template(&maker, course, version, made)).collect();
    keep(db, async |unit| {
        for template in &templates {
            unit.certificate_templates().insert(template).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let mut held = async |moment| session.certificate_templates().at(course, at(moment)).await.unwrap();
    assert_eq!(held("2026-02-28T23:59:59Z").await, None);
    assert_eq!(held("2026-03-01T00:00:00Z").await.as_ref(), Some(&templates[0]));
    assert_eq!(held("2026-04-30T23:59:59Z").await.as_ref(), Some(&templates[1]));
    assert_eq!(held("2030-01-01T00:00:00Z").await.as_ref(), Some(&templates[2]));
    assert_eq!(session.certificate_templates().of_course(course).await.unwrap(), templates);
}

async fn a_version_of_a_template_is_there_once_and_belongs_to_a_course(db: &TestDatabase) {
    let maker = Maker::default();
    let course = Hall::kept(db, &maker, 0, 0).await.course.id;
    let insert = async |template: CertificateTemplate| {
        keep(db, async |unit| unit.certificate_templates().insert(&template).await).await
    };
    insert(template(&maker, course, 1, "2026-03-01T00:00:00Z")).await.unwrap();
    let twice = insert(template(&maker, course, 1, "2026-03-02T00:00:00Z")).await.unwrap_err();
    assert_eq!(twice.conflict(), Some(UniqueKey::CertificateTemplateVersion));
    let strange = insert(template(&maker, CourseId(maker.id()), 1, "2026-03-01T00:00:00Z")).await;
    assert!(matches!(strange, Err(RepositoryError::MissingReference)));
}

async fn one_key_of_the_issuer_signs_and_none_is_lost(db: &TestDatabase) {
    let key = |name: &str, is_active, made| IssuerKey {
        name: name.to_owned(),
        pkcs8: vec![0, 1, 255],
        is_active,
        created_at: at(made),
    };
    let first = key("b", true, "2026-03-01T00:00:00Z");
    let second = key("a", true, "2026-04-01T00:00:00Z");
    keep(db, async |unit| unit.issuer_keys().insert(&first).await).await.unwrap();
    let both = keep(db, async |unit| unit.issuer_keys().insert(&second).await).await.unwrap_err();
    assert_eq!(both.conflict(), Some(UniqueKey::ActiveIssuerKey));
    keep(db, async |unit| {
        assert_eq!(unit.issuer_keys().retire_all().await?, 1);
        unit.issuer_keys().insert(&second).await
    })
    .await
    .unwrap();
    let kept = db.database().session().await.unwrap().issuer_keys().all().await.unwrap();
    assert_eq!(kept, [IssuerKey { is_active: false, ..first }, second]);
}
