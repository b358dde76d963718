//! What the policy engine is given: classes with their policies, places, ways between classes, lectures with their marks.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Date, Nullable, Text},
};
use madang_domain::{
    access::ClassRole,
    attendance::{
        AttendanceStatus,
        capture::Presence,
        leave::{LeavePeriod, LeaveReason},
        policies::Policy,
        policy::RawMark,
        records::{ApprovedLeave, MarkedLecture, PlaceScope, RecordRepository, RuledClass},
    },
    error::{Pending, RepositoryResult},
    ids::{ClassId, CourseId, EnrolmentId, LectureId, PolicyId, UserId},
    learning::{
        courses::Course,
        enrolments::{CarriedStretch, EnrolmentPeriod, EnrolmentStatus, LearnerPlace},
        lectures::Lecture,
    },
};
use serde_json::Value;

use super::{Db, Session, dialect};
use crate::{
    error::Corrupt,
    fragment::{Fragment, Statement},
    rows::{
        classes::ClassRow, courses::CourseRow, known, lectures::LectureRow, lectures::MarksOf, parsed,
        policies::PolicyRow,
    },
    schema::{attendance_policies, class_policy_pins, classes, courses, enrolments, lectures},
    types::{self, Document, Id},
};

/// The pin that holds is the one that no later one follows.
pub(super) const HOLDS: &str = "NOT EXISTS (SELECT 1 FROM class_policy_pins AS later \
     WHERE later.class_id = class_policy_pins.class_id AND later.number = class_policy_pins.number + 1)";

type PlaceRow = ((CourseId, String), (ClassId, String, NaiveDate, NaiveDate), (NaiveDate, Option<NaiveDate>));

/// Class and user whom it concerns; the place and the class where they were, or nothing and the class that excuses; first and last
/// day; reason and lectures of leave.
type WayTypes = (
    (Id, Id),
    Nullable<Id>,
    (Id, Nullable<Text>),
    (Date, Nullable<Date>),
    (Nullable<Text>, Nullable<Document>),
);
type WayRow = (
    (ClassId, UserId),
    Option<EnrolmentId>,
    (ClassId, Option<String>),
    (NaiveDate, Option<NaiveDate>),
    (Option<String>, Option<Value>),
);

impl RecordRepository for Session {
    fn ruled<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<RuledClass>> {
        Box::pin(async move {
            let query = || {
                classes::table
                    .inner_join(class_policy_pins::table.inner_join(attendance_policies::table))
                    .filter(dialect::is_one_of("classes.id", classes))
                    .filter(Fragment::sql(HOLDS))
                    .select((ClassRow::as_select(), PolicyRow::as_select()))
            };
            ruled(self.rows(query).await?)
        })
    }

    fn ruled_for_update(&mut self, class: ClassId) -> Pending<'_, Option<RuledClass>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    classes::table
                        .inner_join(class_policy_pins::table.inner_join(attendance_policies::table))
                        .filter(classes::id.eq(types::id(class)))
                        .filter(Fragment::sql(HOLDS))
                        .select((ClassRow::as_select(), PolicyRow::as_select())),
                    classes
                )
            };
            let rows: Vec<(ClassRow, PolicyRow)> = self.rows(query).await?;
            rows.into_iter().next().map(|row| Policies::default().ruled(row)).transpose()
        })
    }

    fn ruled_course(&mut self, course: CourseId) -> Pending<'_, Option<(Course, Vec<RuledClass>)>> {
        Box::pin(async move {
            let query = move || {
                classes::table
                    .inner_join(courses::table)
                    .inner_join(class_policy_pins::table.inner_join(attendance_policies::table))
                    .filter(classes::course_id.eq(types::id(course)))
                    .filter(Fragment::sql(HOLDS))
                    .select((CourseRow::as_select(), (ClassRow::as_select(), PolicyRow::as_select())))
            };
            let rows: Vec<(CourseRow, (ClassRow, PolicyRow))> = self.rows(query).await?;
            let (mut policies, mut found, mut ruled) = (Policies::default(), None, Vec::new());
            for (course, row) in rows {
                found = Some(course);
                ruled.push(policies.ruled(row)?);
            }
            Ok(found.map(Course::try_from).transpose()?.map(|course| (course, ruled)))
        })
    }

    fn ruled_lecture(&mut self, lecture: LectureId) -> Pending<'_, Option<(Lecture, RuledClass)>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .inner_join(
                        classes::table
                            .inner_join(class_policy_pins::table.inner_join(attendance_policies::table)),
                    )
                    .filter(lectures::id.eq(types::id(lecture)))
                    .filter(Fragment::sql(HOLDS))
                    .select((LectureRow::as_select(), (ClassRow::as_select(), PolicyRow::as_select())))
            };
            let rows: Vec<(LectureRow, (ClassRow, PolicyRow))> = self.rows(query).await?;
            let found = |(lecture, row): (LectureRow, _)| -> RepositoryResult<_> {
                Ok((lecture.try_into()?, Policies::default().ruled(row)?))
            };
            rows.into_iter().next().map(found).transpose()
        })
    }

    fn places(&mut self, user: UserId, scope: PlaceScope) -> Pending<'_, Vec<(LearnerPlace, Arc<Policy>)>> {
        Box::pin(async move {
            let query = move || {
                let query = enrolments::table
                    .inner_join(
                        classes::table
                            .inner_join(courses::table)
                            .inner_join(class_policy_pins::table.inner_join(attendance_policies::table)),
                    )
                    .filter(enrolments::user_id.eq(types::id(user)))
                    .filter(enrolments::role.eq(ClassRole::Learner.as_str()))
                    .filter(enrolments::status.ne(EnrolmentStatus::Waiting.as_str()))
                    .filter(Fragment::sql(HOLDS))
                    .select((
                        (
                            (courses::id, courses::title),
                            (classes::id, classes::title, classes::begin_date, classes::end_date),
                            (enrolments::enrolled_on, enrolments::left_on),
                        ),
                        PolicyRow::as_select(),
                    ))
                    .order((
                        classes::begin_date.desc(),
                        classes::id.desc(),
                        enrolments::enrolled_on,
                        enrolments::id,
                    ))
                    .into_boxed::<Db>();
                match scope {
                    PlaceScope::All => query,
                    PlaceScope::Course(course) => query.filter(classes::course_id.eq(types::id(course))),
                    PlaceScope::CourseOf(class) => query.filter(
                        Fragment::sql(
                            "classes.course_id = (SELECT one.course_id FROM classes AS one WHERE one.id = ",
                        )
                        .bind(class.0)
                        .then(")"),
                    ),
                }
            };
            let rows: Vec<(PlaceRow, PolicyRow)> = self.rows(query).await?;
            let mut policies = Policies::default();
            rows.into_iter().map(|(row, policy)| Ok((place(row)?, policies.policy(policy)?))).collect()
        })
    }

    fn ways<'a>(
        &'a mut self,
        classes: &'a [ClassId],
        user: Option<UserId>,
    ) -> Pending<'a, (Vec<CarriedStretch>, Vec<ApprovedLeave>)> {
        Box::pin(async move {
            let of_classes = |column| dialect::is_one_of(column, classes);
            told(self.rows(|| ways(of_classes, user)).await?)
        })
    }

    fn ways_of_courses_of<'a>(
        &'a mut self,
        classes: &'a [ClassId],
    ) -> Pending<'a, (Vec<CarriedStretch>, Vec<ApprovedLeave>)> {
        Box::pin(async move {
            let of_courses = |column| {
                Fragment::sql(format!(
                    "{column} IN (SELECT sister.id FROM classes AS one JOIN classes AS sister \
                     ON sister.course_id = one.course_id WHERE "
                ))
                .append(dialect::is_one_of("one.id", classes))
                .then(")")
            };
            told(self.rows(|| ways(of_courses, None)).await?)
        })
    }

    fn policies<'a>(&'a mut self, ids: &'a [PolicyId]) -> Pending<'a, Vec<Arc<Policy>>> {
        Box::pin(async move {
            let query = || {
                attendance_policies::table
                    .filter(dialect::is_one_of("attendance_policies.id", ids))
                    .select(PolicyRow::as_select())
            };
            let rows: Vec<PolicyRow> = self.rows(query).await?;
            rows.into_iter().map(|row| Ok(Arc::new(row.try_into()?))).collect()
        })
    }

    fn marked<'a>(
        &'a mut self,
        classes: &'a [ClassId],
        user: Option<UserId>,
    ) -> Pending<'a, Vec<MarkedLecture>> {
        Box::pin(async move {
            let query = || {
                lectures::table
                    .filter(dialect::is_one_of("lectures.class_id", classes))
                    .select((LectureRow::as_select(), MarksOf(user)))
            };
            let rows: Vec<(LectureRow, Option<String>)> = self.rows(query).await?;
            rows.into_iter()
                .map(|(lecture, marks)| {
                    let lecture: Lecture = lecture.try_into()?;
                    let marks = marks.as_deref().unwrap_or_default().lines();
                    let marks = marks.map(|line| mark(lecture.id, line)).collect::<Result<_, _>>()?;
                    Ok(MarkedLecture { lecture, marks })
                })
                .collect()
        })
    }
}

/// Classes with their policies, of which those that go by one share it.
pub(super) fn ruled(rows: Vec<(ClassRow, PolicyRow)>) -> RepositoryResult<Vec<RuledClass>> {
    let mut policies = Policies::default();
    rows.into_iter().map(|row| policies.ruled(row)).collect()
}

/// The policies that were met; each document is read once.
#[derive(Default)]
struct Policies(HashMap<PolicyId, Arc<Policy>>);

impl Policies {
    fn policy(&mut self, row: PolicyRow) -> RepositoryResult<Arc<Policy>> {
        if let Some(policy) = self.0.get(&row.id) {
            return Ok(Arc::clone(policy));
        }
        let policy = Arc::new(Policy::try_from(row)?);
        self.0.insert(policy.id, Arc::clone(&policy));
        Ok(policy)
    }

    fn ruled(&mut self, (class, policy): (ClassRow, PolicyRow)) -> RepositoryResult<RuledClass> {
        Ok(RuledClass { class: class.try_into()?, policy: self.policy(policy)? })
    }
}

/// Moves and leave apart.
fn told(rows: Vec<WayRow>) -> RepositoryResult<(Vec<CarriedStretch>, Vec<ApprovedLeave>)> {
    let (mut carried, mut approved) = (Vec::new(), Vec::new());
    for (whom, place, from, days, leave) in rows {
        match place {
            Some(place) => carried.push(stretch(whom, place, from, days)?),
            None => approved.push(approval(whom, days, leave)?),
        }
    }
    Ok((carried, approved))
}

/// Every place from which a learner came to classes, over any number of moves, and the approved leave of all of them; `is_meant` is
/// the condition on a column with the id of a class.
fn ways(is_meant: impl Fn(&'static str) -> Fragment, user: Option<UserId>) -> Statement<WayTypes> {
    let of_user = |fragment: Fragment, column: &'static str| match user {
        Some(user) => fragment.then(format!(" AND {column} = ")).bind(user.0),
        None => fragment,
    };
    let begin = Fragment::sql(
        "WITH RECURSIVE way (target, user_id, place) AS (SELECT enrolments.class_id, enrolments.user_id, \
         enrolments.transferred_from FROM enrolments WHERE enrolments.role = 'learner' \
         AND enrolments.transferred_from IS NOT NULL AND ",
    )
    .append(is_meant("enrolments.class_id"));
    let carried = of_user(begin, "enrolments.user_id")
        .then(
            " UNION SELECT way.target, way.user_id, earlier.transferred_from FROM way \
             JOIN enrolments AS earlier ON earlier.id = way.place WHERE earlier.transferred_from IS NOT NULL), \
             origins (id) AS (SELECT classes.id FROM classes WHERE ",
        )
        .append(is_meant("classes.id"))
        .then(
            " UNION SELECT earlier.class_id FROM way JOIN enrolments AS earlier ON earlier.id = way.place) \
             SELECT way.target, way.user_id, earlier.id, classes.id, classes.title, earlier.enrolled_on AS first_on, \
             earlier.left_on, NULL, NULL FROM way JOIN enrolments AS earlier ON earlier.id = way.place \
             JOIN classes ON classes.id = earlier.class_id WHERE classes.id <> way.target \
             UNION ALL SELECT leave_requests.class_id, leave_requests.user_id, NULL, leave_requests.class_id, NULL, \
             leave_requests.first_on, leave_requests.last_on, leave_requests.reason, leave_requests.lecture_ids \
             FROM leave_requests WHERE leave_requests.status = 'approved' \
             AND leave_requests.class_id IN (SELECT origins.id FROM origins)",
        );
    of_user(carried, "leave_requests.user_id").then(" ORDER BY 1, 2, 6, 3").into_statement()
}

fn place((course, class, days): PlaceRow) -> RepositoryResult<LearnerPlace> {
    let (course_id, course_title) = course;
    let (class_id, class_title, begin_date, end_date) = class;
    let period = period(days)?;
    Ok(LearnerPlace { course_id, course_title, class_id, class_title, begin_date, end_date, period })
}

fn period((enrolled_on, left_on): (NaiveDate, Option<NaiveDate>)) -> Result<EnrolmentPeriod, Corrupt> {
    parsed(EnrolmentPeriod::new(enrolled_on, left_on), "enrolments.left_on")
}

fn stretch(
    (into, user_id): (ClassId, UserId),
    enrolment_id: EnrolmentId,
    (class_id, class_title): (ClassId, Option<String>),
    days: (NaiveDate, Option<NaiveDate>),
) -> RepositoryResult<CarriedStretch> {
    let class_title = known(class_title, "classes.title")?;
    Ok(CarriedStretch { user_id, into, enrolment_id, class_id, class_title, period: period(days)? })
}

fn approval(
    (class_id, user_id): (ClassId, UserId),
    (first_on, last_on): (NaiveDate, Option<NaiveDate>),
    (reason, lectures): (Option<String>, Option<Value>),
) -> RepositoryResult<ApprovedLeave> {
    let last_on = known(last_on, "leave_requests.last_on")?;
    let lectures = parsed(lectures.map(serde_json::from_value).transpose(), "leave_requests.lecture_ids")?;
    Ok(ApprovedLeave {
        class_id,
        user_id,
        reason: known(reason.as_deref().and_then(LeaveReason::parse), "leave_requests.reason")?,
        period: parsed(LeavePeriod::new(first_on, last_on, lectures), "leave_requests.last_on")?,
    })
}

/// Reads what [`MarksOf`] wrote: who, how, and the times if there are any.
fn mark(lecture_id: LectureId, line: &str) -> Result<(UserId, RawMark), Corrupt> {
    let mut words = line.splitn(3, ' ');
    let user: uuid::Uuid = parsed(words.next().unwrap_or_default().parse(), "attendances.user_id")?;
    let status = known(words.next().and_then(AttendanceStatus::parse), "attendances.status")?;
    let presence = words.next().filter(|text| !text.is_empty()).map(serde_json::from_str::<Presence>);
    let presence = parsed(presence.transpose(), "attendances.presence")?;
    let attended_minutes = presence.and_then(|presence| presence.attended_minutes());
    Ok((UserId(user), RawMark { lecture_id, status, attended_minutes }))
}
