//! Certificates as Open Badges 3.0: W3C Verifiable Credentials that anyone verifies without asking us.
//!
//! [`Badge`] turns the facts of a certificate into a credential, [`proof`] signs it as `eddsa-rdfc-2022`, [`jwt`] as VC-JWT,
//! [`status`] says which are revoked, [`did`] how to find our key, [`bake`] puts a credential into a picture. Nothing here knows a
//! database, a clock or the network: contexts are embedded, and one that is not is an error.

mod badge;
pub mod bake;
mod canonical;
mod context;
pub mod did;
pub mod jwt;
mod keys;
pub mod proof;
pub mod status;

pub use badge::{Badge, Issuer, StatusEntry, identity_hash};
pub use canonical::{CanonicalError, canonical_nquads};
pub use keys::{IssuerKey, KeyMalformed, PublicKey};

/// The media type of a credential with a Data Integrity proof.
pub const CREDENTIAL_TYPE: &str = "application/vc+ld+json";
