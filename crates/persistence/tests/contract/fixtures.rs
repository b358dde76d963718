//! Entities for the tests, all different, all valid.

use std::sync::atomic::{AtomicI32, Ordering};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use madang_domain::{
    access::{Authorizations, ClassRole, Role},
    accounts::{AuthType, User},
    attendance::{Attendance, AttendanceSource, AttendanceStatus, Mark},
    certification::{
        CertificateNumber, Certification, DEFAULT_TEMPLATE, Issuer, SNAPSHOT_FORM, Snapshot, Standing,
        VerificationCode,
    },
    error::RepositoryResult,
    ids::{
        AttendanceId, CertificationId, ClassId, CourseId, EnrolmentId, IdGenerator, LectureId, SequentialIds,
        UserId,
    },
    learning::{
        classes::{Class, ClassDates, ClassTitle},
        courses::{Course, CourseTitle},
        enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
        lectures::{AttendanceType, Lecture, LectureTitle},
    },
    page::{Cursor, Direction, Listed, Listing, PageSize, Sort, Window},
    stamps::Stamps,
    store::{Repositories, Store, finish},
    text::{PersonName, Username},
};
use madang_testing::TestDatabase;

/// `2026-09-01`
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2026-09-01T01:00:00Z`
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Makes entities with ids that count up, each a second after the one before.
#[derive(Default)]
pub struct Maker {
    ids: SequentialIds,
    certificates: AtomicI32,
}

impl Maker {
    pub fn id(&self) -> uuid::Uuid {
        self.ids.next()
    }

    pub fn stamps(&self) -> Stamps {
        let number = self.ids.next().as_u128() & 0xFFFF_FFFF;
        let created_at =
            at("2026-01-01T00:00:00.123456Z") + TimeDelta::seconds(i64::try_from(number).unwrap());
        Stamps {
            created_at,
            created_by: Some(UserId(self.ids.next())),
            updated_at: created_at + TimeDelta::microseconds(1),
            updated_by: None,
            version: 1,
        }
    }

    pub fn user(&self, name: &str) -> User {
        let id = UserId(self.ids.next());
        let stamps = self.stamps();
        User {
            id,
            username: Username::parse(format!("user-{}", id.0.simple())).unwrap(),
            auth_type: AuthType::Manual,
            password: None,
            kakao_id: None,
            authorizations: Authorizations::of_roles([Role::Learner]),
            name: PersonName::parse(name).unwrap(),
            email: None,
            phone: None,
            created_at: stamps.created_at,
            updated_at: stamps.updated_at,
            last_login: None,
            is_active: true,
            email_verified_at: None,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        }
    }

    pub fn users(&self, count: usize) -> Vec<User> {
        (0..count).map(|number| self.user(&format!("학생 {number}"))).collect()
    }

    pub fn course(&self, title: &str) -> Course {
        Course {
            id: CourseId(self.ids.next()),
            title: CourseTitle::parse(title).unwrap(),
            description: None,
            keyword: None,
            is_active: true,
            stamps: self.stamps(),
        }
    }

    pub fn class(&self, course: &Course, title: &str) -> Class {
        Class {
            id: ClassId(self.ids.next()),
            course_id: course.id,
            title: ClassTitle::parse(title).unwrap(),
            lecturer_info: None,
            date_info: None,
            dates: ClassDates::new(day("2026-09-01"), day("2026-12-31")).unwrap(),
            capacity: None,
            closed_at: None,
            is_active: true,
            stamps: self.stamps(),
        }
    }

    pub fn lecture(&self, class: &Class, sequence: i32) -> Lecture {
        Lecture {
            id: LectureId(self.ids.next()),
            class_id: class.id,
            title: LectureTitle::parse(format!("{sequence}차시")).unwrap(),
            sequence,
            attendance_type: AttendanceType::InPerson,
            starts_at: at("2026-09-01T01:00:00Z") + TimeDelta::weeks(i64::from(sequence) - 1),
            duration_minutes: 120,
            place: None,
            cancellation: None,
            stamps: self.stamps(),
        }
    }

    pub fn lectures(&self, class: &Class, count: i32) -> Vec<Lecture> {
        (1..=count).map(|sequence| self.lecture(class, sequence)).collect()
    }

    pub fn enrolment(&self, class: &Class, user: &User, from: &str, until: Option<&str>) -> Enrolment {
        let left_on = until.map(day);
        Enrolment {
            id: EnrolmentId(self.ids.next()),
            class_id: class.id,
            user_id: user.id,
            role: ClassRole::Learner,
            period: EnrolmentPeriod::new(day(from), left_on).unwrap(),
            status: if left_on.is_some() { EnrolmentStatus::Left } else { EnrolmentStatus::Active },
            transferred_from: None,
            stamps: self.stamps(),
        }
    }

    pub fn mark(&self, lecture: &Lecture, user: &User, status: AttendanceStatus) -> Attendance {
        Attendance {
            id: AttendanceId(self.ids.next()),
            lecture_id: lecture.id,
            user_id: user.id,
            mark: Mark {
                status,
                detail_type: None,
                description: None,
                assignment_id: None,
                checked_at: None,
            },
            source: AttendanceSource::Staff,
            presence: None,
            stamps: self.stamps(),
        }
    }

    /// One that holds; the first of them has the number 2026-0001.
    pub fn certification(&self, course: &Course, user: &User) -> Certification {
        let stamps = self.stamps();
        let place = self.certificates.fetch_add(1, Ordering::Relaxed) + 1;
        Certification {
            id: CertificationId(self.ids.next()),
            course_id: course.id,
            user_id: user.id,
            class_ids: Vec::new(),
            snapshot: Snapshot {
                form: SNAPSHOT_FORM,
                number: CertificateNumber::new(2026, place).unwrap(),
                code: VerificationCode::draw(),
                issued_at: stamps.created_at,
                expires_at: None,
                replaces: None,
                user_name: user.name.as_str().to_owned(),
                user_name_roman: None,
                birth_date: None,
                course_title: course.title.as_str().to_owned(),
                rule: "lecture-80".to_owned(),
                completion: None,
                classes: Vec::new(),
                rate: None,
                planned_minutes: 0,
                attended_minutes: 0,
                issuer: Issuer::default(),
                template: DEFAULT_TEMPLATE.to_owned(),
                override_reason: None,
                approved_by: None,
            },
            supersedes: None,
            standing: Standing::Issued,
            stamps,
        }
    }
}

/// A course with one class, its lectures and learners who are there from the first day.
pub struct Hall {
    pub course: Course,
    pub class: Class,
    pub lectures: Vec<Lecture>,
    pub learners: Vec<User>,
    pub enrolments: Vec<Enrolment>,
}

impl Hall {
    pub async fn kept(db: &TestDatabase, maker: &Maker, lectures: i32, learners: usize) -> Self {
        let course = maker.course("수채화");
        let class = maker.class(&course, "1기");
        let lectures = maker.lectures(&class, lectures);
        let learners = maker.users(learners);
        let enrolments: Vec<Enrolment> =
            learners.iter().map(|user| maker.enrolment(&class, user, "2026-09-01", None)).collect();
        let hall = Self { course, class, lectures, learners, enrolments };
        keep(db, async |repositories| {
            repositories.courses().insert_many(std::slice::from_ref(&hall.course)).await?;
            repositories.classes().insert_many(std::slice::from_ref(&hall.class)).await?;
            repositories.lectures().insert_many(&hall.lectures).await?;
            repositories.users().insert_many(&hall.learners).await?;
            repositories.enrolments().insert_many(&hall.enrolments).await
        })
        .await
        .unwrap();
        hall
    }
}

/// Runs `work` in a unit of work that is kept if it succeeds.
pub async fn keep<T>(
    db: &TestDatabase,
    work: impl AsyncFnOnce(&mut dyn Repositories) -> RepositoryResult<T>,
) -> RepositoryResult<T> {
    let mut unit = db.database().begin().await?;
    let outcome = work(&mut *unit).await;
    finish(unit, outcome).await
}

/// The same entity, changed once more.
pub fn touched(stamps: Stamps) -> Stamps {
    Stamps { version: stamps.version + 1, updated_at: stamps.updated_at + TimeDelta::seconds(1), ..stamps }
}

/// The first page of a list, which is large enough for all tests.
pub fn page<F, S>(filter: F, sort: Sort<S>) -> Listing<F, S> {
    Listing { filter, sort, window: Window::Page { number: 1, size: PageSize::parse(100).unwrap() } }
}

/// Walks a list by cursor in steps of `size` and returns everything.
pub async fn walk<F: Clone, S: Clone, T>(
    filter: F,
    sort: Sort<S>,
    size: u32,
    mut list: impl AsyncFnMut(Listing<F, S>) -> Listed<T>,
) -> Vec<T> {
    let (mut items, mut cursor): (Vec<T>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let window = Window::After { cursor, size: PageSize::parse(size).unwrap() };
        let listed = list(Listing { filter: filter.clone(), sort: sort.clone(), window }).await;
        assert!(listed.total.is_none(), "a walk counts nothing");
        items.extend(listed.items);
        cursor = listed.next;
        if cursor.is_none() {
            return items;
        }
    }
}

/// Every way to sort by one field or by two.
pub fn sorts<S: Copy>(fields: &[S]) -> Vec<Sort<S>> {
    let directed: Vec<(S, Direction)> = fields
        .iter()
        .flat_map(|field| [(*field, Direction::Ascending), (*field, Direction::Descending)])
        .collect();
    let single = directed.iter().map(|one| Sort(vec![*one]));
    let double = directed.iter().flat_map(|one| directed.iter().map(|two| Sort(vec![*one, *two])));
    single.chain(double).collect()
}
