//! Jobs.
//!
//! Statuses stand in the statements as they are, not as parameters, because the indexes of a queue hold one status each and
//! are not considered otherwise.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Text},
};
use madang_domain::{
    error::{Pending, RepositoryError},
    ids::JobId,
    jobs::{Claim, Job, JobCount, JobFilter, JobSort, JobStatus, Jobs, LANE_WIDTH, Priority, Settlement},
    page::{Listed, Listing, SortKey},
};
use uuid::Uuid;

use super::{Db, Session, all, bulk::given, dialect, journal::Added, one, wrote_one};
use crate::{
    error::backend,
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::{
        jobs::{JobRow, SettlementRow},
        known,
    },
    schema::jobs,
    types::{self, Instant},
};

impl Jobs for Session {
    fn insert<'a>(&'a mut self, jobs: &'a [Job]) -> Pending<'a, usize> {
        Box::pin(async move {
            self.write_journal().await?;
            let rows: Vec<JobRow> = jobs.iter().map(JobRow::from).collect();
            let kept = self.insert_new_rows(&rows).await?;
            if kept > 0 {
                dialect::jobs_came(self);
            }
            Ok(kept)
        })
    }

    fn add<'a>(&'a mut self, jobs: &'a [Job]) -> Pending<'a, ()> {
        Box::pin(async move {
            if !jobs.is_empty() {
                dialect::jobs_came(self);
            }
            self.add_to_journal(Added::Jobs(jobs.iter().map(JobRow::from).collect())).await
        })
    }

    fn find_for_update(&mut self, id: JobId) -> Pending<'_, Option<Job>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = move || {
                let one = jobs::table.find(types::id(id)).select(JobRow::as_select());
                dialect::for_update!(one, jobs)
            };
            one::<JobRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<JobFilter, JobSort>) -> Pending<'a, Listed<Job>> {
        Box::pin(async move {
            self.write_journal().await?;
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(JobRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, JobRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn claim<'a>(&'a mut self, claim: &'a Claim<'a>) -> Pending<'a, Vec<Job>> {
        Box::pin(async move {
            self.write_journal().await?;
            let kinds = serde_json::to_string(claim.kinds).map_err(backend)?;
            let query = || {
                diesel::update(jobs::table.filter(claimable(&kinds, claim.limit)))
                    .set((
                        jobs::status.eq(JobStatus::Running.as_str()),
                        jobs::attempts.eq(jobs::attempts + 1),
                        jobs::leased_by.eq(Some(claim.worker)),
                        jobs::leased_until.eq(Some(claim.until)),
                    ))
                    .returning(JobRow::as_returning())
            };
            let mut claimed = all::<JobRow, Job>(self.rows(query).await?)?;
            claimed.sort_by_key(|job| (job.priority, job.created_at, job.id));
            Ok(claimed)
        })
    }

    fn settle<'a>(&'a mut self, settlements: &'a [Settlement]) -> Pending<'a, usize> {
        Box::pin(async move {
            if settlements.is_empty() {
                return Ok(0);
            }
            let rows: Vec<SettlementRow<'_>> = settlements.iter().map(SettlementRow::from).collect();
            let statement: Statement<()> = given(
                "UPDATE jobs SET status = given.status, run_at = given.run_at, attempts = given.attempts, \
                 last_error = given.last_error, finished_at = given.finished_at, \
                 payload = CASE given.status WHEN 'succeeded' THEN '{}' ELSE jobs.payload END, \
                 leased_by = NULL, leased_until = NULL FROM "
                    .to_owned(),
                &rows,
                " WHERE jobs.id = given.id AND jobs.leased_by = given.leased_by",
            )?;
            let settled = self.execute(statement).await?;
            if settlements.iter().any(|settlement| settlement.finished_at.is_none()) {
                dialect::jobs_came(self);
            }
            Ok(settled)
        })
    }

    fn renew<'a>(
        &'a mut self,
        worker: Uuid,
        jobs: &'a [JobId],
        until: DateTime<Utc>,
    ) -> Pending<'a, Vec<JobId>> {
        Box::pin(async move {
            if jobs.is_empty() {
                return Ok(Vec::new());
            }
            let query = || {
                diesel::update(
                    jobs::table.filter(
                        dialect::is_one_of("jobs.id", jobs)
                            .then(" AND jobs.status = 'running' AND leased_by = ")
                            .bind(worker),
                    ),
                )
                .set(jobs::leased_until.eq(Some(until)))
                .returning(jobs::id)
            };
            self.rows(query).await
        })
    }

    fn queue_due(&mut self, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let due = Fragment::sql("jobs.status = 'scheduled' AND run_at <= ").bind(now);
            let queue =
                diesel::update(jobs::table.filter(due)).set(jobs::status.eq(JobStatus::Queued.as_str()));
            let queued = self.execute(queue).await?;
            if queued > 0 {
                dialect::jobs_came(self);
            }
            Ok(queued)
        })
    }

    fn take_back(&mut self, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let statement = Fragment::sql(
                "UPDATE jobs SET status = CASE WHEN attempts < max_attempts THEN 'queued' ELSE 'dead' END, \
                 finished_at = CASE WHEN attempts < max_attempts THEN NULL ELSE ",
            )
            .bind(now)
            .then(
                " END, last_error = 'the worker ended, or lost the database, before the job was done', \
                 leased_by = NULL, leased_until = NULL WHERE status = 'running' AND leased_until <= ",
            )
            .bind(now)
            .into_statement::<()>();
            let taken = self.execute(statement).await?;
            if taken > 0 {
                dialect::jobs_came(self);
            }
            Ok(taken)
        })
    }

    fn next_run_at(&mut self) -> Pending<'_, Option<DateTime<Utc>>> {
        Box::pin(async move {
            let query = || {
                jobs::table
                    .filter(Fragment::sql("jobs.status = 'scheduled'"))
                    .order(jobs::run_at)
                    .limit(1)
                    .select(jobs::run_at)
            };
            Ok(self.rows::<_, DateTime<Utc>>(query).await?.into_iter().next())
        })
    }

    fn update<'a>(&'a mut self, job: &'a Job) -> Pending<'a, ()> {
        Box::pin(async move {
            let update = diesel::update(jobs::table.find(types::id(job.id))).set((
                jobs::status.eq(job.status.as_str()),
                jobs::run_at.eq(types::time(job.run_at)),
                jobs::attempts.eq(job.attempts),
                jobs::finished_at.eq(job.finished_at),
            ));
            wrote_one(self.execute(update).await?, RepositoryError::Stale)?;
            dialect::jobs_came(self);
            Ok(())
        })
    }

    fn counts(&mut self) -> Pending<'_, Vec<JobCount>> {
        Box::pin(async move {
            let query = || {
                Fragment::sql(
                    "SELECT status, priority, count(*), min(run_at) FROM jobs \
                     WHERE status IN ('scheduled', 'queued', 'running', 'dead') GROUP BY status, priority",
                )
                .into_statement::<(Text, Integer, BigInt, Instant)>()
            };
            let rows: Vec<(String, i32, i64, DateTime<Utc>)> = self.rows(query).await?;
            let counts = rows.into_iter().map(|(status, priority, count, oldest_run_at)| {
                Ok(JobCount {
                    status: known(JobStatus::parse(&status), "jobs.status")?,
                    priority: known(Priority::from_number(priority), "jobs.priority")?,
                    count: u64::try_from(count).unwrap_or_default(),
                    oldest_run_at,
                })
            });
            counts.collect()
        })
    }

    fn purge(
        &mut self,
        ended_before: DateTime<Utc>,
        dead_before: DateTime<Utc>,
        limit: u32,
    ) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = Fragment::sql("jobs.id IN (SELECT id FROM jobs WHERE finished_at < ")
                .bind(ended_before)
                .then(" AND (status <> 'dead' OR finished_at < ")
                .bind(dead_before)
                .then(") ORDER BY finished_at LIMIT ")
                .bind(count(limit))
                .then(")");
            self.execute(diesel::delete(jobs::table.filter(over))).await
        })
    }
}

/// Queued jobs of these kinds whose turn it is, the most urgent first.
///
/// A job that was queued again by an operator may stand before others with its order key that came later and are at work already:
/// it waits for those too.
fn claimable(kinds: &str, limit: u32) -> Fragment {
    let (open, close) = dialect::claimed();
    Fragment::sql(open)
        .then(format!(
            "SELECT id FROM jobs AS queued{} WHERE status = 'queued' AND ",
            dialect::by_index("jobs_queued_idx")
        ))
        .append(dialect::is_one_of_texts("kind", kinds))
        .then(
            " AND (order_key IS NULL OR NOT EXISTS (SELECT 1 FROM jobs AS other \
             WHERE other.order_key = queued.order_key AND other.status IN ('scheduled', 'queued', 'running') \
             AND (other.status = 'running' OR other.position < queued.position))) \
             AND (lane IS NULL OR (",
        )
        .then(at_the_head_of_a_lane())
        .then(")) ORDER BY priority, position LIMIT ")
        .bind(count(limit))
        .then(close)
}

/// The first jobs of each lane that have not ended, while its lane is not full.
///
/// Nothing of it goes by the row that is looked at, so thousands of jobs that wait in a lane cost a look into a list each. The lanes are
/// found by steps from one to the next.
fn at_the_head_of_a_lane() -> String {
    const OPEN: &str = "status IN ('queued', 'running')";
    let by_lane = dialect::by_index("jobs_lane_idx");
    let next =
        |from: &str| format!("SELECT lane FROM jobs{by_lane} WHERE {from} AND {OPEN} ORDER BY lane LIMIT 1");
    let heads = (0..LANE_WIDTH).map(|place| {
        format!(
            "SELECT (SELECT jobs.position FROM jobs{by_lane} WHERE jobs.lane = lanes.lane AND {OPEN} \
             ORDER BY jobs.position LIMIT 1 OFFSET {place}) FROM lanes"
        )
    });
    format!(
        "queued.position IN (WITH RECURSIVE lanes(lane) AS (SELECT * FROM ({}) AS first UNION ALL SELECT ({}) FROM lanes \
         WHERE lanes.lane IS NOT NULL) {}) AND queued.lane NOT IN (SELECT jobs.lane FROM jobs WHERE jobs.status = 'running' \
         AND lane IS NOT NULL GROUP BY lane HAVING count(*) >= {LANE_WIDTH})",
        next("lane IS NOT NULL"),
        next("jobs.lane > lanes.lane"),
        heads.collect::<Vec<_>>().join(" UNION ALL ")
    )
}

fn count(number: u32) -> SortKey {
    SortKey::Integer(i32::try_from(number).unwrap_or(i32::MAX))
}

fn wanted(filter: &JobFilter) -> jobs::BoxedQuery<'_, Db> {
    let mut query = jobs::table.into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(jobs::status.eq(status.as_str()));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(jobs::kind.eq(kind));
    }
    query
}
