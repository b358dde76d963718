//! A yard with a handler that does what the test says, and remembers it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    clock::{Clock, FixedClock, SystemClock},
    ids::{JobId, RandomIds},
    jobs::{Job, JobHandler, JobOutcome, NewJob, Rhythm, enqueue_all},
    store::finish,
    yard::Yard,
};
use madang_testing::TestDatabase;
use madang_worker::{Figures, Worker, WorkerOptions};
use prometheus::Registry;
use serde_json::json;
use tokio::sync::mpsc;

pub const KIND: &str = "test";

/// The machine's clock, until somebody sets it.
#[derive(Default)]
pub struct SettableClock(AtomicI64);

impl SettableClock {
    pub fn set(&self, off: TimeDelta) {
        self.0.store(off.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

pub fn fixed_clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at("2026-09-01T01:00:00Z".parse().unwrap()))
}

pub fn yard(db: &TestDatabase, clock: Arc<dyn Clock>) -> Yard {
    Yard { store: db.store(), clock, ids: Arc::new(RandomIds) }
}

type Act = dyn Fn(&Job) -> JobOutcome + Send + Sync;

/// Does what it is told, after the time that it is told to take.
pub struct Told {
    act: Box<Act>,
    takes: Duration,
    rhythm: Option<Rhythm>,
    ran: mpsc::UnboundedSender<JobId>,
    pub begun: Mutex<Vec<Job>>,
}

impl Told {
    /// The handler, and the jobs that it has done, as they come.
    pub fn new(
        act: impl Fn(&Job) -> JobOutcome + Send + Sync + 'static,
    ) -> (Self, mpsc::UnboundedReceiver<JobId>) {
        let (ran, done) = mpsc::unbounded_channel();
        let told =
            Self { act: Box::new(act), takes: Duration::ZERO, rhythm: None, ran, begun: Mutex::default() };
        (told, done)
    }

    pub fn taking(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }

    pub fn repeating(self, rhythm: Rhythm) -> Self {
        Self { rhythm: Some(rhythm), ..self }
    }

    pub fn attempts(&self) -> Vec<i32> {
        self.begun.lock().unwrap().iter().map(|job| job.attempts).collect()
    }
}

#[async_trait]
impl JobHandler for Told {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        self.begun.lock().unwrap().push(job.clone());
        tokio::time::sleep(self.takes).await;
        let outcome = (self.act)(job);
        let _ = self.ran.send(job.id);
        outcome
    }

    fn time_limit(&self) -> Duration {
        Duration::from_millis(300)
    }

    fn rhythm(&self) -> Option<Rhythm> {
        self.rhythm
    }
}

pub fn worker(yard: &Yard, handler: &Arc<Told>, options: WorkerOptions) -> Worker {
    let handler: Arc<dyn JobHandler> = handler.clone();
    Worker::new(yard.clone(), [handler], Figures::new(&Registry::new()).unwrap(), options)
}

pub fn job() -> NewJob {
    NewJob::new(KIND, json!({"secret": "열쇠"}))
}

pub async fn keep(yard: &Yard, jobs: impl IntoIterator<Item = NewJob> + Send) -> usize {
    let mut unit = yard.store.begin().await.unwrap();
    let outcome = enqueue_all(&mut *unit, yard, jobs).await;
    finish(unit, outcome).await.unwrap()
}

/// Every job, in the order in which they came.
pub async fn all(db: &TestDatabase) -> Vec<(String, i32, Option<String>)> {
    let rows = db
        .read("SELECT status || '|' || attempts || '|' || coalesce(last_error, '') AS value FROM jobs ORDER BY position")
        .await
        .unwrap();
    let parts = rows.iter().map(|row| {
        let parts: Vec<&str> = row.splitn(3, '|').collect();
        let error = Some(parts[2].to_owned()).filter(|error| !error.is_empty());
        (parts[0].to_owned(), parts[1].parse().unwrap(), error)
    });
    parts.collect()
}

/// When the only job is due.
pub async fn run_at(yard: &Yard) -> DateTime<Utc> {
    yard.store.session().await.unwrap().jobs().next_run_at().await.unwrap().unwrap()
}
