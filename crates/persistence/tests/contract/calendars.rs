//! Calendar feeds.

use madang_domain::{
    accounts::User,
    error::RepositoryError,
    ids::CalendarId,
    learning::{
        calendars::{CalendarFeed, CalendarSort},
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
    },
    opaque::TokenHash,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep, page, sorts};

crate::on_both!(
    a_feed_is_found_by_its_hash_while_its_user_is_active,
    the_places_of_a_user_and_their_lectures_are_found,
);

fn feed(maker: &Maker, user: &User, hash: &str) -> CalendarFeed {
    CalendarFeed {
        id: CalendarId(maker.id()),
        user_id: user.id,
        class_id: None,
        hash: TokenHash(hash.to_owned()),
        created_at: maker.stamps().created_at,
    }
}

async fn a_feed_is_found_by_its_hash_while_its_user_is_active(db: &TestDatabase) {
    let maker = Maker::default();
    let user = maker.user("김하늘");
    let feeds = [feed(&maker, &user, "a"), feed(&maker, &user, "b")];
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&user)).await?;
        unit.calendars().insert(&feeds[0]).await?;
        unit.calendars().insert(&feeds[1]).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(
        session.calendars().find_by_hash(&TokenHash("b".to_owned())).await.unwrap(),
        Some(feeds[1].clone())
    );
    assert_eq!(session.calendars().find_by_hash(&TokenHash("c".to_owned())).await.unwrap(), None);
    assert_eq!(session.calendars().find(feeds[0].id).await.unwrap(), Some(feeds[0].clone()));
    assert_eq!(session.calendars().count(user.id).await.unwrap(), 2);
    for sort in sorts(&[CalendarSort::CreatedAt]) {
        assert_eq!(session.calendars().list(&page(user.id, sort)).await.unwrap().total, Some(2));
    }
    drop(session);
    keep(db, async |unit| unit.calendars().delete(feeds[0].id).await).await.unwrap();
    let gone = keep(db, async |unit| unit.calendars().delete(feeds[0].id).await).await;
    assert!(matches!(gone, Err(RepositoryError::Stale)));
    let deactivated = User { is_active: false, version: 2, ..user };
    keep(db, async |unit| unit.users().update(&deactivated).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.calendars().find_by_hash(&TokenHash("b".to_owned())).await.unwrap(), None);
}

async fn the_places_of_a_user_and_their_lectures_are_found(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 3, 1).await;
    let other = Hall::kept(db, &maker, 1, 1).await;
    let waiting = Enrolment {
        period: EnrolmentPeriod::empty(day("2026-09-01")),
        status: EnrolmentStatus::Waiting,
        ..maker.enrolment(&other.class, &hall.learners[0], "2026-09-01", None)
    };
    keep(db, async |unit| unit.enrolments().insert_many(&[waiting]).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let places = session.calendars().places(hall.learners[0].id, None).await.unwrap();
    assert_eq!(places.len(), 1);
    assert_eq!((places[0].class_id, places[0].class_title.as_str()), (hall.class.id, "1기"));
    assert_eq!(places[0].period, hall.enrolments[0].period);
    let elsewhere = session.calendars().places(hall.learners[0].id, Some(other.class.id)).await.unwrap();
    assert_eq!(elsewhere, []);
    let from = at("2026-09-08T00:00:00Z");
    let lectures = session.calendars().lectures(&[hall.class.id], from).await.unwrap();
    assert_eq!(lectures, hall.lectures[1..]);
}
