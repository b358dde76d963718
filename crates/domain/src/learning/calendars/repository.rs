//! The port through which feeds are kept and filled.

use chrono::{DateTime, Utc};

use super::{CalendarFeed, CalendarPlace, CalendarSort};
use crate::{
    error::Pending,
    ids::{CalendarId, ClassId, UserId},
    learning::lectures::Lecture,
    opaque::TokenHash,
    page::{Listed, Listing},
};

/// Keeps feeds, and finds what stands in them.
pub trait CalendarRepository: Send {
    /// Keeps a new feed.
    fn insert<'a>(&'a mut self, feed: &'a CalendarFeed) -> Pending<'a, ()>;
    /// One feed.
    fn find(&mut self, id: CalendarId) -> Pending<'_, Option<CalendarFeed>>;
    /// The feed whose address hashes to this, if its user may sign in.
    fn find_by_hash<'a>(&'a mut self, hash: &'a TokenHash) -> Pending<'a, Option<CalendarFeed>>;
    /// Lists the feeds of a user.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<UserId, CalendarSort>,
    ) -> Pending<'a, Listed<CalendarFeed>>;
    /// How many feeds a user has.
    fn count(&mut self, user: UserId) -> Pending<'_, u64>;
    /// Removes a feed.
    fn delete(&mut self, id: CalendarId) -> Pending<'_, ()>;
    /// The places of a user in active classes, in this one or in all of them; those that are waited for are none.
    fn places(&mut self, user: UserId, class: Option<ClassId>) -> Pending<'_, Vec<CalendarPlace>>;
    /// The lectures of these classes that start from this moment on, in order.
    fn lectures<'a>(&'a mut self, classes: &'a [ClassId], from: DateTime<Utc>) -> Pending<'a, Vec<Lecture>>;
}
