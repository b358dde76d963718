//! The text that an account keeps of its password, and the bcrypt under it.
//!
//! bcrypt looks at 72 bytes at most: 24 Hangul syllables. So ours is bcrypt over an HMAC of the whole password, keyed
//! with the pepper: `$mdg1$<pepper id>$2b$<cost>$<salt and hash>`. Hashes of the systems that Madang replaces
//! (`$2a$`, `$2b$`, `$2y$`) are checked as those systems made them and reported as outdated.

use std::str::FromStr;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bcrypt::HashParts;
use secrecy::{ExposeSecret, SecretString};

use super::hasher::{HashError, MAX_COST, MIN_COST};
use crate::secrets::Secret;

const SCHEME: &str = "$mdg1$";
const FOREIGN_VERSIONS: [&str; 3] = ["$2a$", "$2b$", "$2y$"];
const OWN_VERSION: &str = "$2b$";

/// The key of the HMAC, with the id that stored hashes name it by.
pub(super) struct Pepper {
    key: hmac::Key,
    id: String,
}

impl Pepper {
    pub(super) fn new(secret: &Secret) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA384, secret.expose());
        let tag = hmac::sign(&key, b"madang pepper id");
        let id = URL_SAFE_NO_PAD.encode(tag.as_ref().first_chunk::<6>().unwrap_or(&[0; 6]));
        Self { key, id }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// 64 ASCII characters without NUL that depend on every byte of the password: what bcrypt takes whole.
    pub(super) fn season(&self, password: &SecretString) -> SecretString {
        STANDARD_NO_PAD.encode(hmac::sign(&self.key, password.expose_secret().as_bytes())).into()
    }
}

/// How a stored hash was made, read from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoredHash {
    /// By us, under the pepper at hand.
    Own { bcrypt: String, cost: u32 },
    /// By another system: plain bcrypt over the text as it was typed.
    Foreign { bcrypt: String },
}

impl StoredHash {
    pub(super) fn parse(stored: &str, pepper: &Pepper) -> Result<Self, HashError> {
        let Some(own) = stored.strip_prefix(SCHEME) else {
            let version_known = FOREIGN_VERSIONS.iter().any(|version| stored.starts_with(version));
            cost_of(stored).filter(|_| version_known).ok_or(HashError::Malformed)?;
            return Ok(Self::Foreign { bcrypt: stored.to_owned() });
        };
        let (pepper_id, bcrypt) =
            own.find('$').and_then(|end| own.split_at_checked(end)).ok_or(HashError::Malformed)?;
        let cost = cost_of(bcrypt).filter(|_| bcrypt.starts_with(OWN_VERSION)).ok_or(HashError::Malformed)?;
        if pepper_id == pepper.id {
            Ok(Self::Own { bcrypt: bcrypt.to_owned(), cost })
        } else {
            Err(HashError::UnknownPepper)
        }
    }
}

/// Makes the stored form of an already seasoned password. Takes as long as the cost says.
pub(super) fn make(seasoned: &SecretString, cost: u32, pepper_id: &str) -> Result<String, HashError> {
    let bcrypt =
        bcrypt::non_truncating_hash(seasoned.expose_secret(), cost).map_err(|_| HashError::Failed)?;
    Ok(format!("{SCHEME}{pepper_id}{bcrypt}"))
}

/// Compares in constant time, cutting at 72 bytes as the foreign systems did. Takes as long as the hash's cost says.
pub(super) fn matches(text: &SecretString, bcrypt: &str) -> Result<bool, HashError> {
    bcrypt::verify(text.expose_secret(), bcrypt).map_err(|_| HashError::Malformed)
}

/// The cost of a well-formed bcrypt hash that we are willing to compute.
fn cost_of(bcrypt: &str) -> Option<u32> {
    let cost = HashParts::from_str(bcrypt).ok()?.get_cost();
    (MIN_COST..=MAX_COST).contains(&cost).then_some(cost)
}
