//! What a session is.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::{SessionId, UserId},
    opaque::{OpaqueToken, TokenHash},
    page::{Listable, SortKey, sort_fields},
};

/// From where somebody signs in, as far as the request tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// What the client calls itself (`User-Agent`).
    pub user_agent: Option<String>,
    /// The address that it calls from.
    pub address: Option<String>,
}

impl Device {
    /// The most characters that are kept of a user agent.
    pub const MAX_USER_AGENT: usize = 300;

    /// A device that calls itself this; control characters and what is too long are left out.
    pub fn new(user_agent: Option<&str>, address: Option<String>) -> Self {
        let cleaned = |text: &str| -> String {
            text.chars().filter(|c| !c.is_control()).take(Self::MAX_USER_AGENT).collect()
        };
        let user_agent = user_agent.map(cleaned).filter(|text| !text.trim().is_empty());
        Self { user_agent, address }
    }
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Without being refreshed.
    pub idle: TimeDelta,
    /// At most, however often it is refreshed.
    pub longest: TimeDelta,
}

impl SessionLifetimes {
    /// 7 days without use, 30 days at most.
    pub const DEFAULT: Self = Self { idle: TimeDelta::days(7), longest: TimeDelta::days(30) };

    /// When a session that began at `began` and is used at `now` ends unless it is used again.
    pub fn end(self, began: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        (now + self.idle).min(began + self.longest)
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id: the `sid` of its access tokens, and the family of its refresh tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it was last refreshed from.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is refreshed before.
    pub ends_at: DateTime<Utc>,
    /// When it was ended, by whatever.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Session {
    /// Whether it stands at this moment.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.ends_at
    }
}

/// The device is left out: the log keeps no addresses.
impl Audited for Session {
    const ENTITY: &'static str = "session";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "user_id": self.user_id,
            "created_at": self.created_at,
            "last_used_at": self.last_used_at,
            "ends_at": self.ends_at,
        })
    }
}

/// Why a session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its user signed out on this device.
    Logout,
    /// Its user signed out everywhere.
    LogoutAll,
    /// Its user ended it from another device.
    EndedByUser,
    /// The password was changed.
    PasswordChanged,
    /// The password was reset through a mail.
    PasswordReset,
    /// The account was deactivated.
    Deactivated,
    /// The account was suspended.
    Suspended,
    /// The account's owner left.
    Withdrawn,
    /// A refresh token was used again long after its use: somebody else has it.
    TokenReused,
}

impl SessionEnd {
    /// Whether it is the end of the account too, and so of the API keys that act for it.
    pub(super) fn revokes_keys(self) -> bool {
        match self {
            Self::Deactivated | Self::Withdrawn => true,
            Self::Logout
            | Self::LogoutAll
            | Self::EndedByUser
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::Suspended
            | Self::TokenReused => false,
        }
    }

    /// What the audit log says of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutAll => "logout_all",
            Self::EndedByUser => "ended_by_user",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::Deactivated => "deactivated",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::TokenReused => "refresh_token_reused",
        }
    }
}

/// A refresh token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// What is kept of its text.
    pub hash: TokenHash,
    /// The session that it renews.
    pub session_id: SessionId,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was used; it is good for one use.
    pub used_at: Option<DateTime<Utc>>,
}

/// A session that has just begun or been renewed, with what its holder gets.
#[derive(Debug, Clone)]
pub struct StartedSession {
    /// The session.
    pub session: Session,
    /// The token for its next renewal.
    pub refresh_token: OpaqueToken,
}

/// A session as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Which sessions are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionFilter {
    /// Of this user.
    pub user_id: UserId,
    /// That stand at this moment.
    pub live_at: DateTime<Utc>,
}

sort_fields! {
    /// What sessions can be sorted by.
    SessionSort { LastUsedAt = "last_used_at", CreatedAt = "created_at" }
}

impl Listable<SessionSort> for Session {
    fn sort_key(&self, field: SessionSort) -> SortKey {
        match field {
            SessionSort::LastUsedAt => SortKey::Time(self.last_used_at),
            SessionSort::CreatedAt => SortKey::Time(self.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
