//! Figures for Prometheus: what waits, what ran, how long both took.

use std::time::Duration;

use chrono::{DateTime, Utc};
use madang_domain::jobs::{Job, JobCount, JobStatus, Priority};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// The figures of a worker; clones count together.
#[derive(Clone)]
pub struct Figures {
    jobs: IntGaugeVec,
    oldest: IntGaugeVec,
    attempts: IntCounterVec,
    durations: HistogramVec,
    waits: HistogramVec,
}

impl Figures {
    /// Figures that start at nothing, shown in `registry`.
    ///
    /// # Errors
    /// When figures of these names are shown there already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let figures = Self {
            jobs: IntGaugeVec::new(
                Opts::new("madang_jobs", "Jobs of the whole installation that have not ended well."),
                &["status", "priority"],
            )?,
            oldest: IntGaugeVec::new(
                Opts::new("madang_jobs_lag_seconds", "How long the job that has waited longest is overdue."),
                &["priority"],
            )?,
            attempts: IntCounterVec::new(
                Opts::new("madang_job_attempts_total", "Attempts of this process, by how they ended."),
                &["kind", "outcome"],
            )?,
            durations: HistogramVec::new(
                HistogramOpts::new("madang_job_duration_seconds", "Time that attempts took, in seconds.")
                    .buckets(vec![0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0]),
                &["kind"],
            )?,
            waits: HistogramVec::new(
                HistogramOpts::new("madang_job_wait_seconds", "Time from when a job was due to its attempt.")
                    .buckets(vec![0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 1_800.0]),
                &["priority"],
            )?,
        };
        registry.register(Box::new(figures.jobs.clone()))?;
        registry.register(Box::new(figures.oldest.clone()))?;
        registry.register(Box::new(figures.attempts.clone()))?;
        registry.register(Box::new(figures.durations.clone()))?;
        registry.register(Box::new(figures.waits.clone()))?;
        Ok(figures)
    }

    pub(crate) fn counted(&self, counts: &[JobCount], now: DateTime<Utc>) {
        self.jobs.reset();
        for priority in Priority::ALL {
            for status in [JobStatus::Scheduled, JobStatus::Queued, JobStatus::Running, JobStatus::Dead] {
                let found = counts.iter().find(|count| (count.status, count.priority) == (status, priority));
                let count = found.map_or(0, |found| i64::try_from(found.count).unwrap_or(i64::MAX));
                self.jobs.with_label_values(&[status.as_str(), priority.as_str()]).set(count);
                if status == JobStatus::Queued {
                    let lag = found.map_or(0, |found| (now - found.oldest_run_at).num_seconds().max(0));
                    self.oldest.with_label_values(&[priority.as_str()]).set(lag);
                }
            }
        }
    }

    pub(crate) fn begun(&self, job: &Job, now: DateTime<Utc>) {
        let waited = (now - job.run_at).to_std().unwrap_or_default();
        self.waits.with_label_values(&[job.priority.as_str()]).observe(waited.as_secs_f64());
    }

    pub(crate) fn ended(&self, kind: &str, status: JobStatus, took: Duration) {
        let outcome = match status {
            JobStatus::Succeeded => "succeeded",
            JobStatus::Scheduled => "failed",
            JobStatus::Dead => "dead",
            JobStatus::Queued | JobStatus::Running | JobStatus::Cancelled => "given_back",
        };
        self.attempts.with_label_values(&[kind, outcome]).inc();
        self.durations.with_label_values(&[kind]).observe(took.as_secs_f64());
    }
}
