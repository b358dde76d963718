//! Who has called lately: what a request with an access token needs, without asking the database each time.
//!
//! What is remembered is believed for five seconds: so much may pass before the end of a session or a change of roles is known
//! on every node. The node that makes the change forgets at once.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    access::Caller,
    ids::{SessionId, UserId},
};
use moka::sync::Cache;

/// How long a session and its user's roles are believed: the most that another node lags behind a change of them.
pub(crate) const BELIEVED: TimeDelta = TimeDelta::seconds(5);

/// The callers of the last seconds.
pub struct KnownCallers(Cache<UserId, Arc<Known>>);

/// A user and the sessions in which the user was seen, each with the moment when it was last looked up.
struct Known {
    caller: Caller,
    sessions: Vec<(SessionId, DateTime<Utc>)>,
}

/// Whether something that was true at `then` is believed at `now`; a clock that was set back proves nothing.
pub(crate) fn is_believed(then: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..BELIEVED).contains(&(now - then))
}

impl KnownCallers {
    /// Nobody yet.
    pub fn new() -> Self {
        let lifetime = BELIEVED.to_std().unwrap_or(Duration::ZERO);
        Self(Cache::builder().max_capacity(100_000).time_to_live(lifetime).build())
    }

    /// The user in this session, if that was looked up lately.
    pub fn find(&self, user: UserId, session: SessionId, now: DateTime<Utc>) -> Option<Caller> {
        let known = self.0.get(&user)?;
        let seen = known.sessions.iter().any(|(id, then)| *id == session && is_believed(*then, now));
        seen.then(|| known.caller.clone().in_session(session))
    }

    /// Remembers what was looked up at `now`.
    pub fn keep(&self, user: UserId, session: SessionId, caller: Caller, now: DateTime<Utc>) {
        let mut sessions = vec![(session, now)];
        if let Some(known) = self.0.get(&user) {
            let others = known.sessions.iter().filter(|(id, then)| *id != session && is_believed(*then, now));
            sessions.extend(others);
        }
        self.0.insert(user, Arc::new(Known { caller, sessions }));
    }

    /// Forgets a user in all sessions, because something has changed.
    pub fn forget(&self, user: UserId) {
        self.0.invalidate(&user);
    }
}

#[cfg(test)]
mod tests {
    use madang_domain::access::{Authorizations, Role};
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn session(number: u128) -> SessionId {
        SessionId(Uuid::from_u128(number))
    }

    const USER: UserId = UserId(Uuid::from_u128(7));

    fn learner() -> Caller {
        Caller::user(USER, Authorizations::of_roles([Role::Learner]))
    }

    #[test]
    fn a_session_is_believed_for_five_seconds_from_its_own_look_up() {
        let known = KnownCallers::new();
        known.keep(USER, session(1), learner(), at(0));
        known.keep(USER, session(2), learner(), at(3));
        assert_eq!(known.find(USER, session(1), at(4)).unwrap().session_id(), Some(session(1)));
        assert!(known.find(USER, session(1), at(5)).is_none(), "another session does not prolong it");
        assert_eq!(known.find(USER, session(2), at(7)).unwrap().session_id(), Some(session(2)));
        assert!(known.find(USER, session(2), at(8)).is_none());
    }

    #[test]
    fn a_clock_that_was_set_back_proves_nothing() {
        let known = KnownCallers::new();
        known.keep(USER, session(1), learner(), at(0));
        assert!(known.find(USER, session(1), at(-1)).is_none());
    }

    #[test]
    fn who_is_forgotten_is_forgotten_in_every_session() {
        let known = KnownCallers::new();
        known.keep(USER, session(1), learner(), at(0));
        known.keep(USER, session(2), learner(), at(0));
        known.forget(USER);
        assert!(known.find(USER, session(1), at(0)).is_none());
        assert!(known.find(USER, session(2), at(0)).is_none());
    }

    #[test]
    fn the_session_of_one_user_is_no_session_of_another() {
        let known = KnownCallers::new();
        known.keep(USER, session(1), learner(), at(0));
        assert!(known.find(UserId(Uuid::from_u128(8)), session(1), at(0)).is_none());
    }
}
