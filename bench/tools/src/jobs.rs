//! Jobs: how many a second, how soon after the commit, and whether any is lost when workers are killed.

use std::{
    collections::HashSet,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use madang_domain::{
    clock::{Clock, SystemClock},
    error::RepositoryError,
    ids::{IdGenerator, RandomIds},
    jobs::{Job, JobHandler, JobOutcome, NewJob, enqueue_all},
    mail::MailMessage,
    store::finish,
    text::Email,
    yard::Yard,
};
use madang_persistence::Database;
use madang_testing::FakeSmtpServer;
use madang_worker::{Figures, Worker, WorkerOptions};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

const KIND: &str = "bench";
const WORKERS: usize = 3;

/// Does nothing but tell when.
struct Nothing(mpsc::UnboundedSender<DateTime<Utc>>);

#[async_trait]
impl JobHandler for Nothing {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        let _ = self.0.send(SystemClock.now());
        Ok(())
    }
}

fn yard(database: &Database) -> Yard {
    Yard { store: database.store(), clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) }
}

async fn keep(yard: &Yard, jobs: impl Iterator<Item = NewJob> + Send) -> Result<()> {
    let mut unit = yard.store.begin().await?;
    let outcome = enqueue_all(&mut *unit, yard, jobs).await;
    finish(unit, outcome).await?;
    Ok(())
}

fn job() -> NewJob {
    NewJob::new(KIND, json!({}))
}

/// Prints `JOBS jobs-a-second p50-ms p99-ms`: the time from before a commit to the beginning of its job.
pub async fn measure(database: &Database, count: usize) -> Result<String> {
    let yard = yard(database);
    let (ran, mut done) = mpsc::unbounded_channel();
    let handler: Arc<dyn JobHandler> = Arc::new(Nothing(ran));
    for from in (0..count).step_by(1_000) {
        keep(&yard, (from..count.min(from + 1_000)).map(|_| job())).await?;
    }
    let mut stops = Vec::new();
    let mut workers = Vec::new();
    let began = Instant::now();
    for _ in 0..WORKERS {
        let figures = Figures::new(&prometheus::Registry::new())?;
        let options = WorkerOptions { concurrency: 32, ..WorkerOptions::default() };
        let worker = Worker::new(yard.clone(), [handler.clone()], figures, options);
        let (stop, stopped) = oneshot::channel::<()>();
        stops.push(stop);
        workers.push(tokio::spawn(async move { worker.run(async { drop(stopped.await) }).await }));
    }
    for _ in 0..count {
        done.recv().await.context("the workers have ended")?;
    }
    let rate = f64::from(u32::try_from(count)?) / began.elapsed().as_secs_f64();
    let mut waits = Vec::new();
    for _ in 0..500 {
        let kept = SystemClock.now();
        keep(&yard, std::iter::once(job())).await?;
        let started = done.recv().await.context("the workers have ended")?;
        waits.push((started - kept).to_std().unwrap_or_default());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stops);
    for worker in workers {
        worker.await?;
    }
    waits.sort_unstable();
    let at = |hundredths: usize| {
        waits.get(waits.len() * hundredths / 100).map_or(0.0, |wait: &Duration| wait.as_secs_f64() * 1_000.0)
    };
    Ok(format!("JOBS {rate:.0} {:.1} {:.1}", at(50), at(99)))
}

/// Sends `count` mails through `madang worker` processes of which one after the other is killed at random; `PostgreSQL` itself crashes twice.
///
/// Prints `KILLED mails kills crashes arrived repeated seconds`: how many arrived, and how many of them more than once.
pub async fn killed(database: &Database, url: &str, count: usize, madang: &Path) -> Result<String> {
    let yard = yard(database);
    let server = FakeSmtpServer::start([]).await;
    for from in (0..count).step_by(1_000) {
        let mails = (from..count.min(from + 1_000)).map(|number| {
            let to = Email::parse(format!("learner{number}@example.com")).ok()?;
            Some(MailMessage::new(&to, "알림", format!("{number}번째 알림입니다.")).into_job().attempts(100))
        });
        keep(&yard, mails.flatten()).await?;
    }
    let began = Instant::now();
    let mut workers = Workers(Vec::new());
    for _ in 0..WORKERS {
        workers.0.push(hire(madang, url, &server)?);
    }
    let (mut kills, mut crashes) = (0, 0);
    let mut enough = count / 20;
    while server.count() < count || unfinished(&yard).await? > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if began.elapsed() > Duration::from_mins(10) {
            bail!("{} of {count} mails arrived within ten minutes", server.count());
        }
        if server.count() > enough && server.count() < count {
            let random = RandomIds.next().as_u128();
            enough = server.count() + count / 50 + usize::try_from(random % 200)?;
            let unlucky = usize::try_from(random / 200 % WORKERS as u128)?;
            if let Some(worker) = workers.0.get_mut(unlucky) {
                worker.kill()?;
                worker.wait()?;
                *worker = hire(madang, url, &server)?;
                kills += 1;
            }
            if server.count() > count * (crashes + 1) / 3 && crashes < 2 {
                crashes += usize::from(crash(url).await?);
            }
        }
    }
    let mails = server.mails();
    let distinct: HashSet<Option<String>> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    if distinct.len() != count {
        bail!("{} of {count} mails arrived", distinct.len());
    }
    let took = began.elapsed().as_secs_f64();
    let repeated = mails.len() - distinct.len();
    Ok(format!("KILLED {count} {kills} {crashes} {} {repeated} {took:.1}", distinct.len()))
}

/// How many jobs have not ended; while the database is away, one at least.
async fn unfinished(yard: &Yard) -> Result<u64> {
    let counted = async { yard.store.session().await?.jobs().counts().await };
    match counted.await {
        Ok(counts) => Ok(counts.iter().map(|count| count.count).sum()),
        Err(RepositoryError::Unavailable(_)) => Ok(1),
        Err(error) => Err(error.into()),
    }
}

/// Kills a process of `PostgreSQL`, which then ends all others and starts anew from its log; `false` on `SQLite`, whose only processes
/// are the workers.
async fn crash(url: &str) -> Result<bool> {
    if !url.starts_with("postgres") {
        return Ok(false);
    }
    let config: tokio_postgres::Config = url.parse()?;
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    let broken_off = tokio::spawn(connection);
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.get(0);
    let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status()?;
    // It ends with an error, as it is meant to.
    drop(broken_off.await);
    Ok(killed.success())
}

/// Processes that end with us.
struct Workers(Vec<Child>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.0 {
            drop(worker.kill());
            drop(worker.wait());
        }
    }
}

fn hire(madang: &Path, url: &str, server: &FakeSmtpServer) -> Result<Child> {
    let worker = Command::new(madang)
        .arg("worker")
        .env("DATABASE_URL", url)
        .env("SMTP_URL", server.url())
        .env("MAIL_FROM", "no-reply@example.org")
        .env("LOG_FILTER", "error")
        .stdout(Stdio::null())
        .spawn();
    worker.context("madang can't be started")
}
