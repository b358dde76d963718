//! The sample shows everything once, and goes into an empty database only.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use madang::sample::{SampleFacts, load_sample};
use madang_domain::{
    accounts::{AuthType, User, UserFilter},
    attendance::{AttendanceFilter, AttendanceStatus},
    audit::AuditFilter,
    clock::FixedClock,
    ids::SequentialIds,
    learning::{
        classes::ClassFilter,
        enrolments::{EnrolmentFilter, EnrolmentStatus},
    },
    page::{Listing, PageSize, Sort, Window},
    yard::Yard,
};
use madang_testing::TestDatabase;

/// A Tuesday.
const TODAY: &str = "2026-09-01";

macro_rules! everything {
    ($yard:expr, $repository:ident, $filter:expr) => {{
        let window = Window::After { cursor: None, size: PageSize::BATCH };
        let listing = Listing { filter: $filter, sort: Sort(Vec::new()), window };
        let mut session = $yard.store.session().await.unwrap();
        session.$repository().list(&listing).await.unwrap().items
    }};
}

fn yard(database: &TestDatabase) -> Yard {
    let clock = FixedClock::at(format!("{TODAY}T01:00:00Z").parse().unwrap());
    Yard { store: database.store(), clock: Arc::new(clock), ids: Arc::new(SequentialIds::default()) }
}

async fn load(yard: &Yard) -> Option<SampleFacts> {
    load_sample(yard, TODAY.parse().unwrap()).await.unwrap()
}

async fn shows_everything_once(database: TestDatabase) {
    let yard = yard(&database);
    let facts = load(&yard).await.unwrap();
    assert_eq!((facts.users, facts.courses, facts.classes, facts.lectures), (40, 6, 10, 80));
    let users: Vec<User> = everything!(yard, users, UserFilter::default());
    assert!(users.iter().all(|user| user.password.is_none()));
    assert_eq!(users.iter().filter(|user| user.auth_type == AuthType::Temp).count(), 1);

    let marks = everything!(yard, attendances, AttendanceFilter::default());
    let mut statuses = BTreeMap::<AttendanceStatus, usize>::new();
    for mark in &marks {
        *statuses.entry(mark.attendance.mark.status).or_default() += 1;
    }
    assert_eq!(statuses.len(), AttendanceStatus::ALL.len(), "{statuses:?}");
    assert_eq!(facts.attendances, marks.len());

    let enrolments = everything!(yard, enrolments, EnrolmentFilter::default());
    assert_eq!(facts.enrolments, enrolments.len());
    let of = |status| enrolments.iter().filter(move |one| one.enrolment.status == status);
    assert_eq!((of(EnrolmentStatus::Left).count(), of(EnrolmentStatus::Transferred).count()), (1, 1));
    let moved = &of(EnrolmentStatus::Transferred).next().unwrap().enrolment;
    let on = moved.period.left_on();
    let arrived = enrolments.iter().filter(|one| {
        one.enrolment.user_id == moved.user_id && Some(one.enrolment.period.enrolled_on()) == on
    });
    assert_eq!(arrived.count(), 1);

    let today: NaiveDate = TODAY.parse().unwrap();
    let classes = everything!(yard, classes, ClassFilter::default());
    let over = classes.iter().filter(|class| class.dates.end() < today).count();
    let to_come = classes.iter().filter(|class| today < class.dates.begin()).count();
    assert_eq!((over, to_come), (3, 1));
    let learners: HashSet<_> = enrolments.iter().map(|one| one.enrolment.user_id).collect();
    assert!(learners.len() > 30);
    // Some meet the rule and some do not.
    assert!((5..27).contains(&facts.certifications), "{}", facts.certifications);

    let entries = everything!(yard, audit, AuditFilter::default()).len();
    assert!(load(&yard).await.is_none());
    assert_eq!(everything!(yard, audit, AuditFilter::default()).len(), entries);
}

#[tokio::test]
async fn the_sample_shows_everything_once_on_sqlite() {
    shows_everything_once(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn the_sample_shows_everything_once_on_postgres() {
    shows_everything_once(TestDatabase::postgres().await).await;
}

#[tokio::test]
async fn every_day_of_the_week_gives_a_sample() {
    for day in 0..7 {
        let database = TestDatabase::sqlite().await;
        let yard = yard(&database);
        let today = TODAY.parse::<NaiveDate>().unwrap() + chrono::Days::new(day);
        let facts = load_sample(&yard, today).await.unwrap().unwrap();
        assert_eq!((facts.users, facts.lectures), (40, 80));
    }
}
