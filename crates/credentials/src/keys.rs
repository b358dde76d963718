//! The key of the issuer, and how others write its public half.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// What multicodec puts before an Ed25519 public key.
const ED25519_PUBLIC: [u8; 2] = [0xed, 0x01];

/// Bytes that are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is not an Ed25519 key")]
pub struct KeyMalformed;

/// A key that signs credentials.
pub struct IssuerKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// The half of a key that everybody may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    bytes: [u8; 32],
}

impl IssuerKey {
    /// Reads an Ed25519 private key in PKCS#8 (DER).
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyMalformed> {
        Self::of(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyMalformed)?)
    }

    /// Makes the key of a seed of 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, KeyMalformed> {
        Self::of(Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyMalformed)?)
    }

    fn of(pair: Ed25519KeyPair) -> Result<Self, KeyMalformed> {
        let bytes = pair.public_key().as_ref().try_into().map_err(|_| KeyMalformed)?;
        Ok(Self { pair, public: PublicKey { bytes } })
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Takes the 32 bytes of a key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyMalformed> {
        Ok(Self { bytes: bytes.try_into().map_err(|_| KeyMalformed)? })
    }

    /// Reads `z6Mk…`.
    pub fn from_multibase(text: &str) -> Result<Self, KeyMalformed> {
        let encoded = text.strip_prefix('z').ok_or(KeyMalformed)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| KeyMalformed)?;
        Self::from_bytes(bytes.strip_prefix(&ED25519_PUBLIC).ok_or(KeyMalformed)?)
    }

    /// `z6Mk…`: how a Multikey and a `did:key` write it.
    pub fn multibase(&self) -> String {
        format!("z{}", bs58::encode([ED25519_PUBLIC.as_slice(), &self.bytes].concat()).into_string())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature).is_ok()
    }
}
