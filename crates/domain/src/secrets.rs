//! Secrets and keyed hashes, as a port: the domain says what is hashed, an adapter holds the key of the installation.
//!
//! What is derived is the same on every node, because all of them hold the same key.

/// Derives, hashes and draws.
pub trait Secrets: Send + Sync {
    /// A secret of its own for each purpose and subject, always the same one.
    fn derive(&self, purpose: &str, subject: &[u8]) -> [u8; 32];

    /// The hash of a message under a secret (HMAC-SHA256).
    fn keyed_hash(&self, secret: &[u8; 32], message: &[u8]) -> [u8; 32];

    /// Random bytes from the operating system.
    fn draw(&self) -> [u8; 32];
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
