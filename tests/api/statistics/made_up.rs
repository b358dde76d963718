//! Made-up rows of every kind, counted by the API and by hand; and how many statements that takes at two sizes.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use madang_domain::{
    access::{Authorizations, Caller, ClassRole, Role},
    accounts::{AuthType, User},
    attendance::{Attendance, AttendanceSource, AttendanceStatus, Mark},
    ids::{AttendanceId, ClassId, CourseId, EnrolmentId, LectureId, UserId},
    learning::{
        classes::{Class, ClassDates, ClassTitle},
        courses::{Course, CourseTitle},
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
        lectures::{AttendanceType, Cancellation, Lecture, LectureTitle},
    },
    stamps::Stamps,
    text::{PersonName, Username},
};
use madang_tests::{Client, TestApp, api_test, json};
use serde_json::Value;
use uuid::Uuid;

use super::by_hand::{Rows, month, week};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// How many of each.
struct Size {
    courses: u64,
    classes: u64,
    lectures: u64,
    users: u64,
}

const SMALL: Size = Size { courses: 1, classes: 1, lectures: 2, users: 3 };
const MIDDLE: Size = Size { courses: 3, classes: 7, lectures: 9, users: 40 };

/// The data, and the ids of its courses and users.
struct MadeUp {
    rows: Rows,
    courses: Vec<Uuid>,
    users: Vec<Uuid>,
}

fn first_day() -> NaiveDate {
    "2026-06-01".parse().unwrap()
}

/// Late joiners, leavers, people who come back, staff, nobody at all; lectures at midnight, now and later; lectures that
/// nobody marked, and marks of people who were not enrolled.
async fn make_up(app: &TestApp, size: &Size) -> MadeUp {
    let (now, ids) = (app.now(), app.app.services().yard.ids.clone());
    let mut dice = Dice(7);
    let stamps = Stamps::new(&Caller::system(), now);
    let mut made = MadeUp { rows: Rows::default(), courses: Vec::new(), users: Vec::new() };
    let user = |_| {
        let id = UserId(ids.next());
        User {
            id,
            username: Username::parse(format!("made-{id}")).unwrap(),
            auth_type: AuthType::Manual,
            password: None,
            kakao_id: None,
            authorizations: Authorizations::of_roles([Role::Learner]),
            name: PersonName::parse("김하늘").unwrap(),
            email: None,
            phone: None,
            created_at: now,
            updated_at: now,
            last_login: None,
            is_active: true,
            email_verified_at: None,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        }
    };
    let users: Vec<User> = (0..size.users).map(user).collect();
    let course = |_| Course {
        id: CourseId(ids.next()),
        title: CourseTitle::parse("수채화").unwrap(),
        description: None,
        keyword: None,
        is_active: true,
        stamps,
    };
    let courses: Vec<Course> = (0..size.courses).map(course).collect();
    let (mut classes, mut lectures, mut enrolments, mut marks) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..size.classes {
        let course = &courses[usize::try_from(number % size.courses).unwrap()];
        let class = ClassId(ids.next());
        made.rows.classes.insert(class.to_string(), course.id.to_string());
        classes.push(Class {
            id: class,
            course_id: course.id,
            title: ClassTitle::parse(format!("{number}기")).unwrap(),
            lecturer_info: None,
            date_info: None,
            dates: ClassDates::new(first_day(), first_day() + Days::new(200)).unwrap(),
            capacity: None,
            closed_at: None,
            is_active: true,
            stamps,
        });
        for one in &users {
            for period in periods(&mut dice) {
                let role = if dice.roll(12) == 0 { ClassRole::Assistant } else { ClassRole::Learner };
                if role == ClassRole::Learner {
                    let (from, until) = (period.enrolled_on(), period.left_on());
                    made.rows.places.push((class.to_string(), one.id.to_string(), from, until));
                }
                let status =
                    if period.left_on().is_some() { EnrolmentStatus::Left } else { EnrolmentStatus::Active };
                let id = EnrolmentId(ids.next());
                enrolments.push(Enrolment {
                    id,
                    class_id: class,
                    user_id: one.id,
                    role,
                    period,
                    status,
                    transferred_from: None,
                    stamps,
                });
            }
        }
        for sequence in 1..=size.lectures {
            let lecture = LectureId(ids.next());
            let starts_at = start(&mut dice, sequence, now);
            let cancelled = dice.roll(6) == 0;
            if !cancelled {
                made.rows.lectures.push((lecture.to_string(), class.to_string(), starts_at));
            }
            lectures.push(Lecture {
                id: lecture,
                class_id: class,
                title: LectureTitle::parse("차시").unwrap(),
                sequence: i32::try_from(sequence).unwrap(),
                attendance_type: AttendanceType::InPerson,
                starts_at,
                duration_minutes: 60,
                place: None,
                cancellation: cancelled.then_some(Cancellation { at: now, reason: None }),
                stamps,
            });
            let held = dice.roll(5) > 0;
            for one in users.iter().filter(|_| held) {
                // Among them are users who were not enrolled on that day, or never.
                if dice.roll(4) == 0 {
                    continue;
                }
                let status = AttendanceStatus::ALL[usize::try_from(dice.roll(5)).unwrap()];
                made.rows.marks.insert((lecture.to_string(), one.id.to_string()), status.to_string());
                marks.push(Attendance {
                    id: AttendanceId(ids.next()),
                    lecture_id: lecture,
                    user_id: one.id,
                    mark: Mark {
                        status,
                        detail_type: None,
                        description: None,
                        assignment_id: None,
                        checked_at: None,
                    },
                    source: AttendanceSource::Import,
                    presence: None,
                    stamps,
                });
            }
        }
    }
    let mut unit = app.app.services().yard.store.begin().await.unwrap();
    unit.users().insert_many(&users).await.unwrap();
    unit.courses().insert_many(&courses).await.unwrap();
    unit.classes().insert_many(&classes).await.unwrap();
    unit.lectures().insert_many(&lectures).await.unwrap();
    unit.enrolments().insert_many(&enrolments).await.unwrap();
    unit.attendances().insert_many(&marks).await.unwrap();
    unit.commit().await.unwrap();
    made.courses = courses.iter().map(|course| course.id.0).collect();
    made.users = users.iter().map(|user| user.id.0).collect();
    made
}

fn periods(dice: &mut Dice) -> Vec<EnrolmentPeriod> {
    let day = |offset: u64| first_day() + Days::new(offset);
    let period = |from: u64, until: Option<u64>| EnrolmentPeriod::new(day(from), until.map(day)).unwrap();
    let (join, leave) = (dice.roll(60), 60 + dice.roll(60));
    match dice.roll(6) {
        0 => vec![],
        1 => vec![period(0, None)],
        2 => vec![period(join, None)],
        3 => vec![period(0, Some(leave))],
        4 => vec![period(join, Some(join))],
        _ => vec![period(join, Some(leave)), period(leave + dice.roll(20), None)],
    }
}

/// One lecture begins now and one an instant later; the others at any minute of half a year.
fn start(dice: &mut Dice, sequence: u64, now: DateTime<Utc>) -> DateTime<Utc> {
    match sequence {
        1 => now,
        2 => now + TimeDelta::microseconds(1),
        3 => "2026-06-30T15:00:00Z".parse().unwrap(),
        _ => {
            first_day().and_hms_opt(0, 0, 0).unwrap().and_utc()
                + TimeDelta::minutes(i64::try_from(dice.roll(180 * 24 * 60)).unwrap())
        }
    }
}

async fn figures(client: &Client, path: &str) -> Value {
    client.get(path).await.expect(200).body["figures"].clone()
}

api_test! {
    async fn every_figure_equals_what_is_counted_by_hand(app) {
        let made = make_up(&app, &MIDDLE).await;
        let manager = app.manager().await;
        let counted = made.rows.count(app.now(), 9 * 60);
        let by_hand = |name: String| counted.get(&name).cloned().unwrap_or_default();

        for (lecture, ..) in &made.rows.lectures {
            let got = figures(&manager, &format!("/lectures/{lecture}/attendance-stats")).await;
            assert_eq!(got, by_hand(format!("lecture {lecture}")).json());
        }
        for class in made.rows.classes.keys() {
            let body = manager.get(&format!("/classes/{class}/attendance-stats")).await.expect(200).body;
            assert_eq!(body["figures"], by_hand(format!("class {class}")).json());
            let by_lecture = body["by_lecture"].as_array().unwrap();
            assert_eq!(json!(by_lecture.len()), body["figures"]["lectures"]);
            for one in by_lecture {
                let id = one["lecture_id"].as_str().unwrap();
                assert_eq!(one["figures"], by_hand(format!("lecture {id}")).json());
            }
            assert!(by_lecture.is_sorted_by_key(|one| one["lecture_date"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap()));
        }
        for course in &made.courses {
            let body = manager.get(&format!("/courses/{course}/attendance-stats")).await.expect(200).body;
            assert_eq!(body["figures"], by_hand(format!("course {course}")).json());
            for one in body["by_class"].as_array().unwrap() {
                let id = one["class_id"].as_str().unwrap();
                assert_eq!(one["figures"], by_hand(format!("class {id}")).json());
            }
        }
        for user in &made.users {
            let body = manager.get(&format!("/users/{user}/history")).await.expect(200).body;
            assert_eq!(body["figures"], by_hand(format!("user {user}")).json());
            for one in body["classes"].as_array().unwrap() {
                let count = by_hand(format!("user {user} class {}", one["class_id"].as_str().unwrap()));
                assert_eq!((&one["figures"], one["verdict"].as_str()), (&count.json(), Some(count.verdict())));
            }
        }
    }

    async fn every_week_and_month_equals_what_is_counted_by_hand_in_any_time_zone(app) {
        let made = make_up(&app, &MIDDLE).await;
        let manager = app.manager().await;
        let noon = |day: &Value| day.as_str().unwrap().parse::<NaiveDate>().unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc();
        for (tz, east) in [("Asia/Seoul", 540), ("UTC", 0), ("Pacific/Honolulu", -600), ("Asia/Kathmandu", 345)] {
            let counted = made.rows.count(app.now(), east);
            for course in [None, Some(made.courses[1])] {
                let (behind, query) = match course {
                    None => (String::new(), String::new()),
                    Some(id) => (format!(" course {id}"), format!("&course_id={id}")),
                };
                for period in ["weekly", "monthly"] {
                    let path = format!("/stats/attendance?period={period}&from=2026-05-01&to=2026-12-31&tz={tz}{query}");
                    let body = manager.get(&path).await.expect(200).body;
                    assert_eq!((&body["tz"], &body["course_id"]), (&json!(tz), &json!(course)));
                    let mut recorded = 0;
                    for bucket in body["buckets"].as_array().unwrap() {
                        // The name is found as for a moment in Greenwich, because the day is already that of the zone.
                        let at = noon(&bucket["begins_on"]);
                        let name = if period == "weekly" { week(at, 0) } else { month(at, 0) };
                        let count = counted.get(&(name + &behind)).cloned().unwrap_or_default();
                        assert_eq!(bucket["figures"], count.json(), "{tz} {}", bucket["begins_on"]);
                        recorded += count.recorded();
                    }
                    let whole = counted.get(behind.trim_start()).or_else(|| counted.get("all")).unwrap();
                    assert_eq!((&body["figures"], recorded), (&whole.json(), whole.recorded()));
                }
            }
        }
    }

    async fn no_figure_takes_more_statements_when_there_is_more_to_count(app) {
        let manager = app.manager().await;
        let mut taken = HashMap::<String, Vec<u64>>::new();
        for size in [SMALL, MIDDLE] {
            let made = make_up(&app, &size).await;
            let (lecture, class, _) = &made.rows.lectures[0];
            // Who is in no class costs less.
            let mut learners = made.users.iter();
            let learner = loop {
                let user = learners.next().expect("somebody is in a class");
                let history = manager.get(&format!("/users/{user}/history")).await.expect(200).body;
                if history["classes"].as_array().is_some_and(|classes| !classes.is_empty()) {
                    break user;
                }
            };
            let paths = [
                ("lecture", format!("/lectures/{lecture}/attendance-stats")),
                ("class", format!("/classes/{class}/attendance-stats")),
                ("course", format!("/courses/{}/attendance-stats", made.courses[0])),
                ("history", format!("/users/{learner}/history")),
                ("weeks", "/stats/attendance?period=weekly&from=2026-06-01&to=2026-12-31".to_owned()),
                ("months of a course", format!("/stats/attendance?period=monthly&course_id={}", made.courses[0])),
                ("completions", "/stats/completions".to_owned()),
                ("completions of a class", format!("/stats/completions?class_id={class}")),
                ("overview", "/stats/overview".to_owned()),
                ("comparison", format!("/courses/{}/class-comparison", made.courses[0])),
                ("learners", format!("/classes/{class}/learner-stats")),
                ("unmarked", "/stats/unmarked-lectures".to_owned()),
                ("one's own unmarked", "/users/me/unmarked-lectures".to_owned()),
            ];
            // Counted as they are read, and from the counters.
            for kept in ["noted", "folded"] {
                if kept == "folded" {
                    app.keep_up().await;
                }
                for (name, path) in &paths {
                    // The first request may have to look up who calls.
                    manager.get(path).await.expect(200);
                    let before = app.statements();
                    manager.get(path).await.expect(200);
                    taken.entry(format!("{kept} {name}")).or_default().push(app.statements() - before);
                }
            }
        }
        for (name, statements) in taken {
            assert!(statements[0] == statements[1] && statements[1] <= 5, "{name}: {statements:?}");
        }
    }
}
