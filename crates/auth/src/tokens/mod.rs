//! Access tokens: short-lived JWTs that say which account and which session calls, signed by a key of this installation.
//!
//! [`SigningKey`] holds one key and its one algorithm, Ed25519 or, by setting, a shared secret (HS256). [`TokenService`]
//! issues and verifies; [`KeyKeeper`] keeps and rotates the keys. Not here: whether the session still stands (domain) and refresh tokens, which are opaque.

mod claims;
mod keeper;
mod keys;
mod service;

pub use claims::AccessClaims;
pub use keeper::{KeeperError, KeyKeeper, Keyring};
pub use keys::{KeyError, SigningKey};
pub use service::{AccessToken, SigningFailed, TOKEN_MAX_BYTES, TokenError, TokenService};
