//! Learners who check in at the same moment, where the database has one writer.
//!
//! Whoever comes while nobody is at the writer goes there at once. Whoever comes meanwhile waits, and the next one takes all who
//! wait along into one unit of work. Nobody is told that they are in before their unit is kept. Where a unit of several fails,
//! each of them tries alone, so that nobody fails for another; where the one who leads gives up, the others try again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_channel::oneshot;

use super::CheckedIn;
use crate::{
    attendance::Attendance,
    audit::AuditEntry,
    error::{Pending, RepositoryError, RepositoryResult},
};

/// The most who go in together: a unit of so many takes a few milliseconds, for which everybody else who writes waits.
const MOST_TOGETHER: usize = 100;

/// The mark of a learner who has none yet, and what the audit log says of it.
#[derive(Debug, Clone)]
pub(super) struct FirstMark {
    pub(super) attendance: Attendance,
    pub(super) entry: AuditEntry,
}

/// Keeps first marks in one unit of work.
pub(super) trait MarkKeeper: Sync {
    /// What became of each, in their order; `None` where the learner is not expected at the lecture.
    fn keep_together(&self, marks: Vec<FirstMark>) -> Pending<'_, Vec<Option<CheckedIn>>>;
}

/// The door to the writer.
#[derive(Default)]
pub(super) struct Turnstile(Mutex<Line>);

#[derive(Default)]
struct Line {
    /// Whether somebody is at the writer, or about to go.
    is_led: bool,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    mark: FirstMark,
    told: oneshot::Sender<Turn>,
}

/// What somebody who waits is told.
enum Turn {
    /// It is done.
    Done(Box<RepositoryResult<Option<CheckedIn>>>),
    /// To go to the writer, with all who wait.
    Lead(Lead),
    /// To go alone.
    Alone,
}

/// The right to go to the writer, which goes on to the next in line when it is dropped.
struct Lead(Option<Arc<Turnstile>>);

impl Turnstile {
    /// Keeps a mark, with those of others who come at the same moment.
    pub(super) async fn pass(
        self: &Arc<Self>,
        keeper: &dyn MarkKeeper,
        mark: FirstMark,
    ) -> RepositoryResult<Option<CheckedIn>> {
        loop {
            let turn = match self.enter(&mark) {
                Ok(lead) => Turn::Lead(lead),
                Err(told) => match told.await {
                    Ok(turn) => turn,
                    // Whoever led has given up. What they had written is seen, if it was kept after all.
                    Err(oneshot::Canceled) => continue,
                },
            };
            return match turn {
                Turn::Done(outcome) => *outcome,
                Turn::Lead(lead) => self.lead(lead, keeper, mark).await,
                Turn::Alone => alone(keeper, mark).await,
            };
        }
    }

    fn enter(self: &Arc<Self>, mark: &FirstMark) -> Result<Lead, oneshot::Receiver<Turn>> {
        let mut line = self.line();
        if !line.is_led {
            line.is_led = true;
            return Ok(Lead(Some(Arc::clone(self))));
        }
        let (told, turn) = oneshot::channel();
        line.waiting.push_back(Waiting { mark: mark.clone(), told });
        Err(turn)
    }

    async fn lead(
        &self,
        lead: Lead,
        keeper: &dyn MarkKeeper,
        mark: FirstMark,
    ) -> RepositoryResult<Option<CheckedIn>> {
        let others = self.take_along();
        let marks = std::iter::once(&mark).chain(others.iter().map(|other| &other.mark)).cloned().collect();
        let error = match keeper.keep_together(marks).await {
            Ok(outcomes) => {
                let mut outcomes = outcomes.into_iter();
                let own = outcomes.next().flatten();
                for (other, outcome) in others.into_iter().zip(outcomes) {
                    tell(other.told, Turn::Done(Box::new(Ok(outcome))));
                }
                return Ok(own);
            }
            Err(error) if others.is_empty() => return Err(error),
            Err(error) => error,
        };
        if matches!(error, RepositoryError::Unavailable(_)) {
            for other in others {
                let error =
                    RepositoryError::Unavailable("the unit of work of several check-ins failed".into());
                tell(other.told, Turn::Done(Box::new(Err(error))));
            }
            return Err(error);
        }
        tracing::warn!(%error, "{} check-ins could not be kept together; each is kept alone", others.len() + 1);
        for other in others {
            tell(other.told, Turn::Alone);
        }
        drop(lead);
        alone(keeper, mark).await
    }

    /// Those who wait and have not given up.
    fn take_along(&self) -> Vec<Waiting> {
        let mut line = self.line();
        let many = line.waiting.len().min(MOST_TOGETHER - 1);
        line.waiting.drain(..many).filter(|waiting| !waiting.told.is_canceled()).collect()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn alone(keeper: &dyn MarkKeeper, mark: FirstMark) -> RepositoryResult<Option<CheckedIn>> {
    Ok(keeper.keep_together(vec![mark]).await?.pop().flatten())
}

/// Whoever does not wait any more need not be told.
fn tell(told: oneshot::Sender<Turn>, turn: Turn) {
    let _ = told.send(turn);
}

impl Drop for Lead {
    fn drop(&mut self) {
        let Some(turnstile) = self.0.take() else { return };
        loop {
            let next = {
                let mut line = turnstile.line();
                let next = line.waiting.pop_front();
                line.is_led = next.is_some();
                next
            };
            let Some(next) = next else { return };
            match next.told.send(Turn::Lead(Self(Some(Arc::clone(&turnstile))))) {
                Err(Turn::Lead(mut back)) => back.0 = None,
                Ok(()) | Err(Turn::Done(_) | Turn::Alone) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
