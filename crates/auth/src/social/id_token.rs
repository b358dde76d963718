//! ID tokens: signed claims about who has signed in, and the keys that they are signed with.
//!
//! The algorithm is RS256, whatever a token says. Keys are fetched from the provider and kept; a token that names an
//! unknown key makes them be fetched again, at most once a minute, so that nobody can make us flood the provider.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse},
};
use madang_domain::accounts::identities::{Provider, ProviderError};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    answers::truth,
    outgoing::{Outgoing, refused},
};

/// The longest token that is looked at, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// How far a provider's clock may differ from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// For how long keys are believed.
const KEYS_HOLD: TimeDelta = TimeDelta::hours(1);
/// For how long keys are believed while the provider does not answer.
const KEYS_HOLD_AT_MOST: TimeDelta = TimeDelta::hours(24);
/// How often a token may make keys be fetched.
const FETCH_EVERY: TimeDelta = TimeDelta::seconds(60);
/// How soon keys are fetched again that could not be.
const RETRY_AFTER: TimeDelta = TimeDelta::seconds(2);

/// What an ID token says of somebody.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    /// The id of the account.
    pub(super) sub: String,
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    pub(super) email_verified: bool,
    pub(super) name: Option<String>,
    pub(super) nickname: Option<String>,
    /// At Google: the organisation that owns the address.
    pub(super) hd: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token must say to be meant for us.
pub(super) struct Expected<'a> {
    /// The names under which the provider signs.
    pub(super) issuers: &'a [&'a str],
    /// To whom it may be made out.
    pub(super) audiences: Vec<&'a str>,
    /// The nonce in each of the forms in which it may stand; none where nobody drew one.
    pub(super) nonces: Vec<String>,
    pub(super) now: DateTime<Utc>,
}

/// The public keys of a provider.
pub(super) struct KeySet {
    provider: Provider,
    url: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<String, DecodingKey>,
    fetched_at: Option<DateTime<Utc>>,
    /// Before this moment they are not fetched again.
    next_fetch: Option<DateTime<Utc>>,
}

impl Kept {
    fn are_within(&self, age: TimeDelta, now: DateTime<Utc>) -> bool {
        self.fetched_at.is_some_and(|at| now.signed_duration_since(at) < age)
    }
}

impl KeySet {
    pub(super) fn at(provider: Provider, url: String) -> Self {
        Self { provider, url, kept: Mutex::default() }
    }

    /// The claims of a token that holds.
    pub(super) async fn verify(
        &self,
        outgoing: &Outgoing,
        token: &str,
        expected: &Expected<'_>,
    ) -> Result<Claims, ProviderError> {
        let untrusted = |why| refused(self.provider, why, ProviderError::Untrusted);
        if token.len() > MAX_BYTES {
            return Err(untrusted("id_token_too_long"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| untrusted("id_token_malformed"))?;
        if header.alg != Algorithm::RS256 || header.crit.is_some() {
            return Err(untrusted("id_token_algorithm"));
        }
        let kid = header.kid.ok_or_else(|| untrusted("id_token_without_kid"))?;
        let key =
            self.key(outgoing, &kid, expected.now).await?.ok_or_else(|| untrusted("id_token_unknown_kid"))?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &signature_only())
            .map_err(|_| untrusted("id_token_signature_or_form"))?
            .claims;
        claims.check(expected).map_err(untrusted)?;
        Ok(claims)
    }

    /// The key of this name; `None` where the provider knows none.
    async fn key(
        &self,
        outgoing: &Outgoing,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<DecodingKey>, ProviderError> {
        let mut kept = self.kept.lock().await;
        let known = kept.keys.get(kid).cloned();
        if known.is_some() && kept.are_within(KEYS_HOLD, now) {
            return Ok(known);
        }
        if kept.next_fetch.is_none_or(|at| now >= at) {
            // Keys that are merely old are due; it is the unknown names that anybody can make up.
            let made_up = kept.are_within(KEYS_HOLD, now);
            match self.fetch(outgoing).await {
                Ok(keys) => {
                    kept.keys = keys;
                    kept.fetched_at = Some(now);
                    kept.next_fetch = made_up.then_some(now + FETCH_EVERY);
                }
                Err(error) => {
                    // Not at once, or all who wait would ask one after the other.
                    kept.next_fetch = Some(now + RETRY_AFTER);
                    if known.is_none() {
                        return Err(error);
                    }
                }
            }
        }
        if kept.are_within(KEYS_HOLD_AT_MOST, now) {
            Ok(kept.keys.get(kid).cloned())
        } else {
            Err(ProviderError::Unavailable)
        }
    }

    async fn fetch(&self, outgoing: &Outgoing) -> Result<HashMap<String, DecodingKey>, ProviderError> {
        #[derive(Deserialize)]
        struct Set {
            // One key of a kind that we do not know must not hide the others.
            keys: Vec<Value>,
        }
        let reply = outgoing.get(self.provider, &self.url, None).await?;
        let set: Set = reply
            .json()
            .filter(|_| reply.status.is_success())
            .ok_or_else(|| refused(self.provider, "no_keys", ProviderError::Unavailable))?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(keys.filter_map(usable).collect())
    }
}

/// A key that verifies RS256, by its name.
fn usable(jwk: Jwk) -> Option<(String, DecodingKey)> {
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let fits = jwk.common.key_algorithm.is_none_or(|algorithm| algorithm == KeyAlgorithm::RS256);
    let rsa = matches!(jwk.algorithm, AlgorithmParameters::RSA(_));
    let key = (signs && fits && rsa).then(|| DecodingKey::from_jwk(&jwk).ok()).flatten()?;
    Some((jwk.common.key_id?, key))
}

/// Leaves the library nothing to decide but the signature: its clock is not ours.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), &'static str> {
        let ours = |audience: &str| expected.audiences.contains(&audience);
        let meant_for_us = match (&self.aud, self.azp.as_deref()) {
            (Audience::One(audience), azp) => ours(audience) && azp.is_none_or(ours),
            (Audience::Many(audiences), azp) => match (audiences.as_slice(), azp) {
                ([only], azp) => ours(only) && azp.is_none_or(ours),
                (all, azp) => all.iter().any(|audience| ours(audience)) && azp.is_some_and(ours),
            },
        };
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let expired = at(self.exp).is_none_or(|exp| expected.now.signed_duration_since(exp) >= LEEWAY);
        let early = at(self.iat).is_none_or(|iat| iat.signed_duration_since(expected.now) > LEEWAY);
        let nonce = match &self.nonce {
            Some(nonce) => expected.nonces.contains(nonce),
            None => expected.nonces.is_empty(),
        };
        let subject = (1..=255).contains(&self.sub.len()) && !self.sub.chars().any(char::is_control);
        [
            (expected.issuers.contains(&self.iss.as_str()), "id_token_issuer"),
            (meant_for_us, "id_token_audience"),
            (!expired, "id_token_expired"),
            (!early, "id_token_not_yet_valid"),
            (nonce, "id_token_nonce"),
            (subject, "id_token_subject"),
        ]
        .into_iter()
        .find_map(|(holds, why)| (!holds).then_some(why))
        .map_or(Ok(()), Err)
    }
}
