//! OAuth 2.0 as all four providers speak it: the address of the sign-in, and the exchange of a code.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use madang_domain::accounts::identities::{CodeGrant, FlowProof, Provider, ProviderError};
use oauth2::{
    AccessToken, AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EndpointNotSet, EndpointSet, ErrorResponse, HttpRequest, HttpResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken,
    TokenResponse, TokenType, TokenUrl,
    basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse},
};
use serde::{Deserialize, Serialize};

use super::{
    answers::seconds,
    outgoing::{NoAnswer, Outgoing, refused},
    seal::Sealer,
};

/// What is asked for at the sign-in, beside what every sign-in has.
pub(super) struct Endpoints {
    pub(super) provider: Provider,
    pub(super) client_id: String,
    pub(super) authorize: String,
    pub(super) token: String,
}

type Speaker = Client<
    Refusal,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Endpoints {
    fn speaker(&self) -> Result<Speaker, ProviderError> {
        let wrong = |_| ProviderError::Misconfigured;
        Ok(Client::new(ClientId::new(self.client_id.clone()))
            .set_auth_uri(AuthUrl::new(self.authorize.clone()).map_err(wrong)?)
            .set_token_uri(TokenUrl::new(self.token.clone()).map_err(wrong)?)
            // In the body: all four take it there, not all as basic authentication.
            .set_auth_type(AuthType::RequestBody))
    }

    /// Where the browser signs in.
    pub(super) fn authorization_url(
        &self,
        sealer: &Sealer,
        redirect_uri: &str,
        state: &str,
        extra: &[(&str, &str)],
    ) -> Result<String, ProviderError> {
        let speaker = self.speaker()?;
        let verifier = PkceCodeVerifier::new(sealer.verifier(state));
        let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| ProviderError::Misconfigured)?;
        let mut request = speaker
            .authorize_url(|| CsrfToken::new(state.to_owned()))
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("nonce", sealer.nonce(state));
        for (name, value) in extra {
            request = request.add_extra_param((*name).to_owned(), (*value).to_owned());
        }
        Ok(request.url().0.into())
    }

    /// Exchanges a code for tokens.
    pub(super) async fn exchange(
        &self,
        outgoing: &Outgoing,
        sealer: &Sealer,
        grant: &CodeGrant,
        client_secret: String,
    ) -> Result<Tokens, ProviderError> {
        let speaker = self.speaker()?.set_client_secret(ClientSecret::new(client_secret));
        let redirect = RedirectUrl::new(grant.redirect_uri.clone()).map_err(|_| ProviderError::Refused)?;
        let mut request = speaker
            .exchange_code(AuthorizationCode::new(grant.code.clone()))
            .set_redirect_uri(std::borrow::Cow::Owned(redirect));
        match &grant.proof {
            FlowProof::State(state) => {
                request = request.set_pkce_verifier(PkceCodeVerifier::new(sealer.verifier(state)));
                // Naver asks for it here too; the others pass over it.
                request = request.add_extra_param("state", state.clone());
            }
            FlowProof::Client { verifier, .. } => {
                request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.clone()));
            }
        }
        let caller = Caller { outgoing: outgoing.clone(), provider: self.provider };
        request.request_async(&caller).await.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &RequestTokenError<NoAnswer, Refusal>) -> ProviderError {
        match error {
            RequestTokenError::ServerResponse(refusal) => {
                refused(self.provider, refusal.code(), refusal.meaning())
            }
            RequestTokenError::Request(NoAnswer) => ProviderError::Unavailable,
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                refused(self.provider, "no_token_answer", ProviderError::Unavailable)
            }
        }
    }
}

/// Calls for the library. A type of its own because the future of a closure is not known to be `Send`.
struct Caller {
    outgoing: Outgoing,
    provider: Provider,
}

impl<'c> AsyncHttpClient<'c> for Caller {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.outgoing.call(self.provider, request))
    }
}

/// The tokens that a code is exchanged for. `Debug` shows none of them.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Tokens {
    access_token: AccessToken,
    token_type: Kind,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    id_token: Option<AccessToken>,
}

impl Tokens {
    pub(super) fn access(&self) -> &str {
        self.access_token.secret()
    }

    pub(super) fn id_token(&self) -> Option<&str> {
        self.id_token.as_ref().map(|token| token.secret().as_str())
    }

    pub(super) fn refresh(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(|token| token.secret().as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Kind(String);

impl TokenType for Kind {}

impl TokenResponse for Tokens {
    type TokenType = Kind;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &Kind {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// Why a server refuses; its description is not read, because it repeats codes and secrets.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Refusal {
    error: String,
    error_code: Option<String>,
}

impl Refusal {
    /// Kakao's own code, which never changes its meaning, or else that of the standard.
    fn code(&self) -> &str {
        self.error_code.as_deref().unwrap_or(&self.error)
    }

    fn meaning(&self) -> ProviderError {
        match (self.code(), self.error.as_str()) {
            ("KOE237", _) | (_, "temporarily_unavailable" | "server_error") => ProviderError::Unavailable,
            ("KOE303", _)
            | (
                _,
                "invalid_client"
                | "misconfigured"
                | "unauthorized_client"
                | "redirect_uri_mismatch"
                | "invalid_scope",
            ) => ProviderError::Misconfigured,
            _ => ProviderError::Refused,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl ErrorResponse for Refusal {}

/// Whether a client's PKCE verifier has the form of RFC 7636 §4.1.
pub(super) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}
