//! Enrolments, and the rule that the periods of one user in one class never overlap.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use madang_domain::{
    access::ClassRole,
    accounts::User,
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, EnrolmentId, UserId},
    learning::{
        classes::Class,
        enrolments::{
            CarriedStretch, Enrolment, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort, EnrolmentStatus,
            EnrolmentView,
        },
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
    places_of_learners_are_counted_by_the_days_on_which_they_end,
    a_user_waits_once_for_a_place_in_a_class,
    those_who_wait_are_served_in_order_if_they_can_be,
    the_way_through_a_course_is_followed_back_over_every_move,
    lists_are_narrowed_by_each_filter,
    all_enrolments_of_a_user_change_hands,
    enrolments_that_would_overlap_do_not_change_hands,
    many_are_found_at_once,
);

async fn an_enrolment_is_read_as_it_was_written_with_its_user_and_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let enrolment = &Enrolment {
        transferred_from: Some(EnrolmentId(maker.id())),
        id: EnrolmentId(maker.id()),
        ..maker.enrolment(&hall.class, &hall.learners[0], "2026-07-01", Some("2026-08-01"))
    };
    keep(db, async |unit| unit.enrolments().insert_many(std::slice::from_ref(enrolment)).await)
        .await
        .unwrap();
    let mut unit = db.database().begin().await.unwrap();
    let view = EnrolmentView {
        enrolment: enrolment.clone(),
        user: hall.learners[0].summary(),
        class_title: "1기".to_owned(),
        waiting_place: None,
    };
    assert_eq!(unit.enrolments().find(enrolment.id).await.unwrap(), Some(view));
    assert_eq!(unit.enrolments().find(EnrolmentId(maker.id())).await.unwrap(), None);
    assert_eq!(unit.enrolments().find_for_update(enrolment.id).await.unwrap(), Some(enrolment.clone()));

    let changed = Enrolment {
        period: EnrolmentPeriod::new(day("2026-07-02"), Some(day("2026-08-02"))).unwrap(),
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

async fn places_of_learners_are_counted_by_the_days_on_which_they_end(db: &TestDatabase) {
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
    let mut ends = async |on| session.enrolments().taken(hall.class.id, day(on)).await.unwrap().ends;
    let sorted = |mut ends: Vec<(Option<NaiveDate>, u64)>| {
        ends.sort_unstable();
        ends
    };
    // Who leaves and comes back has one place, until the end of the last period.
    assert_eq!(sorted(ends("2026-09-01").await), [(None, 2), (Some(day("2026-12-01")), 1)]);
    assert_eq!(sorted(ends("2026-10-01").await), [(None, 2), (Some(day("2026-12-01")), 1)]);
    assert_eq!(sorted(ends("2026-12-01").await), [(None, 2)]);
}

/// A place in the queue of the class.
fn waiting(maker: &Maker, hall: &Hall, user: &User, from: &str) -> Enrolment {
    let enrolment = maker.enrolment(&hall.class, user, from, Some(from));
    Enrolment { status: EnrolmentStatus::Waiting, ..enrolment }
}

async fn a_user_waits_once_for_a_place_in_a_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let user = maker.user("기다리는 이");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&user)).await).await.unwrap();
    let once = waiting(&maker, &hall, &user, "2026-09-01");
    keep(db, async |unit| unit.enrolments().insert_many(std::slice::from_ref(&once)).await).await.unwrap();
    let twice = waiting(&maker, &hall, &user, "2026-10-01");
    let outcome = keep(db, async |unit| unit.enrolments().insert_many(&[twice]).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::WaitingPlace));
    // What waits holds on no day, and is a learner's.
    let never = maker.enrolment(&hall.class, &user, "2026-09-01", Some("2026-09-02"));
    for wrong in [
        Enrolment { status: EnrolmentStatus::Waiting, ..never },
        Enrolment { role: ClassRole::Lecturer, ..waiting(&maker, &hall, &hall.learners[0], "2026-09-01") },
    ] {
        let outcome = keep(db, async |unit| unit.enrolments().insert_many(&[wrong]).await).await;
        assert!(matches!(outcome, Err(RepositoryError::Backend(_))), "{outcome:?}");
    }
}

async fn those_who_wait_are_served_in_order_if_they_can_be(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let mut users = maker.users(5);
    users[1].is_active = false;
    let mut queue: Vec<Enrolment> =
        users.iter().map(|user| waiting(&maker, &hall, user, "2026-09-01")).collect();
    // The last one came first.
    queue[4].stamps.created_at -= TimeDelta::hours(1);
    let assists = maker.enrolment(&hall.class, &users[2], "2026-10-01", None);
    keep(db, async |unit| {
        unit.users().insert_many(&users).await?;
        unit.enrolments().insert_many(&queue).await?;
        unit.enrolments().insert_many(&[assists]).await
    })
    .await
    .unwrap();

    let mut unit = db.database().begin().await.unwrap();
    let taken = unit.enrolments().taken(hall.class.id, day("2026-09-01")).await.unwrap();
    assert_eq!((taken.waiting, taken.ends), (5, vec![(None, 2)]));
    let mut first = async |count| -> Vec<EnrolmentId> {
        let found = unit.enrolments().first_waiting(hall.class.id, day("2026-09-01"), count).await.unwrap();
        found.into_iter().map(|one| one.id).collect()
    };
    // One is deactivated, one has a place.
    assert_eq!(first(5).await, [queue[4].id, queue[0].id, queue[3].id]);
    assert_eq!(first(1).await, [queue[4].id]);
    let served: Vec<Enrolment> = [&queue[4], &queue[0]]
        .map(|one| Enrolment {
            period: EnrolmentPeriod::since(day("2026-09-02")),
            status: EnrolmentStatus::Active,
            stamps: touched(one.stamps),
            ..one.clone()
        })
        .to_vec();
    unit.enrolments().update_many(&served).await.unwrap();
    let filter = EnrolmentFilter {
        class_id: Some(hall.class.id),
        status: Some(EnrolmentStatus::Waiting),
        ..EnrolmentFilter::default()
    };
    let listing = page(filter, Sort::ascending(EnrolmentSort::CreatedAt));
    let left = unit.enrolments().list(&listing).await.unwrap().items;
    let left: Vec<_> = left.into_iter().map(|view| (view.enrolment.id, view.waiting_place)).collect();
    assert_eq!(left, [(queue[1].id, Some(1)), (queue[2].id, Some(2)), (queue[3].id, Some(3))]);
    let last = unit.enrolments().find(queue[3].id).await.unwrap().unwrap();
    assert_eq!(last.waiting_place, Some(3));
    assert_eq!(unit.enrolments().find(served[0].id).await.unwrap().unwrap().waiting_place, None);
}

async fn the_way_through_a_course_is_followed_back_over_every_move(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let others = [maker.class(&hall.course, "2기"), maker.class(&hall.course, "3기")];
    let (mover, stayer) = (maker.user("옮긴 이"), maker.user("있던 이"));
    let place = |class: &Class, from: &str, until: Option<&str>, before: Option<&Enrolment>| Enrolment {
        transferred_from: before.map(|one| one.id),
        status: if until.is_some() { EnrolmentStatus::Transferred } else { EnrolmentStatus::Active },
        ..maker.enrolment(class, &mover, from, until)
    };
    let first = place(&hall.class, "2026-09-01", Some("2026-09-10"), None);
    let second = place(&others[0], "2026-09-10", Some("2026-10-01"), Some(&first));
    let third = place(&hall.class, "2026-10-01", Some("2026-11-01"), Some(&second));
    let fourth = place(&others[1], "2026-11-01", None, Some(&third));
    keep(db, async |unit| {
        unit.classes().insert_many(&others).await?;
        unit.users().insert_many(&[mover.clone(), stayer.clone()]).await?;
        // What came later may be written first.
        unit.enrolments().insert_many(&[fourth.clone(), third.clone()]).await?;
        unit.enrolments().insert_many(&[first.clone(), second.clone()]).await?;
        let stays = maker.enrolment(&others[1], &stayer, "2026-09-01", None);
        unit.enrolments().insert_many(&[stays]).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let stretch = |into: &Class, from: &Enrolment, title: &str| CarriedStretch {
        user_id: mover.id,
        into: into.id,
        enrolment_id: from.id,
        class_id: from.class_id,
        class_title: title.to_owned(),
        period: from.period,
    };
    let into_last = [(&first, "1기"), (&second, "2기"), (&third, "1기")]
        .map(|(one, title)| stretch(&others[1], one, title));
    let (last, all) = ([others[1].id], [hall.class.id, others[0].id, others[1].id]);
    assert_eq!(session.records().ways(&last, None).await.unwrap().0, into_last);
    assert_eq!(session.records().ways(&last, Some(mover.id)).await.unwrap().0, into_last);
    assert_eq!(session.records().ways(&last, Some(stayer.id)).await.unwrap().0, []);
    // The stretch before the move away counts in the class itself.
    let mut into_all = vec![stretch(&hall.class, &second, "2기"), stretch(&others[0], &first, "1기")];
    into_all.extend(into_last);
    assert_eq!(session.records().ways(&all, None).await.unwrap().0, into_all);
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
    let given = unit.enrolments().hand_over(temp, real.id, None).await.unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].id, given[0].user_id, given[0].period), (enrolment.id, real.id, enrolment.period));
    assert_eq!(given[0].stamps.version, 2);
    assert_eq!(unit.enrolments().of_user_for_update(temp).await.unwrap(), []);
    assert_eq!(unit.enrolments().of_user_for_update(real.id).await.unwrap(), given);
    assert_eq!(unit.enrolments().hand_over(temp, real.id, None).await.unwrap(), []);
}

async fn enrolments_that_would_overlap_do_not_change_hands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let mut unit = db.database().begin().await.unwrap();
    let outcome = unit.enrolments().hand_over(hall.learners[0].id, hall.learners[1].id, None).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::EnrolmentPeriod));
}

async fn many_are_found_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 3).await;
    let mut session = db.database().session().await.unwrap();
    let wanted = [hall.learners[2].id, UserId(maker.id()), hall.learners[0].id];
    let found = session.enrolments().of_users(hall.class.id, &wanted).await.unwrap();
    let known = session.enrolments().of_known_users(hall.class.id, &wanted).await.unwrap();
    let places: Vec<_> = known.iter().filter_map(|(_, place)| place.clone()).collect();
    assert_eq!(places, found);
    assert!(known.iter().all(|(user, _)| wanted.contains(user)));
    let (outsider, unknown) = (hall.learners[0].id, UserId(maker.id()));
    let elsewhere = ClassId(maker.id());
    let known = session.enrolments().of_known_users(elsewhere, &[outsider, unknown]).await.unwrap();
    assert_eq!(known, [(outsider, None)]);
    assert_eq!(found, [hall.enrolments[0].clone(), hall.enrolments[2].clone()]);
}
