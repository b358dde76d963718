//! Many users who each ask once a second, whatever the answers take.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::{task::JoinSet, time::MissedTickBehavior};

/// What is asked of the server.
pub struct Load {
    /// Asked for in turn, each user beginning at another.
    pub urls: Vec<String>,
    /// The access token.
    pub token: String,
    /// How many users.
    pub users: usize,
    /// For how long.
    pub duration: Duration,
}

impl Load {
    /// Prints `PACE requests p50 p95 p99 max errors`, times in milliseconds.
    ///
    /// A time counts from when the request was due, so a server that falls behind can't hide it.
    pub async fn run(self) -> Result<String> {
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(self.users)
            .timeout(Duration::from_secs(10))
            .build()?;
        let load = Arc::new(self);
        let mut users = JoinSet::new();
        for user in 0..load.users {
            users.spawn(one_user(Arc::clone(&load), client.clone(), user));
        }
        let mut times = Vec::new();
        let mut errors = 0;
        while let Some(outcome) = users.join_next().await {
            let (took, failed) = outcome?;
            times.extend(took);
            errors += failed;
        }
        times.sort_unstable();
        let percentile = |hundredths: usize| -> Result<f64> {
            let place = (times.len() * hundredths / 100).min(times.len().saturating_sub(1));
            Ok(times.get(place).context("no request was answered")?.as_secs_f64() * 1_000.0)
        };
        Ok(format!(
            "PACE {} {:.1} {:.1} {:.1} {:.1} {errors}",
            times.len(),
            percentile(50)?,
            percentile(95)?,
            percentile(99)?,
            percentile(100)?
        ))
    }
}

async fn one_user(load: Arc<Load>, client: reqwest::Client, user: usize) -> (Vec<Duration>, usize) {
    const SECOND: Duration = Duration::from_secs(1);
    let (mut times, mut errors) = (Vec::new(), 0);
    // The users are spread over the second.
    let offset = Duration::from_millis((user % 1_000) as u64);
    let begin = tokio::time::Instant::now() + offset;
    let mut ticks = tokio::time::interval_at(begin, SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let end = Instant::now() + load.duration;
    for url in load.urls.iter().cycle().skip(user * 31 % load.urls.len().max(1)) {
        let due = ticks.tick().await;
        if Instant::now() >= end {
            break;
        }
        let answer = client.get(url).bearer_auth(&load.token).send().await;
        let good = match answer {
            Ok(response) if response.status().is_success() => response.bytes().await.is_ok(),
            _ => false,
        };
        if good {
            times.push(due.elapsed());
        } else {
            errors += 1;
        }
    }
    (times, errors)
}
