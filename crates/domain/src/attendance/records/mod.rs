//! What the engine reads: lectures, places and marks of whole classes, or of all classes of one learner, each in a fixed
//! number of statements.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Ways,
    counters::LearnerStanding,
    policies::Policy,
    policy::{Amount, Assessment, LearnerRecord, PlannedLecture, RawMark, Timetable},
};
use crate::{
    accounts::UserSummary,
    error::{RepositoryError, RepositoryResult},
    ids::{ClassId, CourseId, UserId},
    learning::{
        enrolments::{EnrolmentPeriod, LearnerPlace},
        lectures::Lecture,
    },
    store::Repositories,
};

mod repository;

pub use repository::{ApprovedLeave, MarkedLecture, PlaceScope, RecordRepository, RuledClass};

/// A class with its policy, its lectures and its learners.
#[derive(Debug, Clone)]
pub struct ClassRecords {
    /// What it goes by.
    pub policy: Arc<Policy>,
    /// Its lectures.
    pub lectures: Vec<Lecture>,
    /// Everybody who is or was a learner, by name.
    pub learners: Vec<(UserSummary, LearnerRecord)>,
    /// The lectures over which those are counted who came by a move.
    ways: HashMap<UserId, Vec<Lecture>>,
    /// Who went on from here into another class that was read with this one, and is counted there.
    gone_on: HashSet<UserId>,
}

impl ClassRecords {
    /// The class seen through a policy at a moment.
    pub fn timetable<'p>(&self, policy: &'p Policy, now: DateTime<Utc>) -> Timetable<'p> {
        Timetable::new(&policy.document, self.lectures.iter().map(PlannedLecture::from), now)
    }

    /// What a policy says of each learner, in their order.
    pub fn assessed(
        &self,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&UserSummary, &LearnerRecord, Assessment)> {
        let timetable = self.timetable(policy, now);
        let assess = move |user: &UserSummary, record: &LearnerRecord| match self.ways.get(&user.id) {
            Some(way) => timetable.over(way.iter().map(PlannedLecture::from), now).assess(record),
            None => timetable.assess(record),
        };
        let all: Vec<_> =
            self.learners.iter().map(|(user, record)| (user, record, assess(user, record))).collect();
        all.into_iter()
    }

    /// What all learners reached together; `None` where there is no learner.
    pub fn amount(&self, now: DateTime<Utc>) -> Option<Amount> {
        let amounts = self.assessed(&self.policy, now).map(|(_, _, assessment)| assessment.amount());
        // Amounts of one policy and unit have equal parts.
        amounts.reduce(|sum, one| sum.plus(one).unwrap_or(sum))
    }

    /// Whether a learner went on into another class that was read with this one, and is counted there.
    pub fn has_gone_on(&self, user: UserId) -> bool {
        self.gone_on.contains(&user)
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
    /// The lectures over which the learner is counted instead, if they came by a move.
    pub way: Option<Vec<Lecture>>,
    /// The classes from which lectures are carried over, with their titles.
    pub origins: HashMap<ClassId, String>,
    /// Whether the learner went on into another class that was read with this one, and is counted there.
    pub has_gone_on: bool,
    /// What is on record of the learner.
    pub record: LearnerRecord,
}

impl LearnerClass {
    /// Everything that is said of the learner in this class.
    pub fn assess(&self, now: DateTime<Utc>) -> Assessment {
        let lectures = self.lectures.iter().map(PlannedLecture::from);
        let timetable = Timetable::new(&self.policy.document, lectures, now);
        match &self.way {
            Some(way) => timetable.over(way.iter().map(PlannedLecture::from), now).assess(&self.record),
            None => timetable.assess(&self.record),
        }
    }
}

impl LearnerClass {
    /// What is kept of the learner in this class.
    pub fn standing(&self, user: UserId, now: DateTime<Utc>) -> LearnerStanding {
        LearnerStanding::new(user, &self.assess(now), self.has_gone_on, None)
    }
}

/// What learners of some classes are counted over.
pub(super) struct Read {
    ways: Ways,
    lectures: HashMap<ClassId, Vec<Lecture>>,
    marks: HashMap<(ClassId, UserId), Vec<RawMark>>,
}

impl Read {
    pub(super) async fn new(
        repositories: &mut dyn Repositories,
        classes: &[ClassId],
        user: Option<UserId>,
        ways: Ways,
    ) -> RepositoryResult<Self> {
        let (mut lectures, mut marks) =
            (HashMap::<_, Vec<Lecture>>::new(), HashMap::<_, Vec<RawMark>>::new());
        for marked in repositories.records().marked(&ways.with_origins(classes), user).await? {
            let class = marked.lecture.class_id;
            for (user, mark) in marked.marks {
                marks.entry((class, user)).or_default().push(mark);
            }
            lectures.entry(class).or_default().push(marked.lecture);
        }
        Ok(Self { ways, lectures, marks })
    }

    /// What is on record of a learner, and the lectures over which they are counted, if they came by a move.
    pub(super) fn record(
        &self,
        class: ClassId,
        user: UserId,
        periods: Vec<EnrolmentPeriod>,
    ) -> (LearnerRecord, Option<Vec<Lecture>>) {
        let origins = self.ways.origins(class, user).into_keys();
        let classes = origins.chain(std::iter::once(class));
        let marks = classes.filter_map(|class| self.marks.get(&(class, user))).flatten().copied().collect();
        let record = LearnerRecord { periods, marks, excuses: Vec::new() };
        self.ways.record(class, user, record, &self.lectures)
    }

    /// The lectures of a class.
    pub(super) fn lectures(&self, class: ClassId) -> Vec<Lecture> {
        self.lectures.get(&class).cloned().unwrap_or_default()
    }

    /// Whether a learner went on from a class into another one, and is counted there.
    pub(super) fn leads_on(&self, class: ClassId, user: UserId, periods: &[EnrolmentPeriod]) -> bool {
        self.ways.leads_on(class, user, periods)
    }
}

/// Whole classes: policies, lectures, learners and marks.
pub async fn of_classes(
    repositories: &mut dyn Repositories,
    classes: &[ClassId],
) -> RepositoryResult<HashMap<ClassId, ClassRecords>> {
    let ruled = repositories.records().ruled(classes).await?;
    of_ruled(repositories, &ruled).await
}

/// The same, of classes that were read.
pub async fn of_ruled(
    repositories: &mut dyn Repositories,
    ruled: &[RuledClass],
) -> RepositoryResult<HashMap<ClassId, ClassRecords>> {
    let ways = Ways::of_classes(repositories, &ids(ruled), None).await?;
    along(repositories, ruled, ways).await
}

/// The same, where the ways that lead into these classes are known.
pub async fn along(
    repositories: &mut dyn Repositories,
    ruled: &[RuledClass],
    ways: Ways,
) -> RepositoryResult<HashMap<ClassId, ClassRecords>> {
    let classes = ids(ruled);
    let read = Read::new(repositories, &classes, None, ways).await?;
    let mut learners: HashMap<ClassId, Vec<(UserSummary, Vec<EnrolmentPeriod>)>> = HashMap::new();
    for (class, user, period) in repositories.enrolments().learners_of(&classes).await? {
        let of_class = learners.entry(class).or_default();
        match of_class.last_mut() {
            Some((last, periods)) if last.id == user.id => periods.push(period),
            _ => of_class.push((user, vec![period])),
        }
    }
    let records = ruled.iter().map(|ruled| {
        let class = ruled.class.id;
        let mut records = ClassRecords {
            policy: Arc::clone(&ruled.policy),
            lectures: read.lectures(class),
            learners: Vec::new(),
            ways: HashMap::new(),
            gone_on: HashSet::new(),
        };
        for (user, periods) in learners.remove(&class).unwrap_or_default() {
            if read.ways.leads_on(class, user.id, &periods) {
                records.gone_on.insert(user.id);
            }
            let (record, way) = read.record(class, user.id, periods);
            records.ways.extend(way.map(|way| (user.id, way)));
            records.learners.push((user, record));
        }
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
    let scope = course.map_or(PlaceScope::All, PlaceScope::Course);
    let places = repositories.records().places(user, scope).await?;
    of_places(repositories, user, places).await
}

/// One class of a user, if they are or were a learner there.
pub async fn of_learner(
    repositories: &mut dyn Repositories,
    class: ClassId,
    user: UserId,
) -> RepositoryResult<Option<LearnerClass>> {
    let mut places = repositories.records().places(user, PlaceScope::CourseOf(class)).await?;
    places.retain(|(place, _)| place.class_id == class);
    Ok(of_places(repositories, user, places).await?.pop())
}

/// The same, of places that were read.
pub async fn of_places(
    repositories: &mut dyn Repositories,
    user: UserId,
    places: Vec<(LearnerPlace, Arc<Policy>)>,
) -> RepositoryResult<Vec<LearnerClass>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut classes: Vec<ClassId> = places.iter().map(|(place, _)| place.class_id).collect();
    classes.dedup();
    let ways = Ways::of_classes(repositories, &classes, Some(user)).await?;
    let read = Read::new(repositories, &classes, Some(user), ways).await?;
    Ok(places
        .chunk_by(|(one, _), (other, _)| one.class_id == other.class_id)
        .filter_map(|of_class| of_class.first().map(|first| (first.clone(), of_class)))
        .map(|((first, policy), of_class)| {
            let class = first.class_id;
            let periods: Vec<EnrolmentPeriod> = of_class.iter().map(|(place, _)| place.period).collect();
            let ends: Option<Vec<NaiveDate>> = periods.iter().map(|period| period.left_on()).collect();
            let has_gone_on = read.ways.leads_on(class, user, &periods);
            let (record, way) = read.record(class, user, periods);
            LearnerClass {
                course_id: first.course_id,
                course_title: first.course_title,
                class_id: class,
                class_title: first.class_title,
                begin_date: first.begin_date,
                end_date: first.end_date,
                enrolled_on: first.period.enrolled_on(),
                left_on: ends.and_then(|ends| ends.into_iter().max()),
                policy,
                lectures: read.lectures(class),
                way,
                origins: read.ways.origins(class, user),
                has_gone_on,
                record,
            }
        })
        .collect())
}

fn ids(ruled: &[RuledClass]) -> Vec<ClassId> {
    ruled.iter().map(|ruled| ruled.class.id).collect()
}
