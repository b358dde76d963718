//! Enrolments, and the rule that the periods of one user in one class never overlap.

use std::sync::Arc;

use madang_domain::{
    access::ClassRole,
    error::{RepositoryError, UniqueKey},
    ids::{EnrolmentId, UserId},
    learning::enrolments::{
        Enrolment, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort, EnrolmentStatus, EnrolmentView,
    },
    page::Sort,
    store::{Store, finish},
};
use madang_testing::TestDatabase;
use tokio::sync::Barrier;

use crate::fixtures::{Hall, Maker, day, keep, page, touched};

crate::on_both!(
    an_enrolment_is_read_as_it_was_written_with_its_user_and_class,
    an_enrolment_needs_its_user_and_class,
    the_status_tells_whether_it_has_ended,
    periods_of_one_user_in_one_class_never_overlap,
    of_overlapping_enrolments_made_at_once_one_is_kept,
    learners_with_a_place_are_counted_once,
    lists_are_narrowed_by_each_filter,
    all_enrolments_of_a_user_change_hands,
    enrolments_that_would_overlap_do_not_change_hands,
    many_are_found_at_once,
);

async fn an_enrolment_is_read_as_it_was_written_with_its_user_and_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let enrolment = &hall.enrolments[0];
    let mut unit = db.database().begin().await.unwrap();
    let view = EnrolmentView {
        enrolment: enrolment.clone(),
        user: hall.learners[0].summary(),
        class_title: "1기".to_owned(),
    };
    assert_eq!(unit.enrolments().find(enrolment.id).await.unwrap(), Some(view));
    assert_eq!(unit.enrolments().find(EnrolmentId(maker.id())).await.unwrap(), None);
    assert_eq!(unit.enrolments().find_for_update(enrolment.id).await.unwrap(), Some(enrolment.clone()));

    let changed = Enrolment {
        period: EnrolmentPeriod::new(day("2026-09-02"), Some(day("2026-10-01"))).unwrap(),
        status: EnrolmentStatus::Transferred,
        role: ClassRole::Lecturer,
        stamps: touched(enrolment.stamps),
        ..enrolment.clone()
    };
    unit.enrolments().update(&changed).await.unwrap();
    assert_eq!(unit.enrolments().find_for_update(enrolment.id).await.unwrap(), Some(changed));
    let outcome = unit.enrolments().update(enrolment).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}

async fn an_enrolment_needs_its_user_and_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let nobody = Enrolment { user_id: UserId(maker.id()), ..hall.enrolments[0].clone() };
    let nobody = Enrolment { id: EnrolmentId(maker.id()), ..nobody };
    let outcome = keep(db, async |unit| unit.enrolments().insert_many(&[nobody]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
}

async fn the_status_tells_whether_it_has_ended(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let ended = maker.enrolment(&hall.class, &hall.learners[0], "2026-01-01", Some("2026-02-01"));
    let wrong = Enrolment { status: EnrolmentStatus::Active, ..ended };
    let outcome = keep(db, async |unit| unit.enrolments().insert_many(&[wrong]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Backend(_))), "{outcome:?}");
}

async fn periods_of_one_user_in_one_class_never_overlap(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let user = maker.user("김하늘");
    let kept = maker.enrolment(&hall.class, &user, "2026-03-01", Some("2026-06-01"));
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&user)).await?;
        unit.enrolments().insert_many(std::slice::from_ref(&kept)).await
    })
    .await
    .unwrap();

    let cases = [
        ("2026-01-01", None, true),
        ("2026-01-01", Some("2026-03-01"), false),
        ("2026-01-01", Some("2026-03-02"), true),
        ("2026-03-01", Some("2026-03-01"), false),
        ("2026-04-01", Some("2026-04-01"), false),
        ("2026-04-01", Some("2026-04-02"), true),
        ("2026-05-31", None, true),
        ("2026-06-01", None, false),
    ];
    for (from, until, overlaps) in cases {
        let new = maker.enrolment(&hall.class, &user, from, until);
        assert_eq!(new.period.overlaps(kept.period), overlaps, "{from} {until:?}");
        let mut unit = db.database().begin().await.unwrap();
        let outcome = unit.enrolments().insert_many(&[new]).await;
        assert_eq!(
            outcome.err().and_then(|error| error.conflict()),
            overlaps.then_some(UniqueKey::EnrolmentPeriod),
            "{from} {until:?}"
        );
        unit.rollback().await.unwrap();

        // Moved there, an enrolment meets the same rule; it never overlaps itself.
        let empty = maker.enrolment(&hall.class, &user, "2026-04-01", Some("2026-04-01"));
        let moved = Enrolment {
            stamps: touched(empty.stamps),
            id: empty.id,
            ..maker.enrolment(&hall.class, &user, from, until)
        };
        let mut unit = db.database().begin().await.unwrap();
        unit.enrolments().insert_many(&[empty]).await.unwrap();
        let outcome = unit.enrolments().update(&moved).await;
        assert_eq!(
            outcome.err().and_then(|error| error.conflict()),
            overlaps.then_some(UniqueKey::EnrolmentPeriod),
            "{from} {until:?}"
        );
        unit.rollback().await.unwrap();
    }

    let grown = Enrolment {
        period: EnrolmentPeriod::new(day("2026-02-01"), Some(day("2026-05-01"))).unwrap(),
        stamps: touched(kept.stamps),
        ..kept
    };
    keep(db, async |unit| unit.enrolments().update(&grown).await).await.unwrap();

    let batch = [
        maker.enrolment(&hall.class, &user, "2026-07-01", Some("2026-08-01")),
        maker.enrolment(&hall.class, &user, "2026-07-31", None),
    ];
    let outcome = keep(db, async |unit| unit.enrolments().insert_many(&batch).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::EnrolmentPeriod));
}

async fn of_overlapping_enrolments_made_at_once_one_is_kept(db: &TestDatabase) {
    const AT_ONCE: usize = 8;
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let user = maker.user("김하늘");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();

    let barrier = Arc::new(Barrier::new(AT_ONCE));
    let attempts: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (store, barrier) = (db.store(), Arc::clone(&barrier));
            let enrolment = maker.enrolment(&hall.class, &user, "2026-09-01", None);
            tokio::spawn(async move {
                barrier.wait().await;
                let mut unit = store.begin().await?;
                let outcome = unit.enrolments().insert_many(&[enrolment]).await;
                finish(unit, outcome).await
            })
        })
        .collect();
    let mut kept = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(()) => kept += 1,
            Err(error) => assert_eq!(error.conflict(), Some(UniqueKey::EnrolmentPeriod), "{error:?}"),
        }
    }
    assert_eq!(kept, 1);
}

async fn learners_with_a_place_are_counted_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let (left, staff) = (maker.user("떠난 이"), maker.user("강사"));
    let enrolments = [
        maker.enrolment(&hall.class, &left, "2026-09-01", Some("2026-10-01")),
        maker.enrolment(&hall.class, &left, "2026-11-01", Some("2026-12-01")),
        Enrolment { role: ClassRole::Lecturer, ..maker.enrolment(&hall.class, &staff, "2026-09-01", None) },
    ];
    keep(db, async |unit| {
        unit.users().insert_many(&[left, staff]).await?;
        unit.enrolments().insert_many(&enrolments).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let mut learners = async |on| session.enrolments().learners_from(hall.class.id, day(on)).await.unwrap();
    assert_eq!(learners("2026-09-01").await, 3);
    assert_eq!(learners("2026-10-01").await, 3);
    assert_eq!(learners("2026-12-01").await, 2);
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let elsewhere = maker.class(&hall.course, "2기");
    let users = ["가온", "나하늘", "다솜"].map(|name| maker.user(name));
    let enrolments = [
        maker.enrolment(&hall.class, &users[0], "2026-09-01", None),
        maker.enrolment(&hall.class, &users[1], "2026-09-01", Some("2026-10-01")),
        Enrolment {
            role: ClassRole::Lecturer,
            ..maker.enrolment(&hall.class, &users[2], "2026-09-15", None)
        },
        maker.enrolment(&elsewhere, &users[1], "2026-10-01", None),
    ];
    keep(db, async |unit| {
        unit.classes().insert_many(std::slice::from_ref(&elsewhere)).await?;
        unit.users().insert_many(&users).await?;
        unit.enrolments().insert_many(&enrolments).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut found = async |filter: EnrolmentFilter| -> Vec<String> {
        let listed =
            session.enrolments().list(&page(filter, Sort::ascending(EnrolmentSort::Name))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items.into_iter().map(|view| format!("{} {}", view.user.name, view.class_title)).collect()
    };
    let all = EnrolmentFilter::default;
    assert_eq!(found(all()).await, ["가온 1기", "나하늘 1기", "나하늘 2기", "다솜 1기"]);
    assert_eq!(found(EnrolmentFilter { class_id: Some(elsewhere.id), ..all() }).await, ["나하늘 2기"]);
    let user_id = Some(users[1].id);
    assert_eq!(found(EnrolmentFilter { user_id, ..all() }).await, ["나하늘 1기", "나하늘 2기"]);
    assert_eq!(found(EnrolmentFilter { role: Some(ClassRole::Lecturer), ..all() }).await, ["다솜 1기"]);
    assert_eq!(found(EnrolmentFilter { status: Some(EnrolmentStatus::Left), ..all() }).await, ["나하늘 1기"]);
    let on = |text| EnrolmentFilter { on: Some(day(text)), ..EnrolmentFilter::default() };
    assert_eq!(found(on("2026-09-14")).await, ["가온 1기", "나하늘 1기"]);
    assert_eq!(found(on("2026-10-01")).await, ["가온 1기", "나하늘 2기", "다솜 1기"]);
    let search = madang_domain::search::SearchQuery::parse("하늘").unwrap();
    assert_eq!(found(EnrolmentFilter { search, ..all() }).await, ["나하늘 1기", "나하늘 2기"]);
}

async fn all_enrolments_of_a_user_change_hands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let real = maker.user("본인");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&real)).await).await.unwrap();
    let (temp, enrolment) = (hall.learners[0].id, &hall.enrolments[0]);

    let mut unit = db.database().begin().await.unwrap();
    let given = unit.enrolments().hand_over(temp, real.id).await.unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].id, given[0].user_id, given[0].period), (enrolment.id, real.id, enrolment.period));
    assert_eq!(given[0].stamps.version, 2);
    assert_eq!(unit.enrolments().of_user_for_update(temp).await.unwrap(), []);
    assert_eq!(unit.enrolments().of_user_for_update(real.id).await.unwrap(), given);
    assert_eq!(unit.enrolments().hand_over(temp, real.id).await.unwrap(), []);
}

async fn enrolments_that_would_overlap_do_not_change_hands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let mut unit = db.database().begin().await.unwrap();
    let outcome = unit.enrolments().hand_over(hall.learners[0].id, hall.learners[1].id).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::EnrolmentPeriod));
}

async fn many_are_found_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 3).await;
    let mut session = db.database().session().await.unwrap();
    let wanted = [hall.learners[2].id, UserId(maker.id()), hall.learners[0].id];
    let found = session.enrolments().of_users(hall.class.id, &wanted).await.unwrap();
    assert_eq!(found, [hall.enrolments[0].clone(), hall.enrolments[2].clone()]);
}
