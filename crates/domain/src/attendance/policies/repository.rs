//! The port through which policies, pins and warnings are kept.

use chrono::{DateTime, Utc};

use super::{Policy, PolicyFamily, PolicyFilter, PolicyPin, PolicySort, Warning};
use crate::{
    error::Pending,
    ids::{ClassId, PolicyId},
    page::{Listed, Listing},
};

/// Keeps policies, which class goes by which, and who was warned.
pub trait PolicyRepository: Send {
    /// One policy.
    fn find(&mut self, id: PolicyId) -> Pending<'_, Option<Policy>>;
    /// Lists policies.
    fn list<'a>(&'a mut self, listing: &'a Listing<PolicyFilter, PolicySort>) -> Pending<'a, Listed<Policy>>;
    /// The highest version of a family; 0 when there is none.
    fn last_version<'a>(&'a mut self, family: &'a PolicyFamily) -> Pending<'a, i32>;
    /// Keeps a new policy.
    ///
    /// # Errors
    /// `Conflict(PolicyVersion)`.
    fn insert<'a>(&'a mut self, policy: &'a Policy) -> Pending<'a, ()>;
    /// Every pin of a class with its policy, the last first: that one holds. Every class that there is has one.
    fn pins_of(&mut self, class: ClassId) -> Pending<'_, Vec<(PolicyPin, Policy)>>;
    /// Keeps a new pin.
    ///
    /// # Errors
    /// `Conflict(PolicyPin)` when the number is taken; `MissingReference` when there is no such class or policy.
    fn pin<'a>(&'a mut self, pin: &'a PolicyPin) -> Pending<'a, ()>;
    /// Lets a class that has just come to be go by the same policy as another.
    fn inherit(&mut self, from: ClassId, to: ClassId) -> Pending<'_, ()>;
    /// What the learners of these classes were warned of, in no order.
    fn warnings_of<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<Warning>>;
    /// Keeps warnings, and tells which of them are new: those that are kept already are passed over.
    fn warn<'a>(&'a mut self, warnings: &'a [Warning]) -> Pending<'a, Vec<Warning>>;
    /// Classes that are active, and were open for some of the time, in which the forecast of somebody may have changed between these
    /// moments: a lecture began or ended, a lecture, mark, leave or place was changed, or another policy was pinned.
    fn stirred(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Pending<'_, Vec<ClassId>>;
}
