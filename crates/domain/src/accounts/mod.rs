//! Accounts: users, what they may do, how they sign in.
//!
//! Part of the yard: it knows nothing about courses but the ids of classes in `authorizations`.

pub mod api_keys;
mod error;
pub mod identities;
mod model;
pub mod recovery;
mod repository;
mod service;
pub mod sessions;
mod sign_in;
pub mod signing_keys;

pub(crate) use error::NoSuchUser;
pub use error::UserError;
pub use model::{
    AuthType, NewUser, PasswordHash, Suspension, SuspensionReason, User, UserChanges, UserFilter, UserSort,
    UserSummary,
};
pub use repository::{UserRepository, UserWithClassRoles};
pub(crate) use service::readable;
pub use service::{UserService, loses_last_admin, sign_out_after};
pub use sign_in::{
    AccountError, AccountService, HashError, PasswordProblem, PasswordVerdict, Passwords, Registration,
};
