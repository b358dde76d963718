//! What an access token says, as it is written and as it is read.
//!
//! Reading is strict: each claim has one form, the one that [`TokenService`](super::TokenService) writes. So a number
//! as text, a fraction, a list of audiences or a claim given twice is malformed instead of a matter of interpretation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a verified access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// The account that calls (`sub`).
    pub user: Uuid,
    /// The session that the token belongs to (`sid`); whether it still stands is the domain's to look up.
    pub session: Uuid,
    /// The token itself (`jti`).
    pub jti: Uuid,
    /// When it was issued (`iat`), to the second; older than the account's "not before" means revoked.
    pub issued_at: DateTime<Utc>,
    /// From when on it holds (`nbf`).
    pub not_before: DateTime<Utc>,
    /// Until when it holds (`exp`).
    pub expires_at: DateTime<Utc>,
}

/// The claims as JSON, in the order in which they are written.
#[derive(Serialize, Deserialize)]
pub(super) struct WireClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: Uuid,
    pub(super) sid: Uuid,
    pub(super) jti: Uuid,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
}

impl WireClaims {
    /// `None` if a time is none that a calendar knows.
    pub(super) fn checked(&self) -> Option<AccessClaims> {
        let time = |seconds| DateTime::from_timestamp(seconds, 0);
        Some(AccessClaims {
            user: self.sub,
            session: self.sid,
            jti: self.jti,
            issued_at: time(self.iat)?,
            not_before: time(self.nbf)?,
            expires_at: time(self.exp)?,
        })
    }
}
