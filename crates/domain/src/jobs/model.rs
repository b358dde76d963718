//! Jobs and their states.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::JobFailure;
use crate::{
    audit::Audited,
    ids::JobId,
    page::{Listable, SortKey, sort_fields},
    yard::Yard,
};

/// How many jobs of one lane run at a time: fewer than a worker has hands, so that some are left for all others.
pub const LANE_WIDTH: u32 = 2;

/// How soon a job is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits for it: a mail with a code.
    High,
    /// Notices.
    Default,
    /// Cleaning, figures.
    Low,
}

impl Priority {
    /// Every priority, most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Default, Self::Low];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Default => "default",
            Self::Low => "low",
        }
    }

    /// Its number in the database, where smaller is sooner.
    pub fn number(self) -> i32 {
        match self {
            Self::High => 0,
            Self::Default => 1,
            Self::Low => 2,
        }
    }

    /// Reads its number.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.number() == number)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobStatus {
    /// Waits for its time.
    Scheduled,
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// Done.
    Succeeded,
    /// Given up; `last_error` tells why.
    Dead,
    /// Taken back before it ran.
    Cancelled,
}

impl JobStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Queued, Self::Running, Self::Succeeded, Self::Dead, Self::Cancelled];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id, the same at every attempt: what receivers de-duplicate on.
    pub id: JobId,
    /// What kind of work, e.g. `mail.send`.
    pub kind: String,
    /// What the handler needs: an object. Emptied when the job has succeeded, because it may hold secrets.
    pub payload: Value,
    /// How soon it is wanted.
    pub priority: Priority,
    /// Where it stands.
    pub status: JobStatus,
    /// No other job of its kind with this key is taken in while this one is kept, unless it was cancelled.
    pub unique_key: Option<String>,
    /// Jobs with one such key run one after the other, in the order in which they came.
    pub order_key: Option<String>,
    /// Of the jobs with one lane, [`LANE_WIDTH`] run at a time.
    pub lane: Option<String>,
    /// When it is, or was, due.
    pub run_at: DateTime<Utc>,
    /// How often it was begun.
    pub attempts: i32,
    /// How often it may be begun.
    pub max_attempts: i32,
    /// The worker that is at it.
    pub leased_by: Option<Uuid>,
    /// When that worker is taken for dead.
    pub leased_until: Option<DateTime<Utc>>,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was done, given up or cancelled.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Job {
    /// What the handler needs, as it was kept.
    ///
    /// # Errors
    /// For good, when it can't be read.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, JobFailure> {
        T::deserialize(&self.payload).map_err(|_| JobFailure::permanent("the payload can't be read"))
    }
}

impl Audited for Job {
    const ENTITY: &'static str = "job";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({"kind": self.kind, "status": self.status.as_str(), "attempts": self.attempts})
    }
}

/// A job to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    kind: &'static str,
    payload: Value,
    priority: Priority,
    unique_key: Option<String>,
    order_key: Option<String>,
    lane: Option<String>,
    run_at: Option<DateTime<Utc>>,
    max_attempts: i32,
}

impl NewJob {
    /// How often a job is begun where nothing else is said: over about six hours.
    pub const ATTEMPTS: i32 = 12;

    /// A job of this kind, due at once; `payload` is an object.
    pub fn new(kind: &'static str, payload: Value) -> Self {
        Self {
            kind,
            payload,
            priority: Priority::Default,
            unique_key: None,
            order_key: None,
            lane: None,
            run_at: None,
            max_attempts: Self::ATTEMPTS,
        }
    }

    /// Wanted so soon.
    #[must_use]
    pub fn priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// Taken in once: not while another job of its kind with this key is kept.
    #[must_use]
    pub fn unique(self, key: impl Into<String>) -> Self {
        Self { unique_key: Some(key.into()), ..self }
    }

    /// Run after all earlier jobs with this key have ended.
    #[must_use]
    pub fn in_order_of(self, key: impl Into<String>) -> Self {
        Self { order_key: Some(key.into()), ..self }
    }

    /// Run while fewer than [`LANE_WIDTH`] others of this lane are: for work that waits for somebody who may not answer.
    #[must_use]
    pub fn in_lane(self, lane: impl Into<String>) -> Self {
        Self { lane: Some(lane.into()), ..self }
    }

    /// Due at this moment.
    #[must_use]
    pub fn at(self, run_at: DateTime<Utc>) -> Self {
        Self { run_at: Some(run_at), ..self }
    }

    /// Begun so often at most.
    #[must_use]
    pub fn attempts(self, max_attempts: i32) -> Self {
        Self { max_attempts: max_attempts.max(1), ..self }
    }

    /// The job that is kept.
    pub fn into_job(self, yard: &Yard) -> Job {
        let now = yard.clock.now();
        let later = self.run_at.filter(|at| *at > now);
        Job {
            id: JobId(yard.ids.next()),
            kind: self.kind.to_owned(),
            payload: self.payload,
            priority: self.priority,
            status: if later.is_some() { JobStatus::Scheduled } else { JobStatus::Queued },
            unique_key: self.unique_key,
            order_key: self.order_key,
            lane: self.lane,
            run_at: later.unwrap_or(now),
            attempts: 0,
            max_attempts: self.max_attempts,
            leased_by: None,
            leased_until: None,
            last_error: None,
            created_at: now,
            finished_at: None,
        }
    }
}

/// Which jobs are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobFilter {
    /// That stand here.
    pub status: Option<JobStatus>,
    /// Of this kind.
    pub kind: Option<String>,
}

sort_fields! {
    /// What jobs can be sorted by.
    JobSort { CreatedAt = "created_at" }
}

impl Listable<JobSort> for Job {
    fn sort_key(&self, field: JobSort) -> SortKey {
        match field {
            JobSort::CreatedAt => SortKey::Time(self.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
