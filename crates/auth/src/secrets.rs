//! Secrets: bytes that are drawn, compared and carried without being shown.
//!
//! Everything secret in Madang is drawn by [`random_bytes`], never by the id generator. [`Secret`] is what settings
//! and keys are passed around in: it prints as `[redacted]` and is wiped from memory when dropped.

use std::collections::HashSet;
use std::fmt;

use aws_lc_rs::{constant_time, rand};
use secrecy::{ExposeSecret, SecretSlice};
use thiserror::Error;

/// The least length of a shared secret in bytes: 256 bits, as RFC 7518 §3.2 asks of an HS256 key.
pub const SHARED_SECRET_MIN_BYTES: usize = 32;

/// Bytes that must not be seen: no `Display`, a `Debug` without content, wiped on drop.
#[derive(Clone)]
pub struct Secret(SecretSlice<u8>);

/// Why a shared secret is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeakSecret {
    /// It has fewer than [`SHARED_SECRET_MIN_BYTES`] bytes.
    #[error("the secret has fewer than {SHARED_SECRET_MIN_BYTES} bytes")]
    TooShort,
    /// It is a sample value from a manual (`change-me…`) or hardly varies (`aaaa…`).
    #[error("the secret is a placeholder; draw a random one")]
    Placeholder,
}

/// Draws bytes from the random source that the operating system seeds.
///
/// # Panics
///
/// If there is no random source.
#[must_use]
#[expect(clippy::expect_used, reason = "without a random source no secret is safe, and there is no way on")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system's random source answers");
    bytes
}

/// Compares without telling by the time taken where the two differ; lengths are not hidden.
#[must_use]
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

impl Secret {
    /// Takes over the bytes of a `Vec<u8>` or `String`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// The bytes themselves, for the one place that computes with them.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Refuses what must not protect anything: short, hardly varying, or a sample value that people forget to change.
    pub fn check_strength(&self) -> Result<(), WeakSecret> {
        let bytes = self.expose();
        if bytes.len() < SHARED_SECRET_MIN_BYTES {
            return Err(WeakSecret::TooShort);
        }
        let distinct = bytes.iter().collect::<HashSet<_>>().len();
        let letters: String = bytes
            .iter()
            .filter(|byte| byte.is_ascii_alphabetic())
            .map(|byte| byte.to_ascii_lowercase() as char)
            .collect();
        if distinct < MIN_DISTINCT_BYTES || PLACEHOLDERS.iter().any(|phrase| letters.contains(phrase)) {
            return Err(WeakSecret::Placeholder);
        }
        Ok(())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// Random bytes written as hexadecimal digits, the poorest encoding in use, fall short of this once in 30 million at 32 digits.
const MIN_DISTINCT_BYTES: usize = 8;

/// What sample configurations say where a secret belongs, reduced to lower-case letters.
const PLACEHOLDERS: [&str; 16] = [
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "yoursecret",
    "yourkey",
    "yourjwt",
    "yoursuper",
    "secretkey",
    "supersecret",
    "topsecret",
    "mysecret",
    "jwtsecret",
    "placeholder",
    "notsosecret",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_its_bytes() {
        let secret = Secret::new("hunter2 hunter2 hunter2 hunter2 hunter2".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret([redacted]) Some(Secret([redacted]))");
    }

    #[test]
    fn random_bytes_differ_each_time() {
        assert_ne!(random_bytes::<32>(), random_bytes::<32>());
    }

    #[test]
    fn comparison_sees_content_and_length() {
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sane"));
        assert!(!constant_time_eq(b"same", b"same "));
    }

    #[test]
    fn drawn_secrets_are_strong_enough_raw_and_in_hexadecimal() {
        for _ in 0..100 {
            let raw = random_bytes::<32>();
            let half = || u128::from_be_bytes(random_bytes());
            let hex = format!("{:032x}{:032x}", half(), half());
            assert_eq!(Secret::new(raw).check_strength(), Ok(()));
            assert_eq!(Secret::new(hex).check_strength(), Ok(()));
        }
    }

    #[test]
    fn short_and_placeholder_secrets_are_refused() {
        assert_eq!(Secret::new(vec![7; 31]).check_strength(), Err(WeakSecret::TooShort));
        for sample in [
            "your-secret-key-change-this-in-production",
            "YOUR_SECRET_KEY_HERE_0123456789abcdefgh",
            "change-me-change-me-change-me-change-me",
            "please-CHANGE-THIS-value-0123456789-0123456789",
            "super_secret_jwt_key_for_development_only",
            "0000000000000000000000000000000000000000",
            "abcabcabcabcabcabcabcabcabcabcabcabcabcabc",
        ] {
            assert_eq!(
                Secret::new(sample.to_owned()).check_strength(),
                Err(WeakSecret::Placeholder),
                "{sample}"
            );
        }
    }
}
