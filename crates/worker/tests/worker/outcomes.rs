//! How attempts end, and what becomes of their jobs. The clock stands still.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use madang_domain::jobs::{JobFailure, Rhythm};
use madang_domain::{clock::Clock, jobs::JobHandler};
use madang_testing::TestDatabase;
use madang_worker::WorkerOptions;

use crate::support::{Told, all, fixed_clock, job, keep, run_at, worker, yard};

crate::on_both!(
    what_is_due_is_done_and_its_payload_forgotten,
    a_failure_is_tried_again_after_longer_and_longer_pauses_and_given_up_in_the_end,
    a_failure_for_good_is_given_up_at_once,
    a_receiver_that_asks_for_time_gets_it,
    a_panic_is_a_failed_attempt_and_others_go_on,
    what_takes_too_long_is_a_failed_attempt,
    a_repeating_job_is_done_once_each_time_by_however_many_workers,
);

async fn what_is_due_is_done_and_its_payload_forgotten(db: TestDatabase) {
    let yard = yard(&db, fixed_clock());
    let (told, _done) = Told::new(|_| Ok(()));
    let told = Arc::new(told);
    keep(&yard, (0..20).map(|_| job())).await;
    assert_eq!(worker(&yard, &told, WorkerOptions::default()).run_until_idle().await.unwrap(), 20);
    assert!(all(&db).await.iter().all(|job| *job == ("succeeded".to_owned(), 1, None)));
    let payloads = db.read("SELECT DISTINCT CAST(payload AS text) AS value FROM jobs").await.unwrap();
    assert_eq!(payloads, ["{}"]);
}

async fn a_failure_is_tried_again_after_longer_and_longer_pauses_and_given_up_in_the_end(db: TestDatabase) {
    let clock = fixed_clock();
    let yard = yard(&db, clock.clone());
    let (told, _done) = Told::new(|_| Err(JobFailure::temporary("이유")));
    let told = Arc::new(told);
    let worker = worker(&yard, &told, WorkerOptions::default());
    keep(&yard, [job().attempts(4)]).await;
    for attempt in 1..4 {
        assert_eq!(worker.run_until_idle().await.unwrap(), 1);
        let pause = told.pause(attempt).as_secs_f64();
        let waits = (run_at(&yard).await - clock.now()).as_seconds_f64();
        assert!((pause * 0.8..=pause * 1.2).contains(&waits), "{attempt}: {waits}");
        assert_eq!(worker.run_until_idle().await.unwrap(), 0, "not before its time");
        clock.advance(run_at(&yard).await - clock.now());
    }
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(told.attempts(), [1, 2, 3, 4]);
    assert_eq!(all(&db).await, [("dead".to_owned(), 4, Some("이유".to_owned()))]);
    clock.advance(TimeDelta::days(1));
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
}

async fn a_failure_for_good_is_given_up_at_once(db: TestDatabase) {
    let yard = yard(&db, fixed_clock());
    let (told, _done) = Told::new(|_| Err(JobFailure::permanent("x".repeat(9_999))));
    keep(&yard, [job()]).await;
    worker(&yard, &Arc::new(told), WorkerOptions::default()).run_until_idle().await.unwrap();
    assert_eq!(all(&db).await, [("dead".to_owned(), 1, Some("x".repeat(500)))]);
}

async fn a_receiver_that_asks_for_time_gets_it(db: TestDatabase) {
    let clock = fixed_clock();
    let yard = yard(&db, clock.clone());
    let after = Some(Duration::from_secs(1_000));
    let (told, _done) = Told::new(move |_| Err(JobFailure::Temporary { reason: "429".to_owned(), after }));
    keep(&yard, [job()]).await;
    worker(&yard, &Arc::new(told), WorkerOptions::default()).run_until_idle().await.unwrap();
    assert_eq!(run_at(&yard).await, clock.now() + TimeDelta::seconds(1_000));
}

async fn a_panic_is_a_failed_attempt_and_others_go_on(db: TestDatabase) {
    let yard = yard(&db, fixed_clock());
    let (told, _done) = Told::new(|job| {
        assert_ne!(job.priority, madang_domain::jobs::Priority::High, "the first one panics");
        Ok(())
    });
    keep(&yard, [job().priority(madang_domain::jobs::Priority::High), job()]).await;
    worker(&yard, &Arc::new(told), WorkerOptions::default()).run_until_idle().await.unwrap();
    let jobs = all(&db).await;
    assert_eq!((jobs[0].0.as_str(), jobs[0].2.as_deref()), ("scheduled", Some("the handler panicked")));
    assert_eq!(jobs[1].0, "succeeded");
}

async fn what_takes_too_long_is_a_failed_attempt(db: TestDatabase) {
    let yard = yard(&db, fixed_clock());
    let (told, _done) = Told::new(|_| Ok(()));
    let told = Arc::new(told.taking(Duration::from_hours(1)));
    keep(&yard, [job()]).await;
    worker(&yard, &told, WorkerOptions::default()).run_until_idle().await.unwrap();
    let jobs = all(&db).await;
    assert_eq!(jobs[0].0, "scheduled");
    assert!(jobs[0].2.as_ref().unwrap().contains("longer"));
}

async fn a_repeating_job_is_done_once_each_time_by_however_many_workers(db: TestDatabase) {
    let clock = fixed_clock();
    let yard = yard(&db, clock.clone());
    let (told, _done) = Told::new(|_| Ok(()));
    let told = Arc::new(told.repeating(Rhythm::EverySeconds(900)));
    let workers = [(); 3].map(|()| worker(&yard, &told, WorkerOptions::default()));
    let work = async || {
        let mut ran = 0;
        for worker in &workers {
            ran += worker.run_until_idle().await.unwrap();
        }
        ran
    };
    assert_eq!(work().await, 1);
    clock.advance(TimeDelta::seconds(899));
    assert_eq!(work().await, 0);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(work().await, 1);
    // A clock that is set back repeats nothing; what was missed while nobody worked is done once.
    clock.advance(TimeDelta::minutes(-15));
    assert_eq!(work().await, 0);
    clock.advance(TimeDelta::hours(5));
    assert_eq!(work().await, 1);
}
