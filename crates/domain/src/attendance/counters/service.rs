//! Keeping counters in step, comparing them with the marks, and remaking them.

use std::collections::BTreeSet;

use serde::Serialize;
use thiserror::Error;

use super::{Assessed, CounterState, PolicyBook, Unassessed, assess};
use crate::{
    access::{Action, Caller, authorize},
    attendance::TallyFilter,
    error::{RepositoryError, RepositoryResult},
    ids::{ClassId, LectureId},
    store::finish,
    yard::Yard,
};

/// Classes of which the notes are folded in one unit of work: they hold the one writer of SQLite for that long.
const FOLDED_AT_ONCE: i32 = 25;
/// Classes that are assessed at once.
const ASSESSED_AT_ONCE: i32 = 10;
/// Classes that are compared or counted anew at once.
const COMPARED_AT_ONCE: i32 = 25;

/// Why counters could not be looked at.
#[derive(Debug, Error)]
pub enum CounterError {
    /// The caller may not.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// What a comparison of the counters with the marks found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Classes that were compared.
    pub classes: u64,
    /// Lectures whose counters differ.
    pub lectures: Vec<LectureId>,
    /// Classes of which, or of whose learners, the engine says something else.
    pub standings: Vec<ClassId>,
}

impl Verified {
    /// Whether every counter is what it should be.
    pub fn is_whole(&self) -> bool {
        self.lectures.is_empty() && self.standings.is_empty()
    }
}

/// Keeps counters in step.
#[derive(Clone)]
pub struct CounterService {
    yard: Yard,
    policies: PolicyBook,
}

impl CounterService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard, policies: PolicyBook::default() }
    }

    /// Folds what is noted and assesses what has changed, until nothing is left of either; tells how many classes that were.
    ///
    /// Several servers may do so at once: folds wait for each other, and what the engine says of a class that has gone on is not kept.
    pub async fn keep_up(&self) -> RepositoryResult<usize> {
        let mut done = 0;
        loop {
            let folded = self.fold().await?;
            done += folded;
            if folded == 0 {
                break;
            }
        }
        // Whatever is noted meanwhile is the next round's.
        let now = self.yard.clock.now();
        let mut seen = BTreeSet::new();
        loop {
            let mut session = self.yard.store.long_session().await?;
            let mut due = session.counters().unassessed(now, ASSESSED_AT_ONCE).await?;
            due.retain(|one| seen.insert(one.class_id));
            if due.is_empty() {
                return Ok(done);
            }
            done += self.assess(&due).await?;
        }
    }

    async fn fold(&self) -> RepositoryResult<usize> {
        let mut session = self.yard.store.session().await?;
        // Asked first without a unit of work, because mostly there is nothing.
        if !session.counters().is_noted().await? {
            return Ok(0);
        }
        drop(session);
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.counters().fold(FOLDED_AT_ONCE).await;
        finish(unit, outcome).await
    }

    /// What the engine says now is kept for those of these classes that have not gone on; tells how many those are.
    async fn assess(&self, due: &[Unassessed]) -> RepositoryResult<usize> {
        let assessed = self.assessed(due).await?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            let mut kept = Vec::new();
            for one in &assessed {
                let Some(due) = due.iter().find(|due| due.class_id == one.class_id) else { continue };
                if unit.counters().keep(due.revision, one).await? {
                    kept.push(one.class_id);
                }
            }
            unit.counters().go_on_in_courses(&kept).await?;
            Ok(kept.len())
        }
        .await;
        finish(unit, outcome).await
    }

    async fn assessed(&self, due: &[Unassessed]) -> RepositoryResult<Vec<Assessed>> {
        let mut session = self.yard.store.long_session().await?;
        let policies = self.policies.policies(&mut *session, due.iter().map(|one| one.policy_id)).await?;
        let classes: Vec<_> = due
            .iter()
            .filter_map(|one| Some((one.class_id, policies.get(&one.policy_id)?.clone())))
            .collect();
        assess(&mut *session, &classes, self.yard.clock.now()).await
    }

    /// How things stand, for admins.
    pub async fn state(&self, caller: &Caller) -> Result<CounterState, CounterError> {
        authorize(caller, Action::ManageJobs).map_err(|_| CounterError::Forbidden)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.counters().state(self.yard.clock.now()).await?)
    }

    /// Whether the caller may have counters remade.
    ///
    /// # Errors
    /// `Forbidden` where not.
    pub fn may_rebuild(caller: &Caller) -> Result<(), CounterError> {
        authorize(caller, Action::ManageJobs).map_err(|_| CounterError::Forbidden)
    }

    /// Remakes every counter from the marks while others go on; tells how many classes there are. `progress` is told how many of
    /// how many are done.
    pub async fn rebuild(&self, progress: &(dyn Fn(u64, u64) + Send + Sync)) -> RepositoryResult<u64> {
        let total = self.classes().await?;
        let (mut after, mut done) = (None, 0);
        loop {
            let mut session = self.yard.store.long_session().await?;
            let classes = session.counters().classes_after(after, COMPARED_AT_ONCE).await?;
            drop(session);
            let Some(last) = classes.last() else { break };
            after = Some(*last);
            let mut unit = self.yard.store.begin().await?;
            let outcome = unit.counters().recount(&classes).await;
            finish(unit, outcome).await?;
            done += classes.len() as u64;
            progress(done, total);
        }
        self.keep_up().await?;
        Ok(done)
    }

    /// Compares every counter with the marks. Lectures of which a change is noted, and classes that have gone on since, are the
    /// fold's to come.
    pub async fn verify(&self, progress: &(dyn Fn(u64, u64) + Send + Sync)) -> RepositoryResult<Verified> {
        let total = self.classes().await?;
        let (mut after, mut found) = (None, Verified::default());
        loop {
            let mut session = self.yard.store.long_session().await?;
            let classes = session.counters().classes_after(after, COMPARED_AT_ONCE).await?;
            let Some(last) = classes.last() else { return Ok(found) };
            after = Some(*last);
            found.lectures.extend(session.counters().differing(&classes).await?);
            drop(session);
            found.standings.extend(self.differing(&classes).await?);
            found.classes += classes.len() as u64;
            progress(found.classes, total);
        }
    }

    /// Those of these classes of which the engine says something else than is kept as current.
    async fn differing(&self, classes: &[ClassId]) -> RepositoryResult<Vec<ClassId>> {
        let mut session = self.yard.store.long_session().await?;
        let before = session.counters().revisions(classes).await?;
        let assessed = self.assessed(&before).await?;
        let now = self.yard.clock.now();
        let mut differing = Vec::new();
        for one in assessed {
            let filter = TallyFilter { class: Some(one.class_id), ..TallyFilter::default() };
            let kept = session.counters().kept(&filter).await?;
            let Some(kept) = kept.first().and_then(|class| class.kept.current(now)) else { continue };
            let learners = session.counters().kept_learners(one.class_id).await?;
            if *kept != one.class || learners != one.learners {
                differing.push(one.class_id);
            }
        }
        // What changed while it was looked at proves nothing.
        let after = session.counters().revisions(classes).await?;
        differing.retain(|class| {
            let revision = |all: &[Unassessed]| {
                all.iter().find(|one| one.class_id == *class).map(|one| (one.revision, one.policy_id))
            };
            revision(&before) == revision(&after)
        });
        Ok(differing)
    }

    async fn classes(&self) -> RepositoryResult<u64> {
        let mut session = self.yard.store.session().await?;
        session.counters().count_classes().await
    }
}
