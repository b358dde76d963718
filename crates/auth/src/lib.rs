//! Proof of who calls: passwords, access tokens and the secrets behind them.
//!
//! Lives here: the password policy and hashing ([`passwords`]), signed access tokens and their keys ([`tokens`]), tokens
//! that are kept as hashes ([`opaque`]), sign-in through Kakao, Naver, Google and Apple ([`social`]), random bytes and
//! the wrapper that keeps a secret out of the log ([`secrets`]). Not here: accounts and what a
//! caller may do (domain), the `Authorization` header (http), where keys are kept (the binary's settings).

mod accounts;
pub mod issuer;
pub mod keyed;
pub mod opaque;
pub mod passwords;
pub mod secrets;
pub mod social;
pub mod tokens;
