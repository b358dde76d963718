//! Leaving (탈퇴): what is known of a person is erased, what was recorded stays under a pseudonym.
//!
//! It stands above the other rooms, because it touches them all. Marks, enrolments and certifications stay, so that classes
//! and figures keep adding up; nobody can tell from them who it was, and nobody can sign in to the account again. What is
//! erased where, and what is not, is in `docs/decisions/0015`.

mod error;
mod repository;
mod service;

pub use error::WithdrawalError;
pub use repository::{Erasure, Pseudonym};
pub use service::WithdrawalService;
