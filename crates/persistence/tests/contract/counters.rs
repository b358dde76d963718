//! Counters of attendance: after any changes they are what is counted anew, and what is spoiled is found.

use std::sync::Arc;

use chrono::{DateTime, Days, TimeDelta, Utc};
use madang_domain::{
    accounts::User,
    attendance::{
        AttendanceStatus, Mark, TallyFilter, TallyScope,
        counters::{CounterService, Verified},
        policies::{Policy, PolicyFamily, PolicyPin, PolicyTitle},
        policy::presets,
    },
    certification::{
        eligible::{EligibleService, judge_courses},
        rules::{ClassesNeeded, CompletionRule, RuleDocument},
    },
    clock::FixedClock,
    ids::{ClassId, CompletionRuleId, CourseId, PolicyId, SequentialIds},
    learning::{
        classes::Class,
        courses::Course,
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
        lectures::Lecture,
    },
    store::Store,
    yard::Yard,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, keep, touched};

crate::on_both!(
    a_hundred_thousand_random_operations_leave_every_counter_right,
    what_is_read_is_exact_before_and_after_a_fold,
    a_spoiled_counter_is_found_and_remade,
    a_spoiled_judgement_is_found_and_remade,
    what_was_judged_is_not_kept_of_a_course_that_has_gone_on,
    folds_at_once_leave_the_counters_right,
    what_the_engine_said_is_not_kept_of_a_class_that_has_gone_on,
    a_note_costs_a_mark_no_statement,
);

const NOW: &str = "2026-10-20T01:30:00Z";

pub(crate) fn counters(db: &TestDatabase) -> CounterService {
    CounterService::new(Yard {
        store: db.store(),
        clock: Arc::new(FixedClock::at(at(NOW))),
        ids: Arc::new(SequentialIds::default()),
    })
}

pub(crate) fn eligible(db: &TestDatabase) -> EligibleService {
    EligibleService::new(Yard {
        store: db.store(),
        clock: Arc::new(FixedClock::at(at(NOW))),
        ids: Arc::new(SequentialIds::default()),
    })
}

/// Everything that is kept follows.
pub(crate) async fn keep_up(db: &TestDatabase) {
    counters(db).keep_up().await.unwrap();
    eligible(db).keep_up().await.unwrap();
}

/// What differs of counters and standings; who may be certified never does.
pub(crate) async fn verified(db: &TestDatabase) -> Verified {
    assert_eq!(eligible(db).verify().await.unwrap(), []);
    counters(db).verify(&|_, _| {}).await.unwrap()
}

/// Random numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Two courses of three classes each, whose learners come late, leave, move and are on leave.
pub(crate) struct Town {
    maker: Maker,
    courses: Vec<Course>,
    classes: Vec<Class>,
    lectures: Vec<Lecture>,
    users: Vec<User>,
    /// Users without any rows: others are merged into them and out again.
    spares: Vec<User>,
    policies: Vec<Policy>,
    pins: i32,
}

impl Town {
    pub(crate) async fn kept(db: &TestDatabase, users: usize) -> Self {
        let maker = Maker::default();
        let courses: Vec<Course> = (0..2).map(|number| maker.course(&format!("강의 {number}"))).collect();
        let classes: Vec<Class> =
            (0..6).map(|number| maker.class(&courses[number % 2], &format!("{number}기"))).collect();
        let lectures: Vec<Lecture> = classes.iter().flat_map(|class| maker.lectures(class, 10)).collect();
        let (users, spares) = (maker.users(users), maker.users(3));
        let policies = ["late3-pooled", "half-for-late", "hours-then-days-80"]
            .into_iter()
            .filter_map(presets::find)
            .map(|preset| Policy {
                id: PolicyId(maker.id()),
                family: PolicyFamily::parse(preset.name).unwrap(),
                version: 1,
                title: PolicyTitle::parse(preset.title).unwrap(),
                description: None,
                digest: preset.document.digest(),
                document: Arc::new(preset.document),
                created_at: at("2026-09-01T01:00:00Z"),
                created_by: None,
            })
            .collect();
        let town = Self { maker, courses, classes, lectures, users, spares, policies, pins: 1 };
        keep(db, async |unit| {
            unit.courses().insert_many(&town.courses).await?;
            unit.classes().insert_many(&town.classes).await?;
            unit.lectures().insert_many(&town.lectures).await?;
            unit.users().insert_many(&town.users).await?;
            unit.users().insert_many(&town.spares).await?;
            for policy in &town.policies {
                unit.policies().insert(policy).await?;
            }
            let places: Vec<Enrolment> = town
                .users
                .iter()
                .enumerate()
                .map(|(number, user)| {
                    town.maker.enrolment(&town.classes[number % 6], user, "2026-09-01", None)
                })
                .collect();
            unit.enrolments().insert_many(&places).await
        })
        .await
        .unwrap();
        town
    }

    /// Marks, corrections and removals at one lecture, in two statements; tells how many.
    pub(crate) async fn mark(&self, db: &TestDatabase, dice: &mut Dice) -> usize {
        let lecture = dice.one(&self.lectures).clone();
        let mut session = db.database().session().await.unwrap();
        let there = session.attendances().of_lecture(lecture.id).await.unwrap();
        drop(session);
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for user in &self.users {
            let status = AttendanceStatus::ALL[dice.below(5)];
            match there.iter().find(|mark| mark.user_id == user.id) {
                Some(mark) if dice.below(4) == 0 => gone.push(mark.clone()),
                Some(mark) => {
                    let mut mark = mark.clone();
                    mark.mark = Mark { status, ..mark.mark };
                    mark.stamps = touched(mark.stamps);
                    kept.push(mark);
                }
                None => kept.push(self.maker.mark(&lecture, user, status)),
            }
        }
        let done = gone.len() + kept.len();
        let outcome = keep(db, async |unit| {
            unit.attendances().delete_many(&gone).await?;
            unit.attendances().keep_many(&kept).await
        });
        // The lecture may have been removed.
        outcome.await.map_or(0, |()| done)
    }

    /// Anything else that changes a figure. What the rules of the database refuse changes nothing.
    pub(crate) async fn change(&mut self, db: &TestDatabase, dice: &mut Dice) {
        let lecture = dice.one(&self.lectures).id;
        let (user, class) = (dice.one(&self.users).id, dice.one(&self.classes).id);
        let now = "2026-10-20T01:30:00.000000Z";
        let place = format!("user_id = '{user}' AND role = 'learner'");
        let days = i64::try_from(dice.below(60)).unwrap();
        let moved_to = at("2026-09-01T01:00:00Z") + TimeDelta::days(days);
        let on = moved_to.date_naive();
        let sql = match dice.below(14) {
            0 => format!("UPDATE lectures SET cancelled_at = '{now}' WHERE id = '{lecture}'"),
            1 => "UPDATE lectures SET cancelled_at = NULL".to_owned(),
            2 => format!(
                "UPDATE lectures SET lecture_date = '{}', lecture_on = '{on}' WHERE id = '{lecture}'",
                moved_to.format("%Y-%m-%dT%H:%M:%S%.6fZ")
            ),
            3 => {
                // With its marks, for good; another comes in its place.
                let gone = keep(db, async |unit| {
                    unit.attendances().delete_of_lecture(lecture).await?;
                    unit.lectures().delete(lecture).await
                });
                if gone.await.is_ok() {
                    self.pins += 1;
                    self.lectures.retain(|one| one.id != lecture);
                    let class = dice.one(&self.classes);
                    let new = Lecture { sequence: 100 + self.pins, ..self.maker.lecture(class, 3) };
                    keep(db, async |unit| unit.lectures().insert_many(std::slice::from_ref(&new)).await)
                        .await
                        .unwrap();
                    self.lectures.push(new);
                }
                return;
            }
            4 => format!(
                "UPDATE enrolments SET left_on = '{on}', status = 'left' WHERE {place} AND enrolled_on <= '{on}'"
            ),
            5 => format!(
                "UPDATE enrolments SET left_on = NULL, status = 'active' WHERE {place} AND status = 'left'"
            ),
            6 => return self.transfer(db, dice).await,
            7 => return self.merge_and_undo(db, dice).await,
            8 => return self.pin(db, class, dice).await,
            9 => return self.rule(db, dice).await,
            10 => return self.certify(db, dice).await,
            11 => format!(
                "UPDATE certifications SET state = 'revoked', ended_at = '{now}', reason_code = 'other', reason = '-' \
                 WHERE user_id = '{user}' AND state IN ('issued', 'expired')"
            ),
            12 => format!(
                "INSERT INTO leave_requests (id, class_id, user_id, reason, first_on, last_on, evidence, status, version, \
                 created_at, updated_at) SELECT '{}', class_id, user_id, 'exam', '{on}', '{}', '[]', 'approved', 1, '{now}', '{now}' \
                 FROM enrolments WHERE {place} LIMIT 1",
                self.maker.id(),
                on + Days::new(10)
            ),
            _ => format!(
                "UPDATE leave_requests SET status = 'withdrawn', withdrawn_at = '{now}' WHERE user_id = '{user}' AND status = 'approved'"
            ),
        };
        _ = db.run(&sql).await;
    }

    async fn transfer(&self, db: &TestDatabase, dice: &mut Dice) {
        let from = dice.one(&self.classes).id;
        let mut session = db.database().session().await.unwrap();
        let user = dice.one(&self.users);
        let places = session.enrolments().of_users(from, &[user.id]).await.unwrap();
        drop(session);
        let Some(old) = places.into_iter().find(|one| one.status == EnrolmentStatus::Active) else { return };
        let sisters: Vec<Class> = self
            .classes
            .iter()
            .filter(|one| one.id != from && self.course(one.id) == self.course(from))
            .cloned()
            .collect();
        let on = old.period.enrolled_on() + Days::new(u64::try_from(dice.below(30)).unwrap());
        let to = Enrolment {
            period: EnrolmentPeriod::since(on),
            transferred_from: Some(old.id),
            ..self.maker.enrolment(dice.one(&sisters), user, "2026-09-01", None)
        };
        let ended = Enrolment {
            period: EnrolmentPeriod::new(old.period.enrolled_on(), Some(on)).unwrap(),
            status: EnrolmentStatus::Transferred,
            stamps: touched(old.stamps),
            ..old
        };
        // Refused where the learner is in that class already.
        _ = keep(db, async |unit| {
            unit.enrolments().update(&ended).await?;
            unit.enrolments().insert_many(std::slice::from_ref(&to)).await
        })
        .await;
    }

    fn course(&self, class: ClassId) -> CourseId {
        self.classes.iter().find(|one| one.id == class).unwrap().course_id
    }

    /// Every row of a user becomes a spare one's; now and then it becomes theirs again at once, else later.
    async fn merge_and_undo(&self, db: &TestDatabase, dice: &mut Dice) {
        let (user, spare) = (dice.one(&self.users).id, dice.one(&self.spares).id);
        for (from, to) in [(spare, user), (user, spare)] {
            _ = keep(db, async |unit| {
                unit.attendances().hand_over(from, to, None).await?;
                unit.certifications().hand_over(from, to, None).await?;
                unit.enrolments().hand_over(from, to, None).await
            })
            .await;
        }
    }

    /// Another rule for one of the courses.
    async fn rule(&self, db: &TestDatabase, dice: &mut Dice) {
        let course_id = dice.one(&self.courses).id;
        let classes = match dice.below(3) {
            0 => ClassesNeeded::All,
            1 => ClassesNeeded::Any { count: u16::try_from(dice.below(2)).unwrap() + 1 },
            _ => ClassesNeeded::Listed { class_ids: vec![dice.one(&self.classes).id] },
        };
        let min_hours = (dice.below(2) == 0).then_some(2);
        let approval = dice.below(3) == 0;
        self.ruled(db, course_id, RuleDocument { classes, min_hours, approval, ..RuleDocument::default() })
            .await;
    }

    async fn ruled(&self, db: &TestDatabase, course_id: CourseId, document: RuleDocument) {
        keep(db, async |unit| {
            let version =
                unit.completion_rules().current(course_id).await?.map_or(0, |rule| rule.version) + 1;
            let rule = CompletionRule {
                id: CompletionRuleId(self.maker.id()),
                course_id,
                version,
                digest: document.digest(),
                document,
                reason: None,
                created_at: at(NOW),
                created_by: None,
            };
            unit.completion_rules().insert(&rule).await
        })
        .await
        .unwrap();
    }

    /// A certificate that rests on a class, or on none, and holds for good or is over already.
    async fn certify(&self, db: &TestDatabase, dice: &mut Dice) {
        let (course, user) = (dice.one(&self.courses), dice.one(&self.users));
        let mut one = self.maker.certification(course, user);
        if dice.below(4) > 0 {
            one.class_ids.push(dice.one(&self.classes).id);
        }
        one.snapshot.expires_at = (dice.below(3) == 0).then(|| at(NOW) - TimeDelta::days(1));
        // Refused where they have one that holds.
        _ = keep(db, async |unit| unit.certifications().insert_many(std::slice::from_ref(&one)).await).await;
    }

    async fn pin(&mut self, db: &TestDatabase, class_id: ClassId, dice: &mut Dice) {
        let policy_id = dice.one(&self.policies).id;
        keep(db, async |unit| {
            let number = unit.policies().pins_of(class_id).await?.iter().map(|(pin, _)| pin.number).max();
            let number = number.unwrap_or_default() + 1;
            let (pinned_at, pinned_by, reason) = (at(NOW), None, None);
            unit.policies()
                .pin(&PolicyPin { class_id, number, policy_id, pinned_at, pinned_by, reason })
                .await
        })
        .await
        .unwrap();
    }
}

async fn a_hundred_thousand_random_operations_leave_every_counter_right(db: &TestDatabase) {
    let mut town = Town::kept(db, 250).await;
    let (mut dice, mut done, mut round) = (Dice(11), 0, 0);
    while done < 100_000 {
        round += 1;
        done += town.mark(db, &mut dice).await;
        done += 1;
        town.change(db, &mut dice).await;
        match round % 20 {
            // Sometimes a part is folded, sometimes everything, mostly nothing.
            7 => drop(keep(db, async |unit| unit.counters().fold(2).await).await.unwrap()),
            14 => keep_up(db).await,
            _ => {}
        }
    }
    // What is not folded yet is left out; all the rest is right already.
    let found = verified(db).await;
    assert!(found.is_whole(), "{found:?}");
    keep_up(db).await;
    assert_eq!(db.read("SELECT class_id AS value FROM statistics_changes").await.unwrap(), [""; 0]);
    let behind =
        "SELECT CAST(class_id AS text) AS value FROM class_standings WHERE assessed_revision <> revision";
    assert_eq!(db.read(behind).await.unwrap(), [""; 0]);
    let unjudged = "SELECT CAST(course_id AS text) AS value FROM course_judgements WHERE judged_revision IS NULL OR judged_revision <> revision";
    assert_eq!(db.read(unjudged).await.unwrap(), [""; 0]);
    let found = verified(db).await;
    assert!(found.is_whole() && found.classes == 6, "{found:?}");
    let counted = db.read("SELECT CAST(sum(present) AS text) AS value FROM lecture_counters").await.unwrap();
    assert!(counted[0].parse::<u64>().unwrap() > 100, "{counted:?}");
    let judged = "SELECT CAST(sum(eligible + needs_decision) AS text) AS value FROM class_judgements";
    assert!(db.read(judged).await.unwrap()[0].parse::<u64>().unwrap() > 0);
}

/// Everything that is read of counters, as text.
async fn read(db: &TestDatabase, hall: &Hall) -> String {
    let mut session = db.database().session().await.unwrap();
    let now = at(NOW);
    let tallies = session.attendances().tallies(TallyScope::Class(hall.class.id), now).await.unwrap();
    let bounds: [DateTime<Utc>; 2] = [at("2026-09-01T00:00:00Z"), at("2026-12-01T00:00:00Z")];
    let spans = session.attendances().tallies_of_spans(&bounds, &TallyFilter::default(), now).await.unwrap();
    let missing = session.counters().unmarked(&TallyFilter::default(), bounds[0], now, 10).await.unwrap();
    format!("{tallies:?}\n{spans:?}\n{missing:?}")
}

async fn what_is_read_is_exact_before_and_after_a_fold(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 4, 5).await;
    counters(db).keep_up().await.unwrap();
    let nothing = read(db, &hall).await;
    assert!(nothing.contains("expected: 5") && nothing.contains("present: 0"), "{nothing}");
    let mark = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Present);
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&mark)).await).await.unwrap();
    let before = read(db, &hall).await;
    assert_ne!(before, nothing);
    counters(db).keep_up().await.unwrap();
    assert_eq!(read(db, &hall).await, before);
    keep(db, async |unit| {
        unit.attendances().delete_of_lecture(hall.lectures[0].id).await?;
        unit.lectures().delete(hall.lectures[0].id).await
    })
    .await
    .unwrap();
    let before = read(db, &hall).await;
    assert!(!before.contains(&hall.lectures[0].id.to_string()), "{before}");
    counters(db).keep_up().await.unwrap();
    assert_eq!(read(db, &hall).await, before);
}

async fn a_spoiled_counter_is_found_and_remade(db: &TestDatabase) {
    let town = Town::kept(db, 40).await;
    let mut dice = Dice(5);
    for _ in 0..10 {
        town.mark(db, &mut dice).await;
    }
    counters(db).keep_up().await.unwrap();
    assert!(verified(db).await.is_whole());
    for (spoil, lectures, standings) in [
        (
            "UPDATE lecture_counters SET present = present + 1 WHERE lecture_id = (SELECT lecture_id FROM lecture_counters LIMIT 1)",
            1,
            0,
        ),
        (
            "DELETE FROM lecture_counters WHERE lecture_id = (SELECT lecture_id FROM lecture_counters LIMIT 1)",
            1,
            0,
        ),
        (
            "DELETE FROM learner_standings WHERE user_id = (SELECT user_id FROM learner_standings LIMIT 1)",
            0,
            1,
        ),
    ] {
        db.run(spoil).await.unwrap();
        let found = verified(db).await;
        assert_eq!((found.lectures.len(), found.standings.len()), (lectures, standings), "{spoil}");
        assert_eq!(counters(db).rebuild(&|_, _| {}).await.unwrap(), 6);
        assert!(verified(db).await.is_whole(), "{spoil}");
    }
}

async fn a_spoiled_judgement_is_found_and_remade(db: &TestDatabase) {
    let town = Town::kept(db, 40).await;
    let mut dice = Dice(5);
    for _ in 0..10 {
        town.mark(db, &mut dice).await;
        town.rule(db, &mut dice).await;
        town.certify(db, &mut dice).await;
    }
    // Whoever was in a class was there, and that is enough.
    let present = |lecture| town.users.iter().map(move |user| (lecture, user));
    let marks: Vec<_> = town
        .lectures
        .iter()
        .flat_map(present)
        .map(|(lecture, user)| town.maker.mark(lecture, user, AttendanceStatus::Present))
        .collect();
    db.run("DELETE FROM attendances").await.unwrap();
    keep(db, async |unit| unit.attendances().insert_many(&marks).await).await.unwrap();
    for course in town.courses.clone() {
        town.ruled(db, course.id, RuleDocument { approval: true, ..RuleDocument::default() }).await;
    }
    keep_up(db).await;
    assert!(verified(db).await.is_whole());
    for (spoil, courses) in [
        (
            "UPDATE class_judgements SET eligible = eligible + 1 WHERE class_id = (SELECT class_id FROM class_judgements LIMIT 1)",
            1,
        ),
        ("DELETE FROM class_judgements", 2),
        ("UPDATE class_judgements SET needs_decision = 0", 2),
    ] {
        db.run(spoil).await.unwrap();
        assert_eq!(eligible(db).verify().await.unwrap().len(), courses, "{spoil}");
        counters(db).rebuild(&|_, _| {}).await.unwrap();
        eligible(db).keep_up().await.unwrap();
        assert!(verified(db).await.is_whole(), "{spoil}");
    }
}

async fn what_was_judged_is_not_kept_of_a_course_that_has_gone_on(db: &TestDatabase) {
    let town = Town::kept(db, 20).await;
    keep_up(db).await;
    let mut session = db.database().session().await.unwrap();
    let courses: Vec<_> = town.courses.iter().map(|course| course.id).collect();
    let (judged, _) = judge_courses(&mut *session, &courses, &[], at(NOW)).await.unwrap();
    drop(session);
    town.rule(db, &mut Dice(1)).await;
    let mut session = db.database().session().await.unwrap();
    let due = session.judgements().unjudged(at(NOW), 10).await.unwrap();
    drop(session);
    assert_eq!(due.len(), 1, "the rule of one course has changed, and no class is assessed for it");
    let older: Vec<_> = judged
        .into_iter()
        .filter(|one| one.course_id == due[0].course_id)
        .map(|one| (due[0].revision - 1, one))
        .collect();
    assert_eq!(keep(db, async |unit| unit.judgements().keep(&older).await).await.unwrap(), 0);
    assert_eq!(eligible(db).keep_up().await.unwrap(), 1);
    assert!(verified(db).await.is_whole());
    // A class that is taken away, by hand, leaves the others.
    let class = town.classes[0].id;
    for sql in [
        format!("DELETE FROM enrolments WHERE class_id = '{class}'"),
        format!("DELETE FROM lectures WHERE class_id = '{class}'"),
        format!("DELETE FROM class_policy_pins WHERE class_id = '{class}'"),
        format!("DELETE FROM classes WHERE id = '{class}'"),
    ] {
        db.run(&sql).await.unwrap();
    }
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.judgements().unjudged(at(NOW), 10).await.unwrap().len(), 1);
    drop(session);
    keep_up(db).await;
    assert!(verified(db).await.is_whole());
}

async fn folds_at_once_leave_the_counters_right(db: &TestDatabase) {
    let town = Town::kept(db, 60).await;
    let mut dice = Dice(3);
    for _ in 0..20 {
        town.mark(db, &mut dice).await;
        futures_util::future::join(keep_up(db), keep_up(db)).await;
    }
    keep_up(db).await;
    assert!(verified(db).await.is_whole());
}

async fn what_the_engine_said_is_not_kept_of_a_class_that_has_gone_on(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 2).await;
    counters(db).keep_up().await.unwrap();
    let (due, kept) = {
        let mut session = db.database().session().await.unwrap();
        let due = session.counters().revisions(&[hall.class.id]).await.unwrap();
        let filter = TallyFilter { class: Some(hall.class.id), ..TallyFilter::default() };
        (due, session.counters().kept(&filter).await.unwrap())
    };
    assert!(kept[0].kept.current(at(NOW)).is_some());
    let assessed = madang_domain::attendance::counters::Assessed {
        class_id: hall.class.id,
        class: kept[0].kept.standing.clone().unwrap(),
        learners: Vec::new(),
        at: at(NOW),
        holds_until: None,
    };
    let older = keep(db, async |unit| unit.counters().keep(due[0].revision - 1, &assessed).await);
    assert!(!older.await.unwrap());
    assert!(verified(db).await.is_whole());
}

async fn a_note_costs_a_mark_no_statement(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let before = db.database().statements().statements;
    let mark = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Present);
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&mark)).await).await.unwrap();
    assert_eq!(db.database().statements().statements - before, 1);
}
