//! The port to the providers' servers, and to the secrets of a sign-in under way.

use async_trait::async_trait;
use thiserror::Error;

use super::Provider;
use crate::text::{Email, PersonName, Phone};

/// What a provider has proven of somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderAccount {
    /// Who proved it.
    pub provider: Provider,
    /// The id of the account there; never given to anybody else.
    pub subject: String,
    /// Its e-mail address, where its owner lets it be told.
    pub email: Option<Email>,
    /// Whether the provider says that the address is the owner's.
    pub email_verified: bool,
    /// What its owner is called, where that may be told.
    pub name: Option<PersonName>,
    /// The owner's number, where that may be told.
    pub phone: Option<Phone>,
    /// With what the link is undone there, sealed.
    pub sealed_token: Option<String>,
}

/// How a code is tied to the request that it answers.
#[derive(Clone)]
pub enum FlowProof {
    /// The request was ours: PKCE verifier and nonce follow from its state.
    State(String),
    /// The request was a client's own.
    Client {
        /// The PKCE verifier that the client drew.
        verifier: String,
        /// The nonce that the client drew, to be found in the ID token.
        nonce: Option<String>,
    },
}

/// A code that a provider gave, to be redeemed for the proof of who signs in.
#[derive(Clone)]
pub struct CodeGrant {
    /// The code.
    pub code: String,
    /// Where the provider sent it.
    pub redirect_uri: String,
    /// How it is tied to the request.
    pub proof: FlowProof,
    /// What the provider posted beside it: Apple's `user` document, which comes once and never again.
    pub profile: Option<String>,
}

/// A token that a client got from a provider by itself.
#[derive(Clone)]
pub enum ClientToken {
    /// An access token.
    Access(String),
    /// An ID token.
    Id {
        /// The token.
        token: String,
        /// The nonce that the client drew.
        nonce: Option<String>,
    },
}

/// What is undone at a provider when an identity goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Where.
    pub provider: Provider,
    /// Whose account there.
    pub subject: String,
    /// The sealed token that undoes it.
    pub sealed_token: Option<String>,
}

/// Why a provider proved nothing. What exactly went wrong is logged where it is seen, by the provider's own code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// The installation does not offer it.
    #[error("the provider is not configured")]
    NotConfigured(Provider),
    /// It does not answer, not in time, or with something that is no answer.
    #[error("the provider is unavailable")]
    Unavailable,
    /// It knows our application otherwise than our settings do.
    #[error("the provider refuses our settings")]
    Misconfigured,
    /// It does not accept the code or the token.
    #[error("the provider refuses the code or token")]
    Refused,
    /// What it proves is not meant for us, not for this sign-in, or not signed by it.
    #[error("the proof does not hold")]
    Untrusted,
}

/// The providers that the installation offers.
#[async_trait]
pub trait Providers: Send + Sync {
    /// Which they are.
    fn configured(&self) -> Vec<Provider>;

    /// Draws a secret of 256 bits, in characters that may stand in an address and a cookie.
    fn draw(&self) -> String;

    /// The hash under which a drawn secret is kept.
    fn digest(&self, secret: &str) -> String;

    /// Where the browser signs in, so that the provider sends it to `redirect_uri` with `state` and a code.
    fn authorization_url(
        &self,
        provider: Provider,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError>;

    /// Redeems a code.
    async fn redeem(&self, provider: Provider, grant: CodeGrant) -> Result<ProviderAccount, ProviderError>;

    /// Checks a token that a client brought: that it is genuine, and was given to our application.
    async fn check(&self, provider: Provider, token: ClientToken) -> Result<ProviderAccount, ProviderError>;

    /// Whether a notice that a Kakao account was unlinked comes from Kakao and is about our application.
    fn is_unlink_notice(&self, authorization: &str, app_id: &str) -> bool;

    /// Undoes the link at the provider; does nothing where that is not needed or not possible.
    async fn release(&self, release: &Release) -> Result<(), ProviderError>;
}
