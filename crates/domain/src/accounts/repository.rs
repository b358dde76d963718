//! The port through which accounts are kept.

use chrono::{DateTime, NaiveDate, Utc};

use super::{PasswordHash, User, UserFilter, UserSort};
use crate::{
    access::ClassRole,
    error::Pending,
    ids::{ClassId, UserId},
    page::{Listed, Listing},
    text::Email,
};

/// A user, with the classes in which the user holds a role, and which.
pub type UserWithClassRoles = (User, Vec<(ClassId, ClassRole)>);

/// Keeps accounts.
pub trait UserRepository: Send {
    /// One user.
    fn find(&mut self, id: UserId) -> Pending<'_, Option<User>>;
    /// One user, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: UserId) -> Pending<'_, Option<User>>;
    /// The user with this username, in its stored form.
    fn find_by_username<'a>(&'a mut self, username: &'a str) -> Pending<'a, Option<User>>;
    /// The users with this e-mail address, in whatever case, verified or not; at most two, first who has verified it,
    /// then the oldest.
    fn find_by_email<'a>(&'a mut self, email: &'a Email) -> Pending<'a, Vec<User>>;
    /// Those of these users that there are, in no order.
    fn find_many<'a>(&'a mut self, ids: &'a [UserId]) -> Pending<'a, Vec<User>>;
    /// The users with these usernames, in no order.
    fn find_by_usernames<'a>(&'a mut self, usernames: &'a [&'a str]) -> Pending<'a, Vec<User>>;
    /// One user, with the roles that the user holds in classes on this day.
    fn find_with_class_roles(
        &mut self,
        id: UserId,
        day: NaiveDate,
    ) -> Pending<'_, Option<UserWithClassRoles>>;
    /// Lists users.
    fn list<'a>(&'a mut self, listing: &'a Listing<UserFilter, UserSort>) -> Pending<'a, Listed<User>>;
    /// Until this unit of work ends, no other one passes here: what it counts next nobody else is about to change.
    fn lock_admins(&mut self) -> Pending<'_, ()>;
    /// How many users who may sign in hold the role `admin`.
    fn count_admins(&mut self) -> Pending<'_, u64>;
    /// Keeps new users, in one statement.
    ///
    /// # Errors
    /// `Conflict(Username)`, `Conflict(VerifiedEmail)`.
    fn insert_many<'a>(&'a mut self, users: &'a [User]) -> Pending<'a, ()>;
    /// Keeps a changed user.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `user`; `Conflict(Username)`, `Conflict(VerifiedEmail)`.
    fn update<'a>(&'a mut self, user: &'a User) -> Pending<'a, ()>;
    /// Notes a sign-in and, where it was hashed anew, the password; not a change of the account.
    fn record_sign_in<'a>(
        &'a mut self,
        id: UserId,
        at: DateTime<Utc>,
        rehashed: Option<&'a PasswordHash>,
    ) -> Pending<'a, ()>;
}
