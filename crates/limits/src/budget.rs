//! What may be spent, and what is left of it.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};

/// So many within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What clients see it called.
    pub name: &'static str,
    /// How many; 0 for as many as one likes.
    pub quota: u32,
    /// Within how long.
    pub window: Duration,
}

/// How a budget stands after something was taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which budget.
    pub policy: Policy,
    /// Whether there was something to take.
    pub allowed: bool,
    /// What is left.
    pub remaining: u32,
    /// When the whole of it is there again, in seconds; at least 1.
    pub resets_in_s: u64,
}

impl Standing {
    pub(crate) fn unlimited(policy: &Policy) -> Self {
        Self { policy: *policy, allowed: true, remaining: u32::MAX, resets_in_s: policy.window.as_secs() }
    }

    /// The standing of a budget of which `spent` is gone and which is whole again in `left_ms`.
    pub(crate) fn of(policy: &Policy, allowed: bool, spent: u32, left_ms: u64) -> Self {
        Self {
            policy: *policy,
            allowed,
            remaining: policy.quota.saturating_sub(spent),
            resets_in_s: left_ms.div_ceil(1_000).max(1),
        }
    }

    /// Whether the budget has an end at all.
    pub fn is_limited(&self) -> bool {
        self.policy.quota > 0
    }
}

/// Names one budget of one somebody, without telling whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Bucket([u8; 16]);

impl Bucket {
    pub(crate) fn of(policy: &Policy, who: &str) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(policy.name.as_bytes());
        hash.update(&[0]);
        hash.update(who.as_bytes());
        let mut name = [0; 16];
        name.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Self(name)
    }

    /// The name of the key in Redis.
    pub(crate) fn key(&self) -> String {
        format!("madang:limit:{:032x}", u128::from_be_bytes(self.0))
    }
}
