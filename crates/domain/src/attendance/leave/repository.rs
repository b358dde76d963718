//! The port through which requests for leave are kept.

use super::{LeaveFilter, LeaveRequest, LeaveRequestView, LeaveSort};
use crate::{
    error::Pending,
    ids::{ClassId, LeaveRequestId, UserId},
    learning::enrolments::Enrolment,
    page::{Listed, Listing},
};

/// Keeps requests for leave.
pub trait LeaveRequestRepository: Send {
    /// One request.
    fn find(&mut self, id: LeaveRequestId) -> Pending<'_, Option<LeaveRequestView>>;
    /// One request, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: LeaveRequestId) -> Pending<'_, Option<LeaveRequest>>;
    /// Lists requests.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<LeaveFilter, LeaveSort>,
    ) -> Pending<'a, Listed<LeaveRequestView>>;
    /// Every place of a user in a class, in the order of time, and every request of theirs there, oldest first; no requests of who
    /// has no place.
    fn with_places(
        &mut self,
        class: ClassId,
        user: UserId,
    ) -> Pending<'_, (Vec<Enrolment>, Vec<LeaveRequest>)>;
    /// Keeps a new request.
    ///
    /// # Errors
    /// `MissingReference` when there is no such user or class.
    fn insert<'a>(&'a mut self, request: &'a LeaveRequest) -> Pending<'a, ()>;
    /// Keeps a changed request.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `request`.
    fn update<'a>(&'a mut self, request: &'a LeaveRequest) -> Pending<'a, ()>;
    /// Gives every request of one user to another, or only these, and tells which.
    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [LeaveRequestId]>,
    ) -> Pending<'a, Vec<LeaveRequest>>;
}
