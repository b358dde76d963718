//! Jobs: kept once, claimed by one worker at a time, in order, and never lost.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{clock::FixedClock, ids::SequentialIds};
use madang_domain::{
    error::{RepositoryError, RepositoryResult},
    ids::JobId,
    jobs::{Claim, Job, JobFilter, JobSort, JobStatus, NewJob, Priority, Settlement},
    page::Sort,
    store::Store,
    yard::Yard,
};
use madang_testing::TestDatabase;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{at, keep, page};

crate::on_both!(
    a_job_is_read_as_it_was_written,
    a_unique_key_is_taken_until_its_job_is_cancelled,
    a_job_is_claimed_by_one_worker,
    of_workers_at_once_each_gets_other_jobs,
    the_urgent_come_first_then_those_that_came_first,
    only_known_kinds_are_claimed,
    jobs_with_one_order_key_run_one_after_the_other,
    jobs_of_one_lane_leave_hands_free_for_others,
    a_scheduled_job_waits_for_its_time,
    a_failed_attempt_is_due_again_later,
    a_success_forgets_the_payload,
    who_lost_its_lease_settles_nothing,
    what_a_dead_worker_held_is_taken_back,
    lists_are_narrowed_by_status_and_kind,
    jobs_are_counted_by_status_and_priority,
    old_jobs_are_removed_and_dead_ones_later,
    an_operator_changes_a_job,
    a_worker_hears_of_jobs_once_they_are_kept,
);

const NOW: &str = "2026-09-01T01:00:00Z";
const WORKER: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn now() -> DateTime<Utc> {
    at(NOW)
}

fn yard(db: &TestDatabase) -> Yard {
    Yard {
        store: db.store(),
        clock: std::sync::Arc::new(FixedClock::at(now())),
        ids: std::sync::Arc::new(SequentialIds::default()),
    }
}

fn new(kind: &'static str) -> NewJob {
    NewJob::new(kind, json!({"to": "김하늘 \"A\"", "list": [1, null]}))
}

async fn kept(db: &TestDatabase, yard: &Yard, jobs: impl IntoIterator<Item = NewJob>) -> Vec<Job> {
    let jobs: Vec<Job> = jobs.into_iter().map(|job| job.into_job(yard)).collect();
    assert_eq!(insert(db, &jobs).await, jobs.len());
    jobs
}

async fn insert(db: &TestDatabase, jobs: &[Job]) -> usize {
    keep(db, async |unit| unit.jobs().insert(jobs).await).await.unwrap()
}

async fn claim(db: &TestDatabase, worker: Uuid, limit: u32) -> Vec<Job> {
    let claim = Claim { worker, kinds: &["a", "b"], limit, until: now() + TimeDelta::seconds(60) };
    keep(db, async |unit| unit.jobs().claim(&claim).await).await.unwrap()
}

fn ids<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Vec<JobId> {
    jobs.into_iter().map(|job| job.id).collect()
}

fn settlement(job: &Job, worker: Uuid, status: JobStatus) -> Settlement {
    let ended = matches!(status, JobStatus::Succeeded | JobStatus::Dead | JobStatus::Cancelled);
    Settlement {
        id: job.id,
        worker,
        status,
        run_at: job.run_at,
        attempts: job.attempts,
        last_error: None,
        finished_at: ended.then(now),
    }
}

async fn settle(db: &TestDatabase, settlements: &[Settlement]) -> usize {
    keep(db, async |unit| unit.jobs().settle(settlements).await).await.unwrap()
}

async fn read(db: &TestDatabase, id: JobId) -> Job {
    let mut unit = db.database().begin().await.unwrap();
    unit.jobs().find_for_update(id).await.unwrap().unwrap()
}

async fn a_job_is_read_as_it_was_written(db: &TestDatabase) {
    let yard = yard(db);
    let later = now() + TimeDelta::days(1);
    let jobs = kept(
        db,
        &yard,
        [
            new("a"),
            new("a")
                .priority(Priority::High)
                .unique("k")
                .in_order_of("김하늘")
                .in_lane("이")
                .at(later)
                .attempts(3),
            new("a").at(now() - TimeDelta::days(1)),
        ],
    )
    .await;
    assert_eq!(jobs[1].status, JobStatus::Scheduled);
    assert_eq!((jobs[2].status, jobs[2].run_at), (JobStatus::Queued, now()), "what is late is due at once");
    for job in &jobs {
        assert_eq!(&read(db, job.id).await, job);
    }
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.jobs().find_for_update(JobId(OTHER)).await.unwrap(), None);
}

async fn a_unique_key_is_taken_until_its_job_is_cancelled(db: &TestDatabase) {
    let yard = yard(db);
    let job = |kind: &'static str| new(kind).unique("once").into_job(&yard);
    let first = job("a");
    assert_eq!(insert(db, &[first.clone(), job("a"), job("b")]).await, 2, "keys are the kind's own");
    assert_eq!(insert(db, &[job("a")]).await, 0);
    let claimed = claim(db, WORKER, 9).await;
    settle(db, &claimed.iter().map(|job| settlement(job, WORKER, JobStatus::Succeeded)).collect::<Vec<_>>())
        .await;
    assert_eq!(insert(db, &[job("a")]).await, 0, "even after it has ended");
    let cancelled = Job { status: JobStatus::Cancelled, finished_at: Some(now()), ..first };
    keep(db, async |unit| unit.jobs().update(&cancelled).await).await.unwrap();
    assert_eq!(insert(db, &[job("a")]).await, 1);
}

async fn a_job_is_claimed_by_one_worker(db: &TestDatabase) {
    let job = kept(db, &yard(db), [new("a")]).await.remove(0);
    let claimed = claim(db, WORKER, 9).await;
    let until = now() + TimeDelta::seconds(60);
    let expected = Job {
        status: JobStatus::Running,
        attempts: 1,
        leased_by: Some(WORKER),
        leased_until: Some(until),
        ..job
    };
    assert_eq!(claimed, [expected]);
    assert_eq!(claim(db, OTHER, 9).await, []);
}

async fn of_workers_at_once_each_gets_other_jobs(db: &TestDatabase) {
    let yard = yard(db);
    kept(db, &yard, (0..60).map(|_| new("a"))).await;
    let workers: Vec<_> = (0..6_u128)
        .map(|number| {
            let store = db.store();
            tokio::spawn(async move {
                let claim = Claim {
                    worker: Uuid::from_u128(number),
                    kinds: &["a"],
                    limit: 10,
                    until: now() + TimeDelta::seconds(60),
                };
                let mut unit = store.begin().await?;
                let claimed = unit.jobs().claim(&claim).await?;
                tokio::task::yield_now().await;
                unit.commit().await?;
                RepositoryResult::Ok(ids(&claimed))
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap().unwrap());
    }
    all.extend(ids(&claim(db, WORKER, 60).await));
    assert_eq!(all.len(), 60);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 60);
}

async fn the_urgent_come_first_then_those_that_came_first(db: &TestDatabase) {
    let yard = yard(db);
    let jobs = kept(
        db,
        &yard,
        [
            new("a").priority(Priority::Low),
            new("a"),
            new("b").priority(Priority::High),
            new("a"),
            new("a").priority(Priority::High),
        ],
    )
    .await;
    let mut claimed = Vec::new();
    for _ in 0..jobs.len() {
        claimed.extend(ids(&claim(db, WORKER, 1).await));
    }
    assert_eq!(claimed, ids([&jobs[2], &jobs[4], &jobs[1], &jobs[3], &jobs[0]]));
}

async fn only_known_kinds_are_claimed(db: &TestDatabase) {
    let jobs = kept(db, &yard(db), [new("of the future"), new("b")]).await;
    assert_eq!(ids(&claim(db, WORKER, 9).await), [jobs[1].id]);
}

async fn jobs_with_one_order_key_run_one_after_the_other(db: &TestDatabase) {
    let yard = yard(db);
    let to = |key: &str| new("a").in_order_of(key);
    let jobs = kept(db, &yard, [to("김"), to("김"), to("박"), to("김"), new("a")]).await;
    let claimed = claim(db, WORKER, 9).await;
    assert_eq!(ids(&claimed), ids([&jobs[0], &jobs[2], &jobs[4]]));
    assert_eq!(claim(db, OTHER, 9).await, []);

    // One that has to be tried again still holds back those after it.
    let again = Settlement {
        run_at: now() + TimeDelta::hours(1),
        ..settlement(&claimed[0], WORKER, JobStatus::Scheduled)
    };
    settle(db, &[again]).await;
    assert_eq!(claim(db, OTHER, 9).await, []);
    keep(db, async |unit| unit.jobs().queue_due(now() + TimeDelta::hours(1)).await).await.unwrap();
    let claimed = claim(db, OTHER, 9).await;
    assert_eq!(ids(&claimed), [jobs[0].id]);

    // One that is given up does not.
    settle(db, &[settlement(&claimed[0], OTHER, JobStatus::Dead)]).await;
    assert_eq!(ids(&claim(db, OTHER, 9).await), [jobs[1].id]);
    let dead = read(db, jobs[0].id).await;
    let queued = Job { status: JobStatus::Queued, finished_at: None, ..dead };
    keep(db, async |unit| unit.jobs().update(&queued).await).await.unwrap();
    assert_eq!(claim(db, WORKER, 9).await, [], "it waits for who is at work");
}

async fn jobs_of_one_lane_leave_hands_free_for_others(db: &TestDatabase) {
    let yard = yard(db);
    let to = |lane: &str| new("a").in_lane(lane);
    let jobs = kept(db, &yard, [to("김"), to("김"), to("김"), to("김"), to("박"), new("a")]).await;
    let claimed = claim(db, WORKER, 9).await;
    assert_eq!(ids(&claimed), ids([&jobs[0], &jobs[1], &jobs[4], &jobs[5]]));
    assert_eq!(claim(db, OTHER, 9).await, []);

    // One that has to be tried again later leaves its place to the next.
    let again = Settlement {
        run_at: now() + TimeDelta::hours(1),
        ..settlement(&claimed[0], WORKER, JobStatus::Scheduled)
    };
    settle(db, &[again]).await;
    assert_eq!(ids(&claim(db, OTHER, 9).await), [jobs[2].id]);
    settle(db, &[settlement(&claimed[1], WORKER, JobStatus::Succeeded)]).await;
    assert_eq!(ids(&claim(db, OTHER, 9).await), [jobs[3].id]);
    keep(db, async |unit| unit.jobs().queue_due(now() + TimeDelta::hours(1)).await).await.unwrap();
    assert_eq!(claim(db, WORKER, 9).await, [], "its place is taken");
}

async fn a_scheduled_job_waits_for_its_time(db: &TestDatabase) {
    let yard = yard(db);
    let due = now() + TimeDelta::minutes(5);
    let jobs = kept(db, &yard, [new("a").at(due + TimeDelta::minutes(1)), new("a").at(due)]).await;
    assert_eq!(claim(db, WORKER, 9).await, []);
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.jobs().next_run_at().await.unwrap(), Some(due));
    assert_eq!(unit.jobs().queue_due(due - TimeDelta::microseconds(1)).await.unwrap(), 0);
    assert_eq!(unit.jobs().queue_due(due).await.unwrap(), 1);
    assert_eq!(unit.jobs().next_run_at().await.unwrap(), Some(due + TimeDelta::minutes(1)));
    unit.commit().await.unwrap();
    assert_eq!(ids(&claim(db, WORKER, 9).await), [jobs[1].id]);
}

async fn a_failed_attempt_is_due_again_later(db: &TestDatabase) {
    kept(db, &yard(db), [new("a")]).await;
    let claimed = claim(db, WORKER, 9).await.remove(0);
    let later = now() + TimeDelta::seconds(5);
    let failed = Settlement {
        run_at: later,
        last_error: Some("느림".to_owned()),
        ..settlement(&claimed, WORKER, JobStatus::Scheduled)
    };
    assert_eq!(settle(db, &[failed]).await, 1);
    let expected = Job {
        status: JobStatus::Scheduled,
        run_at: later,
        last_error: Some("느림".to_owned()),
        leased_by: None,
        leased_until: None,
        ..claimed
    };
    assert_eq!(read(db, expected.id).await, expected);
}

async fn a_success_forgets_the_payload(db: &TestDatabase) {
    kept(db, &yard(db), [new("a"), new("a")]).await;
    let claimed = claim(db, WORKER, 9).await;
    let ended = [
        settlement(&claimed[0], WORKER, JobStatus::Succeeded),
        settlement(&claimed[1], WORKER, JobStatus::Dead),
    ];
    assert_eq!(settle(db, &ended).await, 2);
    assert_eq!(read(db, claimed[0].id).await.payload, json!({}));
    assert_eq!(read(db, claimed[1].id).await.payload, claimed[1].payload);
}

async fn who_lost_its_lease_settles_nothing(db: &TestDatabase) {
    kept(db, &yard(db), [new("a")]).await;
    let late = claim(db, WORKER, 9).await.remove(0);
    let after = now() + TimeDelta::seconds(61);
    assert_eq!(keep(db, async |unit| unit.jobs().take_back(after).await).await.unwrap(), 1);
    let running = claim(db, OTHER, 9).await.remove(0);
    assert_eq!(settle(db, &[settlement(&late, WORKER, JobStatus::Dead)]).await, 0);
    assert_eq!(read(db, late.id).await, running);
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.jobs().renew(WORKER, &[late.id], after).await.unwrap(), []);
    assert_eq!(unit.jobs().renew(OTHER, &[late.id], after).await.unwrap(), [late.id]);
}

async fn what_a_dead_worker_held_is_taken_back(db: &TestDatabase) {
    let yard = yard(db);
    let jobs = kept(db, &yard, [new("a").attempts(1), new("a").attempts(2)]).await;
    claim(db, WORKER, 9).await;
    let until = now() + TimeDelta::seconds(60);
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.jobs().take_back(until - TimeDelta::microseconds(1)).await.unwrap(), 0);
    assert_eq!(unit.jobs().take_back(until).await.unwrap(), 2);
    unit.commit().await.unwrap();
    let (first, second) = (read(db, jobs[0].id).await, read(db, jobs[1].id).await);
    assert_eq!((first.status, first.finished_at), (JobStatus::Dead, Some(until)));
    assert_eq!((second.status, second.finished_at), (JobStatus::Queued, None));
    assert!(first.last_error.is_some() && second.last_error.is_some());
    assert_eq!(ids(&claim(db, OTHER, 9).await), [jobs[1].id]);
}

async fn lists_are_narrowed_by_status_and_kind(db: &TestDatabase) {
    let yard = yard(db);
    let jobs = kept(db, &yard, [new("a"), new("b"), new("a").at(now() + TimeDelta::days(1))]).await;
    let mut session = db.database().session().await.unwrap();
    let mut found = async |filter: JobFilter| {
        let listed = session.jobs().list(&page(filter, Sort::ascending(JobSort::CreatedAt))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items
    };
    let all = JobFilter::default;
    assert_eq!(found(all()).await, jobs);
    assert_eq!(found(JobFilter { kind: Some("b".to_owned()), ..all() }).await, jobs[1..2]);
    assert_eq!(found(JobFilter { status: Some(JobStatus::Scheduled), ..all() }).await, jobs[2..]);
    let both = JobFilter { status: Some(JobStatus::Queued), kind: Some("a".to_owned()) };
    assert_eq!(found(both).await, jobs[..1]);
}

async fn jobs_are_counted_by_status_and_priority(db: &TestDatabase) {
    let yard = yard(db);
    kept(db, &yard, [new("a"), new("a"), new("a").priority(Priority::High).at(now() + TimeDelta::days(1))])
        .await;
    let claimed = claim(db, WORKER, 1).await;
    settle(db, &[settlement(&claimed[0], WORKER, JobStatus::Succeeded)]).await;
    let mut session = db.database().session().await.unwrap();
    let mut counts = session.jobs().counts().await.unwrap();
    counts.sort_by_key(|count| count.status);
    let counts: Vec<_> = counts.iter().map(|c| (c.status, c.priority, c.count, c.oldest_run_at)).collect();
    let expected = [
        (JobStatus::Scheduled, Priority::High, 1, now() + TimeDelta::days(1)),
        (JobStatus::Queued, Priority::Default, 1, now()),
    ];
    assert_eq!(counts, expected);
}

async fn old_jobs_are_removed_and_dead_ones_later(db: &TestDatabase) {
    let yard = yard(db);
    let jobs = kept(db, &yard, (0..4).map(|_| new("a"))).await;
    let claimed = claim(db, WORKER, 3).await;
    let ended = [
        settlement(&claimed[0], WORKER, JobStatus::Succeeded),
        settlement(&claimed[1], WORKER, JobStatus::Dead),
        settlement(&claimed[2], WORKER, JobStatus::Cancelled),
    ];
    settle(db, &ended).await;
    let after = now() + TimeDelta::microseconds(1);
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.jobs().purge(now(), now(), 9).await.unwrap(), 0);
    assert_eq!(unit.jobs().purge(after, now(), 1).await.unwrap(), 1);
    assert_eq!(unit.jobs().purge(after, now(), 9).await.unwrap(), 1);
    assert!(unit.jobs().find_for_update(jobs[1].id).await.unwrap().is_some());
    assert_eq!(unit.jobs().purge(after, after, 9).await.unwrap(), 1);
    assert!(unit.jobs().find_for_update(jobs[3].id).await.unwrap().is_some());
}

async fn an_operator_changes_a_job(db: &TestDatabase) {
    let yard = yard(db);
    let job = kept(db, &yard, [new("a").at(now() + TimeDelta::days(1))]).await.remove(0);
    let changed = Job { status: JobStatus::Queued, run_at: now(), attempts: 0, ..job.clone() };
    keep(db, async |unit| unit.jobs().update(&changed).await).await.unwrap();
    assert_eq!(read(db, job.id).await, changed);
    let missing = Job { id: JobId(OTHER), ..job };
    let outcome = keep(db, async |unit| unit.jobs().update(&missing).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}

async fn a_worker_hears_of_jobs_once_they_are_kept(db: &TestDatabase) {
    let yard = yard(db);
    let mut wake_ups = db.store().wake_ups();
    if db.url().starts_with("postgres") {
        // It wakes once when it has begun to listen.
        wake_ups.next().await;
    }
    let mut unit = db.database().begin().await.unwrap();
    unit.jobs().insert(&[new("a").into_job(&yard)]).await.unwrap();
    unit.rollback().await.unwrap();
    kept(db, &yard, [new("b")]).await;
    tokio::time::timeout(Duration::from_secs(10), wake_ups.next()).await.unwrap();
    assert_eq!(claim(db, WORKER, 9).await.len(), 1);

    // After a restart of the server it listens again by itself.
    db.end_connections().await;
    kept(db, &yard, [new("b")]).await;
    tokio::time::timeout(Duration::from_secs(10), wake_ups.next()).await.unwrap();
    assert_eq!(claim(db, WORKER, 9).await.len(), 1);
}
