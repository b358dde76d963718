//! Workers that are killed amid their work, a database that drops every connection, a clock that is set.
//!
//! 1,000 jobs here; `bench/run.sh jobs` does the same with 10,000 and with processes that are killed outright.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use madang_domain::{clock::Clock, ids::JobId};
use madang_testing::TestDatabase;
use madang_worker::WorkerOptions;

use crate::support::{SettableClock, Told, all, job, keep, worker, yard};

const JOBS: usize = 1_000;

crate::on_both!(nothing_is_lost_when_workers_are_killed_and_the_database_and_the_clock_misbehave);

async fn nothing_is_lost_when_workers_are_killed_and_the_database_and_the_clock_misbehave(db: TestDatabase) {
    let clock = Arc::new(SettableClock::default());
    let yard = yard(&db, clock.clone());
    // The receiver de-duplicates on the id of the job: the first time takes effect.
    let effects: Arc<Mutex<HashMap<JobId, u32>>> = Arc::default();
    let receiver = effects.clone();
    let (told, _done) = Told::new(move |job| {
        *receiver.lock().unwrap().entry(job.id).or_default() += 1;
        Ok(())
    });
    let told = Arc::new(told.taking(Duration::from_millis(2)));
    for _ in 0..JOBS / 100 {
        assert_eq!(keep(&yard, (0..100).map(|_| job().attempts(1_000))).await, 100);
    }
    let options = WorkerOptions {
        lease: Duration::from_millis(400),
        poll: Duration::from_millis(50),
        ..WorkerOptions::default()
    };
    let hire = || {
        let worker = worker(&yard, &told, options);
        tokio::spawn(async move { worker.run(std::future::pending()).await })
    };
    let mut workers = [hire(), hire(), hire()];
    let mut killed = 0;
    let mut reached = 0;
    while effects.lock().unwrap().len() < JOBS {
        tokio::task::yield_now().await;
        let done = effects.lock().unwrap().len();
        if done > JOBS * 3 / 4 {
            // Leases that were taken while the clock was fast run out an hour later: now.
            clock.set(TimeDelta::hours(2));
            continue;
        }
        if done < reached + 60 {
            continue;
        }
        reached = done;
        // Which one, and when, follows from how far the work happens to be.
        let unlucky = done % workers.len();
        workers[unlucky].abort();
        drop((&mut workers[unlucky]).await);
        workers[unlucky] = hire();
        killed += 1;
        match killed % 4 {
            1 => db.end_connections().await,
            2 => clock.set(TimeDelta::hours(1)),
            3 => clock.set(TimeDelta::hours(-1)),
            _ => clock.set(TimeDelta::zero()),
        }
    }
    assert!(killed >= 5, "only {killed} workers were killed");
    for worker in &mut workers {
        worker.abort();
        drop(worker.await);
    }
    clock.set(TimeDelta::hours(4));
    worker(&yard, &told, options).run_until_idle().await.unwrap();
    assert!(yard.clock.now() > madang_domain::clock::SystemClock.now());
    let jobs = all(&db).await;
    assert_eq!(jobs.len(), JOBS);
    let unfinished: Vec<_> = jobs.iter().filter(|job| job.0 != "succeeded").collect();
    assert!(unfinished.is_empty(), "{unfinished:?}");
    assert_eq!(effects.lock().unwrap().len(), JOBS);
}
