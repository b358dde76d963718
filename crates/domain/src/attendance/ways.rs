//! What moves between classes and approved leave add to the records of learners, before the engine is asked.
//!
//! The rule of a move is told in `learning::enrolments` (`carried`): on every day the class counts to which the learner
//! belonged on that day. Here it becomes the lectures and periods that the engine is given; nothing is copied or kept.

use std::collections::{HashMap, HashSet};

use super::{
    policy::{Excuse, LearnerRecord},
    records::ApprovedLeave,
};
use crate::{
    error::RepositoryResult,
    ids::{ClassId, UserId},
    learning::{
        enrolments::{CarriedStretch, EnrolmentPeriod},
        lectures::Lecture,
    },
    store::Repositories,
};

/// The moves into classes, and the leave that was approved in them.
#[derive(Debug, Default)]
pub struct Ways {
    stretches: HashMap<(ClassId, UserId), Vec<CarriedStretch>>,
    approved: HashMap<UserId, Vec<ApprovedLeave>>,
    /// Classes into which or from which somebody moved.
    moved: HashSet<ClassId>,
    /// Classes from which leave was approved.
    excusing: HashSet<ClassId>,
}

impl Ways {
    /// Those of these classes, of one user or of all, in one statement.
    pub async fn of_classes(
        repositories: &mut dyn Repositories,
        classes: &[ClassId],
        user: Option<UserId>,
    ) -> RepositoryResult<Self> {
        Ok(Self::new(repositories.records().ways(classes, user).await?))
    }

    /// Those of all classes of the courses to which these classes belong, in one statement.
    pub async fn of_courses_of(
        repositories: &mut dyn Repositories,
        classes: &[ClassId],
    ) -> RepositoryResult<Self> {
        Ok(Self::new(repositories.records().ways_of_courses_of(classes).await?))
    }

    fn new((carried, approved): (Vec<CarriedStretch>, Vec<ApprovedLeave>)) -> Self {
        let mut ways = Self::default();
        for stretch in carried {
            ways.moved.extend([stretch.into, stretch.class_id]);
            ways.stretches.entry((stretch.into, stretch.user_id)).or_default().push(stretch);
        }
        for leave in approved {
            ways.excusing.insert(leave.class_id);
            ways.approved.entry(leave.user_id).or_default().push(leave);
        }
        ways
    }

    /// These classes and those from which somebody came into one of them.
    pub fn with_origins(&self, classes: &[ClassId]) -> Vec<ClassId> {
        let into = self.stretches.values().flatten().filter(|stretch| classes.contains(&stretch.into));
        let origins = into.map(|stretch| stretch.class_id);
        let mut all: Vec<ClassId> = classes.iter().copied().chain(origins).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether counts of marks alone don't tell the figures of a class: somebody moved there or away, or is excused.
    pub fn touches(&self, class: ClassId) -> bool {
        self.moved.contains(&class) || self.excuses_in(class)
    }

    /// Whether leave from the class was approved.
    pub fn excuses_in(&self, class: ClassId) -> bool {
        self.excusing.contains(&class)
    }

    /// Whether the learner went on from the class into another of these, which carries this one: then the way counts there.
    pub fn leads_on(&self, class: ClassId, user: UserId, own: &[EnrolmentPeriod]) -> bool {
        let last = own.iter().map(|period| period.enrolled_on()).max();
        let mut all = self.stretches.values().flatten();
        all.any(|one| one.user_id == user && one.class_id == class && Some(one.period.enrolled_on()) == last)
    }

    /// The classes that are carried over into a class of a learner, with their titles.
    pub fn origins(&self, class: ClassId, user: UserId) -> HashMap<ClassId, String> {
        let stretches = self.stretches.get(&(class, user)).into_iter().flatten();
        stretches.map(|stretch| (stretch.class_id, stretch.class_title.clone())).collect()
    }

    /// The lectures over which a learner of a class is counted, and the days on which they were there or elsewhere on the way.
    pub fn lectures(
        &self,
        class: ClassId,
        user: UserId,
        own: &[EnrolmentPeriod],
        lectures: &HashMap<ClassId, Vec<Lecture>>,
    ) -> (Vec<Lecture>, Vec<EnrolmentPeriod>) {
        let of = |class: ClassId| lectures.get(&class).map(Vec::as_slice).unwrap_or_default();
        let stretches = self.stretches.get(&(class, user)).map(Vec::as_slice).unwrap_or_default();
        let came = own.iter().map(|period| period.enrolled_on()).min();
        // The way began elsewhere unless the learner was here before.
        let origin = stretches
            .iter()
            .min_by_key(|stretch| stretch.period.enrolled_on())
            .filter(|first| came.is_none_or(|came| first.period.enrolled_on() < came));
        let mut counted: Vec<Lecture> = of(class)
            .iter()
            .filter(|lecture| {
                let day = lecture.day();
                let before = origin.is_some() && came.is_some_and(|came| day < came);
                !before && !stretches.iter().any(|stretch| stretch.period.holds_on(day))
            })
            .cloned()
            .collect();
        for stretch in stretches {
            let is_origin = origin.is_some_and(|origin| origin.enrolment_id == stretch.enrolment_id);
            let of_stretch = of(stretch.class_id).iter().filter(|lecture| {
                let day = lecture.day();
                stretch.period.holds_on(day) || (is_origin && day < stretch.period.enrolled_on())
            });
            counted.extend(of_stretch.cloned());
        }
        let periods = own.iter().copied().chain(stretches.iter().map(|stretch| stretch.period)).collect();
        (counted, periods)
    }

    /// The lectures of these that an approval covers, as the engine takes them.
    pub fn excuses(&self, user: UserId, lectures: &[Lecture]) -> Vec<Excuse> {
        let Some(approved) = self.approved.get(&user) else { return Vec::new() };
        let excuse = |lecture: &Lecture| {
            let mut there = approved.iter().filter(|leave| leave.class_id == lecture.class_id);
            let leave = there.find(|leave| leave.period.covers(lecture.id, lecture.day()))?;
            Some(Excuse { lecture_id: lecture.id, treatment: None, reason: Some(leave.reason) })
        };
        lectures.iter().filter_map(excuse).collect()
    }

    /// The record of a learner as the engine takes it; with the lectures that it is about, if they came by a move.
    pub fn record(
        &self,
        class: ClassId,
        user: UserId,
        mut record: LearnerRecord,
        lectures: &HashMap<ClassId, Vec<Lecture>>,
    ) -> (LearnerRecord, Option<Vec<Lecture>>) {
        if !self.stretches.contains_key(&(class, user)) {
            record.excuses = lectures.get(&class).map(|own| self.excuses(user, own)).unwrap_or_default();
            return (record, None);
        }
        let (counted, periods) = self.lectures(class, user, &record.periods, lectures);
        record.excuses = self.excuses(user, &counted);
        record.periods = periods;
        (record, Some(counted))
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use uuid::Uuid;

    use super::*;
    use crate::{
        access::Caller,
        ids::{EnrolmentId, LectureId},
        learning::lectures::{AttendanceType, LectureTitle},
        stamps::Stamps,
    };

    const USER: UserId = UserId(Uuid::from_u128(1));
    const OLD: ClassId = ClassId(Uuid::from_u128(2));
    const NEW: ClassId = ClassId(Uuid::from_u128(3));

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(from: &str, until: Option<&str>) -> EnrolmentPeriod {
        EnrolmentPeriod::new(day(from), until.map(day)).unwrap()
    }

    /// Lectures at noon on the first of each month from June to October.
    fn lectures(class: ClassId, from: u128) -> Vec<Lecture> {
        (6..=10_u32)
            .map(|month| {
                let starts_at = format!("2026-{month:02}-01T03:00:00Z").parse().unwrap();
                Lecture {
                    id: LectureId(Uuid::from_u128(from + u128::from(month))),
                    class_id: class,
                    title: LectureTitle::parse("차시").unwrap(),
                    sequence: i32::try_from(month).unwrap(),
                    attendance_type: AttendanceType::InPerson,
                    starts_at,
                    duration_minutes: 60,
                    place: None,
                    cancellation: None,
                    stamps: Stamps::new(&Caller::system(), starts_at),
                }
            })
            .collect()
    }

    fn stretch(from: &str, until: &str, class: ClassId, into: ClassId) -> CarriedStretch {
        CarriedStretch {
            user_id: USER,
            into,
            enrolment_id: EnrolmentId(Uuid::from_u128(9)),
            class_id: class,
            class_title: "1기".to_owned(),
            period: period(from, Some(until)),
        }
    }

    fn counted(stretch: CarriedStretch, own: &[EnrolmentPeriod]) -> Vec<u128> {
        let into = stretch.into;
        let ways = Ways { stretches: HashMap::from([((into, USER), vec![stretch])]), ..Ways::default() };
        let all = HashMap::from([(OLD, lectures(OLD, 100)), (NEW, lectures(NEW, 200))]);
        let (counted, periods) = ways.lectures(into, USER, own, &all);
        assert_eq!(periods.len(), own.len() + 1);
        let mut ids: Vec<u128> = counted.iter().map(|lecture| lecture.id.0.as_u128()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn on_every_day_the_class_counts_to_which_the_learner_belonged() {
        // Two months there, then here. What was held there before they came is the first class's, for policies that ask.
        let moved = stretch("2026-07-01", "2026-09-01", OLD, NEW);
        assert_eq!(counted(moved, &[period("2026-09-01", None)]), [106, 107, 108, 209, 210]);
    }

    #[test]
    fn who_moves_away_and_back_is_counted_elsewhere_in_between() {
        let away = stretch("2026-07-15", "2026-09-15", NEW, OLD);
        let own = [period("2026-06-01", Some("2026-07-15")), period("2026-09-15", None)];
        assert_eq!(counted(away, &own), [106, 107, 110, 208, 209]);
    }
}
