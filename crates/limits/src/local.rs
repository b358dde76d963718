//! Budgets in the memory of one node: at most [`MOST`] of them, so that nobody fills it with names.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::{Entry, ops::compute::Op, policy::EvictionPolicy, sync::Cache};

use crate::budget::{Bucket, Policy, Standing};

/// About 15 MB. Where more are needed, those that were longest not asked for are forgotten.
const MOST: u64 = 100_000;

/// What was spent since when.
#[derive(Debug, Clone, Copy)]
struct Window {
    spent: u32,
    ends_at: DateTime<Utc>,
}

#[derive(Clone)]
pub(crate) struct Local(Cache<Bucket, Window>);

impl Local {
    pub(crate) fn new(longest_window: Duration) -> Self {
        let budgets = Cache::builder().max_capacity(MOST).time_to_live(longest_window);
        Self(budgets.eviction_policy(EvictionPolicy::lru()).build())
    }

    pub(crate) fn take(&self, policy: &Policy, bucket: Bucket, now: DateTime<Utc>) -> Standing {
        let mut standing = Standing::unlimited(policy);
        self.0.entry(bucket).and_compute_with(|entry| {
            let length = TimeDelta::from_std(policy.window).unwrap_or(TimeDelta::MAX);
            let fresh = || Window { spent: 0, ends_at: now.checked_add_signed(length).unwrap_or(now) };
            let window =
                entry.map(Entry::into_value).filter(|window| window.ends_at > now).unwrap_or_else(fresh);
            let allowed = window.spent < policy.quota;
            let spent = window.spent + u32::from(allowed);
            let left = u64::try_from((window.ends_at - now).num_milliseconds()).unwrap_or_default();
            standing = Standing::of(policy, allowed, spent, left);
            if allowed { Op::Put(Window { spent, ..window }) } else { Op::Nop }
        });
        standing
    }

    pub(crate) fn give_back(&self, bucket: Bucket) {
        self.0.entry(bucket).and_compute_with(|entry| match entry.map(Entry::into_value) {
            Some(window) if window.spent > 0 => Op::Put(Window { spent: window.spent - 1, ..window }),
            _ => Op::Nop,
        });
    }

    pub(crate) fn forget(&self, bucket: Bucket) {
        self.0.invalidate(&bucket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { name: "test", quota: 3, window: Duration::from_mins(15) };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn takes(local: &Local, who: &str, seconds: i64) -> (bool, u32, u64) {
        let standing = local.take(&POLICY, Bucket::of(&POLICY, who), at(seconds));
        (standing.allowed, standing.remaining, standing.resets_in_s)
    }

    #[test]
    fn a_budget_is_spent_and_is_whole_again_when_its_window_ends() {
        let local = Local::new(POLICY.window);
        assert_eq!(takes(&local, "a", 0), (true, 2, 900));
        assert_eq!(takes(&local, "a", 100), (true, 1, 800));
        assert_eq!(takes(&local, "a", 100), (true, 0, 800));
        assert_eq!(takes(&local, "a", 899), (false, 0, 1));
        assert_eq!(takes(&local, "b", 899), (true, 2, 900));
        assert_eq!(takes(&local, "a", 900), (true, 2, 900));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let local = Local::new(POLICY.window);
        let bucket = Bucket::of(&POLICY, "a");
        local.give_back(bucket);
        for _ in 0..10 {
            assert!(takes(&local, "a", 0).0);
            local.give_back(bucket);
        }
        assert_eq!(takes(&local, "a", 0), (true, 2, 900));
        local.forget(bucket);
        assert_eq!(takes(&local, "a", 0), (true, 2, 900));
    }

    #[test]
    fn of_many_at_once_only_as_many_get_through_as_the_quota_says() {
        let local = Local::new(POLICY.window);
        let passed: usize = std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..50).filter(|_| takes(&local, "a", 0).0).count())).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert_eq!(passed, 3);
    }

    #[test]
    fn memory_holds_a_bounded_number_of_budgets() {
        let local = Local::new(POLICY.window);
        for number in 0..MOST + 20_000 {
            takes(&local, &number.to_string(), 0);
        }
        local.0.run_pending_tasks();
        assert!(local.0.entry_count() <= MOST);
        // The newest are counted on, and not turned away at the door of a full house.
        assert_eq!(takes(&local, &(MOST + 19_999).to_string(), 0).1, 1);
    }
}
