//! The port through which sessions and their refresh tokens are kept.

use chrono::{DateTime, NaiveDate, Utc};

use super::{RefreshToken, Session, SessionFilter, SessionSort};
use crate::{
    accounts::{User, UserWithClassRoles},
    error::Pending,
    ids::{SessionId, UserId},
    opaque::TokenHash,
    page::{Listed, Listing},
};

/// A refresh token that somebody has sent, with its session and the user of that.
pub type PresentedToken = (RefreshToken, Session, User);

/// Keeps sessions and their refresh tokens.
pub trait SessionRepository: Send {
    /// Keeps a new session.
    fn insert<'a>(&'a mut self, session: &'a Session) -> Pending<'a, ()>;

    /// One session.
    fn find(&mut self, id: SessionId) -> Pending<'_, Option<Session>>;

    /// The user of a session that stands at `now`, if that is this user, with the roles that the user holds in classes on `day`.
    fn holder(
        &mut self,
        id: SessionId,
        user: UserId,
        now: DateTime<Utc>,
        day: NaiveDate,
    ) -> Pending<'_, Option<UserWithClassRoles>>;

    /// From where the latest 100 sessions of the user with this username, if there is one, were last used.
    fn addresses<'a>(&'a mut self, username: &'a str) -> Pending<'a, Vec<String>>;

    /// Lists sessions.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<SessionFilter, SessionSort>,
    ) -> Pending<'a, Listed<Session>>;

    /// Notes that a session was used, from which device, and when it ends now; `false` when it has been ended meanwhile.
    fn renew<'a>(&'a mut self, session: &'a Session) -> Pending<'a, bool>;

    /// Ends a session of this user; tells which, unless there is none that stands.
    fn end(&mut self, id: SessionId, user: UserId, at: DateTime<Utc>) -> Pending<'_, Option<Session>>;

    /// Ends every session of a user that stands; tells which.
    fn end_all(&mut self, user: UserId, at: DateTime<Utc>) -> Pending<'_, Vec<Session>>;

    /// Keeps a new refresh token.
    fn insert_token<'a>(&'a mut self, token: &'a RefreshToken) -> Pending<'a, ()>;

    /// Uses a refresh token up; `false` when it is unknown or was used before. Of several who try at once, one succeeds.
    fn use_token<'a>(&'a mut self, hash: &'a TokenHash, at: DateTime<Utc>) -> Pending<'a, bool>;

    /// A refresh token, with its session and the user of that.
    fn find_token<'a>(&'a mut self, hash: &'a TokenHash) -> Pending<'a, Option<PresentedToken>>;

    /// Forgets sessions whose time was over before this moment, with their tokens; tells how many.
    fn purge(&mut self, before: DateTime<Utc>) -> Pending<'_, usize>;
}
