//! The domain's port for secrets: HMAC-SHA256 under one key of the installation, and random bytes.

use aws_lc_rs::hmac;
use madang_domain::secrets::Secrets;

use crate::secrets::{Secret, random_bytes};

/// The secrets of one installation.
pub struct InstallationSecrets {
    key: hmac::Key,
}

impl InstallationSecrets {
    /// Secrets that are derived from this one.
    pub fn new(key: &Secret) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key.expose()) }
    }
}

impl Secrets for InstallationSecrets {
    fn derive(&self, purpose: &str, subject: &[u8]) -> [u8; 32] {
        // The length keeps `ab` + `c` from being `a` + `bc`.
        let length = u64::try_from(purpose.len()).unwrap_or(u64::MAX).to_be_bytes();
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&length);
        context.update(purpose.as_bytes());
        context.update(subject);
        bytes(context.sign().as_ref())
    }

    fn keyed_hash(&self, secret: &[u8; 32], message: &[u8]) -> [u8; 32] {
        bytes(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref())
    }

    fn draw(&self) -> [u8; 32] {
        random_bytes()
    }
}

/// A tag of SHA-256 has 32 bytes.
fn bytes(tag: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().zip(tag) {
        *place = *byte;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_hash_is_hmac_sha256() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let secrets = InstallationSecrets::new(&Secret::new(b"x".to_vec()));
        let hash = secrets.keyed_hash(&key, b"what do ya want for nothing?");
        assert_eq!(hash[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn every_purpose_and_subject_has_a_secret_of_its_own() {
        let secrets = InstallationSecrets::new(&Secret::new(vec![7; 32]));
        let derived = secrets.derive("code", b"1");
        assert_eq!(derived, secrets.derive("code", b"1"));
        assert_ne!(derived, secrets.derive("code", b"2"));
        assert_ne!(derived, secrets.derive("device", b"1"));
        assert_ne!(secrets.derive("ab", b"c"), secrets.derive("a", b"bc"));
        let other = InstallationSecrets::new(&Secret::new(vec![8; 32]));
        assert_ne!(derived, other.derive("code", b"1"));
        assert_ne!(secrets.draw(), secrets.draw());
    }
}
