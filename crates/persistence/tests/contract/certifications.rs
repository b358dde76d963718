//! Certifications.

use chrono::{DateTime, Months, TimeDelta, Utc};
use madang_domain::{
    certification::{
        CertificateNumber, Certification, CertificationFilter, CertificationSort, CertificationState,
        ClassRecord, HolderDetails, RevocationCode, Snapshot, Standing, VerificationCode,
        rules::{ClassesNeeded, CompletionRule, RuleDocument, RuleReason},
    },
    error::{RepositoryError, RepositoryResult, UniqueKey},
    ids::{CertificationId, ClassId, CompletionRuleId, CourseId, UserId},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep, page, touched};

crate::on_both!(
    a_certification_is_read_as_it_was_written,
    a_user_has_one_certification_for_a_course_that_holds,
    a_number_and_a_code_are_given_once,
    a_certification_needs_neither_user_nor_course,
    what_a_certification_says_is_never_changed,
    a_standing_goes_on_and_never_back,
    a_code_is_found_with_what_took_its_place,
    numbers_are_taken_in_turn_and_given_back,
    units_that_take_numbers_at_once_wait_for_each_other,
    what_is_due_expires_once_and_is_told_once,
    revoked_numbers_are_told_within_their_range,
    candidates_come_with_the_rule_that_holds,
    a_rule_never_changes_and_has_each_version_once,
    lists_are_narrowed_by_each_filter,
    all_certifications_of_a_user_change_hands,
    many_are_found_at_once,
);

async fn insert(db: &TestDatabase, certifications: &[Certification]) -> RepositoryResult<()> {
    keep(db, async |unit| unit.certifications().insert_many(certifications).await).await
}

async fn a_certification_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let plain = maker.certification(&hall.course, &hall.learners[0]);
    let certification = Certification {
        class_ids: vec![hall.class.id, ClassId(maker.id())],
        snapshot: Snapshot {
            user_name: "김\"하늘\"".to_owned(),
            user_name_roman: Some("Kim Haneul".to_owned()),
            birth_date: Some(day("1990-05-15")),
            classes: vec![ClassRecord {
                class_id: hall.class.id,
                title: "1기".to_owned(),
                begin_date: day("2026-09-01"),
                end_date: day("2026-12-31"),
                numerator: 16,
                denominator: 20,
                percent: Some("80.0".to_owned()),
                lectures: 20,
                planned_minutes: 1_200,
                attended_minutes: 960,
                unit: None,
                policy: None,
            }],
            completion: Some(CompletionRule::stamp(None)),
            expires_at: Some(at("2027-09-01T15:00:00.123456Z")),
            override_reason: Some("사유\n둘째 줄".to_owned()),
            ..plain.snapshot.clone()
        },
        supersedes: Some(CertificationId(maker.id())),
        ..plain
    };
    insert(db, std::slice::from_ref(&certification)).await.unwrap();
    let revoked = Certification {
        standing: Standing::Revoked {
            at: at("2026-10-01T00:00:00.654321Z"),
            code: RevocationCode::HolderRequest,
            reason: "본인 요청".to_owned(),
        },
        ..maker.certification(&hall.course, &hall.learners[0])
    };
    insert(db, std::slice::from_ref(&revoked)).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    for one in [certification, revoked] {
        assert_eq!(session.certifications().find(one.id).await.unwrap(), Some(one));
    }
    assert_eq!(session.certifications().find(CertificationId(maker.id())).await.unwrap(), None);
}

async fn a_user_has_one_certification_for_a_course_that_holds(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let certification = || maker.certification(&hall.course, &hall.learners[0]);
    let first = certification();
    insert(db, std::slice::from_ref(&first)).await.unwrap();
    let outcome = insert(db, &[certification()]).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::Certification));

    let ended = Certification {
        standing: Standing::Expired { at: at("2026-10-01T00:00:00Z") },
        stamps: touched(first.stamps),
        ..first
    };
    keep(db, async |unit| unit.certifications().update_standing(&ended).await).await.unwrap();
    insert(db, &[certification()]).await.unwrap();
}

async fn a_number_and_a_code_are_given_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let first = maker.certification(&hall.course, &hall.learners[0]);
    insert(db, std::slice::from_ref(&first)).await.unwrap();
    let other = maker.certification(&hall.course, &hall.learners[1]);
    let (number, code) = (first.snapshot.number, first.snapshot.code);
    for snapshot in
        [Snapshot { number, ..other.snapshot.clone() }, Snapshot { code, ..other.snapshot.clone() }]
    {
        let outcome = insert(db, &[Certification { snapshot, ..other.clone() }]).await;
        assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::CertificateNumber));
    }
    let mut session = db.database().session().await.unwrap();
    let asked = [number, other.snapshot.number];
    assert_eq!(session.certifications().taken_of(&asked).await.unwrap(), [number]);
}

async fn a_certification_needs_neither_user_nor_course(db: &TestDatabase) {
    let maker = Maker::default();
    let (course, user) = (maker.course("없음"), maker.user("없음"));
    let certification = maker.certification(&course, &user);
    insert(db, std::slice::from_ref(&certification)).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let found = session.certifications().find_by_code(certification.snapshot.code).await.unwrap();
    assert_eq!(found, Some((certification, None)));
}

async fn what_a_certification_says_is_never_changed(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let certification = maker.certification(&hall.course, &hall.learners[0]);
    insert(db, std::slice::from_ref(&certification)).await.unwrap();
    for change in [
        "UPDATE certifications SET snapshot = '{}'",
        "UPDATE certifications SET number = number + 1",
        "UPDATE certifications SET code = '00000000000000000'",
        "UPDATE certifications SET class_ids = '[1]'",
        "UPDATE certifications SET issued_at = updated_at",
        "UPDATE certifications SET expires_at = updated_at",
        "UPDATE certifications SET supersedes = id",
        "UPDATE certifications SET course_id = id",
        "UPDATE certifications SET created_by = NULL",
        "DELETE FROM certifications",
    ] {
        assert!(db.run(change).await.is_err(), "{change}");
    }
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.certifications().find(certification.id).await.unwrap(), Some(certification));
}

async fn a_standing_goes_on_and_never_back(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let issued = maker.certification(&hall.course, &hall.learners[0]);
    insert(db, std::slice::from_ref(&issued)).await.unwrap();
    let now = at("2026-10-01T00:00:00Z");
    let after = |one: &Certification, standing| Certification {
        standing,
        stamps: touched(one.stamps),
        ..one.clone()
    };
    let kept = async |one: &Certification| {
        keep(db, async |unit| unit.certifications().update_standing(one).await).await
    };
    let expired = after(&issued, Standing::Expired { at: now });
    kept(&expired).await.unwrap();
    assert!(matches!(kept(&expired).await, Err(RepositoryError::Stale)));
    assert!(kept(&after(&expired, Standing::Issued)).await.is_err());
    let revocation = |reason: &str| Standing::Revoked {
        at: now,
        code: RevocationCode::Misconduct,
        reason: reason.to_owned(),
    };
    let revoked = after(&expired, revocation("대리 출석"));
    kept(&revoked).await.unwrap();
    for back in [Standing::Issued, Standing::Expired { at: now }, revocation("다른 사유")] {
        assert!(kept(&after(&revoked, back)).await.is_err());
    }
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.certifications().find(issued.id).await.unwrap(), Some(revoked));
}

async fn a_code_is_found_with_what_took_its_place(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let old = maker.certification(&hall.course, &hall.learners[0]);
    let new =
        Certification { supersedes: Some(old.id), ..maker.certification(&hall.course, &hall.learners[0]) };
    insert(db, std::slice::from_ref(&old)).await.unwrap();
    let ended = Certification {
        standing: Standing::Superseded { at: at("2026-10-01T00:00:00Z"), by: new.id },
        stamps: touched(old.stamps),
        ..old.clone()
    };
    keep(db, async |unit| {
        unit.certifications().update_standing(&ended).await?;
        unit.certifications().insert_many(std::slice::from_ref(&new)).await
    })
    .await
    .unwrap();
    let before = db.database().statements().statements;
    let mut session = db.database().session().await.unwrap();
    let (found, newer) = session.certifications().find_by_code(old.snapshot.code).await.unwrap().unwrap();
    assert_eq!(db.database().statements().statements - before, 1);
    let newer = newer.unwrap();
    assert_eq!((found, newer.number, newer.code), (ended, new.snapshot.number, new.snapshot.code));
    assert_eq!(newer.issued_at, new.snapshot.issued_at);
    let found = session.certifications().find_by_code(new.snapshot.code).await.unwrap();
    assert_eq!(found, Some((new, None)));
    assert_eq!(session.certifications().find_by_code(VerificationCode::draw()).await.unwrap(), None);
}

async fn numbers_are_taken_in_turn_and_given_back(db: &TestDatabase) {
    let take = async |year, count| {
        keep(db, async |unit| unit.certifications().take_numbers(year, count).await)
            .await
            .unwrap()
            .to_string()
    };
    assert_eq!(take(2026, 1).await, "2026-0001");
    assert_eq!(take(2026, 3).await, "2026-0002");
    assert_eq!(take(2027, 1).await, "2027-0001");
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.certifications().take_numbers(2026, 500).await.unwrap().to_string(), "2026-0005");
    unit.rollback().await.unwrap();
    assert_eq!(take(2026, 1).await, "2026-0005", "a unit that came to nothing leaves no gap");

    let pass = async |text: &str| {
        let number = CertificateNumber::parse(text).unwrap();
        keep(db, async |unit| unit.certifications().pass_number(number).await).await.unwrap();
    };
    pass("2026-0009").await;
    pass("2026-0003").await;
    pass("2020-0002").await;
    assert_eq!((take(2026, 1).await, take(2020, 1).await), ("2026-0010".to_owned(), "2020-0003".to_owned()));
    let outcome = keep(db, async |unit| unit.certifications().take_numbers(2026, 999_999).await).await;
    assert!(outcome.is_err(), "a year has 999,999 numbers");
}

async fn units_that_take_numbers_at_once_wait_for_each_other(db: &TestDatabase) {
    let take = async |keeps: bool| {
        let mut unit = db.database().begin().await.unwrap();
        let number = unit.certifications().take_numbers(2026, 1).await.unwrap();
        tokio::task::yield_now().await;
        if keeps {
            unit.commit().await.unwrap()
        } else {
            unit.rollback().await.unwrap()
        }
        keeps.then_some(number.place())
    };
    let all = futures_util::future::join_all((0..12).map(|one| take(one % 3 > 0))).await;
    let mut kept: Vec<i32> = all.into_iter().flatten().collect();
    kept.sort_unstable();
    assert_eq!(kept, (1..=8).collect::<Vec<_>>());
}

async fn what_is_due_expires_once_and_is_told_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 3).await;
    let now = at("2027-01-01T00:00:00Z");
    let one = |learner: usize, expires_at: &str| {
        let plain = maker.certification(&hall.course, &hall.learners[learner]);
        let expires_at = (!expires_at.is_empty()).then(|| at(expires_at));
        Certification { snapshot: Snapshot { expires_at, ..plain.snapshot.clone() }, ..plain }
    };
    let all = [one(0, "2026-12-31T15:00:00Z"), one(1, "2027-01-20T15:00:00Z"), one(2, "")];
    insert(db, &all).await.unwrap();
    let mut unit = db.database().begin().await.unwrap();
    let soon = now + TimeDelta::days(30);
    let told = unit.certifications().tell_expiring(now, soon, 100).await.unwrap();
    assert_eq!(told, [all[1].clone()], "one that is over already is not about to be");
    assert_eq!(unit.certifications().tell_expiring(now, soon, 100).await.unwrap(), []);
    let expired = unit.certifications().expire(now, 100).await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].id, all[0].id);
    assert_eq!(expired[0].standing, Standing::Expired { at: at("2026-12-31T15:00:00Z") });
    assert_eq!(expired[0].stamps.version, 2);
    assert_eq!(unit.certifications().expire(now, 100).await.unwrap(), []);
    let late = now + Months::new(12);
    assert_eq!(unit.certifications().expire(late, 0).await.unwrap(), []);
    assert_eq!(unit.certifications().expire(late, 1).await.unwrap().len(), 1);
    unit.commit().await.unwrap();
}

async fn revoked_numbers_are_told_within_their_range(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 4).await;
    let mut all: Vec<Certification> =
        hall.learners.iter().map(|learner| maker.certification(&hall.course, learner)).collect();
    for place in [0, 2, 3] {
        let (at, code) = (at("2026-10-01T00:00:00Z"), RevocationCode::Other);
        all[place].standing = Standing::Revoked { at, code, reason: "사유".to_owned() };
    }
    insert(db, &all).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let mut within = async |first: usize, last: usize| {
        let (first, last) = (all[first].snapshot.number, all[last].snapshot.number);
        session.certifications().revoked_within(first, last).await.unwrap()
    };
    assert_eq!(within(0, 2).await, [all[0].snapshot.number, all[2].snapshot.number]);
    assert_eq!(within(1, 1).await, []);
}

fn rule(maker: &Maker, course: CourseId, version: i32, count: u16) -> CompletionRule {
    let document = RuleDocument { classes: ClassesNeeded::Any { count }, ..RuleDocument::default() };
    CompletionRule {
        id: CompletionRuleId(maker.id()),
        course_id: course,
        version,
        digest: document.digest(),
        document,
        reason: Some(RuleReason::parse("운영위원회\n결정").unwrap()),
        created_at: at("2026-09-01T01:00:00.123456Z"),
        created_by: None,
    }
}

async fn candidates_come_with_the_rule_that_holds(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 4).await;
    let now = at("2027-01-01T00:00:00Z");
    let users: Vec<UserId> = hall.learners.iter().map(|one| one.id).collect();
    let mut session = db.database().session().await.unwrap();
    let found = session.certifications().candidacy(hall.course.id, &users, now).await.unwrap().unwrap();
    assert_eq!((found.rule, found.people.len()), (CompletionRule::stamp(None), 4));
    let nobody =
        session.certifications().candidacy(hall.course.id, &[UserId(maker.id())], now).await.unwrap();
    assert_eq!(nobody, None);
    let nowhere = session.certifications().candidacy(CourseId(maker.id()), &users, now).await.unwrap();
    assert_eq!(nowhere, None);

    let (first, second) = (rule(&maker, hall.course.id, 1, 1), rule(&maker, hall.course.id, 2, 2));
    let of = |learner: usize| maker.certification(&hall.course, &hall.learners[learner]);
    let over = of(1);
    let over =
        Certification { snapshot: Snapshot { expires_at: Some(now), ..over.snapshot.clone() }, ..over };
    let revoked = Certification {
        standing: Standing::Revoked { at: now, code: RevocationCode::Other, reason: "사유".to_owned() },
        ..of(2)
    };
    let holds = of(0);
    insert(db, &[holds.clone(), over, revoked]).await.unwrap();
    keep(db, async |unit| {
        unit.completion_rules().insert(&first).await?;
        unit.completion_rules().insert(&second).await
    })
    .await
    .unwrap();
    let holder = format!(
        "INSERT INTO certificate_holders (user_id, name_roman, birth_date, version, created_at, updated_at) \
         VALUES ('{}', 'Hong Gildong', '1990-05-15', 1, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')",
        users[3]
    );
    db.run(&holder).await.unwrap();
    let mut found = session.certifications().candidacy(hall.course.id, &users, now).await.unwrap().unwrap();
    found.people.sort_by_key(|one| one.user_id);
    assert_eq!((found.course_title.as_str(), found.rule), ("수채화", CompletionRule::stamp(Some(&second))));
    let told: Vec<_> = found.people.iter().map(|one| (one.holds, one.was_revoked, one.has_expired)).collect();
    let expected =
        [(Some(holds.id), false, false), (None, false, true), (None, true, false), (None, false, false)];
    assert_eq!(told, expected);
    assert_eq!(found.people[0].name, hall.learners[0].name.as_str());
    let details =
        HolderDetails { name_roman: Some("Hong Gildong".to_owned()), birth_date: Some(day("1990-05-15")) };
    assert_eq!(
        (found.people[3].details.clone(), found.people[0].details.clone()),
        (details, HolderDetails::default())
    );
}

async fn a_rule_never_changes_and_has_each_version_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let course = hall.course.id;
    let rules = [rule(&maker, course, 1, 1), rule(&maker, course, 2, 2)];
    keep(db, async |unit| {
        assert_eq!(unit.completion_rules().current(course).await?, None);
        unit.completion_rules().insert(&rules[0]).await?;
        unit.completion_rules().insert(&rules[1]).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.completion_rules().current(course).await.unwrap().as_ref(), Some(&rules[1]));
    let history = session.completion_rules().of_course(course).await.unwrap();
    assert_eq!(history, [rules[1].clone(), rules[0].clone()]);
    let outcome =
        keep(db, async |unit| unit.completion_rules().insert(&rule(&maker, course, 2, 3)).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::CompletionRuleVersion));
    let strange = rule(&maker, CourseId(maker.id()), 1, 1);
    let outcome = keep(db, async |unit| unit.completion_rules().insert(&strange).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
    assert!(db.run("UPDATE completion_rules SET reason = 'x'").await.is_err());
    assert!(db.run("DELETE FROM completion_rules").await.is_err());
}

fn until(expires_at: DateTime<Utc>, plain: Certification) -> Certification {
    let snapshot = Snapshot { expires_at: Some(expires_at), ..plain.snapshot.clone() };
    Certification { snapshot, ..plain }
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let other = maker.course("스마트폰");
    let over = at("2026-12-31T15:00:00Z");
    let certifications = [
        Certification {
            class_ids: vec![hall.class.id],
            ..maker.certification(&hall.course, &hall.learners[0])
        },
        maker.certification(&hall.course, &hall.learners[1]),
        until(over, maker.certification(&other, &hall.learners[1])),
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
    let second = Some(certifications[1].snapshot.issued_at);
    assert_eq!(found(CertificationFilter { from: second, ..all() }).await, certifications[1..]);
    assert_eq!(found(CertificationFilter { to: second, ..all() }).await, certifications[..1]);
    let class_id = Some(hall.class.id);
    assert_eq!(found(CertificationFilter { class_id, ..all() }).await, certifications[..1]);
    let number = Some(certifications[1].snapshot.number);
    assert_eq!(found(CertificationFilter { number_from: number, ..all() }).await, certifications[1..]);
    assert_eq!(found(CertificationFilter { number_to: number, ..all() }).await, certifications[..2]);
    for (as_of, issued) in [(over - TimeDelta::seconds(1), 3), (over, 2)] {
        let stands = |state| CertificationFilter { state: Some(state), as_of: Some(as_of), ..all() };
        assert_eq!(found(stands(CertificationState::Issued)).await, certifications[..issued]);
        assert_eq!(found(stands(CertificationState::Expired)).await, certifications[issued..]);
        assert_eq!(found(stands(CertificationState::Revoked)).await, []);
    }
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
