//! Keeping judgements in step, and comparing them with what the engine and the rules say now.

use std::{collections::BTreeSet, sync::Arc};

use super::{KeptCompletion, Unjudged, judge_courses};
use crate::{
    attendance::{TallyFilter, counters::PolicyBook},
    error::RepositoryResult,
    ids::{ClassId, CourseId},
    store::finish,
    yard::Yard,
};

/// Courses that are judged at once, and kept in one unit of work.
const JUDGED_AT_ONCE: i32 = 5;
/// Courses of which the names are read at once, to be compared.
const NAMED_AT_ONCE: i32 = 100;

/// Keeps in step how many learners may be certified.
#[derive(Clone)]
pub struct EligibleService {
    yard: Yard,
    policies: PolicyBook,
}

impl EligibleService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard, policies: PolicyBook::default() }
    }

    /// Judges every course that has to be judged anew, by what is kept of its classes; tells how many those were.
    ///
    /// Several servers may do so at once: what was judged of a course that has gone on is not kept.
    pub async fn keep_up(&self) -> RepositoryResult<usize> {
        // Whatever goes on meanwhile is the next round's.
        let now = self.yard.clock.now();
        let (mut seen, mut done) = (BTreeSet::new(), 0);
        loop {
            let mut session = self.yard.store.long_session().await?;
            let mut due = session.judgements().unjudged(now, JUDGED_AT_ONCE).await?;
            due.retain(|one| seen.insert(one.course_id));
            if due.is_empty() {
                return Ok(done);
            }
            let courses: Vec<CourseId> = due.iter().map(|one| one.course_id).collect();
            let (judged, _) = judge_courses(&mut *session, &courses, &[], self.yard.clock.now()).await?;
            drop(session);
            let judged: Vec<_> = judged
                .into_iter()
                .filter_map(|one| {
                    let of = |due: &&Unjudged| due.course_id == one.course_id;
                    Some((due.iter().find(of)?.revision, one))
                })
                .collect();
            let mut unit = self.yard.store.begin().await?;
            let outcome = unit.judgements().keep(&judged).await;
            done += finish(unit, outcome).await?;
        }
    }

    /// The courses of which something else is kept as current than the engine and the rule say now of their learners. Courses that
    /// have gone on are the next round's.
    pub async fn verify(&self) -> RepositoryResult<Vec<CourseId>> {
        let (mut after, mut differing) = (None, Vec::new());
        loop {
            let mut session = self.yard.store.long_session().await?;
            let courses = session.judgements().courses_after(after, NAMED_AT_ONCE).await?;
            drop(session);
            let Some(last) = courses.last() else { return Ok(differing) };
            after = Some(*last);
            for course in courses {
                if self.differs(course).await? {
                    differing.push(course);
                }
            }
        }
    }

    async fn differs(&self, course: CourseId) -> RepositoryResult<bool> {
        let mut session = self.yard.store.long_session().await?;
        let filter = TallyFilter { course: Some(course), ..TallyFilter::default() };
        let before = session.judgements().kept(&filter).await?;
        let now = self.yard.clock.now();
        let is_current = |one: &KeptCompletion| {
            one.class.kept.current(now).is_some() && one.eligibles.current(now).is_some()
        };
        if !before.iter().all(is_current) {
            return Ok(false);
        }
        let policies =
            self.policies.policies(&mut *session, before.iter().map(|one| one.class.policy_id)).await?;
        // All of them are asked about anew, so that nothing rests on what is kept.
        let classes: Vec<(ClassId, _)> = before
            .iter()
            .filter_map(|one| Some((one.class.class_id, Arc::clone(policies.get(&one.class.policy_id)?))))
            .collect();
        let (judged, _) = judge_courses(&mut *session, &[course], &classes, now).await?;
        let Some(judged) = judged.first() else { return Ok(false) };
        let differs = before.iter().any(|one| {
            let found = judged.classes.get(&one.class.class_id).copied().unwrap_or_default();
            one.eligibles.standing != Some(found)
        });
        if !differs {
            return Ok(false);
        }
        // What changed while it was looked at proves nothing.
        let versions = |all: &[KeptCompletion]| -> Vec<String> {
            all.iter().map(|one| one.class.version.clone()).collect()
        };
        Ok(versions(&session.judgements().kept(&filter).await?) == versions(&before))
    }
}
