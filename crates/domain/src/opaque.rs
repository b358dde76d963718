//! Tokens that only their holder knows: 256 random bits, handed out once and kept as a hash.
//!
//! Refresh tokens, links in mails and the like are made here through a port, because the domain draws no randomness of its
//! own. A token is found by its hash; it needs no slow hash, because nobody guesses 256 bits.

use std::fmt;

/// A token as its holder has it. It never enters a log.
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueToken(pub String);

impl OpaqueToken {
    /// The text that the holder sends.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken(…)")
    }
}

/// What is kept of a token: the SHA-256 of its text, as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(pub String);

/// The port that draws tokens and hashes them.
pub trait OpaqueTokens: Send + Sync {
    /// A new token that begins with `prefix`, so that one can tell by sight what it opens.
    fn draw(&self, prefix: &str) -> OpaqueToken;

    /// What is kept of a token; takes any text.
    fn hash(&self, token: &str) -> TokenHash;
}
