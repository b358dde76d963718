//! Telling once that a learner is at risk of missing the threshold, or can no longer reach it.
//!
//! Every cause leaves a trace that a sweep finds: marks, leave, places, lectures and pins are in the audit log, and lectures begin
//! and end by the clock. So [`WarningSweep`] looks each minute at the classes in which something has happened since it looked
//! last, and marking pays nothing for it. What was told is kept, and the database decides who tells it first, so that it is
//! told once on any number of servers.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    access::Caller,
    attendance::records,
    calendar::{TimeZone, local_day},
    error::{RepositoryError, RepositoryResult},
    events::{self, Event},
    ids::{ClassId, UserId},
    jobs::{Job, JobHandler, JobOutcome, Rhythm},
    store::{Repositories, finish},
    yard::Yard,
};

/// What a learner is warned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// Few absences are left.
    AtRisk,
    /// The threshold can no longer be met.
    Unreachable,
}

impl WarningKind {
    /// Its name in the database and in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtRisk => "at_risk",
            Self::Unreachable => "unreachable",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::AtRisk, Self::Unreachable].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// That a learner of a class was warned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Warning {
    /// The class.
    pub class_id: ClassId,
    /// The learner.
    pub user_id: UserId,
    /// Of what.
    pub kind: WarningKind,
    /// When.
    pub at: DateTime<Utc>,
}

/// How many classes are looked at in one unit of work.
const CLASSES_AT_ONCE: usize = 20;
/// How far a server that has just started looks back.
const FIRST_LOOK: TimeDelta = TimeDelta::days(7);
/// How far before its last look a sweep begins: what is written is not seen in the order of its times.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);

/// Tells who is at risk.
#[derive(Clone)]
pub struct WarningService {
    yard: Yard,
}

impl WarningService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Looks at the classes in which something has happened within this time, and tells what has not been told yet:
    /// `attendance.at_risk` and `attendance.unreachable`, about the class, concerning the learner. Returns how much was told.
    pub async fn sweep(&self, within: TimeDelta) -> RepositoryResult<usize> {
        let now = self.yard.clock.now();
        let stirred = {
            let mut session = self.yard.store.long_session().await?;
            session.policies().stirred(now - within, now).await?
        };
        let mut told = 0;
        for classes in stirred.chunks(CLASSES_AT_ONCE) {
            let due = {
                let mut session = self.yard.store.long_session().await?;
                self.due(&mut *session, classes, now).await?
            };
            if !due.is_empty() {
                let mut unit = self.yard.store.begin().await?;
                let outcome = self.tell(&mut *unit, &due).await;
                told += finish::<usize, RepositoryError>(unit, outcome).await?;
            }
        }
        Ok(told)
    }

    /// What is to be told of these classes and has not been.
    async fn due(
        &self,
        repositories: &mut dyn Repositories,
        classes: &[ClassId],
        now: DateTime<Utc>,
    ) -> RepositoryResult<Vec<Warning>> {
        let told: HashSet<(ClassId, UserId, WarningKind)> = repositories
            .policies()
            .warnings_of(classes)
            .await?
            .into_iter()
            .map(|warning| (warning.class_id, warning.user_id, warning.kind))
            .collect();
        let today = local_day(now, TimeZone::default());
        let mut due = Vec::new();
        for (class_id, records) in records::of_classes(repositories, classes).await? {
            for (user, record, assessment) in records.assessed(&records.policy, now) {
                // Who has left or moved on has nothing to reach here any more.
                if !record.periods.iter().any(|period| period.left_on().is_none_or(|left| left > today)) {
                    continue;
                }
                let forecast = assessment.forecast;
                let kind = match (forecast.at_risk, forecast.unreachable_since) {
                    (_, Some(_)) => WarningKind::Unreachable,
                    (true, None) => WarningKind::AtRisk,
                    (false, None) => continue,
                };
                if !told.contains(&(class_id, user.id, kind)) {
                    due.push(Warning { class_id, user_id: user.id, kind, at: now });
                }
            }
        }
        Ok(due)
    }

    async fn tell(&self, repositories: &mut dyn Repositories, due: &[Warning]) -> RepositoryResult<usize> {
        let new = repositories.policies().warn(due).await?;
        let caller = Caller::system();
        let events: Vec<Event> = new
            .iter()
            .map(|warning| {
                let kind = match warning.kind {
                    WarningKind::AtRisk => "attendance.at_risk",
                    WarningKind::Unreachable => "attendance.unreachable",
                };
                Event::new(&self.yard, &caller, kind, warning.class_id)
                    .concerning(warning.user_id)
                    .with(json!({ "class_id": warning.class_id, "user_id": warning.user_id }))
            })
            .collect();
        events::record(repositories, &events).await?;
        Ok(events.len())
    }
}

/// Tells who is at risk, a minute after the cause at the latest.
pub struct WarningSweep {
    warnings: WarningService,
    /// When this server looked last.
    looked_at: Mutex<Option<DateTime<Utc>>>,
}

impl WarningSweep {
    /// Sweeps through `warnings`.
    pub fn new(warnings: WarningService) -> Self {
        Self { warnings, looked_at: Mutex::new(None) }
    }
}

#[async_trait]
impl JobHandler for WarningSweep {
    fn kind(&self) -> &'static str {
        "attendance.warn"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(60))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        let now = self.warnings.yard.clock.now();
        let last = *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.warnings.sweep(last.map_or(FIRST_LOOK, |last| now - last + OVERLAP)).await?;
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}
