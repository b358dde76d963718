//! Budgets in Redis, for all nodes together.
//!
//! One script counts, so that no two nodes take the last of a budget. Where Redis does not answer in [`PATIENCE`], it is
//! away: that is warned of once, everybody counts locally, and every [`RETRY_AFTER`] one request tries it again.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{Client, RedisError, Script, aio::MultiplexedConnection};
use thiserror::Error;

use crate::budget::{Bucket, Policy, Standing};

/// How long a request waits for Redis before it goes on without.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long nobody asks a Redis that did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What the script answers: whether there was something to take, what is spent, and for how many milliseconds yet.
type Taken = (bool, u32, i64);

const TAKE: &str = r"
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
local left = redis.call('PTTL', KEYS[1])
if left > 0 and spent >= tonumber(ARGV[1]) then return {0, spent, left} end
if left <= 0 then
    redis.call('SET', KEYS[1], 1, 'PX', ARGV[2])
    return {1, 1, tonumber(ARGV[2])}
end
return {1, redis.call('INCR', KEYS[1]), left}";

const GIVE_BACK: &str = r"
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then redis.call('DECR', KEYS[1]) end
return 0";

const FORGET: &str = "return redis.call('DEL', KEYS[1])";

/// The address of Redis can't be read.
#[derive(Debug, Error)]
#[error("the address of Redis must look like redis://host:6379/0")]
pub struct RedisAddressInvalid(#[source] RedisError);

/// How Redis is reached.
enum Link {
    Up(MultiplexedConnection),
    /// Nobody asks before this moment. `told`: whether it has been warned of.
    Down {
        until: Instant,
        told: bool,
    },
}

pub(crate) struct Shared {
    client: Client,
    link: Mutex<Link>,
    take: Script,
    give_back: Script,
    forget: Script,
}

impl Shared {
    pub(crate) fn new(address: &str) -> Result<Self, RedisAddressInvalid> {
        Ok(Self {
            client: Client::open(address).map_err(RedisAddressInvalid)?,
            link: Mutex::new(Link::Down { until: Instant::now(), told: false }),
            take: Script::new(TAKE),
            give_back: Script::new(GIVE_BACK),
            forget: Script::new(FORGET),
        })
    }

    /// `None` while Redis is away.
    pub(crate) async fn take(&self, policy: &Policy, bucket: &Bucket) -> Option<Standing> {
        let mut call = self.take.key(bucket.key());
        call.arg(policy.quota).arg(u64::try_from(policy.window.as_millis()).unwrap_or(u64::MAX));
        let (allowed, spent, left): Taken =
            self.ask(async |connection| call.invoke_async(connection).await).await?;
        Some(Standing::of(policy, allowed, spent, u64::try_from(left).unwrap_or_default()))
    }

    pub(crate) async fn give_back(&self, bucket: &Bucket) {
        let call = self.give_back.key(bucket.key());
        let _: Option<i64> = self.ask(async |connection| call.invoke_async(connection).await).await;
    }

    pub(crate) async fn forget(&self, bucket: &Bucket) {
        let call = self.forget.key(bucket.key());
        let _: Option<i64> = self.ask(async |connection| call.invoke_async(connection).await).await;
    }

    /// `None` while Redis is away.
    pub(crate) async fn ask<T>(
        &self,
        call: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        let mut connection = self.connection().await?;
        match tokio::time::timeout(PATIENCE, call(&mut connection)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                self.lost(error.category());
                None
            }
            Err(_) => {
                self.lost("no answer in time");
                None
            }
        }
    }

    async fn connection(&self) -> Option<MultiplexedConnection> {
        match &mut *self.link() {
            Link::Up(connection) => return Some(connection.clone()),
            Link::Down { until, .. } if *until > Instant::now() => return None,
            // This request tries; the others go on without.
            Link::Down { until, .. } => *until = Instant::now() + PATIENCE + RETRY_AFTER,
        }
        match tokio::time::timeout(PATIENCE, self.client.get_multiplexed_async_connection()).await {
            Ok(Ok(connection)) => {
                let before = std::mem::replace(&mut *self.link(), Link::Up(connection.clone()));
                if matches!(before, Link::Down { told: true, .. }) {
                    tracing::info!("Redis answers again: nodes work together");
                }
                Some(connection)
            }
            Ok(Err(error)) => {
                self.lost(error.category());
                None
            }
            Err(_) => {
                self.lost("no connection in time");
                None
            }
        }
    }

    fn lost(&self, reason: &str) {
        let mut link = self.link();
        let told = matches!(*link, Link::Down { told: true, .. });
        *link = Link::Down { until: Instant::now() + RETRY_AFTER, told: true };
        drop(link);
        if !told {
            tracing::warn!(
                reason,
                "Redis is away: until it answers again limits hold for each node by itself, and reports are read from the primary"
            );
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
