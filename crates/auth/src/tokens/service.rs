//! Issues access tokens and verifies them.
//!
//! The algorithm is the key's, never the token's; the key is looked up by `kid` among our own and nowhere else; what a
//! header says of keys and addresses (`jwk`, `jku`, `x5u`) is not looked at. The library checks the signature; times
//! are checked here against the caller's clock.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation};
use moka::sync::Cache;
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::claims::{AccessClaims, WireClaims};
use super::keys::{SigningKey, VerifyingKey};

/// The longest token that is looked at, in bytes; ours have about 600.
pub const TOKEN_MAX_BYTES: usize = 4_096;

/// How far clocks of several nodes may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// RFC 9068: keeps an access token apart from every other JWT that the same key may sign one day.
const TOKEN_TYPE: &str = "at+jwt";

/// The number of verified tokens to remember, a few megabytes. A remembered token costs a hash and a look-up instead of
/// a signature: 0.6 µs against 50 µs for Ed25519 (optimised build, one thread, 500 bytes; 2.6 against 119 µs in debug).
const REMEMBERED_TOKENS: u64 = 10_000;

/// Spares the memory of tokens that nobody shows any more; says nothing about how long one holds.
const REMEMBERED_AT_MOST: Duration = Duration::from_hours(1);

/// Issues and verifies the access tokens of one installation.
pub struct TokenService {
    keys: RwLock<Arc<Keys>>,
    issuer: String,
    audience: String,
    ttl: Duration,
    /// The claims of tokens whose signature was good, by the hash of the whole token.
    verified: Cache<[u8; 32], AccessClaims>,
}

/// The keys of one moment.
struct Keys {
    active: SigningKey,
    accepted: Vec<VerifyingKey>,
}

impl Keys {
    fn new(active: SigningKey, retiring: Vec<SigningKey>) -> Self {
        let mut accepted = vec![active.verifying().clone()];
        accepted.extend(retiring.into_iter().map(SigningKey::into_verifying));
        Self { active, accepted }
    }

    fn kids(&self) -> impl Iterator<Item = &str> {
        self.accepted.iter().map(|key| key.kid.as_str())
    }
}

/// An issued token.
#[derive(Clone)]
pub struct AccessToken {
    /// The compact JWT, to be sent as `Authorization: Bearer`.
    pub token: String,
    /// For how long it holds, in seconds.
    pub expires_in_s: u64,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is no JWT, over [`TOKEN_MAX_BYTES`], asks for extensions (`crit`), or a claim is missing or has another form.
    #[error("the token is malformed")]
    Malformed,
    /// It is a JWT of another kind than an access token.
    #[error("the token is no access token")]
    WrongType,
    /// It names no key, or none that is accepted.
    #[error("the token's key is not known")]
    UnknownKey,
    /// It was not signed, or not by that key with that key's algorithm.
    #[error("the token's signature does not hold")]
    BadSignature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come, or it claims to be issued in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It is meant for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// It comes from another installation.
    #[error("the token is from another issuer")]
    WrongIssuer,
}

/// The active key does not sign: a fault of the process, not of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no token could be signed")]
pub struct SigningFailed;

impl TokenService {
    /// Sets up the service.
    ///
    /// `active` signs. `retiring` verify and are published, but sign nothing: the key before, for as long as its
    /// tokens live, and the key to come, so that it is known before its first token. [`Self::replace_keys`] changes them.
    /// `ttl` counts in whole seconds.
    pub fn new(
        active: SigningKey,
        retiring: Vec<SigningKey>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        ttl: Duration,
    ) -> Self {
        Self {
            keys: RwLock::new(Arc::new(Keys::new(active, retiring))),
            issuer: issuer.into(),
            audience: audience.into(),
            ttl,
            verified: Cache::builder()
                .max_capacity(REMEMBERED_TOKENS)
                .time_to_live(ttl.min(REMEMBERED_AT_MOST))
                .build(),
        }
    }

    /// Takes other keys from now on; tokens of keys that are gone prove nothing any more.
    pub fn replace_keys(&self, active: SigningKey, retiring: Vec<SigningKey>) {
        let new = Keys::new(active, retiring);
        if new.kids().eq(self.keys().kids()) {
            return;
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        self.verified.invalidate_all();
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs a token that holds from `now` for the configured time.
    pub fn issue(
        &self,
        user: Uuid,
        session: Uuid,
        jti: Uuid,
        now: DateTime<Utc>,
    ) -> Result<AccessToken, SigningFailed> {
        let expires_in_s = self.ttl.as_secs();
        let iat = now.timestamp();
        let claims = WireClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user,
            sid: session,
            jti,
            iat,
            nbf: iat,
            exp: iat.saturating_add_unsigned(expires_in_s),
        };
        let keys = self.keys();
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            kid: Some(keys.active.kid().to_owned()),
            ..Header::new(keys.active.algorithm())
        };
        let token =
            jsonwebtoken::encode(&header, &claims, keys.active.private()).map_err(|_| SigningFailed)?;
        Ok(AccessToken { token, expires_in_s })
    }

    /// Tells what a token proves at `now`. Takes any input.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(TokenError::Malformed);
        }
        let id: [u8; 32] = digest::digest(&SHA256, token.as_bytes())
            .as_ref()
            .try_into()
            .map_err(|_| TokenError::Malformed)?;
        let claims = if let Some(claims) = self.verified.get(&id) {
            claims
        } else {
            let claims = self.read(token)?;
            self.verified.insert(id, claims);
            claims
        };
        check_times(&claims, now)?;
        Ok(claims)
    }

    /// The public keys as a JWK set (RFC 7517), the active one first; shared secrets are not in it.
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.keys().accepted.iter().filter_map(VerifyingKey::to_jwk).collect::<Vec<_>>() })
    }

    /// Everything about a token but its times: all that stays true for as long as its key is known.
    fn read(&self, token: &str) -> Result<AccessClaims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        if header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(TokenError::WrongType);
        }
        let keys = self.keys();
        let key = keys
            .accepted
            .iter()
            .find(|key| header.kid.as_deref() == Some(key.kid.as_str()))
            .ok_or(TokenError::UnknownKey)?;
        if header.alg != key.algorithm {
            return Err(TokenError::BadSignature);
        }

        let decoded = jsonwebtoken::decode::<WireClaims>(token, &key.key, &signature_only(key));
        let claims = decoded.map_err(|error| refusal(error.kind()))?.claims;
        if claims.iss != self.issuer {
            return Err(TokenError::WrongIssuer);
        }
        if claims.aud != self.audience {
            return Err(TokenError::WrongAudience);
        }
        claims.checked().ok_or(TokenError::Malformed)
    }
}

/// Leaves the library nothing to decide but the signature: its clock is not ours.
fn signature_only(key: &VerifyingKey) -> Validation {
    let mut validation = Validation::new(key.algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn refusal(error: &ErrorKind) -> TokenError {
    if matches!(error, ErrorKind::InvalidSignature) {
        TokenError::BadSignature
    } else {
        TokenError::Malformed
    }
}

fn check_times(claims: &AccessClaims, now: DateTime<Utc>) -> Result<(), TokenError> {
    if now.signed_duration_since(claims.expires_at) >= LEEWAY {
        return Err(TokenError::Expired);
    }
    let begins = claims.not_before.max(claims.issued_at);
    if begins.signed_duration_since(now) > LEEWAY {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "wycheproof_tests.rs"]
mod wycheproof_tests;
