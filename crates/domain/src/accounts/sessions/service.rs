//! What can be done with sessions.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use super::{
    Device, RefreshToken, Session, SessionEnd, SessionFilter, SessionLifetimes, SessionSort, SessionView,
    StartedSession,
};
use crate::{
    access::{Authorizations, Caller, ClassRole},
    audit::{AuditEntry, AuditPen},
    calendar::{TimeZone, local_day},
    error::{RepositoryError, RepositoryResult},
    ids::{SessionId, UserId},
    opaque::{OpaqueToken, OpaqueTokens},
    page::{Listed, Listing},
    store::{Repositories, finish},
    yard::Yard,
};

/// How refresh tokens begin.
const REFRESH_PREFIX: &str = "mdr_";

/// For how long after its use a refresh token may come again: from another tab, or because the answer was lost.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Why a session could not be renewed, listed or ended.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The caller has no such session that stands.
    #[error("no such session: {0}")]
    NotFound(SessionId),
    /// The refresh token is unknown, or its session is over, or its user may not sign in.
    #[error("the refresh token is not good")]
    TokenInvalid,
    /// The refresh token was used before, by somebody else: the session has been ended.
    #[error("the refresh token was used before")]
    TokenReused,
    /// Who calls has no sessions: the system, or a machine with a key.
    #[error("the caller has no session")]
    NoSession,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// What became of a refresh token. Not an error, because the end of a session has to be kept too.
enum Renewal {
    Renewed(StartedSession),
    Refused,
    Reused,
}

/// Starts, renews, lists and ends sessions.
#[derive(Clone)]
pub struct SessionService {
    yard: Yard,
    tokens: Arc<dyn OpaqueTokens>,
    lifetimes: SessionLifetimes,
}

impl SessionService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, tokens: Arc<dyn OpaqueTokens>, lifetimes: SessionLifetimes) -> Self {
        Self { yard, tokens, lifetimes }
    }

    /// Starts a session of a user who has proved who they are.
    pub async fn start(
        &self,
        user: UserId,
        device: Device,
        request_id: &str,
    ) -> Result<StartedSession, SessionError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.start_in(&mut *unit, user, device, request_id).await;
        Ok(finish(unit, outcome).await?)
    }

    /// The same within a unit of work of a sign-in.
    pub async fn start_in(
        &self,
        repositories: &mut dyn Repositories,
        user: UserId,
        device: Device,
        request_id: &str,
    ) -> RepositoryResult<StartedSession> {
        let now = self.yard.clock.now();
        let session = Session {
            id: SessionId(self.yard.ids.next()),
            user_id: user,
            device,
            created_at: now,
            last_used_at: now,
            ends_at: self.lifetimes.end(now, now),
            ended_at: None,
        };
        repositories.sessions().insert(&session).await?;
        let refresh_token = self.issue_in(repositories, session.id, now).await?;
        let caller = Caller::user(user, Authorizations::default()).by_request(request_id);
        repositories.audit().append(&[self.yard.pen(&caller).created(&session)]).await?;
        Ok(StartedSession { session, refresh_token })
    }

    async fn issue_in(
        &self,
        repositories: &mut dyn Repositories,
        session_id: SessionId,
        now: DateTime<Utc>,
    ) -> RepositoryResult<OpaqueToken> {
        let token = self.tokens.draw(REFRESH_PREFIX);
        let hash = self.tokens.hash(token.expose());
        let kept = RefreshToken { hash, session_id, issued_at: now, used_at: None };
        repositories.sessions().insert_token(&kept).await?;
        Ok(token)
    }

    /// Renews a session for the holder of a refresh token, which is used up.
    ///
    /// Within 10 s of its first use a token renews once more, into the same session; later it ends the session, because two
    /// hold it.
    pub async fn refresh(
        &self,
        token: &str,
        device: Device,
        request_id: &str,
    ) -> Result<StartedSession, SessionError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.refresh_in(&mut *unit, token, device, request_id).await;
        match finish(unit, outcome).await? {
            Renewal::Renewed(started) => Ok(started),
            Renewal::Refused => Err(SessionError::TokenInvalid),
            Renewal::Reused => Err(SessionError::TokenReused),
        }
    }

    async fn refresh_in(
        &self,
        repositories: &mut dyn Repositories,
        token: &str,
        device: Device,
        request_id: &str,
    ) -> RepositoryResult<Renewal> {
        let now = self.yard.clock.now();
        let hash = self.tokens.hash(token);
        // First of all, because this is where those who come at once are put in order.
        let first_use = repositories.sessions().use_token(&hash, now).await?;
        let Some((token, session, user)) = repositories.sessions().find_token(&hash).await? else {
            return Ok(Renewal::Refused);
        };
        if !session.is_live(now) || !user.may_sign_in() {
            return Ok(Renewal::Refused);
        }
        if !first_use && token.used_at.is_some_and(|used_at| now - used_at > GRACE) {
            self.end_reused_in(repositories, &session, now, request_id).await?;
            return Ok(Renewal::Reused);
        }
        let renewed = Session {
            device,
            last_used_at: now,
            ends_at: self.lifetimes.end(session.created_at, now),
            ..session
        };
        if !repositories.sessions().renew(&renewed).await? {
            return Ok(Renewal::Refused);
        }
        let refresh_token = self.issue_in(repositories, renewed.id, now).await?;
        Ok(Renewal::Renewed(StartedSession { session: renewed, refresh_token }))
    }

    async fn end_reused_in(
        &self,
        repositories: &mut dyn Repositories,
        session: &Session,
        now: DateTime<Utc>,
        request_id: &str,
    ) -> RepositoryResult<()> {
        tracing::warn!(
            session.id = %session.id,
            user.id = %session.user_id,
            "a refresh token was used again; its session is ended"
        );
        let Some(ended) = repositories.sessions().end(session.id, session.user_id, now).await? else {
            return Ok(());
        };
        // Who sent the token is exactly what is not known.
        let caller = Caller::system().by_request(request_id);
        let reason = Some(SessionEnd::TokenReused.as_str());
        repositories.audit().append(&[self.yard.pen(&caller).deleted(&ended, reason)]).await
    }

    /// The user of a session that stands, as a caller, with the class roles that enrolments give today.
    pub async fn caller(&self, id: SessionId, user: UserId) -> Result<Option<Caller>, SessionError> {
        let now = self.yard.clock.now();
        let day = local_day(now, TimeZone::default());
        let mut session = self.yard.store.session().await?;
        let found = session.sessions().holder(id, user, now, day).await?;
        let Some((user, class_roles)) = found.filter(|(user, _)| user.may_sign_in()) else {
            return Ok(None);
        };
        let mut authorizations = user.authorizations;
        for (class, role) in class_roles {
            if role != ClassRole::Learner {
                authorizations.classes.entry(class).or_default().insert(role);
            }
        }
        Ok(Some(Caller::user(user.id, authorizations).in_session(id)))
    }

    /// Lists the caller's own sessions that stand.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<(), SessionSort>,
    ) -> Result<Listed<SessionView>, SessionError> {
        let user_id = caller.user_id().ok_or(SessionError::NoSession)?;
        let filter = SessionFilter { user_id, live_at: self.yard.clock.now() };
        let listing = Listing { filter, sort: listing.sort, window: listing.window };
        let mut session = self.yard.store.session().await?;
        let listed = session.sessions().list(&listing).await?;
        let view =
            |session: Session| SessionView { is_current: caller.session_id() == Some(session.id), session };
        Ok(Listed {
            items: listed.items.into_iter().map(view).collect(),
            total: listed.total,
            next: listed.next,
        })
    }

    /// Ends the session that the caller is in; that it has been ended meanwhile is no error.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), SessionError> {
        let id = caller.session_id().ok_or(SessionError::NoSession)?;
        match self.end_own(caller, id, SessionEnd::Logout).await {
            Err(SessionError::NotFound(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Ends one of the caller's own sessions.
    pub async fn end(&self, caller: &Caller, id: SessionId) -> Result<(), SessionError> {
        self.end_own(caller, id, SessionEnd::EndedByUser).await
    }

    async fn end_own(&self, caller: &Caller, id: SessionId, why: SessionEnd) -> Result<(), SessionError> {
        let user = caller.user_id().ok_or(SessionError::NoSession)?;
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            let ended = unit.sessions().end(id, user, now).await?;
            let ended = ended.ok_or(SessionError::NotFound(id))?;
            let entry = self.yard.pen(caller).deleted(&ended, Some(why.as_str()));
            Ok(unit.audit().append(&[entry]).await?)
        }
        .await;
        finish(unit, outcome).await
    }

    /// Ends all of the caller's sessions.
    pub async fn log_out_everywhere(&self, caller: &Caller) -> Result<(), SessionError> {
        let user = caller.user_id().ok_or(SessionError::NoSession)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = end_all_in(
            &mut *unit,
            &self.yard.pen(caller),
            user,
            SessionEnd::LogoutAll,
            self.yard.clock.now(),
        )
        .await;
        Ok(finish(unit, outcome).await?)
    }

    /// Forgets sessions whose time is over; tells how many.
    pub async fn purge(&self) -> RepositoryResult<usize> {
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.sessions().purge(now).await;
        finish(unit, outcome).await
    }
}

/// Ends every session of a user, in a unit of work that makes them void; with the account end its API keys too.
pub(crate) async fn end_all_in(
    repositories: &mut dyn Repositories,
    pen: &AuditPen<'_>,
    user: UserId,
    why: SessionEnd,
    now: DateTime<Utc>,
) -> RepositoryResult<()> {
    let entries = ends_in(repositories, pen, user, why, now).await?;
    repositories.audit().append(&entries).await
}

/// The same, for who keeps what the audit log says of it together with more.
pub(crate) async fn ends_in(
    repositories: &mut dyn Repositories,
    pen: &AuditPen<'_>,
    user: UserId,
    why: SessionEnd,
    now: DateTime<Utc>,
) -> RepositoryResult<Vec<AuditEntry>> {
    let ended = repositories.sessions().end_all(user, now).await?;
    let mut entries: Vec<_> = ended.iter().map(|session| pen.deleted(session, Some(why.as_str()))).collect();
    if why.revokes_keys() {
        let revoked = repositories.api_keys().revoke_all(user, now).await?;
        entries.extend(revoked.iter().map(|key| pen.updated(&key.unrevoked(), key)));
    }
    Ok(entries)
}
