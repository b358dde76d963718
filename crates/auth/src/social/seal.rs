//! What must be kept but not be readable in the database, and what follows from a state.
//!
//! One key of 256 bits is kept with the data; each purpose uses a key of its own that follows from it.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest, hmac,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secrets::{Secret, random_bytes};

/// Seals tokens, and derives PKCE verifiers and nonces from states, so that neither has to be kept.
pub(super) struct Sealer {
    tokens: RandomizedNonceKey,
    flows: hmac::Key,
}

/// The key has another length than 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of sign-ins has a wrong length")]
pub(super) struct WrongLength;

impl Sealer {
    pub(super) fn new(key: &Secret) -> Result<Self, WrongLength> {
        if key.expose().len() != 32 {
            return Err(WrongLength);
        }
        let master = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
        let derived = |purpose: &str| hmac::sign(&master, purpose.as_bytes());
        Ok(Self {
            tokens: RandomizedNonceKey::new(&AES_256_GCM, derived("madang sealed tokens").as_ref())
                .map_err(|_| WrongLength)?,
            flows: hmac::Key::new(hmac::HMAC_SHA256, derived("madang sign-in flows").as_ref()),
        })
    }

    /// Seals a token for the account that it belongs to; another account can't open it.
    pub(super) fn seal(&self, token: &str, owner: &str) -> Option<String> {
        let mut bytes = token.as_bytes().to_vec();
        let nonce = self.tokens.seal_in_place_append_tag(Aad::from(owner.as_bytes()), &mut bytes).ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&bytes);
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a sealed token of this account.
    pub(super) fn open(&self, sealed: &str, owner: &str) -> Option<Secret> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.tokens.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut rest).ok()?;
        Some(Secret::new(opened.to_vec()))
    }

    /// The PKCE verifier (RFC 7636) of the flow with this state: 43 characters.
    pub(super) fn verifier(&self, state: &str) -> String {
        self.derive("verifier", state)
    }

    /// The nonce of the flow with this state.
    pub(super) fn nonce(&self, state: &str) -> String {
        self.derive("nonce", state)
    }

    fn derive(&self, what: &str, state: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.flows, format!("{what}:{state}").as_bytes()))
    }
}

/// A secret of 256 bits as text.
pub(super) fn draw() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// The hash under which a drawn secret is kept. It needs no salt: there is nothing to guess.
pub(super) fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_token_opens_for_its_own_account_and_key_only() {
        let sealer = Sealer::new(&Secret::new([7; 32])).unwrap();
        let kept = sealer.seal("r.token", "apple:001").unwrap();
        assert!(!kept.contains("token"));
        assert_ne!(sealer.seal("r.token", "apple:001").unwrap(), kept, "each seal has its own nonce");
        assert_eq!(sealer.open(&kept, "apple:001").unwrap().expose(), b"r.token");
        assert!(sealer.open(&kept, "apple:002").is_none());
        assert!(sealer.open("", "apple:001").is_none());
        let other = Sealer::new(&Secret::new([8; 32])).unwrap();
        assert!(other.open(&kept, "apple:001").is_none());
        assert!(Sealer::new(&Secret::new([8; 31])).is_err());
    }

    #[test]
    fn verifier_and_nonce_follow_from_the_state_and_differ() {
        let sealer = Sealer::new(&Secret::new([7; 32])).unwrap();
        assert_eq!(sealer.verifier("state").len(), 43);
        assert_eq!(sealer.verifier("state"), sealer.verifier("state"));
        assert_ne!(sealer.verifier("state"), sealer.verifier("other"));
        assert_ne!(sealer.verifier("state"), sealer.nonce("state"));
    }
}
