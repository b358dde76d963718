//! Identities: the accounts at Kakao, Naver, Google and Apple with which users sign in.
//!
//! `model` says what an identity is and what a sign-in under way is; `providers` is the port to the providers' servers;
//! `service` signs people in, `admission` says who they are and registers who is new, `links` is what a signed-in user does with their own identities.

mod admission;
mod cleaning;
mod error;
mod links;
mod model;
mod providers;
mod release;
mod repository;
mod service;

pub use cleaning::SignInCleaning;
pub use error::IdentityError;
pub use model::{FlowPurpose, Identity, Provider, SignInFlow};
pub use providers::{ClientToken, CodeGrant, FlowProof, ProviderAccount, ProviderError, Providers, Release};
pub use release::ReleaseJob;
pub use repository::{IdentityRepository, SignInFlowRepository};
pub use service::{Begun, ClientAddresses, Credential, Finished, IdentityService, Outcome, ProviderReply};
