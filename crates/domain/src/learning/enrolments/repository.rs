//! The port through which enrolments are kept.

use chrono::NaiveDate;

use super::{Enrolment, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort, EnrolmentView, Taken};
use crate::{
    accounts::UserSummary,
    error::Pending,
    ids::{ClassId, EnrolmentId, UserId},
    page::{Listed, Listing},
};

/// Keeps enrolments.
pub trait EnrolmentRepository: Send {
    /// One enrolment.
    fn find(&mut self, id: EnrolmentId) -> Pending<'_, Option<EnrolmentView>>;
    /// One enrolment, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: EnrolmentId) -> Pending<'_, Option<Enrolment>>;
    /// Lists enrolments.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<EnrolmentFilter, EnrolmentSort>,
    ) -> Pending<'a, Listed<EnrolmentView>>;
    /// Those of these users that there are, each with every enrolment in this class, over all time, or once without one.
    fn of_known_users<'a>(
        &'a mut self,
        class: ClassId,
        users: &'a [UserId],
    ) -> Pending<'a, Vec<(UserId, Option<Enrolment>)>>;
    /// Every enrolment of these users in this class, over all time.
    fn of_users<'a>(&'a mut self, class: ClassId, users: &'a [UserId]) -> Pending<'a, Vec<Enrolment>>;
    /// Every place of a learner in these classes, over all time: by the name of the user, then in the order of time.
    fn learners_of<'a>(
        &'a mut self,
        classes: &'a [ClassId],
    ) -> Pending<'a, Vec<(ClassId, UserSummary, EnrolmentPeriod)>>;
    /// Every enrolment of a user, held against other writers until the unit of work ends.
    fn of_user_for_update(&mut self, user: UserId) -> Pending<'_, Vec<Enrolment>>;
    /// Which places of learners in this class have not ended by `day`, and how many wait for one.
    fn taken(&mut self, class: ClassId, day: NaiveDate) -> Pending<'_, Taken>;
    /// The first `count` of those who wait for a place in this class, in order, if they can be given one from `day` on: users
    /// who are active and have no place there.
    fn first_waiting(&mut self, class: ClassId, day: NaiveDate, count: u64) -> Pending<'_, Vec<Enrolment>>;
    /// Keeps new enrolments, in one statement.
    ///
    /// # Errors
    /// `Conflict(EnrolmentPeriod)`, `Conflict(WaitingPlace)`, and `MissingReference` when there is no such user or class.
    fn insert_many<'a>(&'a mut self, enrolments: &'a [Enrolment]) -> Pending<'a, ()>;
    /// Keeps a changed enrolment.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `enrolment`; `Conflict(EnrolmentPeriod)`,
    /// `Conflict(WaitingPlace)`.
    fn update<'a>(&'a mut self, enrolment: &'a Enrolment) -> Pending<'a, ()>;
    /// Keeps changed enrolments, in one statement, as [`update`](Self::update) keeps one.
    fn update_many<'a>(&'a mut self, enrolments: &'a [Enrolment]) -> Pending<'a, ()>;
    /// Gives every enrolment of one user to another, or only these, and tells which.
    ///
    /// # Errors
    /// `Conflict(EnrolmentPeriod)` when the other has a place of their own at that time.
    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [EnrolmentId]>,
    ) -> Pending<'a, Vec<Enrolment>>;
}
