//! How often somebody may do something: budgets that are counted in memory or, with Redis, together with all other nodes.
//!
//! [`Limiter`] counts; it knows nothing of accounts, requests or answers. [`address`] tells from where a request comes
//! behind proxies. Who is counted by which [`Policy`], and what is answered, is `madang-http`'s to say.

pub mod address;
mod budget;
mod local;
mod marks;
mod shared;

use std::{sync::Arc, time::Duration};

use madang_domain::clock::Clock;

pub use budget::{Policy, Standing};
pub use marks::SharedMarks;
pub use shared::RedisAddressInvalid;

use budget::Bucket;
use local::Local;
use shared::Shared;

/// Counts what is spent of budgets.
///
/// A window begins with the first thing counted and ends `Policy::window` later. Where Redis is away, counting goes on in
/// memory: the limits then hold for each node by itself, and no request fails.
#[derive(Clone)]
pub struct Limiter {
    clock: Arc<dyn Clock>,
    local: Local,
    shared: Option<Arc<Shared>>,
}

impl Limiter {
    /// Counts in memory, for one node.
    pub fn local(clock: Arc<dyn Clock>, longest_window: Duration) -> Self {
        Self { clock, local: Local::new(longest_window), shared: None }
    }

    /// Counts in the Redis at this address (`redis://…`), for all nodes that use it; connects when it must, not before.
    ///
    /// # Errors
    /// When the address can't be read.
    pub fn shared(
        clock: Arc<dyn Clock>,
        longest_window: Duration,
        address: &str,
    ) -> Result<Self, RedisAddressInvalid> {
        let shared = Some(Arc::new(Shared::new(address)?));
        Ok(Self { shared, ..Self::local(clock, longest_window) })
    }

    /// Takes one from the budget of `who`, unless it is spent.
    pub async fn take(&self, policy: &Policy, who: &str) -> Standing {
        if policy.quota == 0 {
            return Standing::unlimited(policy);
        }
        let bucket = Bucket::of(policy, who);
        if let Some(shared) = &self.shared
            && let Some(standing) = shared.take(policy, &bucket).await
        {
            return standing;
        }
        self.local.take(policy, bucket, self.clock.now())
    }

    /// Gives one back to the budget of `who`: what was counted turned out to be harmless.
    pub async fn give_back(&self, policy: &Policy, who: &str) {
        if policy.quota == 0 {
            return;
        }
        let bucket = Bucket::of(policy, who);
        if let Some(shared) = &self.shared {
            shared.give_back(&bucket).await;
        }
        self.local.give_back(bucket);
    }

    /// Forgets what `who` has spent.
    pub async fn forget(&self, policy: &Policy, who: &str) {
        if policy.quota == 0 {
            return;
        }
        let bucket = Bucket::of(policy, who);
        if let Some(shared) = &self.shared {
            shared.forget(&bucket).await;
        }
        self.local.forget(bucket);
    }
}
