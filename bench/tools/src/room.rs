//! A learning room at scale: classes over the past two years, each with learners, weekly lectures and their marks.
//!
//! The same day always gives the same rows. The last lectures of a class have no marks yet: they are there to be made.

use std::io::Write;

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use madang_domain::clock::{Clock, SystemClock};
use madang_domain::{
    access::{Authorizations, Caller, ClassRole, Role},
    accounts::{AuthType, User},
    attendance::{Attendance, AttendanceSource, AttendanceStatus, Mark},
    calendar::{TimeZone, local_day},
    ids::{AttendanceId, ClassId, CourseId, EnrolmentId, LectureId, UserId},
    learning::{
        classes::{Class, ClassDates, ClassTitle},
        courses::{Course, CourseDescription, CourseKeyword, CourseTitle},
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
        lectures::{AttendanceType, Lecture, LectureTitle},
    },
    stamps::Stamps,
    store::{Repositories, finish},
    text::{PersonName, Username},
};
use madang_persistence::Database;
use uuid::Uuid;

/// How large a class is.
#[derive(Clone, Copy)]
struct Shape {
    learners: usize,
    marked: usize,
    unmarked: usize,
}

const MARKED: usize = 20;
const UNMARKED: usize = 5;
const CLASSES_OF_LEARNER: usize = 5;
/// How many learners are put into the database at once, with their marks.
const PLACES_AT_ONCE: usize = 1_000;
/// The one class whose attendance sheet is asked for.
const HALL: Shape = Shape { learners: 1_000, marked: 60, unmarked: 0 };
const CLASSES_PER_COURSE: usize = 5;
const DAYS_BACK: u64 = 730;

/// Numbers that look random and are the same on every run (an xorshift generator).
pub struct Dice(u64);

impl Dice {
    /// Dice of their own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit.max(1)
    }
}

/// The id of the n-th thing of a kind that came to be at a moment: a UUID of version 7, like the server's own.
pub fn id(at: DateTime<Utc>, kind: u8, number: usize) -> Uuid {
    let spread = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
    let mut random = [kind; 10];
    random.iter_mut().skip(1).zip(spread).for_each(|(place, byte)| *place = byte);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Makes `users` learners, each in five classes of so many, and writes `lecture user` of the marks that can still be made.
pub async fn fill(
    database: &Database,
    users: usize,
    learners: usize,
    unmarked: &mut impl Write,
) -> Result<()> {
    let usual = Shape { learners, marked: MARKED, unmarked: UNMARKED };
    let today = local_day(SystemClock.now(), TimeZone::default());
    let first = today.checked_sub_days(Days::new(DAYS_BACK)).context("a day two years ago")?;
    let classes = (users * CLASSES_OF_LEARNER).checked_div(learners).context("a class of nobody")?;
    let room = Room { users, classes, first };
    let people = (0..users).map(|number| room.user(number)).collect::<Result<Vec<_>>>()?;
    let courses = (0..classes.div_ceil(CLASSES_PER_COURSE))
        .map(|number| room.course(number))
        .collect::<Result<Vec<_>>>()?;
    let store = database.store();
    for batch in people.chunks(5_000) {
        let mut unit = store.begin().await?;
        let outcome = unit.users().insert_many(batch).await;
        finish(unit, outcome).await?;
    }
    let mut unit = store.begin().await?;
    let outcome = unit.courses().insert_many(&courses).await;
    finish(unit, outcome).await?;
    let at_once = (PLACES_AT_ONCE / learners).max(1);
    for first in (0..classes).step_by(at_once) {
        let runs = (first..(first + at_once).min(classes))
            .map(|number| room.run(number, usual, &people, &courses))
            .collect::<Result<Vec<_>>>()?;
        let mut unit = store.begin().await?;
        let outcome = keep(&mut *unit, &runs).await;
        finish(unit, outcome).await?;
        for run in &runs {
            for lecture in run.lectures.iter().skip(usual.marked) {
                for place in &run.places {
                    writeln!(unmarked, "{} {}", lecture.id, place.user_id)?;
                }
            }
        }
    }
    if users >= HALL.learners {
        let hall = [room.run(classes, HALL, &people, &courses)?];
        let mut unit = store.begin().await?;
        let outcome = keep(&mut *unit, &hall).await;
        finish(unit, outcome).await?;
    }
    Ok(())
}

async fn keep(
    repositories: &mut dyn Repositories,
    runs: &[Run],
) -> Result<(), madang_domain::error::RepositoryError> {
    for run in runs {
        repositories.classes().insert_many(std::slice::from_ref(&run.class)).await?;
        repositories.lectures().insert_many(&run.lectures).await?;
        repositories.enrolments().insert_many(&run.places).await?;
        repositories.attendances().insert_many(&run.marks).await?;
    }
    Ok(())
}

struct Room {
    users: usize,
    classes: usize,
    first: NaiveDate,
}

/// A class with all that belongs to it.
struct Run {
    class: Class,
    lectures: Vec<Lecture>,
    places: Vec<Enrolment>,
    marks: Vec<Attendance>,
}

impl Room {
    fn user(&self, number: usize) -> Result<User> {
        let at = TimeZone::default().instant(self.first.and_hms_opt(9, 0, 0).context("a time of day")?);
        Ok(User {
            id: UserId(id(at, 0, number)),
            username: Username::parse(format!("learner{number}"))?,
            auth_type: AuthType::Manual,
            password: None,
            kakao_id: None,
            authorizations: Authorizations::of_roles([Role::Learner]),
            name: PersonName::parse(name(number))?,
            email: None,
            phone: None,
            created_at: at,
            updated_at: at,
            last_login: None,
            is_active: true,
            email_verified_at: None,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        })
    }

    fn course(&self, number: usize) -> Result<Course> {
        let at = TimeZone::default().instant(self.first.and_hms_opt(10, 0, 0).context("a time of day")?)
            + TimeDelta::minutes(i64::try_from(number)?);
        Ok(Course {
            id: CourseId(id(at, 1, number)),
            title: CourseTitle::parse(format!("생활 강좌 {number}"))?,
            description: Some(CourseDescription::parse(
                "매주 한 번 모여 배우고 익힙니다. ".repeat(1 + number % 5),
            )?),
            keyword: Some(CourseKeyword::parse("취미, 생활")?),
            is_active: true,
            stamps: Stamps::new(&Caller::system(), at),
        })
    }

    fn run(&self, number: usize, shape: Shape, people: &[User], courses: &[Course]) -> Result<Run> {
        let lectures_of_class = shape.marked + shape.unmarked;
        let weeks = u64::try_from(lectures_of_class)?;
        // The last classes still run: their unmarked lectures lie ahead.
        let spread = DAYS_BACK - 7 * u64::try_from(shape.marked)? - 1;
        let offset = spread * u64::try_from(number)? / u64::try_from(self.classes)?;
        let begin = self.first.checked_add_days(Days::new(offset)).context("the first day")?;
        let end = begin.checked_add_days(Days::new(7 * (weeks - 1))).context("the last day")?;
        let course = courses
            .get(number.min(self.classes - 1) / CLASSES_PER_COURSE)
            .context("the course of a class")?;
        let starts = |week: usize| -> Result<DateTime<Utc>> {
            let day = begin.checked_add_days(Days::new(7 * u64::try_from(week)?)).context("a day")?;
            Ok(TimeZone::default().instant(day.and_hms_opt(19, 0, 0).context("a time of day")?))
        };
        let stamps = Stamps::new(&Caller::system(), starts(0)?);
        let class = Class {
            id: ClassId(id(stamps.created_at, 2, number)),
            course_id: course.id,
            title: ClassTitle::parse(format!("{} {number}기", course.title))?,
            lecturer_info: None,
            date_info: None,
            dates: ClassDates::new(begin, end)?,
            capacity: None,
            closed_at: None,
            is_active: true,
            stamps,
        };
        let lectures = (0..lectures_of_class)
            .map(|week| {
                Ok(Lecture {
                    id: LectureId(id(starts(week)?, 3, number * lectures_of_class + week)),
                    class_id: class.id,
                    title: LectureTitle::parse(format!("{}차시", week + 1))?,
                    sequence: i32::try_from(week)? + 1,
                    attendance_type: AttendanceType::InPerson,
                    starts_at: starts(week)?,
                    duration_minutes: 120,
                    place: None,
                    cancellation: None,
                    stamps,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let places = (0..shape.learners)
            .map(|seat| {
                let learner =
                    people.get((number * shape.learners + seat) % self.users).context("a learner")?;
                Ok(Enrolment {
                    id: EnrolmentId(id(stamps.created_at, 4, number * shape.learners + seat)),
                    class_id: class.id,
                    user_id: learner.id,
                    role: ClassRole::Learner,
                    period: EnrolmentPeriod::new(begin, None)?,
                    status: EnrolmentStatus::Active,
                    transferred_from: None,
                    stamps,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut dice = Dice::new(u64::try_from(number)? + 1);
        let mut marks = Vec::with_capacity(shape.marked * places.len());
        for (week, lecture) in lectures.iter().take(shape.marked).enumerate() {
            for (seat, place) in places.iter().enumerate() {
                let place_of_mark = (number * shape.marked + week) * shape.learners + seat;
                marks.push(Attendance {
                    id: AttendanceId(id(lecture.starts_at, 5, place_of_mark)),
                    lecture_id: lecture.id,
                    user_id: place.user_id,
                    mark: Mark {
                        status: status(&mut dice),
                        detail_type: None,
                        description: None,
                        assignment_id: None,
                        checked_at: None,
                    },
                    source: AttendanceSource::Staff,
                    presence: None,
                    stamps: Stamps::new(&Caller::system(), lecture.starts_at),
                });
            }
        }
        Ok(Run { class, lectures, places, marks })
    }
}

fn status(dice: &mut Dice) -> AttendanceStatus {
    match dice.below(100) {
        0..=79 => AttendanceStatus::Present,
        80..=86 => AttendanceStatus::Late,
        87..=89 => AttendanceStatus::EarlyLeave,
        90..=92 => AttendanceStatus::Excused,
        _ => AttendanceStatus::Absent,
    }
}

fn name(number: usize) -> String {
    const FAMILY: [&str; 10] = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"];
    const GIVEN: [&str; 20] = [
        "하늘", "바다", "가람", "나래", "다솜", "라온", "마루", "보람", "새롬", "아름", "예슬", "은솔",
        "지호", "서준", "도윤", "하준", "주원", "지유", "서연", "민서",
    ];
    let family = FAMILY.iter().cycle().nth(number % FAMILY.len()).copied().unwrap_or_default();
    let given = GIVEN.iter().cycle().nth(number / FAMILY.len() % GIVEN.len()).copied().unwrap_or_default();
    format!("{family}{given}")
}
