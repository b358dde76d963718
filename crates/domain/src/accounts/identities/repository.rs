//! The ports through which identities and sign-ins under way are kept.

use chrono::{DateTime, Utc};

use super::{Identity, Provider, SignInFlow};
use crate::{
    error::Pending,
    ids::{IdentityId, UserId},
};

/// Keeps identities.
pub trait IdentityRepository: Send {
    /// The identity of this account at this provider.
    fn find_by_subject<'a>(
        &'a mut self,
        provider: Provider,
        subject: &'a str,
    ) -> Pending<'a, Option<Identity>>;
    /// The identities of a user, in the order in which they were linked.
    fn of_user(&mut self, user: UserId) -> Pending<'_, Vec<Identity>>;
    /// Keeps a new one.
    ///
    /// # Errors
    /// `Conflict(IdentitySubject)`, `Conflict(IdentityProvider)`.
    fn insert<'a>(&'a mut self, identity: &'a Identity) -> Pending<'a, ()>;
    /// Notes a sign-in: what the provider told this time, and when.
    fn record_use<'a>(&'a mut self, identity: &'a Identity) -> Pending<'a, ()>;
    /// Removes one.
    ///
    /// # Errors
    /// `Stale` when there is none.
    fn delete(&mut self, id: IdentityId) -> Pending<'_, ()>;
}

/// Keeps sign-ins under way.
pub trait SignInFlowRepository: Send {
    /// Keeps a new one.
    fn insert<'a>(&'a mut self, flow: &'a SignInFlow) -> Pending<'a, ()>;
    /// Takes one out, whether or not its time is over: whoever gets it is the only one.
    fn take<'a>(&'a mut self, key: &'a str) -> Pending<'a, Option<SignInFlow>>;
    /// Forgets those whose time is over; tells how many.
    fn purge(&mut self, now: DateTime<Utc>) -> Pending<'_, usize>;
}
