//! Proofs by mail: a forgotten password is replaced, an address is verified, by who can read the mail of the account.
//!
//! A link carries 256 random bits, is kept as a hash, is good for one use and a short time, and for the address that it was
//! sent to alone. Whether there is an account is found out in a job, so that a request can't tell.

mod jobs;
mod letters;
mod model;
mod service;

pub use jobs::{ForgottenPasswords, MailTokenCleaning};
pub use model::{MailPurpose, MailToken, MailTokenRepository};
pub use service::{RecoveryError, RecoveryService};
