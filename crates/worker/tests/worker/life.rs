//! Workers at work: woken, told to stop, and side by side.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use madang_testing::TestDatabase;
use madang_worker::WorkerOptions;
use tokio::sync::oneshot;

use crate::support::{SettableClock, Told, all, fixed_clock, job, keep, worker, yard};

crate::on_both!(
    a_job_is_begun_as_soon_as_it_is_kept,
    a_scheduled_job_is_begun_when_its_time_comes,
    jobs_under_way_finish_when_the_worker_stops,
    what_does_not_finish_in_time_is_given_back_as_if_it_had_not_begun,
    an_outbox_of_half_an_hour_is_drained_in_order_per_recipient_by_three_workers,
);

/// Looks around so seldom that only being woken helps.
fn sleepy() -> WorkerOptions {
    WorkerOptions { poll: Duration::from_hours(1), ..WorkerOptions::default() }
}

async fn a_job_is_begun_as_soon_as_it_is_kept(db: TestDatabase) {
    let yard = yard(&db, Arc::new(SettableClock::default()));
    let (told, mut done) = Told::new(|_| Ok(()));
    let worker = worker(&yard, &Arc::new(told), sleepy());
    let (stop, stopped) = oneshot::channel::<()>();
    let work = tokio::spawn(async move { worker.run(async { drop(stopped.await) }).await });
    // The first one tells that the worker is there and, on PostgreSQL, that it listens.
    keep(&yard, [job()]).await;
    done.recv().await.unwrap();
    for _ in 0..3 {
        let began = Instant::now();
        keep(&yard, [job()]).await;
        done.recv().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(5), "nobody woke the worker");
    }
    drop(stop);
    work.await.unwrap();
    assert!(all(&db).await.iter().all(|job| job.0 == "succeeded"));
}

async fn a_scheduled_job_is_begun_when_its_time_comes(db: TestDatabase) {
    let yard = yard(&db, Arc::new(SettableClock::default()));
    let (told, mut done) = Told::new(|_| Ok(()));
    let worker = worker(&yard, &Arc::new(told), sleepy());
    let (stop, stopped) = oneshot::channel::<()>();
    let work = tokio::spawn(async move { worker.run(async { drop(stopped.await) }).await });
    let due = yard.clock.now() + TimeDelta::milliseconds(500);
    keep(&yard, [job().at(due)]).await;
    done.recv().await.unwrap();
    assert!(yard.clock.now() >= due);
    drop(stop);
    work.await.unwrap();
}

async fn jobs_under_way_finish_when_the_worker_stops(db: TestDatabase) {
    let yard = yard(&db, fixed_clock());
    let (told, _done) = Told::new(|_| Ok(()));
    let told = Arc::new(told.taking(Duration::from_millis(100)));
    keep(&yard, [job(), job()]).await;
    let begun = told.clone();
    // It is told to stop once both have begun.
    let stop = async move {
        while begun.begun.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    worker(&yard, &told, WorkerOptions::default()).run(stop).await;
    assert!(all(&db).await.iter().all(|job| job.0 == "succeeded"));
}

async fn what_does_not_finish_in_time_is_given_back_as_if_it_had_not_begun(db: TestDatabase) {
    let yard = yard(&db, fixed_clock());
    let (told, _done) = Told::new(|_| Ok(()));
    let told = Arc::new(told.taking(Duration::from_millis(250)));
    keep(&yard, [job()]).await;
    let begun = told.clone();
    let stop = async move {
        while begun.begun.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let options = WorkerOptions { grace: Duration::ZERO, ..WorkerOptions::default() };
    worker(&yard, &told, options).run(stop).await;
    assert_eq!(all(&db).await, [("queued".to_owned(), 0, None)]);
    worker(&yard, &told, options).run_until_idle().await.unwrap();
    assert_eq!(all(&db).await, [("succeeded".to_owned(), 1, None)]);
}

async fn an_outbox_of_half_an_hour_is_drained_in_order_per_recipient_by_three_workers(db: TestDatabase) {
    const RECIPIENTS: usize = 20;
    let clock = fixed_clock();
    let yard = yard(&db, clock.clone());
    // Nobody works for half an hour, and the clock jumps back and forth meanwhile.
    for minute in 0..30 {
        keep(&yard, (0..RECIPIENTS).map(|to| job().in_order_of(format!("to {to}")))).await;
        clock.advance(TimeDelta::minutes(if minute % 7 == 3 { -5 } else { 2 }));
    }
    let (told, _done) = Told::new(|_| Ok(()));
    let told = Arc::new(told.taking(Duration::from_millis(1)));
    let workers = [(); 3].map(|()| worker(&yard, &told, WorkerOptions::default()));
    let [one, two, three] = &workers;
    while all(&db).await.iter().any(|job| job.0 == "queued") {
        let (one, two, three) =
            tokio::join!(one.run_until_idle(), two.run_until_idle(), three.run_until_idle());
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
    }
    let order = db.read("SELECT CAST(id AS text) AS value FROM jobs ORDER BY position").await.unwrap();
    let place = |id: &str| order.iter().position(|known| known == id).unwrap();
    let mut by_recipient: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for job in told.begun.lock().unwrap().iter() {
        by_recipient.entry(job.order_key.clone().unwrap()).or_default().push(place(&job.id.to_string()));
    }
    assert_eq!(by_recipient.len(), RECIPIENTS);
    for places in by_recipient.values() {
        assert_eq!(places.len(), 30, "each once");
        assert!(places.is_sorted(), "{places:?}");
    }
}
