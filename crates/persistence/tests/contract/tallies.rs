//! What is counted of marks, against the same count made in Rust over random data.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{Days, TimeDelta};
use madang_domain::{
    access::ClassRole,
    accounts::User,
    attendance::{
        Attendance, AttendanceStatus, LectureTally, Tally, TallyFilter, TallyScope, policies::Policy,
        policy::presets, records,
    },
    ids::{ClassId, CourseId},
    learning::{
        classes::{Class, ClassDates},
        courses::Course,
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
        lectures::{Cancellation, Lecture},
    },
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep};

crate::on_both!(
    tallies_of_lectures_agree_with_a_count_by_hand,
    tallies_of_spans_agree_with_a_count_by_hand,
    what_the_engine_counts_of_learners_agrees_with_a_count_by_hand,
    counts_alone_tell_what_the_engine_says_of_countable_policies,
    a_lecture_late_at_night_belongs_to_the_day_in_seoul,
    who_waits_for_a_class_has_no_tally_there,
    a_tally_is_one_statement,
);

/// Random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Courses with classes, lectures, people who come, leave and come again, and marks, some of people not expected.
struct Town {
    courses: Vec<Course>,
    classes: Vec<Class>,
    lectures: Vec<Lecture>,
    users: Vec<User>,
    enrolments: Vec<Enrolment>,
    marks: Vec<Attendance>,
}

impl Town {
    async fn kept(db: &TestDatabase) -> Self {
        let (maker, mut dice) = (Maker::default(), Dice(7));
        let courses: Vec<Course> = (0..3).map(|number| maker.course(&format!("강의 {number}"))).collect();
        let begin = day("2026-09-01");
        let classes: Vec<Class> = (0..6)
            .map(|number| Class {
                dates: ClassDates::new(begin + Days::new(number / 2), day("2026-12-31")).unwrap(),
                ..maker.class(&courses[dice.below(3)], &format!("{number}기"))
            })
            .collect();
        let users = maker.users(25);
        let mut lectures = Vec::new();
        let mut enrolments = Vec::new();
        let mut marks = Vec::new();
        for class in &classes {
            for sequence in 1..=6 {
                let lecture = maker.lecture(class, sequence);
                let hours = TimeDelta::hours(i64::try_from(dice.below(24)).unwrap());
                let cancelled = dice.below(6) == 0;
                let cancellation =
                    cancelled.then_some(Cancellation { at: lecture.stamps.created_at, reason: None });
                lectures.push(Lecture { starts_at: lecture.starts_at + hours, cancellation, ..lecture });
            }
            for user in &users {
                enrolments.extend(periods(&maker, &mut dice, class, user));
            }
        }
        for lecture in &lectures {
            for user in &users {
                if let Some(status) = AttendanceStatus::ALL.get(dice.below(8)) {
                    marks.push(maker.mark(lecture, user, *status));
                }
            }
        }
        let town = Self { courses, classes, lectures, users, enrolments, marks };
        keep(db, async |unit| {
            unit.courses().insert_many(&town.courses).await?;
            unit.classes().insert_many(&town.classes).await?;
            unit.lectures().insert_many(&town.lectures).await?;
            unit.users().insert_many(&town.users).await?;
            unit.enrolments().insert_many(&town.enrolments).await?;
            unit.attendances().insert_many(&town.marks).await
        })
        .await
        .unwrap();
        town
    }

    /// Whether a learner is expected at a lecture; nobody is at a cancelled one.
    fn expects(&self, lecture: &Lecture, user: &User) -> bool {
        let takes_place = lecture.cancellation.is_none();
        let enrolled = self.enrolments.iter().any(|enrolment| {
            enrolment.class_id == lecture.class_id
                && enrolment.user_id == user.id
                && enrolment.role == ClassRole::Learner
                && enrolment.period.holds_on(lecture.day())
        });
        takes_place && enrolled
    }

    /// What is counted at these lectures of these users.
    fn tally<'a>(&self, lectures: impl Iterator<Item = &'a Lecture>, users: &[User]) -> Tally {
        let mut tally = Tally::default();
        for lecture in lectures {
            for user in users.iter().filter(|user| self.expects(lecture, user)) {
                tally.expected += 1;
                let mark = |mark: &&Attendance| mark.lecture_id == lecture.id && mark.user_id == user.id;
                if let Some(mark) = self.marks.iter().find(mark) {
                    tally.record(mark.mark.status);
                }
            }
        }
        tally
    }

    fn course_of(&self, class: ClassId) -> CourseId {
        self.classes.iter().find(|one| one.id == class).unwrap().course_id
    }
}

/// No period, one, or two with a gap or none between them; sometimes an empty one.
fn periods(maker: &Maker, dice: &mut Dice, class: &Class, user: &User) -> Vec<Enrolment> {
    let mut from = day("2026-08-25") + Days::new(dice.below(20) as u64);
    let mut periods = Vec::new();
    for _ in 0..dice.below(3) {
        let until = from + Days::new(dice.below(30) as u64);
        periods.push((from, Some(until)));
        from = until + Days::new(dice.below(5) as u64);
    }
    if dice.below(2) == 0 {
        periods.push((from, None));
    }
    let made = periods.into_iter().map(|(from, until)| {
        let role = if dice.below(6) == 0 { ClassRole::Assistant } else { ClassRole::Learner };
        let status = if until.is_some() { EnrolmentStatus::Left } else { EnrolmentStatus::Active };
        let period = EnrolmentPeriod::new(from, until).unwrap();
        Enrolment { role, status, period, ..maker.enrolment(class, user, "2026-09-01", None) }
    });
    made.collect()
}

/// Whether a lecture is of a scope.
type Holds<'a> = Box<dyn Fn(&Lecture) -> bool + 'a>;

async fn tallies_of_lectures_agree_with_a_count_by_hand(db: &TestDatabase) {
    let town = Town::kept(db).await;
    let begun = at("2026-09-30T00:00:00Z");
    let one = town.courses[0].id;
    let scopes: Vec<(TallyScope, Holds<'_>)> = vec![
        (TallyScope::Lecture(town.lectures[3].id), Box::new(|lecture| lecture.id == town.lectures[3].id)),
        (TallyScope::Class(town.classes[1].id), Box::new(|lecture| lecture.class_id == town.classes[1].id)),
        (TallyScope::Course(one), Box::new(|lecture| town.course_of(lecture.class_id) == one)),
    ];
    let mut session = db.database().session().await.unwrap();
    for (scope, holds) in scopes {
        let mut lectures: Vec<&Lecture> =
            town.lectures.iter().filter(|lecture| lecture.starts_at <= begun && holds(lecture)).collect();
        lectures.sort_by_key(|lecture| (lecture.starts_at, lecture.id));
        let expected: Vec<LectureTally> = lectures
            .into_iter()
            .map(|lecture| LectureTally {
                lecture_id: lecture.id,
                class_id: lecture.class_id,
                starts_at: lecture.starts_at,
                tally: town.tally(std::iter::once(lecture), &town.users),
                excused_unmarked: 0,
            })
            .filter(|tally| tally.tally.expected > 0)
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(session.attendances().tallies(scope, begun).await.unwrap(), expected, "{scope:?}");
    }
    let too_early = session.attendances().tallies(TallyScope::Course(one), at("2026-01-01T00:00:00Z")).await;
    assert_eq!(too_early.unwrap(), []);
}

async fn tallies_of_spans_agree_with_a_count_by_hand(db: &TestDatabase) {
    let town = Town::kept(db).await;
    let begun = at("2026-09-30T00:00:00Z");
    let bounds = ["2026-09-08", "2026-09-15", "2026-09-15", "2026-09-20", "2027-01-01"]
        .map(|day| at(&format!("{day}T00:00:00Z")));
    let one = town.courses[0].id;
    let filters = [
        TallyFilter::default(),
        TallyFilter { course: Some(one), ..TallyFilter::default() },
        TallyFilter { course: Some(one), class: Some(town.classes[1].id), ..TallyFilter::default() },
    ];
    // Counted as they are read, and from their counters.
    for folded in [false, true] {
        if folded {
            while keep(db, async |unit| unit.counters().fold(2).await).await.unwrap() > 0 {}
        }
        let mut session = db.database().session().await.unwrap();
        for filter in &filters {
            let found = session.attendances().tallies_of_spans(&bounds, filter, begun).await.unwrap();
            for (place, span) in bounds.windows(2).enumerate() {
                let is_meant = |lecture: &&Lecture| {
                    let of_course =
                        filter.course.is_none_or(|course| town.course_of(lecture.class_id) == course);
                    let of_class = filter.class.is_none_or(|class| lecture.class_id == class);
                    let within = span[0] <= lecture.starts_at && lecture.starts_at < span[1];
                    of_course && of_class && within && lecture.starts_at <= begun
                };
                let expected = town.tally(town.lectures.iter().filter(is_meant), &town.users);
                let mut tally = Tally::default();
                found.iter().filter(|one| one.place == place).for_each(|one| tally += one.tally);
                assert_eq!(tally, expected, "{place} {filter:?}");
            }
        }
    }
}

async fn what_the_engine_counts_of_learners_agrees_with_a_count_by_hand(db: &TestDatabase) {
    let town = Town::kept(db).await;
    let begun = at("2026-09-30T00:00:00Z");
    let mut session = db.database().session().await.unwrap();
    let mut seen = 0;
    for user in &town.users {
        for course in [None, Some(town.courses[0].id)] {
            let found = records::of_user(&mut *session, user.id, course).await.unwrap();
            let order: Vec<_> =
                found.iter().map(|class| std::cmp::Reverse((class.begin_date, class.class_id))).collect();
            assert!(order.is_sorted());
            let places: BTreeSet<ClassId> = town
                .enrolments
                .iter()
                .filter(|one| one.user_id == user.id && one.role == ClassRole::Learner)
                .map(|one| one.class_id)
                .filter(|class| course.is_none_or(|course| town.course_of(*class) == course))
                .collect();
            assert_eq!(found.iter().map(|class| class.class_id).collect::<BTreeSet<_>>(), places);
            for class in found {
                let lectures = town
                    .lectures
                    .iter()
                    .filter(|lecture| lecture.class_id == class.class_id && lecture.starts_at <= begun);
                let by_hand = town.tally(lectures, std::slice::from_ref(user));
                assert_eq!(class.assess(begun).counts, by_hand);
                seen += 1;
            }
        }
    }
    assert!(seen > 50);
}

async fn counts_alone_tell_what_the_engine_says_of_countable_policies(db: &TestDatabase) {
    let town = Town::kept(db).await;
    let begun = at("2026-09-30T00:00:00Z");
    let mut session = db.database().session().await.unwrap();
    let presets = presets::all().into_iter().filter(|preset| preset.document.is_countable());
    let mut compared = 0;
    for preset in presets {
        for class in &town.classes {
            let mut records = records::of_class(&mut *session, class.id).await.unwrap();
            let policy =
                Policy { document: Arc::new(preset.document.clone()), ..Policy::clone(&records.policy) };
            records.policy = Arc::new(policy);
            let tallies = session.attendances().tallies(TallyScope::Class(class.id), begun).await.unwrap();
            let tally: Tally = tallies.iter().map(|one| one.tally).sum();
            let Some(amount) = records.amount(begun) else { continue };
            assert_eq!(amount, preset.document.turnout(&tally), "{}", preset.name);
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

async fn a_lecture_late_at_night_belongs_to_the_day_in_seoul(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let user = maker.user("김하늘");
    let left = maker.enrolment(&hall.class, &user, "2026-09-01", Some("2026-09-10"));
    // Midnight in Seoul is 15:00 of the day before in UTC.
    let starts = ["2026-09-09T14:59:59Z", "2026-09-09T15:00:00Z"];
    let lectures: Vec<Lecture> = starts
        .iter()
        .zip(1..)
        .map(|(start, sequence)| Lecture { starts_at: at(start), ..maker.lecture(&hall.class, sequence) })
        .collect();
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&user)).await?;
        unit.enrolments().insert_many(std::slice::from_ref(&left)).await?;
        unit.lectures().insert_many(&lectures).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let scope = TallyScope::Class(hall.class.id);
    let tallies = session.attendances().tallies(scope, at("2027-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(tallies.iter().map(|tally| tally.lecture_id).collect::<Vec<_>>(), [lectures[0].id]);

    let moved = Lecture {
        starts_at: at(starts[0]),
        stamps: crate::fixtures::touched(lectures[1].stamps),
        ..lectures[1].clone()
    };
    keep(db, async |unit| unit.lectures().update(&moved).await).await.unwrap();
    let tallies = session.attendances().tallies(scope, at("2027-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(tallies.len(), 2);
}

async fn who_waits_for_a_class_has_no_tally_there(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 0).await;
    let user = maker.user("기다리는 이");
    let waits = Enrolment {
        status: EnrolmentStatus::Waiting,
        ..maker.enrolment(&hall.class, &user, "2026-09-01", Some("2026-09-01"))
    };
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&user)).await?;
        unit.enrolments().insert_many(&[waits]).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let as_of = at("2026-12-01T00:00:00Z");
    let scope = TallyScope::Class(hall.class.id);
    assert_eq!(session.attendances().tallies(scope, as_of).await.unwrap(), []);
    assert!(records::of_user(&mut *session, user.id, None).await.unwrap().is_empty());
    assert!(records::of_class(&mut *session, hall.class.id).await.unwrap().learners.is_empty());
}

async fn a_tally_is_one_statement(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 3, 3).await;
    let mut session = db.database().session().await.unwrap();
    let before = db.database().statements().statements;
    let now = at("2027-01-01T00:00:00Z");
    assert_eq!(
        session.attendances().tallies(TallyScope::Course(hall.course.id), now).await.unwrap().len(),
        3
    );
    assert_eq!(db.database().statements().statements - before, 1);
    let before = db.database().statements().statements;
    assert_eq!(records::of_user(&mut *session, hall.learners[0].id, None).await.unwrap().len(), 1);
    assert_eq!(records::of_class(&mut *session, hall.class.id).await.unwrap().learners.len(), 3);
    assert_eq!(db.database().statements().statements - before, 7);
}
