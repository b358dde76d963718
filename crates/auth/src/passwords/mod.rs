//! Passwords: which are allowed ([`PasswordPolicy`]) and how they are kept ([`PasswordHasher`]).
//!
//! A password is a text of any script. It is put into Unicode NFC first, because the same Hangul arrives composed from
//! one device and decomposed from another, and from then on every byte of it counts: nothing is trimmed, folded or cut.
//! Not here: who may change a password, and how often somebody may try (domain and http).

mod hasher;
mod policy;
mod stored;

pub use hasher::{HashError, HasherSettingsError, MAX_COST, MIN_COST, PasswordHasher, Verdict};
pub use policy::{PasswordPolicy, PasswordProblem};

use secrecy::SecretString;
use unicode_normalization::UnicodeNormalization;

/// The longest password in bytes of its NFC form: far above what people type, low enough to hash without thought.
pub const PASSWORD_MAX_BYTES: usize = 1_024;

/// Decomposed text takes at most three times the bytes of its NFC form, so longer input need not be normalised at all.
const UNNORMALISED_MAX_BYTES: usize = 3 * PASSWORD_MAX_BYTES;

/// The NFC form that is checked and hashed, or `None` if that is too long to be anyone's password.
fn normalise(password: &str) -> Option<SecretString> {
    if password.len() > UNNORMALISED_MAX_BYTES {
        return None;
    }
    let normalised: String = password.nfc().collect();
    (normalised.len() <= PASSWORD_MAX_BYTES).then(|| normalised.into())
}
