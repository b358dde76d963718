//! Makes the rows of the sample.

use anyhow::{Context, Result};
use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};
use madang_domain::{
    access::{Authorizations, Caller, ClassRole, Role},
    accounts::{AuthType, User},
    attendance::{Attendance, AttendanceSource, AttendanceStatus, DetailType, Mark},
    audit::{AuditEntry, AuditPen},
    calendar::TimeZone,
    ids::{AttendanceId, ClassId, CourseId, EnrolmentId, LectureId, UserId},
    learning::{
        classes::{Class, ClassDates, ClassNote, ClassTitle},
        courses::{Course, CourseDescription, CourseKeyword, CourseTitle},
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
        lectures::{AttendanceType, Lecture, LecturePlace, LectureTitle},
    },
    stamps::Stamps,
    text::{Email, PersonName, Phone, Username},
    yard::Yard,
};

use super::{
    catalogue::{
        CLASSES, COURSES, DOOR_IN, LATE_JOINER_IN, LEAVER_IN, LECTURES_PER_CLASS, Run, TRANSFER_FROM,
        TRANSFER_TO,
    },
    people::{LEARNERS, LECTURERS, MANAGER, MET_AT_THE_DOOR, Person},
};

/// The rows of the sample.
#[derive(Default)]
pub struct Sample {
    pub users: Vec<User>,
    pub courses: Vec<Course>,
    pub classes: Vec<Class>,
    pub lectures: Vec<Lecture>,
    pub enrolments: Vec<Enrolment>,
    pub attendances: Vec<Attendance>,
}

impl Sample {
    /// The entries of the audit log that say how all this came to be.
    pub fn audit(&self, pen: &AuditPen<'_>) -> Vec<AuditEntry> {
        let mut entries: Vec<AuditEntry> = self.users.iter().map(|one| pen.created(one)).collect();
        entries.extend(self.courses.iter().map(|one| pen.created(one)));
        entries.extend(self.classes.iter().map(|one| pen.created(one)));
        entries.extend(self.lectures.iter().map(|one| pen.created(one)));
        entries.extend(self.enrolments.iter().map(|one| pen.created(one)));
        entries.extend(self.attendances.iter().map(|one| pen.created(one)));
        entries
    }
}

/// Makes the sample around `today`.
pub fn make(yard: &Yard, today: NaiveDate) -> Result<Sample> {
    let stamps = Stamps::new(&Caller::system(), yard.clock.now());
    let mut maker = Maker { yard, today, stamps, sample: Sample::default() };
    let teachers = maker.people(&LECTURERS, AuthType::Manual, Role::Lecturer)?;
    maker.people(&[MANAGER], AuthType::Manual, Role::Manager)?;
    let learners = maker.people(&LEARNERS, AuthType::Manual, Role::Learner)?;
    let met = maker.people(&[MET_AT_THE_DOOR], AuthType::Temp, Role::Learner)?;
    let courses = maker.courses()?;
    for (number, run) in CLASSES.iter().enumerate() {
        let course = courses.get(run.course).context("a run of no course")?;
        let teacher = teachers.get(run.lecturer).context("a run without lecturer")?;
        let lectures = maker.class(run, course, teacher)?;
        let mut members: Vec<&User> =
            learners.iter().cycle().skip(run.learners.0).take(run.learners.1).collect();
        if number == DOOR_IN {
            members.extend(&met);
        }
        let places = maker.places(number, &lectures, teacher, &members)?;
        maker.marks(number, &lectures, &places)?;
    }
    Ok(maker.sample)
}

struct Maker<'y> {
    yard: &'y Yard,
    today: NaiveDate,
    stamps: Stamps,
    sample: Sample,
}

impl Maker<'_> {
    fn people(&mut self, people: &[Person], auth_type: AuthType, role: Role) -> Result<Vec<User>> {
        let first = self.sample.users.len();
        for (number, (name, username)) in (first + 1..).zip(people) {
            let reachable = auth_type != AuthType::Temp;
            let email = reachable.then(|| Email::parse(format!("{username}@example.com"))).transpose()?;
            let phone = reachable.then(|| Phone::parse(format!("010-0000-{number:04}"))).transpose()?;
            self.sample.users.push(User {
                id: UserId(self.yard.ids.next()),
                username: Username::parse(username)?,
                auth_type,
                password: None,
                kakao_id: None,
                authorizations: Authorizations::of_roles([role]),
                name: PersonName::parse(name)?,
                email,
                phone,
                created_at: self.stamps.created_at,
                updated_at: self.stamps.updated_at,
                last_login: None,
                is_active: true,
                email_verified_at: None,
                suspension: None,
                withdrawn_at: None,
                version: 1,
            });
        }
        Ok(self.sample.users.iter().skip(first).cloned().collect())
    }

    fn courses(&mut self) -> Result<Vec<Course>> {
        for (title, description, keyword) in COURSES {
            self.sample.courses.push(Course {
                id: CourseId(self.yard.ids.next()),
                title: CourseTitle::parse(title)?,
                description: Some(CourseDescription::parse(description)?),
                keyword: Some(CourseKeyword::parse(keyword)?),
                is_active: true,
                stamps: self.stamps,
            });
        }
        Ok(self.sample.courses.clone())
    }

    /// A class with its weekly lectures.
    fn class(&mut self, run: &Run, course: &Course, teacher: &User) -> Result<Vec<Lecture>> {
        let monday = self.today.week(chrono::Weekday::Mon).first_day();
        let first =
            monday + TimeDelta::weeks(run.week) + Days::new(run.weekday.num_days_from_monday().into());
        let last = first + TimeDelta::weeks(i64::from(LECTURES_PER_CLASS) - 1);
        let (hour, minute) = run.at;
        let starts = NaiveTime::from_hms_opt(hour, minute, 0).context("a time of day")?;
        let ends = starts + TimeDelta::minutes(run.minutes.into());
        let class = Class {
            id: ClassId(self.yard.ids.next()),
            course_id: course.id,
            title: ClassTitle::parse(format!("{} {}", course.title, run.name))?,
            lecturer_info: Some(ClassNote::parse(format!("{} 강사", teacher.name))?),
            date_info: Some(ClassNote::parse(format!(
                "매주 {}요일 {}~{}, {LECTURES_PER_CLASS}회",
                weekday(first),
                starts.format("%H:%M"),
                ends.format("%H:%M")
            ))?),
            dates: ClassDates::new(first, last)?,
            capacity: Some(run.capacity),
            closed_at: None,
            is_active: true,
            stamps: self.stamps,
        };
        let mut lectures = Vec::new();
        for sequence in 1..=LECTURES_PER_CLASS {
            let day = first + TimeDelta::weeks(i64::from(sequence) - 1);
            lectures.push(Lecture {
                id: LectureId(self.yard.ids.next()),
                class_id: class.id,
                title: LectureTitle::parse(format!("{sequence}차시"))?,
                sequence: i32::try_from(sequence)?,
                attendance_type: run.place.map_or(AttendanceType::Online, |_| AttendanceType::InPerson),
                starts_at: TimeZone::default().instant(day.and_time(starts)),
                duration_minutes: run.minutes,
                place: run.place.map(LecturePlace::parse).transpose()?,
                cancellation: None,
                stamps: self.stamps,
            });
        }
        self.sample.classes.push(class);
        self.sample.lectures.extend(lectures.iter().cloned());
        Ok(lectures)
    }

    /// Who is in a class, from when to when; the places of its learners.
    fn places(
        &mut self,
        class: usize,
        lectures: &[Lecture],
        teacher: &User,
        members: &[&User],
    ) -> Result<Vec<Enrolment>> {
        let day = |number: usize| lectures.get(number).map(Lecture::day).context("a lecture of the class");
        let (begin, third) = (day(0)?, day(2)?);
        self.enrol(lectures, teacher, ClassRole::Lecturer, (begin, None), EnrolmentStatus::Active)?;
        let mut places = Vec::new();
        for (number, member) in members.iter().enumerate() {
            let (period, status) = match (class, number) {
                (LATE_JOINER_IN, 0) => ((third, None), EnrolmentStatus::Active),
                (LEAVER_IN, 0) => ((begin, Some(third)), EnrolmentStatus::Left),
                (TRANSFER_FROM, 0) => ((begin, Some(third)), EnrolmentStatus::Transferred),
                _ => ((begin, None), EnrolmentStatus::Active),
            };
            places.push(self.enrol(lectures, member, ClassRole::Learner, period, status)?);
        }
        if class == TRANSFER_TO {
            let moved = self.sample.enrolments.iter().find(|one| one.status == EnrolmentStatus::Transferred);
            let (user, on) =
                moved.and_then(|one| Some((one.user_id, one.period.left_on()?))).context("who moves")?;
            let user = self.sample.users.iter().find(|one| one.id == user).cloned().context("who moves")?;
            places.push(self.enrol(
                lectures,
                &user,
                ClassRole::Learner,
                (on, None),
                EnrolmentStatus::Active,
            )?);
        }
        Ok(places)
    }

    fn enrol(
        &mut self,
        lectures: &[Lecture],
        user: &User,
        role: ClassRole,
        (from, until): (NaiveDate, Option<NaiveDate>),
        status: EnrolmentStatus,
    ) -> Result<Enrolment> {
        let enrolment = Enrolment {
            id: EnrolmentId(self.yard.ids.next()),
            class_id: lectures.first().context("a class without lectures")?.class_id,
            user_id: user.id,
            role,
            period: EnrolmentPeriod::new(from, until)?,
            status,
            transferred_from: None,
            stamps: self.stamps,
        };
        self.sample.enrolments.push(enrolment.clone());
        Ok(enrolment)
    }

    /// The marks of the lectures before today.
    fn marks(&mut self, class: usize, lectures: &[Lecture], places: &[Enrolment]) -> Result<()> {
        let is_over = lectures.last().is_some_and(|last| last.day() < self.today);
        for (week, lecture) in lectures.iter().enumerate().filter(|(_, lecture)| lecture.day() < self.today) {
            let present = places.iter().enumerate().filter(|(_, place)| place.period.holds_on(lecture.day()));
            for (seat, place) in present {
                let Some(status) = status(class, week, seat, is_over) else { continue };
                let came = match status {
                    AttendanceStatus::Present | AttendanceStatus::EarlyLeave => Some(-5),
                    AttendanceStatus::Late => Some(20),
                    AttendanceStatus::Excused | AttendanceStatus::Absent => None,
                };
                self.sample.attendances.push(Attendance {
                    id: AttendanceId(self.yard.ids.next()),
                    lecture_id: lecture.id,
                    user_id: place.user_id,
                    mark: Mark {
                        status,
                        detail_type: (status == AttendanceStatus::Excused)
                            .then(|| DetailType::parse("병결"))
                            .transpose()?,
                        description: None,
                        assignment_id: None,
                        checked_at: came.map(|minutes| lecture.starts_at + TimeDelta::minutes(minutes)),
                    },
                    source: AttendanceSource::Staff,
                    stamps: self.stamps,
                });
            }
        }
        Ok(())
    }
}

/// Some come always and some seldom; in classes that run, a mark is missing here and there.
fn status(class: usize, week: usize, seat: usize, is_over: bool) -> Option<AttendanceStatus> {
    let seldom = seat % 4 == 3;
    match (class * 31 + week * 7 + seat * 13) % 20 {
        0 => Some(AttendanceStatus::Late),
        1 => Some(AttendanceStatus::EarlyLeave),
        2 => Some(AttendanceStatus::Excused),
        3 | 4 => Some(AttendanceStatus::Absent),
        5..=7 if seldom => Some(AttendanceStatus::Absent),
        8 if !is_over => None,
        _ => Some(AttendanceStatus::Present),
    }
}

fn weekday(day: NaiveDate) -> &'static str {
    match day.weekday() {
        chrono::Weekday::Mon => "월",
        chrono::Weekday::Tue => "화",
        chrono::Weekday::Wed => "수",
        chrono::Weekday::Thu => "목",
        chrono::Weekday::Fri => "금",
        chrono::Weekday::Sat => "토",
        chrono::Weekday::Sun => "일",
    }
}
