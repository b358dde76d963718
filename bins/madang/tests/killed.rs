//! Worker processes that are killed outright, a database whose connections all end, a clock that is set: no job is lost, each takes effect
//! once where the receiver de-duplicates, and every recipient is told in order.
//!
//! Some hundred jobs here (`MADANG_TEST_KILLED_JOBS` says how many); `bench/run.sh jobs` does it with 10,000, and has PostgreSQL itself crash.

#![expect(clippy::unwrap_used, reason = "a test is to fail where it goes wrong")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use madang_domain::{
    clock::{Clock, FixedClock, SystemClock},
    ids::{IdGenerator, RandomIds},
    jobs::enqueue_all,
    mail::MailMessage,
    store::finish,
    text::Email,
    yard::Yard,
};
use madang_testing::{FakeSmtpServer, TestDatabase};

const WORKERS: usize = 3;
const RECIPIENTS: usize = 40;
/// How long nothing may arrive before the leases of those that were killed are taken to have run out.
const QUIET: Duration = Duration::from_millis(700);
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_sqlite_when_processes_are_killed() {
    nothing_is_lost(
        TestDatabase::sqlite().await,
        "strftime('%Y-%m-%dT%H:%M:%f', {column}, '{hours} hours') || '000Z'",
        "PRAGMA busy_timeout = 20000;",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_postgres_when_processes_are_killed() {
    nothing_is_lost(TestDatabase::postgres().await, "{column} + interval '{hours} hours'", "").await;
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings to take the number from")]
fn how_many() -> usize {
    std::env::var("MADANG_TEST_KILLED_JOBS").map_or(600, |number| number.parse().unwrap())
}

/// `later` is the moment so many hours after the one in a column, as the database says it; `patience` lets it wait for other writers.
async fn nothing_is_lost(db: TestDatabase, later: &str, patience: &str) {
    let count = how_many();
    let server = FakeSmtpServer::start([]).await;
    fill(&db, count).await;
    // Processes look at the machine's clock: for them it jumps when what is kept is moved the other way.
    let set_clock = async |hours: i32| {
        let moved =
            |column: &str| later.replace("{column}", column).replace("{hours}", &format!("{:+}", -hours));
        let sql = format!(
            "{patience} UPDATE jobs SET leased_until = {} WHERE status = 'running'; UPDATE jobs SET run_at = {} WHERE status = 'scheduled'",
            moved("leased_until"),
            moved("run_at")
        );
        db.run(&sql).await.unwrap();
    };
    let began = Instant::now();
    let mut workers: Vec<Worker> = (0..WORKERS).map(|_| Worker::hire(&db, &server)).collect();
    let (mut kills, mut seen, mut quiet_since) = (0, 0, Instant::now());
    let mut next_kill = count / 20;
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    while unfinished(&db).await > 0 {
        ticks.tick().await;
        assert!(began.elapsed() < PATIENCE, "{} of {count} arrived", server.count());
        if server.count() > seen {
            (seen, quiet_since) = (server.count(), Instant::now());
        } else if quiet_since.elapsed() > QUIET {
            // The leases of the dead run out.
            set_clock(2).await;
            quiet_since = Instant::now();
        }
        if seen < next_kill || seen >= count {
            continue;
        }
        let random = RandomIds.next().as_u128();
        next_kill = seen + count / 20 + usize::try_from(random % 16).unwrap();
        kills += 1;
        match kills % 5 {
            1 => db.end_connections().await,
            2 => set_clock(2).await,
            3 => set_clock(-1).await,
            4 => workers.clear(),
            _ => {}
        }
        // Dropping one kills it outright.
        if !workers.is_empty() {
            workers.remove(usize::try_from(random / 16).unwrap_or_default() % workers.len());
        }
        while workers.len() < WORKERS {
            workers.push(Worker::hire(&db, &server));
        }
    }
    workers.clear();
    assert!(kills >= 8, "only {kills} workers were killed");
    let ended = db.read("SELECT status AS value FROM jobs WHERE kind = 'mail.send'").await.unwrap();
    assert_eq!(ended, vec!["succeeded"; count]);
    check(&server, count);
}

/// An outbox of half an hour: each minute something for everybody.
async fn fill(db: &TestDatabase, count: usize) {
    let clock = Arc::new(FixedClock::at(SystemClock.now() - TimeDelta::minutes(30)));
    let yard = Yard { store: db.store(), clock: clock.clone(), ids: Arc::new(RandomIds) };
    for from in (0..count).step_by(count.div_ceil(30)) {
        let jobs = (from..count.min(from + count.div_ceil(30))).map(|number| {
            let recipient = number % RECIPIENTS;
            let to = Email::parse(format!("learner{recipient}@example.com")).unwrap();
            let mail = MailMessage::new(&to, &format!("{number:06}"), "알림입니다.");
            mail.into_job().in_order_of(format!("to {recipient}")).attempts(1_000)
        });
        let mut unit = yard.store.begin().await.unwrap();
        let outcome = enqueue_all(&mut *unit, &yard, jobs.collect::<Vec<_>>()).await;
        assert!(finish(unit, outcome).await.unwrap() > 0);
        clock.advance(TimeDelta::minutes(1));
    }
}

/// Jobs of ours that have not ended; while the database is away, nobody knows.
async fn unfinished(db: &TestDatabase) -> usize {
    let open = "SELECT id AS value FROM jobs WHERE kind = 'mail.send' AND finished_at IS NULL LIMIT 1";
    db.read(&open.replace("SELECT id", "SELECT CAST(id AS text)")).await.map_or(1, |open| open.len())
}

/// What the receiver has, taken once by its id: everything, and for each recipient in order.
fn check(server: &FakeSmtpServer, count: usize) {
    let (mut known, mut by_recipient) = (BTreeSet::new(), BTreeMap::<String, Vec<String>>::new());
    for mail in server.mails() {
        if known.insert(mail.header("Message-ID").unwrap()) {
            let recipient = mail.to.first().unwrap().clone();
            by_recipient.entry(recipient).or_default().push(mail.header("Subject").unwrap());
        }
    }
    assert_eq!(known.len(), count);
    assert_eq!(by_recipient.len(), RECIPIENTS.min(count));
    for subjects in by_recipient.values() {
        assert!(subjects.is_sorted(), "{subjects:?}");
    }
}

/// A `madang worker`; killed with SIGKILL when it is dropped.
struct Worker(Child);

impl Worker {
    fn hire(db: &TestDatabase, server: &FakeSmtpServer) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
        command
            .arg("worker")
            .env_clear()
            .env("DATABASE_URL", db.url())
            .env("DATABASE_CONNECTIONS", "4")
            .env("SMTP_URL", server.url())
            .env("MAIL_FROM", "no-reply@example.org")
            // Processes die here, not machines.
            .env("SQLITE_DURABILITY", "process_death")
            .env("LOG_FILTER", "off")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
