//! API keys (API 키): how machines call, with some of the permissions of the user who made the key.
//!
//! A key acts for its owner and never as its owner: it holds those of its permissions that its owner still holds, and
//! nothing that belongs to the owner as a person. Its secret is shown once and kept as a hash.

mod model;
mod repository;
mod service;

pub use model::{ApiKey, ApiKeyFilter, ApiKeyName, ApiKeySort, IssuedApiKey, NewApiKey};
pub use repository::ApiKeyRepository;
pub use service::{ApiKeyError, ApiKeyService, Machine};
