//! The keys that sign access tokens: each knows its one algorithm and its id, and shows no private part.
//!
//! Ed25519 is for new installations: the public half is published as a JWK, so other services can verify. A shared
//! secret (HS256) is for installations whose neighbours know nothing else; it is never published.

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use thiserror::Error;

use crate::secrets::{Secret, WeakSecret};

/// A key that signs and verifies access tokens.
#[derive(Debug, Clone)]
pub struct SigningKey {
    verifying: VerifyingKey,
    private: EncodingKey,
}

/// The half of a key that verifies, which is all that is kept of a key that no longer signs.
#[derive(Debug, Clone)]
pub(super) struct VerifyingKey {
    pub(super) kid: String,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
    /// The public key as JWK coordinate; `None` for a shared secret.
    public_x: Option<String>,
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The bytes are not an Ed25519 private key in PKCS#8 (DER).
    #[error("the signing key is not an Ed25519 key in PKCS#8 form")]
    Malformed,
    /// The shared secret is not fit to protect anything.
    #[error("the shared secret of the signing key is not usable")]
    Weak(#[from] WeakSecret),
    /// The random source failed.
    #[error("no signing key could be drawn")]
    Random,
}

impl SigningKey {
    /// Draws a new Ed25519 key.
    pub fn generate() -> Result<Self, KeyError> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::Random)?;
        Self::from_pkcs8(&Secret::new(pkcs8.as_ref()))
    }

    /// Reads an Ed25519 key that [`to_pkcs8`](Self::to_pkcs8) or `openssl genpkey -algorithm ed25519 -outform DER` wrote.
    pub fn from_pkcs8(pkcs8: &Secret) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.expose()).map_err(|_| KeyError::Malformed)?;
        let public = pair.public_key().as_ref();
        let public_x = URL_SAFE_NO_PAD.encode(public);
        let verifying = VerifyingKey {
            kid: thumbprint(&public_x),
            algorithm: Algorithm::EdDSA,
            key: DecodingKey::from_ed_der(public),
            public_x: Some(public_x),
        };
        Ok(Self { verifying, private: EncodingKey::from_ed_der(pkcs8.expose()) })
    }

    /// Takes a shared secret for HS256, unless it is [too weak](Secret::check_strength).
    pub fn shared_secret(secret: &Secret) -> Result<Self, KeyError> {
        secret.check_strength()?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.expose()), b"madang key id");
        let verifying = VerifyingKey {
            kid: URL_SAFE_NO_PAD.encode(tag.as_ref().first_chunk::<16>().unwrap_or(&[0; 16])),
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(secret.expose()),
            public_x: None,
        };
        Ok(Self { verifying, private: EncodingKey::from_secret(secret.expose()) })
    }

    /// The private key to keep, as PKCS#8 (DER); `None` for a shared secret, which is kept by whoever gave it.
    pub fn to_pkcs8(&self) -> Option<Secret> {
        self.verifying.public_x.as_ref().map(|_| Secret::new(self.private.as_bytes()))
    }

    /// The name by which tokens refer to the key: the RFC 7638 thumbprint of the public key, or, for a shared secret,
    /// a name from which nothing follows about it.
    pub fn kid(&self) -> &str {
        &self.verifying.kid
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(super) fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    pub(super) fn into_verifying(self) -> VerifyingKey {
        self.verifying
    }
}

impl VerifyingKey {
    /// The key for the public key set (RFC 8037); `None` for a shared secret.
    pub(super) fn to_jwk(&self) -> Option<Value> {
        let x = self.public_x.as_ref()?;
        Some(json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "use": "sig", "alg": "EdDSA" }))
    }
}

/// RFC 7638: the hash of the required members in alphabetical order, without spaces.
fn thumbprint(public_x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public_x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&SHA256, members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::random_bytes;

    /// The key of RFC 8037 appendix A.1, in PKCS#8 version 1.
    fn rfc_8037_key() -> SigningKey {
        let mut pkcs8 = vec![
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        pkcs8.extend(URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap());
        SigningKey::from_pkcs8(&Secret::new(pkcs8)).unwrap()
    }

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_8037() {
        let key = rfc_8037_key();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let jwk = key.verifying().to_jwk().unwrap();
        assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    }

    #[test]
    fn signing_gives_the_signature_of_rfc_8037() {
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            jsonwebtoken::crypto::sign(message, rfc_8037_key().private(), Algorithm::EdDSA).unwrap();
        assert_eq!(
            signature,
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_drawn_key_is_the_same_key_after_it_was_kept() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.kid(), again.kid());
        assert_eq!(key.verifying().to_jwk(), again.verifying().to_jwk());
        assert_ne!(key.kid(), SigningKey::generate().unwrap().kid());
    }

    #[test]
    fn bytes_that_are_no_ed25519_key_are_refused() {
        let good = SigningKey::generate().unwrap().to_pkcs8().unwrap();
        for bytes in [&[][..], b"-----BEGIN PRIVATE KEY-----", &good.expose()[1..], &good.expose()[..40]] {
            assert_eq!(SigningKey::from_pkcs8(&Secret::new(bytes)).unwrap_err(), KeyError::Malformed);
        }
    }

    #[test]
    fn a_shared_secret_must_be_strong_and_is_never_given_out() {
        let weak = |text: &str| SigningKey::shared_secret(&Secret::new(text)).unwrap_err();
        assert_eq!(weak("short"), KeyError::Weak(WeakSecret::TooShort));
        assert_eq!(
            weak("your-secret-key-change-this-in-production"),
            KeyError::Weak(WeakSecret::Placeholder)
        );
        assert_eq!(weak("change-me-change-me-change-me-change-me-"), KeyError::Weak(WeakSecret::Placeholder));

        let key = SigningKey::shared_secret(&Secret::new(random_bytes::<32>())).unwrap();
        assert!(key.to_pkcs8().is_none());
        assert!(key.verifying().to_jwk().is_none());
    }

    #[test]
    fn no_key_prints_its_private_part() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyz";
        let printed = format!("{:?}", SigningKey::shared_secret(&Secret::new(secret)).unwrap());
        assert!(!printed.contains(secret) && !printed.contains("48, 49, 50"), "{printed}");
        let key = SigningKey::generate().unwrap();
        let start = format!("{:?}", &key.to_pkcs8().unwrap().expose()[..4]);
        assert!(!format!("{key:?}").contains(start.trim_matches(['[', ']'])));
    }
}
