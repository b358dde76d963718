//! What the engine reads: lectures, places and marks of whole classes, or of all classes of one learner, each in a fixed
//! number of statements.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    policies::{self, Policy},
    policy::{Amount, Assessment, LearnerRecord, PlannedLecture, RawMark, Timetable},
};
use crate::{
    accounts::UserSummary,
    error::{RepositoryError, RepositoryResult},
    ids::{ClassId, CourseId, LectureId, UserId},
    learning::{enrolments::LearnerPlace, lectures::Lecture},
    store::Repositories,
};

/// A class with its policy, its lectures and its learners.
#[derive(Debug, Clone)]
pub struct ClassRecords {
    /// What it goes by.
    pub policy: Arc<Policy>,
    /// Its lectures.
    pub lectures: Vec<Lecture>,
    /// Everybody who is or was a learner, by name.
    pub learners: Vec<(UserSummary, LearnerRecord)>,
}

impl ClassRecords {
    /// The class seen through a policy at a moment.
    pub fn timetable<'p>(&self, policy: &'p Policy, now: DateTime<Utc>) -> Timetable<'p> {
        Timetable::new(&policy.document, self.lectures.iter().map(PlannedLecture::from), now)
    }

    /// What all learners reached together; `None` where there is no learner.
    pub fn amount(&self, now: DateTime<Utc>) -> Option<Amount> {
        let timetable = self.timetable(&self.policy, now);
        let amounts = self.learners.iter().map(|(_, record)| timetable.assess(record).amount());
        // Amounts of one timetable have one unit and equal parts.
        amounts.reduce(|sum, one| sum.plus(one).unwrap_or(sum))
    }
}

/// One class of a learner, over all of their places in it.
#[derive(Debug, Clone)]
pub struct LearnerClass {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub course_title: String,
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub class_title: String,
    /// The first day of the class.
    pub begin_date: NaiveDate,
    /// The last day of the class.
    pub end_date: NaiveDate,
    /// The learner's first day.
    pub enrolled_on: NaiveDate,
    /// The learner's first day no more; `None` while one of their places holds.
    pub left_on: Option<NaiveDate>,
    /// What the class goes by.
    pub policy: Arc<Policy>,
    /// Its lectures.
    pub lectures: Vec<Lecture>,
    /// What is on record of the learner.
    pub record: LearnerRecord,
}

impl LearnerClass {
    /// Everything that is said of the learner in this class.
    pub fn assess(&self, now: DateTime<Utc>) -> Assessment {
        let lectures = self.lectures.iter().map(PlannedLecture::from);
        Timetable::new(&self.policy.document, lectures, now).assess(&self.record)
    }
}

/// Whole classes: policies, lectures, learners and marks.
pub async fn of_classes(
    repositories: &mut dyn Repositories,
    classes: &[ClassId],
) -> RepositoryResult<HashMap<ClassId, ClassRecords>> {
    let policies = policies::of_classes(repositories, classes).await?;
    let mut lectures = by_class(repositories.lectures().of_classes(classes).await?);
    let class_of = class_of_lectures(&lectures);
    let mut learners: HashMap<ClassId, Vec<(UserSummary, LearnerRecord)>> = HashMap::new();
    for (class, user, period) in repositories.enrolments().learners_of(classes).await? {
        let of_class = learners.entry(class).or_default();
        match of_class.last_mut() {
            Some((last, record)) if last.id == user.id => record.periods.push(period),
            _ => of_class.push((user, LearnerRecord { periods: vec![period], ..LearnerRecord::default() })),
        }
    }
    let mut marks = marks_of(repositories, classes, None, &class_of).await?;
    for (class, of_class) in &mut learners {
        for (user, record) in of_class {
            record.marks = marks.remove(&(*class, user.id)).unwrap_or_default();
        }
    }
    let records = policies.into_iter().map(|(class, policy)| {
        let records = ClassRecords {
            policy,
            lectures: lectures.remove(&class).unwrap_or_default(),
            learners: learners.remove(&class).unwrap_or_default(),
        };
        (class, records)
    });
    Ok(records.collect())
}

/// One whole class; empty, where it has no learners and lectures.
///
/// # Errors
/// `MissingReference` when there is no such class.
pub async fn of_class(repositories: &mut dyn Repositories, class: ClassId) -> RepositoryResult<ClassRecords> {
    of_classes(repositories, &[class]).await?.remove(&class).ok_or(RepositoryError::MissingReference)
}

/// The classes in which a user is or was a learner, latest first; of one course or of all.
pub async fn of_user(
    repositories: &mut dyn Repositories,
    user: UserId,
    course: Option<CourseId>,
) -> RepositoryResult<Vec<LearnerClass>> {
    let places = repositories.enrolments().places_of(user, course).await?;
    of_places(repositories, user, places).await
}

async fn of_places(
    repositories: &mut dyn Repositories,
    user: UserId,
    places: Vec<LearnerPlace>,
) -> RepositoryResult<Vec<LearnerClass>> {
    let mut classes: Vec<ClassId> = places.iter().map(|place| place.class_id).collect();
    classes.dedup();
    let policies = policies::of_classes(repositories, &classes).await?;
    let mut lectures = by_class(repositories.lectures().of_classes(&classes).await?);
    let class_of = class_of_lectures(&lectures);
    let mut marks = marks_of(repositories, &classes, Some(user), &class_of).await?;
    let mut learner: Vec<LearnerClass> = Vec::new();
    for place in places {
        match learner.last_mut() {
            Some(last) if last.class_id == place.class_id => {
                last.left_on = last.left_on.zip(place.period.left_on()).map(|(one, other)| one.max(other));
                last.record.periods.push(place.period);
            }
            _ => {
                let class = place.class_id;
                learner.push(LearnerClass {
                    course_id: place.course_id,
                    course_title: place.course_title,
                    class_id: class,
                    class_title: place.class_title,
                    begin_date: place.begin_date,
                    end_date: place.end_date,
                    enrolled_on: place.period.enrolled_on(),
                    left_on: place.period.left_on(),
                    policy: policies.get(&class).cloned().ok_or(RepositoryError::MissingReference)?,
                    lectures: lectures.remove(&class).unwrap_or_default(),
                    record: LearnerRecord {
                        periods: vec![place.period],
                        marks: marks.remove(&(class, user)).unwrap_or_default(),
                        excuses: Vec::new(),
                    },
                });
            }
        }
    }
    Ok(learner)
}

fn by_class(lectures: Vec<Lecture>) -> HashMap<ClassId, Vec<Lecture>> {
    let mut classes: HashMap<ClassId, Vec<Lecture>> = HashMap::new();
    for lecture in lectures {
        classes.entry(lecture.class_id).or_default().push(lecture);
    }
    classes
}

fn class_of_lectures(lectures: &HashMap<ClassId, Vec<Lecture>>) -> HashMap<LectureId, ClassId> {
    lectures.values().flatten().map(|lecture| (lecture.id, lecture.class_id)).collect()
}

async fn marks_of(
    repositories: &mut dyn Repositories,
    classes: &[ClassId],
    user: Option<UserId>,
    class_of: &HashMap<LectureId, ClassId>,
) -> RepositoryResult<HashMap<(ClassId, UserId), Vec<RawMark>>> {
    let mut marks: HashMap<(ClassId, UserId), Vec<RawMark>> = HashMap::new();
    for (user, mark) in repositories.attendances().marks_of(classes, user).await? {
        if let Some(class) = class_of.get(&mark.lecture_id) {
            marks.entry((*class, user)).or_default().push(mark);
        }
    }
    Ok(marks)
}
