//! Rows of `sessions` and `refresh_tokens`.

use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::sessions::{Device, RefreshToken, Session},
    ids::{SessionId, UserId},
    opaque::TokenHash,
};

use super::row;
use crate::error::Corrupt;

row!(SessionRow, sessions, {
    id: SessionId,
    user_id: UserId,
    user_agent: Option<String>,
    address: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    last_used_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    ends_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    ended_at: Option<DateTime<Utc>>,
});

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id,
            user_id: session.user_id,
            user_agent: session.device.user_agent.clone(),
            address: session.device.address.clone(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            ends_at: session.ends_at,
            ended_at: session.ended_at,
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Corrupt;

    fn try_from(row: SessionRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            device: Device { user_agent: row.user_agent, address: row.address },
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            ends_at: row.ends_at,
            ended_at: row.ended_at,
        })
    }
}

row!(RefreshTokenRow, refresh_tokens, {
    hash: String,
    session_id: SessionId,
    #[serde(serialize_with = "crate::types::instant")]
    issued_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    used_at: Option<DateTime<Utc>>,
});

impl From<&RefreshToken> for RefreshTokenRow {
    fn from(token: &RefreshToken) -> Self {
        Self {
            hash: token.hash.0.clone(),
            session_id: token.session_id,
            issued_at: token.issued_at,
            used_at: token.used_at,
        }
    }
}

impl From<RefreshTokenRow> for RefreshToken {
    fn from(row: RefreshTokenRow) -> Self {
        Self {
            hash: TokenHash(row.hash),
            session_id: row.session_id,
            issued_at: row.issued_at,
            used_at: row.used_at,
        }
    }
}
