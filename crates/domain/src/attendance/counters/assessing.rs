//! The engine's view of whole classes, from what is on record: three statements for any number of classes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Assessed, ClassStanding, EnrolledLearner, LearnerStanding, model::band};
use crate::{
    attendance::{
        Verdict, Ways,
        policies::Policy,
        policy::{PlannedLecture, Timetable},
        records::Read,
    },
    calendar::{TimeZone, local_day, start_of_day},
    error::RepositoryResult,
    ids::{ClassId, PolicyId},
    learning::{enrolments::EnrolmentPeriod, lectures::Lecture},
    store::Repositories,
};

/// Policies that were read before. A policy never changes, so what was read once holds for good.
#[derive(Debug, Clone, Default)]
pub struct PolicyBook(Arc<Mutex<HashMap<PolicyId, Arc<Policy>>>>);

impl PolicyBook {
    /// These policies; those that were not met before are read in one statement.
    pub async fn policies(
        &self,
        repositories: &mut dyn Repositories,
        ids: impl IntoIterator<Item = PolicyId> + Send,
    ) -> RepositoryResult<HashMap<PolicyId, Arc<Policy>>> {
        let mut wanted: Vec<PolicyId> = ids.into_iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let unknown: Vec<PolicyId> = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.iter().copied().filter(|id| !known.contains_key(id)).collect()
        };
        let read =
            if unknown.is_empty() { Vec::new() } else { repositories.records().policies(&unknown).await? };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(read.into_iter().map(|policy| (policy.id, policy)));
        Ok(wanted
            .into_iter()
            .filter_map(|id| known.get(&id).map(|policy| (id, Arc::clone(policy))))
            .collect())
    }
}

/// What the engine says of these classes now, each by its policy.
pub async fn assess(
    repositories: &mut dyn Repositories,
    classes: &[(ClassId, Arc<Policy>)],
    now: DateTime<Utc>,
) -> RepositoryResult<Vec<Assessed>> {
    if classes.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ClassId> = classes.iter().map(|(class, _)| *class).collect();
    let learners = repositories.counters().learners(&ids).await?;
    assess_learners(repositories, classes, learners, now).await
}

/// The same, where the places of all learners of these classes are read already: by class and user, then in the order of time.
pub async fn assess_learners(
    repositories: &mut dyn Repositories,
    classes: &[(ClassId, Arc<Policy>)],
    places: Vec<EnrolledLearner>,
    now: DateTime<Utc>,
) -> RepositoryResult<Vec<Assessed>> {
    if classes.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ClassId> = classes.iter().map(|(class, _)| *class).collect();
    // Who went on into another class of the course is counted there, whether that class is assessed or not.
    let ways = Ways::of_courses_of(repositories, &ids).await?;
    let read = Read::new(repositories, &ids, None, ways).await?;
    let mut learners: HashMap<ClassId, Vec<EnrolledLearner>> = HashMap::new();
    for one in places {
        learners.entry(one.class_id).or_default().push(one);
    }
    Ok(classes
        .iter()
        .map(|(class, policy)| {
            of_class(*class, policy, &read, &learners.remove(class).unwrap_or_default(), now)
        })
        .collect())
}

fn of_class(
    class_id: ClassId,
    policy: &Policy,
    read: &Read,
    places: &[EnrolledLearner],
    now: DateTime<Utc>,
) -> Assessed {
    let own = read.lectures(class_id);
    let timetable = Timetable::new(&policy.document, own.iter().map(PlannedLecture::from), now);
    let today = local_day(now, TimeZone::default());
    let mut changes = Changes { now, next: None };
    changes.of_lectures(&own);
    let mut class = ClassStanding { policy_id: Some(policy.id), ..ClassStanding::default() };
    let mut learners = Vec::new();
    let mut periods_of_class = Vec::new();
    for of_user in places.chunk_by(|one, other| one.user_id == other.user_id) {
        let Some(first) = of_user.first() else { continue };
        let periods: Vec<EnrolmentPeriod> = of_user.iter().map(|place| place.period).collect();
        changes.of_periods(&periods);
        periods_of_class.extend_from_slice(&periods);
        let has_gone_on = read.leads_on(class_id, first.user_id, &periods);
        let is_active = periods.iter().any(|period| period.holds_on(today));
        let left_early = periods
            .iter()
            .map(|period| period.left_on())
            .collect::<Option<Vec<_>>>()
            .and_then(|ends| ends.into_iter().max())
            .is_some_and(|left| left <= today && left <= first.class_ends_on);
        let (record, way) = read.record(class_id, first.user_id, periods);
        let assessment = match &way {
            Some(way) => {
                changes.of_lectures(way);
                timetable.over(way.iter().map(PlannedLecture::from), now).assess(&record)
            }
            None => timetable.assess(&record),
        };
        let standing = LearnerStanding::new(first.user_id, &assessment, has_gone_on, first.certified_at);
        class.marks.add(standing.tally, standing.amount);
        if !has_gone_on {
            class.marks_once.add(standing.tally, standing.amount);
            let dropped = !is_active && left_early;
            class.enrolled += 1;
            class.active += u64::from(is_active);
            class.dropped += u64::from(dropped);
            class.at_risk += u64::from(is_active && standing.at_risk);
            class.unreachable += u64::from(is_active && standing.unreachable_since.is_some());
            class.meets_policy += u64::from(!dropped && standing.verdict == Verdict::Met);
            match standing.rate() {
                Some(rate) => class.bands.iter_mut().skip(band(rate)).take(1).for_each(|count| *count += 1),
                None => class.unrated += 1,
            }
            if let Some(certified_at) = standing.certified_at {
                class.certified += 1;
                let began = first.period.enrolled_on();
                let days = (local_day(certified_at, TimeZone::default()) - began).num_days();
                *class.wait.days.entry(u32::try_from(days).unwrap_or_default()).or_default() += 1;
            }
        }
        learners.push(standing);
    }
    class.lectures = held(&own, &periods_of_class, now);
    Assessed { class_id, class, learners, at: now, holds_until: changes.next }
}

/// Lectures that have begun and at which somebody is expected.
fn held(lectures: &[Lecture], periods: &[EnrolmentPeriod], now: DateTime<Utc>) -> u64 {
    let held = lectures.iter().filter(|lecture| {
        let day = lecture.day();
        !lecture.is_cancelled()
            && lecture.starts_at <= now
            && periods.iter().any(|period| period.holds_on(day))
    });
    held.count() as u64
}

/// The next moment at which the same records say something else.
struct Changes {
    now: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
}

impl Changes {
    fn at(&mut self, moment: DateTime<Utc>) {
        if moment > self.now && self.next.is_none_or(|next| moment < next) {
            self.next = Some(moment);
        }
    }

    fn of_lectures(&mut self, lectures: &[Lecture]) {
        for lecture in lectures {
            self.at(lecture.starts_at);
            self.at(lecture.starts_at + TimeDelta::minutes(lecture.duration_minutes.into()));
        }
    }

    fn of_periods(&mut self, periods: &[EnrolmentPeriod]) {
        for period in periods {
            let days = [Some(period.enrolled_on()), period.left_on()];
            for day in days.into_iter().flatten() {
                self.at(start_of_day(day, TimeZone::default()));
            }
        }
    }
}
