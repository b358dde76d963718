//! The rounds of a worker: in one unit of work it keeps how attempts have ended and claims as many jobs as it has
//! hands free, so that a busy worker needs one commit for many jobs.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    error::RepositoryResult,
    ids::JobId,
    jobs::{Claim, Job, JobCount, JobFailure, JobOutcome, NewJob, Priority, Settlement, enqueue_all},
    store::{Repositories, finish},
};
use serde_json::json;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tracing::Instrument;

use crate::{
    settling::{given_back, settled},
    worker::Worker,
};

type Ended = Result<(Id, (JobOutcome, Duration)), JoinError>;

/// What a worker has in hand.
pub(crate) struct Shift<'a> {
    worker: &'a Worker,
    tasks: JoinSet<(JobOutcome, Duration)>,
    running: HashMap<Id, (Job, AbortHandle)>,
    /// How attempts ended that has not been kept yet.
    ended: Vec<Settlement>,
    begun: u64,
    looked_around: Option<Instant>,
    /// Until when all that is running is surely ours.
    held_until: DateTime<Utc>,
    /// When the next repeating job is due; at once where that is not known.
    repeat_at: Option<DateTime<Utc>>,
}

/// What a round found.
struct Round {
    claimed: Vec<Job>,
    /// The jobs that we still hold, and how many there are of all; where that was asked for.
    around: Option<(Vec<JobId>, Vec<JobCount>)>,
    scheduled_at: Option<DateTime<Utc>>,
    repeat_at: Option<DateTime<Utc>>,
}

impl<'a> Shift<'a> {
    pub(crate) fn new(worker: &'a Worker) -> Self {
        Self {
            worker,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            ended: Vec::new(),
            begun: 0,
            looked_around: None,
            held_until: DateTime::<Utc>::MAX_UTC,
            repeat_at: None,
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// How many attempts were begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun
    }

    /// Does a round; tells how long to wait for the next if nothing happens.
    pub(crate) async fn round(&mut self) -> RepositoryResult<Duration> {
        let (now, poll) = (self.worker.yard.clock.now(), self.worker.options.poll);
        let looks_around = self.looked_around.is_none_or(|at| at.elapsed() >= poll);
        let mut unit = self.worker.yard.store.begin().await?;
        let outcome = self.round_in(&mut *unit, now, looks_around).await;
        let round = finish(unit, outcome).await?;
        self.ended.clear();
        self.repeat_at = round.repeat_at;
        if let Some((held, counts)) = round.around {
            self.looked_around = Some(Instant::now());
            self.held_until = now + self.lease();
            self.worker.figures.counted(&counts, now);
            self.let_go(|job| !held.contains(&job.id));
        }
        for job in round.claimed {
            self.begin(job, now);
        }
        let until = |at: DateTime<Utc>| (at - now).to_std().unwrap_or_default();
        let waits = [round.scheduled_at, round.repeat_at].into_iter().flatten().map(until);
        Ok(waits.fold(poll, Duration::min))
    }

    async fn round_in(
        &self,
        repositories: &mut dyn Repositories,
        now: DateTime<Utc>,
        looks_around: bool,
    ) -> RepositoryResult<Round> {
        let worker = self.worker;
        let kept = repositories.jobs().settle(&self.ended).await?;
        if kept < self.ended.len() {
            tracing::debug!("{} jobs had been taken away meanwhile", self.ended.len() - kept);
        }
        let until = now + self.lease();
        let mut around = None;
        if looks_around {
            let running: Vec<JobId> = self.running.values().map(|(job, _)| job.id).collect();
            let held = repositories.jobs().renew(worker.id, &running, until).await?;
            let taken = repositories.jobs().take_back(now).await?;
            if taken > 0 {
                tracing::warn!("took {taken} jobs back from workers that are gone");
            }
            around = Some((held, repositories.jobs().counts().await?));
        }
        let repeat_at = self.repeat(repositories, now).await?;
        let mut scheduled_at = repositories.jobs().next_run_at().await?;
        if scheduled_at.is_some_and(|at| at <= now) {
            repositories.jobs().queue_due(now).await?;
            scheduled_at = repositories.jobs().next_run_at().await?;
        }
        let free = worker.options.concurrency.saturating_sub(self.running.len());
        let mut claimed = Vec::new();
        if free > 0 {
            let limit = u32::try_from(free).unwrap_or(u32::MAX);
            let claim = Claim { worker: worker.id, kinds: &worker.kinds, limit, until };
            claimed = repositories.jobs().claim(&claim).await?;
        }
        Ok(Round { claimed, around, scheduled_at, repeat_at })
    }

    /// Keeps the repeating jobs whose moment has come. Their unique key lets the first node win.
    async fn repeat(
        &self,
        repositories: &mut dyn Repositories,
        now: DateTime<Utc>,
    ) -> RepositoryResult<Option<DateTime<Utc>>> {
        if self.repeat_at.is_some_and(|at| at > now) {
            return Ok(self.repeat_at);
        }
        let rhythms =
            || self.worker.handlers.values().filter_map(|handler| Some((handler.kind(), handler.rhythm()?)));
        let jobs: Vec<NewJob> = rhythms()
            .map(|(kind, rhythm)| {
                NewJob::new(kind, json!({}))
                    .unique(rhythm.latest(now).to_rfc3339())
                    .in_order_of(kind)
                    .priority(Priority::Low)
            })
            .collect();
        enqueue_all(repositories, &self.worker.yard, jobs).await?;
        Ok(rhythms().map(|(_, rhythm)| rhythm.next(now)).min())
    }

    fn begin(&mut self, job: Job, now: DateTime<Utc>) {
        let Some(handler) = self.worker.handlers.get(job.kind.as_str()).cloned() else { return };
        // The lease of an earlier attempt ran out while it was under way here.
        self.let_go(|running| running.id == job.id);
        self.worker.figures.begun(&job, now);
        self.begun += 1;
        let span =
            tracing::info_span!("job", job.id = %job.id, job.kind = job.kind, job.attempt = job.attempts);
        let given = job.clone();
        let attempt = async move {
            let (began, limit) = (Instant::now(), handler.time_limit());
            let outcome = match tokio::time::timeout(limit, handler.run(&given)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(JobFailure::temporary(format!("took longer than {} s", limit.as_secs()))),
            };
            (outcome, began.elapsed())
        };
        let task = self.tasks.spawn(attempt.instrument(span));
        self.running.insert(task.id(), (job, task));
    }

    /// Waits until at least one attempt has ended. Given up, it forgets nothing.
    pub(crate) async fn an_end(&mut self) {
        if let Some(ended) = self.tasks.join_next_with_id().await {
            self.end(ended);
        }
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.end(ended);
        }
    }

    fn end(&mut self, ended: Ended) {
        let (id, (outcome, took)) = match ended {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => {
                (error.id(), (Err(JobFailure::temporary("the handler panicked")), Duration::ZERO))
            }
            // Let go: it is no longer ours to settle.
            Err(error) => {
                self.running.remove(&error.id());
                return;
            }
        };
        let Some((job, _)) = self.running.remove(&id) else { return };
        let Some(handler) = self.worker.handlers.get(job.kind.as_str()) else { return };
        let now = self.worker.yard.clock.now();
        if let Err(failure) = &outcome {
            tracing::warn!(job.id = %job.id, job.kind = job.kind, job.attempt = job.attempts, %failure, "a job failed");
        }
        let settlement = settled(&job, self.worker.id, &**handler, outcome, now);
        self.worker.figures.ended(&job.kind, settlement.status, took);
        self.ended.push(settlement);
    }

    /// Stops what may be somebody else's by now, because the database has not been reached for the time of a lease.
    pub(crate) fn drop_overdue(&mut self) {
        if self.worker.yard.clock.now() >= self.held_until {
            self.let_go(|_| true);
        }
    }

    /// Stops the attempts at these jobs.
    fn let_go(&self, which: impl Fn(&Job) -> bool) {
        for (job, task) in self.running.values().filter(|(job, _)| which(job)) {
            tracing::warn!(job.id = %job.id, job.kind = job.kind, "a job is no longer ours");
            task.abort();
        }
    }

    /// Lets jobs under way finish for a while, then gives them back.
    pub(crate) async fn close(mut self) {
        let worker = self.worker;
        let finishing = async {
            while self.is_busy() {
                self.an_end().await;
            }
        };
        if tokio::time::timeout(worker.options.grace, finishing).await.is_err() {
            self.tasks.shutdown().await;
            let unfinished = self.running.drain();
            self.ended.extend(unfinished.map(|(_, (job, _))| given_back(&job, worker.id)));
        }
        let kept = async {
            let mut unit = worker.yard.store.begin().await?;
            let outcome = unit.jobs().settle(&self.ended).await;
            finish(unit, outcome).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "how the last jobs ended could not be kept; they will be done again");
        }
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.worker.options.lease).unwrap_or(TimeDelta::minutes(1))
    }
}
